"""What people are told of a printer: what runs out, while there is time to do something."""

from __future__ import annotations

from datetime import date

import pytest

from waybilld.core.cards import Fitted, State, is_wrong, low, notes
from waybilld.core.heads import Head
from waybilld.core.rolls import Counters, Left, Load, Measured
from waybilld_sdk.printing import Supply

TODAY = date(2026, 11, 26)
PRINTER = Fitted("bench-1", "pack", "100x150", 153.0, 50.0, date(2026, 12, 20))
TOLD = Load(0, 150_000, 153.0, Counters())
UNTOLD = Load(0, None, 153.0, Counters())


def left(labels: int) -> Left:
    """So many labels."""
    return Left(labels, labels * 153, Measured.ODOMETER)


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (State(media="100x180"), "labels of 100x180 mm are in it, and labels are drawn for 100x150 mm"),
        (State(roll=TOLD, roll_left=left(57)), "about 57 labels left on the roll"),
        (State(roll=TOLD, roll_left=left(1)), "about 1 label left"),
        (State(roll=TOLD, roll_left=left(0)), "nothing left on the roll"),
        (State(roll=UNTOLD), "nobody said how long it is"),
        (State(ribbon_left=Left(40, 6_120, Measured.LENGTH)), "about 6 m of ribbon left"),
        (State(supplies=(Supply("toner", "Black", 4),)), "Black: 4 % left"),
        (State(supplies=(Supply("media", "", None, low=True),)), "media: low"),
        (State(head=Head(51, 1000, 0, since_new=True)), "has run 51.0 of 50 km"),
        (State(head=Head(45, 1000, 5, since_new=True)), "about 5 days are left"),
    ],
)
def test_what_runs_out_is_said(state: State, words: str) -> None:
    """Each with what to do, because a warning without it is a puzzle."""
    found = [note for note in notes(PRINTER, state, TODAY) if "warranty" not in note.text]
    assert len(found) == 1
    assert words in found[0].text
    assert found[0].todo


@pytest.mark.parametrize(
    "state",
    [
        State(),
        State(media="100x150", roll=TOLD, roll_left=left(500), ribbon_left=Left(900, 140_000, Measured.LENGTH)),
        State(supplies=(Supply("toner", "Black", 80), Supply("ink", "Cyan", None), Supply("wasteToner", "W", -1))),
        State(head=Head(20, None, None, since_new=False)),
    ],
)
def test_what_is_well_is_not_said(state: State) -> None:
    """A morning's list that is always long is not read."""
    assert [note for note in notes(PRINTER, state, TODAY) if "warranty" not in note.text] == []


def test_only_who_tells_of_rolls_is_asked_in_the_morning() -> None:
    """A house that does not count its rolls must not be warned each morning that it does not; in the list it learns how."""
    (asked,) = notes(Fitted("p", "pack"), State(roll=UNTOLD, asks=True), TODAY)
    (offered,) = notes(Fitted("p", "pack"), State(roll=UNTOLD), TODAY)
    assert (asked.urgent, offered.urgent) == (True, False)
    assert "waybilld printers load p --roll 150m" in asked.todo


@pytest.mark.parametrize(
    ("end", "said"), [("2026-12-26", True), ("2026-12-27", False), ("2026-11-26", True), ("2026-11-25", False)]
)
def test_a_warranty_is_said_while_it_can_be_used(end: str, said: bool) -> None:
    """After it, there is nothing to do."""
    assert bool(notes(Fitted("p", "", warranty_end=date.fromisoformat(end)), State(), TODAY)) is said


def test_wrong_media_is_a_reason_only_where_somebody_said_so() -> None:
    """Nobody said what is in it: it is not wrong."""
    assert is_wrong(PRINTER, State(media="100x180"))
    assert not is_wrong(PRINTER, State())
    assert not low(Supply("toner", "K", 11))
