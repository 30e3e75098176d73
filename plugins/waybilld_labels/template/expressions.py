"""Expressions of templates in a cage: `{{ ... }}` in words, and conditions.

Jinja2's expression language, cut down by an allow-list over its syntax tree: fields, constants, our filters, comparison,
logic, `~`, `+` and `-`. What could cost without bound (`*`, `**`, `%`) or reach into Python (calls, methods, any attribute
that is no field) is refused when the template is loaded.
Source of the language and of the sandbox: Jinja2 documentation, "Expressions" and "Sandbox".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Any

from jinja2 import StrictUndefined, TemplateError, TemplateSyntaxError, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

from waybilld_labels.template.filters import EXAMPLES, FILTERS, wrong_arguments
from waybilld_labels.template.kinds import Unfit, kinds_of, path_of, printed
from waybilld_labels.template.literal import Stray, plain, unsound
from waybilld_labels.template.scope import Scope
from waybilld_labels.template.syntax import in_words
from waybilld_sdk.errors import Hold
from waybilld_sdk.files.words import did_you_mean

MOST_CHARACTERS = 500
Fields = Mapping[str, Any]
Value = Callable[[Fields], Any]


class BadExpression(Exception):
    """What is wrong with an expression, in a sentence; `offset` counts characters of the whole text from 0."""

    def __init__(self, message: str, offset: int = 0) -> None:
        super().__init__(message)
        self.offset = offset


@dataclass(frozen=True, slots=True)
class Words:
    """Text with values in it. `constant` is the whole text where it has none; `names` are the first names of its fields."""

    source: str
    constant: str | None
    names: frozenset[str]
    parts: tuple[str | Value, ...]
    where: str = ""

    def __call__(self, fields: Fields) -> str:
        """The words of one label. Raises `Hold`, which names the place `where`, when an expression fails on its values."""
        if self.constant is not None:
            return self.constant
        try:
            return "".join([part if isinstance(part, str) else _text(part(fields)) for part in self.parts])
        except _FAILURES as error:
            raise _failed(self.source, self.where, error) from error


@dataclass(frozen=True, slots=True)
class Condition:
    """A yes or no over the fields."""

    source: str
    names: frozenset[str]
    value: Value
    where: str = ""

    def __call__(self, fields: Fields) -> bool:
        """Whether it holds. Raises `Hold`, which names the place `where`, when the expression fails on its values."""
        try:
            return bool(self.value(fields))
        except _FAILURES as error:
            raise _failed(self.source, self.where, error) from error


_FAILURES = (TemplateError, TypeError, ValueError, LookupError, ArithmeticError)


def _failed(source: str, where: str, error: Exception) -> Hold:
    return Hold(
        f"{where or 'the template'}: {source.strip()!r:.80} fails on this label ({type(error).__name__}): correct the "
        "template, or draw with another one",
        code="template-expression",
    )


def compile_words(text: str, scope: Scope, where: str = "") -> Words:
    """The words of a template; `where` names their place, for what fails on a label. Raises `BadExpression`."""
    pieces = list(_pieces(text))
    parts: list[str | Value] = []
    names: set[str] = set()
    for at, (piece, offset) in enumerate(pieces):
        if offset is None:
            try:
                parts.append(plain(piece, scope, first=at == 0, last=at == len(pieces) - 1))
            except Stray as error:
                raise BadExpression(str(error)) from error
            continue
        value, used = _compile(piece, scope, offset, words=True)
        parts.append(value)
        names |= used
    constant = "".join(map(str, parts)) if all(isinstance(part, str) for part in parts) else None
    return Words(text, constant, frozenset(names), tuple(parts), where)


def compile_condition(text: str, scope: Scope, where: str = "") -> Condition:
    """A condition of a template; `where` as of `compile_words`. Raises `BadExpression`."""
    if "{{" in text:
        raise BadExpression("a condition is the expression alone, without {{ }}")
    value, names = _compile(text, scope, 0, words=False)
    return Condition(text, names, value, where)


def _text(value: Any) -> str:
    """A value on paper; nothing but text and numbers can be."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(type(value).__name__)
    return str(value) if isinstance(value, int) else f"{value:.10g}"


