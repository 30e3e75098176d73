"""An order's full text, sealed: written once per version, read where a stage needs it.

The journal and the plain columns hold only what is not personal; everything else of the order is one JSON document.
"""

from __future__ import annotations

import functools
import json
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter, ValidationError
from sqlalchemy import bindparam, insert, select, update

from waybilld.core.canonical import plain
from waybilld.store import schema
from waybilld.store.seal import Seal
from waybilld.store.sql import Prepared, Runner
from waybilld.store.tx import Tx
from waybilld_sdk.orders import Consignee, Money, Order, OrderLine, OrderStatus

_t = schema.private
_INSERT = Prepared(insert(_t).values({c: bindparam(c) for c in ("data_key", "sealed", "made_at_us")}))
_GET = Prepared(select(_t.c.data_key, _t.c.sealed).where(_t.c.id == bindparam("id_")))
_SHRED = Prepared(update(_t).where(_t.c.id == bindparam("id_")).values(data_key=None, sealed=None))


def seal_text(tx: Tx, text: str) -> int:
    """A new private row with its own data key; its id. Lone surrogates are kept."""
    key, wrapped = tx.seal.new_key()
    sealed = tx.seal.close(key, text.encode("utf-8", "surrogatepass"))
    return tx.run.insert(_INSERT, data_key=wrapped, sealed=sealed, made_at_us=tx.now_us)


def data_key(run: Runner, seal: Seal, private: int) -> bytes:
    """The data key of a private row, to seal and open blobs with. Raises `Shredded`."""
    found = run.row(_GET, id_=private)
    return seal.unwrap(found[0] if found else None)


def open_text(run: Runner, seal: Seal, private: int) -> str:
    """The text of a private row. Raises `Shredded`."""
    found = run.row(_GET, id_=private)
    if found is None or found[1] is None:
        return seal.unwrap(None).decode()
    return seal.open(seal.unwrap(found[0]), found[1]).decode("utf-8", "surrogatepass")


def open_order(run: Runner, seal: Seal, private: int) -> Order:
    """The order as it was ingested. Raises `Shredded`."""
    row = run.row(_GET, id_=private)
    return open_by_key(run, seal, private, row[0] if row else None)


def open_by_key(run: Runner, seal: Seal, private: int, wrapped: bytes | None) -> Order:
    """The same, for who has read the private row's wrapped data key already.

    Opened orders are remembered under that key, which no other row ever had: a row id could come again after a rollback.
    """
    known = seal.opened.get(wrapped) if wrapped is not None else None
    if isinstance(known, Order):
        return known
    order = order_from_json(json.loads(open_text(run, seal, private)))
    if wrapped is not None:
        seal.remember(wrapped, order)
    return order


def order_from_json(data: dict[str, Any]) -> Order:
    """The order value of its canonical JSON."""
    return Order(
        external_id=data["external_id"],
        status=OrderStatus(data["status"]),
        consignee=Consignee(**data["consignee"]),
        lines=tuple(OrderLine(**{**line, "unit_price": _money(line["unit_price"])}) for line in data["lines"]),
        paid_at=_instant(data["paid_at"]),
        ship_by=_instant(data["ship_by"]),
        total=_money(data["total"]),
        buyer_message=data["buyer_message"],
        seller_memo=data["seller_memo"],
        service_wanted=data["service_wanted"],
        order_type=data.get("order_type", ""),
    )


def _money(data: dict[str, Any] | None) -> Money | None:
    return Money(**data) if data else None


def _instant(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def shred(tx: Tx, private: int) -> None:
    """Delete the data key and the text: nothing that was sealed with it can be read again."""
    tx.shredded = True
    row = tx.run.row(_GET, id_=private)
    if row and row[0] is not None:
        tx.seal.opened.pop(row[0], None)
    tx.run.run(_SHRED, id_=private)


@functools.cache
def _adapter() -> TypeAdapter[Order]:
    return TypeAdapter(Order)


def validated(order: Order) -> Order:
    """The order with every field of its declared type and within what the tables hold; raises `ValueError` with the
    field's path, and without its value: that may be personal.

    Adapters are other people's code: what they hand over is checked before it is kept.
    """
    if type(order) is not Order:
        raise ValueError(f"not an Order: {type(order).__name__}")
    try:
        # As it was read, not as it was given: a quantity "3" would be kept as text in the journal and as 3 in its table.
        order = _adapter().validate_python(plain(order))
    except ValidationError as e:
        first = e.errors(include_url=False, include_input=False, include_context=False)[0]
        raise ValueError(f"{'.'.join(map(str, first['loc']))}: {first['msg']}") from None
    except (TypeError, AttributeError) as e:
        raise ValueError(f"not made of the values that an order is made of: {type(e).__name__}") from None
    for name in ("paid_at", "ship_by"):
        instant = getattr(order, name)
        if instant is not None and instant.utcoffset() is None:
            raise ValueError(f"{name}: an instant without a time zone")
    if not order.external_id or len(order.external_id) > 200:
        raise ValueError("external_id: must have 1 to 200 characters")
    _plain_text("external_id", order.external_id)
    if order.status is OrderStatus.PAID and not order.lines:
        raise ValueError("lines: a paid order without lines cannot be shipped")
    refs: dict[str, int] = {}
    for index, line in enumerate(order.lines):
        _check_line(f"lines.{index}", line)
        first_with = refs.setdefault(line.ref, index)
        if first_with != index:
            raise ValueError(f"lines.{index}.ref: the same as that of line {first_with}")
    return order


_MOST_QUANTITY = 1_000_000
_MOST_MINOR = 2**53
"""Beyond it a JSON number is not exact in every reader."""


def _check_line(where: str, line: OrderLine) -> None:
    _plain_text(f"{where}.ref", line.ref)
    _plain_text(f"{where}.sku", line.sku)
    if not 0 <= line.quantity <= _MOST_QUANTITY:
        raise ValueError(f"{where}.quantity: must be 0 to {_MOST_QUANTITY}")
    if line.unit_price is not None:
        _plain_text(f"{where}.unit_price.currency", line.unit_price.currency)
        if abs(line.unit_price.amount_minor) > _MOST_MINOR:
            raise ValueError(f"{where}.unit_price.amount_minor: larger than any price")


def _plain_text(where: str, text: str) -> None:
    """These stand in plain columns, and SQLite keeps no lone surrogates there."""
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ValueError(f"{where}: holds a lone surrogate, which is no character") from None
