"""What a printer is and what it uses up, as it is written down: who the device is, its counters day by day, rolls and
ribbons that were put in, and what was done to it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, func, or_, select

from waybilld.core.attempts import AttemptState
from waybilld.core.heads import TREND_DAYS, Reading, Upkeep
from waybilld.core.rolls import Counters, Load, Wound
from waybilld.core.runs import Person
from waybilld.store import schema
from waybilld.store.sql import Prepared, Runner
from waybilld.store.tx import Tx

_s, _r, _l, _m, _a = schema.printer_seen, schema.printer_reading, schema.printer_load, schema.maintenance, schema.attempt
_newest = schema.printer_load.alias("newest")
_SEEN = Prepared(select(_s.c.id, _s.c.serial, _s.c.model, _s.c.firmware).where(_s.c.printer == bindparam("printer")))
_LOADED = Prepared(
    select(
        _l.c.at_us,
        _l.c.full_mm,
        _l.c.pitch_um,
        _l.c.serial,
        _l.c.odometer,
        _l.c.length_mm,
        _l.c.media,
        _l.c.after_attempt,
    )
    .where(_l.c.printer == bindparam("printer"))
    .where(_l.c.wound == bindparam("wound"))
    .order_by(_l.c.id.desc())
    .limit(1)
)
_EVER_TOLD = Prepared(
    select(_l.c.id).where(_l.c.printer == bindparam("printer")).where(_l.c.uid.is_not(None)).limit(1)
)
_MEDIA = Prepared(
    select(_l.c.media)
    .where(_l.c.printer == bindparam("printer"))
    .where(_l.c.wound == Wound.ROLL.value)
    .where(_l.c.uid.is_not(None))
    .order_by(_l.c.id.desc())
    .limit(2)
)
_SHOWN = Prepared(
    select(_l.c.uid)
    .where(_l.c.printer == bindparam("printer"))
    .where(_l.c.wound == Wound.ROLL.value)
    .order_by(_l.c.id.desc())
    .limit(1)
)
_UNANCHORED = Prepared(
    select(_l.c.id, _l.c.pitch_um, _l.c.after_attempt)
    .where(_l.c.printer == bindparam("printer"))
    .where(_l.c.wound == bindparam("wound"))
    .where(_l.c.odometer.is_(None))
    .where(_l.c.length_mm.is_(None))
    .where(_l.c.id == select(func.max(_newest.c.id)).where(_newest.c.printer == _l.c.printer)
           .where(_newest.c.wound == _l.c.wound).scalar_subquery())
)
_COUNTS = Prepared(
    select(_r.c.id)
    .where(_r.c.printer == bindparam("printer"))
    .where(or_(_r.c.odometer.is_not(None), _r.c.length_step_mm <= bindparam("pitch_mm")))
    .limit(1)
)
_LAST_ATTEMPT = Prepared(select(func.max(_a.c.id)))
_SENT = Prepared(
    select(func.count())
    .select_from(_a)
    .where(_a.c.printer == bindparam("printer"))
    .where(_a.c.id > bindparam("after"))
    .where(or_(_a.c.state == AttemptState.PROVEN.value, _a.c.state == AttemptState.UNCONFIRMED.value))
)
_READINGS = Prepared(
    select(_r.c.at_us, _r.c.serial, _r.c.odometer, _r.c.length_mm, _r.c.length_step_mm)
    .where(_r.c.printer == bindparam("printer"))
    .order_by(_r.c.at_us.desc())
    .limit(bindparam("most"))
)
_REPLACED = Prepared(
    select(_m.c.serial, _m.c.odometer, _m.c.length_mm)
    .where(_m.c.printer == bindparam("printer"))
    .where(_m.c.what == Upkeep.HEAD_REPLACED.value)
    .where(_m.c.undone_at_us.is_(None))
    .order_by(_m.c.id.desc())
    .limit(1)
)
_NEWEST_DONE = Prepared(
    select(_m.c.id, _m.c.what)
    .where(_m.c.printer == bindparam("printer"))
    .where(_m.c.undone_at_us.is_(None))
    .order_by(_m.c.id.desc())
    .limit(1)
)


class NothingToUndo(Exception):
    """Nothing is written down of a printer that could be taken back; the message says so."""


@dataclass(frozen=True, slots=True)
class Seen:
    """Who the device says it is; empty where it does not say."""

    serial: str = ""
    model: str = ""
    firmware: str = ""

    def merged(self, newer: Seen) -> Seen:
        """With what the device tells now; what it leaves out stays as it was told before. Of another device, by its serial,
        nothing of the old one stays."""
        if newer.serial and self.serial and newer.serial != self.serial:
            return newer
        return Seen(newer.serial or self.serial, newer.model or self.model, newer.firmware or self.firmware)


@dataclass(frozen=True, slots=True)
class Loaded:
    """A roll or ribbon in a printer, and how many labels of ours came out, or may have, since."""

    load: Load
    sent: int


def seen(run: Runner, printer: str) -> Seen:
    """Who the device was last."""
    row = run.row(_SEEN, printer=printer)
    return Seen(*row[1:]) if row else Seen()


def see(tx: Tx, printer: str, told: Seen) -> None:
    """The device told something of itself that is new."""
    row = tx.run.row(_SEEN, printer=printer)
    columns = {"serial": told.serial, "model": told.model, "firmware": told.firmware}
    if row is not None and tuple(row[1:]) == tuple(columns.values()):
        return
    another = bool(row is not None and row[1] and row[1] != told.serial)
    with tx.entry("printer.seen", printer=printer, another=another) as entry:
        if row is None:
            entry.insert(_s, printer=printer, at_us=tx.now_us, **columns)
        else:
            entry.update(_s, row[0], at_us=tx.now_us, **columns)


def read(tx: Tx, printer: str, at: Counters) -> None:
    """Keep the device's counters of today."""
    with tx.entry("printer.read", printer=printer) as entry:
        entry.insert(
            _r,
            printer=printer,
            at_us=tx.now_us,
            serial=at.serial,
            odometer=at.odometer,
            length_mm=at.length_mm,
            length_step_mm=at.step_mm,
        )


