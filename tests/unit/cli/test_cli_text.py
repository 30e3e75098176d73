"""Text for terminals: in line, and harmless."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from waybilld.cli.text import say, say_json, table, when, width


@pytest.mark.parametrize(
    ("text", "columns"), [("abc", 3), ("中文", 4), ("ａ", 2), ("é", 1), ("e\u0301", 1), ("\u200b", 0), ("", 0), ("ｱ", 1)]
)
def test_width(text: str, columns: int) -> None:
    """UAX #11: wide and full-width characters take two columns, combining ones none."""
    assert width(text) == columns


def test_columns_stay_in_line_with_chinese_text() -> None:
    """A table of Chinese names that staggers cannot be read."""
    lines = table(("name", "state"), [("张*", "printed"), ("Ann", None), ("", 3)]).splitlines()
    assert lines == ["name  state", "张*   printed", "Ann   -", "-     3"]


@given(st.lists(st.tuples(st.text(), st.text()), max_size=4))
def test_no_cell_can_reach_the_terminal(rows: list[tuple[str, str]]) -> None:
    """An order number with an escape sequence must not clear the screen, and a line break in it must not forge a row."""
    lines = table(("a", "b"), rows).split("\n")
    assert len(lines) == len(rows) + 1
    assert all(line.isprintable() for line in lines)


@given(st.text())
def test_no_line_can_reach_the_terminal(text: str) -> None:
    """The same for sentences."""
    with pytest.MonkeyPatch.context() as patch:
        said: list[str] = []
        patch.setattr("click.echo", said.append)
        say(text)
    assert said[0].isprintable()


@given(st.dictionaries(st.text(), st.text(), max_size=3))
def test_json_is_harmless_and_the_same(value: dict[str, str]) -> None:
    """Programs get what was there, terminals nothing to obey."""
    with pytest.MonkeyPatch.context() as patch:
        said: list[str] = []
        patch.setattr("click.echo", said.append)
        say_json(value)
    assert json.loads(said[0]) == value
    assert said[0].replace("\n", "").isprintable()


def test_instants_are_cut_to_the_second() -> None:
    """People read dates, not microseconds."""
    assert when("2026-11-23T02:08:15.014000Z") == "2026-11-23 02:08:15"
    assert when(None) == ""
