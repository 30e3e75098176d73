"""A stored label whose carrier's part the printer draws, in the small house."""

from __future__ import annotations

from unit.labels.artwork.zpl_samples import page
from unit.store.store_house import House, order
from waybilld.core.lifecycle import Work
from waybilld.store import pages
from waybilld.store.inputs import parcels
from waybilld.store.pages import Piece, Rendered
from waybilld_sdk.labels import Page

SAID = (
    "the hatched part (800 x 1200 dots at 0, 0) is drawn by the printer from the carrier's ZPL: this preview cannot show it"
)
"""What a preview of `strip` says."""


def strip() -> Page:
    """The carrier's label with our strip below it."""
    return page(media_mm=(100.0, 180.0))


def with_commands(house: House) -> int:
    """One more order with a carrier's ZPL, drawn as `strip`; its shipment."""
    house.ingest(order("ZPL-1"))
    house.plan()
    house.buy()
    job = house.claim(Work.RENDER)[-1]
    given, parcel = house.given(job), parcels(house.run, job.shipment)[0]
    piece = Piece("waybill", f"ZPL-{parcel.id}", None, (Rendered("8/100x180", strip(), ()),))
    expires = house.now_us + 10**12
    house.do(lambda tx: pages.rendered(tx, given, parcel, [piece], house.policies, expires_at_us=expires))
    return job.shipment
