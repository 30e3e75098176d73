"""Makes text from outside safe to draw: no character that steers, hides or reorders its neighbours survives.

NFC and not NFKC: compatibility folding would turn fullwidth look-alikes into live printer commands. Sources: Unicode 15
chapter 23 (noncharacters, bidi controls, variation selectors) and UAX #15 (normalization forms).
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

FIELD_LIMIT = 4000
"""Characters of one field that are looked at. What is longer can hardly fit; what is cut counts as removed."""

MARKS_LIMIT = 4
"""Marks that one character may carry. Pointed Hebrew with cantillation needs four; Thai (vowel and tone) and Vietnamese need
two. UAX #15, section 13 (Stream-Safe Text Format) lets 30 through, which on paper is a black pillar over the next line."""

_SPACES = re.compile(
    "[\t\n\x0b\x0c\r\x85\u2028\u2029\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000\u2800\u115f\u1160\u3164\uffa0]"
)
"""The last ones are letters and a sign that show nothing, the Hangul fillers and the blank Braille pattern: names are made
of them that look empty and pass for full."""
_SELECTORS = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef\u180b-\u180d]")
_DROPPED = frozenset({"Cc", "Cf", "Cs"})
_TELLING = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200f\u202b\u202e\u2067\ud800-\udfff]")

_MARKLESS = (
    " -\u02ff\u0370-\u0482\u048a-\u058f\u2010-\u2027\u2030-\u205e\u3001-\u3029\u3030-\u3098\u309b-\ua66e\uac00-\ud7a3"
    "\uf900-\ufaff\uff01-\uffee\U00020000-\U0003fffd"
)
"""Latin, Greek, Cyrillic, Armenian, Han, kana, Hangul and their signs: blocks without marks and selectors."""
_OTHER = re.compile(f"[^{_MARKLESS}]")
_MAYBE_STACKED = re.compile(f"[^{_MARKLESS}]{{{MARKS_LIMIT + 1}}}")


def clean(text: str) -> tuple[str, int]:
    """`text` as it may be drawn, and how many characters were taken from it that a person should hear of.

    It is in NFC without control and format characters (bidi overrides among them), lone surrogates, noncharacters,
    variation selectors and marks above `MARKS_LIMIT`; every line break, tab and kind of space is one U+0020, none at either
    end. Unassigned and private-use characters stay: the font has no glyph for them, so that they become a visible box. Never
    raises; at most `FIELD_LIMIT` characters are read.

    Counted are: C0 and C1 controls that are no line break or tab, halves of surrogate pairs and noncharacters, because
    something is broken in the order or was meant to break something; controls that turn text to the left (RLO, RLE, RLI,
    RLM, ALM), because a screen showed the order another way round than the label does; marks above `MARKS_LIMIT`; and what
    stands behind `FIELD_LIMIT`. Not counted is what ordinary orders are full of and nobody sees: variation selectors and
    joiners of emoji, soft hyphens, zero-width spaces, byte order marks, and controls to the left-to-right order that the
    label has anyway (LRM, LRE, LRI, LRO, PDF: telephones put copied numbers between LRO and PDF).
    """
    return _kept(text) if len(text) <= _KEPT_CHARACTERS else _cleaned(text)


def _cleaned(text: str) -> tuple[str, int]:
    removed = max(0, len(text) - FIELD_LIMIT)
    text = text[:FIELD_LIMIT]
    if not (text.isascii() and text.isprintable()):
        text = _SPACES.sub(" ", text)
        other = _OTHER.search(text) is not None
        if other:
            text = _SELECTORS.sub("", text)
        if not text.isprintable():
            removed += len(_TELLING.findall(text)) + sum(map(_noncharacter, text))
            text = "".join(filter(_drawable, text))
        # Behind the removal, which may have kept a letter and its accent apart; it brings none of what is gone back.
        text = unicodedata.normalize("NFC", text)
        if other and _MAYBE_STACKED.search(text):
            text, stacked = _unstacked(text)
            removed += stacked
    text = text.strip(" ")
    return " ".join(filter(None, text.split(" "))) if "  " in text else text, removed


_KEPT_CHARACTERS = 60
_kept = lru_cache(maxsize=1024)(_cleaned)
"""Carriers, senders, regions and goods come again on the next label."""


def _drawable(char: str) -> bool:
    return char.isprintable() or not (unicodedata.category(char) in _DROPPED or _noncharacter(char))


def _noncharacter(char: str) -> bool:
    """U+FDD0 to U+FDEF and the last two code points of every plane (Unicode 15, section 23.7)."""
    code = ord(char)
    return 0xFDD0 <= code <= 0xFDEF or code & 0xFFFE == 0xFFFE


def _unstacked(text: str) -> tuple[str, int]:
    """The text with at most `MARKS_LIMIT` marks in a row, and how many went. Not by the combining class, which is 0 for
    many marks that stack (Thai vowels): by the categories Mn and Me, the marks that take no room of their own."""
    kept, marks = [], 0
    for char in text:
        marks = marks + 1 if unicodedata.category(char) in {"Mn", "Me"} else 0
        if marks <= MARKS_LIMIT:
            kept.append(char)
    # Once more: what follows may compose with the last mark that stayed.
    return unicodedata.normalize("NFC", "".join(kept)), len(text) - len(kept)
