"""Orders enter: one page, its rejected records and its first jobs in one transaction.

The same order again changes nothing; a changed one is a new version. What a change means depends on how far the shipment
is: before release it begins anew, afterwards a person must look, because a label may be on paper.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, insert, select

from waybilld.core import keys, lifecycle
from waybilld.core.canonical import canonical
from waybilld.core.lifecycle import Event
from waybilld.core.policy import Policies, ShopPolicy
from waybilld.store import schema, shipments
from waybilld.store.orderdata import seal_text, validated
from waybilld.store.sql import Prepared
from waybilld.store.tx import Entry, Tx
from waybilld_sdk.orders import Order, OrderPage, OrderStatus, RejectedRecord

_o, _l, _sl, _q = schema.order, schema.order_line, schema.shipment_line, schema.quarantine
_FIND = Prepared(
    select(_o.c.id, _o.c.version, _o.c.content_hash)
    .where(_o.c.shop == bindparam("shop"))
    .where(_o.c.external_id == bindparam("external_id"))
)
_LINES = Prepared(select(_l.c.ref, _l.c.id, _l.c.qty).where(_l.c.order == bindparam("order")))
_SHIPMENTS = Prepared(
    select(_sl.c.shipment).join(_l, _l.c.id == _sl.c.order_line).where(_l.c.order == bindparam("order")).distinct()
)
_SHIPMENT_LINES = Prepared(select(_sl.c.order_line, _sl.c.id, _sl.c.qty).where(_sl.c.shipment == bindparam("shipment")))
_SEEN_BAD = Prepared(
    select(_q.c.id).where(_q.c.shop == bindparam("shop")).where(_q.c.fingerprint == bindparam("fingerprint"))
)
_QUARANTINE = Prepared(
    insert(_q).values({c: bindparam(c) for c in ("shop", "fingerprint", "place", "reason", "private", "at_us")})
)


@dataclass(frozen=True, slots=True)
class Ingested:
    """What a page held: orders new, changed, and seen before; records quarantined."""

    new: int = 0
    changed: int = 0
    unchanged: int = 0
    quarantined: int = 0


def ingest(tx: Tx, policy: ShopPolicy, policies: Policies, page: OrderPage) -> Ingested:
    """Take one page in."""
    counts = {"new": 0, "changed": 0, "unchanged": 0}
    quarantined = sum(_quarantine(tx, policy.name, record) for record in page.rejected)
    for given in page.orders:
        try:
            order = validated(given)
            text = keys.order_text(order)
        except ValueError as e:
            where = f"order {getattr(given, 'external_id', '?')!s:.80}"
            reason = f"the adapter returned an unusable order: {e}"
            quarantined += _quarantine(tx, policy.name, RejectedRecord(where, reason, repr(given)))
        else:
            counts[_take(tx, policy, policies, order, text)] += 1
    return Ingested(**counts, quarantined=quarantined)


def _take(tx: Tx, policy: ShopPolicy, policies: Policies, order: Order, text: str) -> str:
    digest = tx.seal.digest(keys.content_hash(text).encode())
    found = tx.run.row(_FIND, shop=policy.name, external_id=order.external_id)
    if found is None:
        _new(tx, policy, order, _columns(order, digest, 1, seal_text(tx, text)))
        return "new"
    if found[2] == digest:
        return "unchanged"
    _changed(tx, policy, policies, order, found[0], _columns(order, digest, found[1] + 1, seal_text(tx, text)))
    return "changed"


def _columns(order: Order, digest: str, version: int, private: int) -> dict[str, Any]:
    return {
        "version": version,
        "content_hash": digest,
        "status": order.status.value,
        "paid_at_us": _us(order.paid_at),
        "ship_by_us": _us(order.ship_by),
        "private": private,
    }


def _us(instant: datetime | None) -> int | None:
    return int(instant.timestamp() * 1_000_000) if instant else None


def _new(tx: Tx, policy: ShopPolicy, order: Order, columns: dict[str, Any]) -> None:
    with tx.entry("order.ingested", event=Event.INGESTED.value, shop=policy.name) as entry:
        order_id = entry.insert(_o, shop=policy.name, external_id=order.external_id, **columns)
        _version(entry, tx, order_id, columns)
        lines = [(_line(entry, order_id, line), line.quantity) for line in order.lines]
        if order.status is OrderStatus.PAID:
            _shipment(entry, tx, policy, columns["ship_by_us"], lines)


def _version(entry: Entry, tx: Tx, order_id: int, columns: dict[str, Any]) -> None:
    kept = {k: columns[k] for k in ("version", "content_hash", "private")}
    entry.insert(schema.order_version, order=order_id, seen_at_us=tx.now_us, **kept)


def _line(entry: Entry, order_id: int, line: Any) -> int:
    price = line.unit_price
    return entry.insert(
        _l,
        order=order_id,
        ref=line.ref,
        sku=line.sku,
        qty=line.quantity,
        unit_price_minor=price.amount_minor if price else None,
        currency=price.currency if price else None,
        status="live",
    )


def _shipment(entry: Entry, tx: Tx, policy: ShopPolicy, ship_by_us: int | None, lines: Sequence[tuple[int, int]]) -> None:
    shipment = shipments.born(entry, tx, policy.name, policy.pool, ship_by_us)
    entry.shipment = shipment
    for line, qty in lines:
        entry.insert(_sl, shipment=shipment, order_line=line, qty=qty)
    entry.insert(schema.parcel, shipment=shipment, ref="1")


def _changed(tx: Tx, policy: ShopPolicy, policies: Policies, order: Order, order_id: int, columns: dict[str, Any]) -> None:
    with tx.entry("order.changed", shop=policy.name, version=columns["version"]) as entry:
        entry.update(_o, order_id, **columns)
        _version(entry, tx, order_id, columns)
        live = _merge_lines(entry, tx, order_id, order)
        of_order = [row[0] for row in tx.run.rows(_SHIPMENTS, order=order_id)]
        going = [s for s in (shipments.load(tx.run, i) for i in of_order) if s.state not in lifecycle.TERMINAL]
        if not going and order.status is OrderStatus.PAID and not _was_shipped(tx, of_order):
            _shipment(entry, tx, policy, columns["ship_by_us"], live)
    for shipment in going:
        _follow(tx, policies, shipment, order, live)


def _was_shipped(tx: Tx, of_order: Sequence[int]) -> bool:
    states = {shipments.load(tx.run, i).state for i in of_order}
    return bool(states - {lifecycle.State.CANCELLED, lifecycle.State.SUPERSEDED})


def _merge_lines(entry: Entry, tx: Tx, order_id: int, order: Order) -> list[tuple[int, int]]:
    """Bring the order's lines to the new version: (line id, quantity) of the live ones."""
    known = {ref: line for ref, line, _ in tx.run.rows(_LINES, order=order_id)}
    live = []
    for line in order.lines:
        if line.ref in known:
            price = line.unit_price
            entry.update(
                _l,
                known[line.ref],
                sku=line.sku,
                qty=line.quantity,
                unit_price_minor=price.amount_minor if price else None,
                currency=price.currency if price else None,
                status="live",
            )
            live.append((known[line.ref], line.quantity))
        else:
            live.append((_line(entry, order_id, line), line.quantity))
    refs = {line.ref for line in order.lines}
    for ref, line_id in known.items():
        if ref not in refs:
            entry.update(_l, line_id, qty=0, status="removed")
    return live


