"""What a shop wants, as the core and the store need it: values made from the config, no settings model."""

from __future__ import annotations

from dataclasses import dataclass, field

from waybilld.core.lifecycle import State
from waybilld_sdk.shipping import Sender


@dataclass(frozen=True, slots=True)
class ShopPolicy:
    """One shop's choices. `confirm_at` is the state whose reaching tells the marketplace, None for never."""

    name: str
    pool: str
    warehouses: tuple[str, ...]
    carriers: tuple[str, ...]
    sender: Sender
    confirm_at: State | None = State.HANDED_OVER
    release_automatically: bool = True
    mask: bool = True


@dataclass(frozen=True, slots=True)
class Policies:
    """All shops' policies by name. Shipments of a shop that left the config keep their state and open no gate."""

    shops: dict[str, ShopPolicy] = field(default_factory=dict)

    def confirm_at(self, shop: str) -> State | None:
        """The state that enqueues the confirmation; None for a shop that never confirms or is not configured."""
        policy = self.shops.get(shop)
        return policy.confirm_at if policy else None
