"""The four pure stages in one pass: as far as they decide, and never further than one after the other would have gone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from twisted.internet.defer import Deferred

from support.services_house import POLICY, House
from waybilld.core.lifecycle import Work
from waybilld.core.policy import Policies, ShopPolicy
from waybilld.services.clock import Clock
from waybilld.services.handlers.decide import deciders
from waybilld.services.handlers.deciding import Deciding
from waybilld.services.worker import Worker
from waybilld.store import shipments
from waybilld.store.tx import Tx
from waybilld.store.verify import verify
from waybilld_sdk.decide import Problem
from waybilld_sdk.errors import NotReady
from waybilld_sdk.shipping import ParcelSpec, Quote


@pytest.fixture
def house() -> Iterator[House]:
    house = House()
    yield house
    assert verify(house.disk.runner(), house.seal, full=True) == []
    house.close()


class Hooks:
    """Every plugin is content, but the check may warn."""

    def __init__(self, *problems: Problem) -> None:
        self._problems = problems

    def each(self, hook: str, /, **given: Any) -> Any:
        yield "rules", self._problems if hook == "waybilld_check_order" else None


class Offers:
    """One service, or trouble as long as there is some."""

    def __init__(self, trouble: Exception | None = None) -> None:
        self.trouble = trouble
        self.asked = 0

    async def quotes(self, account: str, parcel: ParcelSpec, country: str) -> tuple[Quote, ...]:
        self.asked += 1
        if self.trouble is not None:
            raise self.trouble
        return (Quote("standard"),)


def run(house: House, policy: ShopPolicy = POLICY, offers: Offers | None = None, hooks: Hooks | None = None) -> None:
    """Let the four workers run for a while."""
    kinds = deciders(Policies({"shop": policy}), hooks or Hooks(), house.clock, offers or Offers())
    workers: list[Worker[Any]] = [Worker(handler, house.clock, house.store, house.epoch) for handler in kinds]
    for worker in workers:
        house.wait(worker.start())
    house.turn(1.0)
    for worker in workers:
        house.wait(worker.stop())


def road(house: House) -> list[tuple[str, int]]:
    """Kind and version of every journal entry about the shipment since it was born."""
    found = house.disk.connection.execute("SELECT kind, version FROM journal WHERE shipment = 1 ORDER BY seq").fetchall()
    return [(kind, version) for kind, version in found if kind != "order.ingested"]


def jobs(house: House) -> list[tuple[str, str]]:
    """Kind and state of every job."""
    return [(job["kind"], job["state"]) for job in house.rows("job")]


def test_a_shipment_that_nothing_holds_is_released_in_one_pass(house: House) -> None:
    """Four steps are four entries with a version each; a purchase waits at the end, and nothing else."""
    house.ingest(1)
    run(house, replace(POLICY, release_automatically=True))
    steps = ["checked", "allocated", "routed", "released"]
    assert road(house) == [(f"shipment.{step}", version) for version, step in enumerate(steps, 2)]
    assert jobs(house) == [("check", "done"), ("buy", "ready")]
    (row,) = house.rows("shipment")
    assert (row["state"], row["version"], row["warehouse"]) == ("released", 5, "north")
    assert (row["carrier_account"], row["service"]) == ("own", "standard")


def test_release_by_hand_ends_the_pass_with_a_case_and_no_job(house: House) -> None:
    """A release job that is left behind would release the shipment behind the person's back, or hold it once more."""
    house.ingest(1)
    run(house, replace(POLICY, release_automatically=False))
    assert [kind for kind, _ in road(house)] == ["shipment.checked", "shipment.allocated", "shipment.routed", "release.held"]
    assert jobs(house) == [("check", "done")]
    assert house.open_cases() == ["release-by-hand"]


def test_a_hold_at_the_first_stage_takes_no_step(house: House) -> None:
    """What the check refuses goes no further."""
    house.ingest(1)
    run(house, hooks=Hooks(Problem("address-short", "no street")))
    assert road(house) == [("check.held", 1)]
    assert jobs(house) == [("check", "done")]
    assert (house.rows("job")[0]["reason"], house.rows("shipment")[0]["state"]) == ("address-short", "received")


