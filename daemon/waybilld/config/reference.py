"""`docs/reference/config.md`, written from the models; `python -m waybilld.config.reference` prints it."""

from __future__ import annotations

import enum
import json
import sys
import types
from datetime import date
from pathlib import Path
from typing import Annotated, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from waybilld.config.model import (
    Card,
    Carrier,
    Config,
    Labels,
    Pool,
    Printer,
    PrintItem,
    Reprint,
    Retention,
    Rules,
    Runs,
    Sender,
    Shop,
    Warehouse,
)
from waybilld.config.show import effective
from waybilld_sdk.settings import SecretRef, Settings

_SECTIONS: tuple[tuple[str, type[BaseModel]], ...] = (
    ("shops[]", Shop),
    ("shops[].print.MODE[]", PrintItem),
    ("carriers[]", Carrier),
    ("printers[]", Printer),
    ("printers[].card", Card),
    ("pools[]", Pool),
    ("warehouses[]", Warehouse),
    ("senders[]", Sender),
    ("rules", Rules),
    ("labels", Labels),
    ("labels.reprint", Reprint),
    ("runs", Runs),
    ("retention", Retention),
    ("Secrets", SecretRef),
)

_INTRODUCTION = """# The configuration file

One YAML file: the one that `--config` names, else `WAYBILLD_CONFIG`, else `/etc/waybilld/waybilld.yaml`.
`waybilld config check` shows every mistake of it at once, `waybilld config show` what is in force with all defaults,
`waybilld config schema` a JSON Schema for editors. The commented example is `etc/waybilld.yaml`.

- An unknown key, a key that stands twice and a reference to a name that does not exist are mistakes.
- Plain values follow YAML 1.2: only `true` and `false` are truth values, so `NO` is a country and `on` a text. A text
  that looks like a number, such as a phone number or a postcode, stands in quotes.
- A name is ASCII letters and digits with single hyphens between them, at most 40 characters.
- Anchors and aliases work; tags other than those of plain values are refused.
- `settings` of a shop, carrier or printer belongs to its adapter, and `labels.settings` to the renderer; their pages
  describe them: [files](files.md), [raw](printers-raw.md), [standard](templates.md#labelssettings-in-the-configuration).

This page is generated from the models in `daemon/waybilld/config/model.py`.
"""

_SECRETS = """A secret never stands in this file, only where it is: a mapping with exactly one of these keys, such as
`{file: /etc/waybilld/shop.token}`.
"""

_NOTES = {
    "file": "Path of a file that holds the secret.",
    "env": "Name of an environment variable that holds it.",
    "credential": "Name of a systemd credential (`LoadCredential=`, systemd.exec(5)).",
}


def reference() -> str:
    """The whole page, as Markdown."""
    parts = [_INTRODUCTION, "## Top level\n", _table(Config)]
    for title, model in _SECTIONS:
        secrets = model is SecretRef
        heading = title if secrets else f"`{title}`"
        words = _SECRETS if secrets else f"{model.__doc__}\n"
        parts += [f"## {heading}\n", words, _table(model)]
    return "\n".join(parts)


def _table(model: type[BaseModel]) -> str:
    rows = ["| key | value | default | meaning |", "|---|---|---|---|"]
    for name, info in model.model_fields.items():
        meaning = info.description or _NOTES[name]
        rows.append(f"| `{name}` | {_kind(info.annotation)}{_bounds(info)} | {_default(info)} | {meaning} |")
    return "\n".join(rows) + "\n"


def _default(info: FieldInfo) -> str:
    if info.is_required():
        return "required"
    if isinstance(info.default, Settings):
        return "as below" if type(info.default) is not Settings else "`{}`"
    value = effective(info.default)
    return "none" if value is None else f"`{value if isinstance(value, str) and value else json.dumps(value)}`"


def _bounds(info: FieldInfo) -> str:
    words = {"ge": "at least", "le": "at most", "min_length": "at least"}
    found = [f"{word} {getattr(m, key)}" for m in info.metadata for key, word in words.items() if hasattr(m, key)]
    return f", {', '.join(found)}" if found else ""


def _anchor(title: str) -> str:
    """What readers of Markdown on GitHub and GitLab make of a heading."""
    return "".join(c for c in title.lower().replace(" ", "-") if c.isalnum() or c == "-")


def _kind(annotation: object) -> str:
    """The type of a field in a person's words."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _kind(arguments[0])
    if origin is tuple:
        return f"list of {_kind(arguments[0])}"
    if origin is dict:
        return f"mapping of {_kind(arguments[0])} to {_kind(arguments[1])}"
    if origin is Literal:
        return ", ".join(f"`{argument}`" for argument in arguments)
    if origin in (Union, types.UnionType):
        return " or ".join(_kind(branch) for branch in arguments if branch is not type(None))
    if isinstance(annotation, type):
        if issubclass(annotation, enum.Enum):
            return ", ".join(f"`{member.value}`" for member in annotation)
        if issubclass(annotation, BaseModel):
            title = next((title for title, model in _SECTIONS if model is annotation), "")
            return f"[mapping](#{_anchor(title)})" if title else "mapping"
        words = {date: "date", bool: "`true` or `false`", int: "whole number", float: "number", str: "text", Path: "path"}
        return words[annotation]
    raise TypeError(f"no words for the type {annotation!r}")


if __name__ == "__main__":
    sys.stdout.write(reference())
