"""Makes text from outside safe to draw: no character that steers, hides or reorders its neighbours survives.

NFC and not NFKC: compatibility folding would turn fullwidth look-alikes into live printer commands. Sources: Unicode 15
chapter 23 (noncharacters, bidi controls, variation selectors) and UAX #15 (normalization forms).
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

FIELD_LIMIT = 4000
"""Characters of one field that are looked at. What is longer can never fit, so that cutting it loses no printable text:
the layout reports or refuses it all the same."""

_SPACES = re.compile("[\t\n\x0b\x0c\r\x85\u2028\u2029\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]")
_SELECTORS = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef\u180b-\u180d]")
_DROPPED = frozenset({"Cc", "Cf", "Cs"})


def clean(text: str) -> str:
    """`text` in NFC without control and format characters (bidi overrides among them), lone surrogates, noncharacters
    and variation selectors; every line break, tab and kind of space is one U+0020, none at either end.

    Unassigned and private-use characters stay: the font has no glyph for them, so that they become a visible box. Never
    raises; at most `FIELD_LIMIT` characters are read.
    """
    return _kept(text) if len(text) <= _KEPT_CHARACTERS else _cleaned(text[:FIELD_LIMIT])


def _cleaned(text: str) -> str:
    if not (text.isascii() and text.isprintable()):
        text = _SELECTORS.sub("", _SPACES.sub(" ", text))
        if not text.isprintable():
            text = "".join(filter(_drawable, text))
        # Last, because what was removed may have kept a letter and its accent apart; it brings none of it back.
        text = unicodedata.normalize("NFC", text)
    return " ".join(part for part in text.split(" ") if part)


_KEPT_CHARACTERS = 60
_kept = lru_cache(maxsize=1024)(_cleaned)
"""Carriers, senders, regions and goods come again on the next label."""


def _drawable(char: str) -> bool:
    if char.isprintable():
        return True
    category = unicodedata.category(char)
    return category not in _DROPPED and not (category == "Cn" and _noncharacter(ord(char)))


def _noncharacter(code: int) -> bool:
    """U+FDD0 to U+FDEF and the last two code points of every plane (Unicode 15, section 23.7)."""
    return 0xFDD0 <= code <= 0xFDEF or code & 0xFFFE == 0xFFFE
