"""Spare rolls, ribbons and cartridges, as they come and go."""

from __future__ import annotations

from typing import Any

from sqlalchemy import bindparam, func, select

from waybilld.core import spares as rules
from waybilld.core.runs import Person
from waybilld.core.spares import Doing, Kind
from waybilld.store import schema
from waybilld.store.sql import Prepared
from waybilld.store.tx import Tx

_s, _m = schema.spare, schema.spare_move
_ONE = Prepared(
    select(_s.c.id, _s.c.on_hand, _s.c.kind, _s.c.reorder_at)
    .where(_s.c.warehouse == bindparam("warehouse"))
    .where(_s.c.item == bindparam("item"))
)
_COUNT = Prepared(select(func.count()).select_from(_s).where(_s.c.warehouse == bindparam("warehouse")))
_NAMES = Prepared(select(_s.c.item).where(_s.c.warehouse == bindparam("warehouse")).order_by(_s.c.item))


class NoItem(LookupError):
    """There is no such item in the warehouse; the message says which there are."""


class TooMany(ValueError):
    """The warehouse has as many items as it may; the message says how many."""


def set_item(tx: Tx, warehouse: str, item: str, kind: Kind | None, reorder_at: int, who: Person) -> None:
    """Begin to keep an item, or change when it is ordered again. `kind` None leaves it as it is; a new one is a roll.

    Raises `TooMany`.
    """
    row = tx.run.row(_ONE, warehouse=warehouse, item=item)
    if row is None:
        there = tx.run.row(_COUNT, warehouse=warehouse)
        if there is not None and there[0] >= rules.MOST_ITEMS:
            raise TooMany(f"warehouse {warehouse} keeps {rules.MOST_ITEMS} items already, and no more are possible")
    with tx.entry("spare.set", warehouse=warehouse, item=item, reorder_at=reorder_at, uid=who.uid, user=who.name) as entry:
        if row is None:
            kept = (kind or Kind.ROLL).value
            entry.insert(_s, warehouse=warehouse, item=item, kind=kept, on_hand=0, reorder_at=reorder_at)
        else:
            entry.update(_s, row[0], kind=kind.value if kind else row[2], reorder_at=reorder_at)


def move(tx: Tx, warehouse: str, item: str, doing: Doing, amount: int, who: Person) -> int:
    """Add, take or count pieces; how many there are afterwards. Raises `NoItem`, and what `core.spares.after` raises."""
    row = tx.run.row(_ONE, warehouse=warehouse, item=item)
    if row is None:
        names = ", ".join(name for (name,) in tx.run.rows(_NAMES, warehouse=warehouse)) or "none"
        raise NoItem(f"warehouse {warehouse} keeps no item {item}: there are {names}")
    spare, on_hand = row[0], row[1]
    there = rules.after(on_hand, doing, amount)
    facts: dict[str, Any] = {"doing": doing.value, "amount": amount, "on_hand": there, "uid": who.uid, "user": who.name}
    with tx.entry("spare.moved", warehouse=warehouse, item=item, **facts) as entry:
        entry.update(_s, spare, on_hand=there)
        entry.insert(
            _m,
            spare=spare,
            at_us=tx.now_us,
            uid=who.uid,
            user=who.name,
            doing=doing.value,
            change=there - on_hand,
            on_hand=there,
        )
    return there
