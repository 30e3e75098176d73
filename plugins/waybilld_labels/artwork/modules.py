"""Whether the bar codes of a carrier's picture have bars of whole dots, and the remedy where they have not.

A vector PDF drawn at a printer's dots has modules of, say, two and three dots side by side, which costs a grade on a
scanner. The check: read the symbols with zxing-cpp for their places, measure the runs on the row through the middle, and ask
that each is a whole multiple of one module. The remedy draws the same data anew at whole dots in the same place, and stands
only if the page then reads back just as it did before. Only Code 128 is drawn anew; other symbols are checked as far as they
are linear and their bars upright.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from PIL import Image

from waybilld_labels.artwork.source import CARRIER
from waybilld_labels.lint.readback import installed
from waybilld_labels.symbols.make import make, stencil
from waybilld_sdk.errors import Hold
from waybilld_sdk.labels import Finding

NARROWEST_MM = 0.25
_QUIET = 10
_LINEAR = frozenset({"Code128", "Code39", "Code93", "ITF", "EAN13", "UPCA", "Codabar"})


class Remedy(enum.StrEnum):
    """What happens to a carrier's bar code whose bars are no whole dots: say so, draw it anew, or hold the label."""

    WARN = "warn"
    OVERPAINT = "overpaint"
    HOLD = "hold"


@dataclass(frozen=True, slots=True)
class Found:
    """One linear symbol: what it says, and its box in dots; `upright` bars stand across the row that was read."""

    form: str
    text: str
    left: int
    top: int
    right: int
    bottom: int
    upright: bool


def checked(page: Image.Image, dots_per_mm: float, remedy: Remedy) -> tuple[Image.Image, tuple[Finding, ...]]:
    """The page (mode "1", 0 is ink), mended where the remedy says so, and what was found. Raises `Hold` where it holds."""
    if not installed():
        text = f"{CARRIER.whose} bar codes were not checked: install waybilld[readback] to have it done"
        return page, (Finding("artwork-unchecked", text),)
    before = _read(page)
    bad = [found for found in _linear(before) if found.upright and not whole_dots(page, found, dots_per_mm)]
    if not bad:
        return page, ()
    if remedy is Remedy.HOLD:
        raise Hold(f"{_said(bad)}: {CARRIER.ask} one of this printer's resolution", code="artwork-modules")
    if remedy is Remedy.OVERPAINT:
        mended = _anew(page, bad, dots_per_mm)
        if mended is not None and _contents(_read(mended)) == _contents(before):
            return mended, ()
    text = f"{_said(bad)}, and may scan badly: {CARRIER.ask} one of this printer's resolution"
    return page, (Finding("artwork-modules", text),)


def whole_dots(page: Image.Image, found: Found, dots_per_mm: float) -> bool:
    """Whether every bar and space on the symbol's middle row is a whole multiple of one module of enough dots."""
    runs = _runs(page, found)
    if len(runs) < 3:
        return False
    least = min(runs)
    return least >= NARROWEST_MM * dots_per_mm - 0.1 and all(run % least == 0 for run in runs)


def _runs(page: Image.Image, found: Found) -> list[int]:
    """Lengths of bars and spaces on the middle row, from the first bar to the last."""
    middle = (found.top + found.bottom) // 2
    row = page.crop((0, middle, page.width, middle + 1)).convert("L").tobytes()
    left, right = found.left, found.right
    while left > 0 and row[left - 1] == 0:
        left -= 1
    while left < right and row[left] != 0:
        left += 1
    while right < len(row) and row[right] == 0:
        right += 1
    while right > left and row[right - 1] != 0:
        right -= 1
    return [len(list(run)) for _, run in groupby(row[left:right])]


def _read(page: Image.Image) -> list[Any]:
    import zxingcpp  # an extra: only who asks for it needs it

    return list(zxingcpp.read_barcodes(page.convert("L")))


def _contents(codes: list[Any]) -> list[tuple[str, str]]:
    return sorted((str(code.format.name), str(code.text)) for code in codes)


def _linear(codes: list[Any]) -> list[Found]:
    found = []
    for code in codes:
        if code.format.name in _LINEAR:
            at = code.position
            xs = [corner.x for corner in (at.top_left, at.top_right, at.bottom_left, at.bottom_right)]
            ys = [corner.y for corner in (at.top_left, at.top_right, at.bottom_left, at.bottom_right)]
            upright = abs(at.top_left.y - at.top_right.y) <= 2
            found.append(Found(code.format.name, code.text, min(xs), min(ys), max(xs) + 1, max(ys) + 1, upright))
    return found


def _said(bad: list[Found]) -> str:
    names = ", ".join(sorted({found.form for found in bad}))
    return f"{CARRIER.whose} bar code ({names}) has bars that are no whole dots of this printer"


def _anew(page: Image.Image, bad: list[Found], dots_per_mm: float) -> Image.Image | None:
    """The page with these symbols drawn anew in their places; None where one cannot be."""
    mended = page.copy()
    for found in bad:
        if found.form != "Code128" or not found.text.isascii() or not found.text.isprintable():
            return None
        symbol = make("code128", found.text)
        runs = sum(_runs(page, found))
        dots = max(1, round(runs / symbol.width))
        if dots < NARROWEST_MM * dots_per_mm - 0.1:
            return None
        top, bottom = _height(page, found)
        bars = stencil(symbol, dots, bottom - top).picture()
        middle = (found.left + found.right) // 2
        left = middle - bars.width // 2
        if left < 0 or left + bars.width > page.width or not _white(page, found, left, left + bars.width, top, bottom):
            return None
        mended.paste(255, (found.left - 2, top, found.right + 2, bottom))
        mended.paste(0, (left, top), bars)
    return mended


def _height(page: Image.Image, found: Found) -> tuple[int, int]:
    """The rows over which the first bar goes."""
    middle = (found.top + found.bottom) // 2
    x = next((x for x in range(max(0, found.left - 3), found.right) if page.getpixel((x, middle)) == 0), found.left)
    top = bottom = middle
    while top > 0 and page.getpixel((x, top - 1)) == 0:
        top -= 1
    while bottom < page.height and page.getpixel((x, bottom)) == 0:
        bottom += 1
    return top, bottom


def _white(page: Image.Image, found: Found, left: int, right: int, top: int, bottom: int) -> bool:
    """Whether what is new beside the old bars, and a little more, was white."""
    sides = ((min(left, found.left) - _QUIET, found.left - 2), (found.right + 2, max(right, found.right) + _QUIET))
    for start, end in sides:
        area = page.crop((max(0, start), top, min(page.width, end), bottom)).convert("L")
        if area.width and area.height and (area.getextrema() or (255,))[0] == 0:
            return False
    return True
