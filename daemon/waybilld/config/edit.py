"""One printer's offset put into the text of a configuration file, where a person would write it.

The text is spliced by the places that the YAML parser gives, so that comments, order, quoting and line ends stay as they
are. What comes out is read again: where anything but that one value would change, nothing is written.
"""

from __future__ import annotations

import copy

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from waybilld_sdk.files.marks import Value, read_yaml

_KEY = "offset_mm"


class CannotEdit(ValueError):
    """The file is written in a way that nothing is put into by itself; the message says why."""


def with_offset(text: str, printer: str, offset_mm: tuple[float, float]) -> str:
    """The text with the offset of one printer, right and down in mm, under its `settings`. Raises `CannotEdit`."""
    entry = _entry(yaml.compose(text, Loader=yaml.SafeLoader), printer)
    value = f"[{offset_mm[0]:g}, {offset_mm[1]:g}]"
    settings = _child(entry, "settings")
    if settings is None:
        made = _put(text, entry, f"settings: {{{_KEY}: {value}}}")
    elif not isinstance(settings, MappingNode):
        raise CannotEdit(f"the settings of printer {printer} are empty, or no table")
    elif (old := _child(settings, _KEY)) is None:
        made = _put(text, settings, f"{_KEY}: {value}")
    elif isinstance(old, SequenceNode) and old.flow_style:
        made = text[: old.start_mark.index] + value + text[old.end_mark.index :]
    else:
        raise CannotEdit(f"{_KEY} of printer {printer} is not written as [right, down] on one line")
    if read_yaml(made)[0] is None or _values(made) != _expected(_values(text), printer, list(offset_mm)):
        raise CannotEdit(f"more would change than the offset of printer {printer}: an anchor or an alias stands there")
    return made


def _entry(root: Node | None, printer: str) -> MappingNode:
    listed = _child(root, "printers") if isinstance(root, MappingNode) else None
    for entry in listed.value if isinstance(listed, SequenceNode) else ():
        if not isinstance(entry, MappingNode):
            continue
        name = _child(entry, "name")
        if isinstance(name, ScalarNode) and name.value == printer:
            return entry
    raise CannotEdit(f"printer {printer} does not stand in this file")


def _child(mapping: MappingNode, key: str) -> Node | None:
    return next((value for name, value in mapping.value if name.value == key), None)


def _put(text: str, mapping: MappingNode, line: str) -> str:
    """The text with one more key in a mapping: behind the last one that ends on its own line."""
    if mapping.flow_style:
        if not mapping.value:
            at = mapping.start_mark.index + 1
            return text[:at] + line + text[at:]
        at = mapping.value[-1][1].end_mark.index
        return f"{text[:at]}, {line}{text[at:]}"
    newline = "\r\n" if "\r\n" in text else "\n"
    blanks = " " * mapping.value[0][0].start_mark.column
    whole = [value for key, value in mapping.value if _on_one_line(key, value)]
    if not whole:
        at = mapping.value[0][0].start_mark.index
        return f"{text[:at]}{line}{newline}{blanks}{text[at:]}"
    end = text.find(newline, whole[-1].end_mark.index)
    at = len(text) if end < 0 else end
    return f"{text[:at]}{newline}{blanks}{line}{text[at:]}"


def _on_one_line(key: Node, value: Node) -> bool:
    # A block scalar's or a block mapping's end lies wherever the next token begins.
    plain = value.style not in ("|", ">") if isinstance(value, ScalarNode) else bool(getattr(value, "flow_style", False))
    return plain and key.start_mark.line == value.start_mark.line == value.end_mark.line


def _values(text: str) -> Value:
    document, _ = read_yaml(text)
    return None if document is None else document.value


def _expected(before: Value, printer: str, offset_mm: list[float]) -> Value:
    after = copy.deepcopy(before)
    assert isinstance(after, dict)
    entries = after["printers"]
    assert isinstance(entries, list)
    (entry,) = [one for one in entries if isinstance(one, dict) and one.get("name") == printer]
    settings = entry.setdefault("settings", {})
    assert isinstance(settings, dict)
    settings[_KEY] = [*offset_mm]
    return after
