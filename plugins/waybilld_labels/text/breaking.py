"""Breaks text into lines: between CJK characters, at spaces elsewhere, with the simple kinsoku rules.

A small part of UAX #14 and of JIS X 4051 / GB/T 15834 line-head and line-end prohibitions, chosen for addresses and titles:
the full algorithm costs several times what drawing a whole label does.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from functools import lru_cache

Measure = Callable[[str], int]
"""Dots that a text takes on one line. Additive: a text is as wide as its characters together."""

ELLIPSIS = "…"
_CJK = "\u2e80-\u9fff\uf900-\ufaff\ufe30-\ufe4f\uff00-\uffef\U00020000-\U0003fffd"
_TOKEN = re.compile(f"(?P<space> +)|[{_CJK}]|[^ {_CJK}]+")
_NOT_FIRST = frozenset("，。、；：？！）》】」』〉〕］｝％‰℃…—～·,.;:?!)]}%>’”々〻ーぁぃぅぇぉっゃゅょァィゥェォッャュョ")
_NOT_LAST = frozenset("（《【「『〈〔［｛([{<‘“￥¥$№")
_POSTFIX = frozenset("%‰℃°")


def wrap(text: str, room: int, measure: Measure, most: int | None = None) -> tuple[str, ...]:
    """The lines of `text`, each at most `room` dots wide where a single character is not wider than that.

    A word wider than `room` is broken between its characters, never between a letter and its combining mark. With `most`,
    breaking stops after `most` + 1 lines: a result longer than `most` says that the text does not fit.
    """
    lines: list[str] = []
    line, taken = "", 0
    for gap, word in words(text):
        more = gap + word if line else word
        wide = measure(more)
        if taken + wide <= room:
            line, taken = line + more, taken + wide
            continue
        if line:
            lines.append(line)
        *full, line = _pieces(word, room, measure)
        taken = measure(line)
        lines.extend(full)
        if most is not None and len(lines) > most:
            return tuple(lines[: most + 1])
    return (*lines, line) if line else tuple(lines)


def elide(text: str, room: int, measure: Measure) -> str:
    """`text` if it fits into `room` dots on one line, else its longest beginning that fits with an ellipsis after it."""
    if measure(text) <= room:
        return text
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        if measure(text[:middle].rstrip() + ELLIPSIS) <= room:
            low = middle
        else:
            high = middle - 1
    return text[:low].rstrip() + ELLIPSIS


@lru_cache(maxsize=256)
def words(text: str) -> tuple[tuple[str, str], ...]:
    """The words of a text, kept while it is tried at one size after the other."""
    return tuple(_split(text))


def _split(text: str) -> Iterator[tuple[str, str]]:
    """(space before, unbreakable word): single CJK characters with the punctuation that must not leave them."""
    gap, word, space = "", "", ""
    for found in _TOKEN.finditer(text):
        token = found[0]
        if found["space"]:
            space = " "
        elif word and _inseparable(word[-1], token[0], space):
            # UAX #14, LB13 and LB14: also not where a space stands between.
            word, space = word + space + token, ""
        else:
            if word:
                yield gap, word
                gap = ""
            gap, word, space = space or gap, token, ""
    if word:
        yield gap, word


def _inseparable(last: str, first: str, space: str) -> bool:
    """Whether no line may end between two characters. A percent sign stays with a bracket right behind it (LB25)."""
    if first in _NOT_FIRST or unicodedata.combining(first) or last in _NOT_LAST:
        return True
    return not space and last in _POSTFIX and first in _NOT_LAST


def _pieces(word: str, room: int, measure: Measure) -> list[str]:
    if measure(word) <= room:
        return [word]
    pieces: list[str] = []
    taken = room + 1
    for char in word:
        wide = measure(char)
        if pieces and (taken + wide <= room or unicodedata.combining(char)):
            pieces[-1] += char
            taken += wide
        else:
            pieces.append(char)
            taken = wide
    # A word may hold a space that no line may end at; broken by force, it ends one all the same.
    return [bare for piece in pieces if (bare := piece.strip(" "))]
