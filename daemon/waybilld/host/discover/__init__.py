"""Plugins by entry point: only those that the configuration names are imported, and no failure stops the others.

The configuration asks a `Catalogue` for everything that it names while it is being checked; what was asked for is what
is enabled, and becomes the daemon's `Plugins`.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from waybilld.host.discover.enabled import DECIDE_HOOKS, Plugins
from waybilld.host.discover.entrypoints import Installed, LoadFailure, installed
from waybilld.host.discover.opening import PARTS, Opened, open_plugin
from waybilld_sdk.settings import Settings

__all__ = ["Catalogue", "Kind", "Listed", "LoadFailure", "Plugins"]

Kind = Literal["marketplace", "carrier", "printer", "plugin", "renderer"]
"""What the configuration can name."""

_SHARED = ("languages", "renderers")
"""Parts whose names all plugins share: two plugins with one name there are a conflict."""


@dataclass(frozen=True, slots=True)
class Listed:
    """One plugin as `waybilld plugins` shows it.

    `version`, `api` and `summary` are empty for a plugin that was not imported, because nothing enables it; `registers`
    holds by part the names.
    """

    name: str
    distribution: str
    version: str
    api: str
    summary: str
    enabled: bool
    registers: Mapping[str, tuple[str, ...]]
    hooks: tuple[str, ...]
    failures: tuple[LoadFailure, ...]


class Catalogue:
    """The installed plugins, opened one by one as they are asked for."""

    def __init__(self, found: Installed) -> None:
        self._found = found
        self._opened: dict[str, Opened | LoadFailure] = {}
        self._owners: dict[tuple[str, str], str] = {}
        self._conflicts: dict[str, LoadFailure] = {}

    @classmethod
    def of_installed(cls) -> Catalogue:
        """The catalogue of what is installed beside this daemon; imports nothing of it."""
        return cls(installed())

    def resolve(self, kind: Kind, name: str) -> type[Settings] | LoadFailure:
        """The settings model of what the configuration names, or the failure that is fatal to it.

        For an adapter only a failure of the whole plugin, of that kind of adapter or a conflict is fatal; for a plugin
        named in `rules` or `labels`, any. Plugins have no settings of their own: `Settings` means yes.
        """
        if kind == "renderer":
            return self._renderer(name)
        plugin, _, adapter = name.partition("/")
        opened = self._open(plugin)
        if isinstance(opened, LoadFailure):
            return opened
        if plugin in self._conflicts:
            return self._conflicts[plugin]
        if kind == "plugin":
            return opened.failures[0] if opened.failures else Settings
        return _adapter(opened, f"{kind}s", adapter or plugin)

    def plugins(self, rules: Iterable[str], labels: Iterable[str]) -> Plugins:
        """What the opened plugins bring, with the deciding plugins in the order of the configuration's lists.

        Plugins that failed are left out, with their failures kept.
        """
        parts: dict[str, dict[str, Any]] = {part: {} for part in PARTS}
        for plugin in self._whole():
            for part in PARTS:
                for name, spec in plugin.specs[part].items():
                    key = name if part in _SHARED else _reference(plugin.found.name, name)
                    parts[part].setdefault(key, spec)
        return Plugins(
            **parts,
            rules=self._ordered(rules),
            labels=self._ordered(labels),
            failures=self.failures(),
        )

    def open_all(self) -> None:
        """Open every installed plugin, for a view of what could be enabled."""
        for name in self._found.found:
            self._open(name)

    def failures(self) -> tuple[LoadFailure, ...]:
        """Everything that went wrong so far, each once."""
        found = [*self._found.failures]
        for opened in self._opened.values():
            found += [opened] if isinstance(opened, LoadFailure) else opened.failures
        return tuple(dict.fromkeys([*found, *self._conflicts.values()]))

    def listing(self) -> tuple[Listed, ...]:
        """Every plugin that is installed or was asked for, by name."""
        claimed = {failure.plugin for failure in self._found.failures if failure.plugin}
        return tuple(self._listed(name) for name in sorted({*self._found.found, *self._opened, *claimed}))

    def _open(self, name: str) -> Opened | LoadFailure:
        if name not in self._opened:
            self._opened[name] = self._opening(name)
        return self._opened[name]

    def _opening(self, name: str) -> Opened | LoadFailure:
        known = next((failure for failure in self._found.failures if failure.plugin == name), None)
        if known is not None:
            return known
        found = self._found.found.get(name)
        if found is None:
            near = difflib.get_close_matches(name, self._found.found, n=1)
            advice = f", did you mean '{near[0]}'?" if near else ": install the package that brings it"
            return LoadFailure(name, "", "find", f"no plugin named {name!r:.60} is installed{advice}")
        opened = open_plugin(found)
        if isinstance(opened, Opened):
            self._claim(opened)
        return opened

    def _claim(self, plugin: Opened) -> None:
        name = plugin.found.name
        for part in _SHARED:
            for spec in plugin.specs[part]:
                owner = self._owners.setdefault((part, spec), name)
                if owner != name:
                    thing = part.removesuffix("s")
                    reason = f"the plugins '{owner}' and '{name}' both bring the {thing} '{spec}': enable only one"
                    self._conflicts.setdefault(name, LoadFailure(name, plugin.found.origin, "conflict", reason, part))

    def _renderer(self, name: str) -> type[Settings] | LoadFailure:
        known = {key: owner for (part, key), owner in self._owners.items() if part == "renderers"}
        opened = self._opened.get(known.get(name, ""))
        if isinstance(opened, Opened):
            model: type[Settings] = opened.specs["renderers"][name].settings
            return model
        near = difflib.get_close_matches(name, known, n=1)
        offered = ", ".join(sorted(known)) or "none"
        advice = f", did you mean '{near[0]}'?" if near else f"; they bring: {offered}"
        return LoadFailure("", "", "find", f"no enabled plugin brings a renderer named {name!r:.60}{advice}")

    def _whole(self) -> list[Opened]:
        return [plugin for plugin in self._opened.values() if isinstance(plugin, Opened)]

    def _ordered(self, names: Iterable[str]) -> tuple[Opened, ...]:
        opened = [self._open(name) for name in names]
        return tuple(plugin for plugin in opened if isinstance(plugin, Opened))

    def _listed(self, name: str) -> Listed:
        found = self._found.found.get(name)
        state = self._opened.get(name)
        info = state.info if isinstance(state, Opened) else None
        registers = {part: tuple(sorted(specs)) for part, specs in state.specs.items()} if isinstance(state, Opened) else {}
        hooks = tuple(hook for hook in DECIDE_HOOKS if isinstance(state, Opened) and state.implements(hook))
        return Listed(
            name=name,
            distribution=found.origin if found else "",
            version=info.version if info else "",
            api=".".join(map(str, info.api)) if info else "",
            summary=info.summary if info else "",
            enabled=state is not None,
            registers={part: names for part, names in registers.items() if names},
            hooks=hooks,
            failures=tuple(failure for failure in self.failures() if failure.plugin == name),
        )


def _reference(plugin: str, adapter: str) -> str:
    """An adapter as `adapter:` names it."""
    return adapter if adapter == plugin else f"{plugin}/{adapter}"


def _adapter(plugin: Opened, part: str, adapter: str) -> type[Settings] | LoadFailure:
    spec = plugin.specs[part].get(adapter)
    if spec is not None:
        model: type[Settings] = spec.settings
        return model
    failed = next((failure for failure in plugin.failures if failure.part == part), None)
    if failed is not None:
        return failed
    name = plugin.found.name
    offered = [_reference(name, other) for other in sorted(plugin.specs[part])]
    one = part.removesuffix("s")
    advice = f"; its {part}: {', '.join(offered)}" if offered else f"; it brings no {part} at all"
    reason = f"the plugin '{name}' has no {one} adapter named '{adapter}'{advice}"
    return LoadFailure(name, plugin.found.origin, "find", reason, part)
