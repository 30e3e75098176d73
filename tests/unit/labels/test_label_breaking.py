"""Line breaking with a font whose characters are all one dot wide, CJK two."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from waybilld_labels.text.breaking import elide, wrap


def dots(text: str) -> int:
    """Two for wide characters, none for marks, one for the rest."""
    return sum(0 if unicodedata.combining(char) else 1 + (unicodedata.east_asian_width(char) in "WF") for char in text)


@pytest.mark.parametrize(
    ("text", "room", "lines"),
    [
        ("深圳市南山区", 6, ("深圳市", "南山区")),
        ("深圳市，南山区", 6, ("深圳", "市，南", "山区")),
        ("收件（张三）", 6, ("收件", "（张", "三）")),
        ("12 Main Street", 8, ("12 Main", "Street")),
        ("南七道18号", 6, ("南七道", "18号")),
        ("abcdefghij", 4, ("abcd", "efgh", "ij")),
        ("e\u0316e\u0316e\u0316", 2, ("e\u0316e\u0316", "e\u0316")),
        ("字", 1, ("字",)),
        ("", 5, ()),
    ],
)
def test_wrap_table(text: str, room: int, lines: tuple[str, ...]) -> None:
    """A comma at the head of a line or a bracket at its end makes an address hard to read aloud."""
    assert wrap(text, room, dots) == lines


ADDRESSES = st.text(alphabet="深圳市南，。（）《》ab c12-/…é\u0316 ", max_size=60)


@given(ADDRESSES, st.integers(4, 30))
def test_wrap_loses_nothing(text: str, room: int) -> None:
    """A character lost at a line's end sends the parcel to another door."""
    lines = wrap(text, room, dots)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    assert all(dots(line) <= room for line in lines)
    assert all(line and line == line.strip(" ") for line in lines)


@given(ADDRESSES, st.integers(4, 30), st.integers(1, 4))
def test_wrap_stops_early_and_says_so(text: str, room: int, most: int) -> None:
    """An overflow that looks like a fit would be cut without anybody noticing."""
    whole, some = wrap(text, room, dots), wrap(text, room, dots, most)
    assert some == whole[: len(some)]
    assert (len(some) > most) == (len(whole) > most)


@given(ADDRESSES, st.integers(2, 30))
def test_elide_fits_and_shows_the_cut(text: str, room: int) -> None:
    """A cut title must look cut."""
    short = elide(text, room, dots)
    assert dots(short) <= room
    assert short == text or short.endswith("…")
