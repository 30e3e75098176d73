"""What decide hooks see and say: values only, so that history can be replayed through other rules."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from waybilld_sdk.orders import Order
from waybilld_sdk.shipping import Quote


@dataclass(frozen=True, slots=True)
class Problem:
    """One finding of a check. `hold` opens a blocking case, `warn` an open case that does not block.

    `code` is kebab-case and stable; `message` tells the packer what is wrong and what to do, without personal data.
    """

    code: str
    message: str
    severity: Literal["hold", "warn"] = "hold"


@dataclass(frozen=True, slots=True)
class CheckView:
    """What a check sees: the order, its shop, and the instant of the decision (UTC)."""

    shop: str
    order: Order
    now: datetime


@dataclass(frozen=True, slots=True)
class AllocationView:
    """What allocation sees: the shop, the (sku, quantity) pairs, and the warehouses that may ship for the shop."""

    shop: str
    lines: tuple[tuple[str, int], ...]
    warehouses: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Candidate:
    """One service of one carrier account that could carry the parcel."""

    account: str
    quote: Quote


@dataclass(frozen=True, slots=True)
class RouteView:
    """What routing sees. Candidates that a carrier refused before are left out already."""

    shop: str
    warehouse: str
    country: str
    service_wanted: str
    candidates: tuple[Candidate, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """The chosen account and service, and why, in one sentence."""

    account: str
    service: str
    reason: str
