"""Between the host and an adapter: bulkhead, breaker, deadline, classification.

A plugin that raises, returns garbage or never answers hurts its own instance only. What comes out of `call` is a value, an
error of the SDK's taxonomy, `PluginBug`, or `Quarantined`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Generator
from dataclasses import dataclass
from types import UnionType
from typing import Any, Generic, Protocol, TypeVar

from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.defer import TimeoutError as DeadlineError
from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger
from twisted.python.failure import Failure

from waybilld.core import breaker as rules
from waybilld.core.breaker import Breaker
from waybilld.core.redact import place_of
from waybilld.host.wakeups import Bulkhead
from waybilld_sdk.errors import AdapterError, InDoubt, NotReady, Retry
from waybilld_sdk.sound import fault_in

T = TypeVar("T")
log = Logger()

BUGS_TO_QUARANTINE = 5
BUG_WINDOW_S = 600.0


class PluginBug(Exception):
    """The adapter raised something outside the taxonomy. The message says where, not what: that could be personal."""


class Garbage(Exception):
    """An answer of the wrong type, or one that cannot be kept; the message is ours and holds nothing of it."""


class Quarantined(Exception):
    """The instance made too many bugs or blocked the loop: no call is made until a person releases it."""


class Watch(Protocol):
    """Told of every call: metrics, and the loop watchdog's knowledge of who runs."""

    def stepping(self, who: tuple[str, str]) -> tuple[str, str]:
        """`who` (instance, operation) has the loop from now on; who had it before."""

    def left(self, instance: str, op: str, outcome: str, seconds: float) -> None: ...


class Memory(Protocol):
    """Where a guard's state outlives the process."""

    def keep(self, instance: str, breaker: Breaker, quarantined: str) -> None: ...


@dataclass(frozen=True, slots=True)
class Bounds:
    """What one instance may do: calls open at a time, and seconds per call."""

    parallel: int
    deadline_s: float


class _Stepped(Generic[T]):
    """Awaits an adapter's work and says around each of its steps who runs: what blocks the loop is the step under way."""

    def __init__(self, work: Awaitable[T], watch: Watch, who: tuple[str, str]) -> None:
        self._work = work
        self._watch = watch
        self._who = who

    def __await__(self) -> Generator[Any, Any, T]:
        steps = self._work.__await__()
        given: Any = None
        error: BaseException | None = None
        while True:
            before = self._watch.stepping(self._who)
            try:
                waits = steps.send(given) if error is None else steps.throw(error)
            except StopIteration as end:
                result: T = end.value
                return result
            finally:
                self._watch.stepping(before)
            given = error = None
            try:
                given = yield waits
            except BaseException as e:  # noqa: BLE001 - thrown into the work, whose business it is
                error = e


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

        An answer that is not of the type that `returns` names, or is unsound (`waybilld_sdk.sound`), is a bug like one that
        was raised.
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
            # Nothing was asked, so that no job loses a try by it.
            raise NotReady(f"{self.instance} did not answer {self.breaker.failures} times in a row; it is asked again soon")

    async def _timed(
        self, op: str, make: Callable[[], Awaitable[T]], effect: bool, returns: type | UnionType | None
    ) -> T:
        started = self._reactor.seconds()
        outcome = "ok"
        try:
            value = await self._bounded(op, make)
            if returns is not None and not isinstance(value, returns):
                raise Garbage(f"it returned {type(value).__name__}, not {getattr(returns, '__name__', returns)}")
            if fault := fault_in(value):
                raise Garbage(fault)
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
            what = str(e) if isinstance(e, Garbage) else place_of(e)
            log.error("plugin bug in {instance}.{op}: {what}", instance=self.instance, op=op, what=what)
            self._bug(op, e)
            raise PluginBug(f"{self.instance}.{op} failed: {what}") from e
        else:
            self._succeeded()
            return value
        finally:
            self._watch.left(self.instance, op, outcome, self._reactor.seconds() - started)

    async def _bounded(self, op: str, make: Callable[[], Awaitable[T]]) -> T:
        async def body() -> T:
            before = self._watch.stepping((self.instance, op))
            try:
                work = make()
            finally:
                self._watch.stepping(before)
            return await _Stepped(work, self._watch, (self.instance, op))

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
