"""Orders: a filtered list, and one by its number."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, bindparam, select

from waybilld.core.attempts import LIVE, AttemptState
from waybilld.core.jobs import JobState
from waybilld.core.packs import who_has
from waybilld.store import schema
from waybilld.store.orderdata import open_order
from waybilld.store.queries.shapes import Block, LineRow, OrderList, OrderRow, OrderWhole, ShipmentBrief, instant
from waybilld.store.seal import Seal, Shredded
from waybilld.store.sql import Prepared, Runner, one_of

_o, _l, _sl, _s, _c, _j, _a, _la = (
    schema.order, schema.order_line, schema.shipment_line, schema.shipment, schema.case, schema.job, schema.attempt,
    schema.label,
)  # fmt: skip
COLUMNS = (_o.c.id, _o.c.shop, _o.c.external_id, _o.c.status, _o.c.version, _o.c.paid_at_us, _o.c.ship_by_us, _o.c.private)
_BY_NUMBER = Prepared(
    select(*COLUMNS).where(_o.c.shop == bindparam("shop")).where(_o.c.external_id == bindparam("external_id"))
)
_SHIPMENTS = Prepared(
    select(_s.c.id, _s.c.state)
    .join(_sl, _sl.c.shipment == _s.c.id)
    .join(_l, _l.c.id == _sl.c.order_line)
    .where(_l.c.order == bindparam("order"))
    .distinct()
    .order_by(_s.c.id)
)
_BLOCKS = Prepared(
    select(_c.c.code, _c.c.message)
    .where(_c.c.shipment == bindparam("shipment"))
    .where(_c.c.state == "open")
    .where(_c.c.blocking == 1)
    .order_by(_c.c.id)
)
_WAITS = Prepared(
    select(_j.c.reason)
    .where(_j.c.shipment == bindparam("shipment"))
    .where(one_of(_j.c.state, (JobState.WAITING, JobState.IN_DOUBT)))
    .where(_j.c.reason.is_not(None))
    .order_by(_j.c.id)
    .limit(1)
)
_INSIDE = Prepared(
    select(_a.c.printer, _la.c.serial)
    .join(_la, _la.c.id == _a.c.label)
    .where(_la.c.shipment == bindparam("shipment"))
    .where(one_of(_a.c.state, sorted(LIVE)))
    .order_by(_a.c.id)
    .limit(1)
)
_SENT_ONLY = Prepared(
    select(_a.c.id)
    .join(_la, _la.c.id == _a.c.label)
    .where(_la.c.shipment == bindparam("shipment"))
    .where(_la.c.superseded_by.is_(None))
    .where(_a.c.accepted == 1)
    .where(_a.c.state == AttemptState.UNCONFIRMED.value)
    .limit(1)
)
_LINES = Prepared(
    select(_l.c.ref, _l.c.sku, _l.c.qty, _l.c.unit_price_minor, _l.c.currency, _l.c.status)
    .where(_l.c.order == bindparam("order"))
    .order_by(_l.c.id)
)


@dataclass(frozen=True, slots=True)
class OrderFilter:
    """Which orders: of one shop, of one number, with a shipment in one state, with a blocked one; None, False mean any.

    `after` is the `next` of the page before.
    """

    shop: str | None = None
    external_id: str | None = None
    state: str | None = None
    blocked: bool = False
    after: int | None = None
    limit: int = 50


def orders(run: Runner, seal: Seal | None, wanted: OrderFilter) -> OrderList:
    """A page of orders, newest first."""
    prepared = _listing(
        shop=wanted.shop is not None,
        external_id=wanted.external_id is not None,
        state=wanted.state is not None,
        blocked=wanted.blocked,
        after=wanted.after is not None,
    )
    given = {
        "shop": wanted.shop,
        "external_id": wanted.external_id,
        "state": wanted.state,
        "after": wanted.after,
        "most": wanted.limit + 1,
    }
    rows = run.rows(prepared, **{name: value for name, value in given.items() if value is not None})
    more = len(rows) > wanted.limit
    shown = [order_row(run, seal, row) for row in rows[: wanted.limit]]
    return {"orders": shown, "next": shown[-1]["id"] if more else None}


@functools.cache
def _listing(*, shop: bool, external_id: bool, state: bool, blocked: bool, after: bool) -> Prepared:
    query: Select[Any] = select(*COLUMNS).order_by(_o.c.id.desc()).limit(bindparam("most"))
    if shop:
        query = query.where(_o.c.shop == bindparam("shop"))
    if external_id:
        query = query.where(_o.c.external_id == bindparam("external_id"))
    if after:
        query = query.where(_o.c.id < bindparam("after"))
    if state or blocked:
        within = select(_l.c.order).join(_sl, _sl.c.order_line == _l.c.id).join(_s, _s.c.id == _sl.c.shipment)
        if state:
            within = within.where(_s.c.state == bindparam("state"))
        if blocked:
            within = within.join(_c, _c.c.shipment == _s.c.id).where(_c.c.state == "open").where(_c.c.blocking == 1)
        query = query.where(_o.c.id.in_(within))
    return Prepared(query)


def order(run: Runner, seal: Seal | None, shop: str, external_id: str) -> OrderWhole | None:
    """One order with its lines, None where the shop has none of that number."""
    row = run.row(_BY_NUMBER, shop=shop, external_id=external_id)
    return None if row is None else order_whole(run, seal, row)


def order_whole(run: Runner, seal: Seal | None, row: Sequence[Any]) -> OrderWhole:
    """An order with its lines, from a row of `COLUMNS`."""
    return {**order_row(run, seal, row), "lines": [_line(line) for line in run.rows(_LINES, order=row[0])]}


def order_row(run: Runner, seal: Seal | None, row: Sequence[Any]) -> OrderRow:
    """An order from a row of `COLUMNS`."""
    return {
        "id": row[0],
        "shop": row[1],
        "external_id": row[2],
        "status": row[3],
        "version": row[4],
        "paid_at": instant(row[5]),
        "ship_by": instant(row[6]),
        "consignee": _consignee(run, seal, row[7]),
        "shipments": [_shipment(run, *found) for found in run.rows(_SHIPMENTS, order=row[0])],
    }


def blocks(run: Runner, shipment: int) -> list[Block]:
    """The open blocking cases of a shipment."""
    return [{"code": code, "message": message} for code, message in run.rows(_BLOCKS, shipment=shipment)]


def sent_only(run: Runner, shipment: int) -> bool:
    """Whether a label of a shipment counts as printed only because it was sent (policy `accept-sent`)."""
    return run.row(_SENT_ONLY, shipment=shipment) is not None


def masked(name: str) -> str:
    """A name of which only the first character is left: enough to recognise a parcel by, too little to know a person."""
    return f"{name[0]}*" if name else ""


def _shipment(run: Runner, shipment: int, state: str) -> ShipmentBrief:
    waits, inside = run.row(_WAITS, shipment=shipment), run.row(_INSIDE, shipment=shipment)
    printer, serial = inside or (None, "")
    return {
        "id": shipment,
        "state": state,
        "sent_only": sent_only(run, shipment),
        "blocks": blocks(run, shipment),
        "printer": printer,
        "waits": _inside(serial, printer) if printer else waits[0] if waits else None,
    }


def _inside(serial: str, printer: str) -> str:
    return f"{serial}: {who_has(printer)}" if "/" in printer else f"{serial} is in printer {printer}"


def _line(row: Sequence[Any]) -> LineRow:
    return {
        "ref": row[0],
        "sku": row[1],
        "qty": row[2],
        "unit_price_minor": row[3],
        "currency": row[4],
        "status": row[5],
    }


def _consignee(run: Runner, seal: Seal | None, private: int) -> str | None:
    if seal is None:
        return None
    try:
        return masked(open_order(run, seal, private).consignee.name)
    except Shredded:
        return None
