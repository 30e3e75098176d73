"""The guard and calls that wait their turn: what they learn while they wait must count."""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.task import Clock as TaskClock

from waybilld.core.breaker import THRESHOLD, Breaker
from waybilld.host.guard import Bounds, Guard, PluginBug
from waybilld_sdk.errors import InDoubt, NotReady, Retry


class Silent:
    """Watch and memory that keep nothing."""

    def stepping(self, who: tuple[str, str]) -> tuple[str, str]:
        return who

    def left(self, instance: str, op: str, outcome: str, seconds: float) -> None: ...

    def keep(self, instance: str, breaker: Breaker, quarantined: str) -> None: ...


def guarded() -> tuple[Guard, TaskClock]:
    """A guard that lets one call through at a time, for 30 seconds."""
    ticks, silent = TaskClock(), Silent()
    return Guard("carrier.dead", Bounds(1, 30.0), ticks, ticks.seconds, silent, silent), ticks


def called(guard: Guard, number: int) -> tuple[list[Exception], list[int]]:
    """So many calls that no one answers; what became of them, and which were made."""
    errors: list[Exception] = []
    made: list[int] = []

    def never(place: int) -> Deferred[None]:
        made.append(place)
        return Deferred()

    for place in range(number):

        def make(place: int = place) -> Any:
            return never(place)

        Deferred.fromCoroutine(guard.call("buy", make)).addErrback(lambda f: errors.append(f.value))
    return errors, made


def test_calls_in_the_queue_are_not_made_once_the_breaker_opened() -> None:
    """A batch of 128 on a dead account would otherwise hold up all other accounts for 128 deadlines."""
    guard, ticks = guarded()
    errors, made = called(guard, 20)
    for _ in range(THRESHOLD):
        ticks.advance(30)
    assert made == list(range(THRESHOLD))
    assert len(errors) == 20
    asked = [error for error in errors if isinstance(error, Retry)]
    spared = [error for error in errors if isinstance(error, NotReady)]
    assert (len(asked), len(spared)) == (THRESHOLD, 20 - THRESHOLD)
    assert ticks.getDelayedCalls() == []


def test_garbage_is_a_bug_of_the_plugin_that_returned_it(log_failures: list[str]) -> None:
    """Taken as it is, it would fail in the host's own loop, where nobody counts it and others wait for the loop."""
    guard, _ = guarded()

    async def nothing() -> Any:
        return None

    async def number() -> Any:
        return 1

    errors: list[Any] = []
    Deferred.fromCoroutine(guard.call("balance", nothing, returns=int)).addErrback(errors.append)
    assert errors[0].check(PluginBug)
    assert errors[0].getErrorMessage() == "carrier.dead.balance failed: it returned NoneType, not int"
    found: list[Any] = []
    Deferred.fromCoroutine(guard.call("balance", number, returns=int)).addCallback(found.append)
    Deferred.fromCoroutine(guard.call("balance", nothing, returns=int | None)).addCallback(found.append)
    assert found == [1, None]


def test_calls_in_the_queue_are_not_made_in_quarantine() -> None:
    """Quarantine means that no further call is made, also none that was asked for before."""
    guard, ticks = guarded()
    errors, made = called(guard, 3)
    guard.quarantine("for a test")
    ticks.advance(30)
    assert made == [0]
    assert sorted(type(error).__name__ for error in errors) == ["Quarantined", "Quarantined", "Retry"]


def test_an_adapter_that_goes_on_after_its_deadline_keeps_nobody() -> None:
    """An `except Exception` around an await swallows the deadline; workers of all accounts would wait for that call."""
    guard, ticks = guarded()
    late: Deferred[None] = Deferred()

    async def deaf() -> None:
        try:
            await Deferred()
        except Exception:  # noqa: BLE001 - what is tested
            await late

    errors: list[Any] = []
    Deferred.fromCoroutine(guard.call("buy", deaf, effect=True)).addErrback(errors.append)
    ticks.advance(30)
    assert errors[0].check(InDoubt)
    Deferred.fromCoroutine(guard.call("buy", deaf, effect=True)).addErrback(errors.append).cancel()
    assert errors[1].check(CancelledError)
    late.callback(None)
    assert ticks.getDelayedCalls() == []
