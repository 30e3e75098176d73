"""Jobs in the database: claim a batch, finish, wait, doubt, die; and what becomes of a dead owner's jobs."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, exists, func, or_, select, update

from waybilld.core.backoff import Backoff
from waybilld.core.jobs import APART, JobState, after_crash, allowed
from waybilld.core.lifecycle import Work
from waybilld.store import schema
from waybilld.store.shipments import open_case
from waybilld.store.sql import Prepared, Runner, one_of
from waybilld.store.tx import Tx

_j, _c = schema.job, schema.case
UNBLOCKED = ~exists().where(_c.c.shipment == _j.c.shipment).where(_c.c.state == "open").where(_c.c.blocking == 1)
"""The job's shipment does not wait for a person."""

_COLUMNS = (_j.c.id, _j.c.kind, _j.c.shipment, _j.c.label, _j.c.tries, _j.c.state)
# `state != 'done'` says to SQLite that the partial index `ix_job_open` will do, and a pool that is given, if only as NULL,
# lets it read in the order of that index: else each claim would read every job that there ever was.
_OPEN = _j.c.state != JobState.DONE.value
IN_TURN = (_j.c.tries, _j.c.shipment, _j.c.id)
"""What was tried in vain lets the others pass; shipments keep the order in which they came, whoever was asked for them and
answered first."""
_OF_KIND = select(*_COLUMNS).where(_OPEN).where(_j.c.kind == bindparam("kind")).order_by(*IN_TURN).limit(bindparam("most"))
_SAME_POOL = _j.c.pool.is_not_distinct_from(bindparam("pool"))
"""Also where both are NULL: jobs of no pool."""
_IN_POOL = _OF_KIND.where(_SAME_POOL)
_READY = Prepared(_IN_POOL.where(_j.c.state == JobState.READY).where(UNBLOCKED))
_other = _j.alias("other")
_ELSEWHERE = (
    exists()
    .where(_other.c.state != JobState.DONE.value)
    .where(_other.c.kind == _j.c.kind)
    .where(_other.c.state == JobState.BUSY)
    .where(_other.c.pool == _j.c.pool)
    .where(_other.c.shipment == _j.c.shipment)
    .where(_other.c.owner != bindparam("owner"))
)
"""Another printer of the pool is at work on the same shipment."""
PRINT_COLUMNS = (_j.c.id, _j.c.shipment, _j.c.label, _j.c.pool, _j.c.made_at_us)
"""What a `PrintJob` is made of."""

_PRINTABLE = (
    select(*PRINT_COLUMNS)
    .where(_OPEN)
    .where(_j.c.kind == Work.PRINT.value)
    .where(_j.c.state == JobState.READY)
    .where(_j.c.pool == bindparam("pool"))
    .where(UNBLOCKED)
    .order_by(*IN_TURN)
    .limit(1)
)
_MINE = _j.c.printer == bindparam("printer")
_FOR_ME = _PRINTABLE.where(or_(_j.c.printer.is_(None), _MINE))
_READY_IN_POOL = Prepared(_FOR_ME.where(~_ELSEWHERE))
_READY_OF_SHIPMENT = Prepared(_FOR_ME.where(_j.c.shipment == bindparam("shipment")))
_READY_MOVED = Prepared(_PRINTABLE.where(_MINE))
_BOUND = Prepared(
    select(_j.c.id, _j.c.shipment, _j.c.printer)
    .where(_OPEN)
    .where(_j.c.kind == Work.PRINT.value)
    .where(one_of(_j.c.state, (JobState.READY, JobState.DEAD, JobState.IN_DOUBT)))
    .where(_j.c.printer.is_not(None))
    .where(_j.c.shipment.is_not(None))
)
_DUE = Prepared(
    _IN_POOL.where(_j.c.state == JobState.WAITING).where(_j.c.run_at_us <= bindparam("now_us")).where(UNBLOCKED)
)
_DOUBTED = Prepared(_IN_POOL.where(_j.c.state == JobState.IN_DOUBT).where(_j.c.run_at_us <= bindparam("now_us")))
_NEXT = Prepared(
    select(func.min(_j.c.run_at_us))
    .where(_OPEN)
    .where(_j.c.kind == bindparam("kind"))
    .where(_SAME_POOL)
    .where(one_of(_j.c.state, (JobState.WAITING, JobState.IN_DOUBT)))
)
_TAKE = Prepared(
    update(_j)
    .where(_j.c.id == bindparam("id_"))
    .values(state=JobState.BUSY.value, owner=bindparam("owner"), epoch=bindparam("epoch"))
)
_STATE = Prepared(select(_j.c.state).where(_j.c.id == bindparam("id_")))
_BUSY = Prepared(select(*_COLUMNS, _j.c.pool).where(_OPEN).where(_j.c.state == JobState.BUSY))
_ORPHANED = Prepared(
    select(func.count())
    .where(schema.journal.c.shipment == bindparam("shipment"))
    .where(schema.journal.c.job == bindparam("job"))
    .where(schema.journal.c.kind == "job.orphaned")
)


