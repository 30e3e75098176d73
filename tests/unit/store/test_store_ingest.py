"""Orders enter: once, whatever is repeated, changed, cancelled or garbage."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from unit.store.store_house import LINES, PERSON, SHOP, House, order
from waybilld.core.lifecycle import Event, State, Work
from waybilld.store import ingest
from waybilld.store.ingest import Ingested
from waybilld.store.orderdata import open_order, validated
from waybilld.store.tx import Tx
from waybilld.store.verify import verify
from waybilld_sdk.orders import Consignee, Money, OrderLine, OrderPage, OrderStatus, RejectedRecord


def tables(house: House) -> dict[str, int]:
    """How many rows each table has."""
    names = ("order", "order_version", "order_line", "shipment", "parcel", "job", "private", "journal", "case", "quarantine")
    return {name: house.one(f'SELECT count(*) FROM "{name}"') for name in names}


def sound(house: House) -> None:
    """Nothing that verify would name."""
    assert [str(f) for f in verify(house.run, house.seal)] == []


def test_order_is_taken_in_once(house: House) -> None:
    """The same export dropped twice must not ship twice."""
    assert house.ingest(order()) == Ingested(new=1)
    before = tables(house)
    assert before["shipment"] == before["parcel"] == before["job"] == 1
    assert house.ingest(order(), order()) == Ingested(unchanged=2)
    assert tables(house) == before
    sound(house)


def test_order_is_read_back_as_it_came(house: House) -> None:
    """What the label shows is what was sealed: every character of it."""
    given_ = order(consignee=replace(PERSON, name="张三 \ud800 \x00 ‮", street='"; DROP TABLE'), seller_memo="🎁" * 500)
    house.ingest(given_)
    assert open_order(house.run, house.seal, 1) == given_
    sound(house)


@pytest.mark.parametrize("status", [s for s in OrderStatus if s is not OrderStatus.PAID])
def test_unpaid_order_is_kept_without_a_shipment(house: House, status: OrderStatus) -> None:
    """Only paid orders are shipped; once paid, the order gets its shipment."""
    assert house.ingest(order(status=status)) == Ingested(new=1)
    assert tables(house)["shipment"] == 0
    assert house.ingest(order()) == Ingested(changed=1)
    assert tables(house)["shipment"] == 1
    sound(house)


def test_change_before_release_begins_anew(house: House) -> None:
    """A corrected order is checked again from the start, with its new quantities; nothing of the old plan runs on."""
    house.ingest(order())
    house.step(Work.CHECK, Event.CHECKED)
    less = order(lines=(replace(LINES[0], quantity=5), OrderLine("3", "SKU-3", "Canary bowl", 1)))
    assert house.ingest(less) == Ingested(changed=1)
    assert house.state() == State.RECEIVED
    assert house.rows("SELECT kind, state FROM job ORDER BY id") == [
        ("check", "done"),
        ("allocate", "done"),
        ("check", "ready"),
    ]
    lines = house.rows("SELECT l.ref, l.qty, l.status, s.qty FROM order_line l JOIN shipment_line s ON s.order_line = l.id")
    assert sorted(lines) == [("1", 5, "live", 5), ("2", 0, "removed", 0), ("3", 1, "live", 1)]
    assert house.one("SELECT count(*) FROM order_version") == 2
    sound(house)


def test_change_closes_what_the_old_version_was_held_for(house: House) -> None:
    """The shop corrected the address: the case about it must not hold the order for ever."""
    house.ingest(order())
    house.block(1)
    house.ingest(order(buyer_message="now right"))
    assert house.rows('SELECT state FROM "case"') == [("closed",)]
    assert [job.kind for job in house.claim(Work.CHECK)] == [Work.CHECK]
    sound(house)


@pytest.mark.parametrize("stage", ["plan", "buy", "render", "print"])
@pytest.mark.parametrize(
    ("changed", "code"),
    [(order(seller_memo="other"), "order-changed"), (order(status=OrderStatus.CANCELLED), "order-cancelled")],
)
def test_change_after_release_blocks_and_keeps_the_state(house: House, stage: str, changed: Any, code: str) -> None:
    """A number may be bought and a label on paper: only a person can stop that parcel, and must be told."""
    house.ingest(order())
    for name in ("plan", "buy", "render", "print"):
        getattr(house, name)()
        if name == stage:
            break
    before = house.state()
    house.ingest(changed)
    assert house.state() == before
    assert house.rows('SELECT code, blocking, state FROM "case"') == [(code, 1, "open")]
    assert house.claim(Work.BUY) == house.claim(Work.RENDER) == []
    assert house.begin() is None
    sound(house)


def test_cancel_before_release_ends_the_shipment(house: House) -> None:
    """A refunded order must not be bought a number for."""
    house.ingest(order())
    house.ingest(order(status=OrderStatus.REFUNDED))
    assert house.state() == State.CANCELLED
    assert house.rows("SELECT DISTINCT state FROM job") == [("done",)]
    house.ingest(order(seller_memo="paid after all"))
    assert [house.state(1), house.state(2)] == [State.CANCELLED, State.RECEIVED]
    sound(house)


def test_change_of_an_unconfirmed_print_keeps_its_case(house: House) -> None:
    """Whether a label lies on the table is still unknown after the shop changed the order."""
    house.until_rendered()
    house.block(1, "print-unconfirmed")
    house.ingest(order(seller_memo="other"))
    assert house.rows("SELECT code, state FROM 'case'") == [("print-unconfirmed", "open"), ("order-changed", "open")]


GARBAGE: dict[str, Any] = {
    "no order": "not an order",
    "nothing": None,
    "no id": order(external_id=""),
    "long id": order(external_id="x" * 201),
    "id of another type": order(external_id=7),
    "id with a surrogate": order(external_id="A-\ud800"),
    "naive paid_at": order(paid_at=datetime(2026, 1, 1)),
    "naive ship_by": order(ship_by=datetime(2026, 1, 1)),
    "date as text": order(paid_at="yesterday"),
    "unknown status": order(status="sold"),
    "no consignee": order(consignee=None),
    "consignee of a dict": order(consignee={"name": "x"}, lines=None),
    "no lines": order(lines=()),
    "lines of None": order(lines=(None,)),
    "a ref twice": order(lines=(LINES[0], LINES[0])),
    "a sku with a surrogate": order(lines=(replace(LINES[0], sku="\udfff"),)),
    "a huge quantity": order(lines=(replace(LINES[0], quantity=2**70),)),
    "a negative quantity": order(lines=(replace(LINES[0], quantity=-1),)),
    "half a quantity": order(lines=(replace(LINES[0], quantity=0.5),)),
    "a huge price": order(lines=(replace(LINES[0], unit_price=Money(2**70, "CNY")),)),
    "a currency with a surrogate": order(lines=(replace(LINES[0], unit_price=Money(1, "\ud800")),)),
    "a function": order(buyer_message=print),
}


@pytest.mark.parametrize("name", GARBAGE)
def test_garbage_is_quarantined_and_the_rest_goes_on(house: House, name: str) -> None:
    """An adapter is somebody else's code: one bad value must cost one order, never its page, and leave no half of itself."""
    taken = house.ingest(order("A-1"), GARBAGE[name], order("A-2"))
    assert taken == Ingested(new=2, quarantined=1)
    assert house.rows("SELECT external_id FROM 'order'") == [("A-1",), ("A-2",)]
    (reason,) = house.rows("SELECT reason FROM quarantine")[0]
    assert reason.startswith("the adapter returned an unusable order: ")
    assert len(reason) < 250
    assert house.ingest(order("A-1"), GARBAGE[name], order("A-2")) == Ingested(unchanged=2)
    sound(house)


