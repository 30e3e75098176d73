"""A page as PDF: one page of the media's exact size with one 1-bit picture, the same bytes every time.

Source: ISO 32000-1, 7.5 (file structure), 8.9.5 (image dictionaries). A 0 in a 1-bit DeviceGray picture is black.
"""

from __future__ import annotations

from isal import isal_zlib

from waybilld_labels.languages.parts import check, moved
from waybilld_sdk.labels import Page, PrinterSettings
from waybilld_sdk.printing import Document

_INVERTED = bytes(255 - byte for byte in range(256))
TOKEN = b"%%EOF\n"


def encode(page: Page, settings: PrinterSettings) -> Document:
    """`page` as a file of one page. Raises `StopQueue` for settings that the format has no way to say, `Hold` for a page
    that cannot be read."""
    check("PDF", settings, darkness=None, speed_ips=None, offset=9999)
    rows = moved(page, settings)
    pixels = isal_zlib.compress(rows.data.translate(_INVERTED), 1)
    return Document("pdf", _file([(rows.width, rows.height, pixels)], settings.dots_per_mm)[: -len(TOKEN)], TOKEN)


def several(pages: tuple[Page, ...], dots_per_mm: float) -> bytes:
    """Pages of one request as one file, for people to look at. Raises `Hold` for a page that cannot be read."""
    plain = PrinterSettings(dots_per_mm, (0.0, 0.0))
    taken = [moved(page, plain) for page in pages]
    return _file(
        [(rows.width, rows.height, isal_zlib.compress(rows.data.translate(_INVERTED), 1)) for rows in taken], dots_per_mm
    )


def _file(pages: list[tuple[int, int, bytes]], dots_per_mm: float) -> bytes:
    """Catalogue, page tree, then page, contents and picture of each page; the table of where they stand."""
    kids = " ".join(f"{3 + 3 * at} 0 R" for at in range(len(pages)))
    objects = [b"<</Type/Catalog/Pages 2 0 R>>", f"<</Type/Pages/Kids[{kids}]/Count {len(pages)}>>".encode("ascii")]
    for at, (width, height, pixels) in enumerate(pages):
        box = [f"{dots / dots_per_mm / 25.4 * 72:.4f}" for dots in (width, height)]
        first = 3 + 3 * at
        drawing = f"{box[0]} 0 0 {box[1]} 0 0 cm/I Do".encode("ascii")
        objects += [
            f"<</Type/Page/Parent 2 0 R/MediaBox[0 0 {box[0]} {box[1]}]/Contents {first + 1} 0 R"
            f"/Resources<</XObject<</I {first + 2} 0 R>>>>>>".encode("ascii"),
            b"<</Length %d>>stream\n%b\nendstream" % (len(drawing), drawing),
            b"<</Type/XObject/Subtype/Image/Width %d/Height %d/ColorSpace/DeviceGray/BitsPerComponent 1"
            b"/Filter/FlateDecode/Length %d>>stream\n%b\nendstream" % (width, height, len(pixels), pixels),
        ]
    body, starts = b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n", []
    for number, content in enumerate(objects, 1):
        starts.append(len(body))
        body += b"%d 0 obj%b\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % start for start in starts)
    return b"%bxref\n0 %d\n0000000000 65535 f \n%btrailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%b" % (
        body, len(objects) + 1, table, len(objects) + 1, len(body), TOKEN
    )  # fmt: skip