def test_a_warning_goes_along_once(house: House) -> None:
    """A case for each stage would be three too many."""
    house.ingest(1)
    run(house, hooks=Hooks(Problem("address-odd", "no number", severity="warn")))
    assert house.open_cases() == ["address-odd"]
    assert house.rows("shipment")[0]["state"] == "released"


def test_a_stage_that_fails_keeps_its_own_job_and_what_came_before(house: House) -> None:
    """An hour without network must not undo the check, nor make it be done again with each try of the routing."""
    house.ingest(1)
    offers = Offers(NotReady("no network"))
    run(house, offers=offers)
    assert [kind for kind, _ in road(house)] == ["shipment.checked", "shipment.allocated", "job.moved"]
    assert jobs(house) == [("check", "done"), ("route", "waiting")]
    offers.trouble = None
    house.turn(60)
    run(house, offers=offers)
    assert jobs(house) == [("check", "done"), ("route", "done"), ("buy", "ready")]
    assert house.rows("shipment")[0]["state"] == "released"


class Blocking(Offers):
    """A person holds the shipment while its quotes are asked for."""

    def __init__(self, house: House) -> None:
        super().__init__()
        self._house = house

    async def quotes(self, account: str, parcel: ParcelSpec, country: str) -> tuple[Quote, ...]:
        def hold(tx: Tx) -> None:
            with tx.entry("case.opened", shipment=1) as entry:
                shipments.open_case(entry, tx, 1, "by-hand", "wait", blocking=True)

        await self._house.store.write(hold)
        return await super().quotes(account, parcel, country)


def test_a_block_that_came_meanwhile_stops_the_pass(house: House) -> None:
    """A blocked shipment's next job would not be claimed; so the pass may not go on in its place."""
    house.ingest(1)
    run(house, offers=Blocking(house))
    assert jobs(house) == [("check", "done"), ("allocate", "ready")]
    assert house.rows("shipment")[0]["state"] == "accepted"


class Turning:
    """A reactor that takes one due call at a time, and whose time is what the test says was spent."""

    def __init__(self) -> None:
        self.spent_s = 0.0
        self._due: list[tuple[Any, tuple[Any, ...]]] = []

    def seconds(self) -> float:
        return self.spent_s

    def callLater(self, delay: float, call: Any, *args: Any) -> None:
        assert delay == 0
        self._due.append((call, args))

    def turn(self) -> float:
        """Take a turn; how long it was."""
        before = self.spent_s
        call, args = self._due.pop(0)
        call(*args)
        return self.spent_s - before


def test_a_batch_of_decisions_gives_the_loop_its_turns() -> None:
    """128 shipments of slow plugins must not keep sockets and timers waiting until the last of them is decided."""
    reactor = Turning()

    class Slow(Deciding):
        """Each decision takes 2 ms of the loop."""

        kind = Work.CHECK

        async def work(self, given: Any) -> Any:
            reactor.spent_s += 0.002
            return given

    got: list[Any] = []
    stage = Slow(Policies({}), Hooks(), Clock(reactor))  # type: ignore[arg-type]
    Deferred.fromCoroutine(stage.work_all(range(128))).addCallback(got.extend)  # type: ignore[arg-type]
    turns = 0
    while not got:
        assert reactor.turn() < 0.01
        turns += 1
    assert got == list(range(128))
    assert turns > 20


@pytest.mark.parametrize("kind", [Work.ALLOCATE, Work.ROUTE, Work.RELEASE])
def test_each_stage_can_be_the_first_of_a_pass(house: House, kind: Work) -> None:
    """Jobs that an older program enqueued, or that waited out a failure, go on from where they stand."""
    handlers = {handler.kind: handler for handler in deciders(house.policies, Hooks(), house.clock, Offers())}
    assert [handler.kind for handler in handlers.values()] == [Work.CHECK, Work.ALLOCATE, Work.ROUTE, Work.RELEASE]
    house.ingest(1)
    house.walk_to(kind)
    run(house)
    assert house.rows("shipment")[0]["state"] == "released"
    assert jobs(house)[-1] == ("buy", "ready")
