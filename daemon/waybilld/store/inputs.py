"""What a stage is given: the shipment as its row stands, and its orders with their sealed text."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import bindparam, select

from waybilld.store import schema
from waybilld.store.jobs import Job
from waybilld.store.orderdata import open_order
from waybilld.store.shipments import Shipment, load
from waybilld.store.sql import Prepared, Runner
from waybilld.store.tx import Tx
from waybilld_sdk.orders import Order

_o, _l, _sl, _p, _w = schema.order, schema.order_line, schema.shipment_line, schema.parcel, schema.waybill
_ORDERS = Prepared(
    select(_o.c.id, _o.c.version, _o.c.private, _l.c.id, _l.c.ref, _sl.c.qty)
    .join(_l, _l.c.order == _o.c.id)
    .join(_sl, _sl.c.order_line == _l.c.id)
    .where(_sl.c.shipment == bindparam("shipment"))
)
"""A shipment's lines with their orders; sorted here, because SQLite would build a table to sort two rows."""

_PARCELS = Prepared(
    select(_p.c.id, _p.c.ref, _p.c.weight_g, _p.c.size_mm).where(_p.c.shipment == bindparam("shipment")).order_by(_p.c.id)
)
_WAYBILL = Prepared(
    select(_w.c.id, _w.c.account, _w.c.key, _w.c.number, _w.c.state, _w.c.sort_codes, _w.c.generation)
    .where(_w.c.parcel == bindparam("parcel"))
    .order_by(_w.c.generation.desc())
    .limit(1)
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
    """Everything a stage needs. Raises `Shredded` when the personal data is gone."""
    rows = sorted(tx.run.rows(_ORDERS, shipment=job.shipment))
    seen = {row[0]: row for row in rows}
    orders = tuple(
        OrderInput(order, version, private, open_order(tx.run, tx.seal, private))
        for order, version, private, *_ in seen.values()
    )
    lines = tuple((ref, qty) for *_, ref, qty in sorted(rows, key=lambda row: row[3]) if qty > 0)
    return StageInput(job, load(tx.run, job.shipment), orders, lines)


def parcels(run: Runner, shipment: int) -> tuple[Parcel, ...]:
    """The shipment's parcels, each with its newest waybill."""
    found = []
    for parcel_id, ref, weight_g, _ in run.rows(_PARCELS, shipment=shipment):
        row = run.row(_WAYBILL, parcel=parcel_id)
        found.append(Parcel(parcel_id, ref, weight_g, WaybillRow(*row) if row else None))
    return tuple(found)