@dataclass(frozen=True, slots=True)
class Owner:
    """Who claims: the service's name and the daemon's epoch, which rises with every start."""

    name: str
    epoch: int


@dataclass(frozen=True, slots=True)
class Job:
    """A claimed job. `doubted` says that its effect may have happened already: ask before doing anything."""

    id: int
    kind: Work
    shipment: int
    label: int | None
    tries: int
    doubted: bool = False


@dataclass(frozen=True, slots=True)
class PrintJob:
    """A claimed print job. What is of no shipment (separators, test labels) has a job of its own all the same."""

    id: int
    shipment: int | None
    label: int
    pool: str
    made_at_us: int


def claim(tx: Tx, kind: Work, most: int, owner: Owner, pool: str | None = None) -> list[Job]:
    """Take up to `most` jobs of a pool, or of none: those in doubt that are due, those whose wait is over, then the ready
    ones, oldest first.

    Jobs of blocked shipments stay where they are, but a doubt is settled also then.
    """
    given = {"kind": kind.value, "pool": pool}
    rows = tx.run.rows(_DOUBTED, **given, now_us=tx.now_us, most=most)
    rows += tx.run.rows(_DUE, **given, now_us=tx.now_us, most=most - len(rows))
    if len(rows) < most:
        rows += tx.run.rows(_READY, **given, most=most - len(rows))
    return _taken(tx, rows, owner)


def claim_print(
    tx: Tx, owner: Owner, printer: str, pool: str, shipment: int | None, *, alone: bool = False
) -> PrintJob | None:
    """Take a pool's next print job for one printer: what is left of `shipment`, on which it was at work, else (unless
    `alone`) the oldest one whose shipment no other printer is at work on. So what is printed for an order comes out of one
    printer, in its order."""
    given = {"pool": pool, "printer": printer}
    row = tx.run.row(_READY_OF_SHIPMENT, shipment=shipment, **given) if shipment is not None else None
    if row is None and not alone:
        row = tx.run.row(_READY_IN_POOL, owner=owner.name, **given)
    if row is None:
        return None
    take(tx, row[0], owner)
    return PrintJob(*row)


def claim_moved(tx: Tx, owner: Owner, printer: str, pool: str) -> PrintJob | None:
    """Take the next print job of a pool that a person moved to this printer."""
    row = tx.run.row(_READY_MOVED, pool=pool, printer=printer)
    if row is None:
        return None
    take(tx, row[0], owner)
    return PrintJob(*row)


def unbind(tx: Tx, printers: Collection[str]) -> list[str]:
    """At start: what a person moved to a printer that is none of these goes to any of its pool. The names of those."""
    gone: list[str] = []
    for job, shipment, printer in tx.run.rows(_BOUND):
        if printer not in printers:
            gone.append(printer)
            reason = f"printer {printer} left the configuration"
            with tx.entry("job.moved", shipment=shipment, job=job, reason=reason) as entry:
                entry.update(_j, job, printer=None)
    return sorted(set(gone))


def print_waits(run: Runner, owner: Owner, printer: str, pool: str) -> bool:
    """Whether a pool has a label for this printer."""
    return run.row(_READY_IN_POOL, owner=owner.name, pool=pool, printer=printer) is not None


def take(tx: Tx, job: int, owner: Owner) -> None:
    """Mark a job as worked on."""
    tx.run.run(_TAKE, id_=job, owner=owner.name, epoch=owner.epoch)


def _taken(tx: Tx, rows: Sequence[tuple[Any, ...]], owner: Owner) -> list[Job]:
    found = [_job(row) for row in rows]
    if found:
        tx.run.many(_TAKE, [{"id_": j.id, "owner": owner.name, "epoch": owner.epoch} for j in found])
    return found


def _job(row: tuple[Any, ...]) -> Job:
    return Job(row[0], Work(row[1]), row[2], row[3], row[4], row[5] == JobState.IN_DOUBT)


def next_due_us(run: Runner, kind: Work, pool: str | None = None) -> int | None:
    """When the next waiting or doubted job of this kind is due, in a pool or in none."""
    row = run.row(_NEXT, kind=kind.value, pool=pool)
    return row[0] if row else None


