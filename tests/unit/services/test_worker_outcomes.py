"""Outcomes that cannot be committed: each must end as a state of its job, or the job stays busy until the next start."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from twisted.internet.defer import CancelledError, Deferred, fail, succeed
from twisted.internet.task import Clock as TaskClock

from waybilld.core.lifecycle import State, Work
from waybilld.core.policy import Policies, ShopPolicy
from waybilld.core.stages import Decision
from waybilld.host.guard import Quarantined
from waybilld.services.clock import Clock
from waybilld.services.handlers.decide import Route
from waybilld.services.handlers.deciding import Deciding
from waybilld.services.worker import Worker
from waybilld.store.engine import StoreUnavailable
from waybilld.store.inputs import OrderInput, StageInput
from waybilld.store.jobs import Job
from waybilld.store.shipments import Moved, Shipment
from waybilld_sdk.errors import NotReady, Reject, Retry
from waybilld_sdk.orders import Consignee, Order, OrderStatus
from waybilld_sdk.shipping import ParcelSpec, Quote, Sender

JOB = Job(1, Work.BUY, 1, None, 0)


class ScriptedStore:
    """Answers each write with the next of its answers; afterwards it never answers."""

    refused = ""

    def __init__(self, *answers: Exception | None) -> None:
        self.answers = list(answers)
        self.units: list[Any] = []

    def write(self, unit: Any) -> Deferred[Any]:
        self.units.append(unit)
        if not self.answers:
            return Deferred()
        answer = self.answers.pop(0)
        return succeed(None) if answer is None else fail(answer)

    def read(self, query: Any) -> Deferred[Any]:
        raise NotImplementedError

    def on_commit(self, listener: Callable[[frozenset[str], int], None]) -> None: ...


class Buying:
    """A handler whose outcomes are given by the test."""

    kind = Work.BUY
    batch = 1

    def load(self, tx: Any, job: Job) -> Any:
        raise NotImplementedError

    async def work(self, given: Any) -> Any:
        raise NotImplementedError


def outcome(_: Any) -> None:
    """What came of the job."""


@pytest.mark.parametrize("trouble", [Moved("went on"), ValueError("a bug")])
def test_outcome_refused_after_a_full_disk_still_settles_the_job(trouble: Exception, log_failures: list[str]) -> None:
    """The error that comes on the second try must reach the job, not end the loop and leave the job busy."""
    ticks = TaskClock()
    store = ScriptedStore(StoreUnavailable("disk full"), trouble, None)
    worker: Worker[Any] = Worker(Buying(), Clock(ticks, chance=lambda: 0.5), store, 1)
    done = Deferred.fromCoroutine(worker._commit(JOB, outcome, None))
    ticks.advance(2)
    assert done.called
    assert store.units[:2] == [outcome, outcome]
    assert len(store.units) == 3 and store.units[2] is not outcome


def test_abandoned_commit_is_no_failure_of_the_job() -> None:
    """The unit may be on disk already: nothing else may be written for the job in its place."""
    store = ScriptedStore()
    worker: Worker[Any] = Worker(Buying(), Clock(TaskClock()), store, 1)
    done = Deferred.fromCoroutine(worker._commit(JOB, outcome, None))
    done.cancel()
    done.addErrback(lambda f: f.trap(CancelledError))
    assert store.units == [outcome]


def stage_input() -> StageInput:
    """One allocated shipment of one order."""
    order = Order("A-1", OrderStatus.PAID, Consignee("测试收件人", country="CN"), ())
    shipment = Shipment(1, "store", State.ALLOCATED, 1, 1, "north", None, None, (), "packing")
    return StageInput(JOB, shipment, (OrderInput(1, 1, 1, order),), ())


POLICIES = Policies(
    {
        "store": ShopPolicy(
            name="store",
            pool="packing",
            warehouses=("north",),
            carriers=("sick", "well"),
            sender=Sender("Example", "1", "1 Example Road"),
            confirm_at=None,
            release_automatically=True,
        )
    }
)


class NoHooks:
    """No plugin has an opinion."""

    def each(self, hook: str, /, **given: Any) -> Any:
        return iter(())


class Offers:
    """Quotes or errors by account."""

    def __init__(self, **by_account: tuple[Quote, ...] | Exception) -> None:
        self._by_account = by_account
        self.asked: list[str] = []

    async def quotes(self, account: str, parcel: ParcelSpec, country: str) -> tuple[Quote, ...]:
        self.asked.append(account)
        given = self._by_account[account]
        if isinstance(given, Exception):
            raise given
        return given


def routed(offers: Offers, times: int = 1) -> list[Any]:
    """What routing makes of it."""
    route = Route(POLICIES, NoHooks(), Clock(TaskClock()), offers)
    results: list[Any] = []
    Deferred.fromCoroutine(route.work_all([stage_input()] * times)).addCallback(results.extend)
    return results


def decided(offers: Offers) -> Decision:
    """Routing's decision."""
    route = Route(POLICIES, NoHooks(), Clock(TaskClock()), offers)
    found: list[Decision] = []
    Deferred.fromCoroutine(route.decide(stage_input(), POLICIES.shops["store"])).addCallback(found.append)
    return found[0]


@pytest.mark.parametrize("sick", [NotReady("down"), Quarantined("in quarantine"), Reject("not there")])
def test_a_sick_carrier_leaves_the_parcel_to_the_others(sick: Exception) -> None:
    """A plugin that fails hurts its own account only."""
    decision = decided(Offers(sick=sick, well=(Quote("standard"),)))
    assert decision.columns == {"carrier_account": "well", "service": "standard"}


def test_a_passing_failure_of_all_carriers_makes_the_parcel_wait_and_asks_no_person() -> None:
    """A case that a person must close for each order of an hour without network would be worse than the hour."""
    trouble = Retry("no network")
    offers = Offers(sick=trouble, well=())
    assert routed(offers, times=3) == [trouble] * 3
    assert offers.asked == ["sick", "well"], "each account is asked once for the batch"


def test_a_refusal_by_all_carriers_is_for_a_person() -> None:
    """No waiting changes a refusal."""
    assert [p.code for p in decided(Offers(sick=Reject("no"), well=())).problems] == ["no-carrier"]


class Endless(Deciding):
    """Decides never."""

    kind = Work.CHECK

    def __init__(self) -> None:
        super().__init__(POLICIES, NoHooks(), Clock(TaskClock()))
        self.begun = 0

    async def decide(self, given: StageInput, policy: ShopPolicy) -> Decision:
        self.begun += 1
        await Deferred()
        raise AssertionError("not reached")


def test_an_abandoned_batch_of_decisions_ends() -> None:
    """After the drain deadline a batch must not begin with its next shipment."""
    stage = Endless()
    done = Deferred.fromCoroutine(stage.work_all([stage_input()] * 3))
    done.cancel()
    errors: list[Any] = []
    done.addErrback(errors.append)
    assert stage.begun == 1
    assert errors[0].check(CancelledError)
