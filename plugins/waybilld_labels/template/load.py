"""Reads template files: the shipped ones, and a shop's own, which go before those of the same name."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path

from pydantic import ValidationError

from waybilld_labels.template.check import Inside, Source, problems
from waybilld_labels.template.lengths import advise
from waybilld_labels.template.library import Library
from waybilld_labels.template.model import KINDS, Fragment, Template
from waybilld_labels.template.resolve import ready
from waybilld_sdk.files.explain import Finding, Tagged, explain, value_at
from waybilld_sdk.files.marks import Document, Mark, Value, read_yaml
from waybilld_sdk.files.words import KeyPath, dotted
from waybilld_sdk.settings import Misconfigured, Mistake

MOST_BYTES = 256 << 10
MOST_FILES = 500
_CELLS = Tagged(KINDS)


def load(own: Path | None) -> Library:
    """The shipped templates, and those of the folder `own`. Raises `Misconfigured` with every mistake of every file."""
    mistakes: list[Mistake] = []
    sources: dict[str, Source] = {}
    for path in _shipped():
        _take(path, f"shipped/{path.name}", sources, mistakes)
    for path in _own(own, mistakes):
        _take(path, str(path), sources, mistakes)
    for source in sources.values():
        mistakes += [_placed(source.shown, source.document, found, source.text) for found in problems(source, sources)]
    if mistakes:
        raise Misconfigured(tuple(sorted(set(mistakes), key=lambda m: (m.file, m.line or 0, m.column or 0, m.message))))
    return Library({name: ready(name, sources) for name, found in sources.items() if isinstance(found.value, Template)})


def check_file(path: Path) -> tuple[Mistake, ...]:
    """Everything that is wrong with one file, in the company of the shipped ones and of those beside it."""
    try:
        load(path.parent)
    except Misconfigured as wrong:
        return tuple(mistake for mistake in wrong.mistakes if Path(mistake.file) == path)
    return ()


def _shipped() -> list[Path]:
    return sorted(Path(str(files("waybilld_labels").joinpath("templates"))).glob("*.yaml"))


def _own(folder: Path | None, mistakes: list[Mistake]) -> list[Path]:
    if folder is None:
        return []
    try:
        found = sorted(path for path in folder.iterdir() if path.suffix in {".yaml", ".yml"})
    except OSError as error:
        mistakes.append(Mistake(str(folder), None, None, "", f"the folder of templates cannot be read: {error.strerror}"))
        return []
    if len(found) > MOST_FILES:
        mistakes.append(Mistake(str(folder), None, None, "", f"more than {MOST_FILES} templates: this is another folder"))
        return []
    return found


def _take(path: Path, shown: str, sources: dict[str, Source], mistakes: list[Mistake]) -> None:
    try:
        raw = path.read_bytes()[: MOST_BYTES + 1]
        text = raw.decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        why = f"cannot be read: {error.strerror}" if isinstance(error, OSError) else "not UTF-8: save the file as UTF-8"
        mistakes.append(Mistake(shown, None, None, "", why))
        return
    if len(raw) > MOST_BYTES:
        mistakes.append(Mistake(shown, None, None, "", f"larger than {MOST_BYTES} bytes: this is not a template"))
        return
    document, faults = read_yaml(text)
    mistakes += [Mistake(shown, fault.mark.line, fault.mark.column, dotted(fault.path), fault.message) for fault in faults]
    if document is None:
        if not faults:
            mistakes.append(Mistake(shown, None, None, "", "empty: write a template, or start from a shipped one"))
        return
    value, findings = parse(document.value)
    # What could not be read at all is told already; nothing stands in its place.
    findings = tuple(found for found in findings if not any(found.path[: len(at)] == at for at in document.broken))
    mistakes += [_placed(shown, document, found) for found in findings]
    if value is None or faults:
        return
    source = Source(path.stem, shown, path.parent, document, value, text)
    taken = _taken(source, sources.get(path.stem))
    if taken:
        mistakes.append(_placed(shown, document, Finding((), taken)))
    else:
        sources[path.stem] = source


def _taken(source: Source, other: Source | None) -> str:
    """Why a file cannot have the name that another one has; empty where it may stand in that one's place."""
    if other is None:
        return ""
    if other.folder == source.folder:
        return f"has the name of {Path(other.shown).name}: rename one of the two"
    if type(other.value) is not type(source.value):
        word = type(other.value).__name__.lower()
        return f"{source.name} is the name of a shipped {word}, which others need: choose another name"
    return ""


def parse(value: Value) -> tuple[Template | Fragment | None, tuple[Finding, ...]]:
    """The template or fragment in a tree of values, and what is wrong with it."""
    model: type[Template | Fragment] = Fragment if isinstance(value, dict) and "fragment" in value else Template
    try:
        return model.model_validate_json(json.dumps(value)), ()
    except ValidationError as error:
        return None, explain(error, model, value, _CELLS, advise)


def _placed(shown: str, document: Document, found: Finding, text: str = "") -> Mistake:
    mark = document.keys.get(found.path) if found.at_key else None
    at: KeyPath = found.path
    while mark is None:
        # What is missing has no place of its own: its nearest parent's stands for it.
        mark, at = document.values.get(at, Mark(1, 1) if not at else None), at[:-1]
    column = mark.column + (_within(text, mark, found, document) if isinstance(found, Inside) else 0)
    return Mistake(shown, mark.line, column, dotted(found.path), found.message)


def _within(text: str, mark: Mark, found: Inside, document: Document) -> int:
    """How many columns behind a value's beginning a finding in it stands; 0 where the value is not written there as it is:
    in blocks, over several lines, with escapes."""
    said = value_at(document.value, found.path)
    line = text.split("\n")[mark.line - 1][mark.column - 1 :] if text else ""
    quote = 1 if line[:1] in ("'", '"') else 0
    written = isinstance(said, str) and line[quote:].startswith(said[: found.offset]) and found.offset < len(said)
    return found.offset + quote if written and found.offset else 0
