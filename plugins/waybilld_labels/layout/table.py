"""Tables over the lines of goods: columns shared out, rows set, and what has no room said or carried to the next page."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import accumulate, compress, islice
from typing import Any

from waybilld_labels.fonts.faces import Weight
from waybilld_labels.layout.arrange import Placed
from waybilld_labels.layout.compiled import Leaf
from waybilld_labels.layout.fit import Limits, Run, Setting, fit
from waybilld_labels.layout.paint import Fields, Pen, along, too_low
from waybilld_labels.page.box import Box
from waybilld_labels.page.canvas import INK, PAPER
from waybilld_labels.page.scale import Scale
from waybilld_labels.template.model import Column, Table
from waybilld_sdk.errors import Hold

_LEADING = 1.18
_ROW_AIR = 0.3
"""Room between rows, in sizes."""


@dataclass(frozen=True, slots=True)
class Row:
    """The set values of one row, left to right, and its height in dots."""

    values: tuple[Setting, ...]
    height: int


@dataclass(frozen=True, slots=True)
class Sheet:
    """What stands on one page: the columns that are there and their boxes, the rows from `first` up to `after`, and how many
    lines of goods there are in all."""

    shown: tuple[Column, ...]
    columns: tuple[Box, ...]
    head: Row | None
    rows: tuple[Row, ...]
    first: int
    after: int
    total: int


def lay(placed: Placed, cell: Table, leaf: Leaf, fields: Fields, scale: Scale, first: int) -> Sheet:
    """Set the rows from `first` on that fit into the cell. Raises `Hold` where a table that must be whole is not."""
    lines: Sequence[Any] = fields["shown_lines" if fields["kind"] == "waybill" else "lines"]
    cell, leaf = _there(cell, leaf, fields)
    box = placed.inner
    columns = tuple(_columns(cell, box, scale))
    heads = [column.head for column in cell.columns]
    head = _row(heads, cell, columns, scale, Weight.BOLD, 1) if any(heads) else None
    room = box.height - (head.height if head else 0)
    if room < 0:
        raise too_low(leaf.name, box.height, box.height - room, scale)

    def each(most: int) -> Iterator[Row]:
        return _rows(cell, leaf, fields, islice(enumerate(lines), first, None), columns, scale, most)

    most = max((column.lines for column in cell.columns), default=1)
    rows = list(_fitting(each(most), room))
    if first + len(rows) < len(lines) and cell.overflow != "next-page" and most > 1:
        rows = list(_fitting(each(1), room))
        if first + len(rows) == len(lines):
            rows = list(_opened(rows, each(most), room))
    left_out = len(lines) - first - len(rows)
    if left_out and cell.overflow == "hold":
        raise Hold(
            f"{leaf.name} has {len(lines)} lines, and the template has room for {len(rows)}: choose larger media or a "
            "template whose table goes on on the next page",
            code="label-overflow",
        )
    if left_out and cell.overflow == "count" and rows and sum(row.height for row in rows) + _more(cell, scale) > room:
        rows.pop()
    return Sheet(cell.columns, columns, head, tuple(rows), first, first + len(rows), len(lines))


def _there(cell: Table, leaf: Leaf, fields: Fields) -> tuple[Table, Leaf]:
    """The table without the columns whose condition does not hold."""
    if not any(leaf.column_whens):
        return cell, leaf
    holds = [when is None or when(fields) for when in leaf.column_whens]
    columns = tuple(compress(cell.columns, holds))
    return cell.model_copy(update={"columns": columns}), replace(leaf, columns=tuple(compress(leaf.columns, holds)))


def draw(pen: Pen, placed: Placed, cell: Table, leaf: Leaf, fields: Fields, sheet: Sheet) -> None:
    """Draw one page's rows, and what is left out where that is only counted."""
    top = placed.inner.top
    ink = PAPER if placed.ground else INK
    for row in (*((sheet.head,) if sheet.head else ()), *sheet.rows):
        air = round(pen.scale.dots(cell.size) * _ROW_AIR / 2)
        for column, of, value in zip(sheet.columns, sheet.shown, row.values, strict=True):
            _value(pen, column, of, value, top + air, leaf.name, ink)
        top += row.height
        thick = pen.scale.dots(cell.rule)
        if thick:
            pen.canvas.fill(Box(placed.inner.left, top - thick, placed.inner.right, top), ink)
    left_out = sheet.total - sheet.after
    if not left_out or cell.overflow == "next-page" or leaf.more is None:
        return
    pen.report.shortened[leaf.name] = None
    said = leaf.more({**fields, "left_out": left_out})
    size = pen.scale.dots(cell.size)
    if top + size <= placed.inner.bottom:
        setting = fit([Run(said, Weight.BOLD, size)], placed.inner.width, size, Limits(least=0.6))
        for line in setting.lines:
            pen.canvas.text(line.text, placed.inner.left, top, line.weight, line.size, ink)


