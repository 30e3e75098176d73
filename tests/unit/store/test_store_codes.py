"""What a hand scanner reads: the QR code's serial, or the carrier's bar code, which every copy of a label shares."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from unit.store.store_house import House, order
from waybilld.core.runs import Person
from waybilld.core.scans import Scanned, Word
from waybilld.store import codes, copies, scans, schema
from waybilld.store.tx import Tx

MEI = Person(7001, "mei")


@pytest.fixture
def house(tmp_path: Path, empty_database: Path) -> Iterator[House]:
    """Two parcels whose labels are on paper: serials S1 and S2, waybills N000001 and N000002."""
    found = House(tmp_path, empty_database)
    found.until_printed(order("A-1"), order("A-2"))
    yield found
    found.close()


def put(house: House, table: str, row: int, **values: object) -> None:
    """Change a row by hand."""

    def unit(tx: Tx) -> None:
        with tx.entry("hand.made") as entry:
            entry.update(schema.metadata.tables[table], row, **values)

    house.do(unit)


@pytest.mark.parametrize("typed", ["S1", "S1\r", "N000001", "N000001\r\n", " N000001 ", "\tN000001"])
def test_both_codes_of_a_label_mean_it(house: House, typed: str) -> None:
    """The bar code is the largest thing on the label, and what every packer scans first."""
    assert codes.serial_of(house.run, typed) == "S1"


@pytest.mark.parametrize("typed", ["n000001", "N00000", "N0000011", "N000001 N000002", "N%", "", "W9"])
def test_what_is_no_code_of_ours_is_left_to_the_scan(house: House, typed: str) -> None:
    """A number that differs in a case or a digit is another carrier's parcel; nothing is guessed."""
    assert codes.serial_of(house.run, typed) == typed.strip()
    told = house.do(lambda tx: scans.scan(tx, typed, MEI, house.policies))
    assert (told.word, "no label of ours" in told.text) == (Word.STOP, True)


def test_a_number_on_two_pieces_of_paper_does_not_tell_which(house: House) -> None:
    """The copy in force and the one to be thrown away carry the same number: to guess would send the bad one out."""
    copy = house.do(lambda tx: copies.reprint(tx, "S1", "faint", MEI)).serial
    told = codes.serial_of(house.run, "N000001")
    assert isinstance(told, Scanned)
    assert told.word is Word.STOP
    assert told.text == f"waybill N000001 stands on S1 and on {copy}: scan the QR code, or type the serial beside it"
    assert codes.serial_of(house.run, "N000002") == "S2"
    house.do(lambda tx: scans.scan(tx, "S1", MEI, house.policies))
    assert codes.serial_of(house.run, "N000001") == copy


def test_two_carriers_may_count_alike(house: House) -> None:
    """Numbers are unique for an account alone."""
    put(house, "waybill", 2, number="N000001", account="other")
    told = codes.serial_of(house.run, "N000001")
    assert isinstance(told, Scanned)
    assert "stands on S1 and on S2" in told.text


def test_a_voided_waybill_goes_on_no_parcel(house: House) -> None:
    """The carrier turns it away, or charges for it twice."""
    put(house, "waybill", 1, state="voided")
    told = codes.serial_of(house.run, "N000001")
    assert isinstance(told, Scanned)
    assert (told.word, told.text) == (Word.STOP, "waybill N000001 is voided: put it aside")


def test_a_waybill_that_nobody_drew_yet(tmp_path: Path, empty_database: Path) -> None:
    """A label with its number must come from elsewhere."""
    house = House(tmp_path, empty_database)
    house.ingest(order())
    house.plan()
    house.buy()
    told = codes.serial_of(house.run, "N000001")
    assert isinstance(told, Scanned)
    assert "has no label yet" in told.text
    house.close()
