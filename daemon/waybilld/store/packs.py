"""Packs in the database: given to people, who tell what became of each label. How one is made is in `packmaking`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, select

from waybilld.core.attempts import AttemptState
from waybilld.core.intercepts import InterceptState
from waybilld.core.packs import Mark, PackState, verdicts
from waybilld.core.policy import Policies
from waybilld.core.runs import Person
from waybilld.store import copies, doubts, missing, outcomes, pages, schema
from waybilld.store.doubts import Doubt
from waybilld.store.sql import Prepared, Runner
from waybilld.store.tx import Tx
from waybilld_sdk.printing import Evidence

_k, _i, _s = schema.pack, schema.pack_item, schema.pack_showing
_l = schema.label
_STATE = Prepared(select(_k.c.state).where(_k.c.id == bindparam("id_")))
_ITEM_COLUMNS = (_i.c.id, _i.c.pack, _i.c.number, _i.c.label, _i.c.state, _l.c.serial, _l.c.shipment)
_ITEMS = Prepared(
    select(*_ITEM_COLUMNS)
    .join(_l, _l.c.id == _i.c.label)
    .where(_i.c.pack == bindparam("pack"))
    .order_by(_i.c.number)
)
_BY_SERIAL = Prepared(
    select(*_ITEM_COLUMNS)
    .join(_l, _l.c.id == _i.c.label)
    .where(_l.c.serial == bindparam("serial"))
    .where(_i.c.state == Mark.OPEN.value)
)
_OPEN = Prepared(
    select(_i.c.number)
    .where(_i.c.pack == bindparam("pack"))
    .where(_i.c.state == Mark.OPEN.value)
    .order_by(_i.c.number)
)


class NoPack(Exception):
    """There is no pack of that number."""

    def __init__(self, pack: int) -> None:
        super().__init__(f"there is no pack {pack}")


class PackClosed(Exception):
    """Every label of the pack is settled."""

    def __init__(self, pack: int) -> None:
        super().__init__(f"every label of pack {pack} is settled: nothing of it is left to print")


class PackChanged(Exception):
    """Something of the pack was told while its file was drawn, and would come out of it once more."""

    def __init__(self, pack: int) -> None:
        super().__init__(f"a label of pack {pack} was settled while the file was drawn")


@dataclass(frozen=True, slots=True)
class ItemRow:
    """One label of a pack as its row stands."""

    id: int
    pack: int
    number: int
    label: int
    mark: Mark
    serial: str
    shipment: int

    @classmethod
    def of_row(cls, row: tuple[Any, ...]) -> ItemRow:
        """The item of its columns."""
        return cls(row[0], row[1], row[2], row[3], Mark(row[4]), row[5], row[6])


def settle(
    tx: Tx, pack: int, told: Mapping[Mark, str], who: Person, policies: Policies, most: int | None = None
) -> None:
    """Take back what people ticked. `most`: copies that they may ask for in 24 hours, which those of spoiled labels count
    as; None for any number. Raises `NoPack`, `core.packs.Unclear`, `copies.OverQuota`: then nothing of it is done."""
    _state(tx.run, pack)
    items = {item.number: item for item in map(ItemRow.of_row, tx.run.rows(_ITEMS, pack=pack))}
    found = verdicts({number: item.mark for number, item in items.items()}, told)
    for number, mark in found.items():
        _settle(tx, items[number], mark, who, policies, most)
    _close_if_done(tx, pack)


def settle_by_serial(
    tx: Tx, serial: str, who: Person, policies: Policies, mark: Mark = Mark.PRINTED, most: int | None = None
) -> ItemRow | None:
    """A label was scanned, or told of by its serial: where it is an open one of a pack, that settles it. Its row as it was;
    None where it is none. Raises `copies.OverQuota`."""
    row = tx.run.row(_BY_SERIAL, serial=serial)
    if row is None:
        return None
    item = ItemRow.of_row(row)
    _settle(tx, item, mark, who, policies, most)
    _close_if_done(tx, item.pack)
    return item


def _settle(tx: Tx, item: ItemRow, mark: Mark, who: Person, policies: Policies, most: int | None) -> None:
    with tx.entry(
        "pack.told",
        shipment=item.shipment,
        pack=item.pack,
        number=item.number,
        mark=mark.value,
        uid=who.uid,
        user=who.name,
    ) as entry:
        entry.update(
            _i, item.id, state=mark.value, settled_at_us=tx.now_us, settled_uid=who.uid, settled_user=who.name
        )
    doubt = doubts.newest(tx.run, item.label)
    assert doubt is not None
    where = f"number {item.number} of pack {item.pack}"
    if mark is Mark.PRINTED:
        why = f"{where} was printed, says {who}"
        outcomes.came_out(tx, doubt, Evidence.SCANNED, why, {}, policies, uid=who.uid, user=who.name)
    elif mark is Mark.SPOILED:
        _spoiled(tx, item, doubt, f"{where} was spoiled, says {who}", who, policies, most)
    else:
        missing.not_there(tx, doubt, f"{where} was not printed, says {who}", who, most)


def _spoiled(
    tx: Tx, item: ItemRow, doubt: Doubt, why: str, who: Person, policies: Policies, most: int | None
) -> None:
    """It is on paper, and in somebody's hand; but the shipment is not printed before its further copy is."""
    doubts.answered(tx, doubt, AttemptState.PROVEN, Evidence.SCANNED, why, {}, uid=who.uid, user=who.name)
    try:
        copies.reprint(tx, item.serial, why, who, most)
    except copies.CannotCopy:
        # Its shipment needs no label any more.
        if doubt.job is not None and doubt.waits:
            outcomes.on_paper(tx, item.label, doubt.job, doubt.shipment, Evidence.SCANNED, policies)
        return
    pages.drop_documents(tx, item.label)
    doubts.close_intercept(tx, item.label, InterceptState.FOUND, uid=who.uid, user=who.name)


def _close_if_done(tx: Tx, pack: int) -> None:
    if _state(tx.run, pack) is PackState.OPEN and not tx.run.rows(_OPEN, pack=pack):
        with tx.entry("pack.closed", pack=pack) as entry:
            entry.update(_k, pack, state=PackState.CLOSED.value, closed_at_us=tx.now_us)


def _state(run: Runner, pack: int) -> PackState:
    row = run.row(_STATE, id_=pack)
    if row is None:
        raise NoPack(pack)
    return PackState(row[0])


def shown(tx: Tx, pack: int, numbers: Sequence[int], who: Person) -> None:
    """Write down that somebody is given the PDF with these numbers, before they are. Raises `NoPack`, and `PackClosed` or
    `PackChanged` where more was told while it was drawn."""
    if _state(tx.run, pack) is PackState.CLOSED:
        raise PackClosed(pack)
    if [number for (number,) in tx.run.rows(_OPEN, pack=pack)] != list(numbers):
        raise PackChanged(pack)
    with tx.entry("pack.shown", pack=pack, uid=who.uid, user=who.name) as entry:
        entry.insert(_s, pack=pack, at_us=tx.now_us, uid=who.uid, user=who.name)
