"""What the settings of adapters and of the renderer name in the configuration, found by the marks on their fields."""

from __future__ import annotations

import types
from collections.abc import Iterable, Iterator
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel

from waybilld.config.refs import unknown
from waybilld_sdk.files.explain import Finding
from waybilld_sdk.files.marks import Value
from waybilld_sdk.files.words import KeyPath
from waybilld_sdk.settings import Names


def check_settings(model: type[BaseModel], given: Value, base: KeyPath, value: dict[str, Value]) -> Iterator[Finding]:
    """Every name in the settings `given` at `base` that the configuration `value` does not have."""
    for path, names, text in dict.fromkeys(_below(model, (), given, base)):
        wrong = unknown(value, names.what, text)
        if wrong:
            yield Finding(path, wrong)


_Named = tuple[KeyPath, Names, str]


def _below(kind: Any, marks: Iterable[object], given: Value, path: KeyPath) -> Iterator[_Named]:
    """The named texts in a value of a kind; `marks` are those of its field, which hold for the texts of a list too."""
    origin, arguments = get_origin(kind), get_args(kind)
    if origin is Annotated:
        yield from _below(arguments[0], [*marks, *arguments[1:]], given, path)
    elif origin in (Union, types.UnionType):
        for branch in arguments:
            yield from _below(branch, marks, given, path)
    elif isinstance(given, str):
        yield from ((path, mark, given) for mark in marks if isinstance(mark, Names))
    elif isinstance(given, list):
        kinds = arguments if origin is tuple and arguments[-1:] != (...,) else arguments[:1] * len(given)
        # What is too many or too few is a mistake of its own.
        for at, (inner, item) in enumerate(zip(kinds, given, strict=False)):
            yield from _below(inner, marks, item, (*path, at))
    elif isinstance(given, dict):
        yield from _fields(kind, arguments, given, path)


def _fields(kind: Any, arguments: tuple[Any, ...], given: dict[str, Value], path: KeyPath) -> Iterator[_Named]:
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        for name, info in kind.model_fields.items():
            key = info.alias or name
            if key in given:
                yield from _below(info.annotation, info.metadata, given[key], (*path, key))
    elif arguments:
        for key, item in given.items():
            yield from _below(arguments[-1], (), item, (*path, key))
