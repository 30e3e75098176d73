"""Every language with its reader."""

from __future__ import annotations

import io
from collections.abc import Callable

from PIL import Image

from support.readers import line_languages, rasters, zpl
from support.readers.pdf import pdf
from support.readers.pixels import Pixels
from waybilld_sdk.labels import Page, PrinterSettings

Reader = Callable[[bytes, Page, PrinterSettings], Pixels]
"""Bytes, and what the language itself does not say: the page's width, the printer's resolution and settings."""


def png(data: bytes) -> Pixels:
    """What a page's picture shows, by Pillow: what every reader must come to."""
    with Image.open(io.BytesIO(data), formats=("PNG",)) as image:
        assert image.mode == "1"
        light = image.convert("L").tobytes()
    rows = [light[at : at + image.width] for at in range(0, len(light), image.width)]
    return Pixels(image.width, image.height, tuple(row.translate(_AS_DIGITS).decode() for row in rows))


_AS_DIGITS = b"1" + b"0" * 255

READERS: dict[str, Reader] = {
    "zpl": lambda data, _page, settings: zpl.pixels(data, settings),
    "zpl-acs": lambda data, _page, settings: zpl.pixels(data, settings),
    "tspl": lambda data, _page, settings: line_languages.tspl(data, settings),
    "cpcl": lambda data, page, settings: line_languages.cpcl(data, page.width, settings, b"CG"),
    "cpcl-hex": lambda data, page, settings: line_languages.cpcl(data, page.width, settings, b"EG"),
    "epl2": lambda data, _page, _settings: line_languages.epl2(data),
    "escpos": lambda data, page, _settings: rasters.escpos(data, page.width),
    "pwg": lambda data, _page, settings: rasters.pwg(data, settings),
    "pdf": lambda data, _page, settings: pdf(data, settings),
    "png": lambda data, _page, _settings: rasters.png(data),
}
