"""What the person sees: lines that stay, and on a terminal one line at the bottom that changes."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from typing import TextIO

from waybilld.cli.text import width

_PLAIN_EVERY_S = 2.0


def cut(text: str, columns: int) -> str:
    """The text, shortened to so many columns of a terminal where it is longer."""
    if width(text) <= columns:
        return text
    kept = ""
    for character in text:
        if width(kept) + width(character) > columns - 1:
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
            columns = shutil.get_terminal_size().columns - 1
            self.stream.write(f"\r\x1b[K{cut(text, columns)}")
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
