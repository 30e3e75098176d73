"""Faults at random bytes of random labels: what the spool says of each label, against the trays that it never sees.

In memory: the daemon's lanes and raw adapters over a simulated network. One seed with a readable trace:
`PYTHONPATH=tests .venv/bin/python -m support.spool SEED`.
"""

from __future__ import annotations

import gc
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from support.spool.faults import FAULTS
from support.spool.judge import Came, Known, Tried, judge
from support.spool.world import SpoolWorld
from waybilld.services.gathering import Ending, Gathering
from waybilld.services.lane import Lane
from waybilld.store import outcomes
from waybilld_printers.probes.zebra import decide
from waybilld_printers.transports.raw import blind, sending
from waybilld_sdk.printing import Outcome

RUNS, BLOCK = 2000, 100
TESTS = Path(__file__).parents[1]


@pytest.fixture(autouse=True, scope="module")
def small_heap() -> Iterator[None]:
    """What was loaded before need not be searched for garbage after a killed run."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


@pytest.fixture(scope="module")
def seen() -> Counter[str]:
    """What happened in all runs of this module."""
    return Counter()


def run(seed: int, seen: Counter[str] | None = None, **given: Any) -> list[str]:
    """One run, closed; what was wrong in it."""
    world = SpoolWorld(seed, **given)
    try:
        problems = world.run()
        if seen is not None:
            seen.update(plan.fault.name for plan in world.plans if plan.struck)
            seen.update(attempt.state for attempt in world.tried())
            seen.update(labels=len(world.labels.documents), kills=world.kills, failovers=world.failovers())
        return problems
    finally:
        world.close()


@pytest.mark.parametrize("first", range(1, RUNS + 1, BLOCK))
def test_each_label_is_proven_once_or_listed(first: int, seen: Counter[str]) -> None:
    """A label that is said to be printed and is not is a parcel that never leaves; one that comes twice leaves twice."""
    found = {seed: run(seed, seen) for seed in range(first, first + BLOCK)}
    wrong = [f"python -m support.spool {seed}: {text}" for seed, texts in found.items() for text in texts]
    assert not wrong, "\n".join(wrong)


def test_every_fault_struck_and_most_labels_were_proven_all_the_same(seen: Counter[str]) -> None:
    """A fault that never strikes protects nobody, and a spool that lists every label for a person protects nobody either."""
    if not seen:
        for seed in range(1, 301):
            run(seed, seen)
    runs = max(1, seen["labels"] // 4)
    assert {name: seen[name] for name in (fault.name for fault in FAULTS) if seen[name] < runs / 100} == {}
    assert seen["proven"] > 0.75 * seen["labels"]
    assert seen["failovers"] > runs / 50
    assert seen["kills"] > runs / 50


def test_without_a_fault_each_label_takes_one_attempt() -> None:
    """Whatever else the runs show, it must come from the faults."""
    for seed in range(1, 21):
        seen: Counter[str] = Counter()
        assert run(seed, seen, faults=()) == []
        assert seen["proven"] + seen["unconfirmed"] == seen["labels"]
        assert seen["refuted"] == 0


def test_the_same_seed_is_the_same_run() -> None:
    """A failure that cannot be replayed cannot be repaired; not even the order of hashes may matter."""
    world = SpoolWorld(12)
    world.run()
    world.close()
    said = subprocess.run(
        [sys.executable, "-m", "support.spool", "12", "--quiet"],
        env={**os.environ, "PYTHONPATH": str(TESTS), "PYTHONHASHSEED": "4711"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert world.trace.hash()[:16] in said.stdout


Sabotage = Callable[[pytest.MonkeyPatch], None]


def _an_owed_label_counts_as_lost(patch: pytest.MonkeyPatch) -> None:
    rules = tuple(replace(r, outcome=Outcome.REFUTED) if r.name == "owed" else r for r in decide.RULES)
    patch.setattr(decide, "RULES", rules)


def _an_empty_printer_counts_as_proof(patch: pytest.MonkeyPatch) -> None:
    rules = tuple(replace(r, outcome=Outcome.PROVEN) if r.outcome is Outcome.REFUTED else r for r in decide.RULES)
    patch.setattr(decide, "RULES", rules)


def _the_token_goes_with_the_body(patch: pytest.MonkeyPatch) -> None:
    hand_over = sending._Sending._hand_over

    async def hasty(self: Any, stream: Any, data: bytes) -> None:
        if data != b"^XZ":
            await hand_over(self, stream, data + b"^XZ")

    patch.setattr(sending._Sending, "_hand_over", hasty)


def _a_printer_that_is_left_counts_as_having_printed_nothing(patch: pytest.MonkeyPatch) -> None:
    move = Gathering._move

    async def careless(*given: Any) -> Ending | None:
        ending = await move(*given)
        return ending and replace(ending, verdict=replace(ending.verdict, outcome=Outcome.REFUTED))

    patch.setattr(Gathering, "_move", careless)


def _orphans_are_sent_again(patch: pytest.MonkeyPatch) -> None:
    async def careless(_: Lane, orphan: Any) -> Any:
        return lambda unit: outcomes.refuted(unit, orphan, "its daemon ended")

    patch.setattr(Lane, "_orphaned", careless)


def _unconfirmed_is_sent_again(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(outcomes, "unconfirmed", lambda unit, task, _, reason, *__: outcomes.refuted(unit, task, reason))


def _the_rest_of_a_cut_label_stays_in_the_printer(patch: pytest.MonkeyPatch) -> None:
    async def ready(self: blind.BlindWatch) -> dict[str, Any]:
        return {}

    patch.setattr(blind.BlindWatch, "ready", ready)


@pytest.mark.parametrize(
    ("sabotage", "complaint"),
    [
        (_an_owed_label_counts_as_lost, "in the trays of"),
        (_an_empty_printer_counts_as_proof, "in the trays of []"),
        (_the_token_goes_with_the_body, "came out"),
        (_a_printer_that_is_left_counts_as_having_printed_nothing, "in the trays of"),
        (_orphans_are_sent_again, "in the trays of"),
        (_unconfirmed_is_sent_again, "deny it"),
        (_the_rest_of_a_cut_label_stays_in_the_printer, "no whole label"),
    ],
)
def test_the_judge_sees_sabotage(monkeypatch: pytest.MonkeyPatch, sabotage: Sabotage, complaint: str) -> None:
    """A harness that has caught nothing is unproven."""
    monkeypatch.setattr("support.spool.world.LIMIT_S", 300.0)
    sabotage(monkeypatch)
    heard: list[str] = []
    for seed in range(1, 401):
        heard += run(seed)
        if any(complaint in problem for problem in heard):
            return
    pytest.fail(f"in 400 runs nobody complained of {complaint!r}; heard: {heard[:10]}")


@pytest.mark.parametrize(
    ("tried", "came", "listed", "complaint"),
    [
        (["proven"], ["a", "a"], False, "in the trays of"),
        (["proven"], ["b"], False, "in the trays of"),
        (["refuted", "proven"], [], False, "in the trays of []"),
        (["unconfirmed"], ["a", "a"], True, "came out 2 times"),
        (["unconfirmed"], [], False, "on no list"),
        (["unconfirmed", "proven"], ["a"], False, "sent again"),
        (["refuted"], ["a"], False, "deny it"),
        (["refuted"], [], False, "neither proven nor unconfirmed"),
        (["sent"], [], False, "still open"),
    ],
)
def test_the_judge_knows_each_lie(tried: list[str], came: list[str], listed: bool, complaint: str) -> None:
    """One case for each sentence that the judge can say of a label."""
    attempts = [Tried("W1", "a", state) for state in tried]
    found = judge([Known("W1", listed)], attempts, [Came("W1", printer) for printer in came])
    assert any(complaint in problem for problem in found), found
