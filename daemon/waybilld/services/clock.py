"""The one place where time and chance enter. Everything else is given a `Clock`.

Deadlines and pauses run on the reactor's own seconds, which `run.py` makes monotonic; the wall clock only dates things.
"""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable
from datetime import UTC, datetime

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime


class Clock:
    """Time, pauses and chance for services. A simulation passes a fake reactor, its own wall clock and seeded chance."""

    def __init__(
        self,
        reactor: IReactorTime,
        wall: Callable[[], float] = time.time,
        random_bytes: Callable[[int], bytes] = os.urandom,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self.reactor = reactor
        self._wall = wall
        self.random_bytes = random_bytes
        self.chance = chance

    def now(self) -> datetime:
        """The wall clock, UTC."""
        return datetime.fromtimestamp(self._wall(), UTC)

    def now_s(self) -> float:
        """The wall clock in seconds since the epoch, UTC."""
        return self._wall()

    def now_us(self) -> int:
        """The wall clock in microseconds since the epoch, UTC."""
        return int(self._wall() * 1_000_000)

    def monotonic(self) -> float:
        """Seconds that never step."""
        return self.reactor.seconds()

    def sleep(self, seconds: float) -> Deferred[None]:
        """Fires after `seconds`; cancelling it cancels the timer."""
        timer = None

        def cancel(_: Deferred[None]) -> None:
            if timer is not None and timer.active():
                timer.cancel()

        done: Deferred[None] = Deferred(cancel)
        timer = self.reactor.callLater(seconds, done.callback, None)
        return done


class Pace:
    """Gives the loop a turn within a long piece of work: awaited between its items, it waits only when 5 ms are over."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._until = clock.monotonic() + _TURN_S

    async def keep(self) -> None:
        """Go on at once, or after the loop's other work."""
        if self._clock.monotonic() > self._until:
            await self._clock.sleep(0.0)
            self._until = self._clock.monotonic() + _TURN_S


_TURN_S = 0.005
"""Half of the time that the loop may be kept."""
