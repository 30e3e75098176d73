"""Making a pack: labels go out of the spool, each with a number and an attempt of its own.

That attempt is `sent` before the pack's file leaves the daemon. So no lane prints the label as well, and what nobody tells
of it stays in doubt, as with a printer that says nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import and_, bindparam, exists, select

from waybilld.core.attempts import LIVE, AttemptState
from waybilld.core.jobs import JobState
from waybilld.core.lifecycle import Work
from waybilld.core.packs import Mark, PackState, label_wanted, page_for, printer_of
from waybilld.core.runs import Person
from waybilld.store import schema, shipments
from waybilld.store.attempts import ask_first
from waybilld.store.jobs import IN_TURN, PRINT_COLUMNS, UNBLOCKED, PrintJob
from waybilld.store.sql import Prepared, one_of
from waybilld.store.tx import Tx
from waybilld_sdk.printing import Evidence

_k, _i = schema.pack, schema.pack_item
_a, _j, _l, _p = schema.attempt, schema.job, schema.label, schema.page
_MOST_LEFT = 100
"""Labels that are named as left in the spool; who has more of them mends the cause first."""

_OF_LABEL = exists().where(_p.c.label == _j.c.label).where(_p.c.commands.is_(None)).where(_p.c.blob.is_not(None))
_IN_POOL = (
    select(*PRINT_COLUMNS, _l.c.serial)
    .join(_l, _l.c.id == _j.c.label)
    .where(_j.c.state != JobState.DONE.value)
    .where(_j.c.kind == Work.PRINT.value)
    .where(_j.c.pool == bindparam("pool"))
    .where(_j.c.shipment.is_not(None))
    .order_by(*IN_TURN)
    .limit(bindparam("most"))
)
_WAITING = _IN_POOL.where(_j.c.state == JobState.READY.value).where(UNBLOCKED)
_FIT = Prepared(_WAITING.where(_OF_LABEL))
_UNFIT = Prepared(_WAITING.where(~_OF_LABEL))
_BUSY = Prepared(
    _IN_POOL.where(_j.c.state == JobState.BUSY.value)
    .add_columns(_a.c.printer)
    .join(_a, and_(_a.c.label == _l.c.id, one_of(_a.c.state, sorted(LIVE))))
)
_PAGES = Prepared(
    select(_p.c.id, _p.c.variant, _p.c.digest)
    .where(_p.c.label == bindparam("label"))
    .where(_p.c.commands.is_(None))
    .where(_p.c.blob.is_not(None))
    .order_by(_p.c.id)
)
_COMMANDS = Prepared(
    select(_p.c.commands).where(_p.c.label == bindparam("label")).where(_p.c.commands.is_not(None)).limit(1)
)


@dataclass(frozen=True, slots=True)
class Left:
    """A label that stays in the spool, and why."""

    serial: str
    why: str


@dataclass(frozen=True, slots=True)
class Made:
    """A pack's number, None where no label could go into one; how many labels it holds, and which stay in the spool."""

    pack: int | None
    labels: int
    left: tuple[Left, ...]


def make(tx: Tx, pool: str, most: int, who: Person, epoch: int, made_after_us: int) -> Made:
    """Take up to `most` labels that wait in a pool out of the spool, oldest first. About one that waits since before
    `made_after_us` a person is asked first, as before a printer gets it."""
    left = [Left(row[-1], _why_unfit(tx, row[2])) for row in tx.run.rows(_UNFIT, pool=pool, most=_MOST_LEFT)]
    left += [Left(row[-2], _has_it(row[-1])) for row in tx.run.rows(_BUSY, pool=pool, most=_MOST_LEFT)]
    chosen: list[_Chosen] = []
    for *columns, serial in tx.run.rows(_FIT, pool=pool, most=most):
        found = _choose(tx, PrintJob(*columns), serial, chosen[0].dots_per_mm if chosen else None, made_after_us)
        if isinstance(found, _Chosen):
            chosen.append(found)
        elif found is not None:
            left.append(found)
    if not chosen:
        return Made(None, 0, tuple(left))
    with tx.entry("pack.made", pool=pool, labels=len(chosen), uid=who.uid, user=who.name) as entry:
        pack = entry.insert(
            _k, pool=pool, state=PackState.OPEN.value, made_at_us=tx.now_us, made_uid=who.uid, made_user=who.name
        )
        entry.facts["pack"] = pack
    for number, one in enumerate(chosen, 1):
        _take_out(tx, pack, number, one, epoch)
    return Made(pack, len(chosen), tuple(left))


@dataclass(frozen=True, slots=True)
class _Chosen:
    """A label for a pack, with the page that stands for it."""

    job: PrintJob
    page: int
    dots_per_mm: float
    digest: str


def _choose(tx: Tx, job: PrintJob, serial: str, dots_per_mm: float | None, made_after_us: int) -> _Chosen | Left | None:
    """Whether a label can go into a pack of so many dots per mm; None where a case has just been opened about its
    shipment."""
    assert job.shipment is not None
    if shipments.block_of(tx.run, job.shipment) is not None:
        return None
    if job.made_at_us < made_after_us:
        ask_first(tx, job, serial)
        return Left(serial, "it has waited very long, and a person must look first: see `waybilld orders --blocked`")
    state = shipments.load(tx.run, job.shipment).state
    if not label_wanted(state):
        return Left(serial, f"its shipment is {state} and needs no label any more")
    drawn = tx.run.rows(_PAGES, label=job.label)
    found = page_for([(page, variant) for page, variant, _ in drawn], dots_per_mm)
    if found is None:
        return Left(serial, f"it was not drawn for {dots_per_mm:g} dots per mm as the others: make a further pack for it")
    page, dots = found
    return _Chosen(job, page, dots, next(digest for row, _, digest in drawn if row == page))


def _take_out(tx: Tx, pack: int, number: int, one: _Chosen, epoch: int) -> None:
    job = one.job
    why = f"in pack {pack} as number {number}: nobody has told yet whether it was printed"
    with tx.entry("pack.item", shipment=job.shipment, job=job.id, pack=pack, number=number) as entry:
        attempt = entry.insert(
            _a,
            label=job.label,
            printer=printer_of(pack, number),
            at_us=tx.now_us,
            epoch=epoch,
            language="pdf",
            document_digest=one.digest,
            state=AttemptState.SENDING.value,
            evidence=int(Evidence.NOTHING),
        )
        entry.update(_a, attempt, state=AttemptState.SENT.value, evidence=int(Evidence.TOKEN), reason=why)
        entry.update(_j, job.id, state=JobState.IN_DOUBT.value, reason=why, run_at_us=None)
        entry.insert(
            _i, pack=pack, number=number, label=job.label, page=one.page, attempt=attempt, state=Mark.OPEN.value
        )


def _has_it(printer: str) -> str:
    return f"printer {printer} has it, or tries to reach its device for it: if it does not come out, make a further pack"


def _why_unfit(tx: Tx, label: int) -> str:
    row = tx.run.row(_COMMANDS, label=label)
    if row is None:
        return "there are no pixels of it: they were deleted as the retention rules ask"
    language = str(row[0]).partition(" ")[0].upper()
    return f"the carrier's part of it is {language}, which only a printer of that language draws: it waits for one"
