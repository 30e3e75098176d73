"""The built-in policies as a plugin, on the same hooks as anyone's."""

from __future__ import annotations

from collections.abc import Sequence

from waybilld_rules import checks, routing
from waybilld_sdk import API_VERSION
from waybilld_sdk.decide import CheckView, Choice, Problem, RouteView
from waybilld_sdk.hooks import hookimpl
from waybilld_sdk.plugin import PluginInfo


class RulesPlugin:
    """Checks and routing."""

    @hookimpl
    def waybilld_plugin_info(self) -> PluginInfo:
        """Who this is."""
        return PluginInfo("rules", "0.1.0", API_VERSION, "checks of orders and choice of carriers")

    @hookimpl
    def waybilld_check_order(self, view: CheckView) -> Sequence[Problem]:
        """Every problem of an order."""
        return checks.check(view)

    @hookimpl
    def waybilld_choose_service(self, view: RouteView) -> Choice | None:
        """The buyer's wish, if it can be had."""
        return routing.choose(view)


plugin = RulesPlugin()
