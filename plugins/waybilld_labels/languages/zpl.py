"""A page as ZPL II: pixels only, with everything that could move or scale them set anew in each format.

Source of every command: Zebra ZPL II Programming Guide, the page of that command; of the data scheme: the same, "ZB64
Encoding and Compression" (zlib stream, Base64, then CRC-16 with polynomial 0x1021 over the Base64 text; readers want the
start value 0). Graphics go in bands: printers with little memory unpack one band at a time. A white band is left out.

Two settings are the installer's and stay the device's own: the print mode (`^MM`), because a peeler or cutter is
hardware that this page knows nothing of, and the reprint after an error (`^JZ`). Media tracking is set to web sensing
(`^MNY`): waybill labels are die-cut, and a foreign job's `^MNN` would let every later label creep over the gaps without
an error.
"""

from __future__ import annotations

import base64
import binascii

from isal import isal_zlib

from waybilld_labels.page.png import packed
from waybilld_sdk.errors import StopQueue
from waybilld_sdk.labels import Page, PrinterSettings
from waybilld_sdk.printing import Document

TOKEN = b"^XZ"
BAND_BYTES = 24_000
"""Most uncompressed bytes of one `^GF`."""

_DARKNESS = range(31)
_SPEED_IPS = range(1, 15)
_SHIFT_LIMIT = 9999
_TOP_LIMIT = 120


def encode(page: Page, settings: PrinterSettings) -> Document:
    """`page` as one ZPL format whose end, `^XZ`, is withheld as the token: until it comes, nothing is printed.

    Raises `StopQueue` for settings that the language has no way to say, `Hold` for a page that cannot be read.
    """
    _check(settings)
    return Document("zpl", b"".join((_preamble(page, settings), *_graphics(page))), TOKEN)


def _preamble(page: Page, settings: PrinterSettings) -> bytes:
    right, down = settings.offset_dots
    darkness = "" if settings.darkness is None else f"~SD{settings.darkness:02d}"
    speed = "" if settings.speed_ips is None else f"^PR{settings.speed_ips}"
    relative = "" if settings.darkness is None else "^MD0"
    # ^LS moves to the left where it is positive, ^LT moves down.
    commands = (
        f"{darkness}^XA^CI28^MUd^MNY^PON^PMN^LRN^LH0,0^LS{-right}^LT{down}"
        f"^PW{page.width}^LL{page.height}{speed}{relative}^PQ1\n"
    )
    return commands.encode("ascii")


def _graphics(page: Page) -> list[bytes]:
    rows = packed(page)
    stride = -(-page.width // 8)
    step = max(1, BAND_BYTES // stride) * stride
    bands = [_graphic(rows[at : at + step], stride, at // stride) for at in range(0, len(rows), step)]
    # A format without any graphic would print nothing at all, so that even a white page keeps a band.
    return [band for band in bands if band] or [_wrapped(rows[:stride], stride, 0)]


def _graphic(band: bytes, stride: int, top: int) -> bytes:
    return _wrapped(band, stride, top) if band.strip(b"\0") else b""


def _wrapped(band: bytes, stride: int, top: int) -> bytes:
    text = base64.b64encode(isal_zlib.compress(band, 1))
    return b"^FO0,%d,0^GFA,%d,%d,%d,:Z64:%b:%04X^FS\n" % (
        top, len(band), len(band), stride, text, binascii.crc_hqx(text, 0)
    )  # fmt: skip


def _check(settings: PrinterSettings) -> None:
    right, down = settings.offset_dots
    wrong = [
        sentence
        for bad, sentence in (
            (settings.darkness is not None and settings.darkness not in _DARKNESS, "darkness must be 0 to 30"),
            (settings.speed_ips is not None and settings.speed_ips not in _SPEED_IPS, "speed must be 1 to 14 inches/s"),
            (abs(right) > _SHIFT_LIMIT, f"the offset across must be within {_SHIFT_LIMIT} dots"),
            (abs(down) > _TOP_LIMIT, f"the offset down must be within {_TOP_LIMIT} dots"),
        )
        if bad
    ]
    if wrong:
        raise StopQueue(f"ZPL cannot say these printer settings: {'; '.join(wrong)}: correct the printer in the config")
