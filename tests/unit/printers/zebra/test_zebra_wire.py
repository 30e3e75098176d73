"""Questions to a Zebra printer and its answers, whole, in pieces, and garbled."""

from __future__ import annotations

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from waybilld_printers.probes.zebra.observation import HostStatus, Observation
from waybilld_printers.probes.zebra.wire import (
    GETVAR,
    JSON,
    PRINT_PORT,
    WITHIN_FORMAT,
    Dialect,
    Garbled,
    parse_host_status,
    parse_uptime,
)
from waybilld_sdk.printing import PrinterState, PrinterStatus
from waybilld_sdk.sound import fault_in, fault_in_snapshot

FIRST, SECOND, THIRD = "030,0,0,1245,000,0,0,1,000,0,0,0", "000,0,1,0,1,2,4,0,00000003,1,000", "1234,0"
SEEN = HostStatus(partial=True, head_open=True, remaining=3)
WHOLE = Observation("VZ1", 4711, 9930, SEEN)
STATUS_LINES = f"{FIRST}\r\n{SECOND}\r\n{THIRD}"
FRAMED = "".join(f"\x02{line}\x03\r\n" for line in (FIRST, SECOND, THIRD)).encode()
UPTIME = "00 days 02 hours 45 mins 30 secs"
QUOTED = f'"VZ1""4711"\r\n"{UPTIME}"'.encode()
ANSWERS: list[tuple[Dialect, bytes, Observation]] = [
    (GETVAR, QUOTED + f'"{STATUS_LINES}"'.encode(), WHOLE),
    (PRINT_PORT, FRAMED + QUOTED, WHOLE),
    (WITHIN_FORMAT, FRAMED, Observation(flags=SEEN)),
    (
        JSON,
        json.dumps(
            {
                "device.unique_id": "VZ1",
                "odometer.total_label_count": "4711",
                "device.uptime": UPTIME,
                "device.host_status": STATUS_LINES,
            }
        ).encode(),
        WHOLE,
    ),
]


def test_the_flags_stand_where_the_manual_puts_them() -> None:
    """One field off, and an open head reads as a ribbon."""
    letters = {"b": "paper_out", "c": "paused", "f": "buffer_full", "g": "diagnostic", "h": "partial"}
    letters |= {"j": "ram_corrupt", "k": "under_temperature", "l": "over_temperature"}
    plain = ["030", "0", "0", "1245", "000", "0", "0", "0", "000", "0", "0", "0"]
    quiet = "000,0,0,0,1,2,4,0,00000000,1,000"
    for place, letter in enumerate("abcdefghijkl"):
        if letter in letters:
            raised = ",".join([*plain[:place], "1", *plain[place + 1 :]])
            assert parse_host_status((raised, quiet, THIRD)) == HostStatus(**{letters[letter]: True})
    waiting = parse_host_status((",".join(plain).replace(",000,0,0,0,000", ",012,0,0,0,000"), quiet, THIRD))
    assert waiting == HostStatus(formats=12)
    second = parse_host_status((",".join(plain), "000,0,0,1,1,1,4,1,00000007,1,000", THIRD))
    assert second == HostStatus(ribbon_out=True, label_waiting=True, remaining=7)


@pytest.mark.parametrize(("dialect", "answer", "seen"), ANSWERS, ids=lambda value: getattr(value, "name", ""))
def test_an_answer_is_read_once_it_is_whole_and_not_before(dialect: Dialect, answer: bytes, seen: Observation) -> None:
    """Replies come in any pieces; half a reply must not be taken for a status."""
    assert dialect.read(answer) == seen
    for end in range(len(answer.rstrip(b"\r\n"))):
        assert dialect.read(answer[:end]) is None


def test_what_was_said_before_the_silence_counts() -> None:
    """A printer with an open head may answer everything but its status: that is news, not an outage."""
    assert GETVAR.rest(QUOTED) == Observation("VZ1", 4711, 9930, None)
    assert PRINT_PORT.rest(FRAMED) == Observation(flags=SEEN)
    assert PRINT_PORT.rest(b"").silent
    assert JSON.rest(b'{"device.unique_id":"VZ1"').silent
    assert JSON.read(b'{"device.unique_id":"VZ1"}') == Observation("VZ1")


def test_an_unknown_name_is_no_value() -> None:
    """Old firmware says "?"; as a serial it would make every printer the same one."""
    assert GETVAR.read(b'"?""?""?""?"') == Observation()


@pytest.mark.parametrize(
    "lines",
    [
        (FIRST, SECOND),
        (FIRST, SECOND, THIRD, THIRD),
        (FIRST + ",0", SECOND, THIRD),
        (FIRST, SECOND.replace("1,2", "1"), THIRD),
        (FIRST.replace("1245", "-1"), SECOND, THIRD),
        (FIRST.replace("1245", "12x5"), SECOND, THIRD),
        (FIRST.replace("1245", "²"), SECOND, THIRD),
        (FIRST, SECOND, "1234"),
    ],
)
def test_a_status_of_another_form_is_refused(lines: tuple[str, ...]) -> None:
    """Guessing at a shifted status is how an empty printer counts as full."""
    with pytest.raises(Garbled, match="host status"):
        parse_host_status(lines)


