"""Labels that carriers drew, in the database: sealed, beside their waybill, gone with the order's key."""

from __future__ import annotations

from typing import Any

import pytest

from unit.store.store_house import House, order
from waybilld.core.lifecycle import Work
from waybilld.store import artworks, waybills
from waybilld.store.orderdata import shred
from waybilld.store.seal import Shredded
from waybilld_sdk.shipping import CommandArtwork, DocumentArtwork, Layout, Waybill

BODY = b"%PDF-1.7 canary \x00\xff"


def bought(house: House, artwork: Any) -> tuple[int, int]:
    """A shipment whose carrier gave this; (waybill, private row)."""
    house.ingest(order())
    house.plan()
    (job,) = house.claim(Work.BUY)
    given = house.given(job)
    intent = house.do(lambda tx: waybills.intend(tx, given, "node-1"))
    house.do(lambda tx: waybills.bought(tx, intent, Waybill("N1", artwork), house.policies))
    return intent.waybill, given.orders[0].private


@pytest.mark.parametrize(
    "artwork", [DocumentArtwork("application/pdf", BODY), DocumentArtwork("image/png", BODY), CommandArtwork("zpl", BODY)]
)
def test_artwork_comes_back_as_it_was_bought(house: House, artwork: Any) -> None:
    """A waybill is bought once: its label cannot be asked for again from every carrier."""
    waybill, _ = bought(house, artwork)
    assert artworks.load(house.run, house.seal, waybill) == artwork
    assert all(b"canary" not in sealed for (sealed,) in house.rows("SELECT sealed FROM blob"))


def test_a_label_that_we_draw_has_none(house: House) -> None:
    """Only what the carrier drew is kept."""
    waybill, _ = bought(house, Layout(("AB",)))
    assert artworks.load(house.run, house.seal, waybill) is None
    assert house.one("SELECT count(*) FROM blob") == 0


def test_shredding_the_order_shreds_its_artwork(house: House) -> None:
    """A name in a picture is a name."""
    waybill, private = bought(house, DocumentArtwork("application/pdf", BODY))
    house.do(lambda tx: shred(tx, private))
    with pytest.raises(Shredded):
        artworks.load(house.run, house.seal, waybill)


def test_a_label_that_cannot_be_kept_leaves_the_number_and_a_case(house: House) -> None:
    """The number is paid: it must not be lost with its label, and none of our own may be printed in the label's place."""
    house.ingest(order())
    house.plan()
    (job,) = house.claim(Work.BUY)
    given = house.given(job)
    intent = house.do(lambda tx: waybills.intend(tx, given, "node-1"))
    waybill = Waybill("N1", DocumentArtwork("application/pdf", b"large"))
    house.do(lambda tx: waybills.bought(tx, intent, waybill, house.policies, unkept="the carrier's label is too large"))
    assert house.one("SELECT number FROM waybill") == "N1"
    assert house.rows('SELECT code, blocking FROM "case"') == [("artwork-unusable", 1)]
    assert artworks.load(house.run, house.seal, intent.waybill) == DocumentArtwork("application/pdf", b"")