def move(tx: Tx, job: Job, state: JobState, reason: str, *, run_at_us: int | None = None, tries: int | None = None) -> None:
    """Change a claimed job's state, with its reason, in the journal. Raises `ValueError` on a change no rule allows.

    A job that was superseded while it was worked on stays done: nothing may bring it back to life.
    """
    if not allowed(JobState.BUSY, state):
        raise ValueError(f"a busy job cannot become {state}")
    if state_of(tx.run, job.id) != JobState.BUSY:
        return
    with tx.entry("job.moved", shipment=job.shipment, job=job.id, to=state.value, reason=reason) as entry:
        entry.update(
            _j,
            job.id,
            state=state.value,
            reason=reason,
            run_at_us=run_at_us,
            tries=job.tries if tries is None else tries,
        )
        if state is JobState.DEAD:
            text = f"{job.kind} was given up after {job.tries + 1} tries: {reason}"
            open_case(entry, tx, job.shipment, f"{job.kind}-failed", text, blocking=True)
    if state is JobState.READY:
        tx.wakes.add(job.kind.value)


def again(tx: Tx, job: Job, reason: str, backoff: Backoff, jitter: float, after_s: float | None = None) -> None:
    """Try again later by the back-off, not before `after_s`; give up when its tries are used."""
    delay = backoff.delay(job.tries + 1, jitter)
    if delay is None:
        move(tx, job, JobState.DEAD, reason)
        return
    pause_us = int(max(delay, after_s or 0.0) * 1_000_000)
    move(tx, job, _patient(job), reason, run_at_us=tx.now_us + pause_us, tries=job.tries + 1)


def _patient(job: Job) -> JobState:
    """Where a job waits. A doubt that could not be settled yet is still a doubt: forgotten, it would be done again."""
    return JobState.IN_DOUBT if job.doubted else JobState.WAITING


def doubt(tx: Tx, job: Job, reason: str, backoff: Backoff, jitter: float) -> None:
    """The effect may have happened: ask later; after the last asking a person must."""
    delay = backoff.delay(job.tries + 1, jitter)
    if delay is None:
        move(tx, job, JobState.DEAD, reason)
        return
    move(tx, job, JobState.IN_DOUBT, reason, run_at_us=tx.now_us + int(delay * 1_000_000), tries=job.tries + 1)


def give_back(tx: Tx, job: Job, reason: str) -> None:
    """Nothing was done by this claim: ready again, or in doubt as before."""
    if job.doubted:
        move(tx, job, JobState.IN_DOUBT, reason, run_at_us=tx.now_us)
        tx.wakes.add(job.kind.value)
    else:
        move(tx, job, JobState.READY, reason)


def hand_over(tx: Tx, job: Job, pool: str) -> None:
    """Nothing was done by this claim: the job is for those who claim from `pool`."""
    with tx.entry("job.moved", shipment=job.shipment, job=job.id, to=JobState.READY.value, pool=pool) as entry:
        entry.update(_j, job.id, state=JobState.READY.value, pool=pool)
    tx.wakes.add(job.kind.value)


def recover(tx: Tx) -> dict[str, int]:
    """At start: every busy job's owner is dead. Counts by the state each went to.

    Work with a foreign effect may have happened, so it goes to `in_doubt`; print jobs are settled by their lane. A
    stranger's file may be what the daemon died of: where it happened before, a person looks at it first.
    """
    counts: dict[str, int] = {}
    for *row, pool in tx.run.rows(_BUSY):
        job = _job(tuple(row))
        if pool == APART and tx.run.row(_ORPHANED, shipment=job.shipment, job=job.id) != (0,):
            hold(tx, job, "artwork-unusable", _DIED_TWICE)
            state = JobState.DONE
        else:
            state = after_crash(job.kind)
            with tx.entry("job.orphaned", shipment=job.shipment, job=job.id, to=state.value) as entry:
                entry.update(_j, job.id, state=state.value, run_at_us=tx.now_us, reason="its owner ended")
            tx.wakes.add(job.kind.value)
        counts[state.value] = counts.get(state.value, 0) + 1
    return counts


_DIED_TWICE = (
    "the daemon ended twice while this label was about to be drawn, perhaps because of the carrier's label or a file of the "
    "print set: look at them, and put simpler ones in their place"
)


def stall(tx: Tx, job: Job, reason: str, seconds: float) -> None:
    """Nothing can be done until somebody or something else is ready: wait without using up a try."""
    move(tx, job, _patient(job), reason, run_at_us=tx.now_us + int(seconds * 1_000_000))


def hold(tx: Tx, job: Job, code: str, message: str) -> None:
    """A person must decide: the job is done, and a blocking case stands in its place.

    A job that was superseded opens no case.
    """
    if state_of(tx.run, job.id) != JobState.BUSY:
        return
    with tx.entry("job.held", shipment=job.shipment, job=job.id, code=code, reason=message) as entry:
        entry.update(_j, job.id, state=JobState.DONE.value, reason=message)
        open_case(entry, tx, job.shipment, code, message, blocking=True, label=job.label)


def state_of(run: Runner, job: int) -> str | None:
    """A job's state as it stands."""
    row = run.row(_STATE, id_=job)
    return str(row[0]) if row else None
