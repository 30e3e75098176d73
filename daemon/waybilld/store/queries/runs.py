"""Runs of own delivery as lists show them: without anything of the people that they go to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import bindparam, func, select

from waybilld.store import schema
from waybilld.store.inputs import parcels
from waybilld.store.queries.shapes import RunRow, RunWhole, Showing, StopRow, instant, instant_of
from waybilld.store.sql import Prepared, Runner

_r, _st, _sh, _s = schema.run, schema.run_stop, schema.run_showing, schema.shipment
_COLUMNS = (
    _r.c.id,
    _r.c.name,
    _r.c.state,
    select(func.count()).select_from(_st).where(_st.c.run == _r.c.id).scalar_subquery(),
    select(func.count()).select_from(_sh).where(_sh.c.run == _r.c.id).scalar_subquery(),
    _r.c.opened_at_us,
    _r.c.opened_uid,
    _r.c.opened_user,
    _r.c.closed_at_us,
    _r.c.closed_uid,
    _r.c.closed_user,
)
_LIST = Prepared(select(*_COLUMNS).order_by(_r.c.id.desc()).limit(bindparam("most")))
_ONE = Prepared(select(*_COLUMNS).where(_r.c.id == bindparam("id_")))
_STOPS = Prepared(
    select(_st.c.place, _st.c.shipment, _s.c.state)
    .join(_s, _s.c.id == _st.c.shipment)
    .where(_st.c.run == bindparam("run"))
    .order_by(_st.c.place)
)
_SHOWINGS = Prepared(select(_sh.c.at_us, _sh.c.uid, _sh.c.user).where(_sh.c.run == bindparam("run")).order_by(_sh.c.id))


def runs(run: Runner, most: int) -> list[RunRow]:
    """Runs, newest first."""
    return [_row(found) for found in run.rows(_LIST, most=most)]


def whole(run: Runner, number: int) -> RunWhole | None:
    """One run, None where there is none of that number."""
    row = run.row(_ONE, id_=number)
    if row is None:
        return None
    stops = [_stop(run, *found) for found in run.rows(_STOPS, run=number)]
    showings: list[Showing] = [
        {"at": instant_of(at_us), "uid": uid, "user": user} for at_us, uid, user in run.rows(_SHOWINGS, run=number)
    ]
    return {**_row(row), "stop_list": stops, "shown_to": showings}


def _row(row: Sequence[Any]) -> RunRow:
    return {
        "id": row[0],
        "name": row[1],
        "state": row[2],
        "stops": row[3],
        "showings": row[4],
        "opened_at": instant_of(row[5]),
        "opened_uid": row[6],
        "opened_user": row[7],
        "closed_at": instant(row[8]),
        "closed_uid": row[9],
        "closed_user": row[10],
    }


def _stop(run: Runner, place: int, shipment: int, state: str) -> StopRow:
    numbers = [parcel.waybill.number for parcel in parcels(run, shipment) if parcel.waybill and parcel.waybill.number]
    return {"place": place, "shipment": shipment, "state": state, "waybills": numbers}
