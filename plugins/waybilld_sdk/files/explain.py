"""Pydantic's findings in a person's words: what is wrong, what is allowed, what was probably meant."""

from __future__ import annotations

import types
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError

from waybilld_sdk.files.marks import Value
from waybilld_sdk.files.words import KeyPath, did_you_mean, nearest, printable, quoted

WANTED: Mapping[str, str] = {
    "string_type": "text",
    "string_sub_type": "text",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "int_parsing": "a whole number",
    "float_type": "a number",
    "float_parsing": "a number",
    "decimal_type": "a number",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "list_type": "a list",
    "tuple_type": "a list",
    "set_type": "a list",
    "frozen_set_type": "a list",
    "dict_type": "a mapping (key: value)",
    "mapping_type": "a mapping (key: value)",
    "model_type": "a mapping (key: value)",
    "model_attributes_type": "a mapping (key: value)",
    "dataclass_type": "a mapping (key: value)",
    "path_type": "a path",
    "none_required": "empty",
}
"""What a value of the wrong kind should have been, by pydantic's error type."""

BOUNDS: Mapping[str, tuple[str, str]] = {
    "greater_than": ("greater than {gt}", "gt"),
    "greater_than_equal": ("at least {ge}", "ge"),
    "less_than": ("less than {lt}", "lt"),
    "less_than_equal": ("at most {le}", "le"),
    "multiple_of": ("a multiple of {multiple_of}", "multiple_of"),
    "string_too_short": ("at least {min_length} characters long", "min_length"),
    "string_too_long": ("at most {max_length} characters long", "max_length"),
    "string_pattern_mismatch": ("a text of the pattern {pattern}", "pattern"),
    "finite_number": ("a finite number", ""),
    "literal_error": ("{expected}", "expected"),
    "enum": ("{expected}", "expected"),
}
"""What a value of the right kind should have been: sentence, and the name in pydantic's context that it needs."""

_CHOICES = ("literal_error", "enum")
_COUNTS = ("too_short", "too_long")


@dataclass(frozen=True, slots=True)
class Finding:
    """One mistake in a tree of values. `at_key` says that the key itself is wrong, not the value behind it."""

    path: KeyPath
    message: str
    at_key: bool = False


@dataclass(frozen=True, slots=True)
class Tagged:
    """A union of mappings in which a key says which one is meant: `kinds` are these keys, and every mapping of the union
    has just one of them."""

    kinds: tuple[str, ...]

    def kind_of(self, value: object) -> str | None:
        """The kind of a mapping; None where it has none of the keys, or several."""
        found = [kind for kind in self.kinds if kind in value] if isinstance(value, dict) else []
        return found[0] if len(found) == 1 else None


Advise = Callable[[Sequence[str], Value], str]
"""What to write in place of a value of the wrong kind: from the kinds that are right (of `WANTED`) and the value to a text
such as `: write 5`, or an empty one."""


