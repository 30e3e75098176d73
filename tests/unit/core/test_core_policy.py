"""What a shop's policy says of its labels."""

from __future__ import annotations

import pytest

from waybilld.core.policy import OWN_DELIVERY, GoodsOnLabels, Mask, ShopPolicy
from waybilld_sdk.shipping import Sender


def shop(mask: Mask, country: str) -> ShopPolicy:
    """A shop that ships from a country."""
    return ShopPolicy("store", "bench", ("north",), ("post",), Sender("A", "1", "B"), mask=mask, country=country)


@pytest.mark.parametrize(
    ("mask", "origin", "to", "masked"),
    [
        (Mask.AUTO, "CN", "CN", True),
        (Mask.AUTO, "CN", "", True),
        (Mask.AUTO, "CN", "US", False),
        (Mask.AUTO, "US", "US", False),
        (Mask.AUTO, "US", "", False),
        (Mask.AUTO, "", "CN", False),
        (Mask.ALWAYS, "US", "DE", True),
        (Mask.NEVER, "CN", "CN", False),
    ],
)
def test_domestic_chinese_waybills_are_masked(mask: Mask, origin: str, to: str, masked: bool) -> None:
    """GB/T 41833-2022 asks for it there; abroad a courier needs the whole name."""
    assert shop(mask, origin).masks(to, "express") is masked


@pytest.mark.parametrize("to", ["CN", "GB", ""])
@pytest.mark.parametrize("origin", ["CN", "GB", ""])
def test_own_delivery_is_masked_wherever_the_consignee_lives(origin: str, to: str) -> None:
    """The driver reads the address on the run sheet; on the parcel everybody reads it. Only a shop that says `never` means
    it."""
    for mask, masked in ((Mask.AUTO, True), (Mask.ALWAYS, True), (Mask.NEVER, False)):
        assert shop(mask, origin).masks(to, OWN_DELIVERY) is masked


def test_goods_may_be_hidden_by_sku_or_all() -> None:
    """A present must not tell its content on the outside."""
    assert GoodsOnLabels(hidden=frozenset({"A"})).hides("A")
    assert not GoodsOnLabels(hidden=frozenset({"A"})).hides("B")
    assert GoodsOnLabels(hidden=frozenset({"*"})).hides("B")
