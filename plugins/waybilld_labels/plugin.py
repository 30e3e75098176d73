"""Presents the built-in label drawing and languages to the host."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import version

from waybilld_labels.languages import cpcl, escpos, pdf, png, pwg, tspl, zpl
from waybilld_labels.renderer import configure, draw_shipped
from waybilld_labels.template.settings import RendererSettings
from waybilld_sdk import API_VERSION
from waybilld_sdk.hooks import hookimpl
from waybilld_sdk.labels import LATER_SETTINGS, LanguageSpec, RendererSpec
from waybilld_sdk.plugin import PluginInfo


class LabelsPlugin:
    """The renderer `standard` and the languages of label and receipt printers."""

    @hookimpl
    def waybilld_plugin_info(self) -> PluginInfo:
        """Name and version."""
        return PluginInfo("labels", version("waybilld"), API_VERSION, "Labels from templates, in the languages of printers")

    @hookimpl
    def waybilld_register_renderers(self) -> Sequence[RendererSpec]:
        """Labels by templates."""
        return (RendererSpec("standard", draw_shipped, RendererSettings, configure),)

    @hookimpl
    def waybilld_register_languages(self) -> Sequence[LanguageSpec]:
        """Everything that a page can be sent as."""
        says = frozenset(LATER_SETTINGS)
        return (
            LanguageSpec("zpl", zpl.encode, carries=zpl.CARRIES, says=says),
            LanguageSpec("zpl-acs", zpl.encode_ascii, carries=zpl.CARRIES, says=says),
            LanguageSpec("tspl", tspl.encode, says=says),
            LanguageSpec("cpcl", cpcl.encode, says=says),
            LanguageSpec("cpcl-hex", cpcl.encode_hex, says=says),
            LanguageSpec("escpos", escpos.encode, says=says),
            LanguageSpec("pwg", pwg.encode, says=says),
            LanguageSpec("pdf", pdf.encode, bind=pdf.bind, says=says),
            LanguageSpec("png", png.encode, says=says),
        )


plugin = LabelsPlugin()
