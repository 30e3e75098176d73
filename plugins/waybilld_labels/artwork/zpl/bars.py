"""The least room that a bar code takes across its bars or rows. How far it goes along them depends on its data.

Source: Zebra ZPL II Programming Guide, the page of each command and of `^BY`, for what its parameters mean and what they
are where they are left out. Least sizes in modules are those of the symbologies: ISO/IEC 18004 (QR version 1), ISO/IEC 16022
(Data Matrix), ISO/IEC 15438 (PDF417, three rows), ISO/IEC 24778 (Aztec), ISO/IEC 24728 (MicroPDF417, four rows),
ISO/IEC 24724 (GS1 DataBar) and ISO/IEC 16023 (MaxiCode, of one size).
"""

from __future__ import annotations

from dataclasses import dataclass

DEFAULT_MAGNIFICATION = 2
"""Of QR, Aztec and GS1 DataBar on a printer of 8 dots/mm; finer ones take more."""

_MAXICODE = 200
"""Dots of its 25 mm at 8 dots/mm."""

_LETTER_MODULES = 9
"""The line of text at a bar code is in font A, 9 dots high, as often enlarged as a module is wide. It stands one away."""


@dataclass(frozen=True, slots=True)
class Bars:
    """Dots from the top of a symbol to its foot, where `^FT` counts from, and those of a line of text under it."""

    high: int
    below: int = 0


@dataclass(frozen=True, slots=True)
class _Linear:
    """Where a linear code's parameters say its height, whether a line of text stands at it, and whether above it."""

    height: int
    shown: int | None
    above: int
    unless_said: tuple[str, str] = ("Y", "N")


_PLAIN = _Linear(1, 2, 3)
_CHECKED = _Linear(2, 3, 4)
_LINEAR = {
    **dict.fromkeys(("B2", "B8", "B9", "BA", "BC", "BE", "BI", "BJ", "BU"), _PLAIN),
    **dict.fromkeys(("B1", "B3", "BK", "BM", "BP"), _CHECKED),
    **dict.fromkeys(("B5", "BZ"), _Linear(1, 2, 3, ("N", "N"))),
    "BL": _Linear(1, None, 2),
    "BS": _Linear(1, 2, 3, ("Y", "Y")),
}


def _area(name: str, given: list[int], by_height: int) -> int:
    """Of a code that stands in rows, by its numbers, 0 for what is not said."""
    match name:
        case "B0" | "BO":
            return (given[1] or DEFAULT_MAGNIFICATION) * (11 if given[3] == 300 else 15)
        case "B7":
            return given[1] * max(3, given[4]) if given[1] else by_height
        case "BB":
            return (given[1] or 8) * (given[4] or 1)
        case "BF":
            return (given[1] or by_height) * 4
        case "BQ":
            return (given[2] or DEFAULT_MAGNIFICATION) * 21
        case "BR":
            return max((given[2] or DEFAULT_MAGNIFICATION) * 10, given[4] if given[1] >= 7 else 0)
        case "BT":
            return (given[3] or by_height) + (given[5] or 1) * 4
        case "BX":
            least = 8 if given[7] == 2 else 10 if given[2] == 200 else 9
            return given[1] * (given[4] or least) if given[1] else by_height
        case "BD":
            return _MAXICODE
        case _:
            raise KeyError(name)


def least_bars(name: str, values: list[str], module: int, by_height: int, letters: int) -> Bars:
    """A bar code command's least size, by its parameters as they were read.

    `module` and `by_height` are what `^BY` says; `letters` is the height of the field's own font, 0 where it has none.
    """
    given = [int(value) if value.isdecimal() else 0 for value in values]
    letters = (letters or _LETTER_MODULES * module) + module
    linear = _LINEAR.get(name)
    if linear is not None:
        shown, above = linear.unless_said
        if linear.shown is not None:
            shown = values[linear.shown] or shown
        return _with_line(given[linear.height] or by_height, letters, shown == "Y", (values[linear.above] or above) == "Y")
    if name == "B4":
        row = given[1] * module if given[1] else by_height
        return _with_line(2 * row, letters, values[2] in {"A", "B"}, values[2] == "A")
    return Bars(_area(name, given, by_height))


def _with_line(high: int, letters: int, shown: bool, above: bool) -> Bars:
    if not shown:
        return Bars(high)
    return Bars(high + letters) if above else Bars(high, letters)
