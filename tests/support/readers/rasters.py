"""ESC/POS, PWG raster and PNG: rows of a page in a counted frame."""

from __future__ import annotations

import struct
import zlib

from support.readers.pixels import Cursor, Pixels, Sheet, inflated
from waybilld_sdk.labels import PrinterSettings


def escpos(data: bytes, width: int) -> Pixels:
    """Epson command reference: ESC @, GS ( D that turns both real-time commands off, strips of GS v 0, GS V B 0, ESC @."""
    at = Cursor(data)
    at.take(rb"\x1b@\x1d\(D\x05\x00\x14\x01\x00\x02\x00")
    strips = []
    while at.look(rb"\x1dv0"):
        size = at.take(rb"\x1dv0\x00(..)(..)")
        stride, rows = (int.from_bytes(pair, "little") for pair in size.groups())
        if not 1 <= rows <= 200 or not stride:
            raise at.refuse(f"a strip of {rows} rows of {stride} bytes")
        strips.append((at.at, stride, rows, at.bytes(stride * rows)))
    at.take(rb"\x1dVB\x00\x1b@")
    at.end()
    sheet, top = Sheet(width, sum(rows for _, _, rows, _ in strips)), 0
    for began, stride, rows, strip in strips:
        sheet.band(began, top, strip, stride)
        top += rows
    return sheet.pixels()


PWG_HEADER = 1796
_PWG_FIELDS = {
    276: "dpi", 280: "dpi", 340: "copies", 352: "points", 356: "points", 372: "width", 376: "height", 384: "bits a colour",
    388: "bits a pixel", 392: "bytes a line", 400: "colour space", 420: "colours", 452: "pages", 456: "across", 460: "along",
}  # fmt: skip
"""Offsets of the fields that a label needs; every other byte of the header is zero."""


def pwg(data: bytes, settings: PrinterSettings) -> Pixels:
    """PWG 5102.4: sync word, one page's header, lines with their repeats. One copy, one bit of black, at our resolution."""
    at = Cursor(data)
    at.take(b"RaS2PwgRaster" + bytes(55))
    header = bytearray(data[4 : 4 + PWG_HEADER])
    fields = {}
    at.bytes(PWG_HEADER - 64)
    for where in _PWG_FIELDS:
        (fields[where],) = struct.unpack_from(">I", header, where)
        header[where : where + 4] = bytes(4)
    width, height = fields[372], fields[376]
    dots_per_inch = settings.dots_per_mm * 25.4
    due = (
        round(dots_per_inch), round(dots_per_inch), 1, round(width * 72 / dots_per_inch), round(height * 72 / dots_per_inch),
        width, height, 1, 1, (width + 7) // 8, 3, 1, 1, 1, 1,
    )  # fmt: skip
    if tuple(fields.values()) != due:
        wrong = [name for name, is_, should in zip(_PWG_FIELDS.values(), fields.values(), due, strict=True) if is_ != should]
        raise at.refuse(f"header fields are wrong: {wrong}")
    if any(header[64:]):
        raise at.refuse("a header field that must be empty is not")
    sheet, top = Sheet(width, height), 0
    while top < height:
        began = at.at
        line, repeat = _line(at, fields[392])
        sheet.band(began, top, line * repeat, fields[392])
        top += repeat
    at.end()
    return sheet.pixels()


def _line(at: Cursor, stride: int) -> tuple[bytes, int]:
    repeat, line = at.bytes(1)[0] + 1, b""
    while len(line) < stride:
        code = at.bytes(1)[0]
        if code == 128:
            raise at.refuse("a code that the standard does not define")
        line += at.bytes(1) * (code + 1) if code < 128 else at.bytes(257 - code)
    if len(line) != stride:
        raise at.refuse("a run goes over the end of its line")
    return line, repeat


def png(data: bytes) -> Pixels:
    """PNG specification: one IHDR of 1-bit grey, one IDAT whose rows have no filter, IEND, each with its CRC."""
    at = Cursor(data)
    at.take(rb"\x89PNG\r\n\x1a\n")
    width, height, *form = struct.unpack(">LLBBBBB", _chunk(at, b"IHDR"))
    if form != [1, 0, 0, 0, 0]:
        raise at.refuse(f"not plain 1-bit grey: {form}")
    stride, began = (width + 7) // 8, at.at
    scanlines = inflated(_chunk(at, b"IDAT"), (stride + 1) * height, began)
    if _chunk(at, b"IEND"):
        raise at.refuse("an end with something in it")
    at.end()
    if scanlines[:: stride + 1].strip(b"\0"):
        raise at.refuse("a row with a filter")
    sheet = Sheet(width, height)
    for top in range(height):
        first = top * (stride + 1) + 1
        sheet.band(began, top, scanlines[first : first + stride], stride, ink="0")
    return sheet.pixels()


def _chunk(at: Cursor, kind: bytes) -> bytes:
    size = int.from_bytes(at.bytes(4), "big")
    at.take(kind)
    content = at.bytes(size)
    if int.from_bytes(at.bytes(4), "big") != zlib.crc32(kind + content):
        raise at.refuse(f"the CRC of {kind!r} is wrong")
    return content
