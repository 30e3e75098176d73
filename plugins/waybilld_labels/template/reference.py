"""Writes `docs/reference/templates.md`: `python -m waybilld_labels.template.reference` prints it."""

from __future__ import annotations

import enum
import inspect
import sys
from collections.abc import Iterator, Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any, Union, get_args, get_origin

from pydantic.fields import FieldInfo

from waybilld_labels.template.filters import EXAMPLES, FILTERS
from waybilld_labels.template.load import parse
from waybilld_labels.template.model import (
    Artwork,
    Barcode,
    Blank,
    Border,
    Cell,
    Column,
    ColumnOf,
    Fragment,
    Image,
    Include,
    Line,
    Paragraph,
    Place,
    RowOf,
    Table,
    Template,
    Text,
)
from waybilld_labels.template.scope import FIELDS, LEFT_OUT, ROW, Field, Tree
from waybilld_labels.template.settings import Choice, RendererSettings
from waybilld_sdk.files.marks import read_yaml
from waybilld_sdk.settings import Settings

_HEAD = """\
# Templates

Written from the code by `python -m waybilld_labels.template.reference`. How to make one:
[an own template](../howto/templates.md). For editors there is a [JSON Schema](template.schema.json).

A template is a YAML file: a tree of cells. A `column` shares its height among its cells, a `row` its width; `place` puts
cells at measured spots. A cell has just one key that says what it is, and any of the options below. A cell whose `when` is
false is not there, and its room goes to those that grow. Lengths are millimetres; they become whole dots of the printer.
"""
_PARTS: tuple[tuple[str, type[Settings]], ...] = (
    ("A template file", Template),
    ("A fragment file", Fragment),
    ("Every cell", Cell),
    ("`column`", ColumnOf),
    ("`row`", RowOf),
    ("`place`", Place),
    ("`text`", Text),
    ("A paragraph of `text`", Paragraph),
    ("`barcode`", Barcode),
    ("`table`", Table),
    ("A column of `table`", Column),
    ("`image`", Image),
    ("`line`", Line),
    ("`box`", Blank),
    ("`include`", Include),
    ("`artwork`", Artwork),
    ("A border by its edges", Border),
)
_SETTINGS: tuple[tuple[str, type[Settings]], ...] = (
    ("`labels.settings` in the configuration", RendererSettings),
    ("An entry of `choose`", Choice),
)


def reference() -> str:
    """The whole page."""
    parts = [_HEAD]
    for title, model in _PARTS:
        parts += _part(title, model)
    parts += [
        "## Fields\n",
        "What `{{ expression }}` and `when` may name. Texts are cleaned, and masked where the shop asks for it. Only text "
        "and numbers can be printed: a filter makes text of money, instants and lists. Money and instants may be nothing: "
        "`when: order.total` asks whether there is an amount; they cannot be compared, because amounts have currencies.\n",
        _fields(FIELDS),
        "In the columns of a table also:\n",
        _fields(ROW),
        "In the `more` of a table also:\n",
        _fields(LEFT_OUT),
        "## Filters\n",
        "| filter, with all its values | what it gives |\n|---|---|\n"
        + "".join(f"| `{EXAMPLES[name]}` | {_line(filter_)} |\n" for name, filter_ in FILTERS.items()),
        "Expressions know fields, texts in quotes, numbers, `( )`, `[0]` (nothing beyond a list's end), `+` and `-` of "
        "numbers, `~` between texts, comparison, `in`, `and`, `or`, `not`, "
        "`x if y else z`, `is none` and `is defined`. Everything else is refused when the template is read.\n",
        "## Fragments that come with waybilld\n",
        "An `include` may name these, and an own fragment of the same name stands in the place of one.\n",
        "| fragment | what it draws |\n|---|---|\n" + "".join(_fragments()),
    ]
    for title, model in _SETTINGS:
        parts += _part(title, model)
    return "\n".join(parts)


def _part(title: str, model: type[Settings]) -> tuple[str, str, str]:
    return f"## {title}\n", f"{inspect.getdoc(model)}\n", _options(model)


def _fragments() -> Iterator[str]:
    for path in sorted(Path(str(files("waybilld_labels").joinpath("templates"))).glob("*.yaml")):
        document, _ = read_yaml(path.read_text("utf-8"))
        found = parse(document.value)[0] if document is not None else None
        if isinstance(found, Fragment):
            yield f"| `{found.fragment}` | {found.about} |\n"


def _options(model: type[Settings]) -> str:
    inherited = Cell.model_fields if model is not Cell and issubclass(model, Cell) else {}
    rows = [
        f"| `{name}` | {_kind(info.annotation)} | {_default(info)} | {info.description or ''} |\n"
        for name, info in model.model_fields.items()
        if name not in inherited
    ]
    return "| key | value | default | meaning |\n|---|---|---|---|\n" + "".join(rows)


def _default(info: FieldInfo) -> str:
    if info.is_required():
        return "required"
    value: Any = info.default
    return "none" if value is None or value == "" else f"`{_plain(value)}`"


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return (
        f"[{', '.join(map(_plain, value))}]"
        if isinstance(value, tuple)
        else f"{value:g}"
        if isinstance(value, float)
        else str(value)
    )


def _kind(annotation: Any) -> str:
    """The type of a value in a person's words."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if annotation is None or annotation is type(None):
        return "empty"
    if hasattr(annotation, "__metadata__"):
        return _kind(arguments[0])
    if origin is tuple:
        return "list" if Ellipsis in arguments else f"[{', '.join(map(_kind, arguments))}]"
    if str(origin) == "typing.Literal":
        return ", ".join(f"`{argument}`" for argument in arguments)
    if isinstance(annotation, type) and issubclass(annotation, enum.Enum):
        return ", ".join(f"`{member.value}`" for member in annotation)
    if origin is Union or arguments:
        kinds = dict.fromkeys(_kind(branch) for branch in arguments if branch is not type(None))
        return "cell" if len(kinds) > 4 else " or ".join(kinds)
    words: Mapping[Any, str] = {
        str: "text",
        float: "number",
        int: "whole number",
        bool: "`true` or `false`",
        Path: "path",
    }
    return words.get(annotation, "mapping")


def _fields(tree: Tree) -> str:
    return "| field | what it is | meaning |\n|---|---|---|\n" + "".join(
        f"| `{name}` | {field.kind} | {field.meaning} |\n" for name, field in _walk(tree, "")
    )


def _walk(tree: Tree, before: str) -> Iterator[tuple[str, Field]]:
    for name, inner in tree.items():
        if isinstance(inner, Mapping):
            yield from _walk(inner, f"{before}{name}.")
        else:
            yield f"{before}{'NAME' if name == '*' else name}", inner


def _line(documented: object) -> str:
    return " ".join((inspect.getdoc(documented) or "").split())


if __name__ == "__main__":
    sys.stdout.write(reference())
