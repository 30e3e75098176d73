"""Packed pixels and the PNG around them.

Packed rows are whole bytes, the leftmost dot in the highest bit, 1 is ink, padding is 0. The PNG is 1-bit greyscale, in
which 0 is black. Source: PNG specification (third edition), 5.3 (chunks), 9.2 (each row follows its filter type, 0 for none)
and 11.2.1 (IHDR). ISA-L's deflate writes an ordinary zlib stream.
"""

from __future__ import annotations

import binascii
import io
import struct
from typing import cast

from isal import isal_zlib
from PIL import Image

from waybilld_sdk.errors import Hold
from waybilld_sdk.labels import Page

INVERT = bytes(255 - byte for byte in range(256))
_last: tuple[bytes, int, int, bytes] = (b"", 0, 0, b"")
"""The newest PNG with its size and rows: a page is mostly encoded right after it was drawn, in the same process."""

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_FASTEST = 1
_INFLATE_ERROR = cast(type[Exception], isal_zlib.IsalError)
"""isal's type stub calls the class an instance."""


def to_png(image: Image.Image, width: int) -> bytes:
    """A mode "1" picture, rows padded to whole bytes with white, as a PNG of its first `width` columns."""
    return from_rows(image.tobytes("raw", "1;I"), width, image.height)


def from_rows(rows: bytes, width: int, height: int) -> bytes:
    """Packed rows as a PNG of `width` x `height` dots."""
    global _last
    stride = -(-width // 8)
    light = struct.unpack(f"{stride}s" * height, rows.translate(INVERT))
    scanlines = b"\0" + b"\0".join(light)
    png = _prologue(width, height) + _chunk(b"IDAT", isal_zlib.compress(scanlines, _FASTEST)) + _EPILOGUE
    _last = (png, width, height, rows)
    return png


def packed(page: Page) -> bytes:
    """The packed rows of a page, from any source. Raises `Hold` when its PNG is not a 1-bit picture of the page's size."""
    png, width, height, rows = _last
    if png is page.png and (width, height) == (page.width, page.height):
        return rows
    light = _own(page)
    return (_any(page) if light is None else light).translate(INVERT)


def _own(page: Page) -> bytes | None:
    """The light rows of a PNG that `to_png` wrote, at a fifth of a general reader's time; None for any other."""
    start, end = _prologue(page.width, page.height), len(page.png) - len(_EPILOGUE)
    if not (page.png.startswith(start) and page.png.endswith(_EPILOGUE)):
        return None
    data = page.png[len(start) + 8 : end - 4]
    if page.png[len(start) : end] != _chunk(b"IDAT", data):
        return None
    step = -(-page.width // 8) + 1
    size = step * page.height
    inflate = isal_zlib.decompressobj()
    try:
        rows = inflate.decompress(data, size)
    except _INFLATE_ERROR:
        return None
    if not inflate.eof or len(rows) != size or rows[::step].strip(b"\0"):
        return None
    return b"".join([rows[at + 1 : at + step] for at in range(0, size, step)])


def _any(page: Page) -> bytes:
    try:
        with Image.open(io.BytesIO(page.png), formats=("PNG",)) as image:
            if image.mode != "1" or image.size != (page.width, page.height):
                raise ValueError(f"it is {image.width} x {image.height} dots of mode {image.mode}")
            padded = Image.new("1", (-(-page.width // 8) * 8, page.height), 255)
            padded.paste(image, (0, 0))
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise Hold(
            f"page {page.key[:12]} cannot be encoded: its picture must be a 1-bit PNG of {page.width} x {page.height} dots "
            f"({error}): render the label again",
            code="page-unreadable",
        ) from error
    return padded.tobytes()


def _prologue(width: int, height: int) -> bytes:
    return _SIGNATURE + _chunk(b"IHDR", struct.pack(">LLBBBBB", width, height, 1, 0, 0, 0, 0))


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">L", len(data)) + kind + data + struct.pack(">L", binascii.crc32(kind + data))


_EPILOGUE = _chunk(b"IEND", b"")
