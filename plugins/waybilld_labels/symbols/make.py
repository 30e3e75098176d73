"""Bar codes as modules: every module becomes a whole number of dots, so that no edge falls between two dots.

zint chooses code sets and symbol sizes. It is given data, never its own escape sequences, so that no text can smuggle a
function character in.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import zint

from waybilld_labels.page.stencil import Stencil
from waybilld_labels.symbols.gs1 import element_string, spaced, sscc
from waybilld_sdk.errors import Hold

Symbology = Literal["code128", "gs1-128", "sscc", "qr", "datamatrix", "pdf417"]

_ONE_DOT_PER_MODULE = 0.5
"""zint's scale at which a raster module is one pixel."""

_ROUNDING = 0.1
"""Dots by which a minimum may be missed: 3 dots of an 11.8 dots/mm head are 0.254 mm, of a 12 dots/mm head 0.25 mm."""

LOWEST_BARS_MM = 5.0
"""ISO/IEC 15417 annex D: bars for manual scanning are 5 mm high at the least."""

_ERROR_CORRECTION_M = 2
_UTF_8 = 26
"""Extended channel interpretation of UTF-8 (AIM ITS/04-023, ECI 000026)."""


@dataclass(frozen=True, slots=True)
class Kind:
    """What a symbology asks for. `quiet` in modules beside and above; `most` characters that are tried."""

    zint: zint.Symbology
    quiet: tuple[int, int]
    linear: bool
    most: int
    narrowest_mm: float


KINDS: dict[Symbology, Kind] = {
    # ISO/IEC 15417 4.3.2: 10X on each side. Handheld scanners and carriers accept 0.25 mm at the least.
    "code128": Kind(zint.Symbology.CODE128, (10, 0), True, 80, 0.25),
    # GS1 General Specifications 5.4.6.4: quiet zones of 10X; X of 0.25 mm at the least.
    "gs1-128": Kind(zint.Symbology.GS1_128, (10, 0), True, 90, 0.25),
    "sscc": Kind(zint.Symbology.GS1_128, (10, 0), True, 20, 0.25),
    # ISO/IEC 18004 6.3.8: 4X on all sides.
    "qr": Kind(zint.Symbology.QRCODE, (4, 4), False, 1000, 0.25),
    # ISO/IEC 16022 7.3.1 asks for 1X; 2X are kept, because thermal heads smear.
    "datamatrix": Kind(zint.Symbology.DATAMATRIX, (2, 2), False, 1000, 0.25),
    # ISO/IEC 15438 5.8.3: 2X on all sides; rows of at least 3X (5.8.2).
    "pdf417": Kind(zint.Symbology.PDF417, (2, 2), False, 800, 0.25),
}


@dataclass(frozen=True, slots=True)
class Symbol:
    """One symbol. `rows` has a character per module, `1` is dark, without quiet zones; a linear one has one row. `quiet`
    is in modules, (beside, above and below). `text` is what stands below the bars, `data` what was encoded."""

    rows: tuple[bytes, ...]
    quiet: tuple[int, int]
    linear: bool
    text: str
    data: str
    narrowest_mm: float

    @property
    def width(self) -> int:
        """Modules from left to right."""
        return len(self.rows[0])

    @property
    def height(self) -> int:
        """Modules from top to bottom; 1 for a linear one."""
        return len(self.rows)


@lru_cache(maxsize=64)
def make(symbology: Symbology, data: str) -> Symbol:
    """The symbol of `data`. Raises `Hold` where the data cannot be put into it so that it reads back unchanged."""
    kind = KINDS[symbology]
    text = data
    if symbology == "sscc":
        data = "[00]" + sscc(data)
        text = spaced(data)
    elif symbology == "gs1-128":
        data = element_string(data)
        text = spaced(data)
    else:
        _check(symbology, data, kind)
    return Symbol(_modules(symbology, kind, data), kind.quiet, kind.linear, text, data, kind.narrowest_mm)


_ASCII = re.compile(r"[\x20-\x7e]+")


def _check(symbology: Symbology, data: str, kind: Kind) -> None:
    if not data:
        raise Hold(
            f"a {symbology} bar code has nothing to hold: fill its field at the source, or give the cell of the template a "
            "`when` that asks for it",
            code="barcode-unprintable",
        )
    fine = bool(_ASCII.fullmatch(data)) if kind.linear else _writable(data)
    if not fine or len(data) > kind.most:
        allowed = "printable ASCII" if kind.linear else "printable"
        raise Hold(
            f"the text cannot be put into a {symbology} bar code: it must be 1 to {kind.most} {allowed} characters, and "
            f"this one has {len(data)} characters{'' if fine else ', some of them not allowed'}; correct it at its source",
            code="barcode-unprintable",
        )


def _writable(data: str) -> bool:
    return all(char.isprintable() for char in data)


def _modules(symbology: Symbology, kind: Kind, data: str) -> tuple[bytes, ...]:
    symbol = zint.Symbol()
    symbol.symbology = kind.zint
    symbol.scale = _ONE_DOT_PER_MODULE
    symbol.show_text = False
    if kind.linear:
        symbol.height = 1
    elif symbology == "qr":
        symbol.option_1 = _ERROR_CORRECTION_M
    if symbology == "datamatrix":
        symbol.option_3 = zint.DataMatrixOptions.SQUARE
    if not data.isascii():
        symbol.eci = _UTF_8
    if kind.zint is zint.Symbology.GS1_128:
        symbol.input_mode = zint.InputMode.GS1
    try:
        symbol.encode(data)
        symbol.buffer()
    except (RuntimeError, ValueError) as error:
        raise Hold(
            f"the text cannot be put into a {symbology} bar code ({error}): correct it at its source",
            code="barcode-unprintable",
        ) from error
    # zint gives RGB, black on white; one channel is enough.
    modules = bytes(symbol.bitmap or b"")[::3].translate(_DARK)
    return tuple([modules[at : at + symbol.width] for at in range(0, len(modules), symbol.width)])


_DARK = b"1" * 128 + b"0" * 128
"""A module's character by its brightness."""


def module_dots(symbol: Symbol, room: tuple[int, int], dots_per_mm: float, module_mm: tuple[float, float]) -> int | None:
    """The widest module, in dots, at which the symbol and its quiet zones fit into `room` (width, height in dots).

    Between the two lengths of `module_mm`, and never under what the symbology asks for. None when it does not fit.
    """
    wide = symbol.width + 2 * symbol.quiet[0]
    most = room[0] // wide
    if not symbol.linear:
        most = min(most, room[1] // (symbol.height + 2 * symbol.quiet[1]))
    most = min(most, int(module_mm[1] * dots_per_mm + _ROUNDING))
    least = max(module_mm[0], symbol.narrowest_mm) * dots_per_mm - _ROUNDING
    return most if most >= max(1, least) else None


def stencil(symbol: Symbol, dots: int, bars: int) -> Stencil:
    """The symbol with each module `dots` wide, without quiet zones; a linear one `bars` dots high."""
    dark, light = b"1" * dots, b"0" * dots
    rows = [int(row.replace(b"1", dark).replace(b"0", light), 2) for row in symbol.rows]
    high = bars if symbol.linear else dots
    return Stencil(symbol.width * dots, tuple([row for row in rows for _ in range(high)]))
