"""Time, chance and the record of a simulated world. One seed decides everything; nothing here reads the real clock."""

from __future__ import annotations

import hashlib
from bisect import insort_right
from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Any

from twisted.internet.base import DelayedCall
from twisted.internet.interfaces import IDelayedCall, IReactorTime
from twisted.internet.task import Clock as TaskClock
from zope.interface import implementer

START_S = 1_772_438_400.0
"""Where the simulated wall clock starts: 2026-03-02 08:00 UTC, in seconds since the epoch."""


def _never_moved(_: DelayedCall) -> None:
    raise AssertionError("a timer was moved, which this clock does not allow for")


class SimReactor(TaskClock):
    """A clock that jumps from timer to timer: exact to the timers' own moments, whatever floats add up to."""

    def callLater(self, delay: float, callable: Callable[..., object], *args: object, **kw: object) -> IDelayedCall:
        """As IReactorTime: put in its place among the others, behind those of the same moment, without sorting them all."""
        call = DelayedCall(self.rightNow + delay, callable, args, kw, self.calls.remove, _never_moved, self.seconds)
        insort_right(self.calls, call, key=DelayedCall.getTime)
        return call

    def run_until(self, moment: float) -> None:
        """Run every timer that is due up to `moment` (seconds), and stand there afterwards."""
        while self.calls and self.calls[0].getTime() <= moment:
            call = self.calls.pop(0)
            self.rightNow = max(self.rightNow, call.getTime())
            call.called = 1
            call.func(*call.args, **call.kw)
        self.rightNow = max(self.rightNow, moment)


@implementer(IReactorTime)
class LifeReactor:
    """The timers of one life of the daemon: with its death they all fall silent, as those of a killed process do."""

    def __init__(self, below: SimReactor) -> None:
        self._below = below
        self._calls: list[IDelayedCall] = []
        self.dead = False

    def seconds(self) -> float:
        """Simulated monotonic seconds."""
        return self._below.seconds()

    def callLater(self, delay: float, callable: Callable[..., Any], *args: object, **kwargs: object) -> IDelayedCall:
        """As IReactorTime; after death nothing is ever called."""
        call = self._below.callLater(delay, self._run, callable, args, kwargs)
        self._calls.append(call)
        if len(self._calls) > 256 and not self.dead:
            self._calls = self.getDelayedCalls()
        return call

    def _run(self, fn: Callable[..., object], args: tuple[object, ...], kw: dict[str, object]) -> None:
        if not self.dead:
            fn(*args, **kw)

    def getDelayedCalls(self) -> list[IDelayedCall]:
        """Timers that wait."""
        return [call for call in self._calls if call.active()]

    def die(self) -> None:
        """No timer runs any more. They are kept as they are: a killed process runs no `finally`."""
        self.dead = True


class Trace:
    """What happened, in order, as text; its hash names a whole run. `show` sees each line as it is written."""

    def __init__(self, seconds: Callable[[], float], show: Callable[[str], None] | None = None) -> None:
        self._seconds = seconds
        self._show = show
        self._digest = hashlib.sha256()
        self.lines = 0

    def __call__(self, who: str, what: str) -> None:
        """Write one line."""
        line = f"{self._seconds():12.6f}  {who:<12} {what}"
        self._digest.update(line.encode("utf-8", "backslashreplace") + b"\n")
        self.lines += 1
        if self._show is not None:
            self._show(line)

    @property
    def shown(self) -> bool:
        """Somebody reads along."""
        return self._show is not None

    def note(self, who: str, what: str) -> None:
        """A line for the reader only: it changes no hash."""
        if self._show is not None:
            self._show(f"{self._seconds():12.6f}  {who:<12} {what}")

    def hash(self) -> str:
        """SHA-256 over all lines so far, 64 hex digits."""
        return self._digest.hexdigest()


@dataclass(frozen=True, slots=True)
class Ether:
    """What every part of a world shares: its time, its chance and its record."""

    reactor: SimReactor
    dice: Random
    trace: Trace

    def wall(self) -> float:
        """The wall clock in seconds since the epoch."""
        return START_S + self.reactor.seconds()

    def chance(self, probability: float) -> bool:
        """True with this probability; draws nothing for 0."""
        return probability > 0 and self.dice.random() < probability
