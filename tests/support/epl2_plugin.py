"""A language that waybilld does not bring, as anybody's plugin would bring it: EPL2, by `GW`.

Source: Zebra EPL2 Programmer's Manual, the pages of N, q, Q, Z, GW and P. In `GW` a 0 bit is ink.
"""

from __future__ import annotations

from collections.abc import Sequence

from waybilld_labels.languages.parts import check, moved
from waybilld_sdk import API_VERSION
from waybilld_sdk.hooks import hookimpl
from waybilld_sdk.labels import LanguageSpec, Page, PrinterSettings
from waybilld_sdk.plugin import PluginInfo
from waybilld_sdk.printing import Document

_INVERTED = bytes(255 - byte for byte in range(256))


def encode(page: Page, settings: PrinterSettings) -> Document:
    """`page` as one EPL2 form; nothing is printed before `P`."""
    check("EPL2", settings, darkness=None, speed_ips=None, offset=9999)
    rows = moved(page, settings)
    parts = [b"\nN\nq%d\nQ%d,24\nZT\n" % (rows.width, rows.height)]
    for top, band in rows.bands(16_000):
        parts.append(b"GW0,%d,%d,%d,%b\n" % (top, rows.stride, len(band) // rows.stride, band.translate(_INVERTED)))
    return Document("epl2", b"".join(parts), b"P1\n")


class Epl2:
    """The plugin."""

    @hookimpl
    def waybilld_plugin_info(self) -> PluginInfo:
        return PluginInfo("epl2", "1.0", API_VERSION, "EPL2 for older desktop printers")

    @hookimpl
    def waybilld_register_languages(self) -> Sequence[LanguageSpec]:
        return (LanguageSpec("epl2", encode),)


plugin = Epl2()
