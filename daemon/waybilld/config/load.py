"""A configuration file to one checked value, or to all of its mistakes at once."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from pydantic import BaseModel, ValidationError

from waybilld.config.errors import ConfigErrors, in_order
from waybilld.config.model import Config, Instance, PrintItem, socket_path
from waybilld.config.named import check_settings
from waybilld.config.refs import check_names
from waybilld_sdk.files.explain import Finding, explain, value_at
from waybilld_sdk.files.marks import Document, Value, read_yaml
from waybilld_sdk.files.place import placed
from waybilld_sdk.files.words import KeyPath, dotted, printable, quoted
from waybilld_sdk.settings import Mistake, Settings

MAX_BYTES = 1 << 20
"""A larger file is not a configuration."""

Kind = Literal["marketplace", "carrier", "printer", "plugin", "renderer"]
ADAPTER_KINDS: Mapping[str, Kind] = {"shops": "marketplace", "carriers": "carrier", "printers": "printer"}
"""The lists of adapter instances, and the kind of adapter that each needs."""


class Problem(Protocol):
    """Why something that the file names cannot be used: one sentence, with what to do."""

    @property
    def reason(self) -> str: ...


Resolve = Callable[[Kind, str], type[Settings] | Problem]
"""Finds what the file names: the settings model of an adapter, or why there is none.

It is also asked for each entry of `rules.plugins` and `labels.plugins` (kind `plugin`) and, after those, for
`labels.renderer`. Plugins have no settings of their own, so that any model means yes.
"""


@dataclass(frozen=True, slots=True)
class Loaded:
    """A file without mistakes. Every `settings` is an instance of its adapter's model; folders are absolute."""

    path: Path
    config: Config


def load(path: Path, resolve: Resolve) -> Loaded | ConfigErrors:
    """Read and check the file. Never raises for what a file may hold or for one that cannot be read."""
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as problem:
        return _whole(path, _unreadable(problem))
    if len(raw) > MAX_BYTES:
        return _whole(path, f"larger than {MAX_BYTES} bytes: this is not a configuration file")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        line = raw.count(b"\n", 0, problem.start) + 1
        advice = f"not UTF-8: byte 0x{raw[problem.start]:02X} on line {line}; save the file as UTF-8"
        return _whole(path, advice)
    return parse(text, path, resolve)


def parse(text: str, path: Path, resolve: Resolve) -> Loaded | ConfigErrors:
    """Check the text of a file that stands at `path`; the path only names the file and anchors relative folders."""
    document, faults = read_yaml(text)
    if document is None and not faults:
        return _whole(path, "empty: write a configuration, or start from the commented example etc/waybilld.yaml")
    errors = [Mistake(str(path), f.mark.line, f.mark.column, dotted(f.path), f.message) for f in faults]
    if document is None:
        return in_order(errors)
    config, findings = check(document.value, path.absolute().parent, resolve)
    errors += [placed(str(path), document, finding) for finding in findings if not _is_broken(document, finding.path)]
    return in_order(errors) if errors or config is None else Loaded(path, config)


def check(value: Value, folder: Path, resolve: Resolve) -> tuple[Config | None, tuple[Finding, ...]]:
    """The configuration in `value` (None where it cannot be built), and everything that is wrong with it."""
    outline = _outline(value)
    findings: list[Finding] = []
    config: Config | None = None
    try:
        config = Config.model_validate_json(json.dumps(outline))
    except ValidationError as problem:
        findings += explain(problem, Config, outline)
    if not isinstance(value, dict):
        return None, tuple(findings)
    settings, more = _adapters(value, resolve)
    # What is not even a name needs no second line that says that nothing is called so.
    known = {finding.path for finding in findings}
    drawing, wrong = _renderer(value, resolve)
    more = [*check_names(value), *more, *_plugins(value, resolve), *wrong]
    findings += [finding for finding in more if finding.path not in known]
    if config is not None:
        config = _anchored(_filled(config, settings, drawing), folder)
        findings += _too_long(config)
    return config, tuple(findings)


def _unreadable(problem: OSError | ValueError) -> str:
    if isinstance(problem, FileNotFoundError):
        return "no such file: name one with --config or WAYBILLD_CONFIG"
    if isinstance(problem, IsADirectoryError):
        return "a folder, not a file: name the file inside it"
    if isinstance(problem, PermissionError):
        return "may not be read by this user: check its owner and mode"
    return f"cannot be read: {problem.strerror if isinstance(problem, OSError) else problem}"


def _whole(path: Path, message: str) -> ConfigErrors:
    return ConfigErrors((Mistake(str(path), None, None, "", message),))


def _is_broken(document: Document, path: KeyPath) -> bool:
    return any(path[:length] in document.broken for length in range(len(path) + 1))


def _outline(value: Value) -> Value:
    """The values without the adapters' settings, which have models of their own."""
    if not isinstance(value, dict):
        return value
    outline = dict(value)
    for section in ADAPTER_KINDS:
        entries = value.get(section)
        if isinstance(entries, list):
            outline[section] = [
                {k: v for k, v in entry.items() if k != "settings"} if isinstance(entry, dict) else entry
                for entry in entries
            ]
    labels = value.get("labels")
    if isinstance(labels, dict):
        outline["labels"] = {key: given for key, given in labels.items() if key != "settings"}
    return outline


