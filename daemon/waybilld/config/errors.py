"""The mistakes of a configuration file, and the words in which a person reads them."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

KeyPath = tuple[str | int, ...]
"""Where a value stands in the file's tree: mapping keys and list indices from the top."""

_SHOWN_CHARACTERS = 60


@dataclass(frozen=True, slots=True)
class ConfigError:
    """One mistake. `line` and `column` count from 1 and are None when the file as a whole is meant."""

    file: str
    line: int | None
    column: int | None
    path: str
    message: str

    def __str__(self) -> str:
        """The line that people read: `file:line:col: path: what`, without the parts that do not apply."""
        position = "" if self.line is None else f":{self.line}:{self.column}"
        path = f"{self.path}: " if self.path else ""
        return f"{printable(self.file)}{position}: {path}{self.message}"


@dataclass(frozen=True, slots=True)
class ConfigErrors:
    """Every mistake of one file, by position. Never empty."""

    errors: tuple[ConfigError, ...]

    def __str__(self) -> str:
        """One line a mistake."""
        return "\n".join(str(error) for error in self.errors)


def in_order(errors: Iterable[ConfigError]) -> ConfigErrors:
    """The same errors sorted by position, each once."""
    unique = dict.fromkeys(errors)
    return ConfigErrors(tuple(sorted(unique, key=lambda e: (e.line or 0, e.column or 0, e.path, e.message))))


def printable(text: str) -> str:
    """The text with everything a terminal might obey (control, bidi, surrogate) written as an escape."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)


def quoted(text: str) -> str:
    """The text in single quotes, printable, cut to 60 characters."""
    short = text if len(text) <= _SHOWN_CHARACTERS else text[: _SHOWN_CHARACTERS - 1] + "…"
    return f"'{printable(short)}'"


def dotted(path: Sequence[str | int]) -> str:
    """A path as people write it: `printers[0].settings.host`; a key that is not plain stands in brackets."""
    out = ""
    for part in path:
        if isinstance(part, int):
            out += f"[{part}]"
        elif part.replace("_", "").replace("-", "").isalnum():
            out += f".{quoted(part)[1:-1]}"
        else:
            out += f"[{quoted(part)}]"
    return out.removeprefix(".")


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word that was most probably meant, None when none is near."""
    near = difflib.get_close_matches(word, sorted(known), n=1)
    return near[0] if near else None


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """`, did you mean 'x'?` for the nearest known word, or an empty text when none is near."""
    near = nearest(word, known)
    return f", did you mean {quoted(near)}?" if near else ""
