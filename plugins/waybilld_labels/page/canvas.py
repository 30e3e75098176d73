"""A 1-bit page under the pen: boxes, pictures and text at whole dots, and its packed rows.

Packing a page takes a third of the time that drawing a label on it does. So a canvas begins as the copy of a `Layer` whose
rows are packed already, notes which boxes were drawn into, and packs those rows alone.
"""

from __future__ import annotations

from dataclasses import dataclass

from PIL import Image

from waybilld_labels.fonts.faces import Weight
from waybilld_labels.fonts.glyphs import ASCENT, font, glyph
from waybilld_labels.page.box import Box

INK = 0
PAPER = 255
_NEAR = 6
"""Rows between two drawn bands that are cheaper to pack than to leave out."""


@dataclass(frozen=True, slots=True)
class Layer:
    """A drawn picture, rows padded to whole bytes with paper, and the same packed: 1 is ink. `width` is the page's, in dots,
    without the padding. Never drawn into."""

    image: Image.Image
    packed: bytes
    width: int


class Canvas:
    """Draws into `image`, whose mode is "1" and whose width may exceed the page's by the padding to whole bytes."""

    __slots__ = ("_below", "_drawn", "image")

    def __init__(self, below: Layer) -> None:
        self._below = below
        self._drawn: list[Box] = []
        self.image = below.image.copy()

    @classmethod
    def blank(cls, width: int, height: int) -> Canvas:
        """White paper of `width` x `height` dots, rows padded to whole bytes."""
        stride = -(-width // 8)
        return cls(Layer(Image.new("1", (stride * 8, height), PAPER), bytes(stride * height), width))

    def layer(self) -> Layer:
        """What has been drawn, to begin other canvases with."""
        return Layer(self.image.copy(), self.packed(), self._below.width)

    def packed(self) -> bytes:
        """The rows in whole bytes, the leftmost dot in the highest bit, 1 is ink, padding is 0."""
        if self._below.width < self.image.width:
            # A glyph may overhang its place; the padding of a row must stay white all the same.
            self.image.paste(PAPER, (self._below.width, 0, self.image.width, self.image.height))
        stride, below = self.image.width // 8, self._below.packed
        parts, done = [], 0
        for top, bottom in self._bands():
            parts.append(below[done * stride : top * stride])
            parts.append(self.image.crop((0, top, self.image.width, bottom)).tobytes("raw", "1;I"))
            done = bottom
        return b"".join((*parts, below[done * stride :]))

    def _bands(self) -> list[tuple[int, int]]:
        """The rows that were drawn into, as ascending (first, after) pairs that do not touch."""
        bands: list[tuple[int, int]] = []
        for top, bottom in sorted((max(0, box.top), min(self.image.height, box.bottom)) for box in self._drawn):
            if bands and top <= bands[-1][1] + _NEAR:
                bands[-1] = (bands[-1][0], max(bands[-1][1], bottom))
            elif bottom > top:
                bands.append((top, bottom))
        return bands

    def fill(self, box: Box, ink: int = INK) -> None:
        """Fill a box."""
        self.image.paste(ink, (box.left, box.top, box.right, box.bottom))
        self._drawn.append(box)

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

    def stamp(self, picture: Image.Image, left: int, top: int, ink: int = INK) -> None:
        """Put a picture whose ones are ink; its zeros leave what is there."""
        self.image.paste(ink, (left, top), picture)
        self._drawn.append(Box(left, top, left + picture.width, top + picture.height))

    def copy(self, picture: Image.Image, left: int, top: int) -> None:
        """Put a mode "1" picture, ink and paper, over what is there."""
        self.image.paste(picture, (left, top))
        self._drawn.append(Box(left, top, left + picture.width, top + picture.height))

    def text(self, text: str, left: int, top: int, weight: Weight, size: int, ink: int = INK) -> None:
        """One line whose em box begins at (`left`, `top`)."""
        of, baseline, pen = font(weight, size), top + round(ASCENT * size), left
        # A label has hundreds of glyphs, and Image.paste spends more time on checking than on pasting.
        paste = self.image.im.paste
        before = 0
        high, low = top, top + size
        near, far = left, left
        for char in text:
            shape = glyph(char, of)
            if shape.mask is not None:
                x, y = pen + shape.left, baseline + shape.top
                if not shape.advance:
                    # A combining mark goes over the middle of what it belongs to.
                    x = pen - (before + shape.width) // 2
                right, bottom = x + shape.width, y + shape.height
                paste(ink, (x, y, right, bottom), shape.mask)
                if y < high:
                    high = y
                if bottom > low:
                    low = bottom
                if x < near:
                    near = x
                if right > far:
                    far = right
            pen += shape.advance
            before = shape.advance or before
        self._drawn.append(Box(near, high, far, low))
