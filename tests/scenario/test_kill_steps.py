"""kill -9 before and after each commit and each write of a print attempt, on a pool of two printers."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from scenario import campaign
from scenario.kill_step_daemon import STEPS
from scenario.kill_steps import KillSteps, each_once


def test_each_step_of_an_attempt_survives_a_kill(tmp_path: Path) -> None:
    """Whatever the moment: no label is lost, none comes out twice, and what nobody can know stands on a list."""
    kills = each_once(1)
    halves = [KillSteps(tmp_path / f"half-{at}", kills[at::2], print) for at in (0, 1)]
    with ThreadPoolExecutor(2) as threads:
        done = list(threads.map(lambda half: half.go(), halves))
    assert [finding for half in done for finding in half.findings] == []
    assert sum(half.counts["kills"] for half in done) == len(STEPS)
    assert all(half.counts["proven"] > 0 for half in done)


@pytest.mark.campaign
def test_the_kill_steps_campaign() -> None:
    """500 kills at drawn steps find nothing."""
    assert campaign.main(["kill-steps"]) == 0
