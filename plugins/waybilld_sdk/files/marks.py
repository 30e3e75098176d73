"""YAML text to plain values, with the place of every key and value.

Plain scalars follow the core schema of YAML 1.2.2, section 10.3.2: `NO` is Norway and not false, `22:30` is text. Only
values that JSON also knows are made, so a tag can never build an object. Depth and size are capped before they hurt.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass

import yaml
from yaml.composer import Composer
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from yaml.parser import Parser
from yaml.reader import Reader, ReaderError
from yaml.resolver import BaseResolver
from yaml.scanner import Scanner

from waybilld_sdk.files.words import KeyPath, printable, quoted

Value = None | bool | int | float | str | list["Value"] | dict[str, "Value"]
"""What a configuration file can hold."""

MAX_DEPTH = 32
MAX_VALUES = 50_000
_MAX_NUMBER_CHARACTERS = 100
_TAG = "tag:yaml.org,2002:"


@dataclass(frozen=True, slots=True)
class Mark:
    """A place in the text, both counted from 1."""

    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Fault:
    """Something wrong with the text itself: where, at which path, and what."""

    mark: Mark
    path: KeyPath
    message: str


@dataclass(frozen=True, slots=True)
class Document:
    """The values of a text, where each value begins, and where the key of each mapping entry begins.

    `broken` holds the paths whose value could not be made; None stands in its place.
    """

    value: Value
    values: Mapping[KeyPath, Mark]
    keys: Mapping[KeyPath, Mark]
    broken: frozenset[KeyPath]


class _Core(BaseResolver):
    """Implicit types of the YAML 1.2 core schema."""


CORE_TYPES: tuple[tuple[str, str, str], ...] = (
    ("null", r"~|null|Null|NULL|", "~nN"),
    ("bool", r"true|True|TRUE|false|False|FALSE", "tTfF"),
    ("int", r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+", "-+0123456789"),
    (
        "float",
        r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)",
        "-+.0123456789",
    ),
)
"""(type, pattern, possible first characters) of plain scalars: YAML 1.2.2, table of section 10.3.2."""

for _type, _pattern, _first in CORE_TYPES:
    _firsts = [*_first, ""] if _type == "null" else list(_first)
    _Core.add_implicit_resolver(_TAG + _type, re.compile(f"(?:{_pattern})\\Z"), _firsts)


class _Loader(Reader, Scanner, Parser, Composer, _Core):
    """PyYAML's steps up to the node tree; nothing that constructs objects is even present."""

    def __init__(self, text: str) -> None:
        Reader.__init__(self, text)
        Scanner.__init__(self)
        Parser.__init__(self)
        Composer.__init__(self)
        _Core.__init__(self)
        self._depth = 0

    def compose_node(self, parent: Node | None, index: object) -> Node | None:
        """As inherited, but refuses nesting that would exhaust the stack."""
        self._depth += 1
        try:
            if self._depth > MAX_DEPTH:
                problem = f"nested deeper than {MAX_DEPTH} levels"
                mark = self.peek_event().start_mark  # type: ignore[no-untyped-call]
                raise yaml.MarkedYAMLError(problem=problem, problem_mark=mark)
            return super().compose_node(parent, index)  # type: ignore[arg-type]
        finally:
            self._depth -= 1


