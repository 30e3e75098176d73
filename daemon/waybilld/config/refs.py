"""Names and who refers to them, checked on the raw values so that one broken entry hides nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from pydantic import TypeAdapter, ValidationError

from waybilld.config.model import Mode
from waybilld.core.policy import DEFAULT_MODE, DEFAULT_SET
from waybilld_sdk.files.explain import Finding
from waybilld_sdk.files.marks import Value
from waybilld_sdk.files.words import KeyPath, did_you_mean, quoted

NAMED = ("shops", "carriers", "printers", "pools", "warehouses", "senders")
"""The lists whose entries have a name."""

REFERENCES: tuple[tuple[str, str, str], ...] = (
    ("shops", "sender", "senders"),
    ("shops", "pool", "pools"),
    ("shops", "warehouses", "warehouses"),
    ("shops", "carriers", "carriers"),
    ("pools", "printers", "printers"),
    ("pools", "backups", "printers"),
)
"""(list, key, list that the key's names come from)."""


def check_names(value: dict[str, Value]) -> tuple[Finding, ...]:
    """Every name used twice, every reference to a name that does not exist, every printer in two pools."""
    return (*_repeated(value), *_references(value), *_print_sets(value), *_shared(value))


def unknown(value: dict[str, Value], what: str, name: str) -> str:
    """Why `name` is none of `what`, one of `NAMED` or `modes`, with what to do; empty where it is one, or where nobody can
    say because another mistake hides a name."""
    if what == "modes":
        modes = list(_modes(value))
        return "" if None in modes else _no_mode("no carrier", name, {mode for mode in modes if mode})
    known = {found for _, found in _names(value, what)}
    if name in known or _has_nameless(value, what):
        return ""
    near = did_you_mean(name, known) or f": add it to {what} or correct the name"
    return f"{what} has no entry named {quoted(name)}{near}"


def _entries(value: dict[str, Value], section: str) -> Iterator[tuple[int, dict[str, Value]]]:
    entries = value.get(section)
    if isinstance(entries, list):
        yield from ((index, entry) for index, entry in enumerate(entries) if isinstance(entry, dict))


def _names(value: dict[str, Value], section: str) -> Iterator[tuple[int, str]]:
    for index, entry in _entries(value, section):
        name = entry.get("name")
        if isinstance(name, str):
            yield index, name


def _used(value: dict[str, Value], section: str, key: str) -> Iterator[tuple[KeyPath, str]]:
    for index, entry in _entries(value, section):
        given = entry.get(key)
        if isinstance(given, str):
            yield (section, index, key), given
        elif isinstance(given, list):
            yield from (((section, index, key, at), name) for at, name in enumerate(given) if isinstance(name, str))


def _print_sets(value: dict[str, Value]) -> Iterator[Finding]:
    """Print sets whose mode no carrier of the shop has, so that they never print, and unknown pools in them."""
    for index, entry in _entries(value, "shops"):
        sets = entry.get("print")
        modes = list(_modes(value, entry.get("carriers")))
        for name, items in sets.items() if isinstance(sets, dict) else ():
            path: KeyPath = ("shops", index, "print", name)
            known = {DEFAULT_SET, *(mode for mode in modes if mode)}
            wrong = "" if None in modes else _no_mode("no carrier of this shop", name, known)
            if wrong:
                yield Finding(path, wrong, at_key=True)
            for at, item in enumerate(items) if isinstance(items, list) else ():
                pool = item.get("pool") if isinstance(item, dict) else None
                wrong = unknown(value, "pools", pool) if isinstance(pool, str) else ""
                if wrong:
                    yield Finding((*path, at, "pool"), wrong)


def _modes(value: dict[str, Value], names: Value = None) -> Iterator[str | None]:
    """The modes of the carriers of these names, or of all; None for one that another mistake hides."""
    modes: dict[Value, str | None] = {}
    for index, entry in _entries(value, "carriers"):
        name = entry.get("name")
        modes[name if isinstance(name, str) else index] = _mode(entry.get("mode", DEFAULT_MODE))
    if _has_nameless(value, "carriers"):
        yield None
    if names is None:
        yield from modes.values()
    else:
        for name in names if isinstance(names, list) else [None]:
            yield modes.get(name) if isinstance(name, str) else None


def _mode(given: Value) -> str | None:
    try:
        return _MODE.validate_python(given)
    except ValidationError:
        return None


_MODE: TypeAdapter[str] = TypeAdapter(Mode)


def _no_mode(who: str, name: str, known: Iterable[str]) -> str:
    known = sorted(known)
    if name in known:
        return ""
    offered = f": known are {', '.join(known)}" if known else ""
    return f"{who} has the mode {quoted(name)}{did_you_mean(name, known) or offered or ': add a carrier that has it'}"


def _repeated(value: dict[str, Value]) -> Iterator[Finding]:
    for section in NAMED:
        first: dict[str, int] = {}
        for index, name in _names(value, section):
            if first.setdefault(name, index) != index:
                owner = f"{section}[{first[name]}]"
                yield Finding((section, index, "name"), f"{owner} has the name {quoted(name)} already: choose another")


def _references(value: dict[str, Value]) -> Iterator[Finding]:
    for section, key, target in REFERENCES:
        seen: set[tuple[KeyPath, str]] = set()
        for path, name in _used(value, section, key):
            if (path[:3], name) in seen:
                yield Finding(path, f"{quoted(name)} stands in this list already: remove one")
            elif wrong := unknown(value, target, name):
                yield Finding(path, wrong)
            seen.add((path[:3], name))


def _has_nameless(value: dict[str, Value], section: str) -> bool:
    """Whether an entry's name is lost to another mistake: then nobody can say that a name is unknown."""
    entries = value.get(section, [])
    return not isinstance(entries, list) or len(list(_names(value, section))) < len(entries)


def _shared(value: dict[str, Value]) -> Iterator[Finding]:
    owner: dict[str, int] = {}
    for path, name in _used(value, "pools", "printers"):
        pool = path[1]
        assert isinstance(pool, int)
        if owner.setdefault(name, pool) != pool:
            first = f"pools[{owner[name]}]"
            yield Finding(path, f"the printer {quoted(name)} is in {first} already; a printer belongs to one pool")
    for path, name in _used(value, "pools", "backups"):
        if owner.get(name) == path[1]:
            yield Finding(path, f"the printer {quoted(name)} is one of the pool's own, which need no backup of themselves")
