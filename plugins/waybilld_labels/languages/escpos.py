"""A page as ESC/POS raster, for receipt printers and the label printers that speak their language.

Source of every command: Epson ESC/POS Command Reference, the page of that command. `ESC @` clears what an earlier job left
behind, and `GS ( D` turns the real-time commands off that pixels might look like. Raster lines go to paper as they arrive:
the token only feeds, cuts and turns the real-time commands on again, so that a label without its token may be on paper in
part. A profile of such a printer must not take E1 for "nothing printed". Offset and turning are put into the pixels.

`GS ( D` covers the commands that open a drawer or switch off. Pixels may still look like `DLE EOT`, which makes the printer
send a status byte: whoever asks such a printer must put up with answers that nobody asked for.
"""

from __future__ import annotations

from waybilld_labels.languages.parts import check, placed
from waybilld_sdk.labels import Page, PrinterSettings
from waybilld_sdk.printing import Document, MediaMode

STRIP_ROWS = 200
"""Rows of one `GS v 0`: printers with little memory take no more at once."""

_INITIALIZE = b"\x1b@"
_REAL_TIME_OFF = b"\x1d(D\x05\x00\x14\x01\x00\x02\x00"
TOKEN = b"\x1dVB\x00" + _INITIALIZE
"""`GS V` function B: feed to the cutting position and cut; printers without a cutter only feed, so that `cut` is said with
every label whatever the settings. `ESC @` ends what `GS ( D` began."""

_WIDEST = 0xFFFF * 8
"""Dots that the two bytes of `GS v 0` count, which count eight at a time."""


def encode(page: Page, settings: PrinterSettings) -> Document:
    """`page` in strips of raster. Raises `StopQueue` for settings that the language has no way to say, `Hold` for a page
    that cannot be read."""
    check("ESC/POS", page, settings, darkness=None, speed_ips=None, offset=9999, side=_WIDEST, media_modes=(MediaMode.CUT,))
    rows = placed(page, settings)
    parts = [_INITIALIZE, _REAL_TIME_OFF]
    for _, strip in rows.bands(STRIP_ROWS * rows.stride):
        size = rows.stride.to_bytes(2, "little") + (len(strip) // rows.stride).to_bytes(2, "little")
        parts.append(b"\x1dv0\x00" + size + strip)
    return Document("escpos", b"".join(parts), TOKEN)
