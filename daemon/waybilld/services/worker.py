"""The loop for every kind of work but printing: claim a batch, work on it, commit each outcome, claim the next.

What the kinds differ in is a `Handler`. Because all share this loop, a retry, a time-out or a crash has one explanation.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from typing import Generic, Protocol, TypeVar, runtime_checkable

from twisted.internet.defer import CancelledError, Deferred, DeferredList
from twisted.logger import Logger
from twisted.python.failure import Failure

from waybilld.core import backoff
from waybilld.core.jobs import JobState
from waybilld.core.lifecycle import Work
from waybilld.core.redact import place_of
from waybilld.host.drawing import RendererBug
from waybilld.host.guard import PluginBug, Quarantined
from waybilld.host.sheetfile import SheetWaits
from waybilld.services.base import Loop
from waybilld.services.clock import Clock
from waybilld.store import jobs, shipments
from waybilld.store.database import Store
from waybilld.store.engine import StoreUnavailable
from waybilld.store.jobs import Job, Owner
from waybilld.store.seal import Shredded
from waybilld.store.tx import Tx
from waybilld_sdk.errors import (
    AdapterError,
    AuthNeeded,
    Conflict,
    Hold,
    InDoubt,
    NotReady,
    Reject,
    Retry,
    StopQueue,
    Throttled,
)

log = Logger()
I = TypeVar("I")  # noqa: E741 - what a handler loads and works on
G = TypeVar("G", contravariant=True)

Outcome = Callable[[Tx], None]
"""Commits what came of one job."""

_IDLE_S = 30.0
_FULL_DISK_PAUSE_S = 2.0


class Elsewhere(Exception):
    """The job is for the handler of another pool."""

    def __init__(self, pool: str) -> None:
        super().__init__(pool)
        self.pool = pool


class Handler(Protocol[I]):
    """One kind of work. `load` runs in the claiming transaction; `work` returns what to commit, or raises for this job."""

    kind: Work
    batch: int

    def load(self, tx: Tx, job: Job) -> I:
        """What the work needs; may write an intent, which is committed before `work` begins. Raises `Elsewhere`."""

    async def work(self, given: I) -> Outcome:
        """Do the work of one job. Errors of the taxonomy are acted on by the loop."""


@runtime_checkable
class Together(Protocol[G]):
    """A handler that works better on a whole batch."""

    async def work_all(self, given: Sequence[G]) -> Sequence[Outcome | Exception]:
        """One outcome or error per item."""


@runtime_checkable
class Unhurried(Protocol):
    """A handler whose work may wait for company: after a batch that was not full it rests so many seconds."""

    rest_s: float


@runtime_checkable
class Pooled(Protocol):
    """A handler of the jobs in a pool; the others work on those that are in none."""

    pool: str


class Worker(Loop, Generic[I]):
    """Works on one kind of jobs."""

    def __init__(self, handler: Handler[I], clock: Clock, store: Store, epoch: int) -> None:
        self._pool = handler.pool if isinstance(handler, Pooled) else None
        super().__init__(f"worker-{handler.kind}" + (f"-{self._pool}" if self._pool else ""), clock)
        self._handler = handler
        self._store = store
        self._rest_s = handler.rest_s if isinstance(handler, Unhurried) else 0.0
        self._owner = Owner(self.name, epoch)
        store.on_commit(self._committed)

    def _committed(self, wakes: frozenset[str], _: int) -> None:
        if self._handler.kind.value in wakes:
            self.wake()

    async def run(self) -> None:
        """Drain, wait, and again, until stopped."""
        while not self.stopping:
            try:
                worked = await self._batch()
            except StoreUnavailable:
                await self.pause(_FULL_DISK_PAUSE_S)
                continue
            if not worked:
                await self.pause(await self._idle_s())
            elif worked < self._handler.batch and self._rest_s:
                await self.clock.sleep(self._rest_s)

    async def _idle_s(self) -> float:
        due = await self._store.read(lambda run: jobs.next_due_us(run, self._handler.kind, self._pool))
        if due is None:
            return _IDLE_S
        return min(_IDLE_S, max(0.05, (due - self.clock.now_us()) / 1_000_000))

    async def _batch(self) -> int:
        """Claim a batch and work on it; how many jobs it held."""
        claimed = await self._store.write(self._claim)
        if not claimed:
            return 0
        if isinstance(self._handler, Together):
            await self._all(self._handler, claimed)
            return len(claimed)
        running = [Deferred.fromCoroutine(self._one(job, given)) for job, given in claimed]
        for _, failure in await DeferredList(running, consumeErrors=True):
            if isinstance(failure, Failure):
                failure.raiseException()
        return len(claimed)

    async def _all(self, handler: Together[I], claimed: Sequence[tuple[Job, I | Exception]]) -> None:
        """Work on a whole batch and commit all outcomes as one unit; one by one where that one fails."""
        done = iter(await handler.work_all([given for _, given in claimed if not isinstance(given, Exception)]))
        results = [(job, given if isinstance(given, Exception) else next(done)) for job, given in claimed]
        outcomes = [self.verdict(job, r) if isinstance(r, Exception) else r for job, r in results]

        def unit(tx: Tx) -> None:
            for outcome in outcomes:
                outcome(tx)

        try:
            await self._store.write(unit)
        except CancelledError:
            raise
        except Exception:  # noqa: BLE001 - whose fault it is shows when each is committed alone
            for (job, result), outcome in zip(results, outcomes, strict=True):
                error = result if isinstance(result, Exception) else None
                await self._commit(job, None if error else outcome, error)

    def _claim(self, tx: Tx) -> list[tuple[Job, I | Exception]]:
        found: list[tuple[Job, I | Exception]] = []
        for job in jobs.claim(tx, self._handler.kind, self._handler.batch, self._owner, self._pool):
            try:
                found.append((job, self._handler.load(tx, job)))
            except Elsewhere as e:
                jobs.hand_over(tx, job, e.pool)
            except (Shredded, LookupError) as e:
                found.append((job, Hold(str(e), code="data-missing")))
        return found

    async def _one(self, job: Job, given: I | Exception) -> None:
        try:
            if isinstance(given, Exception):
                raise given
            outcome = await self._handler.work(given)
        except CancelledError:
            # Abandoned by a stop: the job stays busy, and the next start treats it as any orphan.
            raise
        except Exception as e:  # noqa: BLE001 - every error ends as a state of the job
            await self._commit(job, None, e)
        else:
            await self._commit(job, outcome, None)

    async def _commit(self, job: Job, outcome: Outcome | None, error: Exception | None) -> None:
        if outcome is not None:
            try:
                await self._insist(outcome, job)
                return
            except CancelledError:
                # Abandoned by a stop, and perhaps on disk already: the next start sees what stands.
                raise
            except Exception as e:  # noqa: BLE001 - see below: it becomes the job's reason
                error = e
        assert error is not None
        await self._insist(self.verdict(job, error), job)

    async def _insist(self, outcome: Outcome, job: Job) -> None:
        """Something foreign may have happened: its outcome is kept until the database takes it, or the daemon ends."""
        while True:
            try:
                await self._store.write(outcome)
                return
            except StoreUnavailable as e:
                if self.stopping:
                    log.warn("{name}: the outcome of job {job} was not kept: {why}", name=self.name, job=job.id, why=str(e))
                    return
                await self.clock.sleep(_FULL_DISK_PAUSE_S)

    def verdict(self, job: Job, error: Exception) -> Outcome:
        """What an error means for a job: the closed taxonomy, acted on in one place."""
        chance = self.clock.chance()
        text = str(error)
        match error:
            case shipments.Moved():
                return lambda tx: jobs.give_back(tx, job, text) if not _superseded(tx, job) else None
            case InDoubt():
                return lambda tx: jobs.doubt(tx, job, text, backoff.DOUBT, chance)
            case Throttled():
                after = max(0.0, error.until.timestamp() - self.clock.now_s())
                return lambda tx: jobs.again(tx, job, text, backoff.DEFAULT, chance, after)
            case SheetWaits():
                return lambda tx: jobs.again(tx, job, text, backoff.PATIENT, chance)
            case RendererBug():
                log.error("{name}: job {job}: {what}", name=self.name, job=job.id, what=text)
                return lambda tx: jobs.again(tx, job, text, backoff.DEFAULT, chance)
            case Retry():
                after_s = error.after
                return lambda tx: jobs.again(tx, job, text, backoff.DEFAULT, chance, after_s)
            case NotReady() | Quarantined() | StopQueue() | AuthNeeded():
                return lambda tx: jobs.stall(tx, job, text, _stall_s(error))
            case Hold():
                code = error.code
                return lambda tx: jobs.hold(tx, job, code, text)
            case sqlite3.IntegrityError():
                clash = f"the database refused what came back, because it stands elsewhere already: {text}"
                return lambda tx: jobs.hold(tx, job, f"{job.kind}-conflict", clash)
            case Reject() | Conflict():
                return lambda tx: jobs.hold(tx, job, f"{job.kind}-refused", text)
            case PluginBug() | AdapterError():
                return lambda tx: jobs.again(tx, job, text, backoff.DEFAULT, chance)
            case _:
                bug = place_of(error)
                log.error("{name}: job {job} failed: {what}", name=self.name, job=job.id, what=bug)
                return lambda tx: jobs.again(tx, job, bug, backoff.DEFAULT, chance)


def _stall_s(error: Exception) -> float:
    return 10.0 if isinstance(error, NotReady) else 60.0


def _superseded(tx: Tx, job: Job) -> bool:
    return jobs.state_of(tx.run, job.id) == JobState.DONE
