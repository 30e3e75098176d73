"""Labels for small printers: pixels that are known again, encoded by the house's own encoders."""

from __future__ import annotations

from functools import lru_cache

from support.small_printers import SmallCpcl, SmallEscpos, SmallPrinter, SmallTspl
from waybilld_labels.languages import cpcl, escpos, tspl
from waybilld_labels.page.png import from_rows
from waybilld_sdk.labels import Page, PrinterSettings
from waybilld_sdk.printing import Document

KINDS: dict[str, type[SmallPrinter]] = {"tspl": SmallTspl, "cpcl": SmallCpcl, "escpos": SmallEscpos}
PROFILES = {"tspl": "tspl-203", "cpcl": "cpcl-203", "escpos": "escpos-80"}
_ENCODERS = {"tspl": tspl.encode, "cpcl": cpcl.encode, "escpos": escpos.encode}

PIXELS, OTHER = bytes(range(0x80, 0x98)), bytes(range(0xA0, 0xB8))
"""Two labels of eight dots' width that have not one row in common."""


@lru_cache
def encoded(kind: str, pixels: bytes = PIXELS, stride: int = 1) -> Document:
    """The label with these pixels, in rows of so many bytes."""
    rows = len(pixels) // stride
    page = Page(stride * 8, rows, from_rows(pixels, stride * 8, rows), "key")
    return _ENCODERS[kind](page, PrinterSettings(8.0, (50.0, 25.0)))


@lru_cache
def drawn(kind: str, pixels: bytes = PIXELS, stride: int = 1) -> bytes:
    """What lies in the tray once this label is out."""
    printer = KINDS[kind](print_s=0.0)
    document = encoded(kind, pixels, stride)
    printer.take(document.body + document.token)
    printer.pass_time()
    (out,) = printer.tray
    return out
