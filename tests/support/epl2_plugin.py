"""A language that waybilld does not bring, as anybody's plugin would bring it: EPL2, by `GW`, over the contract alone.

Source: Zebra EPL2 Programmer's Manual, the pages of N, q, Q, Z, GW and P. In `GW` a 0 bit is ink.
"""

from __future__ import annotations

import io
from collections.abc import Sequence

from PIL import Image

from waybilld_sdk import API_VERSION
from waybilld_sdk.errors import StopQueue
from waybilld_sdk.hooks import hookimpl
from waybilld_sdk.labels import LanguageSpec, Page, PrinterSettings
from waybilld_sdk.plugin import PluginInfo
from waybilld_sdk.printing import Document

BAND_BYTES = 16_000
MOST_OFFSET = 9999


def encode(page: Page, settings: PrinterSettings) -> Document:
    """`page` as one EPL2 form; nothing is printed before `P`. Raises `StopQueue` for settings that this plugin lacks."""
    wrong = [name for name in ("darkness", "speed_ips") if getattr(settings, name) is not None]
    wrong += [name for name in ("media_mode", "sensing") if getattr(settings, name) is not None]
    if max(map(abs, settings.offset_dots)) > MOST_OFFSET:
        wrong.append("offset_dots")
    if wrong:
        raise StopQueue(f"EPL2 cannot say {', '.join(wrong)}: correct the printer in the config")
    light, stride = _light_rows(page, settings), -(-page.width // 8)
    parts = [b"\nN\nq%d\nQ%d,24\nZT\n" % (page.width, page.height)]
    step = max(1, BAND_BYTES // stride)
    for top in range(0, page.height, step):
        band = light[top * stride : (top + step) * stride]
        parts.append(b"GW0,%d,%d,%d,%b\n" % (top, stride, len(band) // stride, band))
    return Document("epl2", b"".join(parts), b"P1\n")


def _light_rows(page: Page, settings: PrinterSettings) -> bytes:
    """Rows in whole bytes in which 1 is paper, moved by the offset and then turned where the printer prints upside down."""
    with Image.open(io.BytesIO(page.png), formats=("PNG",)) as picture:
        moved = Image.new("1", picture.size, 255)
        moved.paste(picture, settings.offset_dots)
    if settings.upside_down:
        moved = moved.transpose(Image.Transpose.ROTATE_180)
    padded = Image.new("1", (-(-page.width // 8) * 8, page.height), 255)
    padded.paste(moved, (0, 0))
    return padded.tobytes()


class Epl2:
    """The plugin."""

    @hookimpl
    def waybilld_plugin_info(self) -> PluginInfo:
        return PluginInfo("epl2", "1.0", API_VERSION, "EPL2 for older desktop printers")

    @hookimpl
    def waybilld_register_languages(self) -> Sequence[LanguageSpec]:
        return (LanguageSpec("epl2", encode, says=frozenset({"upside_down", "media_mode", "sensing"})),)


plugin = Epl2()
