"""Shares a box among the cells of a template: which stand where, in whole dots.

Nothing here looks at words: where a cell stands depends on the media and on which conditions hold, so that the result can be
kept for the next label.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise

from waybilld_labels.page.box import Box
from waybilld_labels.page.scale import Scale
from waybilld_labels.template.model import AnyCell, Border, Cell, ColumnOf, Line, Place, RowOf
from waybilld_sdk.errors import Hold


@dataclass(frozen=True, slots=True)
class Placed:
    """A cell at its place. `box` is the whole cell, `inner` what its border and padding leave; `ground` says that it stands
    on ink."""

    cell: Cell
    box: Box
    inner: Box
    ground: bool


Present = Callable[[Cell], bool]
"""Whether a cell's condition holds."""


def arrange(root: AnyCell, box: Box, scale: Scale, present: Present) -> tuple[Placed, ...]:
    """Every cell that is there, containers before what they hold. Raises `Hold` where fixed sizes exceed their room."""
    return tuple(_arranged(root, box, scale, present, ground=False)) if present(root) else ()


def _arranged(cell: AnyCell, box: Box, scale: Scale, present: Present, *, ground: bool) -> Iterator[Placed]:
    inner = _inner(cell, box, scale)
    ground = ground or cell.fill
    yield Placed(cell, box, inner, ground)
    if isinstance(cell, ColumnOf | RowOf):
        down = isinstance(cell, ColumnOf)
        cells = [part for part in _parts(cell) if present(part)]
        edges = _edges(cells, inner, scale, down=down)
        for part, (start, end) in zip(cells, pairwise(edges), strict=True):
            place = Box(inner.left, start, inner.right, end) if down else Box(start, inner.top, end, inner.bottom)
            yield from _arranged(part, place, scale, present, ground=ground)
    elif isinstance(cell, Place):
        for part in cell.place:
            if present(part):
                yield from _arranged(part, _spot(part, inner, scale), scale, present, ground=ground)


def _parts(cell: ColumnOf | RowOf) -> Sequence[AnyCell]:
    return cell.column if isinstance(cell, ColumnOf) else cell.row


def _edges(cells: Sequence[AnyCell], box: Box, scale: Scale, *, down: bool) -> list[int]:
    """Where each cell begins and the last one ends. What grows shares the spare room, the last of them the rounding too."""
    start, end = (box.top, box.bottom) if down else (box.left, box.right)
    fixed = [_length(cell, scale, down=down) for cell in cells]
    spare = end - start - sum(length for length in fixed if length is not None)
    if spare < 0:
        _too_small(-spare, scale, down=down)
    shares = sum(cell.grow for cell, length in zip(cells, fixed, strict=True) if length is None)
    sizes, given, seen = [], 0, 0.0
    for cell, length in zip(cells, fixed, strict=True):
        if length is None:
            seen += cell.grow
            upto = round(spare * seen / shares)
            length, given = upto - given, upto
        sizes.append(length)
    return list(accumulate(sizes, initial=start))


def _too_small(lacking: int, scale: Scale, *, down: bool) -> None:
    side = "height" if down else "width"
    raise Hold(
        f"the template's cells need {lacking / scale.dots_per_mm:.1f} mm more {side} than the media has: "
        "choose larger labels, or give a cell of the template less room",
        code="media-too-small",
    )


def _length(cell: AnyCell, scale: Scale, *, down: bool) -> int | None:
    if isinstance(cell, Line):
        return scale.dots(cell.line)
    given = cell.height if down else cell.width
    if given is None:
        return None
    return scale.exact(given) if cell.exact else scale.dots(given)


def _spot(cell: AnyCell, box: Box, scale: Scale) -> Box:
    """The box of a cell inside a `place`: from `at` with its own size, as far as the place's far edges without one."""
    across, down = cell.at or (0.0, 0.0)
    left, top = box.left + scale.dots(across), box.top + scale.dots(down)
    width, height = (_length(cell, scale, down=side) for side in (False, True))
    right = box.right if width is None else left + width
    bottom = box.bottom if height is None else top + height
    if right > box.right or bottom > box.bottom or right < left or bottom < top:
        _too_small(max(right - box.right, bottom - box.bottom, 1), scale, down=bottom > box.bottom)
    return Box(left, top, right, bottom)


def _inner(cell: Cell, box: Box, scale: Scale) -> Box:
    edges = border(cell, scale)
    across, down = cell.pad if isinstance(cell.pad, tuple) else (cell.pad, cell.pad)
    pad_x, pad_y = scale.dots(across), scale.dots(down)
    left, top = box.left + edges.left + pad_x, box.top + edges.top + pad_y
    return Box(left, top, max(left, box.right - edges.right - pad_x), max(top, box.bottom - edges.bottom - pad_y))


def border(cell: Cell, scale: Scale) -> Box:
    """The thickness of a cell's four edges in dots, as a box of lengths."""
    given = cell.border
    if isinstance(given, Border):
        return Box(scale.dots(given.left), scale.dots(given.top), scale.dots(given.right), scale.dots(given.bottom))
    thick = scale.dots(given)
    return Box(thick, thick, thick, thick)
