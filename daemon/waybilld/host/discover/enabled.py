"""What the enabled plugins bring, and the calls of their decide hooks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from waybilld.host.discover.entrypoints import LoadFailure
from waybilld.host.discover.opening import Opened
from waybilld_sdk.labels import LanguageSpec, RendererSpec
from waybilld_sdk.plugin import CarrierSpec, MarketplaceSpec, PrinterSpec

DECIDE_HOOKS: Mapping[str, Literal["rules", "labels"]] = {
    "waybilld_check_order": "rules",
    "waybilld_allocate": "rules",
    "waybilld_choose_service": "rules",
    "waybilld_edit_label": "labels",
}
"""The decide hooks, and the list of the configuration that says which plugins are asked, and in which order."""


@dataclass(frozen=True, slots=True)
class Plugins:
    """Everything that the enabled plugins bring.

    The maps of adapters are keyed as `adapter:` names them in the configuration (`files`, `acme/express`), those of
    languages and renderers by plain name. `rules` and `labels` are the plugins of these lists, in their order.
    """

    marketplaces: Mapping[str, MarketplaceSpec]
    carriers: Mapping[str, CarrierSpec]
    printers: Mapping[str, PrinterSpec]
    languages: Mapping[str, LanguageSpec]
    renderers: Mapping[str, RendererSpec]
    rules: tuple[Opened, ...]
    labels: tuple[Opened, ...]
    failures: tuple[LoadFailure, ...]

    def each(self, hook: str, /, **view: object) -> Iterator[tuple[str, object]]:
        """Call a decide hook, one plugin at a time in the configuration's order.

        Yields (plugin, what it returned), or (plugin, the exception) for a plugin that raised; one that does not
        implement the hook is left out. Lazy: a caller that has its answer stops, and the next plugin is not called.
        Raises `KeyError` for a name that is no decide hook.
        """
        plugins = self.rules if DECIDE_HOOKS[hook] == "rules" else self.labels
        return ((plugin.found.name, _call(plugin, hook, view)) for plugin in plugins if plugin.implements(hook))


def _call(plugin: Opened, hook: str, view: Mapping[str, object]) -> object:
    try:
        answers: list[object] = getattr(plugin.hooks.hook, hook)(**view)
    except SystemExit as stop:
        return RuntimeError(f"the plugin called sys.exit({stop.code!r})")
    except Exception as problem:  # noqa: BLE001 - the caller counts it as this plugin's bug
        return problem
    return answers[0] if answers else None
