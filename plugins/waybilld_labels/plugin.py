"""Presents the built-in label drawing and languages to the host."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import version

from waybilld_labels.languages import zpl
from waybilld_labels.renderer import configure, draw_shipped
from waybilld_labels.template.settings import RendererSettings
from waybilld_sdk import API_VERSION
from waybilld_sdk.hooks import hookimpl
from waybilld_sdk.labels import LanguageSpec, Page, PrinterSettings, RendererSpec
from waybilld_sdk.plugin import PluginInfo
from waybilld_sdk.printing import Document


def encode_png(page: Page, _settings: PrinterSettings) -> Document:
    """The page's own PNG, for previews and for devices that take pictures. There is no closing token to withhold."""
    return Document("png", page.png, b"")


class LabelsPlugin:
    """The renderer `standard` and the languages `zpl` and `png`."""

    @hookimpl
    def waybilld_plugin_info(self) -> PluginInfo:
        """Name and version."""
        return PluginInfo("labels", version("waybilld"), API_VERSION, "The standard waybill label, as ZPL or PNG")

    @hookimpl
    def waybilld_register_renderers(self) -> Sequence[RendererSpec]:
        """The standard waybill label."""
        return (RendererSpec("standard", draw_shipped, RendererSettings, configure),)

    @hookimpl
    def waybilld_register_languages(self) -> Sequence[LanguageSpec]:
        """ZPL for label printers, PNG for previews."""
        return (LanguageSpec("zpl", zpl.encode), LanguageSpec("png", encode_png))


plugin = LabelsPlugin()
