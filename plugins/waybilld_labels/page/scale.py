"""Millimetres of a template into dots of one printer."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Scale:
    """`factor` is the media's size against the template's design."""

    dots_per_mm: float
    factor: float = 1.0

    def dots(self, design_mm: float) -> int:
        """A length that grows and shrinks with the media; never under one dot, except that nothing stays nothing."""
        return max(1, round(design_mm * self.factor * self.dots_per_mm)) if design_mm else 0

    def exact(self, mm: float) -> int:
        """A length that a scanner or an eye sets, whatever the media."""
        return max(1, round(mm * self.dots_per_mm)) if mm else 0


def factor(design_mm: tuple[float, float], media_mm: tuple[float, float], limits: tuple[float, float]) -> float | None:
    """By how much a design scales to fill the media without leaving `limits`; None when even the smallest is too large.

    Half a millimetre is forgiven: stock is cut no better, and 4 x 6 in is 101.6 x 152.4 mm to one and 102 x 152 to another.
    """
    fitting = min((have + _FORGIVEN_MM) / want for have, want in zip(media_mm, design_mm, strict=True))
    if not fitting >= limits[0]:
        return None
    return min(limits[1], max(limits[0], min(have / want for have, want in zip(media_mm, design_mm, strict=True))))


_FORGIVEN_MM = 0.5
