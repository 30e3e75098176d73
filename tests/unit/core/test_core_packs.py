"""Packs as values: what people write of numbers, and which page stands for a label."""

from __future__ import annotations

import pytest

from waybilld.core.packs import Item, Mark, Unclear, check_off, page_for, printer_of, ranges, strip, verdicts

OPEN = dict.fromkeys(range(1, 31), Mark.OPEN)


def told(printed: str = "", spoiled: str = "", unused: str = "") -> dict[Mark, str]:
    """What somebody says."""
    return {Mark.PRINTED: printed, Mark.SPOILED: spoiled, Mark.UNUSED: unused}


def test_numbers_as_people_write_them() -> None:
    """With blanks, with a comma too many: the sheet is read by somebody in a hurry."""
    assert ranges(" 1-20, 22 ,25 - 26,") == [(1, 20), (22, 22), (25, 26)]
    assert ranges("") == []


@pytest.mark.parametrize("text", ["1-", "-3", "x", "1.5", "1–3", "1-2-3", "１", "1 2", "20-1", "9999999999"])
def test_what_is_no_number_is_told(text: str) -> None:
    """A misread range would call labels printed that nobody has."""
    with pytest.raises(Unclear):
        ranges(text)


def test_what_is_not_named_stays_open() -> None:
    """The promise of the sheet: silence is no evidence."""
    found = verdicts(OPEN, told("1-20,22", "21", "23-25"))
    assert [number for number, mark in found.items() if mark is Mark.PRINTED] == [*range(1, 21), 22]
    assert (found[21], found[23], 26 in found) == (Mark.SPOILED, Mark.UNUSED, False)


def test_all_is_what_is_open_and_not_named_otherwise() -> None:
    """`--spoiled 7 --printed all` is what a person says after a good run."""
    marks = OPEN | {3: Mark.UNUSED}
    found = verdicts(marks, told("all", "7"))
    assert (found[7], found[8], 3 in found, len(found)) == (Mark.SPOILED, Mark.PRINTED, False, 29)


def test_told_twice_is_told_once() -> None:
    """A request that is repeated after a lost answer must not be refused, and must not settle anything anew."""
    marks = OPEN | {1: Mark.PRINTED}
    assert verdicts(marks, told("1-2")) == {2: Mark.PRINTED}
    assert verdicts(marks, told("1")) == {}


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (told("1-31"), "the pack has the numbers 1 to 30, and no 31"),
        (told("0"), "no 0"),
        (told("1-999999999"), "no 999999999"),
        (told("1-5", "5"), "number 5 is named as printed and as spoiled"),
        (told(unused="2"), "number 2 is settled already: it was printed"),
        (told("all", unused="all"), "printed and unused cannot both be all"),
        (told(), "name the numbers"),
        (told("31", "1,2"), "no 31; number 2 is settled already: it was printed"),
    ],
)
def test_what_does_not_add_up_is_told_as_a_whole(given: dict[Mark, str], said: str) -> None:
    """Half a sheet taken over is worse than none: nobody would know which half."""
    with pytest.raises(Unclear) as raised:
        verdicts(OPEN | {2: Mark.PRINTED}, given)
    assert said in str(raised.value)


def test_a_pack_has_one_resolution_the_finest_of_its_first_label() -> None:
    """A page at another one would come out smaller or larger than its label."""
    pages = [(5, "8/100x150"), (6, "11.811/100x150")]
    assert page_for(pages, None) == (6, 11.811)
    assert page_for(pages, 8.0) == (5, 8.0)
    assert page_for(pages[:1], 11.811) is None


def test_no_printer_of_a_configuration_is_called_so() -> None:
    """Else a lane would take a pack's attempt for its own."""
    assert printer_of(3, 7) == "pack-3/7"


def test_the_sheet_tells_nothing_of_people() -> None:
    """It hangs at the bench: number, serial, waybill, shipment."""
    item = Item(7, "W0000017.1", "RR000000017GB", 17)
    sheet = check_off(3, "bench", [item], 8.0)
    (line,) = sheet.lines
    assert (line.quantity, line.sku, line.title, line.bin) == (7, "W0000017.1", "RR000000017GB", "17")
    below = strip(3, item, 800, 8.0)
    assert (below.media_mm, below.batch, below.sequence, below.serial) == ((100.0, 12.0), "3", "7", "W0000017.1")
