"""A 1-bit page under the pen: boxes, pictures and text at whole dots.

The page is its packed rows from the beginning, and what is drawn is put on whole rows at once: with a byte for each dot, a
page would take longer to pack than to draw.
"""

from __future__ import annotations

from dataclasses import dataclass

from waybilld_labels.fonts.faces import Weight
from waybilld_labels.fonts.glyphs import ASCENT, font, glyph, spreads
from waybilld_labels.fonts.lines import line, places
from waybilld_labels.page.box import Box
from waybilld_labels.page.stencil import Stencil, joined, of_rows

INK = 1
PAPER = 0


@dataclass(frozen=True, slots=True)
class Layer:
    """A drawn page: its packed rows, padded to whole bytes with paper; 1 is ink. Sizes in dots."""

    rows: bytes
    width: int
    height: int


class Canvas:
    """Draws on top of a layer. What leaves the page is lost."""

    __slots__ = ("_bits", "_inked", "_rows", "_stride", "height", "width")

    def __init__(self, below: Layer) -> None:
        self.width, self.height = below.width, below.height
        self._stride = -(-below.width // 8)
        self._bits = self._stride * 8
        self._rows = bytearray(below.rows)
        self._inked: dict[int, int] = {}
        """Ink that is still to be put on the rows: the row below it, and all its rows as one number."""

    @classmethod
    def blank(cls, width: int, height: int) -> Canvas:
        """White paper of `width` x `height` dots."""
        return cls(Layer(bytes(-(-width // 8) * height), width, height))

    def packed(self) -> bytes:
        """The rows in whole bytes, the leftmost dot in the highest bit, 1 is ink, padding is 0."""
        self._settle()
        return bytes(self._rows)

    def layer(self) -> Layer:
        """What has been drawn, to begin other canvases with."""
        return Layer(self.packed(), self.width, self.height)

    def stencil(self) -> Stencil:
        """What has been drawn, to be put on another page."""
        return of_rows(self.packed(), self.width)

    def fill(self, box: Box, ink: int = INK) -> None:
        """Fill a box."""
        left, top = max(0, box.left), max(0, box.top)
        width, height = min(self.width, box.right) - left, min(self.height, box.bottom) - top
        if width > 0 and height > 0:
            row = ((1 << width) - 1) << (self._bits - left - width)
            self._mark(top + height, int.from_bytes(row.to_bytes(self._stride) * height), ink)

    def outline(self, box: Box, thick: Box, ink: int = INK) -> None:
        """The edges of a box, drawn inwards, each as thick as `thick` says for its side."""
        for edge in (
            Box(box.left, box.top, box.right, box.top + thick.top),
            Box(box.left, box.bottom - thick.bottom, box.right, box.bottom),
            Box(box.left, box.top, box.left + thick.left, box.bottom),
            Box(box.right - thick.right, box.top, box.right, box.bottom),
        ):
            if edge.width > 0 and edge.height > 0:
                self.fill(edge, ink)

    def stamp(self, picture: Stencil, left: int, top: int, ink: int = INK) -> None:
        """Put the ink of a picture on the page, in `ink`."""
        over = left + picture.width - self.width
        if left < 0 or over > 0:
            picture = picture.clipped(max(0, -left), max(0, over))
            left = max(0, left)
        if picture.width:
            value = joined(picture.rows, self._stride) << (self._bits - left - picture.width)
            self._mark(top + picture.height, value, ink)

    def copy(self, picture: Stencil, left: int, top: int) -> None:
        """Put a picture, ink and paper, over what is there."""
        self.fill(Box(left, top, left + picture.width, top + picture.height), PAPER)
        self.stamp(picture, left, top)

    def text(self, text: str, left: int, top: int, weight: Weight, size: int, ink: int = INK) -> None:
        """One line whose em box begins at (`left`, `top`)."""
        of, baseline = font(weight, size), top + round(ASCENT * size)
        found = line(text, of, self._bits)
        if found is None or left + found.near < 0 or left + found.far > self.width:
            for shape, x in places(text, spreads(of, self._bits)):
                self.stamp(glyph(shape.char, of).mask, left + x, baseline + shape.top, ink)
            return
        shift = self._bits - left - found.right
        self._mark(baseline + found.foot, found.value << shift if shift >= 0 else found.value >> -shift, ink)

    def _mark(self, foot: int, value: int, ink: int) -> None:
        """Draw rows, of which the lowest stands above row `foot`."""
        if foot > self.height:
            value >>= (foot - self.height) * self._bits
            foot = self.height
        if foot <= 0 or not value:
            return
        if ink == INK:
            self._inked[foot] = self._inked.get(foot, 0) | value
        else:
            self._settle()
            self._put(foot, value, ink)

    def _settle(self) -> None:
        for foot, value in self._inked.items():
            self._put(foot, value, INK)
        self._inked.clear()

    def _put(self, foot: int, value: int, ink: int) -> None:
        rows = -(-value.bit_length() // self._bits)
        if rows > foot:
            value &= (1 << foot * self._bits) - 1
            rows = foot
        start, end = (foot - rows) * self._stride, foot * self._stride
        have = int.from_bytes(self._rows[start:end])
        have = have | value if ink == INK else have & ~value
        self._rows[start:end] = have.to_bytes(end - start)