def test_reason_names_the_field_and_not_its_value(house: House) -> None:
    """The reason stands in a plain column and on screens; the value may be somebody's phone number."""
    house.ingest(order(consignee=Consignee(name="Canaria", phone=79460958)))  # type: ignore[arg-type]
    (reason,) = house.rows("SELECT reason FROM quarantine")[0]
    assert "consignee.phone" in reason
    assert "79460958" not in reason


def test_lax_values_are_kept_as_what_they_mean(house: House) -> None:
    """A quantity that came as text would be text in the journal and a number in its table: verify would call it damage."""
    house.ingest(order(lines=(replace(LINES[0], quantity="3"),)))  # type: ignore[arg-type]
    assert house.rows("SELECT qty, typeof(qty) FROM order_line") == [(3, "integer")]
    sound(house)


@pytest.mark.parametrize("where", ["orders.csv row 17", "\udce9t\xe9.csv row 2", "x" * 5000])
def test_rejected_record_is_kept_once_with_its_text_sealed(house: House, where: str) -> None:
    """What could not be read may be somebody's address; and a bad file name must not stop the feed for ever."""
    bad = RejectedRecord(where, "the quantity is missing \ud800", "Canaria Testperson;;\ud800")
    assert house.ingest(rejected=(bad, bad)) == Ingested(quarantined=1)
    assert house.ingest(order(), rejected=(bad,)) == Ingested(new=1)
    assert tables(house)["quarantine"] == 1
    sound(house)


