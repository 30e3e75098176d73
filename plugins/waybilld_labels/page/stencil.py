"""Pictures of ink alone, row by row as whole numbers.

A number is a row of dots, the rightmost dot in its lowest bit, 1 is ink. Rows of a page that follow each other are one
number too, so that a glyph is put on a page by one shift and one OR, whatever its size.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PIL import Image

_TURNED = {90: Image.Transpose.ROTATE_270, 180: Image.Transpose.ROTATE_180, 270: Image.Transpose.ROTATE_90}
"""Pillow turns against the clock, templates with it."""


@dataclass(frozen=True, slots=True)
class Stencil:
    """A picture of `width` dots; `rows` from top to bottom."""

    width: int
    rows: tuple[int, ...]

    @property
    def height(self) -> int:
        """Dots from top to bottom."""
        return len(self.rows)

    def clipped(self, before: int, after: int) -> Stencil:
        """Without so many columns on the left and on the right."""
        width = max(0, self.width - before - after)
        keep = (1 << width) - 1
        return Stencil(width, tuple([row >> after & keep for row in self.rows]))

    def picture(self) -> Image.Image:
        """The same in mode "1", ones are ink."""
        stride = -(-self.width // 8)
        pad = stride * 8 - self.width
        data = b"".join([(row << pad).to_bytes(stride) for row in self.rows])
        return Image.frombytes("1", (self.width, self.height), data)

    def turned(self, degrees: int) -> Stencil:
        """Turned with the clock by 90, 180 or 270 degrees."""
        return of_picture(self.picture().transpose(_TURNED[degrees]))


def of_picture(picture: Image.Image, *, ink: int = 1) -> Stencil:
    """A picture in mode "1" whose ones, or with `ink` 0 whose zeros, are ink."""
    return of_rows(picture.tobytes("raw", "1" if ink else "1;I"), picture.width)


def of_rows(data: bytes, width: int) -> Stencil:
    """Packed rows, each padded to whole bytes, the leftmost dot in the highest bit."""
    stride = -(-width // 8)
    pad = stride * 8 - width
    return Stencil(width, tuple([int.from_bytes(data[at : at + stride]) >> pad for at in range(0, len(data), stride)]))


def joined(rows: Sequence[int], stride: int) -> int:
    """Rows of at most `stride` bytes as one number, in which each takes `stride` bytes and the last one stands lowest."""
    return int.from_bytes(b"".join([row.to_bytes(stride) for row in rows]))
