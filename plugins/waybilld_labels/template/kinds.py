"""What kind of value an expression gives, known before any label is drawn.

Every value that can come of an expression is followed through its syntax tree, so that money in a bar code, the first letter
of what was taken for a list, or a comparison that is never true is a mistake of the template and not of a label.
"""

from __future__ import annotations

from collections.abc import Mapping

from jinja2 import nodes

from waybilld_labels.template.scope import Kind, Scope

Kinds = frozenset[Kind]
"""What a value may be, one of these."""

_WORDS = frozenset({Kind.TEXT, Kind.NUMBER})
_LISTS = frozenset({Kind.LIST, Kind.GOODS})
_PLAIN = frozenset({Kind.TEXT, Kind.NUMBER, Kind.NOTHING})
_NOTHING = frozenset({Kind.NOTHING})

_TAKES: Mapping[str, Kinds] = {
    **dict.fromkeys(("upper", "lower", "mask", "group", "short"), _WORDS),
    "money": frozenset({Kind.MONEY}),
    "date": frozenset({Kind.INSTANT}),
    **dict.fromkeys(("join", "first", "last"), frozenset({Kind.LIST})),
    "length": frozenset({Kind.TEXT, *_LISTS}),
    "default": frozenset(Kind),
}
"""What a filter may be given; nothing goes into every one."""


class Unfit(ValueError):
    """A value where its kind cannot be; the message says what to write instead."""


def path_of(node: nodes.Node) -> tuple[str, ...] | None:
    """`consignee.name` as its parts; None for anything but dotted names."""
    parts: list[str] = []
    while isinstance(node, nodes.Getattr):
        parts.append(node.attr)
        node = node.node
    return (node.name, *reversed(parts)) if isinstance(node, nodes.Name) else None


def printed(node: nodes.Node, scope: Scope) -> None:
    """Raises `Unfit` where a value may come of `node` that cannot stand on paper."""
    other = sorted(kinds_of(node, scope) - _PLAIN)
    if other:
        shown = _shown(node)
        raise Unfit(f"{shown} is {_a(other[0])}: {_REMEDY[other[0]].format(shown if path_of(node) else '…')}")


_REMEDY: Mapping[Kind, str] = {
    Kind.MONEY: "write {{{{ {0} | money }}}}",
    Kind.INSTANT: "write {{{{ {0} | date }}}}",
    Kind.LIST: "write {{{{ {0} | join(' ') }}}}, or {{{{ {0}[0] }}}} for the first",
    Kind.GOODS: "a table shows them",
    Kind.YES_NO: "write {{{{ 'words' if {0} else '' }}}}",
}


def kinds_of(node: nodes.Node, scope: Scope) -> Kinds:
    """What may come of an allowed expression whose names are known. Raises `Unfit`."""
    path = path_of(node)
    if path is not None:
        return _of_field(path, scope)
    if isinstance(node, nodes.Const):
        return frozenset({_of_constant(node.value)})
    if isinstance(node, nodes.CondExpr):
        kinds_of(node.test, scope)
        if node.expr2 is None:
            raise Unfit("'if' needs an 'else': write {{ 'words' if … else '' }}")
        return kinds_of(node.expr1, scope) | kinds_of(node.expr2, scope)
    if isinstance(node, nodes.And | nodes.Or):
        return kinds_of(node.left, scope) | kinds_of(node.right, scope)
    if isinstance(node, nodes.Not | nodes.Test):
        kinds_of(node.node, scope)
        return frozenset({Kind.YES_NO})
    if isinstance(node, nodes.Compare):
        return _of_comparison(node, scope)
    if isinstance(node, nodes.Filter) and node.node is not None:
        return _of_filter(node, node.node, scope)
    if isinstance(node, nodes.Getitem):
        return _of_item(node, scope)
    return _of_parts(node, scope)


def _of_field(path: tuple[str, ...], scope: Scope) -> Kinds:
    field = scope.field(path)
    if field is None:
        raise Unfit(f"{'.'.join(path)} names nothing")
    return frozenset({field.kind})


def _of_constant(value: object) -> Kind:
    if value is None:
        return Kind.NOTHING
    return Kind.YES_NO if isinstance(value, bool) else Kind.TEXT if isinstance(value, str) else Kind.NUMBER


