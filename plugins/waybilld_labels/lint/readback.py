"""Reads the bar codes of a drawn page back, as a scanner would.

zxing-cpp does it; it is the extra `readback`, and costs about ten times what drawing a label does.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from importlib.util import find_spec

from PIL import Image

from waybilld_labels.layout.report import DrawnSymbol
from waybilld_labels.page.png import INVERT


def installed() -> bool:
    """Whether the reader is there."""
    return find_spec("zxingcpp") is not None


def unread(rows: bytes, width: int, height: int, symbols: Iterable[DrawnSymbol]) -> tuple[str, ...]:
    """Names of the cells whose bar code does not come back as it went in; `rows` are a page's packed rows."""
    import zxingcpp  # an extra: only who asks for it needs it

    stride = -(-width // 8)
    picture = Image.frombytes("1", (stride * 8, height), rows.translate(INVERT)).crop((0, 0, width, height)).convert("L")
    found = {_plain(code.text) for code in zxingcpp.read_barcodes(picture)}
    return tuple(dict.fromkeys(symbol.name for symbol in symbols if _plain(symbol.data) not in found))


def _plain(data: str) -> str:
    """GS1 identifiers without their brackets, which readers write one way and encoders another."""
    return re.sub(r"[()\[\]]", "", data) if data[:1] in "([" else data