def _value(pen: Pen, column: Box, of: Column, value: Setting, top: int, name: str, ink: int) -> None:
    if value.cut:
        pen.report.shortened[name] = None
    for line in value.lines:
        left = column.left + along(column.width, line.width, of.align)
        pen.canvas.text(line.text, left, top + line.top, line.weight, line.size, ink)
        pen.report.drawn(name, line.text)


def _columns(cell: Table, box: Box, scale: Scale) -> Iterator[Box]:
    gap = scale.dots(cell.gap)
    fixed = [scale.dots(column.width) if column.width is not None else None for column in cell.columns]
    spare = box.width - gap * (len(fixed) - 1) - sum(width for width in fixed if width is not None)
    shares = sum(column.grow for column, width in zip(cell.columns, fixed, strict=True) if width is None)
    if spare < 0:
        raise Hold(
            f"the table's columns need {-spare / scale.dots_per_mm:.1f} mm more width than it has: "
            "choose larger media, or make the template's columns narrower",
            code="media-too-small",
        )
    widths = [
        width if width is not None else int(spare * column.grow / shares)
        for column, width in zip(cell.columns, fixed, strict=True)
    ]
    for left, width in zip(accumulate((w + gap for w in widths), initial=box.left), widths, strict=False):
        yield Box(left, box.top, left + width, box.bottom)


def _rows(
    cell: Table,
    leaf: Leaf,
    fields: Fields,
    lines: Iterable[tuple[int, Any]],
    columns: Sequence[Box],
    scale: Scale,
    most: int,
) -> Iterator[Row]:
    for at, line in lines:
        known = {**fields, "line": line, "row": at + 1}
        yield _row([words(known) for words in leaf.columns], cell, columns, scale, None, most)


def _row(values: Sequence[str], cell: Table, columns: Sequence[Box], scale: Scale, weight: Weight | None, most: int) -> Row:
    size = scale.dots(cell.size)
    least = 1.0 if cell.smallest is None else min(1.0, scale.exact(cell.smallest) / size)
    settings = []
    for said, column, of in zip(values, columns, cell.columns, strict=True):
        settings.append(_set(said, weight or Weight(of.weight), size, column.width, min(of.lines, most), least))
    taken = max([size, *(setting.height for setting in settings)])
    return Row(tuple(settings), taken + round(size * _ROW_AIR) + scale.dots(cell.rule))


@lru_cache(maxsize=1024)
def _set(said: str, weight: Weight, size: int, width: int, lines: int, least: float) -> Setting:
    """One value in its column, kept because goods come again on the next label."""
    room = round(size * (1 + _LEADING * (lines - 1)))
    return fit([Run(said, weight, size)], width, room, Limits(least, 1.0, lines, _LEADING)) if said else Setting((), 0)


def _fitting(rows: Iterator[Row], room: int) -> Iterator[Row]:
    for row in rows:
        room -= row.height
        if room < 0:
            return
        yield row


def _opened(rows: Sequence[Row], whole: Iterator[Row], room: int) -> Iterator[Row]:
    """Rows of one line each, of which those that were cut have their whole height again as far as there is room."""
    spare = room - sum(row.height for row in rows)
    for row, full in zip(rows, whole, strict=True):
        more = full.height - row.height
        if more <= spare and any(value.cut for value in row.values):
            spare -= more
            yield full
        else:
            yield row


def _more(cell: Table, scale: Scale) -> int:
    return scale.dots(cell.size)
