"""Packs in the database: labels go out of the spool into a numbered PDF, and people tell what became of each.

A label of a pack has an attempt of its own, which is `sent` before its file leaves the daemon. So no lane prints it as well,
and what nobody tells of it stays in doubt, as with a printer that says nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, bindparam, exists, select

from waybilld.core.attempts import LIVE, AttemptState
from waybilld.core.intercepts import InterceptState
from waybilld.core.jobs import JobState
from waybilld.core.lifecycle import Event, State, Work, allowed
from waybilld.core.packs import Mark, PackState, page_for, printer_of, verdicts
from waybilld.core.policy import Policies
from waybilld.core.runs import Person
from waybilld.store import copies, doubts, outcomes, pages, schema, shipments
from waybilld.store.attempts import ask_first
from waybilld.store.doubts import Doubt
from waybilld.store.jobs import PRINT_COLUMNS, UNBLOCKED, PrintJob
from waybilld.store.sql import Prepared, Runner, one_of
from waybilld.store.tx import Tx
from waybilld_sdk.printing import Evidence

_k, _i, _s = schema.pack, schema.pack_item, schema.pack_showing
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
    .order_by(_j.c.id)
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
_PACK = Prepared(select(_k.c.pool, _k.c.state).where(_k.c.id == bindparam("id_")))
_ITEM_COLUMNS = (_i.c.id, _i.c.pack, _i.c.number, _i.c.label, _i.c.state, _l.c.serial, _l.c.shipment)
_ITEMS = Prepared(
    select(*_ITEM_COLUMNS)
    .join(_l, _l.c.id == _i.c.label)
    .where(_i.c.pack == bindparam("pack"))
    .order_by(_i.c.number)
)
_BY_SERIAL = Prepared(
    select(*_ITEM_COLUMNS)
    .join(_l, _l.c.id == _i.c.label)
    .where(_l.c.serial == bindparam("serial"))
    .where(_i.c.state == Mark.OPEN.value)
)
_STILL_OPEN = Prepared(
    select(_i.c.id).where(_i.c.pack == bindparam("pack")).where(_i.c.state == Mark.OPEN.value).limit(1)
)


class NoPack(Exception):
    """There is no pack of that number."""

    def __init__(self, pack: int) -> None:
        super().__init__(f"there is no pack {pack}")


class PackClosed(Exception):
    """Every label of the pack is settled."""

    def __init__(self, pack: int) -> None:
        super().__init__(f"every label of pack {pack} is settled: nothing of it is left to print")


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


@dataclass(frozen=True, slots=True)
class ItemRow:
    """One label of a pack as its row stands."""

    id: int
    pack: int
    number: int
    label: int
    mark: Mark
    serial: str
    shipment: int

    @classmethod
    def of_row(cls, row: tuple[Any, ...]) -> ItemRow:
        """The item of its columns."""
        return cls(row[0], row[1], row[2], row[3], Mark(row[4]), row[5], row[6])


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
    if not _wanted(state):
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


def settle(tx: Tx, pack: int, told: Mapping[Mark, str], who: Person, policies: Policies) -> None:
    """Take back what people ticked. Raises `NoPack`, `core.packs.Unclear`: then nothing of it is done."""
    _load(tx.run, pack)
    items = {item.number: item for item in map(ItemRow.of_row, tx.run.rows(_ITEMS, pack=pack))}
    found = verdicts({number: item.mark for number, item in items.items()}, told)
    for number, mark in found.items():
        _settle(tx, items[number], mark, who, policies)
    _close_if_done(tx, pack)


def settle_by_serial(
    tx: Tx, serial: str, who: Person, policies: Policies, mark: Mark = Mark.PRINTED
) -> ItemRow | None:
    """A label was scanned, or told of by its serial: where it is an open one of a pack, that settles it. Its row as it was;
    None where it is none."""
    row = tx.run.row(_BY_SERIAL, serial=serial)
    if row is None:
        return None
    item = ItemRow.of_row(row)
    _settle(tx, item, mark, who, policies)
    _close_if_done(tx, item.pack)
    return item


def _settle(tx: Tx, item: ItemRow, mark: Mark, who: Person, policies: Policies) -> None:
    with tx.entry(
        "pack.told",
        shipment=item.shipment,
        pack=item.pack,
        number=item.number,
        mark=mark.value,
        uid=who.uid,
        user=who.name,
    ) as entry:
        entry.update(
            _i, item.id, state=mark.value, settled_at_us=tx.now_us, settled_uid=who.uid, settled_user=who.name
        )
    doubt = doubts.newest(tx.run, item.label)
    assert doubt is not None
    where = f"number {item.number} of pack {item.pack}"
    if mark is Mark.PRINTED:
        outcomes.came_out(tx, doubt, Evidence.SCANNED, f"{where} was printed, says {who}", {}, policies)
    elif mark is Mark.SPOILED:
        _spoiled(tx, item, doubt, f"{where} was spoiled, says {who}", who, policies)
    else:
        why = f"{where} was not printed, says {who}"
        doubts.answered(tx, doubt, AttemptState.REFUTED, Evidence.NOTHING, why, {})
        _free(tx, item, doubt, why)


def _free(tx: Tx, item: ItemRow, doubt: Doubt, why: str) -> None:
    """The label never came out: it waits for a printer, if anybody still wants it."""
    if doubt.job is None or not doubt.waits:
        return
    if _wanted(shipments.load(tx.run, item.shipment).state):
        outcomes.ready_again(tx, doubt.job, doubt.shipment, why)
        return
    with tx.entry("job.moved", shipment=item.shipment, job=doubt.job, to=JobState.DONE.value, reason=why) as entry:
        entry.update(_j, doubt.job, state=JobState.DONE.value, reason=why)


def _wanted(state: State) -> bool:
    """Whether a shipment in this state still needs its label on paper; what the gate of a printer asks, too."""
    return allowed(state, Event.PRINTED) or allowed(state, Event.REPRINT)


def _spoiled(tx: Tx, item: ItemRow, doubt: Doubt, why: str, who: Person, policies: Policies) -> None:
    """It is on paper, and in somebody's hand; but the shipment is not printed before its further copy is."""
    doubts.answered(tx, doubt, AttemptState.PROVEN, Evidence.SCANNED, why, {})
    try:
        copies.reprint(tx, item.serial, why, who)
    except copies.CannotCopy:
        # Its shipment needs no label any more.
        if doubt.job is not None and doubt.waits:
            outcomes.on_paper(tx, item.label, doubt.job, doubt.shipment, Evidence.SCANNED, policies)
        return
    pages.drop_documents(tx, item.label)
    doubts.close_intercept(tx, item.label, InterceptState.FOUND, uid=who.uid, user=who.name)


def _close_if_done(tx: Tx, pack: int) -> None:
    if tx.run.row(_PACK, id_=pack) is None or tx.run.row(_STILL_OPEN, pack=pack) is not None:
        return
    if _load(tx.run, pack)[1] is PackState.OPEN:
        with tx.entry("pack.closed", pack=pack) as entry:
            entry.update(_k, pack, state=PackState.CLOSED.value, closed_at_us=tx.now_us)


def _load(run: Runner, pack: int) -> tuple[str, PackState]:
    row = run.row(_PACK, id_=pack)
    if row is None:
        raise NoPack(pack)
    return row[0], PackState(row[1])


def shown(tx: Tx, pack: int, who: Person) -> None:
    """Write down that somebody is given the PDF, before they are. Raises `NoPack`, and `PackClosed` where it was closed
    while it was drawn."""
    if _load(tx.run, pack)[1] is PackState.CLOSED:
        raise PackClosed(pack)
    with tx.entry("pack.shown", pack=pack, uid=who.uid, user=who.name) as entry:
        entry.insert(_s, pack=pack, at_us=tx.now_us, uid=who.uid, user=who.name)
