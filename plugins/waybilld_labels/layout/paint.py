"""Draws the cells of a template, each into its own box."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from waybilld_labels.fonts.faces import Weight
from waybilld_labels.fonts.glyphs import font
from waybilld_labels.layout.arrange import Placed, border
from waybilld_labels.layout.compiled import Leaf, Paragraph
from waybilld_labels.layout.fit import Limits, Run, Setting, fit
from waybilld_labels.layout.report import DrawnSymbol, Report
from waybilld_labels.page.box import Box
from waybilld_labels.page.canvas import INK, PAPER, Canvas
from waybilld_labels.page.scale import Scale
from waybilld_labels.page.stencil import Stencil
from waybilld_labels.symbols.grouping import grouped
from waybilld_labels.symbols.make import LOWEST_BARS_MM, Symbol, make, module_dots, stencil
from waybilld_labels.template.model import Align, Barcode, Line, Text, VerticalAlign
from waybilld_labels.template.model import Image as PictureCell
from waybilld_labels.text.breaking import elide
from waybilld_sdk.errors import Hold

Fields = Mapping[str, Any]

_ALONG = {"left": 0.0, "center": 0.5, "right": 1.0, "top": 0.0, "middle": 0.5, "bottom": 1.0}
_INVERSE_PAD = 0.22
"""Ground around inverse words, in sizes."""


@dataclass(frozen=True, slots=True)
class Pen:
    """One page in the making."""

    canvas: Canvas
    scale: Scale
    report: Report

    def sub(self, width: int, height: int) -> Pen:
        """Blank paper of a size, for what is drawn upright and turned afterwards."""
        return Pen(Canvas.blank(width, height), self.scale, self.report)


def ground(pen: Pen, placed: Placed) -> None:
    """A cell's ground, border and rule."""
    cell = placed.cell
    if cell.fill:
        pen.canvas.fill(placed.box)
    ink = PAPER if placed.ground else INK
    if cell.border:
        pen.canvas.outline(placed.box, border(cell, pen.scale), ink)
    if isinstance(cell, Line):
        pen.canvas.fill(placed.box, ink)


def along(room: int, taken: int, align: Align | VerticalAlign) -> int:
    """Where something begins that is aligned in a room."""
    return round((room - taken) * _ALONG[align])


def text(pen: Pen, placed: Placed, cell: Text, leaf: Leaf, fields: Fields) -> None:
    """Words, wrapped and shrunk as the cell says. Raises `Hold` where they must not be shortened."""
    runs = [run for paragraph in leaf.paragraphs if (run := _run(paragraph, fields, pen.scale)) is not None]
    if not runs:
        return
    box = placed.inner
    if cell.rotate:
        _turned(pen, box, cell.rotate, lambda sub, inside: _words(sub, inside, cell, leaf.name, runs, ground=False), placed)
        return
    _words(pen, box, cell, leaf.name, runs, ground=placed.ground)


def _run(paragraph: Paragraph, fields: Fields, scale: Scale) -> Run | None:
    if paragraph.when is not None and not paragraph.when(fields):
        return None
    said = paragraph.words(fields)
    size = paragraph.size_mm * scale.factor * scale.dots_per_mm
    return Run(said, paragraph.weight, size, paragraph.beside) if said else None


def _words(pen: Pen, box: Box, cell: Text, name: str, runs: list[Run], *, ground: bool) -> None:
    pad = round(max(run.size for run in runs) * _INVERSE_PAD) if cell.inverse else 0
    width, height = max(0, box.width - 2 * pad), max(0, box.height)
    limits = _limits(cell, runs, pen.scale)
    setting = fit(runs, width, height, limits)
    if setting.height > height + _FORGIVEN_DOTS or not setting.lines:
        needed = setting.height or round(min(run.size for run in runs) * limits.least)
        raise too_low(name, height, needed, pen.scale, "width" if cell.rotate in {90, 270} else "height")
    if setting.cut:
        _overflow(pen.report, cell, name)
    down = box.top + along(height, setting.height, cell.vertical)
    if cell.inverse:
        _plate(pen, box, cell, setting, down, pad)
    ink = PAPER if ground != cell.inverse else INK
    for line in setting.lines:
        taken = line.width + line.left
        left = box.left + pad + along(width, taken, cell.align) + line.left
        pen.canvas.text(line.text, left, down + line.top, line.weight, line.size, ink)
        pen.report.drawn(name, line.text)


_FORGIVEN_DOTS = 1
"""A cell's height and a size are rounded to dots each by itself."""


def too_low(name: str, height: int, needed: int, scale: Scale, side: str = "height") -> Hold:
    """Why a cell that is lower than its words cannot be drawn: they would stand in its neighbours. Heights are dots; `side`
    is what the cell lacks, its width where the text is turned."""
    have, need = (f"{dots / scale.dots_per_mm:.1f} mm" for dots in (height, needed))
    return Hold(
        f"the cell of {name} has {have} of {side} for text that is {need} high: give it more {side} or less pad in the "
        "template, or a `smallest` down to which the text may shrink",
        code="label-overflow",
    )


def _plate(pen: Pen, box: Box, cell: Text, setting: Setting, down: int, pad: int) -> None:
    """The ground of inverse words, as wide as they are and not higher than the cell."""
    wide = max((line.left + line.width for line in setting.lines), default=0) + 2 * pad
    left = box.left + along(box.width, wide, cell.align)
    top, bottom = max(box.top, down - pad), min(box.bottom, down + setting.height + pad)
    pen.canvas.fill(Box(left, top, left + wide, bottom))


