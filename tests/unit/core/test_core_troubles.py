"""What a printer's states mean: one trouble for one fault, however often its sensor changes its mind."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from waybilld.core import history
from waybilld.core.troubles import (
    _CAUSES,
    CALM_US,
    LETTERS,
    STANDS_US,
    WORDS,
    Cause,
    Closed,
    Event,
    NewRoll,
    Opened,
    Watch,
    cured,
    keyword,
    look,
    pass_time,
    resumed,
)
from waybilld_sdk.printing import PrinterState, PrinterStatus

S = 1_000_000
FINE = PrinterStatus(PrinterState.IDLE)
SILENT = PrinterStatus(PrinterState.UNKNOWN, ("connecting-to-device",))
MUTE = PrinterStatus(PrinterState.UNKNOWN)


def stopped(*reasons: str) -> PrinterStatus:
    """A printer that stopped for these reasons."""
    return PrinterStatus(PrinterState.STOPPED, reasons)


EMPTY, OPEN, JAM = stopped("media-empty-error"), stopped("cover-open-error"), stopped("media-jam-error")


def told(*looks: tuple[float, PrinterStatus | None], watch: Watch | None = None) -> list[Event]:
    """What happened over looks at these seconds; None only lets time pass."""
    watch, found = watch or Watch(), []
    for at_s, status in looks:
        now_us = int(at_s * S)
        watch, events = pass_time(watch, now_us) if status is None else look(watch, status, now_us)
        found += events
    return found


def test_paper_out_from_beginning_to_end() -> None:
    """It began when the sensor said so, not when we believed it; and it ended when the paper was back."""
    assert told((0, FINE), (10, EMPTY), (12, EMPTY), (16, EMPTY), (70, FINE), (100, FINE), (131, FINE)) == [
        Opened(Cause.PAPER_OUT, 10 * S),
        NewRoll(10 * S),
        Closed(Cause.PAPER_OUT, 70 * S),
    ]


def test_time_alone_opens_and_closes() -> None:
    """An idle printer is looked at twice a minute: its trouble must not wait for the next look."""
    assert told((0, EMPTY), (6, None)) == [Opened(Cause.PAPER_OUT, 0)]
    assert told((0, EMPTY), (6, None), (10, FINE), (71, None))[-1] == Closed(Cause.PAPER_OUT, 10 * S)


def test_a_blink_is_no_trouble() -> None:
    """Somebody opened the cover and closed it: a ledger full of that is one that nobody reads."""
    assert told((0, OPEN), (3, FINE), (60, None), (600, None)) == []


def test_flapping_is_one_trouble() -> None:
    """A loose cable makes two hundred changes an hour; the weekly report must show one trouble that lasted an hour."""
    looks: list[tuple[float, PrinterStatus | None]] = [(0, SILENT), (6, SILENT)]
    looks += [(at, SILENT if at // 10 % 2 else FINE) for at in range(10, 3600, 10)]
    assert told(*looks, (3600, FINE), (3700, None)) == [Opened(Cause.LINK, 0), Closed(Cause.LINK, 3600 * S)]


def test_silence_ends_nothing() -> None:
    """Old firmware does not answer while its paper is out: silence is no new roll."""
    events = told((0, EMPTY), (6, EMPTY), (10, SILENT), (100, SILENT), (200, MUTE), (500, MUTE))
    assert events == [Opened(Cause.PAPER_OUT, 0), Opened(Cause.LINK, 10 * S)]


def test_a_printer_that_cannot_tell_has_no_trouble() -> None:
    """Cheap printers answer nothing, ever: that is their nature, and no link that is down."""
    assert told((0, MUTE), (100, MUTE), (1000, None)) == []


def test_who_mends_it_is_no_second_trouble() -> None:
    """The cover is open because the paper is changed; with it open, the sensor sees no paper and knows nothing."""
    events = told((0, EMPTY), (6, EMPTY), (20, OPEN), (90, OPEN), (100, FINE), (161, None))
    assert events == [Opened(Cause.PAPER_OUT, 0), NewRoll(0), Closed(Cause.PAPER_OUT, 100 * S)]


def test_an_open_cover_accuses_nobody() -> None:
    """A roll change is work; a cover that is left open is a trouble, and only people can say whose."""
    assert told((0, OPEN), (6, OPEN), (90, OPEN), (100, FINE), (300, None)) == []
    assert told((0, OPEN), (60, OPEN), (121, None)) == [Opened(Cause.UNKNOWN, 0)]
    assert Cause.PERSON not in _CAUSES.values()


def test_a_cured_trouble_is_over_when_the_printer_says_so() -> None:
    """The ledger waits a minute in case it comes back; people must not read "still" meanwhile."""
    watch, _ = look(Watch(), EMPTY, 0)
    watch, _ = look(watch, EMPTY, 6 * S)
    assert cured(watch) == {}
    watch, events = look(watch, FINE, 20 * S)
    assert (cured(watch), events) == ({Cause.PAPER_OUT: 20 * S}, (NewRoll(0),))
    watch, _ = look(watch, EMPTY, 30 * S)
    assert cured(watch) == {}


def test_two_faults_are_two_troubles() -> None:
    """Mended one after the other, each has its own time."""
    both = stopped("media-empty", "marker-supply-empty-warning")
    events = told((0, both), (6, both), (20, EMPTY), (81, EMPTY))
    assert set(events[:2]) == {Opened(Cause.PAPER_OUT, 0), Opened(Cause.RIBBON, 0)}
    assert events[2:] == [Closed(Cause.RIBBON, 20 * S)]


def test_a_flicker_of_the_sensor_is_no_new_roll() -> None:
    """Asked for the length of a roll that nobody changed, people stop answering."""
    assert told((0, EMPTY), (1, FINE), (60, FINE)) == []


def test_after_a_restart_the_trouble_goes_on() -> None:
    """A restart in the middle must neither open it twice nor leave it open for ever."""
    watch = resumed([(Cause.JAM, 5)])
    assert told((10, JAM), (20, FINE), (81, None), watch=watch) == [Closed(Cause.JAM, 20 * S)]


def test_a_roll_that_was_put_in_while_no_daemon_looked() -> None:
    """It is asked for as any other."""
    assert told((20, FINE), watch=resumed([(Cause.PAPER_OUT, 5)])) == [NewRoll(5)]


STATUSES = st.builds(
    PrinterStatus,
    st.sampled_from(PrinterState),
    st.lists(st.sampled_from([*_CAUSES, "other-error", "media-low-report", "x-vendor"]), max_size=3).map(tuple),
)


@given(st.lists(st.tuples(st.integers(1, 90), st.one_of(st.none(), STATUSES)), max_size=60))
def test_the_ledger_is_always_balanced(steps: list[tuple[int, PrinterStatus | None]]) -> None:
    """Whatever a printer shows: none opens twice, none closes that is not open, and none ends before it began."""
    now, looks = 0, []
    for seconds, status in steps:
        now += seconds
        looks.append((float(now), status))
    began: dict[Cause, int] = {}
    for event in told(*looks):
        if isinstance(event, Opened):
            assert event.cause not in began
            began[event.cause] = event.began_us
        elif isinstance(event, Closed):
            assert event.ended_us - began.pop(event.cause) >= 0
    assert STANDS_US < CALM_US


def test_every_cause_has_its_key_and_its_words() -> None:
    """Two keystrokes need one letter for each, and no letter for two."""
    assert sorted(WORDS) == sorted(Cause)
    assert sorted([*LETTERS.values(), Cause.UNKNOWN]) == sorted(Cause), "no packer reports that nobody knows"
    assert all(len(letter) == 1 and letter.islower() and letter.isascii() for letter in LETTERS)


@pytest.mark.parametrize("reason", ["media-jam", "media-jam-report", "media-jam-warning", "media-jam-error"])
def test_severity_is_left_aside(reason: str) -> None:
    """Printers choose it by their state."""
    assert keyword(reason) == "media-jam"


@pytest.mark.parametrize(
    ("old", "given", "wrong"),
    [
        (None, {"ended_us": None}, False),
        ({"ended_us": None}, {"ended_us": 5, "labels": 2}, False),
        ({"ended_us": 5}, {"ended_us": None}, True),
        ({"ended_us": 5}, {"cause": "person"}, True),
    ],
)
def test_what_was_over_stays_as_it_was(old: dict[str, object] | None, given: dict[str, object], wrong: bool) -> None:
    """A report that was read must not become another one afterwards: `db verify` looks for that."""
    entry = history.Entry("trouble.closed", None, {})
    assert bool(history.fault("trouble", old, given, entry)) is wrong
