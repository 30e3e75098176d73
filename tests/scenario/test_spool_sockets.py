"""Faults at random bytes over real sockets, through the fault proxy: one daemon, many pools, 40 runs."""

from __future__ import annotations

import pytest

from scenario import campaign
from scenario.spool_sockets import FAULTS, Sockets

RUNS, CELLS = 40, 20


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Sockets:
    """All runs; their outcome serves all tests of this module."""
    runs = Sockets(tmp_path_factory.mktemp("sockets"), range(1, RUNS + 1), CELLS, print)
    runs.go()
    return runs


def test_each_label_is_proven_once_or_listed(done: Sockets) -> None:
    """What the simulated network cannot show: kernels that hold bytes back, and real resets."""
    assert done.outcome.findings == []
    assert done.outcome.counts["runs"] == RUNS


def test_the_faults_struck(done: Sockets) -> None:
    """Runs that no fault met prove nothing."""
    assert sum(done.outcome.struck.values()) >= RUNS * 0.8
    assert len(done.outcome.struck) >= len(FAULTS) / 2
    assert done.outcome.counts["proven"] > 0.8 * done.outcome.counts["labels"]


@pytest.mark.campaign
def test_the_sockets_campaign() -> None:
    """2,000 runs find nothing."""
    assert campaign.main(["sockets"]) == 0


@pytest.mark.campaign
def test_the_spool_campaign() -> None:
    """20,000 runs in memory find nothing."""
    assert campaign.main(["spool"]) == 0
