"""A page as PWG raster, one page of `black_1`, for IPP printers.

Source: PWG 5102.4-2012, section 4.3 (page header, 1796 bytes) and 4.4 (page bitmap: each line with a repeat count, then
runs of equal or differing bytes). The file ends with its last line, which is the token. Nothing in the format forbids a
printer to begin with the lines that it has: a profile must not take E1 for "nothing printed".
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator

from waybilld_labels.languages.parts import Rows, check, placed
from waybilld_sdk.labels import Page, PrinterSettings
from waybilld_sdk.printing import Document

SYNC = b"RaS2"
HEADER_BYTES = 1796
_BLACK = 3
_MOST_LINES = 256
"""Lines of one repeat."""

# Two equal bytes among differing ones are cheaper where they are.
_RUN = re.compile(rb"(.)\1{2,127}|(?:(.)(?!\2\2)){1,128}", re.DOTALL)
_BYTE = [bytes([value]) for value in range(256)]


def encode(page: Page, settings: PrinterSettings) -> Document:
    """`page` as a raster file of one page. Raises `StopQueue` for settings that the format has no way to say, `Hold` for a
    page that cannot be read."""
    check("PWG raster", page, settings, darkness=None, speed_ips=None, offset=9999)
    rows = placed(page, settings)
    *lines, last = _lines(rows)
    return Document("pwg", b"".join((SYNC, _header(rows, settings.dots_per_mm), *lines)), last)


def _header(rows: Rows, dots_per_mm: float) -> bytes:
    header = bytearray(HEADER_BYTES)
    header[0:10] = b"PwgRaster\0"
    dpi = round(dots_per_mm * 25.4)
    points = [round(dots / dots_per_mm / 25.4 * 72) for dots in (rows.width, rows.height)]
    for at, value in (
        (276, dpi), (280, dpi), (340, 1), (352, points[0]), (356, points[1]), (372, rows.width), (376, rows.height),
        (384, 1), (388, 1), (392, rows.stride), (400, _BLACK), (420, 1), (452, 1), (456, 1), (460, 1),
    ):  # fmt: skip
        struct.pack_into(">I", header, at, value)
    return bytes(header)


def _lines(rows: Rows) -> Iterator[bytes]:
    stride, data = rows.stride, rows.data
    at = 0
    while at < len(data):
        row = data[at : at + stride]
        repeat = 1
        while repeat < _MOST_LINES and data[at + repeat * stride : at + (repeat + 1) * stride] == row:
            repeat += 1
        yield _BYTE[repeat - 1] + _packed(row)
        at += repeat * stride


def _packed(row: bytes) -> bytes:
    """A line as runs: n - 1 before a byte that stands n times, 257 - n before n bytes that differ, n up to 128."""
    parts = []
    for run in _RUN.finditer(row):
        equal, (start, end) = run[1], run.span()
        if equal is not None:
            parts.append(_BYTE[end - start - 1] + equal)
        elif end - start == 1:
            parts.append(b"\0" + run[0])
        else:
            parts.append(_BYTE[257 - (end - start)] + run[0])
    return b"".join(parts)
