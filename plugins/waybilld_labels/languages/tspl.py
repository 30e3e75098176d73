"""A page as TSPL: pixels only, every setting that could move or scale them said anew.

Source of every command: TSC TSPL/TSPL2 Programming Manual, the section of that command. In `BITMAP` mode 0 a 0 bit is ink.
Two settings are the installer's and stay the device's own: the gap between labels (`GAP`), which is measured at calibration,
and what happens after printing (`SET PEEL`, `SET CUTTER`, `OFFSET`). The offset is put into the pixels, because `SHIFT`
differs between firmwares. Nothing is printed before `PRINT`, so that it is the token.
"""

from __future__ import annotations

from waybilld_labels.languages.parts import check, moved
from waybilld_labels.page.png import INVERT
from waybilld_sdk.labels import Page, PrinterSettings
from waybilld_sdk.printing import Document

BAND_BYTES = 24_000
TOKEN = b"PRINT 1,1\r\n"


def encode(page: Page, settings: PrinterSettings) -> Document:
    """`page` as one TSPL label. ZPL's darkness 0 to 30 becomes `DENSITY` 0 to 15.

    Raises `StopQueue` for settings that the language has no way to say, `Hold` for a page that cannot be read.
    """
    check("TSPL", page, settings, darkness=range(31), speed_ips=range(1, 19), offset=9999)
    width_mm, height_mm = (dots / settings.dots_per_mm for dots in (page.width, page.height))
    lines = [f"SIZE {width_mm:.2f} mm,{height_mm:.2f} mm", "DIRECTION 0,0", "REFERENCE 0,0"]
    if settings.speed_ips is not None:
        lines.append(f"SPEED {settings.speed_ips}")
    if settings.darkness is not None:
        lines.append(f"DENSITY {settings.darkness // 2}")
    lines.append("CLS")
    rows = moved(page, settings)
    parts = ["".join(f"{line}\r\n" for line in lines).encode("ascii")]
    for top, band in rows.bands(BAND_BYTES):
        if band.strip(b"\0"):
            head = f"BITMAP 0,{top},{rows.stride},{len(band) // rows.stride},0,".encode("ascii")
            parts.append(head + band.translate(INVERT) + b"\r\n")
    return Document("tspl", b"".join(parts), TOKEN)
