"""From text to values: what YAML may say here, where each value stands, and what is refused."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from waybilld_sdk.files.marks import MAX_DEPTH, Mark, Value, read_yaml


def values(text: str) -> Value:
    document, faults = read_yaml(text)
    assert not faults
    assert document is not None
    return document.value


def fault(text: str) -> str:
    _, faults = read_yaml(text)
    (only,) = faults
    return f"{only.mark.line}:{only.mark.column} {only.message}"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("NO", "NO"),
        ("yes", "yes"),
        ("22:30", "22:30"),
        ("2026-01-31", "2026-01-31"),
        ("1_000", "1_000"),
        ("true", True),
        ("FALSE", False),
        ("~", None),
        ("null", None),
        ("007", 7),
        ("-5", -5),
        ("0o17", 15),
        ("0x1F", 31),
        ("1e3", 1000.0),
        (".5", 0.5),
        ("+1.25", 1.25),
        ("'5'", "5"),
        ("!!str 5", "5"),
        ("!!int '5'", 5),
        ("[a, {b: c}]", ["a", {"b": "c"}]),
        ("\ufeffa", "a"),
        ('"\\ud83d\\ude9a"', "\U0001f69a"),
    ],
)
def test_core_schema(text: str, value: Value) -> None:
    """YAML 1.1 would turn Norway into false and half past ten into a number."""
    got = values(text)
    assert got == value
    assert type(got) is type(value)


def test_marks_of_keys_and_values() -> None:
    """The column is what an editor jumps to."""
    document, _ = read_yaml("a:\n  - b: 1\n    c: {d: x}\n")
    assert document is not None
    assert document.keys["a", 0, "c"] == Mark(3, 5)
    assert document.values["a", 0, "c", "d"] == Mark(3, 12)
    assert document.values["a", 0] == Mark(2, 5)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a: [1\n", "2:1 not valid YAML"),
        ("a: b: c\n", "1:5 not valid YAML: mapping values are not allowed here"),
        ("a\n---\nb\n", "2:1 not valid YAML: expected a single document"),
        ("a: *b\n", "1:4 not valid YAML: found undefined alias"),
        ("a: \x07\n", "1:4 the character U+0007 may not stand in YAML"),
        ("a: 1\na: 2\n", "2:1 the key stands twice, first on line 1: remove one"),
        ("1: a\n", "1:1 a key must be text; put it in quotes"),
        ("? [a]\n: b\n", "1:3 a key must be text; put it in quotes"),
        ("a: !!python/name:os.system x\n", "1:4 the tag '!!python/name:os.system' is not allowed here"),
        ("a: !!timestamp 2026-01-31\n", "1:4 the tag '!!timestamp' is not allowed here"),
        ("a: !own {b: c}\n", "1:4 the tag '!own' is not allowed here"),
        ("a: !!set {b}\n", "1:4 the tag '!!set' is not allowed here"),
        ("a: !!omap [b: c]\n", "1:4 the tag '!!omap' is not allowed here"),
        ("a: !!int x\n", "1:4 'x' is not of the type that its tag !!int names"),
        ("a: .inf\n", "1:4 must be a finite number"),
        ("a: -.inf\n", "1:4 must be a finite number"),
        ("a: .NaN\n", "1:4 must be a finite number"),
        ("a: 1e999\n", "1:4 must be a finite number"),
        (f"a: {'9' * 5000}\n", "1:4 the number is too long"),
        ('a: "\\0"\n', "1:4 the text holds a NUL or half a surrogate pair"),
        ('a: "\\ud800"\n', "1:4 the text holds a NUL or half a surrogate pair"),
        ('"\\0": 1\n', "1:1 a key holds a NUL or half a surrogate pair"),
        ('a: "\\UFFFFFFFF"\n', "1:7 not valid YAML: an escape or a directive holds an impossible number"),
        (f"%YAML 1.{'9' * 5000}\n---\na\n", "1:9 not valid YAML: an escape or a directive holds an impossible number"),
        ("[" * 100_000, f"1:{MAX_DEPTH + 1} not valid YAML: nested deeper than {MAX_DEPTH} levels"),
        ("&a [*a]\n", "1:1 too many or too deeply nested values; an alias may contain itself"),
    ],
)
def test_refused(text: str, words: str) -> None:
    """Whatever is not a plain value is refused where it stands, before it can do anything."""
    assert fault(text).startswith(words)


def test_alias_bomb_is_refused_before_it_grows() -> None:
    """Nine lines of aliases stand for a thousand million values."""
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 10)]
    assert "too many" in fault("\n".join(lines))


def test_alias_in_bounds_works() -> None:
    """Sharing a value between two printers is what aliases are for."""
    assert values("a: &x {b: 1}\nc: *x\n") == {"a": {"b": 1}, "c": {"b": 1}}


def test_empty_text_is_no_document() -> None:
    """An empty file must be told apart from one that holds null."""
    assert read_yaml("# nothing\n") == (None, ())
    assert values("~") is None


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet=st.one_of(st.sampled_from("abc019:-[]{},&*!|>'\"%@#?~. \n\t"), st.characters()), max_size=80))
def test_any_text_gives_values_or_faults(text: str) -> None:
    """A traceback for a strange file is the one thing that must not happen."""
    document, faults = read_yaml(text)
    assert document is None or not faults or document.values
    assert all(one.mark.line >= 1 and one.mark.column >= 1 for one in faults)


def test_places_are_those_that_editors_show() -> None:
    """YAML ends a line at U+0085 and U+2028 too, and an editor does not: the line told must be the one that is found."""
    document, faults = read_yaml("a: '\x85 \u2028'\nb: 1\nb: 2\n")
    assert document is not None
    assert document.values[("b",)] == Mark(2, 4)
    assert [fault.mark for fault in faults] == [Mark(3, 1)]