def _limits(cell: Text, runs: list[Run], scale: Scale) -> Limits:
    """The factors between which sizes may move; `smallest` holds for the smallest paragraph, on any media."""
    least = most = 1.0
    if cell.smallest is not None:
        least = min(1.0, scale.exact(cell.smallest) / min(run.size for run in runs))
    if cell.largest is not None:
        most = max(1.0, scale.dots(cell.largest) / max(run.size for run in runs))
    return Limits(least, most, cell.lines, cell.leading)


def _overflow(report: Report, cell: Text, name: str) -> None:
    if cell.overflow == "shorten":
        report.shortened[name] = None
        return
    smallest = cell.smallest or min([cell.size] if isinstance(cell.text, str) else [part.size for part in cell.text])
    raise Hold(
        f"{name} does not fit on the label even at {smallest:g} mm: shorten it in the order, or choose larger labels or "
        "another template",
        code="label-overflow",
    )


def _turned(pen: Pen, box: Box, rotate: int, draw: Any, placed: Placed) -> None:
    """Draw upright on paper of its own, turn it, and stamp it into the box."""
    wide, high = (box.height, box.width) if rotate in {90, 270} else (box.width, box.height)
    if wide <= 0 or high <= 0:
        return
    sub = pen.sub(wide, high)
    draw(sub, Box(0, 0, wide, high))
    pen.canvas.stamp(sub.canvas.stencil().turned(rotate), box.left, box.top, PAPER if placed.ground else INK)


def barcode(pen: Pen, placed: Placed, cell: Barcode, leaf: Leaf, fields: Fields) -> None:
    """A symbol with its quiet zones, as large as the cell allows. Raises `Hold` where a scanner would not read it."""
    data = leaf.data(fields) if leaf.data is not None else ""
    symbol = make(cell.symbology, data)
    if cell.rotate:
        _turned(pen, placed.inner, cell.rotate, lambda sub, inside: _symbol(sub, inside, cell, leaf.name, symbol), placed)
        return
    if placed.ground:
        # Bars are dark on light, whatever stands around them.
        pen.canvas.fill(placed.inner, PAPER)
    _symbol(pen, placed.inner, cell, leaf.name, symbol)


def _symbol(pen: Pen, box: Box, cell: Barcode, name: str, symbol: Symbol) -> None:
    scale = pen.scale
    caption = scale.dots(cell.caption_size) if cell.caption != "none" else 0
    room = (box.width, max(0, box.height - round(caption * 1.2)))
    bars = min(scale.exact(cell.bars), room[1]) if cell.bars is not None else room[1]
    if symbol.linear and bars < LOWEST_BARS_MM * scale.dots_per_mm:
        raise Hold(
            f"the bars of {name} would be {bars / scale.dots_per_mm:.1f} mm high, and scanners need {LOWEST_BARS_MM:g} mm: "
            "give the cell of the template more height",
            code="barcode-too-low",
        )
    dots = module_dots(symbol, room, scale.dots_per_mm, cell.module)
    if dots is None:
        raise Hold(
            f"the bar code of {name} does not fit into {box.width / scale.dots_per_mm:.0f} x "
            f"{room[1] / scale.dots_per_mm:.0f} mm at {cell.module[0]:g} mm a module with its quiet zones, so that no "
            "scanner would read it: give the cell of the template more room, or choose larger labels",
            code="barcode-too-wide",
        )
    drawn = stencil(symbol, dots, bars)
    left = box.left + symbol.quiet[0] * dots + along(box.width - 2 * symbol.quiet[0] * dots, drawn.width, cell.align)
    quiet = symbol.quiet[1] * dots
    high = drawn.height + 2 * quiet
    top = box.top + along(box.height, high + round(caption * 1.2), cell.vertical) + quiet
    pen.canvas.stamp(drawn, left, top)
    bars_box = Box(left, top, left + drawn.width, top + drawn.height)
    around = (symbol.quiet[0] * dots, quiet)
    pen.report.symbols.append(DrawnSymbol(name, symbol.data, bars_box, around, dots, symbol.linear, bool(cell.rotate)))
    if caption:
        below = Box(box.left, top + drawn.height + quiet + round(caption * 0.2), box.right, box.bottom)
        _caption(pen, below, cell, name, symbol, caption, left + drawn.width // 2)


def _caption(pen: Pen, box: Box, cell: Barcode, name: str, symbol: Symbol, size: int, middle: int) -> None:
    said = grouped(symbol.text) if cell.caption == "grouped" else symbol.text
    size = min(size, box.height)
    if size <= 0:
        return
    least = max(1, pen.scale.exact(_CAPTION_FLOOR_MM))
    while size > least and font(Weight.BOLD, size).width(said) > box.width:
        size -= 1
    fitted = elide(said, box.width, font(Weight.BOLD, size).width)
    if fitted != said:
        pen.report.shortened[name] = None
    taken = font(Weight.BOLD, size).width(fitted)
    left = min(max(box.left, middle - taken // 2), box.right - taken)
    pen.canvas.text(fitted, left, box.top, Weight.BOLD, size)
    pen.report.drawn(name, fitted)


_CAPTION_FLOOR_MM = 1.7
"""Smallest figures below a bar code, in true mm: a person must still be able to type them."""


def image(pen: Pen, placed: Placed, cell: PictureCell, mask: Stencil) -> None:
    """A picture at the size it has already."""
    box = placed.inner
    left = box.left + along(box.width, mask.width, cell.align)
    top = box.top + along(box.height, mask.height, cell.vertical)
    pen.canvas.stamp(mask, left, top, PAPER if placed.ground else INK)
