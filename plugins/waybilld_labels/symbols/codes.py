"""Bar codes as 1-bit pictures: every module is a whole number of dots, so that no edge falls between two dots.

Sources: ISO/IEC 15417 (Code 128: quiet zones of 10X), ISO/IEC 18004 (QR code: quiet zone of 4X). zint chooses the code
sets and the symbol size.
"""

from __future__ import annotations

import re

import zint
from PIL import Image

from waybilld_sdk.errors import Hold

CODE_128_QUIET_MODULES = 10
QR_QUIET_MODULES = 4
_PRINTABLE = re.compile(r"[\x20-\x7e]{1,80}")
_ERROR_CORRECTION_M = 2
_ONE_DOT_PER_MODULE = 0.5
"""zint's scale at which a raster module is one pixel."""


def code_128(text: str) -> Image.Image:
    """Code 128 of `text`, one dot per module and one dot high, without quiet zones; 1 is a bar.

    Raises `Hold` when the text is empty, longer than 80 characters, or not printable ASCII: it must read back unchanged.
    """
    return _modules(zint.Symbology.CODE128, _checked(text, "waybill number"))


def qr(text: str) -> Image.Image:
    """QR code of `text` at error correction level M, one dot per module, without quiet zones; 1 is dark. Raises `Hold`
    like `code_128`."""
    return _modules(zint.Symbology.QRCODE, _checked(text, "print serial"))


def enlarged(modules: Image.Image, dots: int, height: int | None = None) -> Image.Image:
    """A picture with each module `dots` wide and high, or `height` dots high in all."""
    size = (modules.width * dots, height if height is not None else modules.height * dots)
    return modules.resize(size, Image.Resampling.NEAREST)


def grouped(number: str) -> str:
    """A number in groups for the eye: letters and digits apart, nine digits or fewer in threes where that comes out
    even, others in fours, a single last digit kept with the group before it."""
    return " ".join(part for run in re.findall(r"[0-9]+|[^0-9 ]+", number) for part in _groups(run))


def _groups(run: str) -> list[str]:
    if not run[0].isdigit() or len(run) <= 5:
        return [run]
    size = 3 if len(run) <= 9 and len(run) % 3 == 0 else 4
    parts = [run[at : at + size] for at in range(0, len(run), size)]
    if len(parts[-1]) == 1:
        parts[-2:] = [parts[-2] + parts[-1]]
    return parts


def _checked(text: str, what: str) -> str:
    if not _PRINTABLE.fullmatch(text):
        raise Hold(
            f"the {what} cannot be put into a bar code: it must be 1 to 80 printable ASCII characters, and this one has "
            f"{len(text)} characters{'' if text.isascii() else ', some of them not ASCII'}; correct it at its source",
            code="barcode-unprintable",
        )
    return text


def _modules(symbology: zint.Symbology, text: str) -> Image.Image:
    symbol = zint.Symbol()
    symbol.symbology = symbology
    symbol.scale = _ONE_DOT_PER_MODULE
    symbol.show_text = False
    if symbology is zint.Symbology.QRCODE:
        symbol.option_1 = _ERROR_CORRECTION_M
    else:
        symbol.height = 1
    symbol.encode(text)
    symbol.buffer()
    # zint gives RGB, black on white; one channel is enough, and a bar is 1 here.
    pixels = bytes(symbol.bitmap or b"")[::3]
    grey = Image.frombytes("L", (symbol.width, len(pixels) // symbol.width), pixels)
    return grey.point(_INK_OF_GREY, "1")


_INK_OF_GREY = [255 if level < 128 else 0 for level in range(256)]
