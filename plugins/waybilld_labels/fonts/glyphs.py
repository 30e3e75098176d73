"""1-bit glyph masks and advance widths, made once per (weight, size, character) and kept in bounded caches.

Text is placed character by character at whole dots: a 1-bit glyph has no position in between, and the labels' scripts (Han,
kana, Hangul syllables, Latin) need no shaping across characters.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from PIL import Image, ImageDraw, ImageFont

from waybilld_labels.fonts.faces import Weight, coverage, face, open_font
from waybilld_labels.page.stencil import Stencil, joined, of_picture

ASCENT = 0.88
"""Distance of the baseline from the top of the em box, in em: the CJK em box of Noto Sans CJK (OS/2 sTypoAscender 880)."""

_UNITS_PER_EM = 1000
_MISSING_ADVANCE = 760
_SMEAR_DIVISOR = 28
"""A bold stroke of Noto Sans CJK is about 1/28 em wider than a regular one."""

_GLYPHS_KEPT_BYTES = 24 << 20
"""What spread glyphs may take together: 8,000 at 8 dots/mm on media 100 mm wide, 4,000 at 12."""

_OPEN_FILES_KEPT = 8
"""Each takes 20 MB of address space and 1 MB of memory; opening one again takes half a millisecond, for new glyphs only."""

_ADVANCES_KEPT = 4096
_FONTS_KEPT = 64


@dataclass(frozen=True, slots=True)
class Glyph:
    """`mask` stamped at (pen + `left`, baseline + `top`) draws the character; it is 0 dots wide for a blank."""

    mask: Stencil
    left: int
    top: int
    advance: int


class Spread(NamedTuple):
    """A glyph as one number, each row of it as wide as the page: 0 for a blank. `top` and `foot`, the row after the last
    one, count from the baseline."""

    value: int
    left: int
    top: int
    foot: int
    width: int
    advance: int
    char: str


class Spreads(dict[str, Spread]):
    """The glyphs of one font for pages whose rows have `bits` bits, a multiple of 8; each made when first asked for."""

    def __init__(self, of: Font, bits: int) -> None:
        super().__init__()
        self._font, self._bits = of, bits

    def __missing__(self, char: str) -> Spread:
        found = glyph(char, self._font)
        mask = found.mask
        _shelf.make_room(mask.height * self._bits // 8)
        # A glyph that is wider than the page is always drawn clipped, and never from here.
        value = joined(mask.rows, self._bits // 8) if 0 < mask.width <= self._bits else int(bool(mask.width))
        made = Spread(value, found.left, found.top, found.top + mask.height, mask.width, found.advance, char)
        self[char] = made
        return made


class _Shelf(dict[tuple["Font", int], Spreads]):
    """All spread glyphs, under one bound of memory. Where it is reached, all are made anew: that is rare, and costs less
    than to know at every character which were used last."""

    _bytes = 0

    def __missing__(self, key: tuple[Font, int]) -> Spreads:
        if len(self) >= _FONTS_KEPT:
            self._empty()
        self[key] = made = Spreads(*key)
        return made

    def make_room(self, taken: int) -> None:
        """Reckon with so many bytes more."""
        if self._bytes + taken > _GLYPHS_KEPT_BYTES:
            self._empty()
        self._bytes += taken

    def _empty(self) -> None:
        self._bytes = 0
        for one in self.values():
            one.clear()
        self.clear()


_shelf = _Shelf()


def spreads(of: Font, bits: int) -> Spreads:
    """The glyphs of a font for pages whose rows have so many bits."""
    return _shelf[of, bits]


class Font:
    """A weight at a size in dots per em. Compares by identity, which makes it a cheap key: get it from `font`."""

    __slots__ = ("_advances", "size", "weight")

    def __init__(self, weight: Weight, size: int) -> None:
        self.weight = weight
        self.size = size
        self._advances = _Advances(weight, size)

    def width(self, text: str) -> int:
        """Dots that `text` takes on one line."""
        return sum(map(self._advances.__getitem__, text))


class _Advances(dict[str, int]):
    """Dots from the pen position of a character to the next one, worked out when first asked for."""

    def __init__(self, weight: Weight, size: int) -> None:
        super().__init__()
        self._weight, self._size = weight, size

    def __missing__(self, char: str) -> int:
        if len(self) >= _ADVANCES_KEPT:
            self.clear()
        self[char] = dots = (_units(char, self._weight) * self._size + _UNITS_PER_EM // 2) // _UNITS_PER_EM
        return dots


@lru_cache(maxsize=_FONTS_KEPT)
def font(weight: Weight, size: int) -> Font:
    """The font of a weight and a size in dots per em."""
    return Font(weight, size)


def missing(text: str) -> int:
    """How many characters of `text` the font has no glyph for; they are drawn as crossed boxes."""
    if _drawable.issuperset(text):
        return 0
    covered = coverage(Weight.REGULAR)
    _drawable.update(char for char in set(text) if ord(char) in covered)
    return sum(char not in _drawable for char in text)


_drawable: set[str] = set()
"""Characters known to be covered; never more than the font has."""


def glyph(char: str, of: Font) -> Glyph:
    """The mask of one character; a crossed box where the font has none (a plain box would read as the character 口)."""
    step = of.width(char)
    if ord(char) not in coverage(of.weight):
        return _crossed_box(of.size, step)
    opened = _opened(of.weight, of.size)
    left, top, right, bottom = (int(edge) for edge in opened.getbbox(char, mode="1", anchor="ls"))
    if right <= left or bottom <= top:
        return Glyph(_BLANK, 0, 0, step)
    mask = Image.new("1", (right - left, bottom - top), 0)
    pen = ImageDraw.Draw(mask)
    pen.fontmode = "1"
    pen.text((-left, -top), char, fill=1, font=opened, anchor="ls")
    return _glyph(_smeared(mask, of.size) if face(of.weight).smear else mask, left, top, step)


@lru_cache(maxsize=8192)
def _units(char: str, weight: Weight) -> int:
    """Advance width in thousandths of an em."""
    if ord(char) not in coverage(weight):
        return _MISSING_ADVANCE
    units = round(_ruler(weight).getlength(char))
    # Thickened letters would touch; full-width characters have air enough, and combining marks take no room.
    return units + _UNITS_PER_EM // _SMEAR_DIVISOR if face(weight).smear and 0 < units < _UNITS_PER_EM else units


@lru_cache(maxsize=2)
def _ruler(weight: Weight) -> ImageFont.FreeTypeFont:
    return open_font(weight, _UNITS_PER_EM)


@lru_cache(maxsize=_OPEN_FILES_KEPT)
def _opened(weight: Weight, size: int) -> ImageFont.FreeTypeFont:
    return open_font(weight, size)


def _smeared(mask: Image.Image, size: int) -> Image.Image:
    extra = max(1, round(size / _SMEAR_DIVISOR))
    wide = Image.new("1", (mask.width + extra, mask.height), 0)
    for shift in range(extra + 1):
        wide.paste(1, (shift, 0), mask)
    return wide


def _crossed_box(size: int, step: int) -> Glyph:
    side, height = max(3, step - size // 10), max(3, round(size * 0.8))
    mask = Image.new("1", (side, height), 0)
    pen = ImageDraw.Draw(mask)
    stroke = max(1, size // 20)
    pen.rectangle((0, 0, side - 1, height - 1), outline=1, width=stroke)
    pen.line((0, 0, side - 1, height - 1), fill=1, width=stroke)
    pen.line((0, height - 1, side - 1, 0), fill=1, width=stroke)
    return _glyph(mask, size // 20, -height + size // 20, step)


def _glyph(mask: Image.Image, left: int, top: int, step: int) -> Glyph:
    return Glyph(of_picture(mask), left, top, step)


_BLANK = Stencil(0, ())
