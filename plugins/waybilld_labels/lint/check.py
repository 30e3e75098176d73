"""Looks at a drawn page and at where its cells stand, for what would go wrong on paper."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations

from PIL import Image

from waybilld_labels.layout.arrange import Placed
from waybilld_labels.layout.engine import Drawn
from waybilld_labels.layout.report import DrawnSymbol
from waybilld_labels.lint.readback import installed, unread
from waybilld_labels.page.box import Box
from waybilld_labels.template.model import Barcode, Blank, Table, Text
from waybilld_labels.template.model import Image as ImageCell
from waybilld_sdk.labels import Finding

EDGE_MM = 1.0
"""What thermal printers cannot be trusted to print: stock shifts by so much, heads end before the edge."""

_LOW_BARS = 0.15
"""Bars are at least 15 % as high as the symbol is long (ISO/IEC 15417 annex D), for scanners held askew."""

_SHOWN = (Text, Barcode, ImageCell, Table)


def look(drawn: Drawn, places: Sequence[tuple[str, Placed]], dots_per_mm: float, *, foreign: bool) -> Iterator[Finding]:
    """Everything that a person should mend in the template, or know of it. A `foreign` page lays out what somebody else
    drew, who alone decides how near to its edges there is ink."""
    yield from drawn.report.findings()
    yield from _overlaps([(name, placed) for name, placed in places if _seen(placed)])
    ink = _ink(drawn)
    yield from _edge(ink, 0 if foreign else round(EDGE_MM * dots_per_mm))
    for symbol in drawn.report.symbols:
        if not symbol.turned:
            yield from _symbol(ink, symbol)
    if not installed():
        yield Finding("not-read-back", "the bar codes were not read back: install waybilld[readback] to have it done")
    else:
        for name in unread(drawn.rows, drawn.width, drawn.height, drawn.report.symbols):
            yield Finding("barcode-unreadable", f"the bar code of {name} does not read back: give it more room")


def _seen(placed: Placed) -> bool:
    """Whether a cell shows something of its own; a filled box does, and what stands under it is not seen."""
    cell = placed.cell
    return isinstance(cell, _SHOWN) or (isinstance(cell, Blank) and cell.fill)


def _ink(drawn: Drawn) -> Image.Image:
    """The page with 1 for ink."""
    stride = -(-drawn.width // 8)
    return Image.frombytes("1", (stride * 8, drawn.height), drawn.rows).crop((0, 0, drawn.width, drawn.height))


def _overlaps(places: Sequence[tuple[str, Placed]]) -> Iterator[Finding]:
    for (first, one), (second, other) in combinations(places, 2):
        left, top = max(one.inner.left, other.inner.left), max(one.inner.top, other.inner.top)
        right, bottom = min(one.inner.right, other.inner.right), min(one.inner.bottom, other.inner.bottom)
        if left < right and top < bottom:
            yield Finding("cells-overlap", f"{first} and {second} stand in each other's place: move one of them")


def _edge(ink: Image.Image, far: int) -> Iterator[Finding]:
    box = ink.getbbox()
    if box is None:
        yield Finding("page-empty", "nothing is drawn at all")
        return
    near = [
        side
        for side, room in (("left", box[0]), ("top", box[1]), ("right", ink.width - box[2]), ("bottom", ink.height - box[3]))
        if room < far
    ]
    if near:
        yield Finding(
            "edge-unprintable",
            f"there is ink within {EDGE_MM:g} mm of the {', '.join(near)} edge: raise the template's margin",
        )


def _symbol(ink: Image.Image, symbol: DrawnSymbol) -> Iterator[Finding]:
    bars, (beside, above) = symbol.bars, symbol.quiet
    around = (
        Box(bars.left - beside, bars.top, bars.left, bars.bottom),
        Box(bars.right, bars.top, bars.right + beside, bars.bottom),
        Box(bars.left - beside, bars.top - above, bars.right + beside, bars.top),
        Box(bars.left - beside, bars.bottom, bars.right + beside, bars.bottom + above),
    )
    if any(ink.crop((box.left, box.top, box.right, box.bottom)).getbbox() for box in around if box.width and box.height):
        yield Finding("quiet-zone", f"something stands in the quiet zone of {symbol.name}: keep it away from the bar code")
    if symbol.linear and bars.height < _LOW_BARS * bars.width:
        yield Finding(
            "bars-low",
            f"the bars of {symbol.name} are lower than {_LOW_BARS:.0%} of their length, so that a scanner held askew misses "
            "them: give the cell more height",
        )