LINE = st.builds(
    OrderLine,
    ref=st.text(max_size=3) | st.none() | st.integers(),
    sku=st.text(st.characters(exclude_categories=()), max_size=3),
    title=st.text(st.characters(exclude_categories=()), max_size=3) | st.binary(max_size=2),
    quantity=st.integers() | st.floats() | st.text(max_size=2) | st.none(),
    unit_price=st.none() | st.builds(Money, st.integers(), st.text(max_size=3)) | st.integers(),
)
ODD = st.builds(
    order,
    external_id=st.text(st.characters(exclude_categories=()), max_size=3) | st.none() | st.lists(st.integers()),
    status=st.sampled_from(OrderStatus) | st.text(max_size=3),
    lines=st.lists(LINE, max_size=3).map(tuple) | st.none(),
    paid_at=st.none() | st.datetimes() | st.datetimes(timezones=st.just(UTC)) | st.integers(),
    total=st.none() | st.integers() | st.builds(Money, st.integers(), st.text(max_size=3)),
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(odd=ODD)
def test_whatever_an_adapter_returns_is_taken_or_quarantined(house: House, odd: Any) -> None:
    """Promise 6 with values that nobody thought of: never an exception, never half an order, always counted."""
    before = tables(house)
    taken = house.ingest(odd)
    assert taken.new + taken.changed + taken.unchanged + taken.quarantined <= 1
    after = tables(house)
    assert after["order"] - before["order"] == taken.new
    assert after["quarantine"] - before["quarantine"] == taken.quarantined
    assert after["order_version"] - before["order_version"] == taken.new + taken.changed
    if taken.new or taken.changed:
        assert validated(odd).external_id == odd.external_id


def test_orders_of_a_page_stand_or_fall_together(house: House) -> None:
    """Half a page that was kept would be acknowledged as a whole: a cut page leaves nothing, and comes again."""

    class Cut(Exception):
        pass

    def unit(tx: Tx) -> None:
        page = OrderPage("p", (order("A-1"), order("A-2")))
        ingest.ingest(tx, house.policies.shops[SHOP], house.policies, page)
        raise Cut

    before = tables(house)
    with pytest.raises(Cut):
        house.do(unit)
    assert tables(house) == before
    assert house.ingest(order("A-1"), order("A-2")) == Ingested(new=2)


def test_marketplace_that_tells_back_our_confirmation_holds_nothing(house: House) -> None:
    """Every confirmed order comes back as fulfilled: a case for each would bury those that matter."""
    house.until_printed(order())
    assert house.ingest(order(status=OrderStatus.FULFILLED)).changed == 1
    assert house.rows('SELECT code FROM "case"') == []
    assert house.state() == State.PRINTED
    sound(house)
