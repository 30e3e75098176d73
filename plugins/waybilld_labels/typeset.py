"""Fits words into boxes: shrinks to a floor, breaks lines, and says when something does not fit."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from waybilld_labels.content import Content
from waybilld_labels.fonts.faces import Weight
from waybilld_labels.fonts.glyphs import ASCENT, font
from waybilld_labels.geometry import Scale
from waybilld_labels.page.box import Box
from waybilld_labels.text.breaking import ELLIPSIS, Measure, elide, wrap
from waybilld_sdk.errors import Hold

_NAME_MM, _PHONE_MM, _ADDRESS_MM = 6.4, 5.6, 5.0
_FLOOR_MM = 2.5
"""Smallest consignee text, on any paper: 20 dots at 8 dots/mm, where dense Chinese characters are still told apart."""

_LEADING = 1.2
_NAME_WHOLE = 0.75
"""Down to this step the type rather gets smaller than that a name takes two lines."""

_SHRINK_STEPS = tuple(step / 100 for step in range(115, 24, -5))


@dataclass(frozen=True, slots=True)
class Placed:
    """One line of text with its em box's left and top in dots."""

    text: str
    weight: Weight
    size: int
    left: int
    top: int


def measure(weight: Weight, size: int) -> Measure:
    """How wide a text is in this weight and size."""
    return font(weight, size).width


def shrunk(text: str, weight: Weight, room: int, size: int, floor: int) -> int | None:
    """The largest size from `size` down to `floor` at which `text` fits `room` dots on one line; None: not even at the
    floor."""
    while size >= floor:
        taken = font(weight, size).width(text)
        if taken <= room:
            return size
        size = min(size - 1, size * room // taken)
    return None


def shortened(text: str, weight: Weight, room: int, size: int, floor: int) -> tuple[str, int, bool]:
    """(text, size, whole): shrunk to the floor, then cut with an ellipsis; `whole` is False where it was cut."""
    fitting = shrunk(text, weight, room, size, floor)
    if fitting is not None:
        return text, fitting, True
    return elide(text, room, measure(weight, floor)), floor, False


def consignee(words: Content, box: Box, scale: Scale) -> tuple[Placed, ...]:
    """Name, phone and address as large as they fit. Raises `Hold` rather than leave anything out: a parcel without its
    whole address is a lost parcel."""
    for step in _SHRINK_STEPS:
        if step < 1 and scale.dots(_ADDRESS_MM * step) < scale.exact(_FLOOR_MM):
            break
        if step > _NAME_WHOLE and font(Weight.BOLD, scale.dots(_NAME_MM * step)).width(words.name) > box.width:
            continue
        lines = tuple(_consignee_lines(words, box, scale, step))
        bottom = max((line.top + round(line.size * _LEADING) for line in lines), default=0)
        if bottom <= box.height:
            down = box.top + (box.height - bottom) // 2
            return tuple(Placed(line.text, line.weight, line.size, line.left, line.top + down) for line in lines)
    length = len(words.name) + len(words.phone) + sum(map(len, words.address))
    raise Hold(
        f"the consignee's name, phone and address have {length} characters and do not fit on the label even at "
        f"{_FLOOR_MM} mm: shorten the address in the order or choose larger labels",
        code="label-overflow",
    )


def _consignee_lines(words: Content, box: Box, scale: Scale, step: float) -> Iterator[Placed]:
    """The lines at one step of shrinking, `top` counted from 0. Never more than one that overflows the box."""
    name_size, phone_size = scale.dots(_NAME_MM * step), scale.dots(_PHONE_MM * step)
    gap, top = scale.dots(4), 0
    name_width = font(Weight.BOLD, name_size).width(words.name)
    beside = name_width + gap + font(Weight.BOLD, phone_size).width(words.phone) <= box.width
    if words.phone and beside:
        sink = round((name_size - phone_size) * ASCENT)
        left = box.left + (name_width + gap if words.name else 0)
        yield Placed(words.phone, Weight.BOLD, phone_size, left, sink)
    paragraphs = [(words.name, Weight.BOLD, name_size)]
    if not beside:
        paragraphs.append((words.phone, Weight.BOLD, phone_size))
    size = scale.dots(_ADDRESS_MM * step)
    paragraphs += [(text, Weight.REGULAR, size) for text in words.address]
    for at, (text, weight, em) in enumerate(paragraphs):
        most = box.height // em + 1
        for line in wrap(text, box.width, measure(weight, em), most):
            yield Placed(line, weight, em, box.left, top)
            top += round(em * _LEADING)
        if at == 0 and beside:
            top = max(top, round(name_size * _LEADING)) + scale.dots(1 * step)


@dataclass(frozen=True, slots=True)
class Lines:
    """The lines of a paragraph; `cut` says that the last one ends with an ellipsis instead of the text's end."""

    lines: tuple[str, ...]
    cut: bool


def paragraph_lines(text: str, room: int, dots: Measure, most: int) -> Lines:
    """`text` on at most `most` lines of `room` dots."""
    lines = wrap(text, room, dots, most)
    if len(lines) <= most:
        return Lines(lines, cut=False)
    last = elide(f"{lines[most - 1]} {lines[most]}", room, dots)
    if not last.endswith(ELLIPSIS):
        last = elide(last + ELLIPSIS, room, dots)
    return Lines((*lines[: most - 1], last), cut=True)
