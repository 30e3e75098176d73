"""Spares as people read them: how many, for how many days, and whether to order."""

from __future__ import annotations

from sqlalchemy import bindparam, func, select

from waybilld.core import spares as rules
from waybilld.core.spares import Doing, Movement
from waybilld.store import schema
from waybilld.store.queries.shapes import SpareRow
from waybilld.store.sql import Prepared, Runner

_s, _m = schema.spare, schema.spare_move
_ALL = Prepared(
    select(_s.c.id, _s.c.warehouse, _s.c.item, _s.c.kind, _s.c.on_hand, _s.c.reorder_at).order_by(_s.c.warehouse, _s.c.item)
)
_MOVES = Prepared(
    select(_m.c.at_us, _m.c.doing, _m.c.change)
    .where(_m.c.spare == bindparam("spare"))
    .where(_m.c.at_us > bindparam("since_us"))
)
_FIRST = Prepared(select(func.min(_m.c.at_us)).where(_m.c.spare == bindparam("spare")))


def spares(run: Runner, now_us: int) -> list[SpareRow]:
    """Every item of every warehouse. `now_us`: microseconds since the epoch, UTC."""
    return [_row(run, now_us, *row) for row in run.rows(_ALL)]


def _row(run: Runner, now_us: int, spare: int, warehouse: str, item: str, kind: str, on_hand: int, reorder: int) -> SpareRow:
    since_us = now_us - rules.WINDOW_DAYS * rules.DAY_US
    moves = [Movement(at, Doing(doing), by) for at, doing, by in run.rows(_MOVES, spare=spare, since_us=since_us)]
    first = run.row(_FIRST, spare=spare)
    if first is not None and first[0] is not None:
        moves.append(Movement(first[0], Doing.ADD, 0))
    a_day = rules.used_a_day(moves, now_us)
    return {
        "warehouse": warehouse,
        "item": item,
        "kind": kind,
        "on_hand": on_hand,
        "reorder_at": reorder,
        "used_a_day": None if a_day is None else round(a_day, 2),
        "days_left": rules.days_left(on_hand, a_day),
        "order_now": rules.to_order(on_hand, reorder),
    }
