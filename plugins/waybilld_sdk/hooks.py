"""The hooks. pluggy carries only what is synchronous and pure; everything slow is a method of an adapter object.

Register hooks run once, at start, without I/O. Decide hooks run on the reactor's thread within 5 ms and are called one
plugin at a time, so that one failure skips one plugin.
"""

from __future__ import annotations

from collections.abc import Sequence

import pluggy

from waybilld_sdk.decide import AllocationView, CheckView, Choice, Problem, RouteView
from waybilld_sdk.labels import LabelRequest, LanguageSpec, RendererSpec
from waybilld_sdk.plugin import CarrierSpec, MarketplaceSpec, PluginInfo, PrinterSpec

PROJECT = "waybilld"
ENTRY_POINT_GROUP = "waybilld.plugins"
hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


class Hooks:
    """Every hook that a plugin may implement."""

    @hookspec
    def waybilld_plugin_info(self) -> PluginInfo:
        """Who this plugin is. Every plugin implements it."""
        raise NotImplementedError

    @hookspec
    def waybilld_register_marketplaces(self) -> Sequence[MarketplaceSpec]:
        """The marketplaces that this plugin can talk to."""
        raise NotImplementedError

    @hookspec
    def waybilld_register_carriers(self) -> Sequence[CarrierSpec]:
        """The carriers that this plugin can buy from."""
        raise NotImplementedError

    @hookspec
    def waybilld_register_printers(self) -> Sequence[PrinterSpec]:
        """The printer transports that this plugin brings."""
        raise NotImplementedError

    @hookspec
    def waybilld_register_languages(self) -> Sequence[LanguageSpec]:
        """The printer languages that this plugin can encode."""
        raise NotImplementedError

    @hookspec
    def waybilld_register_renderers(self) -> Sequence[RendererSpec]:
        """The ways of drawing labels that this plugin brings."""
        raise NotImplementedError

    @hookspec
    def waybilld_check_order(self, view: CheckView) -> Sequence[Problem]:
        """Everything that is wrong with an order; all plugins' problems are collected."""
        raise NotImplementedError

    @hookspec
    def waybilld_allocate(self, view: AllocationView) -> str | None:
        """The warehouse that ships; the first plugin that answers decides."""
        raise NotImplementedError

    @hookspec
    def waybilld_choose_service(self, view: RouteView) -> Choice | None:
        """The carrier account and service; the first plugin that answers decides."""
        raise NotImplementedError

    @hookspec
    def waybilld_edit_label(self, request: LabelRequest) -> LabelRequest | None:
        """A changed label request, or None to leave it; plugins are chained."""
        raise NotImplementedError
