"""Waybills: the intent before the call, the outcome after it. One live waybill per parcel, enforced by the database."""

from __future__ import annotations

import json
from dataclasses import dataclass

from waybilld.core import keys
from waybilld.core.lifecycle import Event
from waybilld.core.policy import Policies
from waybilld.store import artworks, schema, shipments
from waybilld.store.inputs import Parcel, StageInput, parcels
from waybilld.store.tx import Entry, Tx
from waybilld_sdk.shipping import CommandArtwork, DocumentArtwork, Layout, Waybill

_w = schema.waybill


@dataclass(frozen=True, slots=True)
class Intent:
    """A purchase that is allowed to happen: committed before the carrier is called."""

    input: StageInput
    parcel: Parcel
    waybill: int
    key: str
    account: str
    asked_before: bool
    """The intent is from an earlier try: the carrier may have sold already, so it is asked before it is bought from."""


def intend(tx: Tx, given: StageInput, node: str) -> Intent:
    """Write the intent to buy for the shipment's parcel, or find the one that stands already."""
    parcel = parcels(tx.run, given.shipment.id)[0]
    found = parcel.waybill
    if found is not None and found.state == "intended":
        return Intent(given, parcel, found.id, found.key, found.account, asked_before=True)
    generation = found.generation + 1 if found else 1
    account = given.shipment.carrier_account
    if account is None:
        raise LookupError(f"shipment {given.shipment.id} was released without a carrier account")
    external_ids = [o.order.external_id for o in given.orders]
    key = keys.waybill_key(node, given.shipment.shop, external_ids, f"{given.shipment.id}.{parcel.ref}", generation)
    with tx.entry("waybill.intended", shipment=given.shipment.id, job=given.job.id, key=key, account=account) as entry:
        waybill = entry.insert(_w, parcel=parcel.id, generation=generation, account=account, key=key, state="intended")
    return Intent(given, parcel, waybill, key, account, asked_before=False)


def bought(tx: Tx, intent: Intent, waybill: Waybill, policies: Policies, *, unkept: str = "") -> None:
    """Commit a purchase: number, routing codes, and the step that it makes. `unkept` says why the carrier's own label cannot
    be kept: its place stays empty, so that none of ours is printed instead, and a case tells a person."""
    artwork = waybill.artwork
    codes = json.dumps(artwork.sort_codes, ensure_ascii=True) if isinstance(artwork, Layout) else None
    cost = waybill.cost
    now = shipments.load(tx.run, intent.input.shipment.id)
    if isinstance(artwork, DocumentArtwork | CommandArtwork):
        kept = DocumentArtwork("application/pdf", b"") if unkept else artwork
        artworks.keep(tx, intent.waybill, intent.input.orders[0].private, kept)

    def rows(entry: Entry) -> None:
        entry.update(
            _w,
            intent.waybill,
            state="bought",
            number=waybill.number,
            parent=waybill.parent or None,
            sort_codes=codes,
            cost_minor=cost.amount_minor if cost else None,
            currency=cost.currency if cost else None,
        )
        if unkept:
            shipments.open_case(entry, tx, now.id, "artwork-unusable", unkept, blocking=True)

    shipments.step(tx, now, Event.BOUGHT, policies, job=intent.input.job.id, entry_rows=rows)


def refused(tx: Tx, intent: Intent, problems: str, policies: Policies) -> None:
    """The carrier refused for good: that service is excluded and another one is looked for."""
    now = shipments.load(tx.run, intent.input.shipment.id)
    excluded = [*now.excluded, (now.carrier_account, now.service)]

    def rows(entry: Entry) -> None:
        entry.update(_w, intent.waybill, state="refused")

    shipments.step(
        tx,
        now,
        Event.REFUSED,
        policies,
        job=intent.input.job.id,
        facts={"problems": problems},
        entry_rows=rows,
        excluded=json.dumps(excluded, ensure_ascii=True),
    )