def _adapters(value: dict[str, Value], resolve: Resolve) -> tuple[dict[KeyPath, Settings], list[Finding]]:
    """The settings of every instance by (list, index), and what is wrong with them."""
    made: dict[KeyPath, Settings] = {}
    findings: list[Finding] = []
    for section, kind in ADAPTER_KINDS.items():
        entries = value.get(section)
        for index, entry in enumerate(entries if isinstance(entries, list) else []):
            adapter = entry.get("adapter") if isinstance(entry, dict) else None
            if not isinstance(entry, dict) or not isinstance(adapter, str):
                continue
            model = resolve(kind, adapter)
            if not isinstance(model, type):
                findings.append(Finding((section, index, "adapter"), printable(model.reason)))
                continue
            base: KeyPath = (section, index, "settings")
            own, wrong = _validated(model, entry.get("settings", {}), base, "adapter")
            findings += [*wrong, *check_settings(model, entry.get("settings"), base, value)]
            if own is not None:
                made[section, index] = own
    return made, findings


def _below(base: KeyPath, problem: ValidationError, model: type[BaseModel], given: Value) -> list[Finding]:
    found = explain(problem, model, given)
    return [Finding((*base, *finding.path), finding.message, finding.at_key) for finding in found]


def _plugins(value: dict[str, Value], resolve: Resolve) -> list[Finding]:
    """What is wrong with the plugins and the renderer that the file, or its defaults, name."""
    defaults: Value = json.loads(Config().model_dump_json(include={"rules", "labels"}))

    def problems(kind: Kind, path: KeyPath) -> list[Finding]:
        given = value_at(value, path)
        names = value_at(defaults, path) if given is None else given
        findings: list[Finding] = []
        seen: set[str] = set()
        for at, name in _texts(names, path):
            answer = resolve(kind, name)
            if name in seen:
                findings.append(Finding(at, f"{quoted(name)} stands in this list already: remove one"))
            elif not isinstance(answer, type):
                findings.append(Finding(at, printable(answer.reason)))
            seen.add(name)
        return findings

    rules, labels = (problems("plugin", (section, "plugins")) for section in ("rules", "labels"))
    # Without its plugin a renderer is missing as a matter of course.
    return [*rules, *labels, *([] if labels else problems("renderer", ("labels", "renderer")))]


def _renderer(value: dict[str, Value], resolve: Resolve) -> tuple[Settings, list[Finding]]:
    """The renderer's settings, and what is wrong with them. A renderer that cannot be found is said elsewhere."""
    labels = value.get("labels")
    labels = labels if isinstance(labels, dict) else {}
    name, given = labels.get("renderer", Config().labels.renderer), labels.get("settings", {})
    listed = labels.get("plugins")
    for plugin in listed if isinstance(listed, list) else Config().labels.plugins:
        resolve("plugin", str(plugin))
    model = resolve("renderer", name) if isinstance(name, str) else None
    if not isinstance(model, type):
        return Settings(), []
    base: KeyPath = ("labels", "settings")
    made, findings = _validated(model, given, base, "renderer")
    return made or Settings(), [*findings, *check_settings(model, given, base, value)]


def _validated(model: type[Settings], given: Value, base: KeyPath, whose: str) -> tuple[Settings | None, list[Finding]]:
    try:
        return model.model_validate_json(json.dumps(given)), []
    except ValidationError as problem:
        return None, _below(base, problem, model, given)
    except Exception as problem:  # noqa: BLE001 - a plugin's own check may raise anything
        reason = f"the {whose}'s own check failed ({type(problem).__name__}: {problem}): report it to its author"
        return None, [Finding(base, printable(reason))]


def _texts(value: Value, path: KeyPath) -> list[tuple[KeyPath, str]]:
    if isinstance(value, str):
        return [(path, value)]
    entries = enumerate(value) if isinstance(value, list) else ()
    return [((*path, index), name) for index, name in entries if isinstance(name, str)]


def _filled(config: Config, settings: Mapping[KeyPath, Settings], drawing: Settings) -> Config:
    def fill(section: str, entries: tuple[Instance, ...]) -> tuple[Instance, ...]:
        return tuple(
            entry.model_copy(update={"settings": settings.get((section, index), entry.settings)})
            for index, entry in enumerate(entries)
        )

    lists = {section: fill(section, getattr(config, section)) for section in ADAPTER_KINDS}
    return config.model_copy(update={**lists, "labels": config.labels.model_copy(update={"settings": drawing})})


def _anchored(config: Config, folder: Path) -> Config:
    shops = tuple(shop.model_copy(update={"print": _sheets(shop.print, folder)}) for shop in config.shops)
    return config.model_copy(update={"state": folder / config.state, "runtime": folder / config.runtime, "shops": shops})


def _sheets(sets: dict[str, tuple[PrintItem, ...]], folder: Path) -> dict[str, tuple[PrintItem, ...]]:
    def placed(item: PrintItem) -> PrintItem:
        return item if item.file is None else item.model_copy(update={"file": folder / item.file})

    return {mode: tuple(map(placed, items)) for mode, items in sets.items()}


def _too_long(config: Config) -> list[Finding]:
    try:
        socket_path(config.runtime)
    except ValueError as problem:
        return [Finding(("runtime",), str(problem))]
    return []
