"""Between host and adapter: one bad plugin hurts its own instance only, and what it may have done is not forgotten."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from support.services_house import Forgetful, House, raising
from waybilld.host.guard import BUGS_TO_QUARANTINE, Bounds, Guard, PluginBug, Quarantined
from waybilld.services.assemble import GuardMemory
from waybilld_sdk.errors import AuthNeeded, InDoubt, NotReady, Retry
from waybilld_sdk.printing import PrinterState, PrinterStatus


@pytest.fixture
def house() -> Iterator[House]:
    house = House()
    yield house
    house.close()


def outcome(house: House, guard: Guard, make: Any, *, effect: bool = False) -> object:
    """What a call gives or raises."""
    try:
        return house.wait(guard.call("op", make, effect=effect), seconds=120)
    except Exception as error:  # noqa: BLE001 - it is what the test asks for
        return error


async def fine() -> str:
    return "fine"


def test_a_value_comes_through(house: House) -> None:
    """The usual case costs nothing and changes nothing."""
    assert outcome(house, house.guard("shop.a"), fine) == "fine"
    assert house.running.now() == ("", "")


def test_no_more_calls_than_slots_and_none_lost(house: House) -> None:
    """A slow account must not take the whole daemon's attention, nor drop who waits."""
    guard = house.guard("carrier.slow", parallel=2)
    inside: list[int] = []
    most = 0

    async def slow() -> None:
        nonlocal most
        inside.append(1)
        most = max(most, len(inside))
        await house.clock.sleep(1)
        inside.pop()

    done: list[object] = []
    for _ in range(7):
        Deferred.fromCoroutine(guard.call("buy", slow)).addBoth(done.append)
    house.turn(3.9)
    assert most == 2
    assert len(done) == 6
    house.turn(0.2)
    assert done == [None] * 7


@pytest.mark.parametrize(("effect", "kind"), [(False, Retry), (True, InDoubt)])
def test_a_call_without_an_answer_is_doubt_where_it_has_an_effect(house: House, effect: bool, kind: type) -> None:
    """Called `Retry`, a purchase whose answer never came would be made again."""

    async def never() -> None:
        await Deferred()

    began = house.now()
    assert type(outcome(house, house.guard("carrier.dead"), never, effect=effect)) is kind
    assert house.now() - began == pytest.approx(30, abs=0.1)


def test_the_breaker_opens_after_five_silences_and_closes_with_an_answer(house: House) -> None:
    """A dead account costs one deadline now and then, not one per job."""
    guard = house.guard("carrier.dead")
    for _ in range(5):
        assert isinstance(outcome(house, guard, raising(Retry("no answer"))), Retry)
    called: list[int] = []

    async def spy() -> None:
        called.append(1)

    refused = outcome(house, guard, spy)
    # Nothing was asked, so no job may lose a try by it.
    assert isinstance(refused, NotReady)
    assert called == []
    house.turn(10)
    assert outcome(house, guard, spy) is None
    assert called == [1]
    assert guard.breaker.failures == 0


@pytest.mark.parametrize("error", [AuthNeeded("expired", "token"), NotReady("no paper")])
def test_an_answer_that_says_no_is_no_silence(house: House, error: Exception) -> None:
    """A printer without paper answers; a breaker that opened for it would delay the first label after the refill."""
    guard = house.guard("printer.a")
    for _ in range(10):
        assert outcome(house, guard, raising(error)) is error
    assert guard.breaker.closed(house.clock.now_s())


def test_five_bugs_in_ten_minutes_end_in_quarantine_until_released(house: House, log_failures: list[str]) -> None:
    """A plugin that is broken must stop being called, and say so, without stopping anybody else."""
    guard = house.guard("shop.broken")
    for _ in range(BUGS_TO_QUARANTINE):
        bug = outcome(house, guard, raising(KeyError("x")))
        assert isinstance(bug, PluginBug)
        assert "shop.broken.op failed: KeyError at " in str(bug)
    refused = outcome(house, guard, fine)
    assert isinstance(refused, Quarantined)
    assert "5 bugs" in str(refused)
    guard.release()
    assert outcome(house, guard, fine) == "fine"
    assert len(log_failures) == BUGS_TO_QUARANTINE


def test_an_answer_that_cannot_be_kept_is_a_bug_of_its_instance(house: House, log_failures: list[str]) -> None:
    """Let through, it failed the commit of whoever wrote next; and the log must not show what it holds."""
    guard = house.guard("printer.evil")

    async def status() -> PrinterStatus:
        return PrinterStatus(PrinterState.IDLE, serial="\ud800\x1b[2J", odometer=2**70)

    bug = outcome(house, guard, status)
    assert isinstance(bug, PluginBug)
    assert "serial holds a control character" in str(bug)
    assert str(bug).isprintable()
    assert log_failures[0].isprintable()


def test_few_bugs_over_a_long_time_are_no_quarantine(house: House, log_failures: list[str]) -> None:
    """One bad record an hour is no reason to close a shop."""
    guard = house.guard("shop.rough")
    for _ in range(BUGS_TO_QUARANTINE * 2):
        outcome(house, guard, raising(KeyError("x")))
        house.turn(200)
    assert guard.quarantined == ""
    assert len(log_failures) == BUGS_TO_QUARANTINE * 2


def test_an_abandoned_call_is_neither_an_answer_nor_a_bug(house: House) -> None:
    """At the drain deadline calls are cancelled; counted as bugs they would quarantine healthy plugins at each stop."""
    guard = house.guard("shop.a")

    async def never() -> None:
        await Deferred()

    kinds: list[str] = []

    def noted(failure: Failure) -> None:
        kinds.append(failure.type.__name__ if failure.type else "")

    calls = [Deferred.fromCoroutine(guard.call("op", never)) for _ in range(6)]
    for call in calls:
        call.addErrback(noted)
        call.cancel()
    assert kinds == ["CancelledError"] * 6
    assert guard.quarantined == ""
    assert outcome(house, guard, fine) == "fine"


def test_breaker_and_quarantine_outlive_the_process(house: House, log_failures: list[str]) -> None:
    """A restart must not hammer a dead carrier again, nor let a plugin loose that blocked the loop."""
    memory = GuardMemory(house.store)
    guards = [
        Guard(name, Bounds(1, 30), house.reactor, house.clock.now_s, house.running, memory)
        for name in ("shop.a", "carrier.b")
    ]
    for _ in range(5):
        outcome(house, guards[0], raising(ValueError("x")))
        outcome(house, guards[1], raising(Retry("no answer")))
    house.turn(1)
    again = GuardMemory(house.store)
    house.wait(house.store.read(lambda run: again.load(run, ["shop.a", "carrier.b", "printer.c"])))
    assert "5 bugs" in again.quarantined("shop.a")
    assert again.breaker("carrier.b").opened == 1
    assert again.breaker("carrier.b").until > house.clock.now_s()
    assert again.quarantined("printer.c") == ""
    assert log_failures


def test_a_guard_tells_its_memory_only_what_matters(house: House) -> None:
    """Each telling is a commit: a carrier that answers every call must cost none."""
    memory = Forgetful()
    guard = Guard("carrier.a", Bounds(4, 30), house.reactor, house.clock.now_s, house.running, memory)
    for _ in range(4):
        outcome(house, guard, fine)
        outcome(house, guard, raising(Retry("once")))
        outcome(house, guard, fine)
    assert memory.kept == []
