"""A rectangle of dots."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in dots: left and top inside, right and bottom outside."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def width(self) -> int:
        """Dots from left to right."""
        return self.right - self.left

    @property
    def height(self) -> int:
        """Dots from top to bottom."""
        return self.bottom - self.top

    def inset(self, across: int, down: int | None = None) -> Box:
        """The box made smaller on all sides; `down` where top and bottom differ from left and right."""
        down = across if down is None else down
        return Box(self.left + across, self.top + down, self.right - across, self.bottom - down)
