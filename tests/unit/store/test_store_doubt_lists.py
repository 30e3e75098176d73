"""The lists of what somebody should look for: nothing missing, nothing that is nobody's business, and quick next winter."""

from __future__ import annotations

import re

import pytest

from unit.store.store_house import House, device, order
from unit.store.test_store_scans import MEI, doubted, proven, refuted, reprinted, scanned
from waybilld.core.intercepts import InterceptState
from waybilld.core.unconfirmed import Unconfirmed
from waybilld.store import houselabels, outcomes, packmaking, telling
from waybilld.store.jobs import Owner
from waybilld.store.queries import labels as queries
from waybilld.store.queries.labels import DoubtFilter, InDoubt
from waybilld.store.sql import Prepared
from waybilld_sdk.printing import Document, Evidence

PLANNED = sorted(name for name, value in vars(queries).items() if isinstance(value, Prepared))


def listed(house: House, wanted: DoubtFilter = queries.EVERY, most: int = 10) -> list[str]:
    """Serials of the labels in doubt."""
    return [row["serial"] for row in queries.unconfirmed(house.run, most, wanted)]


def test_only_what_waits_for_somebody_is_listed(house: House) -> None:
    """A list with a thousand labels that the policy took for printed, or with separators, is a list that nobody reads."""
    house.until_rendered(*(order(f"A-{n}") for n in range(6)))
    doubted(house, Unconfirmed.ACCEPT_SENT, Evidence.ACKNOWLEDGED)
    by_scan, held, copied = doubted(house, Unconfirmed.SETTLE_BY_SCAN), doubted(house), doubted(house)
    reprinted(house, copied.serial)
    proven(house)
    label, _ = house.do(lambda tx: houselabels.make(tx, "test"))
    document, owner = Document("zpl", b"^XA", b"^XZ"), Owner("lane-zebra-1", house.epoch)
    test = house.do(lambda tx: houselabels.begin(tx, label, device(), owner, document, {}))
    assert house.sent(test)
    house.do(
        lambda tx: outcomes.unconfirmed(tx, test, Evidence.TOKEN, "it is mute", Unconfirmed.HOLD, house.policies)
    )
    refuted(house)
    assert listed(house) == [by_scan.serial, held.serial]
    assert listed(house, most=1) == [by_scan.serial]
    assert queries.unconfirmed_count(house.run) == 2
    house.do(lambda tx: telling.settle(tx, held.serial, MEI, house.policies, printed=True))
    assert listed(house) == [by_scan.serial]


def test_a_doubt_is_found_by_printer_pool_and_age(house: House) -> None:
    """One walks to one printer, one bench, or looks for what the wave left behind."""
    house.until_rendered(order("A-1"), order("A-2"))
    old = doubted(house).serial
    sent_us = house.one("SELECT at_us FROM attempt")
    other = house.begin("zebra-2")
    assert other is not None
    assert house.sent(other)
    house.do(
        lambda tx: outcomes.unconfirmed(tx, other, Evidence.TOKEN, "no power", Unconfirmed.HOLD, house.policies)
    )
    now_us = house.now_us
    old_s = (now_us - sent_us) // 1_000_000
    asked = {
        DoubtFilter(printer="zebra-1"): [old],
        DoubtFilter(printer="zebra-2"): [other.serial],
        DoubtFilter(printer="zebra-3"): [],
        DoubtFilter(pool="pool"): [old, other.serial],
        DoubtFilter(pool="hall"): [],
        DoubtFilter.of_age(None, None, old_s, now_us): [old],
        DoubtFilter.of_age(None, None, old_s + 1, now_us): [],
        DoubtFilter.of_age("zebra-2", None, old_s, now_us): [],
        DoubtFilter.of_age(None, None, None, sent_us - 1): [old, other.serial],
    }
    assert {wanted: listed(house, wanted) for wanted in asked} == asked
    (row,) = queries.unconfirmed(house.run, 10, DoubtFilter(printer="zebra-1"))
    assert (row["orders"], row["pool"], row["evidence"], row["reason"]) == (["A-1"], "pool", "E2", "no power")


def test_intercepts_are_open_until_somebody_has_them_or_they_never_came(house: House) -> None:
    """What is on neither list is looked for by nobody, and goes on a parcel."""
    house.until_rendered(*(order(f"A-{n}") for n in range(3)))
    first, second, third = (doubted(house).serial for _ in range(3))
    for serial in (first, second, third):
        reprinted(house, serial)
    assert [row["serial"] for row in queries.intercepts(house.run, 10)] == [first, second, third]
    scanned(house, first)
    scanned(house, second)
    assert [row["serial"] for row in queries.intercepts(house.run, 10)] == [third]
    found = queries.intercepts(house.run, 10, InterceptState.FOUND)
    assert [(row["serial"], row["state"], row["closed_at"] is None) for row in found] == [
        (second, "found", False),
        (first, "found", False),
    ]
    assert queries.intercepts(house.run, 10, InterceptState.GONE) == []
    assert found[0]["reason"] == "superseded by S2.2: jam"


def test_the_counts_agree_with_the_lists(house: House) -> None:
    """An alert rests on these numbers, and somebody goes and looks at the list."""
    assert queries.in_doubt(house.run) == InDoubt({}, 0, 0, 0)
    house.until_rendered(*(order(f"A-{n}") for n in range(6)))
    doubted(house)
    doubted(house)
    reprinted(house, doubted(house).serial)
    house.do(lambda tx: packmaking.make(tx, "pool", 2, MEI, house.epoch, 0))
    house.do(lambda tx: packmaking.make(tx, "pool", 2, MEI, house.epoch, 0))
    assert queries.in_doubt(house.run) == InDoubt({"zebra-1": 2}, 1, 2, 3)
    assert queries.unconfirmed_count(house.run) == len(listed(house)) == 5
    in_pack = listed(house, DoubtFilter(printer="pack-1/1"))
    scanned(house, in_pack[0])
    assert queries.in_doubt(house.run) == InDoubt({"zebra-1": 2}, 1, 2, 2)


@pytest.mark.parametrize("name", PLANNED)
def test_no_list_reads_every_attempt(house: House, name: str) -> None:
    """They are asked at every scrape, and attempts and intercepts are kept for ever."""
    house.until_printed(*(order(f"A-{n}") for n in range(20)))
    prepared: Prepared = vars(queries)[name]
    given = dict.fromkeys(re.findall(r":(\w+)", prepared.text), 1)
    house.connection.execute("ANALYZE")
    plan = [row[3] for row in house.connection.execute(f"EXPLAIN QUERY PLAN {prepared.text}", given)]
    open_alone = (" ix_intercept_open", " uq_pack_item_open_label")
    scans = [step for step in plan if step.startswith("SCAN") and not step.endswith(open_alone)]
    # Those that are answered are read from the newest on until there are enough: intercepts are few beside attempts.
    assert scans == (["SCAN intercept"] if name == "_ANSWERED" else []), plan
