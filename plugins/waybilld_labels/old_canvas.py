"""A 1-bit page under the pen: boxes, lines, pictures and text at whole dots."""

from __future__ import annotations

from PIL import Image

from waybilld_labels.fonts.faces import Weight
from waybilld_labels.fonts.glyphs import ASCENT, font, glyph
from waybilld_labels.page.box import Box

INK = 0
PAPER = 255


class Canvas:
    """Draws into `image`, whose mode is "1" and whose width may exceed the page's by the padding to whole bytes."""

    __slots__ = ("image",)

    def __init__(self, image: Image.Image) -> None:
        self.image = image

    @classmethod
    def blank(cls, width: int, height: int) -> Canvas:
        """White paper of `width` x `height` dots, rows padded to whole bytes."""
        return cls(Image.new("1", (-(-width // 8) * 8, height), PAPER))

    def fill(self, box: Box, ink: int = INK) -> None:
        """Fill a box."""
        self.image.paste(ink, (box.left, box.top, box.right, box.bottom))

    def across(self, y: int, left: int, right: int, thick: int) -> None:
        """A horizontal rule whose upper edge is at `y`."""
        self.fill(Box(left, y, right, y + thick))

    def down(self, x: int, top: int, bottom: int, thick: int) -> None:
        """A vertical rule whose left edge is at `x`."""
        self.fill(Box(x, top, x + thick, bottom))

    def outline(self, box: Box, thick: int, ink: int = INK) -> None:
        """The edge of a box, drawn inwards."""
        self.fill(Box(box.left, box.top, box.right, box.top + thick), ink)
        self.fill(Box(box.left, box.bottom - thick, box.right, box.bottom), ink)
        self.fill(Box(box.left, box.top, box.left + thick, box.bottom), ink)
        self.fill(Box(box.right - thick, box.top, box.right, box.bottom), ink)

    def stamp(self, picture: Image.Image, left: int, top: int) -> None:
        """Put a picture whose ones are ink."""
        self.image.paste(INK, (left, top), picture)

    def text(self, text: str, left: int, top: int, weight: Weight, size: int, ink: int = INK) -> int:
        """One line whose em box begins at (`left`, `top`); returns the pen position after it."""
        of, baseline, pen = font(weight, size), top + round(ASCENT * size), left
        # A label has hundreds of glyphs, and Image.paste spends more time on checking than on pasting.
        paste = self.image.im.paste
        before = 0
        for char in text:
            shape = glyph(char, of)
            if shape.mask is not None:
                x, y = pen + shape.left, baseline + shape.top
                if not shape.advance:
                    # A combining mark goes over the middle of what it belongs to.
                    x = pen - (before + shape.width) // 2
                paste(ink, (x, y, x + shape.width, y + shape.height), shape.mask)
            pen += shape.advance
            before = shape.advance or before
        return pen
