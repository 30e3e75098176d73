"""How far the ink of a label goes, as far as that can be known without a printer's fonts and bar codes."""

from __future__ import annotations

from dataclasses import dataclass

from waybilld_labels.artwork.zpl.allowed import RULES
from waybilld_labels.artwork.zpl.parameters import SIZE


@dataclass(slots=True)
class Extent:
    """Grows with each command. A field counts with its origin, shapes and pictures with their size, and bar codes with the
    height of a row of theirs. Dots."""

    home: tuple[int, int] = (0, 0)
    right: int = 0
    bottom: int = 0
    _origin: tuple[int, int] | None = None
    _from_bottom: bool = False
    _leftwards: bool = False
    _turned: bool = False
    _bar_height: int = 10

    def add(self, name: str, values: list[str]) -> None:
        """Take a command with its parameters in."""
        numbers = [int(value) if value.isdecimal() else 0 for value in values]
        if name in {"FO", "FT"}:
            # ^FT without a place goes on where the text before ended, which only the printer knows.
            known = name == "FO" or any(values[:2])
            self._origin = (self.home[0] + numbers[0], self.home[1] + numbers[1]) if known else None
            self._from_bottom = name == "FT"
            self._leftwards = values[2] == "1"
            self.shape(0, 0)
        elif name == "FS":
            self._origin, self._from_bottom, self._leftwards = None, False, False
        elif name == "GB":
            thick = numbers[2] or 1
            self.shape(max(numbers[0], thick), max(numbers[1], thick))
        elif name == "GC":
            self.shape(numbers[0] or 3, numbers[0] or 3)
        elif name in {"GD", "GE"}:
            self.shape(numbers[0], numbers[1])
        elif name == "FW":
            self._turned = values[0] in {"R", "B"}
        elif name == "BY":
            self._bar_height = numbers[2] or self._bar_height
        elif name.startswith("B"):
            self._bars(name, values)

    @property
    def corner(self) -> tuple[int, int] | None:
        """Where the top left corner of a picture in this field stands; None where that depends on more."""
        if self._from_bottom or self._leftwards:
            return None
        return self._origin or self.home

    def _bars(self, name: str, values: list[str]) -> None:
        parameters = RULES[name].parameters or ()
        high = next((int(v) if v else self._bar_height for p, v in zip(parameters, values, strict=True) if p is SIZE), 0)
        turned = values[0] in {"R", "B"} if values[0] else self._turned
        self.shape(*((high, 0) if turned else (0, high)))

    def shape(self, width: int, height: int) -> None:
        """Ink of this size in the field that is open."""
        x, y = self._origin or self.home
        self.right = max(self.right, x if self._leftwards else x + width)
        self.bottom = max(self.bottom, y if self._from_bottom else y + height)
