"""Further copies of a label: a new row with its own serial and mark; the one before it is superseded, and looked for.

A copy is never bought and never the same pixels: it is drawn anew with its copy number.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import bindparam, func, or_, select

from waybilld.core.attempts import LIVE, AttemptState
from waybilld.core.intercepts import InterceptState
from waybilld.core.jobs import JobState
from waybilld.core.lifecycle import Event, Work, allowed
from waybilld.core.packs import who_has
from waybilld.core.runs import Person
from waybilld.core.serials import copy_serial
from waybilld.store import schema, shipments
from waybilld.store.attempts import Task
from waybilld.store.sql import Prepared, Runner, one_of
from waybilld.store.tx import Entry, Tx

_l, _a, _j, _i, _r = schema.label, schema.attempt, schema.job, schema.intercept, schema.reprint
_LABEL = (_l.c.id, _l.c.shipment, _l.c.parcel, _l.c.kind, _l.c.copy, _l.c.serial, _l.c.superseded_by, _l.c.scanned_at_us)
_BY_SERIAL = Prepared(select(*_LABEL).where(_l.c.serial == bindparam("serial")))
_BY_ID = Prepared(select(*_LABEL).where(_l.c.id == bindparam("id_")))
_JOBS = Prepared(
    select(_j.c.id)
    .where(_j.c.shipment == bindparam("shipment"))
    .where(_j.c.label == bindparam("label"))
    .where(_j.c.state != JobState.DONE.value)
)
_MAYBE_ON_PAPER = Prepared(
    select(_a.c.printer)
    .join(_l, _l.c.id == _a.c.label)
    .where(_a.c.label == bindparam("label"))
    .where(or_(one_of(_a.c.state, (AttemptState.PROVEN, AttemptState.UNCONFIRMED)), _l.c.scanned_at_us.is_not(None)))
    .order_by(_a.c.id.desc())
)
_LIVE = Prepared(
    select(_a.c.printer).where(_a.c.label == bindparam("label")).where(one_of(_a.c.state, sorted(LIVE))).limit(1)
)
_BY_PERSON = Prepared(
    select(func.count()).where(_r.c.uid == bindparam("uid")).where(_r.c.at_us > bindparam("since_us"))
)


class CannotCopy(Exception):
    """No further copy can be made of this label; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class LabelRow:
    """One label as its row stands."""

    id: int
    shipment: int | None
    parcel: int | None
    kind: str
    copy: int
    serial: str
    superseded_by: int | None
    scanned_at_us: int | None


def by_serial(run: Runner, serial: str) -> LabelRow | None:
    """The label of a serial, or None."""
    row = run.row(_BY_SERIAL, serial=serial)
    return LabelRow(*row) if row else None


def by_id(run: Runner, label: int) -> LabelRow:
    """The label of a row number. Raises `LookupError`."""
    row = run.row(_BY_ID, id_=label)
    if row is None:
        raise LookupError(f"there is no label {label}")
    return LabelRow(*row)


def made_by(run: Runner, uid: int, since_us: int) -> int:
    """How many copies somebody asked for since an instant."""
    row = run.row(_BY_PERSON, uid=uid, since_us=since_us)
    return int(row[0]) if row else 0


def reprint(tx: Tx, serial: str, reason: str, who: Person) -> LabelRow:
    """A further copy because a person asks for one; the new label. Raises `CannotCopy`."""
    old = by_serial(tx.run, serial)
    if old is None or old.shipment is None:
        raise CannotCopy(f"there is no label {serial} of a parcel: copy the serial from the label or the list")
    if old.superseded_by is not None:
        newest = by_id(tx.run, old.superseded_by)
        raise CannotCopy(f"label {serial} is superseded by {newest.serial}: ask for a copy of that one")
    busy = tx.run.row(_LIVE, label=old.id)
    if busy is not None:
        raise CannotCopy(f"label {serial} cannot be copied yet: {who_has(busy[0])}")
    state = shipments.load(tx.run, old.shipment).state
    if not (allowed(state, Event.REPRINT) or allowed(state, Event.PRINTED)):
        raise CannotCopy(f"shipment {old.shipment} is {state} and needs no label any more")
    with tx.entry("label.reprint", shipment=old.shipment, label=old.id, reason=reason, uid=who.uid, user=who.name) as entry:
        new = _copy(entry, tx, old, reason, who)
        entry.facts["copy"] = new
    return by_id(tx.run, new)


def reprint_unconfirmed(tx: Tx, task: Task, reason: str) -> None:
    """A further copy because nobody can say whether this one came out, and the printer's policy says so."""
    old = by_id(tx.run, task.label)
    why = f"{reason}; a marked copy is printed, as the printer's policy says"
    with tx.entry("label.reprint", shipment=task.shipment, label=old.id, reason=why) as entry:
        entry.facts["copy"] = _copy(entry, tx, old, why, None)


def _copy(entry: Entry, tx: Tx, old: LabelRow, reason: str, who: Person | None) -> int:
    assert old.shipment is not None
    copy = old.copy + 1
    serial = copy_serial(old.serial, copy)
    new = entry.insert(_l, shipment=old.shipment, parcel=old.parcel, kind=old.kind, copy=copy, serial=serial)
    entry.update(_l, old.id, superseded_by=new)
    user = who.name if who is not None else ""
    uid = who.uid if who is not None else None
    entry.insert(_r, label=new, copy_of=old.id, reason=reason, uid=uid, user=user, at_us=tx.now_us)
    found = tx.run.rows(_MAYBE_ON_PAPER, label=old.id)
    if found:
        _intercept(entry, tx, old.id, found[0][0], f"superseded by {serial}: {reason}")
    for (job,) in tx.run.rows(_JOBS, shipment=old.shipment, label=old.id):
        entry.update(_j, job, state=JobState.DONE.value, reason="superseded")
    shipments.close_cases_of(entry, tx, old.shipment, old.id)
    shipments.enqueue(entry, tx, old.shipment, Work.COPY, 1, label=new)
    return new


def _intercept(entry: Entry, tx: Tx, label: int, printer: str, reason: str) -> None:
    entry.insert(
        _i,
        label=label,
        printer=printer,
        reason=reason,
        state=InterceptState.OPEN.value,
        opened_at_us=tx.now_us,
    )
