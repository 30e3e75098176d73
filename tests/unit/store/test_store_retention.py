"""Retention: what must go goes, and nothing that somebody still needs."""

from __future__ import annotations

import pytest

from unit.store.store_house import CANARIES, House, order
from waybilld.store import retention
from waybilld.store.orderdata import open_order, open_text
from waybilld.store.seal import Shredded
from waybilld_sdk.orders import OrderStatus, RejectedRecord

DAY_US = 86_400_000_000


def shred(house: House, days: int) -> int:
    """Shred what is older than `days`."""
    return house.do(lambda tx: retention.shred_old(tx, days * DAY_US))


def later(house: House, days: int) -> None:
    house.now_us += days * DAY_US


def test_finished_orders_lose_their_text_and_nothing_else(house: House) -> None:
    """Names and phones that are kept for ever are what a thief finds, and what the law forbids."""
    house.until_printed(order("A-1"))
    done = house.one("SELECT private FROM \"order\" WHERE external_id = 'A-1'")
    for (job,) in house.rows("SELECT id FROM job WHERE state != 'done'"):
        house.connection.execute("UPDATE job SET state = 'done' WHERE id = ?", (job,))
    later(house, 29)
    assert shred(house, 30) == 0
    later(house, 2)
    assert shred(house, 30) == 1
    with pytest.raises(Shredded):
        open_order(house.run, house.seal, done)
    assert shred(house, 30) == 0
    assert house.state() == "printed"


@pytest.mark.parametrize("stage", ["ingest", "until_rendered"])
def test_orders_on_their_way_keep_their_text(house: House, stage: str) -> None:
    """An order that waited a month for a person must still get a label."""
    getattr(house, stage)(order("A-1"))
    later(house, 400)
    assert shred(house, 30) == 0


def test_what_is_never_shipped_is_shredded_too(house: House) -> None:
    """Unpaid orders and quarantined rows hold the same names as the others."""
    house.ingest(
        order("A-1", status=OrderStatus.UNPAID), rejected=(RejectedRecord("a.csv row 2", "bad amount", CANARIES[0]),)
    )
    kept = [row[0] for row in house.rows("SELECT id FROM private")]
    later(house, 31)
    assert shred(house, 30) == len(kept) == 2
    for private in kept:
        with pytest.raises(Shredded):
            open_text(house.run, house.seal, private)
