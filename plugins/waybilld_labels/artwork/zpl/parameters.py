"""What a parameter may say: each is read, checked and written anew, so that no byte of the carrier's passes unlooked at."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter. `said` tells people what it may be; a number lies between `least` and `most`."""

    said: str
    form: re.Pattern[str]
    least: float | None = None
    most: float | None = None

    def normal(self, text: str) -> str | None:
        """The value written the one usual way; empty, which asks for the printer's default, stays so. None: not allowed."""
        text = text.strip()
        if not text:
            return ""
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
MARK = Parameter("a sign that is no letter, digit, comma or prefix", re.compile(r"[!-+\-./:-@\[-\]_`{|}]"))
RATIO = Parameter("2.0 to 3.0", re.compile(r"[0-9](?:\.[0-9]{1,2})?"), 2, 3)
FONT_FILE = Parameter("a font file's name", re.compile(r"(?:[BERZ]:)?[A-Z0-9_]{1,16}\.(?:TTF|TTE|FNT)", re.IGNORECASE))
IGNORED = Parameter("a number that printers ignore", re.compile(r"[0-9]{1,5}"), 0, 99999)
TURN = letter("NRIB")
YES_NO = letter("YN")
DOTS = number(0, 32000)
SIZE = number(1, 32000)
JUSTIFY = number(0, 2)
INK = letter("BW")
ENCODING = Parameter("0 to 13, 27 or 28", re.compile(r"0?[0-9]|1[0-3]|27|28"), 0, 28)
