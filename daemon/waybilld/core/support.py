"""What may leave the house in a support bundle: allow-lists, and nothing that is not on them. Values alone.

Text that people, shops or adapters wrote is left out whole: nobody can tell whether a name stands in it. What is kept are
numbers, states, keywords, and names of the configuration.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

_WORD = re.compile(r"[A-Za-z0-9]+(?:[-_./+][A-Za-z0-9]+)*")
"""What names of the configuration, states, keywords and versions look like."""
_MOST_CHARACTERS = 60

_ALLOWED: Mapping[str, frozenset[str]] = {
    "shops": frozenset({"name", "adapter", "sender", "pool", "warehouses", "carriers", "confirm", "release", "mask"}),
    "carriers": frozenset({"name", "adapter", "mode"}),
    "printers": frozenset({"name", "adapter", "unconfirmed"}),
    "pools": frozenset({"name", "printers", "backups"}),
    "warehouses": frozenset({"name", "country"}),
    "senders": frozenset({"name", "country"}),
    "rules": frozenset({"plugins"}),
    "labels": frozenset({"plugins", "renderer"}),
}
"""Keys of the configuration whose words are kept, by section. Numbers are kept wherever they stand in these sections, but
for those of adapters, which may be anything: an account, a number of a contract."""

_SETTINGS = frozenset({"profile", "language"})
"""Words of printers' settings that are kept beside their numbers."""

KINDS = ("attempt.", "printer.", "trouble.", "failover.", "daemon.")
"""How the kinds of journal entries about printers begin; entries of orders, cases and runs stay in the house."""

_FACTS = frozenset({"printer", "pool", "epoch", "program", "cause", "wound", "full_mm", "what", "another", "to", "from"})
_COLUMNS = frozenset(
    {"printer", "state", "evidence", "epoch", "language", "accepted", "cause", "source", "labels", "odometer", "length_mm"}
)
_SUBJECTS = frozenset({"disk", "backup", "shipments", "labels", "supplies"})
"""Lines of the check whose text is the daemon's own, whole."""
_METRICS = ("waybilld_", "process_", "# HELP waybilld_", "# TYPE waybilld_", "# HELP process_", "# TYPE process_")
_LABELS = re.compile(r'(?<!\w)(\w+)="((?:[^"\\]|\\.)*)"')
_NAMED_BY_PEOPLE = ("waybilld_spares",)
"""Series whose labels are words that people typed."""


def word(value: object) -> str | None:
    """A text that is a name, a state or a keyword; None for one that may be anything."""
    if isinstance(value, str) and len(value) <= _MOST_CHARACTERS and _WORD.fullmatch(value):
        return str(value)
    return None


def words(values: Iterable[object]) -> list[str]:
    """Those of the texts that may be kept."""
    return [kept for value in values if (kept := word(value)) is not None]


def phrase(text: str) -> str:
    """A few words such as `ZT411 203dpi`: whole, or empty where one of them may be anything."""
    parts = text.split(" ")
    return text if len(text) <= _MOST_CHARACTERS and len(words(parts)) == len(parts) else ""


def numbers(value: object) -> Any:
    """What is left of a value when all its texts are taken out; None where nothing is."""
    if isinstance(value, bool | int | float):
        return value
    if isinstance(value, list | tuple):
        return [kept for item in value if (kept := numbers(item)) is not None] or None
    if isinstance(value, Mapping):
        return {key: kept for key, item in value.items() if (kept := numbers(item)) is not None and word(key)} or None
    return None


def config(values: Mapping[str, Any]) -> dict[str, Any]:
    """A configuration as plain values, without secrets, people, addresses, paths, and sentences."""
    found: dict[str, Any] = {}
    for section, allowed in _ALLOWED.items():
        given = values.get(section)
        if isinstance(given, list):
            found[section] = [_section(entry, allowed, printer=section == "printers") for entry in given]
        elif isinstance(given, Mapping):
            found[section] = _section(given, allowed, printer=False)
    found["retention"] = numbers(values.get("retention"))
    return found


def _section(given: Mapping[str, Any], allowed: frozenset[str], *, printer: bool) -> dict[str, Any]:
    kept: dict[str, Any] = {}
    for key, value in given.items():
        if key in allowed:
            kept[key] = words(value) if isinstance(value, list | tuple) else word(value)
        elif key != "settings" and (left := numbers(value)) is not None:
            kept[key] = left
    if printer:
        settings = given.get("settings") or {}
        texts = {key: word(settings[key]) for key in _SETTINGS if key in settings}
        kept["settings"] = {**(numbers(settings) or {}), **texts}
    return kept


def entry(kind: str, facts: Mapping[str, Any], rows: Iterable[tuple[str, int, Mapping[str, Any]]]) -> dict[str, Any]:
    """What is kept of a journal entry: numbers and keywords under keys that are known, and which rows changed."""
    return {
        "kind": word(kind),
        "facts": _kept(facts, _FACTS),
        "rows": [{"table": table, "id": row, **_kept(columns, _COLUMNS)} for table, row, columns in rows],
    }


def _kept(values: Mapping[str, Any], allowed: frozenset[str]) -> dict[str, Any]:
    return {key: value for key, value in values.items() if key in allowed and (numbers(value) is not None or word(value))}


def snapshot(values: Mapping[str, Any]) -> dict[str, Any]:
    """What a printer showed of itself at one moment: its numbers."""
    return numbers(values) or {}


def finding(row: Mapping[str, Any]) -> dict[str, Any]:
    """A line of the check: about what and how bad; its text where nobody but the daemon wrote it."""
    subject = str(row["subject"])
    return {"subject": phrase(subject), "level": row["level"], "text": str(row["text"]) if subject in _SUBJECTS else ""}


def metrics(text: str) -> str:
    """The metrics without series that people named, and without those that a label with free text names."""
    return "".join(f"{line}\n" for line in text.splitlines() if line.startswith(_METRICS) and _plain(line))


def _plain(line: str) -> bool:
    named = any(name in line for name in _NAMED_BY_PEOPLE)
    values = (value for label, value in _LABELS.findall(line) if label != "le" and value)
    return not named and (line.startswith("#") or all(word(value) for value in values))
