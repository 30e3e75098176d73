"""What a shop's policy says of its labels."""

from __future__ import annotations

import pytest

from waybilld.core.policy import GoodsOnLabels, Mask, ShopPolicy
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
    assert shop(mask, origin).masks(to) is masked


def test_goods_may_be_hidden_by_sku_or_all() -> None:
    """A present must not tell its content on the outside."""
    assert GoodsOnLabels(hidden=frozenset({"A"})).hides("A")
    assert not GoodsOnLabels(hidden=frozenset({"A"})).hides("B")
    assert GoodsOnLabels(hidden=frozenset({"*"})).hides("B")