def _follow(tx: Tx, policies: Policies, shipment: shipments.Shipment, order: Order, live: Sequence[tuple[int, int]]) -> None:
    """What the new version means for one shipment that is under way."""
    if order.status is OrderStatus.FULFILLED and shipment.state in lifecycle.PRINT_REACHED:
        # The marketplace tells back what we told it.
        return
    event = Event.CHANGED if order.status is OrderStatus.PAID else Event.CANCEL
    early = lifecycle.allowed(shipment.state, Event.CHANGED)
    if early:
        facts = {"order_status": order.status.value}

        def rows(entry: Entry) -> None:
            shipments.close_cases(entry, tx, shipment.id)
            _bring_lines(entry, tx, shipment.id, live)

        shipments.step(tx, shipment, event, policies, facts=facts, entry_rows=rows, ship_by_us=_us(order.ship_by))
        return
    if event is Event.CANCEL:
        code, text = "order-cancelled", f"the order became {order.status} after release: stop the parcel by hand"
    else:
        code, text = "order-changed", "the order changed after release: compare it with the label before handing over"
    with tx.entry("case.opened", shipment=shipment.id, code=code) as entry:
        shipments.close_cases(entry, tx, shipment.id, keep=frozenset({"print-unconfirmed"}))
        shipments.open_case(entry, tx, shipment.id, code, text, blocking=True)


def _bring_lines(entry: Entry, tx: Tx, shipment: int, live: Sequence[tuple[int, int]]) -> None:
    here = {line: (row, qty) for line, row, qty in tx.run.rows(_SHIPMENT_LINES, shipment=shipment)}
    for line, qty in live:
        if line not in here:
            entry.insert(_sl, shipment=shipment, order_line=line, qty=qty)
        elif here[line][1] != qty:
            entry.update(_sl, here[line][0], qty=qty)
    for line in sorted(here.keys() - {line for line, _ in live}):
        entry.update(_sl, here[line][0], qty=0)


def _quarantine(tx: Tx, shop: str, record: RejectedRecord) -> int:
    """Keep a record that could not be read, once; 1 if it is new."""
    fingerprint = tx.seal.digest(canonical([record.where, record.reason, record.raw]).encode())
    if tx.run.row(_SEEN_BAD, shop=shop, fingerprint=fingerprint):
        return 0
    private = seal_text(tx, record.raw[:65_536])
    place, reason = _storable(record.where), _storable(record.reason)
    with tx.entry("record.quarantined", shop=shop, place=place):
        tx.run.run(
            _QUARANTINE,
            shop=shop,
            fingerprint=fingerprint,
            place=place,
            reason=reason,
            private=private,
            at_us=tx.now_us,
        )
    return 1


def _storable(text: str) -> str:
    """Text that SQLite can hold: a lone surrogate, as in a file name that is no UTF-8, is written as its escape."""
    return text.encode("utf-8", "backslashreplace").decode()
