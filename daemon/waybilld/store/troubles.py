"""The troubles ledger: opened and closed by what devices show, reported by people."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import bindparam, distinct, func, or_, select

from waybilld.core.attempts import LIVE, AttemptState
from waybilld.core.rolls import Wound
from waybilld.core.runs import Person
from waybilld.core.troubles import Cause, Source
from waybilld.store import schema
from waybilld.store.sql import Prepared, Runner, one_of
from waybilld.store.tx import Tx
from waybilld_sdk.printing import Evidence

_t, _a, _l, _p = schema.trouble, schema.attempt, schema.label, schema.printer_load
_OPEN = Prepared(
    select(_t.c.id, _t.c.after_attempt, _t.c.began_us, _t.c.labels)
    .where(_t.c.printer == bindparam("printer"))
    .where(_t.c.cause == bindparam("cause"))
    .where(_t.c.ended_us.is_(None))
)
_ALL_OPEN = Prepared(
    select(_t.c.printer, _t.c.cause, _t.c.began_us).where(_t.c.ended_us.is_(None)).order_by(_t.c.printer, _t.c.cause)
)
_HELD = Prepared(
    select(func.min(_a.c.id)).where(_a.c.printer == bindparam("printer")).where(one_of(_a.c.state, sorted(LIVE)))
)
_LAST = Prepared(select(func.max(_a.c.id)).where(_a.c.printer == bindparam("printer")))
_LOST = Prepared(
    select(_a.c.id)
    .where(_a.c.id == bindparam("last"))
    .where(_a.c.evidence > int(Evidence.NOTHING))
    .where(_a.c.at_us >= bindparam("since_us"))
    .where(or_(_a.c.state == AttemptState.REFUTED.value, _a.c.state == AttemptState.UNCONFIRMED.value))
)
_held = schema.attempt.alias("held")
_SPOILED = Prepared(
    select(func.count(distinct(_a.c.label)))
    .where(_a.c.printer == bindparam("printer"))
    .where(_a.c.id > bindparam("after"))
    .where(_a.c.at_us <= bindparam("ended_us"))
    .where(or_(_a.c.state == AttemptState.REFUTED.value, _a.c.state == AttemptState.UNCONFIRMED.value))
    .where(~select(_held.c.id).where(_held.c.id == bindparam("after")).where(_held.c.label == _a.c.label).exists())
)
_CHANGED = Prepared(
    select(_p.c.id)
    .where(_p.c.printer == bindparam("printer"))
    .where(_p.c.wound == Wound.ROLL.value)
    .where(_p.c.at_us >= bindparam("began_us"))
    .limit(1)
)
_OF_SERIAL = Prepared(
    select(_l.c.id, _a.c.printer)
    .outerjoin(_a, _a.c.label == _l.c.id)
    .where(_l.c.serial == bindparam("serial"))
    .order_by(_a.c.id.desc())
    .limit(1)
)


_JUST_US = 10_000_000
"""A label that was begun so long before a trouble was under way when it came."""


class NoLabel(LookupError):
    """There is no label of that serial."""


class NeverSent(ValueError):
    """The label was never sent to a printer."""


def still_open(run: Runner) -> dict[str, list[tuple[Cause, int]]]:
    """The open troubles of each printer: (cause, began)."""
    found: dict[str, list[tuple[Cause, int]]] = {}
    for printer, cause, began_us in run.rows(_ALL_OPEN):
        found.setdefault(printer, []).append((Cause(cause), began_us))
    return found


def open_trouble(tx: Tx, printer: str, cause: Cause, began_us: int) -> bool:
    """A device's trouble began. False where it is open already."""
    if tx.run.row(_OPEN, printer=printer, cause=cause.value) is not None:
        return False
    held = _number(tx.run.row(_HELD, printer=printer))
    last = _number(tx.run.row(_LAST, printer=printer))
    lost = tx.run.row(_LOST, last=last, since_us=began_us - _JUST_US)
    with tx.entry("trouble.opened", printer=printer, cause=cause.value) as entry:
        entry.insert(
            _t,
            printer=printer,
            cause=cause.value,
            source=Source.DEVICE.value,
            began_us=began_us,
            ended_us=None,
            # What the printer holds is at least delayed, whatever becomes of it; what it gave back at once was spoiled.
            labels=1 if held or lost is not None else 0,
            after_attempt=held or last,
            uid=None,
            user="",
            note="",
            serial=None,
        )
    return True


def close_trouble(tx: Tx, printer: str, cause: Cause, ended_us: int) -> None:
    """A device's trouble is over; nothing happens where none is open."""
    row = tx.run.row(_OPEN, printer=printer, cause=cause.value)
    if row is None:
        return
    trouble, after, began_us, labels = row
    ended_us = max(began_us, ended_us)
    spoiled = tx.run.row(_SPOILED, printer=printer, after=after, ended_us=ended_us)
    changed = cause is Cause.UNKNOWN and tx.run.row(_CHANGED, printer=printer, began_us=began_us) is not None
    # Whoever had it open changed the roll.
    known = {"cause": Cause.PAPER_OUT.value} if changed else {}
    with tx.entry("trouble.closed", printer=printer, cause=known.get("cause", cause.value)) as entry:
        labels += spoiled[0] if spoiled else 0
        entry.update(_t, trouble, ended_us=ended_us, labels=labels, **known)


def close_gone(tx: Tx, printers: Collection[str]) -> list[str]:
    """Close what is open on printers that are not configured any more; their names."""
    gone = [(name, cause) for name, causes in still_open(tx.run).items() if name not in printers for cause, _ in causes]
    for name, cause in gone:
        close_trouble(tx, name, cause, tx.now_us)
    return sorted({name for name, _ in gone})


def report(tx: Tx, serial: str, cause: Cause, note: str, who: Person) -> str:
    """A person found a label bad; the printer that it came from. Raises `NoLabel`, `NeverSent`."""
    row = tx.run.row(_OF_SERIAL, serial=serial)
    if row is None:
        raise NoLabel("there is no label with this serial")
    printer = row[1]
    if printer is None:
        raise NeverSent("this label was never sent to a printer: whatever is in your hand is another one")
    with tx.entry("trouble.reported", printer=printer, cause=cause.value, uid=who.uid, user=who.name) as entry:
        entry.insert(
            _t,
            printer=printer,
            cause=cause.value,
            source=Source.PERSON.value,
            began_us=tx.now_us,
            ended_us=tx.now_us,
            labels=1,
            after_attempt=0,
            uid=who.uid,
            user=who.name,
            note=note,
            serial=serial,
        )
    return str(printer)


def _number(row: tuple[int | None, ...] | None) -> int:
    return (row[0] or 0) if row else 0
