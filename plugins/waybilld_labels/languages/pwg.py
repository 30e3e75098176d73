"""A page as PWG raster, one page of `black_1`, for IPP printers.

Source: PWG 5102.4-2012, section 4.3 (page header, 1796 bytes) and 4.4 (page bitmap: each line with a repeat count, then
runs of equal or differing bytes). The file ends with its last line, which is the token: a printer draws a page once it is
whole.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator

from waybilld_labels.languages.parts import Rows, check, moved
from waybilld_sdk.labels import Page, PrinterSettings
from waybilld_sdk.printing import Document

SYNC = b"RaS2"
HEADER_BYTES = 1796
_BLACK = 3
_MOST = 128
"""Bytes of one run, and 256 lines of one repeat."""

_RUN = re.compile(rb"(.)\1{1,127}", re.DOTALL)


def encode(page: Page, settings: PrinterSettings) -> Document:
    """`page` as a raster file of one page. Raises `StopQueue` for settings that the format has no way to say, `Hold` for a
    page that cannot be read."""
    check("PWG raster", settings, darkness=None, speed_ips=None, offset=9999)
    rows = moved(page, settings)
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
        while repeat < 256 and data[at + repeat * stride : at + (repeat + 1) * stride] == row:
            repeat += 1
        yield bytes([repeat - 1]) + _packed(row)
        at += repeat * stride


def _packed(row: bytes) -> bytes:
    parts: list[bytes] = []
    at = 0
    for run in _RUN.finditer(row):
        parts += _literals(row[at : run.start()])
        parts.append(bytes([run.end() - run.start() - 1]) + run[1])
        at = run.end()
    return b"".join((*parts, *_literals(row[at:])))


def _literals(data: bytes) -> Iterator[bytes]:
    """Bytes that differ: 257 - n for n of them, n from 2; a single one is a run of one."""
    for at in range(0, len(data), _MOST - 1):
        part = data[at : at + _MOST - 1]
        yield bytes([257 - len(part)]) + part if len(part) > 1 else b"\0" + part
