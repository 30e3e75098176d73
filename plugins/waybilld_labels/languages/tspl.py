"""A page as TSPL: pixels only, every setting that could move or scale them said anew.

Source of every command: TSC TSPL/TSPL2 Programming Manual, the section of that command. In `BITMAP` mode 0 a 0 bit is ink.
The length of a gap (`GAP`) or mark (`BLINE`) is measured at the device's calibration and stays its own; a continuous roll is
`GAP 0`. What happens after printing is said where the settings name it: `SET` TEAR, PEEL, CUTTER and REWIND, all of them,
because each stays set for good and none excludes another; how far a label is fed for it (`OFFSET`) is the installer's.
Offset and turning are put into the pixels, because `SHIFT` differs between firmwares. Nothing is printed before `PRINT`, so
that it is the token.
"""

from __future__ import annotations

from waybilld_labels.languages.parts import check, placed
from waybilld_labels.page.png import INVERT
from waybilld_sdk.labels import Page, PrinterSettings
from waybilld_sdk.printing import Document, MediaMode, Sensing

BAND_BYTES = 24_000
TOKEN = b"PRINT 1,1\r\n"

_SET_ON = {MediaMode.TEAR: "TEAR ON", MediaMode.PEEL: "PEEL ON", MediaMode.CUT: "CUTTER 1", MediaMode.REWIND: "REWIND ON"}
"""`SET CUTTER 1` cuts behind each label."""


def encode(page: Page, settings: PrinterSettings) -> Document:
    """`page` as one TSPL label. ZPL's darkness 0 to 30 becomes `DENSITY` 0 to 15.

    Raises `StopQueue` for settings that the language has no way to say, `Hold` for a page that cannot be read.
    """
    check(
        "TSPL",
        page,
        settings,
        darkness=range(31),
        speed_ips=range(1, 19),
        offset=9999,
        media_modes=tuple(MediaMode),
        sensing=(Sensing.CONTINUOUS,),
    )
    width_mm, height_mm = (dots / settings.dots_per_mm for dots in (page.width, page.height))
    lines = [f"SIZE {width_mm:.2f} mm,{height_mm:.2f} mm", "DIRECTION 0,0", "REFERENCE 0,0"]
    if settings.sensing is Sensing.CONTINUOUS:
        lines.append("GAP 0 mm,0 mm")
    if settings.media_mode is not None:
        off = [word.split()[0] for mode, word in _SET_ON.items() if mode is not settings.media_mode]
        lines += [*(f"SET {word} OFF" for word in off), f"SET {_SET_ON[settings.media_mode]}"]
    if settings.speed_ips is not None:
        lines.append(f"SPEED {settings.speed_ips}")
    if settings.darkness is not None:
        lines.append(f"DENSITY {settings.darkness // 2}")
    lines.append("CLS")
    rows = placed(page, settings)
    parts = ["".join(f"{line}\r\n" for line in lines).encode("ascii")]
    for top, band in rows.bands(BAND_BYTES):
        if band.strip(b"\0"):
            head = f"BITMAP 0,{top},{rows.stride},{len(band) // rows.stride},0,".encode("ascii")
            parts.append(head + band.translate(INVERT) + b"\r\n")
    return Document("tspl", b"".join(parts), TOKEN)