_INSIDE = re.compile(r"""'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|\}\}|[^'"}]+|.""", re.DOTALL)


def _pieces(text: str) -> Iterator[tuple[str, int | None]]:
    """Plain text with None, and what stands between `{{` and `}}` with the offset of its first character behind blanks."""
    at = 0
    while (start := text.find("{{", at)) >= 0:
        if start > at:
            yield text[at:start], None
        end = next((found.start() for found in _INSIDE.finditer(text, start + 2) if found[0] == "}}"), None)
        if end is None:
            raise BadExpression("'{{' has no '}}' after it", start)
        inner = text[start + 2 : end]
        yield inner, end - len(inner.lstrip())
        at = end + 2
    if at < len(text):
        yield text[at:], None


class _Cage(ImmutableSandboxedEnvironment):
    """No globals, no tests but `defined` and `none`, our filters."""

    def __init__(self) -> None:
        super().__init__(undefined=StrictUndefined, autoescape=False)
        self.globals.clear()
        self.filters = dict(FILTERS)
        self.tests = {name: self.tests[name] for name in ("defined", "none")}

    def getitem(self, obj: Any, argument: Any) -> Any:
        """One of a list or text; nothing beyond its end, so that a label without sort codes stands."""
        return obj[argument] if -len(obj) <= argument < len(obj) else None


_CAGE = _Cage()
_ALLOWED = (
    nodes.Const, nodes.Compare, nodes.Operand, nodes.And, nodes.Or, nodes.Not, nodes.CondExpr, nodes.Concat, nodes.Add,
    nodes.Sub, nodes.Neg, nodes.List, nodes.Tuple, nodes.Test, nodes.Name, nodes.Getattr, nodes.Getitem, nodes.Filter,
)  # fmt: skip
_REFUSED: dict[type[nodes.Node], str] = {
    nodes.Mul: "'*' is not allowed, because with it a template could make a text of any length",
    nodes.Pow: "'**' is not allowed, because with it a template could make a number of any length",
    nodes.Mod: "'%' is not allowed, because with it a template could make a text of any length",
    nodes.Div: "there is no division",
    nodes.FloorDiv: "there is no division",
    nodes.Call: "nothing can be called; use a filter, such as {{ carrier | upper }}",
    nodes.Slice: "there are no slices; use the filter short",
    nodes.Dict: "there are no dictionaries",
}


def _compile(source: str, scope: Scope, offset: int, *, words: bool) -> tuple[Value, frozenset[str]]:
    if len(source) > MOST_CHARACTERS:
        raise BadExpression(f"an expression may have {MOST_CHARACTERS} characters", offset)
    try:
        tree = _parsed(source, offset)
        names = _checked(tree, scope, offset)
        if words:
            printed(tree, scope)
        else:
            kinds_of(tree, scope)
        return _quick(tree) or _caged(source, offset), frozenset(names)
    except Unfit as error:
        raise BadExpression(str(error), offset) from error
    except RecursionError as error:
        raise BadExpression(f"{source.strip()!r:.80} is nested too deeply", offset) from error


def _parsed(source: str, offset: int) -> nodes.Expr:
    shown = source.strip()
    try:
        parser = _CAGE._parse("{{" + source + "}}", None, None)
    except TemplateSyntaxError as error:
        raise BadExpression(f"{shown!r:.80} is no expression: {in_words(error.message)}", offset) from error
    body = parser.body
    if len(body) == 1 and isinstance(body[0], nodes.Output) and len(body[0].nodes) == 1:
        found = body[0].nodes[0]
        if isinstance(found, nodes.Expr) and not isinstance(found, nodes.TemplateData):
            return found
    raise BadExpression(f"{shown!r:.80} is no expression", offset)