class _TooBig(Exception):
    """Carries the fault that ends the walk over a tree whose aliases expand without bound."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.message)
        self.fault = fault


def read_yaml(text: str) -> tuple[Document | None, tuple[Fault, ...]]:
    """The document in `text` and what is wrong with it; None when the text is empty or cannot be understood at all."""
    loader: _Loader | None = None
    try:
        loader = _Loader(text)
        root = loader.get_single_node()
    except ReaderError as problem:
        before = text[: problem.position]
        mark = Mark(before.count("\n") + 1, problem.position - before.rfind("\n"))
        return None, (Fault(mark, (), f"the character U+{problem.character:04X} may not stand in YAML"),)
    except yaml.MarkedYAMLError as problem:
        return None, (_syntax(problem, text),)
    except (ValueError, OverflowError):
        # PyYAML lets these out for "\\UFFFFFFFF" and for a version directive of thousands of digits.
        mark = Mark(1, 1) if loader is None else Mark(loader.line + 1, loader.column + 1)
        return None, (Fault(mark, (), "not valid YAML: an escape or a directive holds an impossible number"),)
    if root is None:
        return None, ()
    walk = _Walk(text)
    try:
        value = walk.value(root, ())
    except _TooBig as problem:
        return None, (problem.fault,)
    return Document(value, walk.values, walk.keys, frozenset(walk.broken)), tuple(walk.faults)


def _place(odd: str, mark: yaml.Mark) -> Mark:
    """Where editors show it: for PyYAML U+0085, U+2028 and U+2029 end a line too, for them only the line feed does. `odd` is
    the text where it holds any of these, else empty."""
    if not odd:
        return Mark(mark.line + 1, mark.column + 1)
    before = odd[: mark.index]
    return Mark(before.count("\n") + 1, mark.index - before.rfind("\n"))


def _odd(text: str) -> str:
    return text if _YAML_BREAKS.search(text) else ""


_YAML_BREAKS = re.compile("[\x85\u2028\u2029]")


def _syntax(problem: yaml.MarkedYAMLError, text: str) -> Fault:
    mark = problem.problem_mark or problem.context_mark
    where = Mark(1, 1) if mark is None else _place(_odd(text), mark)
    if problem.problem and "'\\t'" in problem.problem:
        return Fault(where, (), "not valid YAML: a tab stands where only blanks may: replace it by blanks")
    parts = ("not valid YAML", problem.context, problem.problem)
    return Fault(where, (), printable(": ".join(part for part in parts if part)))


def _no_key(key: Node, value: Node, before: Mapping[str, Value]) -> str:
    """What is wrong with a key that is no text; the two slips of the pen that make one are named."""
    if isinstance(key, MappingNode) and key.flow_style:
        return 'a value that begins with {{ must stand in quotes, such as "{{ name }}"'
    last = list(before.values())[-1] if before else None
    whole = isinstance(last, int) and not isinstance(last, bool)
    if (
        whole
        and isinstance(key, ScalarNode)
        and key.tag == _TAG + "int"
        and isinstance(value, ScalarNode)
        and not value.value
    ):
        return f"a comma separates keys here: if a decimal is meant, write {last}.{key.value}"
    return "a key must be text; put it in quotes"


class _Walk:
    """Turns nodes into values and remembers their places."""

    def __init__(self, text: str) -> None:
        self._odd = _odd(text)
        self.values: dict[KeyPath, Mark] = {}
        self.keys: dict[KeyPath, Mark] = {}
        self.faults: list[Fault] = []
        self.broken: set[KeyPath] = set()

    def value(self, node: Node, path: KeyPath) -> Value:
        mark = _place(self._odd, node.start_mark)
        if len(path) > MAX_DEPTH or len(self.values) >= MAX_VALUES:
            raise _TooBig(Fault(mark, (), "too many or too deeply nested values; an alias may contain itself"))
        self.values[path] = mark
        if isinstance(node, MappingNode):
            return self._mapping(node, path) if node.tag == _TAG + "map" else self._wrong_tag(node, path)
        if isinstance(node, SequenceNode):
            if node.tag != _TAG + "seq":
                return self._wrong_tag(node, path)
            return [self.value(item, (*path, index)) for index, item in enumerate(node.value)]
        if isinstance(node, ScalarNode):
            return self._scalar(node, path)
        raise TypeError(f"PyYAML gave a node of an unknown kind: {type(node).__name__}")

    def _mapping(self, node: MappingNode, path: KeyPath) -> Value:
        found: dict[str, Value] = {}
        for key_node, value_node in node.value:
            mark = _place(self._odd, key_node.start_mark)
            if not isinstance(key_node, ScalarNode) or key_node.tag != _TAG + "str":
                self.faults.append(Fault(mark, path, _no_key(key_node, value_node, found)))
                if isinstance(key_node, MappingNode):
                    self.broken.add(path)
                    return None
                continue
            key = _sound(key_node.value)
            if key is None:
                self.faults.append(Fault(mark, path, "a key holds a NUL or half a surrogate pair"))
                continue
            here = (*path, key)
            if key in found:
                first = self.keys[here].line
                self.faults.append(Fault(mark, here, f"the key stands twice, first on line {first}: remove one"))
            else:
                self.keys[here] = mark
                found[key] = self.value(value_node, here)
        return found

    def _scalar(self, node: ScalarNode, path: KeyPath) -> Value:
        text: str = node.value
        kind = node.tag.removeprefix(_TAG)
        if kind == "str":
            sound = _sound(text)
            return self._fault(path, "the text holds a NUL or half a surrogate pair") if sound is None else sound
        pattern = next((pattern for name, pattern, _ in CORE_TYPES if name == kind), None)
        if pattern is None:
            return self._wrong_tag(node, path)
        if not re.fullmatch(pattern, text):
            return self._fault(path, f"{quoted(text)} is not of the type that its tag !!{kind} names")
        if kind == "null":
            return None
        if kind == "bool":
            return text.lower() == "true"
        return self._number(text, kind, path)

    def _number(self, text: str, kind: str, path: KeyPath) -> Value:
        if len(text) > _MAX_NUMBER_CHARACTERS:
            return self._fault(path, "the number is too long; put it in quotes if it is a text")
        if kind == "int":
            bare = text.lstrip("+-")
            base = 8 if bare.startswith("0o") else 16 if bare.startswith("0x") else 10
            return int(text, base)
        number = math.nan if text[-1].isalpha() else float(text)
        return number if math.isfinite(number) else self._fault(path, "must be a finite number")

    def _wrong_tag(self, node: Node, path: KeyPath) -> Value:
        tag = node.tag.replace(_TAG, "!!", 1)
        return self._fault(path, f"the tag {quoted(tag)} is not allowed here: write plain values")

    def _fault(self, path: KeyPath, message: str) -> Value:
        self.broken.add(path)
        self.faults.append(Fault(self.values[path], path, message))
        return None


def _sound(text: str) -> str | None:
    """The text with surrogate pairs joined, as JSON writes characters above U+FFFF; None for what is no text at all."""
    if "\0" in text:
        return None
    try:
        return text.encode("utf-16", "surrogatepass").decode("utf-16")
    except UnicodeDecodeError:
        return None