def readings(run: Runner, printer: str) -> list[Reading]:
    """The newest readings, the oldest of them first."""
    rows = run.rows(_READINGS, printer=printer, most=TREND_DAYS + 1)
    return [Reading(at_us, Counters(*counters)) for at_us, *counters in reversed(rows)]


def loaded(run: Runner, printer: str, wound: Wound) -> Loaded | None:
    """What is wound into a printer now; None where nobody ever said or saw it."""
    row = run.row(_LOADED, printer=printer, wound=wound.value)
    if row is None:
        return None
    at_us, full_mm, pitch_um, serial, odometer, length_mm, media, after = row
    sent = run.row(_SENT, printer=printer, after=after)
    load = Load(at_us, full_mm, pitch_um / 1000, Counters(serial, odometer, length_mm), media)
    return Loaded(load, sent[0] if sent else 0)


def media_told(run: Runner, printer: str) -> str:
    """Which media the last person who put a roll in named, as `100x150`; empty where none was named."""
    row = run.row(_MEDIA, printer=printer)
    return str(row[0]) if row else ""


def media_in(run: Runner, printer: str) -> tuple[str, bool]:
    """Which media are in a printer as far as people said, and whether they said so twice on end. Nobody knows (empty) once
    the device showed a new roll after that."""
    newest = run.row(_SHOWN, printer=printer)
    if newest is None or newest[0] is None:
        return "", False
    told = [media for (media,) in run.rows(_MEDIA, printer=printer)]
    return told[0], len(told) > 1 and told[0] == told[1]


def counts(run: Runner, printer: str, pitch_mm: float) -> bool:
    """Whether the device ever told a counter that labels can be counted by."""
    return run.row(_COUNTS, printer=printer, pitch_mm=pitch_mm) is not None


def ever_told(run: Runner, printer: str) -> bool:
    """Whether people tell waybilld of this printer's rolls at all."""
    return run.row(_EVER_TOLD, printer=printer) is not None


def load(
    tx: Tx, printer: str, wound: Wound, full_mm: int, pitch_mm: float, at: Counters, media: str, who: Person
) -> None:
    """Somebody put a roll or a ribbon in, and says how long it is.

    Where the device showed a new roll and nobody had said yet what it is, this is the answer: it counts from that moment.
    """
    at, after = at.by_labels(pitch_mm), _last_attempt(tx.run)
    unanswered = tx.run.row(_LOADED, printer=printer, wound=wound.value)
    if unanswered is not None and unanswered[1] is None:
        at, after = Counters(*unanswered[3:6]), unanswered[7]
    facts: dict[str, Any] = {"wound": wound.value, "full_mm": full_mm, "uid": who.uid, "user": who.name}
    with tx.entry("printer.loaded", printer=printer, **facts) as entry:
        entry.insert(
            _l,
            printer=printer,
            wound=wound.value,
            at_us=tx.now_us,
            uid=who.uid,
            user=who.name,
            full_mm=full_mm,
            media=media,
            pitch_um=round(pitch_mm * 1000),
            serial=at.serial,
            odometer=at.odometer,
            length_mm=at.length_mm,
            after_attempt=after,
        )


