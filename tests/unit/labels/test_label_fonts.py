"""Font files: what they cover, and what happens where they cover nothing."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from waybilld_labels.fonts import faces as fonts
from waybilld_labels.fonts import glyphs
from waybilld_labels.fonts.cmap import FontFileError, read_coverage
from waybilld_labels.fonts.faces import Weight
from waybilld_sdk.errors import StopQueue


@pytest.mark.parametrize("char", "张𠮷㼆䶮𬭚aÅ×…，ｱ가")
def test_covered(char: str) -> None:
    """Rare characters stand in real names; the font was chosen because it has them."""
    assert ord(char) in fonts.coverage(Weight.REGULAR)


@pytest.mark.parametrize("char", "😀\ue000\U0010fffdעع\uffff")
def test_not_covered(char: str) -> None:
    """Believing that a glyph exists would print the font's own empty box without a finding."""
    assert ord(char) not in fonts.coverage(Weight.REGULAR)


@given(st.characters(exclude_categories=("Cs", "Cc")))
def test_coverage_agrees_with_the_rasteriser(char: str) -> None:
    """The reader of the character map and FreeType must see the same font: no glyph there, .notdef's mask here."""
    font = fonts.open_font(Weight.REGULAR, 24)
    notdef = font.getmask("\uffff", mode="1")
    mask = font.getmask(char, mode="1")
    if ord(char) not in fonts.coverage(Weight.REGULAR):
        assert (mask.size, bytes(mask)) == (notdef.size, bytes(notdef))


@pytest.mark.parametrize(
    "content", [b"", b"OTTO", b"ttcf" + struct.pack(">LL", 0x10000, 1), b"ttcf" + struct.pack(">LLL", 0x10000, 1, 12)]
)
def test_a_broken_font_file_is_named(tmp_path: Path, content: bytes) -> None:
    """A sysadmin must learn which file is broken, not read a struct error."""
    path = tmp_path / "broken.ttc"
    path.write_bytes(content)
    with pytest.raises(FontFileError, match=r"broken\.ttc: face 2 .* install the font again"):
        read_coverage(path, 2)


def test_a_missing_wheel_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the font nothing can be drawn; the message is the way out."""
    monkeypatch.setattr(fonts, "_WHEEL", "no_such_package_of_fonts")
    fonts.face.cache_clear()
    try:
        with pytest.raises(StopQueue, match="install the package noto-cjk-sans-otc"):
            fonts.face(Weight.REGULAR)
    finally:
        fonts.face.cache_clear()


def test_a_missing_glyph_is_a_crossed_box() -> None:
    """An open box reads as the character for mouth, 口; the cross cannot be read as anything."""
    font = glyphs.font(Weight.REGULAR, 40)
    box, mouth = glyphs.glyph("😀", font), glyphs.glyph("口", font)
    cross = box.mask
    assert (cross.width, cross.height) != (mouth.mask.width, mouth.mask.height)
    assert cross.picture().getpixel((cross.width // 2, cross.height // 2))
    assert glyphs.missing("a😀b😀") == 2


def test_bold_is_heavier_with_or_without_a_bold_file() -> None:
    """The carrier's name and the consignee's must stand out on a machine without Debian's bold font too."""
    regular, bold = (glyphs.glyph("国", glyphs.font(weight, 48)) for weight in Weight)
    assert _ink(bold) > 1.15 * _ink(regular)


def _ink(glyph: glyphs.Glyph) -> int:
    return sum(row.bit_count() for row in glyph.mask.rows)
