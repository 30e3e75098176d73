"""What a service is: started in order and awaited, stopped in reverse with a deadline."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from twisted.internet.defer import CancelledError, Deferred
from twisted.logger import Logger
from twisted.python.failure import Failure

from waybilld.services.clock import Clock

log = Logger()


class Service(Protocol):
    """Something with a life of its own."""

    name: str

    async def start(self) -> None:
        """Return when the service works; raise what keeps it from working."""

    async def stop(self) -> None:
        """Finish what was begun, give back the rest, and return."""


class Loop:
    """A service that is one coroutine. Subclasses write `run`, which ends soon after `stopping` became true.

    A `run` that raises is a bug: it is logged with its traceback and begun again after a pause, so that one loop's bug
    does not end the others.
    """

    def __init__(self, name: str, clock: Clock) -> None:
        self.name = name
        self.clock = clock
        self.stopping = False
        self._pause: Deferred[None] | None = None
        self._woken = False
        self._running: Deferred[None] | None = None

    async def start(self) -> None:
        """Begin to run."""
        self._running = Deferred.fromCoroutine(self._forever())

    async def stop(self) -> None:
        """Ask the loop to end and wait until it did."""
        self.stopping = True
        self.wake()
        if self._running is not None:
            await self._running

    def abandon(self) -> None:
        """Cancel whatever the loop waits for: the drain deadline has passed."""
        if self._running is not None and not self._running.called:
            self._running.addErrback(_cancelled)
            self._running.cancel()

    async def run(self) -> None:
        """The loop's body."""
        raise NotImplementedError

    def wake(self) -> None:
        """There may be work: end a pause, or the next one at once."""
        self._woken = True
        pause, self._pause = self._pause, None
        if pause is not None:
            pause.cancel()

    async def pause(self, seconds: float | None) -> None:
        """Wait for `wake`, at most `seconds`; not at all when it came since the last pause, or when the loop is to end."""
        if self._woken or self.stopping:
            self._woken = False
            return
        waiting = self._pause = self.clock.sleep(seconds if seconds is not None else 3600.0)
        try:
            await waiting
        except CancelledError:
            if self._pause is waiting:
                raise
        finally:
            if self._pause is waiting:
                self._pause = None
        self._woken = False

    async def _forever(self) -> None:
        while not self.stopping:
            try:
                await self.run()
                return
            except CancelledError:
                if self.stopping:
                    return
                log.failure("loop {name} was cancelled; it begins again", name=self.name)
            except Exception:  # noqa: BLE001 - a loop outlives its bugs, loudly
                log.failure("loop {name} failed; it begins again", name=self.name)
            await self.pause(5.0)


def _cancelled(failure: Failure) -> None:
    failure.trap(CancelledError)


class Tree:
    """Services in order: started one after the other, stopped in reverse; a failed start stops what was started."""

    def __init__(self, services: Sequence[Service], clock: Clock, drain_s: float) -> None:
        self._services = list(services)
        self._started: list[Service] = []
        self._clock = clock
        self._drain_s = drain_s

    async def start(self) -> None:
        """Start all. Raises what one of them raised, after stopping those before it."""
        for service in self._services:
            try:
                await service.start()
            except BaseException:
                await self.stop()
                raise
            self._started.append(service)

    async def stop(self) -> None:
        """Stop all in reverse; after the drain deadline loops are cancelled."""
        deadline = self._clock.monotonic() + self._drain_s
        for service in reversed(self._started):
            left = max(0.1, deadline - self._clock.monotonic())
            await self._stop_one(service, left)
        self._started.clear()

    async def _stop_one(self, service: Service, seconds: float) -> None:
        stopping: Deferred[None] = Deferred.fromCoroutine(service.stop())
        timer = None
        if isinstance(service, Loop):
            timer = self._clock.reactor.callLater(seconds, service.abandon)
        try:
            await stopping
        except Exception:  # noqa: BLE001 - the others must be stopped too
            log.failure("service {name} did not stop cleanly", name=service.name)
        finally:
            if timer is not None and timer.active():
                timer.cancel()
