"""Text from outside: what may reach the pen."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from waybilld_labels.text.clean import FIELD_LIMIT, MARKS_LIMIT, clean


@pytest.mark.parametrize(
    ("given_text", "kept"),
    [
        ("张三", "张三"),
        ("  a \t b\r\nc  ", "a b c"),
        ("a\u3000b\u00a0c\u2028d\u2029e", "a b c d e"),
        ("\u3164\u115f\u1160\uffa0\u2800", ""),
        ("abc\u202egnp.exe", "abcgnp.exe"),
        ("\u2066x\u2069\u200b\u200d\ufeff\u00ad", "x"),
        ("nul\x00 esc\x1b del\x7f c1\x9b", "nul esc del c1"),
        ("half \ud83d pair \udc00", "half pair"),
        ("\ufdd0a\uffffb\U0010ffff", "ab"),
        ("e\u0301", "\u00e9"),
        ("e\u200d\u0301", "\u00e9"),
        ("葛\U000e0100城\ufe0f", "葛城"),
        ("＾ＸＺ～ＪＡ", "＾ＸＺ～ＪＡ"),
        ("\ue000\U000f0000", "\ue000\U000f0000"),
        ("^XZ~JA", "^XZ~JA"),
        ("", ""),
    ],
)
def test_clean_table(given_text: str, kept: str) -> None:
    """A bidi override on a label would show a packer another address than the one that was checked."""
    assert clean(given_text)[0] == kept


@given(st.text(alphabet=st.characters(exclude_categories=()), max_size=200))
def test_clean_output_is_safe(raw: str) -> None:
    """Whatever is typed, nothing invisible, no line break and no broken half character gets to the layout."""
    text, removed = clean(raw)
    assert unicodedata.is_normalized("NFC", text)
    assert not any(unicodedata.category(char) in {"Cc", "Cf", "Cs", "Zl", "Zp"} for char in text)
    assert not any(0xFDD0 <= ord(char) <= 0xFDEF or ord(char) % 0x10000 >= 0xFFFE for char in text)
    assert text == text.strip(" ")
    assert "  " not in text
    assert clean(text) == (text, 0)
    assert removed <= len(raw)
    marks = "".join("m" if unicodedata.category(char) in {"Mn", "Me"} else " " for char in text)
    assert max(map(len, marks.split(" "))) <= MARKS_LIMIT


def test_clean_bounds_the_work() -> None:
    """A megabyte of message must not cost a worker more than a long one."""
    assert clean("字" * 1_000_000) == ("字" * FIELD_LIMIT, 1_000_000 - FIELD_LIMIT)


@pytest.mark.parametrize(
    ("given_text", "removed"),
    [
        ("a\u202eb", 1),
        ("\u2067a\u202b\u200f\u061cb", 4),
        ("nul\x00 esc\x1b del\x7f c1\x9b", 4),
        ("half \ud83d pair \udc00", 2),
        ("\ufdd0a\uffffb\U0010ffff", 3),
        ("a" + "\u0301" * 30, 25),
        ("\u0e01" + "\u0e47" * 10, 6),
        ("字" + "\u20dd" * 5, 1),
        (" " * FIELD_LIMIT + "hidden", 6),
    ],
    ids=["override", "leftward", "controls", "halves", "noncharacters", "accents", "thai heap", "enclosed", "far behind"],
)
def test_what_was_taken_is_counted(given_text: str, removed: int) -> None:
    """Who compares the label with the order must know that they differ."""
    assert clean(given_text)[1] == removed


@pytest.mark.parametrize(
    "ordinary",
    [
        "谢谢❤\ufe0f 👨\u200d👩\u200d👧 1\ufe0f\u20e3",
        "soft\u00adhyphen zero\u200bwidth \ufeffmark",
        "two\tcolumns\r\nand a line\n",
        "\u202d+86 138 1234 5678\u202c",
        "\u2066isolated\u2069 \u200eleft",
        "葛\U000e0100城",
        "Nguy\u1ec5n Th\u1ecb \u01af\u01a1ng, " + unicodedata.normalize("NFD", "Nguy\u1ec5n"),
        "\u0e01\u0e33\u0e1b\u0e31\u0e49\u0e19 \u0e17\u0e35\u0e48\u0e2d\u0e22\u0e39\u0e48",
        "\u05d1\u05bc\u05b0\u05e8\u05b5\u05d0\u05e9\u05c1\u05b4\u0596\u05d9\u05ea",
        "\u0915\u094d\u0937\u0947\u0924\u094d\u0930",
    ],
    ids=["emoji", "invisible", "lines", "phone", "isolates", "selector", "vietnamese", "thai", "hebrew", "hindi"],
)
def test_ordinary_text_raises_no_alarm(ordinary: str) -> None:
    """A warning on every second label is a warning that nobody reads, and a pointed word loses no point."""
    text, removed = clean(ordinary)
    assert removed == 0
    assert sum(map(unicodedata.combining, text)) == sum(map(unicodedata.combining, unicodedata.normalize("NFC", ordinary)))
