"""A page as ZPL II: pixels only, with everything that could move or scale them set anew in each format.

Source of every command: Zebra ZPL II Programming Guide, the page of that command; of the data scheme: the same, "ZB64
Encoding and Compression" (zlib stream, Base64, then CRC-16 with polynomial 0x1021 over the Base64 text; readers want the
start value 0). Graphics go in bands: printers with little memory unpack one band at a time. A white band is left out.

The print mode (`^MM`) is said where the settings name it, because a peeler or cutter is hardware that a page knows nothing
of; the reprint after an error (`^JZ`) is the installer's and stays the device's own. Media tracking is web sensing (`^MNY`)
where the settings say nothing else: waybill labels are die-cut, and a foreign job's `^MNN` would let every later label creep
over the gaps without an error.

Our own pixels are moved and turned before they are sent, and `^LS`, `^LT` and `^PO` do nothing: no print position may come
below 0 by `^LS` (page of `^LS`), and `^PO` acts differently with `^LL`, `^LS` and `^LT` (page of `^PO`).
A page with a carrier's commands can be moved and turned by the printer alone.

A carrier's commands stand before our own pixels, between two lines that say what they may leave set: first as the carrier
expects it, then as it was. How far a printer's own fonts and bar codes reach is not known beforehand; so everything but the
carrier's room is then wiped white (`^GB` in white, filled), and what is ours is drawn on clean paper.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Iterator

from isal import isal_zlib

from waybilld_labels.artwork.zpl.rewrite import DEFAULTS, LANGUAGE, verified
from waybilld_labels.languages import zpl_ascii
from waybilld_labels.languages.parts import Rows, check, placed
from waybilld_labels.page.png import packed
from waybilld_sdk.errors import Hold
from waybilld_sdk.labels import Page, PageCommands, PrinterSettings
from waybilld_sdk.printing import Document, MediaMode, Sensing

TOKEN = b"^XZ"
CARRIES = frozenset({LANGUAGE})
"""Languages whose commands a document may hold beside its pixels."""

BAND_BYTES = 24_000
"""Most uncompressed bytes of one `^GF`."""

_TOP_LIMIT = 120
"""Dots that `^LT` moves down or up at the most; `^LS` moves further across, which no label needs."""

_MODES = {MediaMode.TEAR: "T", MediaMode.PEEL: "P", MediaMode.CUT: "C", MediaMode.REWIND: "R"}
_TRACKING = {Sensing.GAP: "Y", Sensing.MARK: "M", Sensing.CONTINUOUS: "N"}

_LONGEST = 32_000
"""Dots that `^LL` and `^FO` count at the most."""


def encode(page: Page, settings: PrinterSettings) -> Document:
    """`page` as one ZPL format whose end, `^XZ`, is withheld as the token: until it comes, nothing is printed.

    Raises `StopQueue` for settings that the language has no way to say, `Hold` for a page that cannot be read.
    """
    return _encoded("zpl", page, settings, _z64)


def encode_ascii(page: Page, settings: PrinterSettings) -> Document:
    """The same with ASCII compression, three times the bytes: for printers and clones that cannot read Z64."""
    return _encoded("zpl-acs", page, settings, zpl_ascii.compressed)


def _encoded(language: str, page: Page, settings: PrinterSettings, compressed: Callable[[bytes, int], bytes]) -> Document:
    check(
        "ZPL",
        page,
        settings,
        darkness=range(31),
        speed_ips=range(1, 15),
        offset=_TOP_LIMIT,
        side=_LONGEST,
        media_modes=tuple(MediaMode),
        sensing=tuple(Sensing),
    )
    parts = [_preamble(page, settings)]
    if page.commands is None:
        rows = placed(page, settings)
    else:
        rows = Rows(packed(page), page.width, page.height)
        parts += [_foreign(page.commands, settings), *_wiped(page, page.commands)]
    graphics = [_graphic(top, band, rows.stride, compressed) for top, band in rows.bands(BAND_BYTES) if band.strip(b"\0")]
    if not graphics and page.commands is None:
        # A format without any graphic would print nothing at all, so that even a white page keeps a row.
        graphics = [_graphic(0, rows.data[: rows.stride], rows.stride, compressed)]
    return Document(language, b"".join((*parts, *graphics)), TOKEN)


def _foreign(commands: PageCommands, settings: PrinterSettings) -> bytes:
    if commands.language not in CARRIES:
        raise Hold(f"a page with {commands.language:.20} commands cannot be said in ZPL", code="artwork-commands")
    if settings.upside_down and settings.offset_dots != (0, 0):
        raise Hold(
            "a carrier's label in ZPL cannot be printed upside down and moved as well: take offset_mm or orientation out of "
            "the printer's settings, or ask the carrier for PDF",
            code="artwork-commands",
        )
    return b"%b%b^LH0,0%b^CI28\n" % (DEFAULTS.encode("ascii"), verified(commands.body), DEFAULTS.encode("ascii"))


def _wiped(page: Page, commands: PageCommands) -> Iterator[bytes]:
    """White over all of the page but the carrier's room: above, below, at its left and at its right."""
    left, top, width, height = commands.box
    right, foot = left + width, top + height
    for x, y, wide, high in (
        (0, 0, page.width, top),
        (0, foot, page.width, page.height - foot),
        (0, top, left, height),
        (right, top, page.width - right, height),
    ):
        if wide > 0 and high > 0:
            yield b"^FO%d,%d,0^GB%d,%d,%d,W,0^FS\n" % (x, y, wide, high, min(wide, high))


def _preamble(page: Page, settings: PrinterSettings) -> bytes:
    ours = page.commands is None
    right, down = (0, 0) if ours else settings.offset_dots
    turned = "I" if settings.upside_down and not ours else "N"
    mode = "" if settings.media_mode is None else f"^MM{_MODES[settings.media_mode]}"
    tracking = _TRACKING[settings.sensing or Sensing.GAP]
    darkness = "" if settings.darkness is None else f"~SD{settings.darkness:02d}"
    speed = "" if settings.speed_ips is None else f"^PR{settings.speed_ips}"
    relative = "" if settings.darkness is None else "^MD0"
    # ^LS moves to the left where it is positive, ^LT moves down.
    commands = (
        f"{darkness}^XA^CI28^MUd^MN{tracking}{mode}^PO{turned}^PMN^LRN^LH0,0^LS{-right}^LT{down}"
        f"^PW{page.width}^LL{page.height}{speed}{relative}^PQ1\n"
    )
    return commands.encode("ascii")


def _graphic(top: int, band: bytes, stride: int, compressed: Callable[[bytes, int], bytes]) -> bytes:
    return b"^FO0,%d,0^GFA,%d,%d,%d,%b^FS\n" % (top, len(band), len(band), stride, compressed(band, stride))


def _z64(band: bytes, _stride: int) -> bytes:
    text = base64.b64encode(isal_zlib.compress(band, 1))
    return b":Z64:%b:%04X" % (text, binascii.crc_hqx(text, 0))
