"""A page on a printer's paper: what leaves the paper or stands where the head does not reach, and a picture of it."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass

from PIL import Image, ImageChops, ImageDraw, ImageFont

from waybilld_sdk.labels import Finding
from waybilld_sdk.printing import PrinterCapabilities, dots_of

_DESK, _PAPER, _SHADE, _EDGE = (200, 204, 208), (255, 255, 255), (255, 226, 178), (90, 90, 90)
_INK, _LOST = (0, 0, 0), (214, 0, 28)
_DESK_MM = 4.0
_NAMES = ("left", "top", "right", "bottom")


@dataclass(frozen=True, slots=True)
class _Sheet:
    """A page's ink (1 is ink) where the printer puts it: `paper` in dots around the same origin as the moved ink, `reached`
    what the head reaches of it. Boxes are left, top, right, bottom."""

    ink: Image.Image
    offset: tuple[int, int]
    paper: tuple[int, int, int, int]
    reached: tuple[int, int, int, int]

    def bounds(self) -> tuple[int, int, int, int] | None:
        """Where the moved ink begins and ends; None on a white page."""
        box = self.ink.getbbox()
        if box is None:
            return None
        right, down = self.offset
        return box[0] + right, box[1] + down, box[2] + right, box[3] + down


def _sheet(png: bytes, printer: PrinterCapabilities) -> _Sheet:
    with Image.open(io.BytesIO(png), formats=("PNG",)) as opened:
        ink = ImageChops.invert(opened.convert("1"))
    right, down = (dots_of(mm, printer.dots_per_mm) for mm in printer.offset_mm)
    margins = printer.margins_mm
    left, top, far, foot = (
        dots_of(mm, printer.dots_per_mm) for mm in (margins.left, margins.top, margins.right, margins.bottom)
    )
    width, height = ink.size
    return _Sheet(ink, (right, down), (0, 0, width, height), (left, top, width - far, height - foot))


def look(png: bytes, printer: PrinterCapabilities) -> tuple[Finding, ...]:
    """What of a page such a printer does not print, side by side. Nothing is cropped without this being said, but nothing is
    held for it either: the edge of a frame may well be missing."""
    return tuple(_findings(_sheet(png, printer), printer))


def _findings(sheet: _Sheet, printer: PrinterCapabilities) -> Iterator[Finding]:
    bounds = sheet.bounds()
    if bounds is None:
        return
    for at, name in enumerate(_NAMES):
        sign = 1 if at < 2 else -1
        off, hidden = (round(sign * (edge[at] - bounds[at])) for edge in (sheet.paper, sheet.reached))
        if off > 0:
            across, down = printer.offset_mm
            yield Finding(
                "off-paper",
                f"the offset of {across:+g}, {down:+g} mm pushes {off / printer.dots_per_mm:.1f} mm of what is drawn over "
                f"the {name} edge, where it is lost: correct offset_mm, or give the template more margin",
            )
        elif hidden > 0:
            yield Finding(
                "in-margin",
                f"{hidden / printer.dots_per_mm:.1f} mm of what is drawn stand in the margin at the {name} that the head "
                "does not reach: give the template more margin, or correct margins_mm",
            )


def picture(png: bytes, printer: PrinterCapabilities, caption: str = "") -> bytes:
    """A page as it lies on the printer's paper, as PNG: the paper's edge, margins shaded, the print moved. What is lost,
    over the edge or in a margin, is red. The page's own pixels are kept, one for one."""
    sheet = _sheet(png, printer)
    desk = max(round(_DESK_MM * printer.dots_per_mm), *(abs(dots) + 2 for dots in sheet.offset))
    width, height = sheet.ink.size
    size = max(11, round(2.4 * printer.dots_per_mm))
    line = size + size // 2 if caption else 0
    image = Image.new("RGB", (width + 2 * desk, height + 2 * desk + line), _DESK)
    pen = ImageDraw.Draw(image)
    pen.rectangle((desk - 1, desk - 1, desk + width, desk + height), fill=_SHADE, outline=_EDGE)
    left, top, right, foot = (edge + desk for edge in sheet.reached)
    pen.rectangle((left, top, right - 1, foot - 1), fill=_PAPER)
    placed = Image.new("1", image.size, 0)
    placed.paste(sheet.ink, (desk + sheet.offset[0], desk + sheet.offset[1]))
    reached = Image.new("1", image.size, 0)
    reached.paste(1, (left, top, right, foot))
    image.paste(_LOST, mask=ImageChops.subtract(placed.convert("L"), reached.convert("L")))
    image.paste(_INK, mask=ImageChops.logical_and(placed, reached).convert("L"))
    if caption:
        pen.text((desk, height + 2 * desk), caption, fill=_INK, font=ImageFont.load_default(size))
    buffer = io.BytesIO()
    image.save(buffer, "PNG", optimize=True)
    return buffer.getvalue()
