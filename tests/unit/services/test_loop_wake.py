"""A wake that comes while a loop works must not be slept over."""

from __future__ import annotations

from twisted.internet.defer import Deferred
from twisted.internet.task import Clock as Reactor

from waybilld.services.base import Loop
from waybilld.services.clock import Clock


class Working(Loop):
    """Works for a second, then pauses for an hour; counts its rounds."""

    def __init__(self, reactor: Reactor) -> None:
        super().__init__("working", Clock(reactor))
        self.rounds = 0

    async def run(self) -> None:
        while not self.stopping:
            await self.clock.sleep(1.0)
            self.rounds += 1
            await self.pause(3600.0)


def _begun() -> tuple[Working, Reactor]:
    reactor = Reactor()
    loop = Working(reactor)
    Deferred.fromCoroutine(loop.start())
    return loop, reactor


def _stop(loop: Working, reactor: Reactor) -> Deferred[None]:
    done = Deferred.fromCoroutine(loop.stop())
    reactor.advance(1.0)
    return done


def test_a_wake_during_work_begins_the_next_round_at_once() -> None:
    """The order that came in at this moment would wait for half a minute."""
    loop, reactor = _begun()
    reactor.advance(0.5)
    loop.wake()
    reactor.advance(0.5)
    reactor.advance(1.0)
    assert loop.rounds == 2
    reactor.advance(100.0)
    assert loop.rounds == 2, "one wake, one round"
    _stop(loop, reactor)


def test_a_stop_during_work_ends_the_loop_after_it() -> None:
    """A stop that waits for the drain deadline makes every restart cost 20 seconds."""
    loop, reactor = _begun()
    reactor.advance(0.5)
    done = _stop(loop, reactor)
    assert done.called
    assert loop.rounds == 1


def test_a_wake_during_a_pause_ends_it() -> None:
    """The ordinary case."""
    loop, reactor = _begun()
    reactor.advance(10.0)
    loop.wake()
    reactor.advance(1.0)
    assert loop.rounds == 2
    _stop(loop, reactor)
