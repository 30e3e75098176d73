"""Import one plugin, see that it fits this daemon, and take what it registers."""

from __future__ import annotations

import pickle
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pluggy

from waybilld.host.discover.entrypoints import Found, LoadFailure, Stage, one_line
from waybilld_sdk import API_VERSION
from waybilld_sdk.hooks import PROJECT, Hooks, hookspec
from waybilld_sdk.labels import LATER_SETTINGS, LanguageSpec, RendererSpec
from waybilld_sdk.plugin import AdapterSpec, PluginInfo, PrinterSpec
from waybilld_sdk.settings import Settings

PARTS = ("marketplaces", "carriers", "printers", "languages", "renderers")
"""What a plugin can register; each is the end of a hook's name."""

_NAME = re.compile(r"[A-Za-z0-9]+(?:-[A-Za-z0-9]+)*")


class _InfoHook:
    """Only the hook that says which contract the plugin was written for, so that this is known before all else."""

    @hookspec
    def waybilld_plugin_info(self) -> PluginInfo:
        """As in the contract."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class Opened:
    """A plugin that was imported and fits.

    `hooks` knows this plugin alone, so a call of a hook reaches nobody else. `specs` holds by part and name what it
    registered, and `failures` what it registered wrongly.
    """

    found: Found
    info: PluginInfo
    hooks: pluggy.PluginManager
    specs: Mapping[str, Mapping[str, Any]]
    failures: tuple[LoadFailure, ...]

    def implements(self, hook: str) -> bool:
        """Whether the plugin has an implementation of this hook."""
        return bool(getattr(self.hooks.hook, hook).get_hookimpls())


def open_plugin(found: Found) -> Opened | LoadFailure:
    """Import, then API version, then hooks, then what it registers. Never raises for what a plugin does."""
    try:
        plugin = found.entry.load()
    except (Exception, SystemExit) as problem:  # noqa: BLE001 - foreign code may raise anything
        reason = f"cannot be imported from '{found.entry.value}' ({one_line(problem)}): repair or reinstall it"
        return _failure(found, "import", reason)
    info = _info(found, plugin)
    if isinstance(info, LoadFailure):
        return info
    hooks = _hooks(found, plugin)
    if isinstance(hooks, LoadFailure):
        return hooks
    specs: dict[str, dict[str, Any]] = {}
    failures: list[LoadFailure] = []
    for part in PARTS:
        specs[part], wrong = _registered(found, hooks, part)
        failures += wrong
    return Opened(found, info, hooks, specs, tuple(failures))


def _failure(found: Found, stage: Stage, reason: str, part: str = "") -> LoadFailure:
    return LoadFailure(found.name, found.origin, stage, f"the plugin '{found.name}' {reason}", part)


def _info(found: Found, plugin: object) -> PluginInfo | LoadFailure:
    manager = pluggy.PluginManager(PROJECT)
    manager.add_hookspecs(_InfoHook)
    try:
        manager.register(plugin, found.name)
        answers = manager.hook.waybilld_plugin_info()
    except (Exception, SystemExit) as problem:  # noqa: BLE001 - foreign code may raise anything
        return _failure(found, "info", f"failed in waybilld_plugin_info ({one_line(problem)}): report it to its author")
    info = answers[0] if answers else None
    if not isinstance(info, PluginInfo):
        given = "does not say" if info is None else f"says with a {type(info).__name__}, not a PluginInfo,"
        return _failure(found, "info", f"{given} what it is (hook waybilld_plugin_info): report it to its author")
    if not all(isinstance(text, str) for text in (info.name, info.version, info.summary)):
        return _failure(found, "info", "gives a name, version or summary that is no text: report it to its author")
    if info.name != found.name:
        reason = f"calls itself {info.name!r}, but its entry point is '{found.name}': the two must agree"
        return _failure(found, "info", reason)
    wrong = _wrong_api(info.api)
    return _failure(found, "api", wrong) if wrong else info


def _wrong_api(api: object) -> str:
    """Why this daemon cannot run a plugin of that API version; empty when it can."""
    if not (isinstance(api, tuple) and len(api) == 2 and all(type(number) is int for number in api)):
        return f"names the API {api!r:.40}, not two whole numbers such as {API_VERSION}: report it to its author"
    ours = ".".join(map(str, API_VERSION))
    theirs = ".".join(map(str, api))
    if api[0] != API_VERSION[0]:
        side = "this daemon" if api[0] > API_VERSION[0] else "it"
        return f"is written for API {theirs}, this daemon has API {ours}: upgrade {side}"
    if api[1] > API_VERSION[1]:
        return f"needs API {theirs}, this daemon has only API {ours}: upgrade this daemon"
    return ""


def _hooks(found: Found, plugin: object) -> pluggy.PluginManager | LoadFailure:
    manager = pluggy.PluginManager(PROJECT)
    manager.add_hookspecs(Hooks)
    try:
        manager.register(plugin, found.name)
        manager.check_pending()
    except pluggy.PluginValidationError as problem:
        unknown = [hook.name for hook in manager.get_hookcallers(plugin) or () if not hook.has_spec()]
        detail = f"there is no hook {' or '.join(unknown)}" if unknown else _last_line(problem)
        return _failure(found, "hooks", f"implements hooks wrongly ({detail}): report it to its author")
    twice = [hook.name for hook in manager.get_hookcallers(plugin) or () if len(hook.get_hookimpls()) > 1]
    if twice:
        return _failure(found, "hooks", f"implements {' and '.join(twice)} more than once: report it to its author")
    return manager


def _last_line(problem: Exception) -> str:
    """pluggy says what is wrong in its last line, after the plugin's name and the function's signature."""
    return str(problem).strip().splitlines()[-1][:200]


def _registered(found: Found, hooks: pluggy.PluginManager, part: str) -> tuple[dict[str, Any], list[LoadFailure]]:
    hook = f"waybilld_register_{part}"

    def wrong(what: str) -> LoadFailure:
        return _failure(found, "register", f"{what} in {hook}: report it to its author", part)

    try:
        answers = getattr(hooks.hook, hook)()
    except (Exception, SystemExit) as problem:  # noqa: BLE001 - foreign code may raise anything
        return {}, [wrong(f"failed ({one_line(problem)})")]
    if not answers:
        return {}, []
    given = answers[0]
    if not isinstance(given, Sequence) or isinstance(given, str | bytes):
        return {}, [wrong(f"returns {type(given).__name__}, not a list,")]
    specs: dict[str, Any] = {}
    failures: list[LoadFailure] = []
    for index, spec in enumerate(given):
        fault = _CHECKS[part](spec)
        if not fault and spec.name in specs:
            fault = f"uses the name {spec.name!r} twice"
        if fault:
            failures.append(wrong(f"gives an entry {index} that {fault}"))
        else:
            specs[spec.name] = spec
    return specs, failures


def _wrong_name(name: object) -> str:
    return "" if isinstance(name, str) and _NAME.fullmatch(name) else f"has the name {name!r:.60}, which is no name"


def _wrong_adapter(spec: object) -> str:
    if not isinstance(spec, AdapterSpec):
        return f"is {type(spec).__name__}, not AdapterSpec"
    if fault := _wrong_name(spec.name):
        return fault
    if not (isinstance(spec.settings, type) and issubclass(spec.settings, Settings)):
        return "has settings that are no subclass of waybilld_sdk.settings.Settings"
    if not callable(spec.factory):
        return "has a factory that cannot be called"
    if type(spec.parallel) is not int or spec.parallel < 1:
        return "has parallel below 1"
    if type(spec.deadline) not in (int, float) or not spec.deadline > 0:
        return "has a deadline that is not above 0 seconds"
    return "" if isinstance(spec.summary, str) else "has a summary that is no text"


def _wrong_printer(spec: object) -> str:
    if not isinstance(spec, PrinterSpec):
        return f"is {type(spec).__name__}, not PrinterSpec"
    if not (spec.capabilities is None or callable(spec.capabilities)):
        return "has capabilities that cannot be called"
    return _wrong_adapter(spec)


def _stays(function: object, name: str) -> str:
    """Why a function cannot go to a worker process; empty when it can. Without this each label would fail instead."""
    try:
        pickle.dumps(function)
    except (pickle.PicklingError, AttributeError, TypeError):
        return f"has {name} that cannot go to a worker process: make it a function at the top of its module"
    return ""


def _wrong_language(spec: object) -> str:
    if not isinstance(spec, LanguageSpec):
        return f"is {type(spec).__name__}, not LanguageSpec"
    wrong = "" if callable(spec.encode) else "has an encode that cannot be called"
    wrong = wrong or _stays(spec.encode, "encode")
    if spec.bind is not None and not callable(spec.bind):
        wrong = wrong or "has a bind that cannot be called"
    if not (isinstance(spec.carries, frozenset) and all(isinstance(name, str) for name in spec.carries)):
        wrong = wrong or "has carries that is no frozenset of language names"
    if not (isinstance(spec.says, frozenset) and spec.says <= frozenset(LATER_SETTINGS)):
        wrong = wrong or f"has says that is no frozenset of {', '.join(LATER_SETTINGS)}"
    return _wrong_name(spec.name) or wrong


def _wrong_renderer(spec: object) -> str:
    if not isinstance(spec, RendererSpec):
        return f"is {type(spec).__name__}, not RendererSpec"
    if not callable(spec.render) or not (spec.configure is None or callable(spec.configure)):
        return "has a render that cannot be called"
    wrong = "" if isinstance(spec.settings, type) and issubclass(spec.settings, Settings) else "has settings of another kind"
    wrong = wrong or _stays(spec.render, "render")
    return _wrong_name(spec.name) or wrong


_CHECKS: Mapping[str, Callable[[object], str]] = {
    "marketplaces": _wrong_adapter,
    "carriers": _wrong_adapter,
    "printers": _wrong_printer,
    "languages": _wrong_language,
    "renderers": _wrong_renderer,
}
"""By part: why an entry cannot be used, empty when it can."""
