"""Labels that tell by their bytes which they are: each document is a pure function of serial and copy, of many sizes.

So a tray's digests say which labels lie in it, without a picture being drawn or read.
"""

from __future__ import annotations

import hashlib
from random import Random

from waybilld_sdk import API_VERSION
from waybilld_sdk.hooks import hookimpl
from waybilld_sdk.labels import LabelRequest, LanguageSpec, Page, PrinterSettings, RendererSpec
from waybilld_sdk.plugin import PluginInfo
from waybilld_sdk.printing import Document

SIZES = (0, 500, 4_000, 30_000)
"""Bytes of filling: less than a packet, and more than all buffers on the way hold."""

TOKEN = b"^XZ"


def body(serial: str, copy: int, size: int | None = None) -> bytes:
    """The label of a serial, without its closing token. `size`: of the filling, where it is not left to the serial."""
    dice = Random(f"{serial}/{copy}")
    chosen = dice.choice(SIZES)
    filling = bytes(dice.choices(b"abcdefghijklmnopqrstuvwxyz", k=chosen if size is None else size))
    return b"^XA^PW400^LL200^FX%s %d %s^FS^FO8,8^GFA,1,1,1,80^FS" % (serial.encode(), copy, filling)


def render(request: LabelRequest) -> tuple[Page, ...]:
    """Nothing is drawn: the page is its serial and copy number."""
    dots = [round(mm * request.dots_per_mm) for mm in request.media_mm]
    text = f"{request.serial} {request.copy}"
    return (Page(dots[0], dots[1], text.encode(), hashlib.sha256(text.encode()).hexdigest()),)


def encode(page: Page, _settings: PrinterSettings) -> Document:
    """The label of the page's serial."""
    serial, copy = page.png.decode().split()
    return Document("zpl", body(serial, int(copy)), TOKEN)


class Marked:
    """The plugin."""

    @hookimpl
    def waybilld_plugin_info(self) -> PluginInfo:
        return PluginInfo("marked", "1.0", API_VERSION, "labels known by their bytes")

    @hookimpl
    def waybilld_register_renderers(self) -> list[RendererSpec]:
        return [RendererSpec("marked", render)]

    @hookimpl
    def waybilld_register_languages(self) -> list[LanguageSpec]:
        return [LanguageSpec("zpl", encode)]


plugin = Marked()
"""The entry point's object."""
