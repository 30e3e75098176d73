"""The gauge: marks from which a tenth of a millimetre is read with an ordinary ruler.

A vernier whose main scale is the ruler itself. The ruler's 0 lies on the edge of the paper; the marks stand 1.1 mm apart, so
that only one of them meets the ruler at the very millimetre that is its own number. Each mark on from the middle one means a
tenth of a millimetre.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

_PITCH_MM = 1.1


@dataclass(frozen=True, slots=True)
class Mark:
    """One mark, `at_mm` from the page's edge. It means that the paper's edge lies `reads` tenths of a millimetre inside the
    page, and says so by meeting the ruler at `ruler_mm`."""

    at_mm: float
    ruler_mm: int
    reads: int


@dataclass(frozen=True, slots=True)
class Gauge:
    """Marks around the middle one, which stands `middle_mm` from the page's edge, `reach` to each side."""

    middle_mm: int
    reach: int

    def marks(self) -> Iterator[Mark]:
        """From the page's edge on."""
        for tenths in range(-self.reach, self.reach + 1):
            yield Mark(self.middle_mm + _PITCH_MM * tenths, self.middle_mm + tenths, tenths)


ACROSS = Gauge(middle_mm=30, reach=20)
"""For the left edge: 8 to 52 mm, and 2 mm either way."""

DOWN = Gauge(middle_mm=60, reach=20)
"""For the top edge, below everything that stands over the whole width."""
