"""The story's sentences: every kind of entry has one, and none can fail."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import waybilld
from unit.http.http_house import Daemon
from waybilld.core.canonical import canonical
from waybilld.store import journal
from waybilld.store.journal import Line
from waybilld.store.story import KINDS, story

SOURCES = Path(waybilld.__file__).parent


def written_kinds() -> Iterator[str]:
    """The kinds that the daemon's code writes as plain text: the first argument of every `tx.entry(…)`."""
    for path in SOURCES.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "entry":
                first = node.args[0] if node.args else None
                if isinstance(first, ast.Constant) and isinstance(first.value, str):
                    yield first.value


def test_every_kind_that_is_written_has_a_sentence() -> None:
    """A story with raw JSON in its middle is one that nobody reads to the end."""
    assert set(written_kinds()) >= {"order.ingested", "job.moved", "daemon.started"}
    assert set(written_kinds()) <= KINDS


def test_sentences_of_a_lived_in_journal(daemon: Daemon) -> None:
    """What really stands in the journal comes out as words, without holes."""
    lines = daemon.house.do(lambda tx: journal.after(tx.run, 0, 10_000))
    texts = [story(line) for line in lines]
    assert not [text for text in texts if "None" in text or "{" in text or "?" in text]
    assert len({line.kind for line in lines}) > 15


def line(kind: str, facts: dict[str, object], *rows: tuple[str, int, dict[str, object]]) -> Line:
    """One entry."""
    return Line((1, 0, 1, None, kind, 2, canonical({"facts": facts, "rows": rows})))


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        (
            line("check.held", {}, ("case", 3, {"code": "no-phone", "message": "ask the buyer"})),
            "waits for a person after check: no-phone: ask the buyer",
        ),
        (line("route.held", {}), "waits for a person after route: no reason was kept"),
        (line("job.held", {"code": "buy-refused", "reason": "no"}), "waits for a person: buy-refused: no"),
        (line("job.moved", {"to": "waiting", "reason": "try later"}), "its job waits: try later"),
        (line("job.moved", {"to": "done"}), "its job is done"),
        (
            line("shipment.refused", {"problems": "too heavy"}),
            "the carrier refused: too heavy; another service is looked for",
        ),
        (line("shipment.handed_over", {"from": "printed", "to": "handed_over"}), "handed over: printed to handed_over"),
        (line("attempt.refuted", {"reason": "head open"}, ("attempt", 7, {})), "attempt 7: proven not printed: head open"),
        (line("record.quarantined", {"shop": "s", "place": "row 3"}), "a record of shop s could not be read: row 3"),
        (line("moon.rose", {"b": 1, "a": "月"}), 'moon.rose {"a": "月", "b": 1}'),
        (line("moon.rose", {}), "moon.rose"),
    ],
)
def test_sentences(entry: Line, expected: str) -> None:
    """The words that people read, and the fallback for a later version's entries."""
    assert story(entry) == expected


Columns = dict[str, object]
VALUES = st.one_of(st.none(), st.integers(), st.text(max_size=5))


@given(
    st.sampled_from(sorted(KINDS)),
    st.dictionaries(st.sampled_from(["reason", "to", "from", "evidence", "shop", "code", "problems"]), VALUES),
    st.lists(
        st.tuples(
            st.sampled_from(["attempt", "case", "label", "waybill", "order", "page"]),
            st.integers(0, 9),
            st.dictionaries(st.sampled_from(["evidence", "serial", "number", "state"]), VALUES),
        ),
        max_size=3,
    ),
)
def test_no_entry_breaks_the_story(kind: str, facts: Columns, rows: list[tuple[str, int, Columns]]) -> None:
    """One odd entry, of an older or newer version, must not hide all the others."""
    assert story(line(kind, facts, *rows))
