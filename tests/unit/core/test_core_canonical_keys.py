"""One text per value, and the digests and keys that rest on it."""

from __future__ import annotations

import dataclasses
import json
import math
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from waybilld.core import keys
from waybilld.core.canonical import GENESIS, canonical, chain, digest, entry_text, plain
from waybilld_sdk.orders import Consignee, Money, Order, OrderLine, OrderStatus

ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=20)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | ANY_TEXT
VALUES = st.recursive(SCALARS, lambda v: st.lists(v, max_size=4) | st.dictionaries(ANY_TEXT, v, max_size=4), max_leaves=12)
MONEY = st.builds(Money, st.integers(-(10**9), 10**9), st.sampled_from(["CNY", "EUR", "USD"]))
ORDERS = st.builds(
    Order,
    external_id=ANY_TEXT,
    status=st.sampled_from(OrderStatus),
    consignee=st.builds(Consignee, name=ANY_TEXT, phone=ANY_TEXT, street=ANY_TEXT),
    lines=st.lists(
        st.builds(OrderLine, ANY_TEXT, ANY_TEXT, ANY_TEXT, st.integers(0, 99), st.none() | MONEY), max_size=3
    ).map(tuple),
    paid_at=st.none() | st.datetimes(timezones=st.just(UTC)),
    total=st.none() | MONEY,
)
ORDER = Order("A-1", OrderStatus.PAID, Consignee("name"), (OrderLine("1", "sku", "title", 1),))


@given(VALUES)
def test_canonical_text_gives_the_value_back_and_is_ascii(value: object) -> None:
    """The journal is read back for decades: nothing may be lost, whatever a shop puts into its texts."""
    text = canonical(value)
    assert text.isascii()
    assert "\n" not in text
    assert json.loads(text) == value


@given(st.dictionaries(ANY_TEXT, SCALARS, max_size=8), st.randoms())
def test_equal_values_have_equal_text(value: dict[str, object], random: st.DataObject) -> None:
    """A hash that depends on the order of keys would call an unchanged order changed."""
    items = list(value.items())
    random.shuffle(items)  # type: ignore[attr-defined]
    assert canonical(dict(items)) == canonical(value)


@given(VALUES, VALUES)
def test_different_values_have_different_text(one: object, other: object) -> None:
    """Two different orders with one hash: the second would never be seen."""
    if canonical(one) == canonical(other):
        assert one == other


_NUMBER = st.none() | st.integers(-(2**63), 2**63 - 1)


@given(st.integers(0, 2**62), ANY_TEXT, _NUMBER, _NUMBER, ANY_TEXT, _NUMBER, ANY_TEXT)
def test_an_entry_has_one_text(
    seq: int, node: str, shipment: int | None, job: int | None, kind: str, version: int | None, body: str
) -> None:
    """The writer and `db verify` make it in two ways: one byte of difference would call every journal forged."""
    text = entry_text(seq, seq + 1, node, shipment, job, kind, version, body)
    assert text == canonical([seq, seq + 1, node, shipment, job, kind, version, body])


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_what_json_does_not_know_is_refused(bad: float) -> None:
    """`NaN` in the journal would be unreadable for every other reader."""
    with pytest.raises(ValueError, match="JSON"):
        canonical(bad)


@pytest.mark.parametrize("bad", [b"bytes", {1, 2}, object(), 1j])
def test_values_without_a_form_are_refused(bad: object) -> None:
    """A value that is written as its `repr` would differ at the next start."""
    with pytest.raises(TypeError, match=type(bad).__name__):
        plain(bad)


@given(ANY_TEXT)
def test_digest_takes_any_text(text: str) -> None:
    """A lone surrogate in a shop's text must not stop the page that it is on."""
    assert len(digest(text)) == 64
    assert digest(text) == digest(text.encode("utf-8", "surrogatepass"))


def test_chain_depends_on_what_came_before() -> None:
    """Else a line could be cut out of the journal."""
    first = chain(GENESIS, "a")
    assert len({first, chain(first, "a"), chain(GENESIS, "b")}) == 3


def hashed(order: Order) -> str:
    return keys.content_hash(keys.order_text(order))


@given(ORDERS)
def test_content_hash_changes_with_every_field(order: Order) -> None:
    """A field that the hash forgets is a change that nobody sees: an address corrected after payment."""
    same = dataclasses.replace(order)
    assert hashed(same) == hashed(order)
    changes: dict[str, object] = {
        "external_id": order.external_id + "x",
        "status": OrderStatus.UNPAID if order.status is OrderStatus.PAID else OrderStatus.PAID,
        "consignee": dataclasses.replace(order.consignee, street=order.consignee.street + "x"),
        "lines": (*order.lines, OrderLine("new", "", "", 1)),
        "paid_at": datetime(1999, 1, 1, tzinfo=UTC),
        "ship_by": datetime(1999, 1, 1, tzinfo=UTC),
        "total": Money(1, "XXX"),
        "buyer_message": order.buyer_message + "x",
        "seller_memo": order.seller_memo + "x",
        "service_wanted": order.service_wanted + "x",
        "order_type": order.order_type + "x",
    }
    assert changes.keys() == {f.name for f in dataclasses.fields(Order)}
    hashes = {hashed(dataclasses.replace(order, **{name: value})) for name, value in changes.items()}  # type: ignore[arg-type]
    assert len(hashes) == len(changes)
    assert hashed(order) not in hashes


PARTS = st.tuples(ANY_TEXT, ANY_TEXT, st.lists(ANY_TEXT, min_size=1, max_size=3), ANY_TEXT, st.integers(1, 99))


@given(PARTS, PARTS)
def test_waybill_keys_are_distinct_and_carriers_can_take_them(one: tuple[str, ...], other: tuple[str, ...]) -> None:
    """One key for two parcels: the second would be given the first one's number. A long or odd key is refused abroad."""
    first, second = keys.waybill_key(*one), keys.waybill_key(*other)  # type: ignore[arg-type]
    assert first.isascii()
    assert len(first) <= 48
    same = (*one[:2], sorted(one[2]), *one[3:]) == (*other[:2], sorted(other[2]), *other[3:])
    assert (first == second) == same


def test_keys_do_not_drift() -> None:
    """A key computed otherwise after an upgrade would buy again what was bought before it."""
    assert keys.waybill_key("node", "shop", ["A-1"], "1.1", 1) == "wb-429b6f527e680db214d5c73c6c1151db-g1"
    assert keys.waybill_key("node", "shop", ["B", "A"], "1.1", 2) == keys.waybill_key("node", "shop", ["A", "B"], "1.1", 2)
    assert keys.job_key(7, "buy", 2) == "7/buy/2"
    assert keys.confirmation_key("wb-1") == "cf-wb-1"
    assert hashed(ORDER) == "1c239a32fb1126f26bd66d7b7761c3b51506b9dfbd8e9bcdd73098026a4d7a3c"


@given(st.integers(1, 10**6), st.sampled_from(["buy", "print-1", "print-11"]), st.integers(1, 99))
def test_job_keys_are_distinct(shipment: int, kind: str, round_: int) -> None:
    """Two jobs with one key: the second would be refused by the database and never done."""
    others = {(shipment + 1, kind, round_), (shipment, kind + "1", round_), (shipment, kind, round_ + 1)}
    assert keys.job_key(shipment, kind, round_) not in {keys.job_key(*other) for other in others}
