"""The words in which a person reads what is wrong with a file."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence

KeyPath = tuple[str | int, ...]
"""Where a value stands in the file's tree: mapping keys and list indices from the top."""

_SHOWN_CHARACTERS = 60


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
