"""Check digits against published numbers, and the arithmetic of ranges against a plain model."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from waybilld_carriers.numbered.wire import S10, Sscc, draw, gs1_check_digit, holds, joined, left, s10_check_digit

SPANS = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 12)), max_size=6).map(
    lambda pairs: [(first, first + length) for first, length in pairs]
)


def apart(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """The spans that do not overlap an earlier one, in their order."""
    kept: list[tuple[int, int]] = []
    for first, last in spans:
        if all(last < a or first > b for a, b in kept):
            kept.append((first, last))
    return kept


@pytest.mark.parametrize(
    ("serial", "check", "why"),
    [
        (47312482, 9, "https://en.wikipedia.org/wiki/S10_(UPU_standard): the worked example, RR473124829GB"),
        (0, 5, "by hand: sum 0, 11 - 0 = 11, which becomes 5"),
        (10000003, 4, "by hand: 1 * 8 + 3 * 7 = 29, 29 mod 11 = 7, 11 - 7 = 4"),
        (50, 0, "by hand: 5 * 9 = 45, 45 mod 11 = 1, 11 - 1 = 10, which becomes 0"),
    ],
)
def test_s10_check_digit(serial: int, check: int, why: str) -> None:
    """A wrong check digit makes every sorting machine refuse the parcel."""
    assert s10_check_digit(serial) == check, why
    assert S10("RR", "GB").number(serial) == f"RR{serial:08d}{check}GB"


@pytest.mark.parametrize(
    ("body", "check", "why"),
    [
        ("10614141234567890", 8, "GS1 EPC Tag Data Standard: urn:epc:id:sscc:0614141.1234567890 is 106141412345678908"),
        ("10614141123456789", 7, "by hand: 3 * 40 + 1 * 23 = 143, up to 150"),
        ("00000000000000000", 0, "by hand: sum 0"),
        ("00000000000000001", 7, "by hand: the last digit weighs 3"),
    ],
)
def test_gs1_check_digit(body: str, check: int, why: str) -> None:
    """A wrong check digit makes the goods receipt of every retailer refuse the pallet."""
    assert gs1_check_digit(body) == check, why
    assert Sscc(int(body[0]), body[1:8]).number(int(body[8:])) == f"{body}{check}"


@given(st.integers(0, 99_999_999), st.integers(0, 7), st.integers(1, 9))
def test_s10_notices_every_wrong_digit(serial: int, place: int, change: int) -> None:
    """A misread digit must not lead to another parcel. The standard's 10 -> 0 and 11 -> 5 leave two pairs alike."""
    scheme = S10("RR", "GB")
    number = scheme.number(serial)
    digit = (int(number[2 + place]) + change) % 10
    wrong = f"{number[: 2 + place]}{digit}{number[3 + place :]}"
    other = int(wrong[2:10])
    assert scheme.serial(number) == serial
    assert scheme.serial(wrong) in (None, other)
    if scheme.serial(wrong) is not None:
        weights = (8, 6, 4, 2, 3, 5, 9, 7)
        sums = {sum(w * int(d) for w, d in zip(weights, f"{n:08d}", strict=True)) % 11 for n in (serial, other)}
        assert sums in ({0, 6}, {1})


@given(st.integers(0, 9), st.text("0123456789", min_size=4, max_size=12), st.data())
def test_sscc_notices_every_wrong_digit(extension: int, prefix: str, data: st.DataObject) -> None:
    """A misread digit must not lead to another pallet."""
    scheme = Sscc(extension, prefix)
    serial = data.draw(st.integers(0, 10**scheme.digits - 1))
    place, change = data.draw(st.integers(0, 17)), data.draw(st.integers(1, 9))
    number = scheme.number(serial)
    wrong = f"{number[:place]}{(int(number[place]) + change) % 10}{number[place + 1 :]}"
    assert len(number) == 18
    assert scheme.serial(number) == serial
    assert scheme.serial(wrong) is None


@pytest.mark.parametrize("text", ["", "RR473124829DE", "RR473124820GB", "rr473124829GB", "RR４73124829GB", "1" * 18])
def test_foreign_text_is_not_ours(text: str) -> None:
    """A cancel of somebody else's number must not be taken for ours."""
    assert S10("RR", "GB").serial(text) is None
    assert Sscc(0, "0614141").serial(text) is None


@given(SPANS, SPANS, st.integers(0, 40))
def test_ranges_against_a_set(ranges: list[tuple[int, int]], used: list[tuple[int, int]], count: int) -> None:
    """The book of numbers is spans; a mistake of one at an end issues a number twice."""
    ranges, used = apart(ranges), joined(used, [])
    every = [serial for first, last in ranges for serial in range(first, last + 1)]
    gone = {serial for first, last in used for serial in range(first, last + 1)}
    free = [serial for serial in every if serial not in gone]
    assert left(ranges, used) == len(free)
    drawn = draw(ranges, used, count)
    assert drawn == free[:count]
    after = joined(used, drawn)
    assert {serial for first, last in after for serial in range(first, last + 1)} == gone | set(drawn)
    assert all(b + 1 < c for (_a, b), (c, _d) in pairwise(after))
    assert all(holds(after, serial) for serial in drawn)
