"""What a parameter may say: each is read, checked and written anew, so that no byte of the carrier's passes unlooked at."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter. `said` tells people what it may be; a number lies between `least` and `most`.

    `needed`: it must be there, because the printer's default is what an earlier label left, or nothing.
    """

    said: str
    form: re.Pattern[str]
    least: float | None = None
    most: float | None = None
    needed: bool = False

    def normal(self, text: str) -> str | None:
        """The value written the one usual way; empty, which asks for the printer's default, stays so. None: not allowed."""
        text = text.strip()
        if not text:
            return None if self.needed else ""
        if self.form.fullmatch(text) is None:
            return None
        if self.least is None or self.most is None:
            return text.upper()
        value = float(text)
        return f"{value:g}" if self.least <= value <= self.most else None


def number(least: int, most: int) -> Parameter:
    """A whole number."""
    said = f"{least} to {most}" if least != most else f"{least}"
    return Parameter(said, re.compile(r"-?[0-9]{1,5}"), least, most)


def letter(letters: str) -> Parameter:
    """One of these characters, in either case."""
    said = f"one of {', '.join(letters)}" if len(letters) > 1 else letters
    return Parameter(said, re.compile(f"[{re.escape(letters)}]", re.IGNORECASE))


FONT = Parameter("a font letter", re.compile(r"[A-Za-z0-9]"))
NAMED_FONT = replace(FONT, needed=True)
MARK = Parameter("a sign that is no letter, digit, comma or prefix", re.compile(r"[!-+\-./:-@\[-\]_`{|}]"))
RATIO = Parameter("2.0 to 3.0", re.compile(r"[0-9](?:\.[0-9]{1,2})?"), 2, 3)
FONT_FILE = Parameter(
    "a font file's name", re.compile(r"(?:[BERZ]:)?[A-Z0-9_]{1,16}\.(?:TTF|TTE|FNT)", re.IGNORECASE), needed=True
)
IGNORED = Parameter("a number that printers ignore", re.compile(r"[0-9]{1,5}"), 0, 99999)
TURN = letter("NRIB")
YES_NO = letter("YN")
DOTS = number(0, 32000)
SIZE = number(1, 32000)
JUSTIFY = number(0, 2)
JUSTIFY_ALL = letter("02")
"""Of all fields behind it. Never 1: where a field ends is reckoned from its own command alone."""
INK = letter("BW")
ENCODING = Parameter("0 to 13, 27 or 28", re.compile(r"0?[0-9]|1[0-3]|27|28"), 0, 28)