def _of_filter(node: nodes.Filter, inner: nodes.Expr, scope: Scope) -> Kinds:
    given, takes = kinds_of(inner, scope), _TAKES[node.name]
    other = sorted(given - takes - _NOTHING)
    if other:
        wanted = " or ".join(_a(kind) for kind in Kind if kind in takes)
        raise Unfit(f"the filter {node.name} takes {wanted}, and {_shown(inner)} is {_a(other[0])}")
    if node.name == "default":
        return given - _NOTHING | kinds_of(node.args[0], scope)
    return frozenset({Kind.NUMBER if node.name == "length" else Kind.TEXT})


def _of_item(node: nodes.Getitem, scope: Scope) -> Kinds:
    given = kinds_of(node.node, scope)
    other = sorted(given - {Kind.TEXT, Kind.LIST})
    if other:
        raise Unfit(f"[ ] takes one of a list of texts, and {_shown(node.node)} is {_a(other[0])}")
    return _PLAIN if path_of(node.node) is None else frozenset({Kind.TEXT, Kind.NOTHING})


def _of_parts(node: nodes.Node, scope: Scope) -> Kinds:
    """Lists, sums and texts put together: what they are made of must be text and numbers."""
    parts = list(node.iter_child_nodes())
    found = [kinds_of(part, scope) for part in parts]
    if isinstance(node, nodes.Add) and all(kinds == {Kind.TEXT} for kinds in found):
        return frozenset({Kind.TEXT})
    if isinstance(node, nodes.Add | nodes.Sub | nodes.Neg):
        if all(kinds == {Kind.NUMBER} for kinds in found):
            return frozenset({Kind.NUMBER})
        raise Unfit("'+' and '-' reckon with numbers; texts are put together with '~'")
    for part in parts:
        printed(part, scope)
    return frozenset({Kind.LIST if isinstance(node, nodes.List | nodes.Tuple) else Kind.TEXT})


def _of_comparison(node: nodes.Compare, scope: Scope) -> Kinds:
    left = node.expr
    for operand in node.ops:
        _compared(left, operand.expr, operand.op, scope)
        left = operand.expr
    return frozenset({Kind.YES_NO})


def _compared(left: nodes.Expr, right: nodes.Expr, how: str, scope: Scope) -> None:
    one, other = kinds_of(left, scope), kinds_of(right, scope)
    if how in {"in", "notin"}:
        fits = one <= _PLAIN and (other == {Kind.LIST} or one == other == {Kind.TEXT})
        if not fits:
            raise Unfit(f"'in' looks for a text in a text, or for a value in a list; {_shown(right)} is {_a(min(other))}")
        return
    if how in {"eq", "ne"} and (_NOTHING in (one, other) or (one & other) - _NOTHING):
        return
    for node, kinds in ((left, one), (right, other)):
        for kind in (Kind.MONEY, Kind.INSTANT, Kind.LIST, Kind.GOODS):
            if kind in kinds:
                raise Unfit(f"{_shown(node)} is {_a(kind)} and cannot be compared: ask only whether it is there")
        if Kind.NOTHING in kinds and how not in {"eq", "ne"}:
            shown = _shown(node)
            raise Unfit(f"{shown} may be nothing: give it a value before it is compared, such as ({shown} | default(''))")
    if not (one == other and len(one) == 1):
        raise Unfit(
            f"{_shown(left)} is {_a(min(one))}, and {_shown(right)} is {_a(min(other))}: compare numbers with numbers (2) "
            "and texts with texts ('2')"
        )


def _a(kind: Kind) -> str:
    article = {Kind.NUMBER: "a ", Kind.LIST: "a ", Kind.GOODS: "a ", Kind.INSTANT: "an "}.get(kind, "")
    return f"{article}{kind.value}"


def _shown(node: nodes.Node) -> str:
    path = path_of(node)
    if path is not None:
        return ".".join(path)
    if isinstance(node, nodes.Const):
        return repr(node.value)[:40]
    if isinstance(node, nodes.Getitem) and isinstance(node.arg, nodes.Const):
        return f"{_shown(node.node)}[{node.arg.value}]"
    return "this"
