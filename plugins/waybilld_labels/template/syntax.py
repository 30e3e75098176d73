"""What Jinja2's parser says of a slip of the pen, in the words of somebody who writes a label."""

from __future__ import annotations

import re

_HINTS: tuple[tuple[str, str], ...] = (
    (r"got '='$", "write == to compare"),
    (r"unexpected char '&'", "write and"),
    (r"got '\|'$|unexpected '\|'", "write or in place of ||, and a filter's name behind one |"),
    (r"unexpected char '!'", "write not"),
    (r"expected token 'end of print statement', got '(.*)'$", "it should end before '{0}'"),
    (r"got 'end of print statement'$|got 'end of template'$|unexpected 'end of print statement'", "it stops too early"),
    (r"unexpected char '\\?([\"'])'", "a quote {0} has no other at the end of the text"),
)


def in_words(message: str | None) -> str:
    """The parser's message with what to write instead, where that is known."""
    for pattern, hint in _HINTS:
        found = re.search(pattern, message or "")
        if found:
            return hint.format(*found.groups())
    return message or "it cannot be read"
