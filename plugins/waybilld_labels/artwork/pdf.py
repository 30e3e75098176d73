"""A page of a PDF as grey dots at its exact size.

The size is the crop box within the media box, turned as the page says, times its user unit (ISO 32000-1, 14.11.2 and table
30). pdfium draws; it has no JavaScript engine in this build, and actions and attachments are never looked at. It is C++ over
a stranger's bytes: call this in a worker process that may be killed.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from ctypes import c_float
from typing import Any

import pypdfium2
import pypdfium2.raw as raw
from PIL import Image

from waybilld_labels.artwork.source import CARRIER, Source
from waybilld_sdk.errors import Hold
from waybilld_sdk.labels import Finding
from waybilld_sdk.shipping import MOST_ARTWORK_BYTES

MOST_PAGES = 20
MOST_DOTS = 40_000_000
"""A0 at 8 dots/mm has 64 million; A3 at 12 has 18."""

_POINTS_PER_MM = 72 / 25.4

_SHRINK = 1e-4
"""pdfium rounds the width of a rectangle up, so that a bar of three dots that comes to 3.00001 in its floating-point numbers
would be four dots wide. The page is drawn so much smaller: on 4,000 dots, no edge moves by more than a fifth of one."""

_MAY_HAVE_UNIT = re.compile(rb"/(?:UserUnit|ObjStm|[!-~]{0,40}?#[0-9A-Fa-f]{2})")
"""Bytes of every file whose page could have a user unit: its name, names that are written with escapes, and objects that are
packed into streams, where no name is seen."""

_UNIT = re.compile(rb"/Type/Page/UserUnit([^/>]*)")
"""The user unit as pdfium writes a page: keys in their order, no escapes."""


def grey_page(
    body: bytes, dots_per_mm: float, source: Source, at: int = 0
) -> tuple[Image.Image, tuple[Finding, ...]]:
    """Page `at` in mode "L", its crop box and rotation obeyed, a dot of the printer a pixel. Raises `Hold`."""
    with _opened(body, source) as document:
        page = _drawn(document, at, dots_per_mm * _unit(document, body, at, source), source)
        return page, _several(len(document)) if source is CARRIER else ()


def pages(body: bytes, source: Source) -> int:
    """How many pages there are. Raises `Hold`."""
    with _opened(body, source) as document:
        return len(document)


@contextmanager
def _opened(body: bytes, source: Source) -> Iterator[Any]:
    if len(body) > MOST_ARTWORK_BYTES:
        raise _refused(source, f"has {len(body)} bytes, and {MOST_ARTWORK_BYTES} are taken", f"{source.ask} a smaller one")
    try:
        document = pypdfium2.PdfDocument(body)
    except pypdfium2.PdfiumError as error:
        raise _refused(source, "cannot be read: it is damaged or locked with a password", source.again) from error
    try:
        if not 1 <= len(document) <= MOST_PAGES:
            what = f"has {len(document)} pages, and 1 to {MOST_PAGES} are taken"
            raise _refused(source, what, f"{source.ask} the pages to be printed alone")
        yield document
    finally:
        document.close()


def _unit(document: Any, body: bytes, at: int, source: Source) -> float:
    """A page's user unit, in points. pdfium overlooks it, and its interface has no way to ask for it: so the page is
    written anew where there might be one, and looked at."""
    if not _MAY_HAVE_UNIT.search(body):
        return 1.0
    alone, written = pypdfium2.PdfDocument.new(), io.BytesIO()
    try:
        alone.import_pages(document, [at])
        alone.save(written)
    except pypdfium2.PdfiumError as error:
        raise _refused(source, "has a page that cannot be read", source.again) from error
    finally:
        alone.close()
    said = _UNIT.search(written.getvalue())
    try:
        unit = float(said[1]) if said is not None else 1.0
    except ValueError:
        unit = 0.0
    if unit <= 0:
        raise _refused(source, "says a unit of length that is no number", source.again)
    return unit


def _drawn(document: Any, at: int, dots_per_mm: float, source: Source) -> Image.Image:
    try:
        page = document[at]
        if _boxless(page):
            raise _refused(source, "has a page without a size", source.again)
        width, height = (round(points / _POINTS_PER_MM * dots_per_mm) for points in page.get_size())
        if not 1 <= width * height <= MOST_DOTS or min(width, height) < 1:
            raise _refused(source, f"would be {width} x {height} dots", f"{source.ask} a page of the paper's size")
        return _dots(page, width, height)
    except pypdfium2.PdfiumError as error:
        raise _refused(source, "has a page that cannot be drawn", source.again) from error


def _dots(page: Any, width: int, height: int) -> Image.Image:
    """The page stretched to exactly so many dots: the library's own way rounds up, and a page that is drawn a dot too wide
    has no bar code left with whole dots."""
    bitmap = pypdfium2.PdfBitmap.new_native(width, height, raw.FPDFBitmap_Gray)
    bitmap.fill_rect((255, 255, 255, 255), 0, 0, width, height)
    across, down = page.get_size()
    stretch = raw.FS_MATRIX(
        width / across * (1 - _SHRINK), 0, 0, height / down * (1 - _SHRINK), width * _SHRINK / 2, height * _SHRINK / 2
    )
    everything = raw.FS_RECTF(0, 0, width, height)
    raw.FPDF_RenderPageBitmapWithMatrix(bitmap, page, stretch, everything, raw.FPDF_ANNOT | raw.FPDF_GRAYSCALE)
    picture: Image.Image = bitmap.to_pil().convert("L").copy()
    return picture


def _boxless(page: Any) -> bool:
    """Whether the page has a media box without an area, for which pdfium would take US Letter without a word."""
    left, bottom, right, top = (c_float() for _ in range(4))
    said = raw.FPDFPage_GetMediaBox(page, left, bottom, right, top)
    return bool(said) and (left.value == right.value or bottom.value == top.value)


def _several(count: int) -> tuple[Finding, ...]:
    if count == 1:
        return ()
    return (Finding("artwork-pages", f"the carrier's PDF has {count} pages, and only the first is printed"),)


def _refused(source: Source, what: str, todo: str) -> Hold:
    return Hold(f"{source.whose} PDF {what}: {todo}", code="artwork-unusable")