def explain(
    problem: ValidationError,
    model: type[BaseModel],
    value: Value,
    tagged: Tagged | None = None,
    advise: Advise | None = None,
) -> tuple[Finding, ...]:
    """Every finding of a validation of `value` against `model`; paths start at `value`. `advise` knows what its files mean.

    Values are shown only where one of a few words, a bound or a pattern was missed: elsewhere it might be a secret that
    was written in the wrong place.
    """
    details = problem.errors(include_url=False)
    placed = [(_real_path(value, detail["loc"], detail["type"], tagged), detail) for detail in details]
    deeper = {path[:length] for path, _ in placed for length in range(len(path))}
    counted = {path for path, detail in placed if detail["type"] in _COUNTS}
    unknown = [path for path, detail in placed if detail["type"] == "extra_forbidden"]
    free = {path: _free_keys(path, model, value, tagged) for path in unknown}
    meant = {path: nearest(str(path[-1]), free[path]) for path in unknown}
    misspelt = {(*path[:-1], key) for path, key in meant.items() if key}
    wanted: dict[KeyPath, list[str]] = {}
    findings: list[Finding] = []
    for path, detail in placed:
        kind = detail["type"]
        if kind in WANTED:
            # A union reports each branch; one that went deeper, or counted, took the kind of value that this one did not.
            if path not in deeper and path not in counted:
                wanted.setdefault(path, []).append(WANTED[kind])
        elif kind == "extra_forbidden":
            findings.append(Finding(path, _unknown_key(meant[path], free[path]), at_key=True))
        elif kind == "union_tag_not_found" and tagged is not None:
            findings.append(_no_kind(path, value_at(value, path), tagged))
        elif kind == "too_short" and len(_entries(value, path)) >= detail["ctx"]["min_length"]:
            # Pydantic counts the entries that were right; what is wrong with the others is told already.
            continue
        elif kind != "missing" or path not in misspelt:
            found = _finding(path, kind, detail.get("ctx", {}), detail["msg"], value)
            # Pydantic marks the key of a mapping by one more step, which the tree does not have.
            at_key = detail["loc"][-1:] == ("[key]",) and path[-1:] != ("[key]",)
            findings.append(replace(found, at_key=at_key))
    for path, kinds in wanted.items():
        findings.append(Finding(path, _wrong_kind(list(dict.fromkeys(kinds)), value_at(value, path), advise)))
    return tuple(dict.fromkeys(findings))


def value_at(value: Value, path: KeyPath) -> Value:
    """The value behind a path that exists; None behind one that does not."""
    for part in path:
        below = _child(value, part)
        if below is None:
            return None
        value = below[0]
    return value


def allowed_keys(model: type[BaseModel], path: KeyPath, kind: str | None = None) -> tuple[str, ...]:
    """The keys that a mapping at `path` below `model` may hold, as far as the types tell; of a union's models only those
    that have the key `kind`."""
    annotations: list[object] = [model]
    for part in path:
        annotations = [inner for outer in annotations for inner in _inside(outer, part)]
    models = [branch for outer in annotations for branch in _branches(outer) if _is_model(branch)]
    keys = [tuple(_keys(found)) for found in models]
    return tuple(dict.fromkeys(key for found in keys if kind is None or kind in found for key in found))


def _no_kind(path: KeyPath, given: Value, tagged: Tagged) -> Finding:
    if not isinstance(given, dict):
        return Finding(path, f"must be a mapping (key: value), not {_kind(given)}")
    found = [key for key in given if key in tagged.kinds]
    if found:
        return Finding(path, f"has {' and '.join(found)}, and one of them says already what it is: remove the others")
    for key in given:
        meant = nearest(key, tagged.kinds)
        if meant:
            return Finding((*path, key), _unknown_key(meant, ()), at_key=True)
    return Finding(path, f"must have one of the keys {', '.join(tagged.kinds)}, which says what it is")


def _real_path(value: Value, loc: tuple[str | int, ...], kind: str, tagged: Tagged | None) -> KeyPath:
    """`loc` without the names of union branches and validators, which pydantic mixes into it."""
    path: list[str | int] = []
    tag = tagged.kind_of(value) if tagged else None
    for index, part in enumerate(loc):
        if tag is not None and part == tag:
            # The branch of the union; the key of the same name comes after it.
            tag = None
            continue
        below = _child(value, part)
        if below is not None:
            value = below[0]
            tag = tagged.kind_of(value) if tagged else None
        elif kind != "missing" or index < len(loc) - 1:
            continue
        path.append(part)
    return tuple(path)


def _child(value: Value, part: str | int) -> tuple[Value] | None:
    """What stands at a key or index, wrapped so that a null that is there differs from nothing there."""
    if isinstance(part, str):
        return (value[part],) if isinstance(value, dict) and part in value else None
    return (value[part],) if isinstance(value, list) and part < len(value) else None


