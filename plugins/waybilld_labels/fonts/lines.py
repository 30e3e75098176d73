"""Lines of text, set glyph by glyph at whole dots."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from waybilld_labels.fonts.glyphs import Font, Spread, Spreads, spreads


class Line(NamedTuple):
    """A line of text as one number, each row of it as wide as the page. Its pen begins `right` dots before the right edge;
    `near` and `far` are where its ink begins and ends, counted from the pen, and `foot` the row after its last one, counted
    from the baseline."""

    value: int
    right: int
    near: int
    far: int
    foot: int


_DESCENT = 0.25
"""Room under the baseline that most text keeps to, in em. Text that does not costs a shift more."""


@lru_cache(maxsize=512)
def line(text: str, of: Font, bits: int) -> Line | None:
    """A line for pages whose rows have so many bits, kept because goods come again on the next label; None where it is too
    long for them."""
    right = of.width(text) + of.size // 2
    if right > bits:
        return None
    shapes, value, foot = spreads(of, bits), 0, round(_DESCENT * of.size)
    pen = near = far = 0
    for shape, x in places(text, shapes):
        inked, _, _, low, wide, _, _ = shape
        pen = x + wide
        if x < near:
            near = x
        if pen > far:
            far = pen
        if low > foot:
            value <<= (low - foot) * bits
            foot = low
        value |= inked << ((foot - low) * bits + right - pen)
    return Line(value, right, near, far, foot) if right - near <= bits and far <= right else None


def places(text: str, shapes: Spreads) -> Iterator[tuple[Spread, int]]:
    """Each glyph with ink, and where its first column stands, counted from the pen at the beginning of the line."""
    pen = before = 0
    for char in text:
        shape = shapes[char]
        advance = shape[5]
        if shape[0]:
            # A combining mark goes over the middle of what it belongs to.
            yield shape, pen + shape[1] if advance else pen - (before + shape[4]) // 2
        pen += advance
        before = advance or before
