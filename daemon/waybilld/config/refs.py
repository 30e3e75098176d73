"""Names and who refers to them, checked on the raw values so that one broken entry hides nothing else."""

from __future__ import annotations

from collections.abc import Iterator

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
)
"""(list, key, list that the key's names come from)."""


def check_names(value: dict[str, Value]) -> tuple[Finding, ...]:
    """Every name used twice, every reference to a name that does not exist, every printer in two pools."""
    return (*_repeated(value), *_references(value), *_print_pools(value), *_shared(value))


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


def _print_pools(value: dict[str, Value]) -> Iterator[Finding]:
    """Pools that print sets name."""
    known = {name for _, name in _names(value, "pools")}
    for index, entry in _entries(value, "shops"):
        sets = entry.get("print")
        for name, items in sets.items() if isinstance(sets, dict) else ():
            for at, item in enumerate(items) if isinstance(items, list) else ():
                pool = item.get("pool") if isinstance(item, dict) else None
                if isinstance(pool, str) and pool not in known and not _has_nameless(value, "pools"):
                    near = did_you_mean(pool, known) or ": add it to pools or correct the name"
                    path: KeyPath = ("shops", index, "print", name, at, "pool")
                    yield Finding(path, f"pools has no entry named {quoted(pool)}{near}")


def _repeated(value: dict[str, Value]) -> Iterator[Finding]:
    for section in NAMED:
        first: dict[str, int] = {}
        for index, name in _names(value, section):
            if first.setdefault(name, index) != index:
                owner = f"{section}[{first[name]}]"
                yield Finding((section, index, "name"), f"{owner} has the name {quoted(name)} already: choose another")


def _references(value: dict[str, Value]) -> Iterator[Finding]:
    for section, key, target in REFERENCES:
        known = {name for _, name in _names(value, target)}
        seen: set[tuple[KeyPath, str]] = set()
        for path, name in _used(value, section, key):
            if (path[:3], name) in seen:
                yield Finding(path, f"{quoted(name)} stands in this list already: remove one")
            elif name not in known and not _has_nameless(value, target):
                near = did_you_mean(name, known) or f": add it to {target} or correct the name"
                yield Finding(path, f"{target} has no entry named {quoted(name)}{near}")
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