def _finding(path: KeyPath, kind: str, ctx: Mapping[str, Any], message: str, value: Value) -> Finding:
    if kind == "missing":
        return Finding(path, "is missing and has no default: add it")
    if kind in ("value_error", "assertion_error"):
        return Finding(path, printable(str(ctx["error"])))
    if kind in _COUNTS:
        few = kind == "too_short"
        limit = ctx["min_length"] if few else ctx["max_length"]
        return Finding(path, f"needs {'at least' if few else 'at most'} {limit} entries, has {ctx['actual_length']}")
    if kind in BOUNDS:
        template, name = BOUNDS[kind]
        given = value_at(value, path)
        wanted = template.format_map({name: printable(str(ctx.get(name, "")))})
        choices = wanted.split("'")[1::2] if kind in _CHOICES else []
        near = did_you_mean(given, choices) if len(choices) > 1 and isinstance(given, str) else ""
        return Finding(path, f"must be {wanted}, not {_shown(given)}{near}")
    return Finding(path, printable(message.replace("Input should be", "must be", 1)))


def _free_keys(path: KeyPath, model: type[BaseModel], value: Value, tagged: Tagged | None) -> tuple[str, ...]:
    """The keys that could still stand beside the key at `path`."""
    around = value_at(value, path[:-1])
    present = around if isinstance(around, dict) else {}
    kind = tagged.kind_of(around) if tagged else None
    return tuple(key for key in allowed_keys(model, path[:-1], kind) if key not in present)


def _unknown_key(meant: str | None, free: Sequence[str]) -> str:
    if meant:
        return f"unknown key, did you mean {quoted(meant)}?"
    return f"unknown key: remove it, or use one of {', '.join(free)}" if free else "unknown key: remove it"


def _entries(value: Value, path: KeyPath) -> list[Value]:
    found = value_at(value, path)
    return found if isinstance(found, list) else []


def _wrong_kind(wanted: Sequence[str], given: Value, advise: Advise | None) -> str:
    advice = advise(wanted, given) if advise else ""
    return f"must be {' or '.join(wanted)}, not {_kind(given)}{advice or _general(wanted, given)}"


def _general(wanted: Sequence[str], given: Value) -> str:
    if "text" in wanted and isinstance(given, int | float):
        return ": put it in quotes"
    if "true or false" in wanted and isinstance(given, str) and given.lower() in ("yes", "no", "on", "off"):
        return ": write true or false"
    return ""


def _kind(value: Value) -> str:
    kinds: tuple[tuple[type, str], ...] = (
        (bool, "true or false"),
        (int, "a number"),
        (float, "a number"),
        (str, "text"),
        (list, "a list"),
        (dict, "a mapping"),
    )
    return next((word for kind, word in kinds if isinstance(value, kind)), "empty")


def _shown(value: Value) -> str:
    if isinstance(value, str):
        return quoted(value)
    return _kind(value) if isinstance(value, bool | list | dict | None) else str(value)


def _is_model(annotation: object) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)


def _keys(model: object) -> Iterator[str]:
    assert isinstance(model, type) and issubclass(model, BaseModel)
    for name, info in model.model_fields.items():
        yield info.alias or name


def _branches(annotation: object) -> Iterator[object]:
    """The alternatives of a union, without annotations around them."""
    origin = get_origin(annotation)
    if origin is Annotated:
        yield from _branches(get_args(annotation)[0])
    elif origin in (Union, types.UnionType):
        for branch in get_args(annotation):
            yield from _branches(branch)
    else:
        yield annotation


def _inside(annotation: object, part: str | int) -> Iterator[object]:
    """The types that a value one step below `annotation` may have."""
    for branch in _branches(annotation):
        if isinstance(branch, type) and issubclass(branch, BaseModel):
            fields = branch.model_fields.items()
            yield from (info.annotation for name, info in fields if part == (info.alias or name))
        elif arguments := get_args(branch):
            yield from arguments if isinstance(part, int) else arguments[-1:]
