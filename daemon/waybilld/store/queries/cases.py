"""What waits for a person: open cases, and records that could not be read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import bindparam, select

from waybilld.store import schema
from waybilld.store.queries.shapes import CaseRow, QuarantineRow, instant_of
from waybilld.store.sql import Prepared, Runner

_c, _o, _l, _sl, _q = schema.case, schema.order, schema.order_line, schema.shipment_line, schema.quarantine
_COLUMNS = (_c.c.id, _c.c.shipment, _c.c.code, _c.c.message, _c.c.blocking, _c.c.state, _c.c.opened_at_us)
_OPEN = Prepared(select(*_COLUMNS).where(_c.c.state == "open").order_by(_c.c.id).limit(bindparam("most")))
_OF = Prepared(select(*_COLUMNS).where(_c.c.shipment == bindparam("shipment")).order_by(_c.c.id))
_NUMBERS = Prepared(
    select(_o.c.external_id)
    .join(_l, _l.c.order == _o.c.id)
    .join(_sl, _sl.c.order_line == _l.c.id)
    .where(_sl.c.shipment == bindparam("shipment"))
    .distinct()
    .order_by(_o.c.external_id)
)
_QUARANTINE = Prepared(
    select(_q.c.id, _q.c.shop, _q.c.place, _q.c.reason, _q.c.at_us).order_by(_q.c.id.desc()).limit(bindparam("most"))
)


def open_cases(run: Runner, most: int) -> list[CaseRow]:
    """Up to `most` open cases, the oldest first."""
    return [_case(run, row) for row in run.rows(_OPEN, most=most)]


def cases_of(run: Runner, shipment: int) -> list[CaseRow]:
    """Every case that a shipment ever had."""
    return [_case(run, row) for row in run.rows(_OF, shipment=shipment)]


def quarantine(run: Runner, most: int) -> list[QuarantineRow]:
    """Up to `most` records that could not be read, the newest first."""
    return [
        {"id": row[0], "shop": row[1], "place": row[2], "reason": row[3], "at": instant_of(row[4])}
        for row in run.rows(_QUARANTINE, most=most)
    ]


def _case(run: Runner, row: Sequence[Any]) -> CaseRow:
    return {
        "id": row[0],
        "shipment": row[1],
        "code": row[2],
        "message": row[3],
        "blocking": bool(row[4]),
        "state": row[5],
        "opened_at": instant_of(row[6]),
        "orders": order_numbers(run, row[1]),
    }


def order_numbers(run: Runner, shipment: int) -> list[str]:
    """The shops' numbers of the orders that a shipment serves."""
    return [row[0] for row in run.rows(_NUMBERS, shipment=shipment)]
