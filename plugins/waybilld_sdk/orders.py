"""Orders as marketplaces give them: the values that `list_orders` returns and `confirm_shipment` takes.

Money is integer minor units with an ISO 4217 currency; instants are timezone-aware UTC; text is as the platform gave it.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from datetime import datetime
from typing import Literal


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in minor units (cents, fen) of `currency`, an ISO 4217 code in capitals."""

    amount_minor: int
    currency: str


class OrderStatus(enum.StrEnum):
    """What the platform says of an order; only `PAID` orders are shipped."""

    PAID = "paid"
    UNPAID = "unpaid"
    CANCELLED = "cancelled"
    REFUNDED = "refunded"
    FULFILLED = "fulfilled"


@dataclass(frozen=True, slots=True)
class Consignee:
    """Who receives the parcel.

    `form` says how much of it is real: `clear` text, `masked` (stars in place of letters), or `cipher`. For the last two,
    `handle` is the platform's opaque token (OAID, ciphertext) that travels unchanged to the carrier's buy call.
    `country` is an ISO 3166-1 alpha-2 code, or empty where the platform did not say.
    """

    name: str
    phone: str = ""
    country: str = ""
    province: str = ""
    city: str = ""
    district: str = ""
    street: str = ""
    postcode: str = ""
    form: Literal["clear", "masked", "cipher"] = "clear"
    handle: str = ""


@dataclass(frozen=True, slots=True)
class OrderLine:
    """One line of an order. `ref` is the platform's line id, unique in the order and stable over its versions."""

    ref: str
    sku: str
    title: str
    quantity: int
    unit_price: Money | None = None


@dataclass(frozen=True, slots=True)
class Order:
    """One order of one shop, as the platform shows it now. `external_id` is the platform's order number."""

    external_id: str
    status: OrderStatus
    consignee: Consignee
    lines: tuple[OrderLine, ...]
    paid_at: datetime | None = None
    ship_by: datetime | None = None
    total: Money | None = None
    buyer_message: str = ""
    seller_memo: str = ""
    service_wanted: str = ""
    """The delivery service that the buyer chose, in the platform's words."""
    order_type: str = ""
    """What kind of order it is, in the platform's words, such as presale, gift or exchange; labels can be chosen by it."""


@dataclass(frozen=True, slots=True)
class RejectedRecord:
    """One record of a page that could not be read as an order. `where` is a human's pointer ("orders.csv row 17")."""

    where: str
    reason: str
    raw: str


@dataclass(frozen=True, slots=True)
class OrderPage:
    """One page of a feed.

    `token` names this page for `acknowledge`; `next_token` asks for the following one, None when the feed is exhausted
    for now. `complete` is False when the platform says that the page may lack orders. `server_time` is the platform's
    clock, where it tells it.
    """

    token: str
    orders: tuple[Order, ...] = ()
    rejected: tuple[RejectedRecord, ...] = ()
    next_token: str | None = None
    complete: bool = True
    server_time: datetime | None = None


@dataclass(frozen=True, slots=True)
class MarketplaceCapabilities:
    """`feed` is `window` (the host slices time) or `queue` (records leave the feed once acknowledged)."""

    feed: Literal["window", "queue"]
    can_confirm: bool = True


@dataclass(frozen=True, slots=True)
class Confirmation:
    """What the marketplace is told when a parcel is on its way.

    `key` makes a repeat harmless: at most 80 ASCII letters, digits and '-', so it can be a file's name. `shipped_at` may
    differ between repeats.
    """

    key: str
    external_id: str
    carrier: str
    waybill_number: str
    shipped_at: datetime
    lines: tuple[tuple[str, int], ...]
    """(line ref, quantity) of what is in the parcel."""


class ConfirmationState(enum.StrEnum):
    """What the marketplace knows of a confirmation: the answer that settles a call whose outcome was lost."""

    CONFIRMED = "confirmed"
    ABSENT = "absent"
    UNKNOWN = "unknown"
