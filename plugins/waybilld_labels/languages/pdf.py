"""A page as PDF: one page of the media's exact size with one 1-bit picture, the same bytes every time.

Source: ISO 32000-1, 7.5 (file structure), 8.9.5 (image dictionaries). A 0 in a 1-bit DeviceGray picture is black. The token
is the end mark, which many readers do without: a profile must not take E1 for "nothing printed".
"""

from __future__ import annotations

from isal import isal_zlib

from waybilld_labels.languages.parts import Rows, check, moved
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
    check("PDF", page, settings, darkness=None, speed_ips=None, offset=9999)
    rows = moved(page, settings)
    return Document("pdf", _file(rows, settings.dots_per_mm), TOKEN)


def _file(rows: Rows, dots_per_mm: float) -> bytes:
    """Catalogue, page tree, page, its contents and its picture, and the table of where they stand; all but the end mark."""
    pixels = isal_zlib.compress(rows.data.translate(INVERT), 1)
    points = [dots / dots_per_mm / 25.4 * 72 for dots in (rows.width, rows.height)]
    box = [f"{side - _INSET_POINTS:.4f}" for side in points]
    drawn = [f"{side - 2 * _INSET_POINTS:.4f}" for side in points]
    drawing = f"{drawn[0]} 0 0 {drawn[1]} 0 0 cm/I Do".encode("ascii")
    objects = (
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        f"<</Type/Page/Parent 2 0 R/MediaBox[0 0 {box[0]} {box[1]}]/Contents 4 0 R"
        f"/Resources<</XObject<</I 5 0 R>>>>>>".encode("ascii"),
        b"<</Length %d>>stream\n%b\nendstream" % (len(drawing), drawing),
        b"<</Type/XObject/Subtype/Image/Width %d/Height %d/ColorSpace/DeviceGray/BitsPerComponent 1"
        b"/Filter/FlateDecode/Length %d>>stream\n%b\nendstream" % (rows.width, rows.height, len(pixels), pixels),
    )
    body, starts = b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n", []
    for number, content in enumerate(objects, 1):
        starts.append(len(body))
        body += b"%d 0 obj%b\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % start for start in starts)
    return b"%bxref\n0 6\n0000000000 65535 f \n%btrailer<</Size 6/Root 1 0 R>>\nstartxref\n%d\n" % (body, table, len(body))
