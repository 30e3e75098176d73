"""A loop's pauses, wakings and ends: what is missed here makes every service sluggish, deaf or immortal."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.task import Clock as TaskClock

from waybilld.services.base import Loop, Tree
from waybilld.services.clock import Clock


class Scripted(Loop):
    """Runs what it is given."""

    def __init__(self, clock: Clock, body: Callable[[Scripted], Any], name: str = "scripted") -> None:
        super().__init__(name, clock)
        self._body = body
        self.runs = 0

    async def run(self) -> None:
        self.runs += 1
        await self._body(self)


def begun(body: Callable[[Scripted], Any]) -> tuple[Scripted, TaskClock]:
    """A loop that was started."""
    ticks = TaskClock()
    loop = Scripted(Clock(ticks), body)
    Deferred.fromCoroutine(loop.start())
    return loop, ticks


def test_a_pause_ends_by_itself_and_by_waking() -> None:
    """New work must not wait for the end of a long pause."""
    seen: list[float] = []

    async def body(loop: Scripted) -> None:
        for seconds in (10.0, 10.0, None):
            await loop.pause(seconds)
            seen.append(loop.clock.monotonic())

    loop, ticks = begun(body)
    ticks.advance(10)
    ticks.advance(3)
    loop.wake()
    loop.wake()
    assert seen == [10.0, 13.0, 13.0]
    assert ticks.getDelayedCalls() == []


def test_a_waking_before_the_pause_is_not_lost() -> None:
    """Work that is committed while a loop looks for work would otherwise lie there until the next idle round."""
    seen: list[float] = []

    async def body(loop: Scripted) -> None:
        await loop.clock.sleep(1)
        await loop.pause(30.0)
        seen.append(loop.clock.monotonic())
        await loop.pause(30.0)
        seen.append(loop.clock.monotonic())

    loop, ticks = begun(body)
    loop.wake()
    ticks.advance(1)
    assert seen == [1.0]
    ticks.advance(30)
    assert seen == [1.0, 31.0], "a waking counts once"


def test_a_pause_of_a_stopping_loop_ends_at_once() -> None:
    """A stop that comes while the loop works must not wait out the pause that follows."""
    ended: list[object] = []

    async def body(loop: Scripted) -> None:
        while not loop.stopping:
            await loop.clock.sleep(1)
            await loop.pause(None)
            await loop.pause(None)

    loop, ticks = begun(body)
    Deferred.fromCoroutine(loop.stop()).addCallback(ended.append)
    ticks.advance(1)
    assert ended == [None]
    assert ticks.getDelayedCalls() == []


def test_a_bug_is_said_and_the_loop_begins_again(log_failures: list[str]) -> None:
    """One bug in one loop must neither end the daemon's work in silence nor spin."""

    async def body(loop: Scripted) -> None:
        if loop.runs < 3:
            raise ValueError(f"bug {loop.runs}")
        await loop.pause(None)

    loop, ticks = begun(body)
    assert loop.runs == 1
    ticks.advance(4.9)
    assert loop.runs == 1
    ticks.advance(0.2)
    ticks.advance(5)
    assert loop.runs == 3
    assert ["bug 1" in log_failures[0], "bug 2" in log_failures[1]] == [True, True]


def test_an_abandoned_loop_ends_even_while_it_waits_for_nothing_that_comes() -> None:
    """After the drain deadline the process must end, whoever does not answer."""
    ended: list[object] = []
    never: Deferred[None] = Deferred()

    async def body(_: Scripted) -> None:
        await never

    loop, _ = begun(body)
    Deferred.fromCoroutine(loop.stop()).addCallback(ended.append)
    assert ended == []
    loop.abandon()
    assert ended == [None]
    loop.abandon()


def test_an_abandoned_loop_that_was_never_started_is_no_error() -> None:
    """A start that failed half-way stops what was started and nothing else."""
    loop = Scripted(Clock(TaskClock()), lambda _: None)
    loop.abandon()
    done: list[object] = []
    Deferred.fromCoroutine(loop.stop()).addCallback(done.append)
    assert done == [None]


def test_a_cancellation_that_nobody_asked_for_is_a_bug_like_any_other(log_failures: list[str]) -> None:
    """A stray CancelledError must not end a loop for good."""

    async def body(loop: Scripted) -> None:
        if loop.runs == 1:
            raise CancelledError
        await loop.pause(None)

    loop, ticks = begun(body)
    ticks.advance(5)
    assert loop.runs == 2
    assert len(log_failures) == 1


class Plain:
    """A service that notes what happens to it."""

    def __init__(self, name: str, told: list[str], *, fails: bool = False, stops_badly: bool = False) -> None:
        self.name = name
        self._told = told
        self._fails = fails
        self._stops_badly = stops_badly

    async def start(self) -> None:
        self._told.append(f"start {self.name}")
        if self._fails:
            raise OSError("port taken")

    async def stop(self) -> None:
        self._told.append(f"stop {self.name}")
        if self._stops_badly:
            raise ValueError("will not")


def test_a_failed_start_stops_what_was_started_in_reverse() -> None:
    """A daemon whose port is taken must leave no half of itself running."""
    told: list[str] = []
    tree = Tree([Plain("a", told), Plain("b", told), Plain("c", told, fails=True), Plain("d", told)], Clock(TaskClock()), 20)
    failures: list[str] = []
    Deferred.fromCoroutine(tree.start()).addErrback(lambda f: failures.append(f.getErrorMessage()))
    assert told == ["start a", "start b", "start c", "stop b", "stop a"]
    assert failures == ["port taken"]


def test_one_bad_stop_does_not_keep_the_others_up(log_failures: list[str]) -> None:
    """Every service gets its stop, in reverse order."""
    told: list[str] = []
    tree = Tree([Plain("a", told), Plain("b", told, stops_badly=True), Plain("c", told)], Clock(TaskClock()), 20)
    Deferred.fromCoroutine(tree.start())
    Deferred.fromCoroutine(tree.stop())
    assert told[3:] == ["stop c", "stop b", "stop a"]
    assert len(log_failures) == 1


@pytest.mark.parametrize("deaf", [1, 3])
def test_the_drain_deadline_is_one_for_all(deaf: int) -> None:
    """However many loops hang, the stop lasts as long as the drain time and a moment for each."""
    ticks = TaskClock()
    never: list[Deferred[None]] = []

    async def body(_: Scripted) -> None:
        never.append(Deferred())
        await never[-1]

    tree = Tree([Scripted(Clock(ticks), body, f"deaf-{i}") for i in range(deaf)], Clock(ticks), 20.0)
    Deferred.fromCoroutine(tree.start())
    ended: list[object] = []
    Deferred.fromCoroutine(tree.stop()).addCallback(ended.append)
    ticks.advance(19.9)
    assert ended == []
    for _ in range(deaf):
        ticks.advance(0.15)
    assert ended == [None]
    assert ticks.getDelayedCalls() == []
