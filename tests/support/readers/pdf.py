"""PDF: the one kind of file that the encoder may write, byte for byte from its first to its last."""

from __future__ import annotations

from support.readers.pixels import Cursor, Pixels, Sheet, inflated
from waybilld_sdk.labels import PrinterSettings


def pdf(data: bytes, settings: PrinterSettings) -> Pixels:
    """ISO 32000-1: catalogue, page tree, a page, its one drawing, its one picture, the table that points at each.

    Between these stands nothing, so that there is nothing that could act. The page is a thousandth of a point smaller than
    its dots, and the picture than the page, so that no renderer rounds them up.
    """
    at = Cursor(data)
    at.take(rb"%PDF-1\.4\n%\xe2\xe3\xcf\xd3\n")
    starts = [at.at]
    at.take(rb"1 0 obj<</Type/Catalog/Pages 2 0 R>>\nendobj\n")
    starts.append(at.at)
    at.take(rb"2 0 obj<</Type/Pages/Kids\[3 0 R\]/Count 1>>\nendobj\n")
    starts.append(at.at)
    box = at.take(rb"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox\[0 0 (\d+\.\d{4}) (\d+\.\d{4})\]/Contents 4 0 R").groups()
    at.take(rb"/Resources<</XObject<</I 5 0 R>>>>>>\nendobj\n")
    starts.append(at.at)
    (length,) = at.numbers(rb"4 0 obj<</Length (\d+)>>stream\n")
    ends = at.at + length
    drawn = at.take(rb"(\d+\.\d{4}) 0 0 (\d+\.\d{4}) 0 0 cm/I Do").groups()
    if at.at != ends:
        raise at.refuse(f"the drawing has another length than {length}")
    at.take(rb"\nendstream\nendobj\n")
    starts.append(at.at)
    sheet = _picture(at)
    table = at.at
    at.take(rb"xref\n0 6\n0000000000 65535 f \n")
    for start in starts:
        at.take(b"%010d 00000 n \n" % start)
    at.take(rb"trailer<</Size 6/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % table)
    at.end()
    for side, page, picture in zip((sheet.width, sheet.height), box, drawn, strict=True):
        due = side / settings.dots_per_mm / 25.4 * 72
        if abs(float(page) - (due - 0.001)) > 0.000051 or abs(float(picture) - (due - 0.002)) > 0.000051:
            raise at.refuse(f"a page of {page} points with a picture of {picture} where {due} are due, and little less")
    return sheet.pixels()


def _picture(at: Cursor) -> Sheet:
    width, height, size = at.numbers(
        rb"5 0 obj<</Type/XObject/Subtype/Image/Width (\d+)/Height (\d+)/ColorSpace/DeviceGray/BitsPerComponent 1"
        rb"/Filter/FlateDecode/Length (\d+)>>stream\n"
    )
    stride, began = (width + 7) // 8, at.at
    light = inflated(at.bytes(size), stride * height, began)
    at.take(rb"\nendstream\nendobj\n")
    sheet = Sheet(width, height)
    sheet.band(began, 0, light, stride, ink="0")
    return sheet
