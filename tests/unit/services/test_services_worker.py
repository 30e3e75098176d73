"""What each error means for a job: the one table that decides between again, ask, wait, a person, and never."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from support.services_house import House
from support.sim.base import START_S
from waybilld.core import backoff
from waybilld.core.jobs import JobState
from waybilld.core.lifecycle import Work
from waybilld.host.guard import PluginBug, Quarantined
from waybilld.services.worker import Outcome, Worker
from waybilld.store import jobs, shipments
from waybilld.store.jobs import Job
from waybilld.store.seal import Shredded
from waybilld.store.tx import Tx
from waybilld_sdk.errors import AuthNeeded, Conflict, Hold, InDoubt, NotReady, Reject, Retry, StopQueue, Throttled


@pytest.fixture
def house() -> Iterator[House]:
    house = House()
    yield house
    house.close()


class Scripted:
    """A handler whose work ends as the test says."""

    kind = Work.CHECK
    batch = 8

    def __init__(self, *ends: Exception | None) -> None:
        self._ends = list(ends)
        self.worked: list[tuple[int, bool]] = []
        self.load_error: Exception | None = None

    def load(self, tx: Tx, job: Job) -> Job:
        if self.load_error is not None:
            raise self.load_error
        return job

    async def work(self, given: Job) -> Outcome:
        self.worked.append((given.id, given.doubted))
        end = self._ends.pop(0) if self._ends else None
        if end is not None:
            raise end
        return lambda tx: jobs.move(tx, given, JobState.DONE, "done")


def work(house: House, handler: Any, seconds: float = 1.0) -> Worker[Any]:
    """Ingest one order and let a worker of this handler run for a while, then stop it."""
    house.ingest(1)
    worker: Worker[Any] = Worker(handler, house.clock, house.store, house.epoch)
    house.wait(worker.start())
    house.turn(seconds)
    house.wait(worker.stop())
    return worker


UNTIL = datetime.fromtimestamp(START_S, UTC) + timedelta(seconds=500)


@pytest.mark.parametrize(
    ("error", "state", "case", "within"),
    [
        (Retry("later"), "waiting", None, (1.5, 3.0)),
        (Retry("later", after=77), "waiting", None, (76, 79)),
        (Throttled("slow down", UNTIL), "waiting", None, (495, 501)),
        (InDoubt("who knows"), "in_doubt", None, (0.5, 1.5)),
        (NotReady("no paper"), "waiting", None, (9, 11)),
        (StopQueue("no numbers"), "waiting", None, (59, 61)),
        (AuthNeeded("token expired", "token"), "waiting", None, (59, 61)),
        (Quarantined("five bugs"), "waiting", None, (59, 61)),
        (Hold("look at it", "glyph-missing"), "done", "glyph-missing", None),
        (Reject("no such country"), "done", "check-refused", None),
        (Conflict("known", "X1"), "done", "check-refused", None),
        (sqlite3.IntegrityError("UNIQUE"), "done", "check-conflict", None),
        (PluginBug("it raised"), "waiting", None, (1.5, 3.0)),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else "",
)
def test_each_error_of_the_taxonomy_has_one_meaning(
    house: House, error: Exception, state: str, case: str | None, within: tuple[float, float] | None
) -> None:
    """The wrong reading prints twice, buys twice, or lets an order lie without anybody knowing."""
    work(house, Scripted(error))
    (job,) = house.rows("job")
    assert job["state"] == state
    assert house.open_cases() == ([case] if case else [])
    if within is not None:
        wait = job["run_at_us"] / 1e6 - START_S
        assert within[0] <= wait <= within[1]
        assert str(error) in job["reason"]


def test_waiting_for_somebody_uses_up_no_try(house: House) -> None:
    """An account that waits a weekend for a person must not kill its jobs meanwhile."""
    work(house, Scripted(*[StopQueue("no numbers")] * 50), seconds=3000)
    (job,) = house.rows("job")
    assert (job["state"], job["tries"]) == ("waiting", 0)


def test_a_passing_failure_that_never_passes_ends_with_a_person(house: House) -> None:
    """Retrying for ever hides the trouble; after its tries a job is dead and a case says so."""
    handler = Scripted(*[Retry("no route")] * 50)
    work(house, handler, seconds=20_000)
    (job,) = house.rows("job")
    assert job["state"] == "dead"
    assert len(handler.worked) == backoff.DEFAULT.tries
    assert house.open_cases() == ["check-failed"]


def test_a_bug_of_ours_is_said_and_tried_again(house: House, log_failures: list[str]) -> None:
    """A bug must be loud and must not lose the job; its message may hold a name, so only its place is told."""
    work(house, Scripted(KeyError("王小明")))
    (job,) = house.rows("job")
    assert job["state"] == "waiting"
    assert job["reason"].startswith("KeyError at ")
    assert "KeyError at " in log_failures[0]
    assert "王小明" not in job["reason"] + "".join(log_failures)


def test_a_doubted_job_says_so_when_it_comes_back(house: House) -> None:
    """Only who knows of the doubt asks before it acts."""
    handler = Scripted(InDoubt("lost answer"))
    work(house, handler, seconds=5)
    assert [doubted for _, doubted in handler.worked] == [False, True]
    assert house.rows("job")[0]["state"] == "done"


def test_a_stale_decision_is_dropped_and_the_job_is_ready_again(house: House) -> None:
    """A decision that rests on an older version of the shipment must not be committed."""
    handler = Scripted(shipments.Moved("went on"))
    work(house, handler)
    assert len(handler.worked) == 2
    assert house.rows("job")[0]["state"] == "done"


def test_shredded_data_is_a_case_and_no_loop(house: House) -> None:
    """Retention took the text that a job needs: a person is told, and the batch goes on."""
    handler = Scripted()
    handler.load_error = Shredded("deleted as the retention rules ask")
    work(house, handler)
    assert handler.worked == []
    assert house.open_cases() == ["data-missing"]


def test_new_work_wakes_an_idle_worker(house: House) -> None:
    """The idle round takes half a minute; an order must not wait for it."""
    handler = Scripted()
    worker: Worker[Any] = Worker(handler, house.clock, house.store, house.epoch)
    house.wait(worker.start())
    house.turn(5)
    house.ingest(1)
    house.turn(0.2)
    assert len(handler.worked) == 1
    house.wait(worker.stop())


class Unhurried(Scripted):
    """Its work is dear alone and cheap in company."""

    rest_s = 0.1

    def __init__(self, house: House) -> None:
        super().__init__()
        self._house = house
        self.begun: list[float] = []

    async def work(self, given: Job) -> Outcome:
        self.begun.append(self._house.now())
        return await super().work(given)


def test_unhurried_work_begins_at_once_and_then_gathers(house: House) -> None:
    """A confirmation for each label alone costs more than the label; but the first of the day must not wait for a second."""
    handler = Unhurried(house)
    worker: Worker[Any] = Worker(handler, house.clock, house.store, house.epoch)
    house.wait(worker.start())
    began = house.now()
    house.ingest(1)
    house.turn(0.03)
    assert len(handler.begun) == 1 and handler.begun[0] - began < 0.05
    for orders in (2, 3, 4):
        house.ingest(orders)
    house.turn(0.03)
    assert len(handler.begun) == 1
    house.turn(0.2)
    assert len(handler.begun) == 4
    assert len(set(handler.begun[1:])) == 1, "the others were worked on in one batch"
    house.wait(worker.stop())


def test_a_full_disk_keeps_the_outcome_until_there_is_room(house: House) -> None:
    """What a foreign party did must not be forgotten because the disk was full when the answer came."""
    handler = Scripted()
    house.ingest(1)
    worker: Worker[Any] = Worker(handler, house.clock, house.store, house.epoch)
    commit = handler.work

    async def filling(given: Job) -> Outcome:
        house.disk.full = True
        return await commit(given)

    handler.work = filling  # type: ignore[method-assign]
    house.wait(worker.start())
    house.turn(30)
    assert house.rows("job")[0]["state"] == "busy"
    house.disk.full = False
    house.turn(5)
    assert house.rows("job")[0]["state"] == "done"
    assert len(handler.worked) == 1
    house.wait(worker.stop())


def test_an_abandoned_foreign_call_leaves_its_job_to_the_next_start(house: House) -> None:
    """Cancelled at the drain deadline, a call may still have had its effect: its job must not look as if it had not."""
    handler = Scripted()

    async def endless(given: Job) -> Outcome:
        await house.clock.sleep(1e6)
        return lambda tx: jobs.give_back(tx, given, "")

    handler.work = endless  # type: ignore[method-assign]
    house.ingest(1)
    worker: Worker[Any] = Worker(handler, house.clock, house.store, house.epoch)
    house.wait(worker.start())
    house.turn(1)
    stopping = worker.stop()
    worker.stopping = True
    worker.abandon()
    house.wait(stopping)
    assert house.rows("job")[0]["state"] == "busy"
