"""Text and numbers that devices and servers give, made fit to be kept, logged and shown. Pure.

Whoever speaks on a printer's port writes what it likes: escapes that a terminal obeys (ECMA-48), line ends that forge lines
of a log, half characters that no database takes, counters of any length. Adapters clean what they read with these.
"""

from __future__ import annotations

import re
from typing import Final

LONGEST: Final = 200
"""Characters of a name, a serial or another short text that are kept."""

MOST: Final = 2**53
"""The largest count: up to here every JSON reader has whole numbers exactly (RFC 8259, section 6)."""

UNFIT: Final = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
"""Controls, line ends, marks that turn the direction of writing (Unicode UAX 9, section 2), and halves of characters."""

_KEYWORD = re.compile(r"[a-z0-9.-]{1,64}", re.ASCII)


def plain(text: str, most: int = LONGEST) -> str:
    """One line of at most `most` characters: what is unfit becomes a blank, and blanks in a row become one."""
    # Of a text of megabytes only the beginning is worth looking at.
    return " ".join(UNFIT.sub(" ", text[: 4 * most]).split())[:most].rstrip()


def keyword(text: str) -> str:
    """The text where it is a keyword such as those of RFC 8011, section 5.1.4: at most 64 lower-case letters, digits, `.`
    and `-`. Else `other`."""
    return text if _KEYWORD.fullmatch(text) else "other"