def _checked(tree: nodes.Expr, scope: Scope, offset: int) -> set[str]:
    """The first names that a tree uses. Raises `BadExpression` for what is not allowed in it."""
    names: set[str] = set()
    _walk(tree, scope, offset, names)
    return names


def _walk(node: nodes.Node, scope: Scope, offset: int, names: set[str]) -> None:
    if not isinstance(node, _ALLOWED):
        raise BadExpression(_REFUSED.get(type(node), f"{type(node).__name__.lower()} is not allowed here"), offset)
    path = path_of(node)
    if path is not None:
        wrong = scope.wrong(path)
        if wrong:
            raise BadExpression(wrong, offset)
        names.add(path[0])
        return
    if isinstance(node, nodes.Getattr):
        raise BadExpression(f"only fields have parts: .{node.attr:.40} stands behind something else", offset)
    if isinstance(node, nodes.Getitem) and not (isinstance(node.arg, nodes.Const) and type(node.arg.value) is int):
        raise BadExpression("in [ ] stands a whole number", offset)
    if isinstance(node, nodes.Const) and isinstance(node.value, float) and not isfinite(node.value):
        raise BadExpression("a number is larger than numbers can be here", offset)
    if isinstance(node, nodes.Const) and isinstance(node.value, str) and unsound(node.value):
        raise BadExpression("a text in quotes holds a line break, a tab or another control character", offset)
    if isinstance(node, nodes.Sub) and (path_of(node.left) or ("",))[0] == "texts":
        raise BadExpression("in the name of a text '-' is written as '_', such as texts.return_policy", offset)
    if isinstance(node, nodes.Filter):
        _filter(node, offset)
    if isinstance(node, nodes.Test) and node.name not in _CAGE.tests:
        raise BadExpression("after 'is' stands defined or none", offset)
    for child in node.iter_child_nodes():
        _walk(child, scope, offset, names)


def _filter(node: nodes.Filter, offset: int) -> None:
    if node.name not in FILTERS:
        near = did_you_mean(node.name, FILTERS) or f": known are {', '.join(FILTERS)}"
        raise BadExpression(f"there is no filter {node.name!r:.40}{near}", offset)
    if node.kwargs:
        raise BadExpression(f"the filter {node.name} takes its values without names, such as {EXAMPLES[node.name]}", offset)
    if node.dyn_args or node.dyn_kwargs or not all(isinstance(arg, nodes.Const) for arg in node.args):
        raise BadExpression(f"the filter {node.name} takes plain values in its ( ), such as {EXAMPLES[node.name]}", offset)
    wrong = wrong_arguments(node.name, [arg.value for arg in node.args if isinstance(arg, nodes.Const)])
    if wrong:
        raise BadExpression(wrong, offset)


def _quick(node: nodes.Expr) -> Value | None:
    """A field, or filters over one, without Jinja2 between: most of what templates say, at a tenth of the time."""
    path = path_of(node)
    if path is not None:
        return _getter(path)
    if isinstance(node, nodes.Filter) and node.node is not None:
        inner = _quick(node.node)
        if inner is None:
            return None
        function = FILTERS[node.name]
        arguments = [arg.value for arg in node.args if isinstance(arg, nodes.Const)]
        return lambda fields: function(inner(fields), *arguments)
    return None


def _getter(path: tuple[str, ...]) -> Value:
    if len(path) == 1:
        (name,) = path
        return lambda fields: fields[name]
    if len(path) == 2:
        first, second = path
        return lambda fields: fields[first][second]
    if len(path) == 3:
        first, second, third = path
        return lambda fields: fields[first][second][third]
    raise BadExpression(f"{'.'.join(path)} names nothing")


def _caged(source: str, offset: int) -> Value:
    try:
        return _CAGE.compile_expression(source, undefined_to_none=False)
    except TemplateSyntaxError as error:
        # A comma at the end makes a list between brackets of a template, and nothing here.
        raise BadExpression(f"{source.strip()!r:.80} is no expression: {in_words(error.message)}", offset) from error
