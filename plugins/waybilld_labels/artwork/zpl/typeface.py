"""How high text in a printer's own fonts stands, as far as its commands say so.

Source: Zebra ZPL II Programming Guide, `^A`, `^CF`, `^FB`, `^TB`, `^FP` and the tables of "Fonts and Bar Codes".
"""

from __future__ import annotations

from dataclasses import dataclass

_MATRICES = {
    "A": (9, 5),
    "B": (11, 7),
    "C": (18, 10),
    "D": (18, 10),
    "E": (28, 15),
    "F": (26, 13),
    "G": (60, 40),
    "H": (21, 13),
    "P": (20, 18),
    "Q": (28, 24),
    "R": (35, 31),
    "S": (40, 35),
    "T": (48, 42),
    "U": (59, 53),
    "V": (80, 71),
    "GS": (24, 24),
}
"""Height and width in dots of the bitmap fonts on a printer of 8 dots/mm; all others scale to any size."""

_MOST_MAGNIFIED = 10
_LEAST_SCALED = 10


@dataclass(frozen=True, slots=True)
class Font:
    """A font as commands name it: its letter (empty for a file), height and width in dots, 0 for what is not said."""

    letter: str
    height: int
    width: int

    def after(self, before: Font) -> Font:
        """With the size of `before` where it has none of its own."""
        return self if self.height or self.width else Font(self.letter, before.height, before.width)

    @property
    def dots(self) -> int:
        """How high a line is. What is not said follows from the other side; bitmap fonts come in whole multiples."""
        matrix = _MATRICES.get(self.letter)
        if matrix is None:
            return max(self.height or self.width, _LEAST_SCALED)
        times = self.height / matrix[0] if self.height else self.width / matrix[1]
        return matrix[0] * min(max(int(times + 0.5), 1), _MOST_MAGNIFIED)

    @property
    def widest(self) -> int:
        """Dots that no letter is wider than: one is hardly wider than the font is high, or drawn wide on purpose."""
        return max(self.dots, self.width)


POWER_UP = Font("A", 9, 5)
"""What `^CF` is where nobody said it."""


@dataclass(frozen=True, slots=True)
class Lines:
    """`^FB`: text in at most so many lines of this width, so much more apart than the font is high; later ones set in."""

    width: int
    most: int
    apart: int
    indent: int

    def high(self, font: Font, text: str) -> int:
        """Dots of all lines that the text can come to."""
        room = self.width - self.indent
        wide = (len(part) * font.widest for part in text.split("\\&"))
        most = min(self.most, sum(map(self._lines, wide))) if room > 0 else self.most
        return max(font.dots, font.dots + (most - 1) * (font.dots + self.apart))

    def _lines(self, wide: int) -> int:
        """Two lines in a row are together wider than the block, or else they were one."""
        return 1 if wide <= self.width else 1 + 2 * wide // (self.width - self.indent)


@dataclass(frozen=True, slots=True)
class Letters:
    """`^FPV`: letter under letter, so much apart."""

    apart: int

    def high(self, font: Font, text: str) -> int:
        """Dots of all letters."""
        return font.dots + max(0, len(text) - 1) * (font.dots + self.apart)
