"""The cheapest label that still goes the whole way: readable text in a format that the virtual printer prints."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from waybilld_sdk.errors import Hold
from waybilld_sdk.labels import LabelRequest, Page, PrinterSettings
from waybilld_sdk.printing import Document


@dataclass(slots=True)
class Drawing:
    """A renderer with a bad day: `holds` is an order that it refuses for good, `breaks` one that it fails on for now."""

    holds: str = ""
    breaks: str = ""

    def render(self, request: LabelRequest) -> tuple[Page, ...]:
        """The page's pixels are its text; nothing decodes them."""
        if self.holds in request.order_refs:
            raise Hold("a name on this label has no glyphs: print it by hand", code="glyph-missing")
        if self.breaks in request.order_refs:
            raise RuntimeError("the renderer fails on this label")
        dots = [round(mm * request.dots_per_mm) for mm in request.media_mm]
        text = f"{request.serial} {request.copy} {request.waybill_number} {request.service}"
        key = hashlib.sha256(text.encode("ascii", "replace")).hexdigest()
        return (Page(dots[0], dots[1], text.encode("ascii", "replace"), key),)


def encode(page: Page, settings: PrinterSettings) -> Document:
    """A format with a comment, one dot of ink, and the closing token apart."""
    head = b"^XA^PW%d^LL%d^FX%b^FS" % (page.width, page.height, page.png)
    return Document("zpl", head + b"^FO%d,0^GFA,1,1,1,80^FS" % settings.offset_dots[0], b"^XZ")
