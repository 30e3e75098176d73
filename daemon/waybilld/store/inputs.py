"""What a stage is given: the shipment as its row stands, and its orders with their sealed text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, select

from waybilld.store import schema
from waybilld.store.jobs import Job
from waybilld.store.orderdata import open_by_key
from waybilld.store.shipments import COLUMNS, Shipment, of_row
from waybilld.store.sql import Prepared, Runner
from waybilld.store.tx import Tx
from waybilld_sdk.orders import Order

_o, _l, _k, _s, _sl = schema.order, schema.order_line, schema.private, schema.shipment, schema.shipment_line
_p, _w = schema.parcel, schema.waybill
_WAYBILL_COLUMNS = ("id", "account", "key", "number", "state", "sort_codes", "generation")
_LINE_COLUMNS = (_o.c.id, _o.c.version, _o.c.private, _k.c.data_key, _l.c.id, _l.c.ref, _sl.c.qty)
_INPUT = Prepared(
    select(*_LINE_COLUMNS, *COLUMNS)
    .join(_l, _l.c.order == _o.c.id)
    .join(_sl, _sl.c.order_line == _l.c.id)
    .join(_k, _k.c.id == _o.c.private)
    .join(_s, _s.c.id == _sl.c.shipment)
    .where(_sl.c.shipment == bindparam("shipment"))
)
"""A shipment's lines, each with its order and with the shipment; sorted here, because SQLite would build a table to sort two
rows."""

_PARCELS = Prepared(
    select(_p.c.id, _p.c.ref, _p.c.weight_g, _w.c.generation, *(_w.c[name] for name in _WAYBILL_COLUMNS))
    .outerjoin(_w, _w.c.parcel == _p.c.id)
    .where(_p.c.shipment == bindparam("shipment"))
)


@dataclass(frozen=True, slots=True)
class OrderInput:
    """One order of a shipment."""

    id: int
    version: int
    private: int
    order: Order


@dataclass(frozen=True, slots=True)
class StageInput:
    """A claimed job with what it is about."""

    job: Job
    shipment: Shipment
    orders: tuple[OrderInput, ...]
    lines: tuple[tuple[str, int], ...]
    """(line ref, quantity) of what is in the shipment."""

    @property
    def order(self) -> Order:
        """The first order: a shipment of one order has no other."""
        return self.orders[0].order


@dataclass(frozen=True, slots=True)
class Parcel:
    """One parcel row with its newest waybill, if any."""

    id: int
    ref: str
    weight_g: int | None
    waybill: WaybillRow | None


@dataclass(frozen=True, slots=True)
class WaybillRow:
    """One waybill row. `number` is empty until it is bought."""

    id: int
    account: str
    key: str
    number: str | None
    state: str
    sort_codes: str | None
    generation: int


def load_input(tx: Tx, job: Job) -> StageInput:
    """Everything a stage needs. Raises `Shredded` when the personal data is gone, `LookupError` where no line is."""
    rows = sorted(tx.run.rows(_INPUT, shipment=job.shipment), key=_by_line)
    if not rows:
        raise LookupError(f"there is no shipment {job.shipment}, or it has no line")
    seen = {row[0]: row for row in rows}
    orders = tuple(
        OrderInput(order, version, private, open_by_key(tx.run, tx.seal, private, wrapped))
        for order, version, private, wrapped, *_ in seen.values()
    )
    lines = tuple((ref, qty) for ref, qty in (row[_REF:_SHIPMENT] for row in sorted(rows, key=_line)) if qty > 0)
    return StageInput(job, of_row(rows[0][_SHIPMENT:]), orders, lines)


_LINE, _REF, _SHIPMENT = 4, 5, len(_LINE_COLUMNS)


def _line(row: tuple[Any, ...]) -> int:
    return int(row[_LINE])


def _by_line(row: tuple[Any, ...]) -> tuple[int, int]:
    return row[0], row[_LINE]


def parcels(run: Runner, shipment: int) -> tuple[Parcel, ...]:
    """The shipment's parcels, each with its newest waybill."""
    newest = {row[0]: row for row in sorted(run.rows(_PARCELS, shipment=shipment), key=_by_generation)}
    return tuple(
        Parcel(parcel, ref, weight_g, WaybillRow(*waybill) if waybill[0] is not None else None)
        for parcel, ref, weight_g, _, *waybill in newest.values()
    )


def _by_generation(row: tuple[Any, ...]) -> tuple[int, int]:
    return row[0], row[3] or 0
