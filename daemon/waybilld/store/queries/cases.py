"""What waits for a person: open cases, labels that nobody can vouch for, records that could not be read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import and_, bindparam, func, or_, select

from waybilld.core.attempts import AttemptState
from waybilld.core.packs import Mark
from waybilld.store import schema
from waybilld.store.queries.shapes import CaseRow, InterceptRow, QuarantineRow, UnconfirmedRow, instant_of
from waybilld.store.sql import Prepared, Runner

_c, _o, _l, _sl, _q = schema.case, schema.order, schema.order_line, schema.shipment_line, schema.quarantine
_a, _la = schema.attempt, schema.label
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
_later = schema.attempt.alias("later")
_pack = schema.pack_item
_IN_PACK = select(_pack.c.id).where(_pack.c.attempt == _a.c.id).where(_pack.c.state == Mark.OPEN.value).exists()
"""In the hands of people, who have not told yet: what a printer would call unconfirmed."""

_DOUBTED = (
    select(_la.c.id, _la.c.serial, _la.c.shipment, _a.c.printer, _a.c.evidence, _a.c.reason, _a.c.at_us)
    .join(_la, _la.c.id == _a.c.label)
    .where(or_(_a.c.state == AttemptState.UNCONFIRMED.value, and_(_a.c.state == AttemptState.SENT.value, _IN_PACK)))
    .where(_la.c.superseded_by.is_(None))
    .where(_la.c.shipment.is_not(None))
    .where(_a.c.accepted.is_(None))
    .where(~select(_later.c.id).where(_later.c.label == _a.c.label).where(_later.c.id > _a.c.id).exists())
)
_UNCONFIRMED = Prepared(_DOUBTED.order_by(_la.c.id).limit(bindparam("most")))
_UNCONFIRMED_COUNT = Prepared(select(func.count()).select_from(_DOUBTED.subquery()))
_ic = schema.intercept
_INTERCEPTS = Prepared(
    select(_la.c.serial, _la.c.shipment, _ic.c.printer, _ic.c.reason, _ic.c.opened_at_us)
    .join(_la, _la.c.id == _ic.c.label)
    .where(_ic.c.state == "open")
    .order_by(_ic.c.opened_at_us)
    .limit(bindparam("most"))
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


def unconfirmed(run: Runner, most: int) -> list[UnconfirmedRow]:
    """Up to `most` labels whose last attempt is unconfirmed."""
    return [
        {
            "label": row[0],
            "serial": row[1],
            "shipment": row[2],
            "orders": _order_numbers(run, row[2]),
            "printer": row[3],
            "evidence": f"E{row[4]}",
            "reason": row[5],
            "since": instant_of(row[6]),
        }
        for row in run.rows(_UNCONFIRMED, most=most)
    ]


def intercepts(run: Runner, most: int) -> list[InterceptRow]:
    """Up to `most` copies that must not go on a parcel and that nobody has found yet, the oldest first."""
    return [
        {
            "serial": row[0],
            "shipment": row[1],
            "orders": _order_numbers(run, row[1]),
            "printer": row[2],
            "reason": row[3],
            "since": instant_of(row[4]),
        }
        for row in run.rows(_INTERCEPTS, most=most)
    ]


def unconfirmed_count(run: Runner) -> int:
    """How many labels there are whose last attempt is unconfirmed."""
    row = run.row(_UNCONFIRMED_COUNT)
    return int(row[0]) if row else 0


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
        "orders": _order_numbers(run, row[1]),
    }


def _order_numbers(run: Runner, shipment: int) -> list[str]:
    return [row[0] for row in run.rows(_NUMBERS, shipment=shipment)]
