"""What a shop wants, as the core and the store need it: values made from the config, no settings model."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field

from waybilld.core.lifecycle import State
from waybilld_sdk.shipping import Sender


class Mask(enum.StrEnum):
    """Whether labels hide part of the consignee's name, phone and room: where the law asks for it, always, or never."""

    AUTO = "auto"
    ALWAYS = "always"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class GoodsOnLabels:
    """What a shop calls its goods on labels, by SKU, and which the outside of a parcel must not name; `*` for all."""

    short_names: Mapping[str, str] = field(default_factory=dict)
    hidden: frozenset[str] = frozenset()

    def hides(self, sku: str) -> bool:
        """Whether the outside must not name it."""
        return "*" in self.hidden or sku in self.hidden


@dataclass(frozen=True, slots=True)
class PrintItem:
    """One thing that is printed for an order: its kind, and the pool of printers where that is not the shipment's own.
    `file` is the path of one that is not drawn here, as `sheetfiles` reads it; empty for the others."""

    kind: str
    pool: str | None = None
    file: str = ""


WAYBILL_ALONE = (PrintItem("waybill"),)
DEFAULT_SET = "default"
"""The print set of every mode that has none of its own."""

DEFAULT_MODE = "express"
"""The mode of a carrier account whose configuration says none."""

OWN_DELIVERY = "own-delivery"
"""The mode of a carrier account whose parcels go out with the house's own drivers."""


@dataclass(frozen=True, slots=True)
class ShopPolicy:
    """One shop's choices. `confirm_at` is the state whose reaching tells the marketplace, None for never. `country` is where
    its parcels leave from. `texts` are its own sentences for labels and slips, (name, text)."""

    name: str
    pool: str
    warehouses: tuple[str, ...]
    carriers: tuple[str, ...]
    sender: Sender
    confirm_at: State | None = State.HANDED_OVER
    release_automatically: bool = True
    mask: Mask = Mask.AUTO
    country: str = ""
    texts: tuple[tuple[str, str], ...] = ()
    goods: GoodsOnLabels = GoodsOnLabels()
    print_sets: Mapping[str, tuple[PrintItem, ...]] = field(default_factory=dict)

    def print_set(self, mode: str) -> tuple[PrintItem, ...]:
        """What is printed for an order that travels by a mode, in the order in which it comes out."""
        return self.print_sets.get(mode) or self.print_sets.get(DEFAULT_SET) or WAYBILL_ALONE

    def masks(self, consignee_country: str, mode: str) -> bool:
        """Whether a label to that country, travelling by that mode, hides personal data.

        GB/T 41833-2022 asks for it on domestic Chinese waybills; a platform that does not say the country means its own. In
        own delivery no carrier reads the label, and the driver has the run sheet: there it hides them everywhere.
        """
        if self.mask is not Mask.AUTO:
            return self.mask is Mask.ALWAYS
        return mode == OWN_DELIVERY or (self.country == _CHINA and consignee_country in {"", _CHINA})


_CHINA = "CN"


@dataclass(frozen=True, slots=True)
class Policies:
    """All shops' policies by name. Shipments of a shop that left the config keep their state and open no gate."""

    shops: dict[str, ShopPolicy] = field(default_factory=dict)

    def confirm_at(self, shop: str) -> State | None:
        """The state that enqueues the confirmation; None for a shop that never confirms or is not configured."""
        policy = self.shops.get(shop)
        return policy.confirm_at if policy else None
