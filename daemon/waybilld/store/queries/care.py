"""Printers' cards as people read them: who the device is, what is wound in, how far the head has run, what was done."""

from __future__ import annotations

from sqlalchemy import bindparam, select

from waybilld.core import heads, rolls
from waybilld.core.attempts import LIVE
from waybilld.core.heads import Head
from waybilld.core.rolls import Counters, Left, Wound
from waybilld.store import care, schema
from waybilld.store.care import Loaded
from waybilld.store.queries.shapes import DeviceRow, HeadRow, LeftRow, MaintenanceRow, RecentLabel, instant, instant_of
from waybilld.store.sql import Prepared, Runner, one_of

_s, _m, _l, _a, _la = schema.printer_seen, schema.maintenance, schema.printer_load, schema.attempt, schema.label
_SEEN = Prepared(
    select(_s.c.serial, _s.c.model, _s.c.firmware, _s.c.at_us).where(_s.c.printer == bindparam("printer"))
)
_MAINTENANCE = Prepared(
    select(
        _m.c.at_us,
        _m.c.uid,
        _m.c.user,
        _m.c.what,
        _m.c.note,
        _m.c.odometer,
        _m.c.length_mm,
        _m.c.undone_at_us,
        _m.c.undone_user,
    )
    .where(_m.c.printer == bindparam("printer"))
    .order_by(_m.c.id.desc())
    .limit(bindparam("most"))
)
_BY_WHOM = Prepared(
    select(_l.c.user)
    .where(_l.c.printer == bindparam("printer"))
    .where(_l.c.wound == bindparam("wound"))
    .order_by(_l.c.id.desc())
    .limit(1)
)
_RECENT = Prepared(
    select(_la.c.serial, _la.c.kind, _la.c.shipment, _a.c.state, _a.c.evidence, _a.c.reason)
    .join(_la, _la.c.id == _a.c.label)
    .where(_a.c.printer == bindparam("printer"))
    .where(~one_of(_a.c.state, sorted(LIVE)))
    .order_by(_a.c.id.desc())
    .limit(bindparam("most"))
)


def device(run: Runner, printer: str) -> DeviceRow:
    """Who the device says it is."""
    row = run.row(_SEEN, printer=printer)
    if row is None:
        return {"serial": "", "model": "", "firmware": "", "since": None}
    return {"serial": row[0], "model": row[1], "firmware": row[2], "since": instant_of(row[3])}


def left_in(run: Runner, printer: str, wound: Wound, now: Counters) -> tuple[Loaded, Left | None] | None:
    """What is wound into a printer and what is left of it, by the device's counters now; None where nobody ever said."""
    found = care.loaded(run, printer, wound)
    return None if found is None else (found, rolls.left(found.load, now, found.sent))


def left_row(run: Runner, printer: str, wound: Wound, now: Counters, *, empty: bool = False) -> LeftRow | None:
    """The same as people read it. `empty`: the device says that there is none."""
    found = left_in(run, printer, wound, now)
    if found is None:
        return None
    load, left = found[0].load, rolls.OUT if empty else found[1]
    anchored = load.at.tells or load.full_mm is None
    who = run.row(_BY_WHOM, printer=printer, wound=wound.value)
    return {
        "loaded_at": instant_of(load.at_us),
        "user": who[0] if who else "",
        "full_metres": None if load.full_mm is None else load.full_mm / 1000,
        "labels": None if left is None else left.labels,
        "metres": None if left is None else round(left.length_mm / 1000, 2),
        "measured": None if left is None else left.measured.value,
        "media": load.media or care.media_told(run, printer),
        "from_next_look": not anchored and care.counts(run, printer, load.pitch_mm),
    }


def head_of(run: Runner, printer: str, now: Counters, pitch_mm: float, life_km: float | None) -> Head | None:
    """How far a printer's head has run; of a device that shows nothing now, by what was written down of it last."""
    replaced, readings = care.head_replaced(run, printer), care.readings(run, printer)
    if now == Counters():
        now = heads.latest(readings, replaced)
    return heads.head(now, replaced, readings, pitch_mm, life_km)


def head_row(found: Head | None) -> HeadRow | None:
    """The same as people read it."""
    if found is None:
        return None
    return {
        "km": round(found.km, 3),
        "metres_a_day": None if found.metres_a_day is None else round(found.metres_a_day, 1),
        "days_left": found.days_left,
        "since_new": found.since_new,
        "step_km": found.step_km,
    }


def maintenance(run: Runner, printer: str, most: int) -> list[MaintenanceRow]:
    """What was done to a printer, the newest first."""
    return [
        {
            "at": instant_of(row[0]),
            "uid": row[1],
            "user": row[2],
            "what": row[3],
            "note": row[4],
            "odometer": row[5],
            "length_mm": row[6],
            "undone_at": instant(row[7]),
            "undone_user": row[8] or "",
        }
        for row in run.rows(_MAINTENANCE, printer=printer, most=most)
    ]


def newest_labels(run: Runner, printer: str, most: int) -> list[RecentLabel]:
    """A printer's newest settled labels."""
    return [
        {
            "serial": serial,
            "kind": kind,
            "shipment": shipment,
            "outcome": state,
            "evidence": f"E{evidence}",
            "reason": reason,
        }
        for serial, kind, shipment, state, evidence, reason in run.rows(_RECENT, printer=printer, most=most)
    ]
