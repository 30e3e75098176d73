"""A page as CPCL: pixels only.

Source of every command: Zebra CPCL Programming Guide, the section of that command. The two resolutions of the first line are
200 for every printer: graphics count dots and are never scaled. `CG` carries bytes, `EG` hex digits for connections that
change bytes. `FORM` feeds to the next label after printing. Nothing is printed before `PRINT`, so that it is the token. The
offset is put into the pixels, and a page is turned there too. Media mode and sensing stay the device's own: they are its
installer's, set with SGD.
"""

from __future__ import annotations

from collections.abc import Callable

from waybilld_labels.languages.parts import check, placed
from waybilld_sdk.labels import Page, PrinterSettings
from waybilld_sdk.printing import Document

BAND_BYTES = 16_000
TOKEN = b"PRINT\r\n"
_MIDDLE = 15


def encode(page: Page, settings: PrinterSettings) -> Document:
    """`page` with its graphics as bytes (`CG`). Raises `StopQueue` for settings that the language has no way to say,
    `Hold` for a page that cannot be read."""
    return _encoded("cpcl", "CG", page, settings, bytes)


def encode_hex(page: Page, settings: PrinterSettings) -> Document:
    """`page` with its graphics as hex digits (`EG`): twice the bytes, all of them printable. Raises as `encode`."""
    return _encoded("cpcl-hex", "EG", page, settings, lambda band: band.hex().upper().encode("ascii"))


def _encoded(
    language: str, command: str, page: Page, settings: PrinterSettings, written: Callable[[bytes], bytes]
) -> Document:
    check("CPCL", page, settings, darkness=range(31), speed_ips=None, offset=9999)
    rows = placed(page, settings)
    parts = [f"! 0 200 200 {page.height} 1\r\nPAGE-WIDTH {rows.stride * 8}\r\n".encode("ascii")]
    if settings.darkness is not None:
        parts.append(f"TONE {_tone(settings.darkness)}\r\n".encode("ascii"))
    for top, band in rows.bands(BAND_BYTES):
        if band.strip(b"\0"):
            head = f"{command} {rows.stride} {len(band) // rows.stride} 0 {top} ".encode("ascii")
            parts.append(head + written(band) + b"\r\n")
    return Document(language, b"".join((*parts, b"FORM\r\n")), TOKEN)


def _tone(darkness: int) -> int:
    """ZPL's darkness 0 to 30 as `TONE` -99 to 200, the middle of both being the factory's."""
    far = darkness - _MIDDLE
    return round(far * (200 if far > 0 else 99) / _MIDDLE)