def tell_media(tx: Tx, printer: str, pitch_mm: float, media: str, who: Person) -> None:
    """Somebody says which labels are in, and nothing of a new roll: what is left of it stays as it is."""
    row = tx.run.row(_LOADED, printer=printer, wound=Wound.ROLL.value)
    full_mm, pitch_um, serial, odometer, length_mm, after = (
        (*row[1:6], row[7]) if row else (None, round(pitch_mm * 1000), "", None, None, _last_attempt(tx.run))
    )
    with tx.entry("printer.media_told", printer=printer, uid=who.uid, user=who.name) as entry:
        entry.insert(
            _l,
            printer=printer,
            wound=Wound.ROLL.value,
            at_us=tx.now_us,
            uid=who.uid,
            user=who.name,
            full_mm=full_mm,
            media=media,
            pitch_um=pitch_um,
            serial=serial,
            odometer=odometer,
            length_mm=length_mm,
            after_attempt=after,
        )


def unanchored(run: Runner, printer: str) -> bool:
    """Whether what is wound in was told while nobody could ask the device how far its counters were."""
    return any(run.row(_UNANCHORED, printer=printer, wound=wound.value) is not None for wound in Wound)


def anchor(tx: Tx, printer: str, at: Counters) -> None:
    """The device tells its counters for the first time since a roll or ribbon was told: they count it from now on. What was
    sent in between is known, and the counters are taken back by it."""
    for wound in Wound:
        row = tx.run.row(_UNANCHORED, printer=printer, wound=wound.value)
        if row is None:
            continue
        load, pitch_um, after = row
        found = tx.run.row(_SENT, printer=printer, after=after)
        sent = found[0] if found else 0
        then = at.by_labels(pitch_um / 1000)
        odometer = None if then.odometer is None else max(0, then.odometer - sent)
        length_mm = None if then.length_mm is None else max(0, then.length_mm - round(sent * pitch_um / 1000))
        if odometer is None and length_mm is None:
            continue
        with tx.entry("printer.anchored", printer=printer, wound=wound.value) as entry:
            entry.update(_l, load, serial=at.serial, odometer=odometer, length_mm=length_mm)


def roll_changed(tx: Tx, printer: str, pitch_mm: float, at: Counters, empty_us: int) -> bool:
    """The device had no media since `empty_us` and has some now. False where somebody said already what was put in."""
    newest = tx.run.row(_LOADED, printer=printer, wound=Wound.ROLL.value)
    if newest is not None and newest[0] >= empty_us:
        return False
    at = at.by_labels(pitch_mm)
    with tx.entry("printer.roll_changed", printer=printer) as entry:
        entry.insert(
            _l,
            printer=printer,
            wound=Wound.ROLL.value,
            at_us=tx.now_us,
            uid=None,
            user="",
            full_mm=None,
            media="",
            pitch_um=round(pitch_mm * 1000),
            serial=at.serial,
            odometer=at.odometer,
            length_mm=at.length_mm,
            after_attempt=_last_attempt(tx.run),
        )
    return True


def maintain(tx: Tx, printer: str, what: Upkeep, note: str, at: Counters, who: Person) -> None:
    """Somebody did something to a printer. The note stays: it names no person."""
    with tx.entry("printer.maintained", printer=printer, what=what.value, uid=who.uid, user=who.name) as entry:
        entry.insert(
            _m,
            printer=printer,
            at_us=tx.now_us,
            uid=who.uid,
            user=who.name,
            what=what.value,
            note=note,
            serial=at.serial,
            odometer=at.odometer,
            length_mm=at.length_mm,
        )


def undo_maintenance(tx: Tx, printer: str, who: Person) -> None:
    """What was written down of a printer last was a mistake: it stays, and counts no more. Raises `NothingToUndo`."""
    row = tx.run.row(_NEWEST_DONE, printer=printer)
    if row is None:
        raise NothingToUndo(f"nothing is written down of printer {printer} that could be taken back")
    facts = {"printer": printer, "what": row[1], "uid": who.uid, "user": who.name}
    with tx.entry("printer.maintenance_undone", **facts) as entry:
        entry.update(_m, row[0], undone_at_us=tx.now_us, undone_uid=who.uid, undone_user=who.name)


def head_replaced(run: Runner, printer: str) -> Counters | None:
    """The device's counters when its head was replaced last; None where nobody wrote that down."""
    row = run.row(_REPLACED, printer=printer)
    return Counters(*row) if row else None


def _last_attempt(run: Runner) -> int:
    row = run.row(_LAST_ATTEMPT)
    return int(row[0]) if row and row[0] else 0
