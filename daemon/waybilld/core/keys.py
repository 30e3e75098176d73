"""Idempotency keys: derived from what is bought or told, never from the clock or chance."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from waybilld.core.canonical import canonical, digest, plain
from waybilld_sdk.orders import Order


def order_text(order: Order) -> str:
    """An order as canonical JSON: what is digested to know a version, and what is sealed."""
    found = plain(order)
    return canonical({name: value for name, value in found.items() if value or name not in _LEFT_OUT_WHEN_EMPTY})


_LEFT_OUT_WHEN_EMPTY = frozenset({"order_type"})
"""Fields that came to the contract after orders were kept: an order without them hashes as it did before."""


def content_hash(text: str) -> str:
    """A digest of everything in an order, by its canonical text: equal hash, same version."""
    return digest(text)


def waybill_key(node: str, shop: str, external_ids: Sequence[str], parcel_ref: str, generation: int) -> str:
    """The key of a purchase: node, shop, order set, package and generation; at most 48 ASCII characters.

    The generation rises only after a confirmed cancel, so a repeat after any crash carries the same key.
    """
    orders = canonical(sorted(external_ids))
    body = hashlib.sha256(canonical([node, shop, orders, parcel_ref]).encode("ascii")).hexdigest()
    return f"wb-{body[:32]}-g{generation}"


def job_key(shipment: int, kind: str, round_: int) -> str:
    """Unique per shipment, kind and round: a second enqueue of the same work changes nothing."""
    return f"{shipment}/{kind}/{round_}"


def confirmation_key(waybill_key_: str) -> str:
    """The key of a ship confirmation: one per bought waybill."""
    return f"cf-{waybill_key_}"
