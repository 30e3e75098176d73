"""Between the host and an adapter: bulkhead, breaker, deadline, classification.

A plugin that raises, returns garbage or never answers hurts its own instance only. What comes out of `call` is a value, an
error of the SDK's taxonomy, `PluginBug`, or `Quarantined`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from types import UnionType
from typing import Protocol, TypeVar

from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.defer import TimeoutError as DeadlineError
from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger
from twisted.python.failure import Failure

from waybilld.core import breaker as rules
from waybilld.core.breaker import Breaker
from waybilld.host.wakeups import Bulkhead
from waybilld_sdk.errors import AdapterError, InDoubt, NotReady, Retry

T = TypeVar("T")
log = Logger()

BUGS_TO_QUARANTINE = 5
BUG_WINDOW_S = 600.0


class PluginBug(Exception):
    """The adapter raised something outside the taxonomy: its message names instance, operation and error."""


class Quarantined(Exception):
    """The instance made too many bugs or blocked the loop: no call is made until a person releases it."""


class Watch(Protocol):
    """Told of every call: metrics, and the loop watchdog's knowledge of who runs."""

    def entered(self, instance: str, op: str) -> None: ...

    def left(self, instance: str, op: str, outcome: str, seconds: float) -> None: ...


class Memory(Protocol):
    """Where a guard's state outlives the process."""

    def keep(self, instance: str, breaker: Breaker, quarantined: str) -> None: ...


@dataclass(frozen=True, slots=True)
class Bounds:
    """What one instance may do: calls open at a time, and seconds per call."""

    parallel: int
    deadline_s: float


class Guard:
    """Guards one instance."""

    def __init__(
        self,
        instance: str,
        bounds: Bounds,
        reactor: IReactorTime,
        now_s: Callable[[], float],
        watch: Watch,
        memory: Memory,
        breaker: Breaker | None = None,
        quarantined: str = "",
    ) -> None:
        self.instance = instance
        self.quarantined = quarantined
        self.breaker = breaker or Breaker()
        self._bounds = bounds
        self._reactor = reactor
        self._now_s = now_s
        self._watch = watch
        self._memory = memory
        self._slots = Bulkhead(bounds.parallel)
        self._bugs: list[float] = []

    async def call(
        self, op: str, make: Callable[[], Awaitable[T]], *, effect: bool = False, returns: type | UnionType | None = None
    ) -> T:
        """Make one call. `effect`: it may have happened when no answer came, so that raises `InDoubt`, not `Retry`.

        An answer that is not of the type that `returns` names is a bug like one that was raised.
        """
        self._admit()
        await self._slots.acquire()
        try:
            # Those before us in the queue may have learned that nobody answers.
            self._admit()
            return await self._timed(op, make, effect, returns)
        finally:
            self._slots.release()

    def _admit(self) -> None:
        if self.quarantined:
            raise Quarantined(f"{self.instance} is in quarantine: {self.quarantined}")
        if not self.breaker.closed(self._now_s()):
            pause = self.breaker.until - self._now_s()
            raise Retry(f"{self.instance} did not answer {self.breaker.failures} times in a row", after=pause)

    async def _timed(
        self, op: str, make: Callable[[], Awaitable[T]], effect: bool, returns: type | UnionType | None
    ) -> T:
        started = self._reactor.seconds()
        self._watch.entered(self.instance, op)
        outcome = "ok"
        try:
            value = await self._bounded(make)
            if returns is not None and not isinstance(value, returns):
                raise TypeError(f"it returned {type(value).__name__}, not {getattr(returns, '__name__', returns)}")
        except DeadlineError:
            outcome = "deadline"
            self._failed()
            text = f"{self.instance}.{op} gave no answer within {self._bounds.deadline_s:g} s"
            raise (InDoubt(text) if effect else Retry(text)) from None
        except CancelledError:
            # The caller was abandoned: that is neither an answer nor the plugin's bug.
            outcome = "cancelled"
            raise
        except AdapterError as e:
            outcome = type(e).__name__
            if isinstance(e, Retry | InDoubt):
                self._failed()
            elif not isinstance(e, NotReady):
                self._succeeded()
            raise
        except Exception as e:
            outcome = "bug"
            log.failure("plugin bug in {instance}.{op}", Failure(), instance=self.instance, op=op)
            self._bug(op, e)
            raise PluginBug(f"{self.instance}.{op} raised {type(e).__name__}: {e}") from e
        else:
            self._succeeded()
            return value
        finally:
            self._watch.left(self.instance, op, outcome, self._reactor.seconds() - started)

    async def _bounded(self, make: Callable[[], Awaitable[T]]) -> T:
        async def body() -> T:
            return await make()

        # Not `running` itself is awaited: an adapter that swallows its cancellation would keep its caller for ever.
        running: Deferred[T] = Deferred.fromCoroutine(body())
        answered: Deferred[T] = Deferred(lambda _: running.cancel())

        def pass_on(result: T | Failure) -> None:
            if not answered.called:
                answered.callback(result)
            elif isinstance(result, Failure):
                log.failure("{instance} went on after its deadline", result, instance=self.instance)

        running.addBoth(pass_on)
        answered.addTimeout(self._bounds.deadline_s, self._reactor)
        return await answered

    def _succeeded(self) -> None:
        self._set(rules.succeeded(self.breaker))

    def _failed(self) -> None:
        self._set(rules.failed(self.breaker, self._now_s()))

    def _set(self, new: Breaker) -> None:
        if new == self.breaker:
            return
        told = new.opened != self.breaker.opened
        self.breaker = new
        if told:
            self._memory.keep(self.instance, new, self.quarantined)

    def _bug(self, op: str, error: Exception) -> None:
        now = self._reactor.seconds()
        self._bugs = [t for t in self._bugs if now - t < BUG_WINDOW_S] + [now]
        if len(self._bugs) >= BUGS_TO_QUARANTINE:
            self.quarantine(f"{len(self._bugs)} bugs within {BUG_WINDOW_S / 60:g} min, last in {op}: {type(error).__name__}")

    def quarantine(self, reason: str) -> None:
        """Make no further call until `release`."""
        self.quarantined = reason
        self._memory.keep(self.instance, self.breaker, reason)
        log.warn("{instance} is in quarantine: {reason}", instance=self.instance, reason=reason)

    def release(self) -> None:
        """A person lets the instance work again."""
        self.quarantined = ""
        self._bugs = []
        self.breaker = Breaker()
        self._memory.keep(self.instance, self.breaker, "")
