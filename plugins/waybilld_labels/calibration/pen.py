"""Draws in millimetres, without scaling: what stands on a ruler is where it says."""

from __future__ import annotations

from waybilld_labels.fonts.faces import Weight
from waybilld_labels.fonts.glyphs import font
from waybilld_labels.page.box import Box
from waybilld_labels.page.canvas import Canvas
from waybilld_labels.text.breaking import elide, wrap

_HAIR_MM = 0.15
_LEADING = 1.25


class Pen:
    """A canvas with lengths in millimetres from its left and top edge."""

    def __init__(self, media_mm: tuple[float, float], dots_per_mm: float) -> None:
        self.width_mm, self.height_mm = media_mm
        self.dots_per_mm = dots_per_mm
        self.canvas = Canvas.blank(*(round(mm * dots_per_mm) for mm in media_mm))
        self.hair = max(1, round(_HAIR_MM * dots_per_mm))
        """Dots of a line that is read: at 203 dpi the thinnest that prints, and about as thick on finer heads."""

    def dots(self, mm: float) -> int:
        """A length in whole dots."""
        return round(mm * self.dots_per_mm)

    def box(self, left: float, top: float, right: float, bottom: float) -> None:
        """A filled box; at least a hair each way."""
        x, y = self.dots(left), self.dots(top)
        self.canvas.fill(Box(x, y, max(x + self.hair, self.dots(right)), max(y + self.hair, self.dots(bottom))))

    def upright(self, x: float, top: float, bottom: float) -> None:
        """A hair whose middle stands at `x`."""
        left = self._before(x)
        self.canvas.fill(Box(left, self.dots(top), left + self.hair, self.dots(bottom)))

    def level(self, y: float, left: float, right: float) -> None:
        """A hair whose middle stands at `y`."""
        top = self._before(y)
        self.canvas.fill(Box(self.dots(left), top, self.dots(right), top + self.hair))

    def _before(self, mm: float) -> int:
        """Where a hair begins. Halves go one way, so that the lines of a scale stand equally far apart."""
        return int(mm * self.dots_per_mm - self.hair / 2 + 0.5)

    def text(
        self, text: str, x: float, y: float, size: float, *, bold: bool = False, align: float = 0, most: float | None = None
    ) -> None:
        """One line whose em box begins `y` mm down; `align` is the part of its length that stands left of `x`. `most` is how
        long it may be: what goes beyond is shortened."""
        weight, dots = Weight.BOLD if bold else Weight.REGULAR, self.dots(size)
        measure = font(weight, dots).width
        if most is not None:
            text = elide(text, self.dots(most), measure)
        self.canvas.text(text, self.dots(x) - round(measure(text) * align), self.dots(y), weight, dots)

    def lines(self, text: str, x: float, y: float, size: float, width: float, *, bold: bool = False) -> float:
        """Text broken into lines of at most `width`; where the next line would begin."""
        weight, dots = Weight.BOLD if bold else Weight.REGULAR, self.dots(size)
        for line in wrap(text, self.dots(width), font(weight, dots).width):
            self.text(line, x, y, size, bold=bold)
            y += size * _LEADING
        return y
