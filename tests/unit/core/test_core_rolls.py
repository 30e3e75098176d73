"""What is left of a roll: by the best measure there is, never more than there can be."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from waybilld.core.rolls import (
    Counters,
    Left,
    Load,
    Measured,
    Roll,
    carried,
    left,
    length_of,
    media_name,
    parse_length,
    parse_media,
    preflight,
    wrong_media,
)

PITCH = 153.0
KM = 1_000_000
AT = Counters("S1", 1000, 200_000)
HALF = "these 500 labels end 200 labels after the roll does"
FULL = Load(0, 150_000, PITCH, AT)


@pytest.mark.parametrize(
    ("now", "sent", "expected"),
    [
        (Counters("S1", 1010, 210_000), 3, Left(915, 140_000, Measured.LENGTH)),
        (Counters("S1", 1010, None), 3, Left(970, 148_470, Measured.ODOMETER)),
        (Counters("S1", None, None), 3, Left(977, 149_541, Measured.LABELS)),
        (Counters(), 3, Left(977, 149_541, Measured.LABELS)),
        # Another device behind the same name, or one whose board was changed: its counters say nothing of this roll.
        (Counters("S2", 1010, 210_000), 3, Left(977, 149_541, Measured.LABELS)),
        (Counters("S1", 5, 10), 3, Left(977, 149_541, Measured.LABELS)),
        (Counters("S1", 99_999, 99_999_999), 3, Left(0, 0, Measured.LENGTH)),
        # Whole kilometres stand still for 6,500 labels: a roll measured by them never ends.
        (Counters("S1", None, 1_000_000, 1_000_000), 3, Left(977, 149_541, Measured.LABELS)),
        (Counters("S1", 1010, 1_000_000, 1_000_000), 3, Left(970, 148_470, Measured.ODOMETER)),
        (Counters("S1", 1010, 210_000, 10), 3, Left(915, 140_000, Measured.LENGTH)),
    ],
)
def test_left_by_the_best_measure(now: Counters, sent: int, expected: Left) -> None:
    """A packer who trusts the figure must not run dry in the middle of a wave because a counter was read wrongly."""
    assert left(FULL, now, sent) == expected


@pytest.mark.parametrize(
    ("before", "now", "length_mm"),
    [
        (Counters("S1", 100, 50_000, 10), Counters("S1", 129), 50_000 + 29 * 153),
        (Counters("S1", 100, 50_000, 10), Counters("S1", 100), 50_000),
        (Counters("S1", 100, 50_000, 10), Counters("S1", 129, 54_500, 10), 54_500),
        (Counters("S1", 100, 50_000, 10), Counters("S2", 129), None),
        (Counters("S1", 100, 50_000, 10), Counters("S1", 90), None),
        (Counters("S1", None, 50_000, 10), Counters("S1", 129), None),
        (Counters("S1", 100, 2 * KM, KM), Counters("S1", 129), 2 * KM),
    ],
    ids=["labels-since", "same", "told", "another-device", "counter-back", "never-counted", "whole-kilometres"],
)
def test_a_length_keeps_up_with_the_count(before: Counters, now: Counters, length_mm: int | None) -> None:
    """The length is asked for once a minute and the count after each label: a stale one beside a new count shows a roll that
    does not get shorter, and then jumps."""
    assert carried(before, now, PITCH).length_mm == length_mm


def test_nobody_knows_what_nobody_said() -> None:
    """A roll that was seen but not told has no length: an invented full one would be believed."""
    assert left(None, AT, 0) is None
    assert left(Load(0, None, PITCH, AT), AT, 0) is None


@given(st.integers(1, 5000), st.floats(10, 400), st.integers(0, 6000))
def test_labels_come_back_as_they_were_told(labels: int, pitch: float, sent: int) -> None:
    """Five hundred labels put in are five hundred labels left, and each that comes out is one fewer, whatever the pitch."""
    load = Load(0, length_of(labels, pitch), pitch, Counters())
    found = left(load, Counters(), sent)
    assert found is not None
    assert abs(found.labels - max(0, labels - sent)) <= 1
    assert 0 <= found.length_mm <= length_of(labels, pitch)


@pytest.mark.parametrize(
    ("waiting", "rolls", "short", "told"),
    [
        (537, [Roll("a", 300), Roll("b", 200)], 37, "these 537 labels end 37 labels after the roll does"),
        (500, [Roll("a", 300), Roll("b", 200)], 0, ""),
        (1, [Roll("a", 0)], 1, "these 1 label end 1 label after the roll does"),
        (500, [Roll("a", None)], 0, ""),
        (500, [], 0, ""),
        (500, [Roll("a", 300), Roll("b", None)], 200, f"{HALF}, unless b has enough"),
    ],
)
def test_preflight(waiting: int, rolls: list[Roll], short: int, told: str) -> None:
    """Known before the wave, a change of roll takes a minute; found out in it, it stops the line."""
    found = preflight(waiting, rolls)
    assert (found.short, str(found)) == (short, told)


@pytest.mark.parametrize(
    ("text", "mm"), [("150m", 150_000), ("12.5 m", 12_500), ("450ft", 137_160), ("0.3km", 300_000), ("1500 MM", 1500)]
)
def test_lengths_as_people_write_them(text: str, mm: int) -> None:
    """Rolls are labelled in metres here and in feet there."""
    assert parse_length(text) == mm


@pytest.mark.parametrize("text", ["150", "m", "-3m", "0m", "11km", "1e9m", "１５０m", "150 metres", ""])
def test_lengths_that_are_none(text: str) -> None:
    """A number without its unit is off by a thousand for somebody."""
    with pytest.raises(ValueError, match=r"a length is|a roll is"):
        parse_length(text)


def test_media() -> None:
    """What a person types and what an adapter is configured with must be the same word, or each roll is a wrong one."""
    assert parse_media(" 100 x 150 mm ") == parse_media("100×150") == media_name((100.0, 150.0)) == "100x150"
    assert parse_media("101.6x152.4") == media_name((101.6, 152.4))
    assert parse_media("4x6in") == parse_media("4in x 6in") == "101.6x152.4"
    assert parse_media("10x15cm") == parse_media("100mmx150mm") == "100x150"
    for text in ("100", "0x150", "axb", "100x150x2", "4inx150mm", "4x6ft"):
        with pytest.raises(ValueError, match="media is width by height"):
            parse_media(text)
    assert wrong_media("100x180", "100x150")
    assert not wrong_media("", "100x150")
    assert wrong_media("4x6", "100x150"), "somebody meant inches"
    assert not wrong_media("101.6x152.4", "100x150"), "sold as the same"
    assert wrong_media("100x150", "101.6x152.4"), "the end of the print falls into the gap"
    assert not wrong_media("100x150", "")
