"""Draws a request with a template: the layer that repeats from label to label once, then what is this label's own.

Three things are kept per process, all bounded: where the cells stand for one media and one set of conditions, the repeating
layer for one set of repeating fields, and glyphs.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from PIL import Image as Pictures

from waybilld_labels.artwork.zpl.rewrite import Rewritten
from waybilld_labels.layout import paint, table
from waybilld_labels.layout.arrange import Placed, arrange
from waybilld_labels.layout.compiled import Compiled, Leaf
from waybilld_labels.layout.paint import Fields, Pen
from waybilld_labels.layout.report import Report
from waybilld_labels.layout.table import Sheet
from waybilld_labels.page.box import Box
from waybilld_labels.page.canvas import Canvas, Layer
from waybilld_labels.page.scale import Scale, factor
from waybilld_labels.page.stencil import of_picture
from waybilld_labels.template.model import Artwork, Barcode, Cell, Image, Table, Text
from waybilld_sdk.errors import Hold
from waybilld_sdk.labels import Finding, PageCommands

DrawArtwork = Callable[[tuple[int, int]], tuple[Pictures.Image | Rewritten, tuple[Finding, ...]]]
"""Lays the carrier's label out for a room in dots: a mode "1" picture not larger than it, or commands that are not, and what
was noticed."""

FINEST_DOTS_PER_MM = 24.0
COARSEST_DOTS_PER_MM = 5.9
"""6 dots/mm ("152 dpi") is the coarsest label printer, 24 ("600 dpi") the finest."""

LARGEST_MM = 450.0
"""A3 is 420 mm long."""

ARRANGED_KEPT = 32
LAYERS_KEPT = 32
"""Repeating layers: one takes a bit a dot (0.12 MB at 100 x 150 mm and 8 dots/mm, 0.27 MB at 12)."""

_MOST_PAGES = 200


@dataclass(frozen=True, slots=True)
class Drawn:
    """One page: its packed rows, its size in dots, what was noticed, and what the printer draws by itself."""

    rows: bytes
    width: int
    height: int
    report: Report
    commands: PageCommands | None = None


@dataclass(frozen=True, slots=True)
class Paper:
    """The media and resolution that a page is drawn for."""

    media_mm: tuple[float, float]
    dots_per_mm: float


def check_paper(paper: Paper) -> None:
    """Raises `Hold` for a resolution that no printer has, and for media larger than pages are drawn."""
    if not COARSEST_DOTS_PER_MM <= paper.dots_per_mm <= FINEST_DOTS_PER_MM:
        raise Hold(
            f"the printer's resolution is given as {paper.dots_per_mm:g} dots/mm, and printers have 6 to 24 "
            '(8 is "203 dpi", 11.8 "300 dpi"): correct the printer\'s resolution setting',
            code="resolution-unsupported",
        )
    if max(paper.media_mm) > LARGEST_MM:
        raise Hold(
            f"the printer's media is {_size(paper.media_mm)}, and pages are drawn up to {LARGEST_MM:g} mm: "
            "correct the printer's media setting",
            code="media-too-large",
        )


class Engine:
    """One template, ready to draw. Not for two threads at once."""

    def __init__(self, compiled: Compiled) -> None:
        self.compiled = compiled
        self._arranged: OrderedDict[Any, tuple[Placed, ...]] = OrderedDict()
        self._layers: OrderedDict[Any, tuple[Layer, Report]] = OrderedDict()

    def draw(self, paper: Paper, fields: Fields, artwork: DrawArtwork | None = None) -> list[Drawn]:
        """Every page of a request: one, or as many as its table needs. Raises `Hold`.

        `artwork` draws the carrier's own label for a box; None where there is none.
        """
        if self.compiled.pages:
            starts = self._starts(paper, fields)
            count = len(starts)
            numbered = [({**fields, "page": {"number": at, "count": count}}, first) for at, first in enumerate(starts, 1)]
            return [self._page(paper, known, first, artwork) for known, first in numbered]
        return [self._page(paper, fields, 0, artwork)]

    def places(self, paper: Paper, fields: Fields) -> tuple[tuple[str, Placed], ...]:
        """Where each cell stands on the first page, with its name. Raises `Hold`."""
        placed = self._cells(paper, self._scale(paper), fields)
        return tuple((self.compiled.leaf(one.cell).name, one) for one in placed)

    def _starts(self, paper: Paper, fields: Fields) -> list[int]:
        """The first row of every page. What a page says of its number, and of how many there are, may change its room, so
        the pages are counted until the count comes true."""
        count = 1
        while count <= _MOST_PAGES:
            starts, after, total = [0], 0, 0
            while True:
                known = {**fields, "page": {"number": len(starts), "count": count}}
                sheet = next((s for _, s in self._sheets(paper, known, after) if s is not None), None)
                after, total = (sheet.after, sheet.total) if sheet else (0, 0)
                if after >= total:
                    break
                if after <= starts[-1]:
                    raise Hold(
                        "a row of the table is higher than the page has room: choose larger media or a smaller type",
                        code="label-overflow",
                    )
                starts.append(after)
                if len(starts) > _MOST_PAGES:
                    break
            if len(starts) <= count:
                return starts
            count = len(starts)
        raise Hold(f"the sheet would have more than {_MOST_PAGES} pages: print it in parts", code="label-overflow")

    def _sheets(self, paper: Paper, fields: Fields, first: int) -> Iterator[tuple[Placed, Sheet | None]]:
        """The cells of a page in drawing order, tables with their rows set."""
        scale = self._scale(paper)
        for placed in self._cells(paper, scale, fields):
            cell = placed.cell
            if isinstance(cell, Table):
                start = first if cell.overflow == "next-page" else 0
                yield placed, table.lay(placed, cell, self.compiled.leaf(cell), fields, scale, start)
            else:
                yield placed, None

    def _page(self, paper: Paper, fields: Fields, first: int, artwork: DrawArtwork | None) -> Drawn:
        scale = self._scale(paper)
        layer, noted = self._layer(paper, scale, fields)
        pen = Pen(Canvas(layer), scale, Report())
        pen.report.add(noted)
        commands = None
        for placed, sheet in self._sheets(paper, fields, first):
            cell = placed.cell
            leaf = self.compiled.leaf(cell)
            if isinstance(cell, Table) and sheet is not None:
                table.draw(pen, placed, cell, leaf, fields, sheet)
            elif isinstance(cell, Artwork) and artwork is not None:
                commands = _artwork(pen, placed, artwork)
            elif not leaf.repeating:
                _show(pen, placed, leaf, fields)
        return Drawn(pen.canvas.packed(), layer.width, layer.height, pen.report, commands)

    def _layer(self, paper: Paper, scale: Scale, fields: Fields) -> tuple[Layer, Report]:
        """What is the same on the next label: grounds, borders, pictures, and words of repeating fields."""
        key = (paper, self._truths(fields), tuple(_frozen(fields.get(name)) for name in self.compiled.repeating))
        kept = self._layers.get(key)
        if kept is not None:
            self._layers.move_to_end(key)
            return kept
        width, height = (round(mm * paper.dots_per_mm) for mm in paper.media_mm)
        pen = Pen(Canvas.blank(width, height), scale, Report())
        for placed in self._cells(paper, scale, fields):
            paint.ground(pen, placed)
            leaf = self.compiled.leaf(placed.cell)
            if isinstance(placed.cell, Image):
                mask = self.compiled.picture(placed.cell, placed.inner)
                paint.image(pen, placed, placed.cell, of_picture(mask))
            elif leaf.repeating:
                _show(pen, placed, leaf, fields)
        kept = self._layers[key] = (pen.canvas.layer(), pen.report)
        if len(self._layers) > LAYERS_KEPT:
            self._layers.popitem(last=False)
        return kept

    def _cells(self, paper: Paper, scale: Scale, fields: Fields) -> tuple[Placed, ...]:
        truths = self._truths(fields)
        kept = self._arranged.get((paper, truths))
        if kept is None:
            kept = arrange(self.compiled.template.layout, self._box(paper, scale), scale, self._present(truths))
            self._arranged[paper, truths] = kept
            if len(self._arranged) > ARRANGED_KEPT:
                self._arranged.popitem(last=False)
        return kept

    def _truths(self, fields: Fields) -> tuple[bool, ...]:
        return tuple([condition(fields) for _, condition in self.compiled.conditions])

    def _present(self, truths: tuple[bool, ...]) -> Callable[[Cell], bool]:
        def present(cell: Cell) -> bool:
            at = self.compiled.condition(cell)
            return at is None or truths[at]

        return present

    def _scale(self, paper: Paper) -> Scale:
        template = self.compiled.template
        found = factor(template.media, paper.media_mm, template.scale)
        if found is None:
            raise Hold(
                f"the template {template.template} is made for {_size(template.media)} and shrinks to {template.scale[0]:g} "
                f"of that at most, and the printer's media is {_size(paper.media_mm)}: choose another template or media",
                code="media-too-small",
            )
        check_paper(paper)
        return Scale(paper.dots_per_mm, found)

    def _box(self, paper: Paper, scale: Scale) -> Box:
        margin = self.compiled.template.margin
        across, down = margin if isinstance(margin, tuple) else (margin, margin)
        width, height = (round(mm * paper.dots_per_mm) for mm in paper.media_mm)
        return Box(0, 0, width, height).inset(scale.dots(across), scale.dots(down))


def _show(pen: Pen, placed: Placed, leaf: Leaf, fields: Fields) -> None:
    if isinstance(placed.cell, Text):
        paint.text(pen, placed, placed.cell, leaf, fields)
    elif isinstance(placed.cell, Barcode):
        paint.barcode(pen, placed, placed.cell, leaf, fields)


def _artwork(pen: Pen, placed: Placed, artwork: DrawArtwork) -> PageCommands | None:
    room = (placed.box.width, placed.box.height)
    drawn, findings = artwork(room)
    pen.report.others.update(dict.fromkeys(findings))
    if isinstance(drawn, Rewritten):
        return drawn.at(placed.box.left, placed.box.top, room)
    left = placed.box.left + (room[0] - drawn.width) // 2
    pen.canvas.copy(of_picture(drawn, ink=0), left, placed.box.top)
    return None


def _frozen(value: Any) -> Any:
    return tuple(sorted(value.items())) if isinstance(value, Mapping) else value


def _size(media_mm: tuple[float, float]) -> str:
    return f"{media_mm[0]:g} x {media_mm[1]:g} mm"
