"""A page as people look at it before it is printed: its very pixels, and a mark where the printer itself draws."""

from __future__ import annotations

import io

from PIL import Image, ImageDraw, ImageFont, UnidentifiedImageError
from PIL.PngImagePlugin import PngImageFile, PngInfo

from waybilld_sdk.labels import Finding, Page, PageCommands

_TEXT = "Comment"
"""The PNG keyword of the finding: PNG specification (third edition), 11.3.3.1."""

_INK, _PAPER = 0, 255
_HATCH_DOTS = 24
_FRAME_DOTS = 3
_SMALLEST_TYPE, _LARGEST_TYPE = 10, 32


def picture(page: Page) -> bytes:
    """The page as PNG. The room of a carrier's commands is hatched and named, in the preview alone; the finding that says so
    travels in the picture (`finding_of`)."""
    if page.commands is None:
        return page.png
    with Image.open(io.BytesIO(page.png), formats=("PNG",)) as opened:
        image = opened.convert("1")
    _mark(image, page.commands)
    told = PngInfo()
    told.add_text(_TEXT, _said(page.commands).message)
    buffer = io.BytesIO()
    image.save(buffer, "PNG", pnginfo=told)
    return buffer.getvalue()


def finding_of(png: bytes) -> str:
    """What a picture of `picture` says of itself; empty where it shows everything that is printed."""
    try:
        with Image.open(io.BytesIO(png), formats=("PNG",)) as opened:
            return str(opened.text.get(_TEXT, "")) if isinstance(opened, PngImageFile) else ""
    except UnidentifiedImageError:
        # Not one of ours: whoever opens the file sees that.
        return ""


def _said(commands: PageCommands) -> Finding:
    left, top, width, height = commands.box
    return Finding(
        "artwork-commands",
        f"the hatched part ({width} x {height} dots at {left}, {top}) is drawn by the printer from the carrier's "
        f"{commands.language.upper()}: this preview cannot show it",
    )


def _mark(image: Image.Image, commands: PageCommands) -> None:
    """Frame and hatch the room, with a note in its middle."""
    left, top, width, height = commands.box
    room = Image.new("1", (max(1, width), max(1, height)), _PAPER)
    pen = ImageDraw.Draw(room)
    for start in range(-height, width, _HATCH_DOTS):
        pen.line((start, height, start + height, 0), fill=_INK)
    pen.rectangle((0, 0, width - 1, height - 1), outline=_INK, width=_FRAME_DOTS)
    note = f"drawn by the printer\nfrom the carrier's {commands.language.upper()}"
    font = ImageFont.load_default(min(_LARGEST_TYPE, max(_SMALLEST_TYPE, width // 20)))
    middle = (width / 2, height / 2)
    x, y, right, bottom = pen.multiline_textbbox(middle, note, font=font, anchor="mm", align="center")
    pen.rectangle((x - 8, y - 8, right + 8, bottom + 8), fill=_PAPER, outline=_INK)
    pen.multiline_text(middle, note, font=font, fill=_INK, anchor="mm", align="center")
    image.paste(room, (left, top))
