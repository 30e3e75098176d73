"""Pages as PDF: each of the media's exact size with one 1-bit picture, the same bytes every time.

Source: ISO 32000-1, 7.5 (file structure), 8.9.5 (image dictionaries). A 0 in a 1-bit DeviceGray picture is black. The token
is the end mark, which many readers do without: a profile must not take E1 for "nothing printed".
"""

from __future__ import annotations

from collections.abc import Sequence

from isal import isal_zlib

from waybilld_labels.languages.parts import Rows, check, placed
from waybilld_labels.page.png import INVERT
from waybilld_sdk.labels import Page, PrinterSettings
from waybilld_sdk.printing import Document

TOKEN = b"%%EOF\n"

_INSET_POINTS = 0.001
"""What the page is smaller than its dots, and the picture smaller than the page: a hundredth of a dot or less. Poppler
rounds a page up to whole dots, and PDFium widens a picture that touches a further dot to the whole of it: with exact sizes
labels came out a dot too wide, and then no bar code has whole dots."""


def encode(page: Page, settings: PrinterSettings) -> Document:
    """`page` as a file of one page. Raises `StopQueue` for settings that the format has no way to say, `Hold` for a page
    that cannot be read."""
    return bind((page,), settings)


def bind(pages: Sequence[Page], settings: PrinterSettings) -> Document:
    """`pages`, one or more, as one file. Raises as `encode`."""
    for page in pages:
        check("PDF", page, settings, darkness=None, speed_ips=None, offset=9999)
    sheets = [placed(page, settings) for page in pages]
    return Document("pdf", _file(sheets, settings.dots_per_mm), TOKEN)


_FIRST_PAGE = 3
_OF_A_PAGE = 3
"""Objects of one page: the page, its drawing, its picture. The catalogue and the page tree stand before the first."""


def _file(sheets: Sequence[Rows], dots_per_mm: float) -> bytes:
    """Catalogue, page tree, each page with its drawing and its picture, and the table of where they stand; all but the end
    mark."""
    numbers = [_FIRST_PAGE + _OF_A_PAGE * at for at in range(len(sheets))]
    kids = b" ".join([b"%d 0 R" % number for number in numbers])
    objects = [b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[%b]/Count %d>>" % (kids, len(sheets))]
    for number, rows in zip(numbers, sheets, strict=True):
        objects += _page(rows, dots_per_mm, number)
    parts, starts, at = [b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n"], [], 0
    for number, content in enumerate(objects, 1):
        at += len(parts[-1])
        starts.append(at)
        parts.append(b"%d 0 obj%b\nendobj\n" % (number, content))
    at += len(parts[-1])
    table = b"".join([b"%010d 00000 n \n" % start for start in starts])
    size = len(objects) + 1
    head, end = b"xref\n0 %d\n0000000000 65535 f \n" % size, b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n" % (size, at)
    return b"".join([*parts, head, table, end])


def _page(rows: Rows, dots_per_mm: float, number: int) -> tuple[bytes, bytes, bytes]:
    """A page, its drawing and its picture as objects `number` to `number + 2`."""
    pixels = isal_zlib.compress(rows.data.translate(INVERT), 1)
    points = [dots / dots_per_mm / 25.4 * 72 for dots in (rows.width, rows.height)]
    box = [f"{side - _INSET_POINTS:.4f}" for side in points]
    drawn = [f"{side - 2 * _INSET_POINTS:.4f}" for side in points]
    drawing = f"{drawn[0]} 0 0 {drawn[1]} 0 0 cm/I Do".encode("ascii")
    return (
        f"<</Type/Page/Parent 2 0 R/MediaBox[0 0 {box[0]} {box[1]}]/Contents {number + 1} 0 R"
        f"/Resources<</XObject<</I {number + 2} 0 R>>>>>>".encode("ascii"),
        b"<</Length %d>>stream\n%b\nendstream" % (len(drawing), drawing),
        b"<</Type/XObject/Subtype/Image/Width %d/Height %d/ColorSpace/DeviceGray/BitsPerComponent 1"
        b"/Filter/FlateDecode/Length %d>>stream\n%b\nendstream" % (rows.width, rows.height, len(pixels), pixels),
    )
