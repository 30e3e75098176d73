"""Text from outside: what may reach the pen."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from waybilld_labels.text.clean import FIELD_LIMIT, clean


@pytest.mark.parametrize(
    ("given_text", "kept"),
    [
        ("张三", "张三"),
        ("  a \t b\r\nc  ", "a b c"),
        ("a\u3000b\u00a0c\u2028d\u2029e", "a b c d e"),
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
    assert clean(given_text) == kept


@given(st.text(alphabet=st.characters(exclude_categories=()), max_size=200))
def test_clean_output_is_safe(raw: str) -> None:
    """Whatever is typed, nothing invisible, no line break and no broken half character gets to the layout."""
    text = clean(raw)
    assert unicodedata.is_normalized("NFC", text)
    assert not any(unicodedata.category(char) in {"Cc", "Cf", "Cs", "Zl", "Zp"} for char in text)
    assert not any(0xFDD0 <= ord(char) <= 0xFDEF or ord(char) % 0x10000 >= 0xFFFE for char in text)
    assert text == text.strip(" ")
    assert "  " not in text
    assert clean(text) == text


def test_clean_bounds_the_work() -> None:
    """A megabyte of message must not cost a worker more than a long one."""
    assert len(clean("字" * 1_000_000)) == FIELD_LIMIT
