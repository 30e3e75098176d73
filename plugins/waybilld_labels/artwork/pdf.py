"""The first page of a PDF as grey dots at its exact size.

pdfium draws; it has no JavaScript engine in this build, and actions and attachments are never looked at. It is C++ over a
stranger's bytes: call this in a worker process that may be killed. Source of the boxes: ISO 32000-1, 14.11.2.
"""

from __future__ import annotations

from typing import Any

import pypdfium2
import pypdfium2.raw as raw
from PIL import Image

from waybilld_sdk.errors import Hold
from waybilld_sdk.labels import Finding

MOST_PAGES = 20
MOST_BYTES = 10 << 20
MOST_DOTS = 40_000_000
"""A0 at 8 dots/mm has 64 million; A3 at 12 has 18."""

_POINTS_PER_MM = 72 / 25.4


def grey_page(body: bytes, dots_per_mm: float) -> tuple[Image.Image, tuple[Finding, ...]]:
    """The first page in mode "L", its crop box and rotation obeyed, a dot of the printer a pixel. Raises `Hold`."""
    if len(body) > MOST_BYTES:
        raise _refused(f"has {len(body)} bytes, and {MOST_BYTES} are taken", "ask the carrier for a smaller one")
    document = _opened(body)
    try:
        count = len(document)
        if not 1 <= count <= MOST_PAGES:
            raise _refused(f"has {count} pages, and a label has one", "ask the carrier for the label alone")
        return _drawn(document, dots_per_mm), _several(count)
    finally:
        document.close()


def _opened(body: bytes) -> Any:
    try:
        return pypdfium2.PdfDocument(body)
    except pypdfium2.PdfiumError as error:
        raise _refused("cannot be read: it is damaged or locked with a password", "fetch the label again") from error


def _drawn(document: Any, dots_per_mm: float) -> Image.Image:
    try:
        page = document[0]
        width, height = (round(points / _POINTS_PER_MM * dots_per_mm) for points in page.get_size())
        if not 1 <= width * height <= MOST_DOTS or min(width, height) < 1:
            raise _refused(f"would be {width} x {height} dots", "ask the carrier for a page of the label's size")
        return _dots(page, width, height)
    except pypdfium2.PdfiumError as error:
        raise _refused("has a first page that cannot be drawn", "fetch the label again") from error


def _dots(page: Any, width: int, height: int) -> Image.Image:
    """The page stretched to exactly so many dots: the library's own way rounds up, and a page that is drawn a dot too wide
    has no bar code left with whole dots."""
    bitmap = pypdfium2.PdfBitmap.new_native(width, height, raw.FPDFBitmap_Gray)
    bitmap.fill_rect((255, 255, 255, 255), 0, 0, width, height)
    raw.FPDF_RenderPageBitmap(bitmap, page, 0, 0, width, height, 0, raw.FPDF_ANNOT | raw.FPDF_GRAYSCALE)
    picture: Image.Image = bitmap.to_pil().convert("L").copy()
    return picture


def _several(count: int) -> tuple[Finding, ...]:
    if count == 1:
        return ()
    return (Finding("artwork-pages", f"the carrier's PDF has {count} pages, and only the first is printed"),)


def _refused(what: str, todo: str) -> Hold:
    return Hold(f"the carrier's PDF {what}: {todo}", code="artwork-unusable")
