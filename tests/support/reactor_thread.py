"""A reactor in a thread, for contract tests that talk to real servers. It notices what tests leave behind."""

from __future__ import annotations

import atexit
import gc
import threading
import time
from collections.abc import Awaitable, Callable, Coroutine
from concurrent.futures import Future
from functools import lru_cache
from typing import Any, Generic, TypeVar

from twisted.internet.defer import Deferred
from twisted.internet.epollreactor import EPollReactor
from twisted.logger import ILogObserver, LogEvent, globalLogPublisher
from twisted.python.failure import Failure
from zope.interface import implementer

T = TypeVar("T")
_DEFERREDS = "twisted.internet.defer"


class Started(Generic[T]):
    """A coroutine that runs on the reactor's thread."""

    def __init__(self, thread: ReactorThread) -> None:
        self._thread = thread
        self._outcome: Future[T] = Future()
        self._running: Deferred[T] | None = None

    def begin(self, work: Callable[[], Coroutine[Any, Any, T]]) -> None:
        """Called on the reactor's thread."""
        self._running = Deferred.fromCoroutine(work())
        self._running.addCallbacks(self._outcome.set_result, self._fail)

    def _fail(self, failure: Failure) -> None:
        self._outcome.set_exception(failure.value)

    def result(self, timeout: float = 60.0) -> T:
        """What it returns or raises."""
        return self._outcome.result(timeout)

    def done(self) -> bool:
        return self._outcome.done()

    def cancel(self) -> None:
        """Cancel it as the host's deadline would."""
        running = self._running
        assert running is not None
        self._thread.do(running.cancel)


@implementer(ILogObserver)
class _Noticing:
    """Keeps the failures that are this reactor's: those logged on its thread, and those of Deferreds that nobody handled.

    What other tests of the session log on purpose, on their own thread, is theirs.
    """

    def __init__(self, owner: ReactorThread) -> None:
        self._owner = owner

    def __call__(self, event: LogEvent) -> None:
        if event.get("log_failure") is None:
            return
        if event.get("log_namespace") == _DEFERREDS or self._owner.is_current():
            self._owner.lost_failures.append(event)


class ReactorThread:
    """A running reactor. `call` brings coroutines to it and their results back."""

    def __init__(self) -> None:
        self.reactor = EPollReactor()
        # Real time must not depend on the wall clock; the method is replaced as the daemon does it.
        self.reactor.seconds = time.monotonic
        self.lost_failures: list[LogEvent] = []
        self._thread = threading.Thread(target=self._run, name="session-reactor", daemon=True)
        globalLogPublisher.addObserver(_Noticing(self))
        self._thread.start()

    def is_current(self) -> bool:
        """Whether the caller runs on the reactor's thread."""
        return threading.current_thread() is self._thread

    def _run(self) -> None:
        self.reactor.run(installSignalHandlers=False)

    def start(self, work: Callable[[], Coroutine[Any, Any, T]]) -> Started[T]:
        """Begin a coroutine, made and run on the reactor's thread, and go on meanwhile."""
        started: Started[T] = Started(self)
        self.reactor.callFromThread(started.begin, work)
        return started

    def call(self, work: Callable[[], Coroutine[Any, Any, T]], timeout: float = 60.0) -> T:
        """The result of a coroutine that is made and run on the reactor's thread."""
        return self.start(work).result(timeout)

    def do(self, work: Callable[[], T], timeout: float = 10.0) -> T:
        """The result of a plain function that is run on the reactor's thread."""

        async def call() -> T:
            return work()

        return self.call(call, timeout)

    def sleep(self, seconds: float) -> Awaitable[None]:
        """To be awaited on the reactor's thread."""
        done: Deferred[None] = Deferred()
        self.reactor.callLater(seconds, done.callback, None)
        return done

    def leftovers(self) -> list[str]:
        """What is still going on although a test is over: timers, sockets, lost failures."""
        gc.collect()
        lost = [str(event.get("log_failure")) for event in self.lost_failures]
        self.lost_failures.clear()
        timers = self.do(lambda: [str(timer) for timer in self.reactor.getDelayedCalls()])
        sockets = self.do(lambda: [str(one) for one in self.reactor.getReaders() if type(one).__name__ == "Client"])
        return [*lost, *timers, *sockets]

    def stop(self) -> None:
        self.reactor.callFromThread(self.reactor.stop)
        self._thread.join(5)


@lru_cache(maxsize=1)
def session_reactor() -> ReactorThread:
    """The one reactor of this test session, started when first needed."""
    started = ReactorThread()
    atexit.register(started.stop)
    return started
