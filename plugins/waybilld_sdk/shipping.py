"""What carriers take and give: quotes, purchases, waybills and the artwork that comes with them."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Literal

from waybilld_sdk.orders import Consignee, Money


class Idempotency(enum.StrEnum):
    """How a carrier settles "did my purchase happen?".

    KEY: the same key again gives the same waybill. UNIQUE_REF: a repeat is refused as a duplicate. LOOKUP_BY_REF: the
    purchase can be found by our reference. NONE: only a person can find out.
    """

    KEY = "key"
    UNIQUE_REF = "unique-ref"
    LOOKUP_BY_REF = "lookup-by-ref"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class CarrierCapabilities:
    """What a carrier account can do, declared once at start."""

    idempotency: Idempotency
    services: tuple[str, ...]
    can_cancel: bool
    can_track: bool = False


@dataclass(frozen=True, slots=True)
class Sender:
    """Who hands the parcel over, as the label prints it."""

    name: str
    phone: str
    address: str
    country: str = ""
    postcode: str = ""


@dataclass(frozen=True, slots=True)
class ParcelSpec:
    """One parcel to be carried. Weight in grams, size in millimetres (length, width, height), None where unknown."""

    reference: str
    weight_g: int | None = None
    size_mm: tuple[int, int, int] | None = None


@dataclass(frozen=True, slots=True)
class BuyRequest:
    """A purchase of one waybill.

    `key` is the caller's idempotency key: globally unique, stable over repeats, at most 48 ASCII letters, digits and '-'.
    """

    key: str
    service: str
    sender: Sender
    consignee: Consignee
    parcel: ParcelSpec
    order_refs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Quote:
    """One way to ship. `transit_days` is the promised number of days, None where the carrier does not say."""

    service: str
    price: Money | None = None
    transit_days: int | None = None


@dataclass(frozen=True, slots=True)
class Layout:
    """The carrier leaves the drawing to us. `sort_codes` are printed exactly as given (大头笔, 三段码)."""

    sort_codes: tuple[str, ...] = ()


MOST_ARTWORK_BYTES = 10 << 20
"""The largest body of a carrier's label that is kept and drawn; a larger one opens a case, and the waybill stands."""


@dataclass(frozen=True, slots=True)
class DocumentArtwork:
    """The carrier's finished label as PDF, PNG or JPEG bytes, at most `MOST_ARTWORK_BYTES`."""

    media_type: Literal["application/pdf", "image/png", "image/jpeg"]
    body: bytes


@dataclass(frozen=True, slots=True)
class CommandArtwork:
    """The carrier's finished label in a printer language, untrusted until it passed the language's allow-list; at most
    `MOST_ARTWORK_BYTES`."""

    language: str
    body: bytes


@dataclass(frozen=True, slots=True)
class SealedArtwork:
    """A payload that only the platform's own print component can open."""

    component: str
    payload: bytes


@dataclass(frozen=True, slots=True)
class RemoteArtwork:
    """The carrier prints by itself (a cloud printer); nothing is drawn here."""

    device: str


Artwork = Layout | DocumentArtwork | CommandArtwork | SealedArtwork | RemoteArtwork


@dataclass(frozen=True, slots=True)
class Waybill:
    """A bought waybill: its number, what it cost where known, and what to print."""

    number: str
    artwork: Artwork
    cost: Money | None = None
    parent: str = ""
    """The main number of a multi-parcel shipment, where the carrier has one."""


@dataclass(frozen=True, slots=True)
class Balance:
    """Numbers or credit left on an account. `warning` is one sentence when somebody should act, else empty."""

    remaining: int
    unit: Literal["waybills", "minor"]
    warning: str = ""
