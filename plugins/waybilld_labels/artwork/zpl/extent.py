"""How far the ink of a label goes, as far as that can be known without a printer's fonts and bar codes."""

from __future__ import annotations

from dataclasses import dataclass, field

from waybilld_labels.artwork.zpl.allowed import RULES
from waybilld_labels.artwork.zpl.bars import least_bars
from waybilld_labels.artwork.zpl.parameters import TURN
from waybilld_labels.artwork.zpl.typeface import POWER_UP, Font, Letters, Lines

UPRIGHT = "N"
_SIDEWAYS = frozenset({"R", "B"})


@dataclass(slots=True)
class _Field:
    """What was said since the last `^FS`."""

    origin: tuple[int, int] | None = None
    from_bottom: bool = False
    leftwards: bool = False
    font: Font | None = None
    turn: str = ""
    setting: Lines | Letters | None = None
    block: int = 0
    bars: tuple[str, list[str]] | None = None
    text: str | None = None
    placed: bool = False


@dataclass(slots=True)
class Extent:
    """Grows with each command. A field counts with its origin; shapes and pictures with their size; text with the height of
    its lines and bar codes with their least height, whichever way they are turned. Dots."""

    right: int = 0
    bottom: int = 0
    _home: tuple[int, int] = (0, 0)
    _turn: str = UPRIGHT
    _font: Font = POWER_UP
    _module: int = 2
    _bar_height: int = 10
    _field: _Field = field(default_factory=_Field)

    @property
    def in_field(self) -> bool:
        """Whether a field has its place and not its end."""
        return self._field.placed

    @property
    def corner(self) -> tuple[int, int] | None:
        """Where the top left corner of a picture in this field stands; None where that depends on more."""
        if self._field.from_bottom or self._field.leftwards:
            return None
        return self._field.origin or self._home

    def home(self, x: int, y: int) -> None:
        """`^LH`: later fields count from there. It must stand in the room itself, or nothing behind it can."""
        self._home = (x, y)
        self._to(x + 1, y + 1)

    def text(self, data: str) -> None:
        """The open field's data, escapes resolved."""
        self._field.text = (self._field.text or "") + data
        self._drawn()

    def shape(self, width: int, height: int) -> None:
        """Ink of this size in the field that is open."""
        x, y = self._field.origin or self._home
        self._to(x if self._field.leftwards else x + width, y if self._field.from_bottom else y + height)

    def add(self, name: str, values: list[str]) -> None:
        """Take a command with its parameters in."""
        numbers = [int(value) if value.isdecimal() else 0 for value in values]
        if name in {"FO", "FT"}:
            self._place(name, values, numbers)
        elif name == "FS":
            self._field = _Field()
        elif name in {"GB", "GC", "GD", "GE"}:
            self._shape(name, numbers)
        elif name == "FW":
            self._turn = values[0] or self._turn
        elif name == "BY":
            self._module = numbers[0] or self._module
            self._bar_height = numbers[2] or self._bar_height
        elif name == "CF":
            self._font = Font(values[0] or POWER_UP.letter, numbers[1], numbers[2]).after(self._font)
        else:
            self._say(name, values, numbers)
        # A printer draws a field at its end: what is said behind its data counts as well.
        self._drawn()

    def _place(self, name: str, values: list[str], numbers: list[int]) -> None:
        # ^FT without a place goes on where the text before ended, which only the printer knows.
        known = name == "FO" or any(values[:2])
        here = self._field
        here.origin = (self._home[0] + numbers[0], self._home[1] + numbers[1]) if known else None
        here.from_bottom, here.leftwards, here.placed = name == "FT", values[2] == "1", True
        x, y = here.origin or self._home
        self._to(x + 1, y + 1)

    def _shape(self, name: str, numbers: list[int]) -> None:
        if name == "GB":
            thick = numbers[2] or 1
            self.shape(max(numbers[0], thick), max(numbers[1], thick))
        elif name == "GC":
            self.shape(numbers[0] or 3, numbers[0] or 3)
        else:
            self.shape(numbers[0], numbers[1])

    def _say(self, name: str, values: list[str], numbers: list[int]) -> None:
        """How the open field's data is drawn."""
        here = self._field
        if name == "A":
            here.font, here.turn = Font(values[0], numbers[2], numbers[3]), values[1]
        elif name in {"A@", "GS"}:
            here.font, here.turn = Font("" if name == "A@" else name, numbers[1], numbers[2]), values[0]
        elif name == "FB":
            apart = int(values[2] or 0)
            here.setting = Lines(numbers[0], numbers[1] or 1, apart, numbers[4])
        elif name == "TB":
            here.block, here.turn = numbers[2], values[0] or here.turn
        elif name == "FP":
            here.setting = Letters(numbers[1]) if values[0] == "V" else None
        elif name.startswith("B"):
            here.bars = name, values

    def _drawn(self) -> None:
        """Count the open field as it would be drawn now."""
        here = self._field
        if here.text is None:
            return
        font = (here.font or self._font).after(self._font)
        if here.bars is not None:
            name, values = here.bars
            letters = here.font.after(self._font).dots if here.font else 0
            bars = least_bars(name, values, self._module, self._bar_height, letters)
            turned = (RULES[name].parameters or (None,))[0] is TURN
            self._stand(bars.high, bars.below, (values[0] if turned else UPRIGHT) or self._turn)
        else:
            high = here.setting.high(font, here.text) if here.setting else font.dots
            self._stand(here.block or high, 0, here.turn or self._turn)

    def _stand(self, high: int, below: int, turn: str) -> None:
        """Something so high over its foot, and so much below it. `^FO` names the top left corner of the whole, however it is
        turned; `^FT` the left end of its foot, from which it rises upwards, to the right (R), downwards (I) or left (B)."""
        if not self._field.from_bottom:
            self.shape(*((high + below, 0) if turn in _SIDEWAYS else (0, high + below)))
            return
        x, y = self._field.origin or self._home
        self._to(x + {"R": high, "B": 1 + below}.get(turn, 0), y + {"N": 1 + below, "I": high}.get(turn, 0))

    def _to(self, right: int, bottom: int) -> None:
        self.right = max(self.right, right)
        self.bottom = max(self.bottom, bottom)
