"""The journal's tail and the gauges that live on it: what a dashboard shows must be what stands in the database."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from support.services_house import House
from waybilld.core.lifecycle import Event
from waybilld.services.meters import Meters
from waybilld.services.tail import StateMeters, Tail
from waybilld.store import schema, shipments
from waybilld.store.journal import Line
from waybilld.store.tx import Tx


@pytest.fixture
def house() -> Iterator[House]:
    house = House()
    yield house
    house.close()


def gauge(meters: Meters, line: str) -> float | None:
    """One sample of the exposition."""
    for text in meters.exposition().decode().splitlines():
        if text.startswith(line + " "):
            return float(text.rsplit(" ", 1)[1])
    return None


def metered(house: House) -> StateMeters:
    """Gauges on a running tail."""
    meters = StateMeters(house.meters)
    house.wait(house.store.read(meters.load))
    house.wait(Tail(house.store, house.clock, [meters]).start())
    return meters


def block(tx: Tx, shipment: int, code: str) -> None:
    with tx.entry("case.opened", shipment=shipment, code=code) as entry:
        shipments.open_case(entry, tx, shipment, code, "look at it", blocking=True)


def test_every_entry_arrives_once_in_order_after_its_commit(house: House) -> None:
    """Notices, reports and the console feed on it: a gap is a parcel that nobody hears of."""
    heard: list[int] = []

    def listen(lines: object) -> None:
        assert isinstance(lines, list)
        heard.extend(line.seq for line in lines if isinstance(line, Line))

    tail = Tail(house.store, house.clock, [listen])
    house.wait(tail.start())
    began = house.rows("journal")[-1]["seq"]
    for number in range(3):
        house.ingest(number * 300 + 1)
        house.turn(0.05)
    house.turn(2)
    assert heard == [entry["seq"] for entry in house.rows("journal") if entry["seq"] > began]
    house.wait(tail.stop())


def test_states_are_counted_at_start_and_followed(house: House) -> None:
    """A gauge that drifts from the database sends people to look for parcels that are not there."""
    house.ingest(3)
    metered(house)
    assert gauge(house.meters, 'waybilld_shipments{state="received"}') == 3
    house.ingest(5)
    house.turn(1)
    assert gauge(house.meters, 'waybilld_shipments{state="received"}') == 5

    def accept(tx: Tx) -> None:
        seen = shipments.load(tx.run, 1)
        shipments.step(tx, seen, Event.CHECKED, house.policies)

    house.write(accept)
    house.turn(1)
    assert gauge(house.meters, 'waybilld_shipments{state="received"}') == 4
    assert gauge(house.meters, 'waybilld_shipments{state="accepted"}') == 1
    assert gauge(house.meters, "waybilld_journal_entries") == len(house.rows("journal"))


def test_blocked_shipments_are_counted_at_start_and_followed(house: House) -> None:
    """"Why does nothing come out" is the first question of a morning; a gauge from last night's start answers it wrongly."""
    house.ingest(3)
    house.write(lambda tx: block(tx, 1, "order-changed"))
    metered(house)
    assert gauge(house.meters, "waybilld_shipments_blocked") == 1
    house.write(lambda tx: block(tx, 2, "order-changed"))
    house.write(lambda tx: block(tx, 2, "order-cancelled"))
    house.turn(1)
    assert gauge(house.meters, "waybilld_shipments_blocked") == 2

    def close(tx: Tx, shipment: int) -> None:
        with tx.entry("case.closed", shipment=shipment) as entry:
            shipments.close_cases(entry, tx, shipment)

    house.write(lambda tx: close(tx, 1))
    house.turn(1)
    assert gauge(house.meters, "waybilld_shipments_blocked") == 1
    house.write(lambda tx: close(tx, 2))
    house.turn(1)
    assert gauge(house.meters, "waybilld_shipments_blocked") == 0


def test_a_case_that_does_not_block_is_not_counted(house: House) -> None:
    """A warning keeps no parcel."""
    house.ingest(1)
    metered(house)

    def warn(tx: Tx) -> None:
        with tx.entry("case.opened", shipment=1) as entry:
            shipments.open_case(entry, tx, 1, "order-old", "is this an old export?", blocking=False)
            entry.update(schema.case, 1, owner="nobody")

    house.write(warn)
    house.turn(1)
    assert gauge(house.meters, "waybilld_shipments_blocked") == 0
