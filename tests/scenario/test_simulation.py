"""The seeded simulation: a hundred worlds with faults and kills, and proof that its checkers see what they are there for.

One seed with a readable trace: `PYTHONPATH=tests .venv/bin/python -m support.sim SEED`.
"""

from __future__ import annotations

import gc
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from support.sim import checks
from support.sim.faults import FAULTS
from support.sim.world import World
from waybilld.core import jobs as job_rules
from waybilld.core.jobs import JobState
from waybilld.core.policy import Policies
from waybilld.core.unconfirmed import Unconfirmed
from waybilld.services import poller
from waybilld.services.lane import Lane
from waybilld.store import attempts, ingest, jobs, outcomes, shipments, tx, waybills
from waybilld_printers.probes.zebra import decide
from waybilld_sdk.printing import Outcome

SEEDS = 300
TESTS = Path(__file__).parents[1]


@pytest.fixture(autouse=True, scope="module")
def small_heap() -> Iterator[None]:
    """What was loaded before need not be searched for garbage after every world."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


def run(seed: int, **given: Any) -> tuple[list[str], World]:
    """One world, closed; what was wrong in it."""
    world = World(seed, **given)
    try:
        return world.run(), world
    finally:
        world.close()


@pytest.mark.parametrize("seed", range(1, SEEDS + 1))
def test_a_stormy_world(seed: int) -> None:
    """Kills, cuts, hangs, full disks, lost answers: every order ends printed once, blocked for a reason, or cancelled."""
    problems, _ = run(seed)
    assert not problems, "\n".join([f"replay: python -m support.sim {seed}", *problems])


def test_the_same_seed_is_the_same_world() -> None:
    """A failure that cannot be replayed cannot be repaired; not even the order of hashes may matter."""
    first, second = (run(12)[1].trace.hash() for _ in range(2))
    assert first == second
    said = subprocess.run(
        [sys.executable, "-m", "support.sim", "12", "--quiet"],
        env={**os.environ, "PYTHONPATH": str(TESTS), "PYTHONHASHSEED": "4711"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert f"trace {first[:16]}" in said.stdout


def test_fair_weather_costs_nothing_extra() -> None:
    """Without faults each label takes one attempt, nothing is refused, no case is opened, and everybody is told once."""
    world = World(5, storm=0)
    try:
        assert world.run() == []
        tries = checks.rows(world.disk.runner(), "attempt")
        assert [a["state"] for a in tries] == ["proven"] * 20
        assert len({a["label"] for a in tries}) == 20
        assert checks.rows(world.disk.runner(), "case") == []
        assert len(world.platform.confirmed) == 20
        assert len(world.trays()) == 20
    finally:
        world.close()


def test_the_real_labels_go_the_same_way() -> None:
    """What the fast stand-in hides: real formats of many segments, split anywhere by the network."""
    world = World(5, orders=6, storm=0, real_labels=True)
    try:
        assert world.run() == []
        assert [len(piece.raw) > 5000 for piece in world.trays()] == [True] * 6
    finally:
        world.close()
    problems, _ = run(8, orders=6, real_labels=True)
    assert problems == []


def test_every_fault_happens_in_some_world() -> None:
    """A fault that never strikes protects nobody."""
    told: list[str] = []
    for seed in range(1, 5):
        run(seed, show=told.append, orders=8, storm=0.9)
    assert {fault.name for fault in FAULTS} == {line[27:] for line in told if line[14:19] == "fault"}


# ---- are the checkers awake? -----------------------------------------------------------------------------------------

Sabotage = Callable[[pytest.MonkeyPatch], None]


def _orphans_are_sent_again(patch: pytest.MonkeyPatch) -> None:
    async def careless(_: Lane, orphan: attempts.Task) -> Any:
        return lambda unit: outcomes.refuted(unit, orphan, "its daemon ended")

    patch.setattr(Lane, "_orphaned", careless)


def _unconfirmed_is_sent_again(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(outcomes, "unconfirmed", lambda unit, task, _, reason, *__: outcomes.refuted(unit, task, reason))


def _gate_ignores_blocks(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(shipments, "block_of", lambda _run, _shipment: None)


def _page_is_acknowledged_before_its_commit(patch: pytest.MonkeyPatch) -> None:
    async def hasty(self: Any, page: Any) -> None:
        await self._shop.guard.call("acknowledge", lambda: self._shop.port.acknowledge(page.token))
        policy = self._policies.shops[self._shop.name]
        await self._store.write(lambda unit: ingest.ingest(unit, policy, self._policies, page))

    patch.setattr(poller.Poller, "_take", hasty)


def _purchase_is_repeated_without_asking(patch: pytest.MonkeyPatch) -> None:
    intend = waybills.intend
    patch.setattr(waybills, "intend", lambda *given: replace(intend(*given), asked_before=False))


def _orphaned_work_is_just_done_again(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(job_rules, "after_crash", lambda _: JobState.READY)
    patch.setattr(jobs, "after_crash", lambda _: JobState.READY)
    patch.setattr(Lane, "_orphaned", _forgotten)


async def _forgotten(_: Lane, orphan: attempts.Task) -> Any:
    policies = Policies({})
    return lambda unit: outcomes.unconfirmed(unit, orphan, orphan.reached, "forgotten", Unconfirmed.HOLD, policies)


def _silence_counts_as_proof(patch: pytest.MonkeyPatch) -> None:
    rules = tuple(replace(r, outcome=Outcome.PROVEN) if r.outcome is Outcome.REFUTED else r for r in decide.RULES)
    patch.setattr(decide, "RULES", rules)


def _token_is_not_withheld(patch: pytest.MonkeyPatch) -> None:
    rules = tuple(replace(r, outcome=Outcome.REFUTED) if r.name == "owed" else r for r in decide.RULES)
    patch.setattr(decide, "RULES", rules)


def _a_change_is_not_journaled(patch: pytest.MonkeyPatch) -> None:
    keep = tx.Entry._keep

    def forgetful(self: tx.Entry, table: Any, row_id: int, values: dict[str, Any]) -> None:
        if table.name != "case":
            keep(self, table, row_id, values)

    patch.setattr(tx.Entry, "_keep", forgetful)


def _jobs_are_dropped(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(jobs, "again", lambda unit, job, *_: jobs.move(unit, job, JobState.DONE, "never mind"))


def _confirmation_is_forgotten(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(jobs, "doubt", lambda unit, job, *_: jobs.move(unit, job, JobState.DONE, "surely well"))


@pytest.mark.parametrize(
    ("sabotage", "complaint"),
    [
        (_orphans_are_sent_again, "deny it"),
        (_unconfirmed_is_sent_again, "came out"),
        (_gate_ignores_blocks, "opened the gate"),
        (_page_is_acknowledged_before_its_commit, "lost"),
        (_purchase_is_repeated_without_asking, "sold 2 waybills"),
        (_silence_counts_as_proof, "where it never came out"),
        (_token_is_not_withheld, "came out"),
        (_a_change_is_not_journaled, "the journal says"),
        (_jobs_are_dropped, "unblocked, jobs"),
        (_confirmation_is_forgotten, "unblocked, jobs"),
    ],
)
def test_the_checkers_see_sabotage(monkeypatch: pytest.MonkeyPatch, sabotage: Sabotage, complaint: str) -> None:
    """A harness that has caught nothing is unproven: each broken promise must be found within a few seeds."""
    monkeypatch.setattr("support.sim.world.CALM_LIMIT_S", 300.0)
    sabotage(monkeypatch)
    heard: list[str] = []
    for seed in range(1, 61):
        heard += run(seed, storm=0.9)[0]
        if any(complaint in problem for problem in heard):
            return
    pytest.fail(f"nobody complained that {complaint!r}; heard: {json.dumps(heard[:10], indent=1)}")
