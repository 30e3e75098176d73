"""Packs as lists show them, and what their PDF is drawn from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, func, select

from waybilld.core.packs import Item, Mark, dots_of
from waybilld.store import pages, schema
from waybilld.store.inputs import parcels
from waybilld.store.packs import NoPack, PackClosed
from waybilld.store.pages import PAGE_COLUMNS, PageRow
from waybilld.store.queries.shapes import PackItemRow, PackRow, PackWhole, Showing, instant, instant_of
from waybilld.store.seal import Seal
from waybilld.store.sql import Prepared, Runner
from waybilld_sdk.labels import Page

_k, _i, _s, _l, _p = schema.pack, schema.pack_item, schema.pack_showing, schema.label, schema.page


def _number_of(mark: Mark) -> Any:
    return (
        select(func.count())
        .select_from(_i)
        .where(_i.c.pack == _k.c.id)
        .where(_i.c.state == mark.value)
        .scalar_subquery()
    )


_COLUMNS = (
    _k.c.id,
    _k.c.pool,
    _k.c.state,
    _k.c.made_at_us,
    _k.c.made_uid,
    _k.c.made_user,
    _k.c.closed_at_us,
    select(func.count()).select_from(_s).where(_s.c.pack == _k.c.id).scalar_subquery(),
    *map(_number_of, Mark),
)
_LIST = Prepared(select(*_COLUMNS).order_by(_k.c.id.desc()).limit(bindparam("most")))
_ONE = Prepared(select(*_COLUMNS).where(_k.c.id == bindparam("id_")))
_ITEMS = Prepared(
    select(
        _i.c.number, _l.c.serial, _l.c.shipment, _l.c.parcel, _i.c.state, _i.c.settled_at_us, _i.c.settled_uid,
        _i.c.settled_user,
    )
    .join(_l, _l.c.id == _i.c.label)
    .where(_i.c.pack == bindparam("pack"))
    .order_by(_i.c.number)
)  # fmt: skip
_SHOWINGS = Prepared(select(_s.c.at_us, _s.c.uid, _s.c.user).where(_s.c.pack == bindparam("pack")).order_by(_s.c.id))
_CONTENTS = Prepared(
    select(_i.c.number, _l.c.serial, _l.c.shipment, _l.c.parcel, _p.c.variant, *PAGE_COLUMNS)
    .join(_l, _l.c.id == _i.c.label)
    .join(_p, _p.c.id == _i.c.page)
    .where(_i.c.pack == bindparam("pack"))
    .where(_i.c.state == Mark.OPEN.value)
    .order_by(_i.c.number)
)


@dataclass(frozen=True, slots=True)
class Contents:
    """What the PDF of a pack is drawn from: its pool, and each label that is still open, with its pixels."""

    pool: str
    dots_per_mm: float
    labels: tuple[tuple[Item, Page], ...]


def packs(run: Runner, most: int) -> list[PackRow]:
    """Packs, newest first."""
    return [_row(found) for found in run.rows(_LIST, most=most)]


def whole(run: Runner, number: int) -> PackWhole | None:
    """One pack, None where there is none of that number."""
    row = run.row(_ONE, id_=number)
    if row is None:
        return None
    items = [_item(run, found) for found in run.rows(_ITEMS, pack=number)]
    showings: list[Showing] = [
        {"at": instant_of(at_us), "uid": uid, "user": user} for at_us, uid, user in run.rows(_SHOWINGS, pack=number)
    ]
    return {**_row(row), "items": items, "shown_to": showings}


def contents(run: Runner, seal: Seal, number: int) -> Contents:
    """What is still to be printed of a pack. Raises `NoPack`, `PackClosed`, `Shredded`."""
    pack = run.row(_ONE, id_=number)
    if pack is None:
        raise NoPack(number)
    rows = run.rows(_CONTENTS, pack=number)
    if not rows:
        raise PackClosed(number)
    labels = tuple(
        (Item(at, serial, _waybill(run, shipment, parcel), shipment), pages.open_page(run, seal, PageRow(*page)))
        for at, serial, shipment, parcel, _, *page in rows
    )
    return Contents(pack[1], dots_of(rows[0][4]), labels)


def _waybill(run: Runner, shipment: int, parcel: int) -> str:
    found = (one.waybill for one in parcels(run, shipment) if one.id == parcel)
    return next((waybill.number for waybill in found if waybill and waybill.number), "")


def _row(row: Sequence[Any]) -> PackRow:
    counts = dict(zip(Mark, row[8:], strict=True))
    return {
        "id": row[0],
        "pool": row[1],
        "state": row[2],
        "labels": sum(counts.values()),
        "open": counts[Mark.OPEN],
        "printed": counts[Mark.PRINTED],
        "spoiled": counts[Mark.SPOILED],
        "unused": counts[Mark.UNUSED],
        "showings": row[7],
        "made_at": instant_of(row[3]),
        "made_uid": row[4],
        "made_user": row[5],
        "closed_at": instant(row[6]),
    }


def _item(run: Runner, row: Sequence[Any]) -> PackItemRow:
    number, serial, shipment, parcel, state, settled_at_us, uid, user = row
    return {
        "number": number,
        "serial": serial,
        "shipment": shipment,
        "waybill": _waybill(run, shipment, parcel),
        "state": state,
        "settled_at": instant(settled_at_us),
        "settled_uid": uid,
        "settled_user": user,
    }
