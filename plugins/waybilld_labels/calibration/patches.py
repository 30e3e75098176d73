"""What shows whether darkness and speed fit the media: patches that fill in or break up, and bars of one to four dots."""

from __future__ import annotations

from waybilld_labels.calibration.pen import Pen
from waybilld_labels.page.stencil import Stencil
from waybilld_labels.symbols.make import make, stencil

_SIDE_MM = 6.0
_GAP_MM = 1.0
_BAR_MM = 5.5
_TURNED_MM = 52.0
"""Where the codes along the feed begin, right of the longest caption."""

_MODULES = (1, 2, 3, 4)
"""Dots of a module, from what hardly any head prints cleanly to what every one must."""

_TILES: tuple[tuple[str, ...], ...] = (
    ("10", "01"),
    ("0000000000", *("0111111111",) * 9),
    ("1",),
    ("1100",),
    ("1", "1", "0", "0"),
    ("1100", "1100", "0011", "0011"),
)
"""Chequers of one dot, white lines of one dot in black, black, lines along and across the feed, chequers of two dots: what
says most comes first, because narrow labels have room for four."""


def patches(pen: Pen, left: float, top: float, right: float) -> float:
    """As many patches as fit, and what to do about them; where the next thing may begin."""
    pen.text("DARKNESS 浓度", left, top, 2.2, bold=True)
    y, x = top + 3, left
    for tile in _TILES:
        if x + _SIDE_MM > right:
            break
        _patch(pen, x, y, tile)
        x += _SIDE_MM + _GAP_MM
    advice = (
        "Chequers grey and white lines open: right. Filled in: lower darkness. Holes in black: raise it, or lower speed. "
        "糊了：调低浓度；黑块有洞：调高浓度或降低速度。"
    )
    return pen.lines(advice, left, y + _SIDE_MM + 0.6, 1.9, right - left)


def _patch(pen: Pen, x: float, y: float, tile: tuple[str, ...]) -> None:
    side = pen.dots(_SIDE_MM)
    rows = [int((row * side)[:side], 2) for row in tile]
    pen.canvas.stamp(Stencil(side, tuple(rows[at % len(rows)] for at in range(side))), pen.dots(x), pen.dots(y))


def bars(pen: Pen, left: float, top: float, right: float, foot: float) -> None:
    """A code at modules of one to four dots, across the feed and, where there is room, along it."""
    pen.text("BARS 条码: the narrowest that scans 能扫的最细一条", left, top, 2.2, bold=True, most=right - left)
    y = top + 3.2
    for dots in _MODULES:
        symbol = make("code128", f"W{dots}")
        drawn = stencil(symbol, dots, pen.dots(_BAR_MM))
        quiet = symbol.quiet[0] * dots
        pen.canvas.stamp(drawn, pen.dots(left) + quiet, pen.dots(y))
        caption = f"{dots} dot{'s' if dots > 1 else ''} = {dots / pen.dots_per_mm:.3f} mm"
        pen.text(caption, left + (2 * quiet + drawn.width) / pen.dots_per_mm, y + 1.6, 2)
        y += _BAR_MM + 0.9
    x = left + _TURNED_MM
    for dots in _MODULES[1:]:
        symbol = make("code128", f"L{dots}")
        drawn = stencil(symbol, dots, pen.dots(_BAR_MM)).turned(90)
        begin = pen.dots(top + 6) + symbol.quiet[0] * dots
        if x + _BAR_MM > right or begin + drawn.height + symbol.quiet[0] * dots > pen.dots(foot):
            break
        pen.text(f"{dots} dots", x + _BAR_MM / 2, top + 3.4, 2, align=0.5)
        pen.canvas.stamp(drawn, pen.dots(x), begin)
        x += _BAR_MM + 4
