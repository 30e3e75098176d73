"""Buying a waybill: intent committed, carrier called with our key, outcome committed. Doubt is settled by asking."""

from __future__ import annotations

from waybilld.core.lifecycle import Work
from waybilld.core.policy import Policies
from waybilld.services.fleet import Fleet
from waybilld.services.worker import Outcome
from waybilld.store import waybills
from waybilld.store.inputs import load_input
from waybilld.store.jobs import Job
from waybilld.store.tx import Tx
from waybilld.store.waybills import Intent
from waybilld_sdk.errors import Hold, Reject, StopQueue
from waybilld_sdk.shipping import (
    MOST_ARTWORK_BYTES,
    BuyRequest,
    CommandArtwork,
    DocumentArtwork,
    Idempotency,
    Layout,
    ParcelSpec,
    Waybill,
)

_MOST_NUMBER = 64
_MEDIA = frozenset({"application/pdf", "image/png", "image/jpeg"})


class Buy:
    """One waybill per parcel."""

    kind = Work.BUY
    batch = 128

    def __init__(self, policies: Policies, fleet: Fleet, node: str) -> None:
        self._policies = policies
        self._fleet = fleet
        self._node = node

    def load(self, tx: Tx, job: Job) -> Intent:
        """The intent, written in the claiming transaction: it stands before the carrier hears of us."""
        return waybills.intend(tx, load_input(tx, job), self._node)

    async def work(self, given: Intent) -> Outcome:
        """Buy, or find what was bought."""
        carrier = self._fleet.carriers.get(given.account)
        if carrier is None:
            raise StopQueue(f"carrier account {given.account} is not in the configuration any more")
        if given.asked_before:
            found = await carrier.guard.call(
                "find_by_reference", lambda: carrier.port.find_by_reference(given.key), returns=Waybill | None
            )
            if found is not None:
                return self._bought(given, found)
            if carrier.port.capabilities().idempotency is Idempotency.NONE:
                text = f"{given.account} cannot say whether waybill {given.key} was sold: ask the carrier, then settle it"
                raise Hold(text, code="buy-in-doubt")
        request = self._request(given)
        try:
            waybill = await carrier.guard.call("buy", lambda: carrier.port.buy(request), effect=True, returns=Waybill)
        except Reject as e:
            problems = str(e)
            return lambda tx: waybills.refused(tx, given, problems, self._policies)
        return self._bought(given, waybill)

    def _request(self, given: Intent) -> BuyRequest:
        shop = self._policies.shops.get(given.input.shipment.shop)
        if shop is None:
            raise Hold(f"shop {given.input.shipment.shop} is not in the configuration any more", code="shop-unknown")
        return BuyRequest(
            key=given.key,
            service=given.input.shipment.service or "",
            sender=shop.sender,
            consignee=given.input.order.consignee,
            parcel=ParcelSpec(given.parcel.ref, given.parcel.weight_g),
            order_refs=tuple(o.order.external_id for o in given.input.orders),
        )

    def _bought(self, given: Intent, waybill: Waybill) -> Outcome:
        number = waybill.number
        if not (0 < len(number) <= _MOST_NUMBER and number.isascii() and number.isprintable()):
            text = f"{given.account} returned an unusable waybill number {number[:_MOST_NUMBER]!r}"
            raise Hold(text, code="waybill-unusable")
        if not isinstance(waybill.artwork, Layout | DocumentArtwork | CommandArtwork):
            kind = type(waybill.artwork).__name__
            raise Hold(f"{given.account} sent artwork ({kind}) that cannot be printed here", code="artwork-unsupported")
        why = unkept(waybill.artwork)
        return lambda tx: waybills.bought(tx, given, waybill, self._policies, unkept=why)


def unkept(artwork: Layout | DocumentArtwork | CommandArtwork) -> str:
    """What a person must know where a carrier's label is not to be kept; empty where it is. The adapter's word is not taken
    for what it handed over."""
    if isinstance(artwork, Layout):
        return ""
    body: object = artwork.body
    known = bool(artwork.language) if isinstance(artwork, CommandArtwork) else artwork.media_type in _MEDIA
    if not isinstance(body, bytes) or not known:
        form = artwork.language if isinstance(artwork, CommandArtwork) else artwork.media_type
        what, todo = f"is {type(body).__name__} of {form!r:.40}", "report it to the author of the carrier's plugin"
    elif not 0 < len(body) <= MOST_ARTWORK_BYTES:
        what, todo = f"has {len(body)} bytes, and 1 to {MOST_ARTWORK_BYTES} are taken", "ask the carrier for another"
    else:
        return ""
    return f"the carrier's label {what}: the number is bought, and the label was not kept; {todo}"
