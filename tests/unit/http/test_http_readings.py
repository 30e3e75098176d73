"""The answers of the API over a database that has seen most of what happens."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pydantic import TypeAdapter

from unit.http.http_house import Daemon
from unit.store.store_house import CANARIES, order
from waybilld.http.table import ENDPOINTS, ORDER, Endpoint
from waybilld.http.values import HttpError
from waybilld.store.orderdata import shred
from waybilld_sdk.orders import Consignee, OrderLine, RejectedRecord
from waybilld_sdk.printing import PrinterState, PrinterStatus

JSON_READINGS = [e for e in ENDPOINTS if e.method == "GET" and not isinstance(e.reply, str)]
PARAMS = {"shop": "shop", "external_id": "A-1", "id": 1, "name": "zebra-1", "serial": "S1"}


def answer(daemon: Daemon, endpoint: Endpoint) -> Any:
    """What an endpoint gives for the sample order and shipment."""
    return daemon.get(endpoint.url(**PARAMS))


@pytest.mark.parametrize("endpoint", JSON_READINGS, ids=lambda e: e.name)
def test_answers_have_the_shape_that_the_reference_promises(daemon: Daemon, endpoint: Endpoint) -> None:
    """Client code is written from the OpenAPI document: a field that is missing or of another type breaks it."""
    daemon.house.ingest(rejected=(RejectedRecord("a.csv row 2", "no name", "raw Canaria"),))
    TypeAdapter(endpoint.reply).validate_json(daemon.ask(endpoint.url(**PARAMS)).body, strict=True)


@pytest.mark.parametrize("endpoint", JSON_READINGS, ids=lambda e: e.name)
def test_no_personal_data_leaves(daemon: Daemon, endpoint: Endpoint) -> None:
    """Readings end in terminals, tickets and screenshots."""
    daemon.house.ingest(rejected=(RejectedRecord("a.csv row 2", "no name", "raw Canaria Testperson"),))
    text = daemon.ask(endpoint.url(**PARAMS)).body.decode()
    assert not [canary for canary in CANARIES if canary in text]


def test_status_counts_agree_with_the_tables(daemon: Daemon) -> None:
    """The demo and the operator decide by these numbers whether the day's work is done."""
    told = daemon.get("/api/v1/status")
    house = daemon.house
    assert told["orders"] == house.one('SELECT count(*) FROM "order"')
    assert sum(told["shipments"].values()) == house.one("SELECT count(*) FROM shipment")
    assert told["blocked"] == house.one("SELECT count(DISTINCT shipment) FROM \"case\" WHERE state='open' AND blocking=1")
    assert told["attempts"] == dict(house.rows("SELECT state, count(*) FROM attempt GROUP BY state"))
    assert (told["ready"], told["why_not_ready"], told["epoch"]) == (True, "", house.epoch)
    assert told["unconfirmed"] == 1


def test_orders_come_page_by_page_without_gap_or_repeat(daemon: Daemon) -> None:
    """A page that repeats or loses orders makes every export wrong."""
    seen: list[int] = []
    after: dict[str, int] = {}
    while True:
        page = daemon.get("/api/v1/orders", limit=2, **after)
        seen += [row["id"] for row in page["orders"]]
        if page["next"] is None:
            break
        after = {"after": page["next"]}
    assert seen == sorted(seen, reverse=True)
    assert len(seen) == daemon.house.one('SELECT count(*) FROM "order"')


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"state": "printed"}, {"A-1", "A-2"}),
        ({"blocked": "true"}, {"A-4", "A-3"}),
        ({"shop": "elsewhere"}, set()),
        ({"external_id": "A-5"}, {"A-5"}),
        ({"shop": "shop", "state": "received"}, {"A-6"}),
    ],
)
def test_filters(daemon: Daemon, query: dict[str, str], expected: set[str]) -> None:
    """`orders --blocked` is the list that a person works through: one too few is a parcel forgotten."""
    found = {row["external_id"] for row in daemon.get("/api/v1/orders", **query)["orders"]}
    assert found == expected


def test_an_order_without_shipment_and_one_whose_data_was_deleted(daemon: Daemon) -> None:
    """Neither may make the list fail for the others."""
    private = daemon.house.one("SELECT private FROM \"order\" WHERE external_id='A-1'")
    daemon.house.do(lambda tx: shred(tx, private))
    rows = {row["external_id"]: row for row in daemon.get("/api/v1/orders")["orders"]}
    assert rows["A-7"]["shipments"] == []
    assert rows["A-1"]["consignee"] is None
    assert rows["A-2"]["consignee"] == "C*"


def test_order_with_hostile_text_is_found_and_told(daemon: Daemon) -> None:
    """Marketplaces let people write what they like: slashes, escape sequences and empty names must survive the journey."""
    nasty = order("A/1 %2F\x1b[2J", consignee=Consignee(""), lines=(OrderLine("1", "S\u202e", "t", 1),))
    daemon.house.ingest(nasty)
    found = daemon.get(ORDER.url(shop="shop", external_id=nasty.external_id))
    assert (found["external_id"], found["consignee"], found["lines"][0]["sku"]) == (nasty.external_id, "", "S\u202e")