@given(st.sampled_from([dialect for dialect, _, _ in ANSWERS]), st.binary(max_size=200))
def test_noise_is_garbled_or_no_answer(dialect: Dialect, noise: bytes) -> None:
    """A device that talks nonsense must not crash the lane."""
    for read in (dialect.read, dialect.rest):
        try:
            looked = read(noise)
        except Garbled:
            continue
        assert looked is None or isinstance(looked, Observation)


_NINES = b"9" * 5000


@pytest.mark.parametrize(
    ("dialect", "answer"),
    [
        (JSON, b'{"odometer.total_label_count":"' + _NINES + b'"}'),
        (JSON, b'{"odometer.total_label_count":' + _NINES + b"}"),
        (JSON, b'{"device.uptime":"' + _NINES + b' days"}'),
        (JSON, b'{"a":' + b"[" * 8000 + b"}"),
        (JSON, b'{"a":' * 1600 + b"}"),
        (GETVAR, b'"VZ1""' + _NINES + b'""' + _NINES + b' days""?"'),
        (PRINT_PORT, FRAMED.replace(b"1245", _NINES) + QUOTED),
        (WITHIN_FORMAT, FRAMED.replace(b"00000003", _NINES)),
    ],
)
def test_a_device_that_overdoes_it_is_garbled_or_tells_nothing(dialect: Dialect, answer: bytes) -> None:
    """Python refuses to read thousands of digits or levels; let through, it counted as our bug and took the printer out."""
    for read in (dialect.read, dialect.rest):
        try:
            looked = read(answer)
        except Garbled:
            continue
        assert looked is None or (looked.odometer, looked.uptime_s) == (None, None)


HOSTILE_UPTIMES = [
    "1min" + "a" * 950 + " " * 1900 + "1",
    "1 days" + "x" * 7000,
    "1 hour" * 1000,
    " " * 8000 + "1",
    "9" * 8000 + " days",
    "1 day 1 day",
    "1 sec 1 min",
]


@pytest.mark.parametrize("text", HOSTILE_UPTIMES, ids=range(len(HOSTILE_UPTIMES)))
def test_no_uptime_costs_more_than_a_glance(text: str) -> None:
    """The first one took 7 s, in which the whole daemon stood: a few kB from a port that anybody may have taken over."""
    began = time.process_time()
    assert parse_uptime(text) is None
    for dialect, answer in ((JSON, json.dumps({"device.uptime": text})), (GETVAR, f'"VZ1""1""{text}""?"')):
        assert dialect.read(answer.encode()) in (Observation(), Observation("VZ1", 1))
    assert time.process_time() - began < 1.0


HOSTILE = ["\ud800", "S\x1b]0;pwned\x07\n\rX", "V\u202e", "S" * 5000, "\x00"]


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_a_device_cannot_name_itself_so_that_others_suffer(text: str) -> None:
    """Its serial stands in the log and in a commit with other printers' troubles."""
    look = JSON.read(json.dumps({"device.unique_id": text, "odometer.total_label_count": "9" * 15}).encode())
    assert look is not None
    assert fault_in(PrinterStatus(PrinterState.IDLE, serial=look.serial or "", odometer=look.odometer)) == ""
    assert fault_in_snapshot(look.to_snapshot()) == ""


@given(st.integers(0, 10**8))
def test_uptime_comes_back(seconds: int) -> None:
    """A restart is found by a clock that went back."""
    minutes, second = divmod(seconds, 60)
    hours, minute = divmod(minutes, 60)
    days, hour = divmod(hours, 24)
    assert parse_uptime(f"{days:02d} days {hour:02d} hours {minute:02d} mins {second:02d} secs") == seconds


@pytest.mark.parametrize("text", ["", "soon", "12", "12:30:00", "1 week", "days"])
def test_another_uptime_is_unknown(text: str) -> None:
    """A misread uptime would refute labels."""
    assert parse_uptime(text) is None


@given(
    st.builds(
        Observation,
        st.none() | st.text(max_size=10),
        st.none() | st.integers(0),
        st.none() | st.integers(0),
        st.none() | st.builds(HostStatus, paper_out=st.booleans(), formats=st.integers(0, 999), partial=st.booleans()),
    )
)
def test_a_stored_snapshot_gives_the_same_look(look: Observation) -> None:
    """After kill -9 the verdict rests on what the row holds."""
    stored = json.loads(json.dumps(look.to_snapshot()))
    assert Observation.from_snapshot(stored) == look


@pytest.mark.parametrize("damage", [{"formats": True}, {"partial": 0}, {"odometer": "4"}, {"serial": 5}, {"odometer": True}])
def test_a_damaged_snapshot_is_not_an_answer(damage: dict[str, str | int | bool | None]) -> None:
    """A row of another version must not be read as a proof."""
    look = Observation.from_snapshot(WHOLE.to_snapshot() | damage)
    assert None in (look.flags, look.odometer, look.serial)


def test_nothing_stored_is_silence() -> None:
    """An attempt that died before its first look has an empty snapshot."""
    assert Observation.from_snapshot({}).silent
