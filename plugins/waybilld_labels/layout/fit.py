"""Fits paragraphs into a box: wraps them, shrinks them together, and says when they do not fit."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import ceil

from waybilld_labels.fonts.faces import Weight
from waybilld_labels.fonts.glyphs import ASCENT, font
from waybilld_labels.text.breaking import ELLIPSIS, elide, wrap

_STEP = 0.96
"""Each try is so much smaller than the one before: a step that the eye hardly sees."""

_BESIDE_GAP = 0.7
"""Room between a paragraph and the one beside it, in sizes of the smaller one."""


@dataclass(frozen=True, slots=True)
class Run:
    """One paragraph: its words, weight and size in dots before any shrinking."""

    text: str
    weight: Weight
    size: float
    beside: bool = False


@dataclass(frozen=True, slots=True)
class Limits:
    """How paragraphs may be set. Factors of their sizes: `least` down to, `most` up to; `lines` of one paragraph, 0 for as
    many as there is room for; `leading` from line to line, in sizes."""

    least: float = 1.0
    most: float = 1.0
    lines: int = 1
    leading: float = 1.2


@dataclass(frozen=True, slots=True)
class SetLine:
    """One line; left and top of its em box in dots, counted from the box, and its width."""

    text: str
    weight: Weight
    size: int
    left: int
    top: int
    width: int


@dataclass(frozen=True, slots=True)
class Setting:
    """The lines of a box. `height` is what they take; `cut` says that words were left out, an ellipsis in their place."""

    lines: tuple[SetLine, ...]
    height: int
    cut: bool = False


def fit(runs: Sequence[Run], width: int, height: int, limits: Limits) -> Setting:
    """The paragraphs as large as they fit; at the least size cut to the room, with `cut` set."""
    if len(runs) == 1 and (limits.lines == 1 or _short(runs[0], width, height, limits)):
        return _one_line(runs[0], width, height, limits)
    found = _largest(runs, width, height, limits)
    return found or _cut(runs, [max(1, round(run.size * limits.least)) for run in runs], width, height, limits)


def _short(run: Run, width: int, height: int, limits: Limits) -> bool:
    """Whether a paragraph that need not grow stands on one line at its own size."""
    size = round(run.size)
    return limits.most == 1.0 and size <= height and font(run.weight, size).width(run.text) <= width


def _largest(runs: Sequence[Run], width: int, height: int, limits: Limits) -> Setting | None:
    """The setting at the largest of falling sizes that fits: what fits larger fits smaller.

    Where the text would fit unbroken is reckoned; from there the first that fits is mostly one or two sizes away.
    """
    ems = [font(run.weight, _MEASURED).width(run.text) / _MEASURED for run in runs]
    factors = _factors(limits.least, limits.most)

    def sizes(at: int) -> list[int]:
        return [max(1, round(run.size * factors[at])) for run in runs]

    low = bisect_left(
        range(len(factors)), True, key=lambda at: _possible(runs, ems, sizes(at), width, height, limits.leading)
    )
    found, high, step = None, len(factors), 1
    while low < high:
        at = (low + high) // 2 if found else min(low + step, high) - 1
        tried = _set(runs, sizes(at), width, height, limits)
        if tried is None:
            low, step = at + 1, step * 2
        else:
            found, high = tried, at
    return found


@lru_cache(maxsize=64)
def _factors(least: float, most: float) -> tuple[float, ...]:
    """What sizes are multiplied with, one try after the other."""
    found = [most]
    while found[-1] > least:
        found.append(max(least, found[-1] * _STEP))
    return tuple(found)


_MEASURED = 100
"""A size in dots at which text is measured once, to reckon with before it is set."""


def _possible(
    runs: Sequence[Run], ems: Sequence[float], sizes: Sequence[int], width: int, height: int, leading: float
) -> bool:
    """Whether there is room enough for the text if no line had to be broken early."""
    needed = 0.0
    for run, size, wide in zip(runs, sizes, ems, strict=True):
        if not run.beside:
            needed += ceil(wide * size / (width + size)) * size * leading
    return needed - max(sizes) * (leading - 1) <= height + len(runs)


def _one_line(run: Run, width: int, height: int, limits: Limits) -> Setting:
    floor = max(1, round(run.size * limits.least))
    size = max(floor, min(round(run.size * limits.most), height))
    while size >= floor:
        taken = font(run.weight, size).width(run.text)
        if taken <= width:
            return Setting((SetLine(run.text, run.weight, size, 0, 0, taken),), size)
        size = min(size - 1, size * width // taken)
    return _cut([run], [floor], width, max(height, floor), limits)


def _set(runs: Sequence[Run], sizes: Sequence[int], width: int, height: int, limits: Limits) -> Setting | None:
    """The paragraphs at these sizes, or None when they do not fit."""
    lines: list[SetLine] = []
    top = 0
    for run, size in zip(runs, sizes, strict=True):
        beside = _beside(lines, run, size, width) if run.beside else None
        if beside is not None:
            lines.append(beside)
            continue
        measure = font(run.weight, size).width
        most = limits.lines or max(1, height // size)
        found = wrap(run.text, width, measure, most)
        if len(found) > most or (found and measure(found[0]) > width):
            return None
        for text in found:
            lines.append(SetLine(text, run.weight, size, 0, top, measure(text)))
            top += round(size * limits.leading)
        if top and _bottom(lines) > height:
            return None
    return Setting(tuple(lines), _bottom(lines))


def _bottom(lines: Sequence[SetLine]) -> int:
    return max((line.top + line.size for line in lines), default=0)


def _beside(lines: Sequence[SetLine], run: Run, size: int, width: int) -> SetLine | None:
    """The run on the last line, its letters on the same baseline; None where it has no room there."""
    if not lines:
        return None
    last = lines[-1]
    left = last.left + last.width + round(min(size, last.size) * _BESIDE_GAP)
    taken = font(run.weight, size).width(run.text)
    if left + taken > width:
        return None
    return SetLine(run.text, run.weight, size, left, last.top + round((last.size - size) * ASCENT), taken)


def _cut(runs: Sequence[Run], sizes: Sequence[int], width: int, height: int, limits: Limits) -> Setting:
    """As many lines as the room has; the last one ends with an ellipsis where words are missing."""
    lines: list[SetLine] = []
    top, cut = 0, False
    for run, size in zip(runs, sizes, strict=True):
        step = round(size * limits.leading)
        rows = max(0, (height - top - size) // step + 1)
        most = min(limits.lines, rows) if limits.lines else rows
        if most <= 0:
            cut = True
            break
        found, shorter = shortened(run.text, width, run.weight, size, most)
        cut = cut or shorter
        measure = font(run.weight, size).width
        for text in found:
            lines.append(SetLine(text, run.weight, size, 0, top, measure(text)))
            top += step
    return Setting(tuple(lines), _bottom(lines), cut)


def shortened(text: str, width: int, weight: Weight, size: int, most: int) -> tuple[tuple[str, ...], bool]:
    """`text` on at most `most` lines of `width` dots, and whether an ellipsis stands for its end."""
    measure = font(weight, size).width
    if measure(text) <= width:
        return ((text,) if text else ()), False
    lines = wrap(text, width, measure, most)
    if len(lines) <= most and all(measure(line) <= width for line in lines):
        return lines, False
    last = f"{lines[most - 1]} {lines[most]}" if len(lines) > most else lines[-1]
    last = elide(last, width, measure)
    if not last.endswith(ELLIPSIS):
        last = elide(last + ELLIPSIS, width, measure)
    return (*lines[: most - 1], last), True