def test_shipment_story_tells_the_whole_road(daemon: Daemon) -> None:
    """This is what support asks for: it must name what happened, in order, with number, printer and evidence."""
    told = daemon.get("/api/v1/shipments/1")
    texts = [line["text"] for line in told["story"]]
    assert texts[0] == "order A-1 of shop shop came in with 2 lines"
    assert [line["seq"] for line in told["story"]] == sorted(line["seq"] for line in told["story"])
    whole = "\n".join(texts)
    for words in ("waybill N000001 bought", "drawn for 8/100x150", "printer zebra-1", "evidence E4", "printed"):
        assert words in whole
    assert told["state"] == "printed"
    assert told["parcels"][0]["waybills"][0]["number"] == "N000001"
    assert told["labels"][0]["attempts"][0]["evidence"] == "E4"


def test_label_is_the_stored_pixels(daemon: Daemon) -> None:
    """What is previewed is what is printed: the very bytes, never a second drawing."""
    answer = daemon.ask("/api/v1/shipments/1/label.png", variant="8/100x150")
    assert (answer.content_type, answer.body) == ("image/png", b"png pixels-of-canary 1")
    with pytest.raises(HttpError) as refused:
        daemon.ask("/api/v1/shipments/1/label.png", variant="12/76x130")
    assert refused.value.status == 404
    daemon.house.do(lambda tx: shred(tx, daemon.house.one("SELECT private FROM \"order\" WHERE external_id='A-1'")))
    with pytest.raises(HttpError) as refused:
        daemon.ask("/api/v1/shipments/1/label.png")
    assert refused.value.status == 410


def test_unconfirmed_labels_are_listed_until_settled(daemon: Daemon) -> None:
    """A label that nobody can vouch for and nobody sees is a parcel that never leaves, or leaves twice."""
    found = daemon.get("/api/v1/unconfirmed")["unconfirmed"]
    assert [(row["orders"], row["printer"], row["evidence"]) for row in found] == [(["A-3"], "zebra-1", "E2")]
    assert "no power" in found[0]["reason"]
    assert [case["code"] for case in daemon.get("/api/v1/cases")["cases"] if case["blocking"]]


def test_printers_show_lane_and_history(daemon: Daemon) -> None:
    """The packer looks here first when nothing comes out."""
    lane = daemon.app.lanes["zebra-2"]
    lane.press.show(PrinterStatus(PrinterState.STOPPED, ("media-empty",), "load paper", "SN1", "ZT", 77))
    rows = {row["name"]: row for row in daemon.get("/api/v1/printers")["printers"]}
    assert rows["zebra-2"]["advice"] == "load paper"
    assert (rows["zebra-2"]["odometer"], rows["zebra-2"]["last"], rows["zebra-2"]["place"]) == (77, None, "bench zebra-2")
    assert rows["zebra-1"]["outcomes"] == {"proven": 2, "refuted": 1, "unconfirmed": 1}
    assert rows["zebra-1"]["last"]["outcome"] == "unconfirmed"


def test_journal_pages(daemon: Daemon) -> None:
    """`journal tail --follow` rests on this: newest first to start with, then everything after, once."""
    last = daemon.get("/api/v1/journal", limit=3)
    assert [line["seq"] for line in last["entries"]] == [last["last_seq"] - 2, last["last_seq"] - 1, last["last_seq"]]
    assert daemon.get("/api/v1/journal", after=last["last_seq"])["entries"] == []
    first = daemon.get("/api/v1/journal", after=0, limit=1)["entries"]
    assert [line["kind"] for line in first] == ["daemon.started"]
    of_one = daemon.get("/api/v1/journal", shipment=1, limit=1000)["entries"]
    assert {line["shipment"] for line in of_one} == {1}
    assert daemon.get("/api/v1/journal", shipment=1, after=of_one[0]["seq"], limit=2)["entries"] == of_one[1:3]


def test_release_by_whole_and_by_short_name(daemon: Daemon) -> None:
    """The supervisor types what `check` printed; a name that means two instances must not release the wrong one."""
    guard = daemon.app.fleet.printers["zebra-1"].instance.guard
    guard.quarantine("five bugs")
    told = json.loads(daemon.ask("/api/v1/plugins/printer.zebra-1/release", "POST").body)
    assert (told, guard.quarantined) == ({"instance": "printer.zebra-1", "was": "five bugs"}, "")
    assert json.loads(daemon.ask("/api/v1/plugins/numbers/release", "POST").body)["was"] == ""
    with pytest.raises(HttpError) as refused:
        daemon.ask("/api/v1/plugins/zebra/release", "POST")
    assert refused.value.status == 404
    assert "printer.zebra-1" in refused.value.hint
