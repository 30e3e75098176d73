"""What devices and adapters give, and what may be kept of it: a text or number that passes here ends a commit there."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from waybilld_sdk.plain import LONGEST, MOST, keyword, plain
from waybilld_sdk.printing import (
    AttemptRef,
    Evidence,
    Outcome,
    PrinterState,
    PrinterStatus,
    Receipt,
    SubmitResult,
    Supply,
    Verdict,
)
from waybilld_sdk.sound import LONGEST_SENTENCE, MOST_PARTS, fault_in, fault_in_snapshot

STATUS = PrinterStatus(
    PrinterState.STOPPED,
    ("media-empty-error", "x_vendor Wort"),
    "装入新的标签卷。 Load a\u3000new roll.",
    "S1",
    "ZT411",
    MOST,
    "V92",
    0,
    (Supply("toner", "Noir", 4, low=True), Supply("media", "labels")),
)
VERDICT = Verdict(Outcome.PENDING, Evidence.TOKEN, "It waits.", {"probe": "x", "n": -1, "on": True, "of": None}, STATUS)
RESULT = SubmitResult(Receipt(AttemptRef("a1", "t"), {"serial": "S1"}, Evidence.ACKNOWLEDGED, 12.5), "Cut.")
BAD_TEXTS = ["\x1b[2J", "a\nb", "a\rb", "\x00", "\x85", "\u2028", "\u202e", "\u2066", "\ud800", "\udfff", "\x7f", "\x9b31m"]


@given(st.text(st.characters(), max_size=400) | st.sampled_from(BAD_TEXTS))
def test_what_was_cleaned_is_sound(text: str) -> None:
    """A serial with an escape would clear the terminal of whoever reads the log; half a character no database takes."""
    cleaned = plain(text)
    assert fault_in(replace(STATUS, serial=cleaned)) == ""
    assert plain(cleaned) == cleaned
    cleaned.encode()


def test_cleaning_leaves_what_people_write_and_bounds_it() -> None:
    """A Chinese model's name stays itself; a serial of megabytes costs no time."""
    assert plain(" 德佟\u3000DP23 \x1b]0;evil\x07\r\n X ") == "德佟 DP23 ]0;evil X"
    assert plain("x" * 10_000_000) == "x" * LONGEST
    assert plain("abc def", 4) == "abc"


def test_keywords_are_kept_and_everything_else_is_other() -> None:
    """A label of a metric is kept by Prometheus for weeks: no server may write what it likes there."""
    assert [keyword(text) for text in ("com.vendor.x-1-error", "x" * 64)] == ["com.vendor.x-1-error", "x" * 64]
    bad = ("", "x" * 65, "X", "a b", "a\n", "x\x1b[2J-error", 'a"', "é", "１")
    assert [keyword(text) for text in bad] == ["other"] * len(bad)


@pytest.mark.parametrize("answer", [STATUS, VERDICT, RESULT, PrinterStatus(PrinterState.IDLE), "text", None, 3])
def test_sound_answers_pass(answer: object) -> None:
    """A check that cries wolf puts a good printer into quarantine."""
    assert fault_in(answer) == ""


STATUS_FAULTS: list[tuple[str, Any]] = [
    *[(name, text) for name in ("serial", "model", "firmware", "advice") for text in BAD_TEXTS],
    *[(name, "x" * (LONGEST + 1)) for name in ("serial", "model", "firmware")],
    ("advice", "x" * (LONGEST_SENTENCE + 1)),
    ("serial", None),
    ("serial", b"S1"),
    *[(name, value) for name in ("odometer", "length_mm") for value in (-1, 2**53 + 1, 2**70, 1.5, True, "7", float("nan"))],
    ("state", "idle"),
    ("reasons", ["paused"]),
    ("reasons", (7,)),
    ("reasons", ("x\x1b",)),
    ("reasons", ("x",) * (MOST_PARTS + 1)),
    ("supplies", (Supply("toner", "x\n"),)),
    ("supplies", (Supply("toner", "x", 2**60),)),
    ("supplies", ("toner",)),
]


@pytest.mark.parametrize(("name", "value"), STATUS_FAULTS)
def test_a_status_that_could_not_be_kept_is_named_and_not_quoted(name: str, value: Any) -> None:
    """One such value in a commit took other printers' troubles with it. The sentence goes to the log, without it."""
    bad = replace(STATUS, **{name: value})
    for answer in (bad, replace(VERDICT, status=bad)):
        fault = fault_in(answer)
        assert "unsound" in fault
        assert fault.isprintable()
        assert len(fault) < 200


BAD_SNAPSHOTS: list[Any] = [
    {"at": datetime(2026, 1, 1)},
    {"x": 1.5},
    {"x": float("nan")},
    {"x": [1]},
    {"x": {"y": 1}},
    {"x": b"1"},
    {"x": 2**70},
    {"x": "\ud800"},
    {"x": "y" * (LONGEST_SENTENCE + 1)},
    {1: "x"},
    {("a",): 1},
    {str(number): 1 for number in range(MOST_PARTS + 1)},
    [],
    None,
]


@pytest.mark.parametrize("snapshot", BAD_SNAPSHOTS)
def test_a_snapshot_that_is_no_plain_json_is_found(snapshot: Any) -> None:
    """It raised in the commit, at each try anew: the lane stood for ever."""
    assert "snapshot" in fault_in_snapshot(snapshot)
    assert fault_in(replace(VERDICT, after=snapshot))
    assert fault_in(replace(RESULT, receipt=replace(RESULT.receipt, before=snapshot)))


@pytest.mark.parametrize(
    "answer",
    [
        replace(VERDICT, outcome="proven"),
        replace(VERDICT, evidence=4),
        replace(VERDICT, reason="a\nb"),
        replace(VERDICT, status="idle"),
        replace(RESULT, detail="\x1b[2J"),
        replace(RESULT, receipt=None),
        replace(RESULT, receipt=replace(RESULT.receipt, reached=9)),
        replace(RESULT, receipt=replace(RESULT.receipt, attempt="a1")),
        replace(RESULT, receipt=replace(RESULT.receipt, sent_at=float("inf"))),
    ],
)
def test_other_parts_of_another_kind_are_found(answer: object) -> None:
    """The host compares and stores them as what they are said to be."""
    assert "unsound" in fault_in(answer)


JSON_LEAVES = st.none() | st.booleans() | st.integers(-MOST, MOST) | st.text(st.characters(codec="utf-8"), max_size=30)


@given(st.dictionaries(st.text(max_size=10), JSON_LEAVES, max_size=8))
def test_a_sound_snapshot_comes_back_from_json(snapshot: dict[str, Any]) -> None:
    """After kill -9 the verdict rests on what the row holds."""
    if not fault_in_snapshot(snapshot):
        assert json.loads(json.dumps(snapshot)) == snapshot
