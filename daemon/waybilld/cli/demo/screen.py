"""What the person sees: lines that stay, and on a terminal one line at the bottom that changes."""

from __future__ import annotations

import shutil
import unicodedata
from dataclasses import dataclass
from typing import TextIO

_PLAIN_EVERY_S = 2.0


def columns(text: str) -> int:
    """How many columns of a terminal a text takes: East Asian wide characters take two (Unicode UAX #11)."""
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def cut(text: str, width: int) -> str:
    """The text, shortened to so many columns where it is longer."""
    if columns(text) <= width:
        return text
    kept = ""
    for character in text:
        if columns(kept) + columns(character) > width - 1:
            break
        kept += character
    return kept + "…"


@dataclass(slots=True)
class Screen:
    """Writes to a stream. Where that is no terminal, progress comes as plain lines, at most one in two seconds."""

    stream: TextIO
    _shown: str = ""
    _plain_at: float | None = None

    def say(self, text: str = "") -> None:
        """A text that stays."""
        self._clear()
        self.stream.write(f"{text}\n")
        self.stream.flush()

    def progress(self, text: str, now: float) -> None:
        """A line that replaces the last of its kind. `now` is in seconds that never step."""
        if text == self._shown:
            return
        if self.stream.isatty():
            width = shutil.get_terminal_size().columns - 1
            self.stream.write(f"\r\x1b[K{cut(text, width)}")
        elif self._plain_at is not None and now - self._plain_at < _PLAIN_EVERY_S:
            return
        else:
            self._plain_at = now
            self.stream.write(f"{text}\n")
        self._shown = text
        self.stream.flush()

    def _clear(self) -> None:
        if self.stream.isatty() and self._shown:
            self.stream.write("\r\x1b[K")
        self._shown = ""
