"""The virtual printer's ESC/POS: paper that prints as data arrives, and questions. The bytes are written from the manual."""

from functools import partial

import pytest

from support import virtual_devices
from support.virtual_devices import black
from waybilld_printers.virtual import faults

make = partial(virtual_devices.make, "escpos")

START, CUT = b"\x1b@", b"\x1dV\x01"
ROW_S = 1 / 1216
"""Seconds a row at one six-inch label a second."""


def raster(rows: bytes, mode: int = 0, row: int = 1) -> bytes:
    return b"\x1dv0" + bytes([mode, row, 0, len(rows) // row, 0]) + rows


def echo(identity: bytes) -> bytes:
    return b"\x1d(H\x06\x0000" + identity


PICTURE = raster(b"\x81\xff\x00\x18")
ONE = START + PICTURE + CUT


EYE = {(0, 0), (7, 0), *((x, 1) for x in range(8)), (3, 3), (4, 3)}


def test_a_cut_ends_a_piece_of_paper() -> None:
    """One is black in a raster; the piece is what stands between two cuts, and its bytes are those of the document."""
    device = make(None)
    device.receive(b"\x1da\x00" + ONE + START + ONE, 0.0)
    first, second = device.advance(0.0)
    for printed in (first, second):
        assert printed.label is not None
        assert (printed.kind, printed.label.raw, printed.label.length) == ("format", ONE, 4)
        assert black(printed.label) == EYE
    assert (first.odometer, second.odometer) == (1, 2)


@pytest.mark.parametrize(
    ("job", "length", "expected"),
    [
        (raster(b"\xa0", 1), 1, {(0, 0), (1, 0), (4, 0), (5, 0)}),
        (raster(b"\xa0", 2), 2, {(0, 0), (2, 0), (0, 1), (2, 1)}),
        (raster(b"\x80") + b"\x1bJ\x05" + raster(b"\x40"), 7, {(0, 0), (1, 6)}),
        (b"\x1b3\x04\x1bd\x03" + raster(b"\x80"), 13, {(0, 12)}),
        (b"\x1dL\x08\x01" + raster(b"\x80"), 1, {(264, 0)}),
        (b"\x1ba\x02" + raster(b"\x01"), 1, {(831, 0)}),
        (raster(b"\x80") + b"\x1dVB\x07", 8, {(0, 0)}),
    ],
)
def test_where_rows_land(job: bytes, length: int, expected: set[tuple[int, int]]) -> None:
    """Margins and justification of an earlier job move a label; feeds make it longer."""
    device = make(None)
    device.receive(START + job + (b"" if b"\x1dV" in job else CUT), 0.0)
    (printed,) = device.advance(0.0)
    assert printed.label is not None
    assert (printed.label.length, black(printed.label)) == (length, expected)


def test_half_a_body_leaves_half_a_label_on_paper() -> None:
    """A receipt printer streams: what has arrived is printed. The next job's start is where a person tears it off."""
    device = make(None)
    half = START + raster(b"\xaa" * 200)[:10]
    clear = b"\x10\x14\x08\x01\x03\x14\x01\x06\x02\x08"
    device.receive(half, 0.0)
    assert (device.advance(0.0), device.status(0.0).partial) == ([], True)
    assert device.receive(clear, 0.0) == b"\x37\x25\0"
    device.receive(ONE, 0.0)
    torn, whole = device.advance(0.0)
    assert torn.label is not None and whole.label is not None
    # In the middle of a picture the bytes of the command are pixels as well.
    assert (torn.kind, torn.odometer, torn.label.raw, torn.label.length) == ("half", 0, half + clear, 12)
    assert (whole.kind, whole.odometer, whole.label.raw) == ("format", 1, ONE)


@pytest.mark.parametrize("accident", ["power-cycle 0", "feed uncounted", "half"])
def test_what_hangs_out_comes_off(accident: str) -> None:
    """A half label that nobody sees in the tray would hide the duplicate that follows it."""
    device = make(None)
    device.receive(START + PICTURE[:-2], 0.0)
    assert faults.perform(device, accident, 0.0)["ok"]
    first, *_ = device.advance(0.0)
    assert (first.kind, black(first.label)) == ("half", {(x, y) for x, y in EYE if y < 2})
    device.receive(PICTURE[-2:] + CUT, 0.0)
    rest = [entry.kind for entry in device.advance(0.0)]
    assert rest == ["format" if "power" in accident else "half"]


def test_a_new_roll_in_the_middle_makes_two_halves() -> None:
    """The printer goes on by itself and echoes the id: proof of print for a label in two pieces of paper."""
    device = make()
    device.receive(ONE + START + raster(b"\xff" * 200) + raster(b"\xff" * 200) + CUT + echo(b"0001"), 0.0)
    assert len(device.advance(100 * ROW_S)) == 1
    device.paper_out(300 * ROW_S)
    assert device.speak(99.0) == b""
    device.load(99.0)
    assert device.speak(100.0) == b"\x37\x22" + b"0001" + b"\0"
    assert [entry.kind for entry in device.advance(100.0)] == ["half", "half"]


def test_without_a_cutter_the_next_start_tears() -> None:
    """Fed for tearing it is whole; else a part of it is still under the head."""
    device = make(None)
    device.receive(START + PICTURE + b"\x1bd\x05" + START + PICTURE + START, 0.0)
    assert [entry.kind for entry in device.advance(0.0)] == ["format", "half"]


def test_the_echo_comes_when_the_paper_has_come_out() -> None:
    """Function 48 of GS ( H is the proof of print: an echo at reception would prove nothing."""
    device = make()
    rows = 200
    assert device.receive(START + raster(b"\xff" * rows) + CUT + echo(b"AB12"), 0.0) == b""
    due = device.next_due()
    assert due is not None
    assert abs(due - rows * ROW_S) < 1e-9
    assert device.speak(due - 0.001) == b""
    assert device.speak(due) == b"\x37\x22AB12\0"
    assert len(device.advance(due)) == 1
    assert device.receive(echo(b"\x1f\x1f\x1f\x1f"), due) == b""


def test_an_echo_is_lost_with_the_data_it_stands_behind() -> None:
    """The manual: cleared "without transmitting the process IDs that are related to the cleared data"."""
    device = make()
    device.receive(START + PICTURE + CUT + echo(b"0001") + b"\x10\x14\x08\x01\x03\x14\x01\x06\x02\x08", 0.0)
    assert (device.speak(99.0), device.advance(99.0)) == (b"", [])


def test_real_time_status() -> None:
    """Bits 1 and 4 are on, 0 and 7 off, which tells these bytes from every other; offline has its causes in 2, 3, 4."""
    device = make(media_left=50)

    def ask(now: float) -> bytes:
        return b"".join(device.receive(b"\x10\x04" + bytes([n]), now) for n in (1, 2, 3, 4))

    assert ask(0.0) == b"\x12\x12\x12\x12"
    for fault, cure, answer in (
        ("head-open", "head-close", b"\x1a\x16\x12\x12"),
        ("jam", "unjam", b"\x1a\x52\x1a\x12"),
        ("paper-out", "load 10", b"\x1a\x32\x12\x7e"),
    ):
        faults.perform(device, fault, 1.0)
        assert ask(1.0) == answer
        faults.perform(device, cure, 1.0)
    assert ask(2.0) == b"\x12\x12\x12\x1e"
    device.load(2.0)
    device.receive(START + raster(b"\xff" * 200), 2.0)
    device.head(2.01, is_open=True)
    assert ask(2.02) == b"\x1a\x56\x52\x12"


def test_pixels_can_be_commands() -> None:
    """A raster that holds the bytes of a real-time command executes it, and is printed all the same."""
    rows = b"\x10\x04\x01\x10\x14\x02\x01\x08"
    device = make(None)
    assert device.receive(START + b"\x1d(D\x03\x00\x14\x02\x00" + raster(rows) + CUT, 0.0) == b"\x12"
    (printed,) = device.advance(0.0)
    assert (printed.kind, device.boots) == ("format", 1)
    device.receive(START + b"\x1d(D\x03\x00\x14\x02\x01" + raster(rows) + CUT, 0.0)
    assert device.boots == 2


def test_questions_are_answered_in_an_error_and_beyond_a_full_buffer() -> None:
    """DLE EOT is read when it arrives; GS I waits behind the data, so that silence of the one is not death."""
    device = make(buffer_bytes=60)
    device.head(0.0, is_open=True)
    device.receive(ONE + b"\x1dI\x43" + raster(b"\xff" * (60 - len(ONE) - 11)), 0.0)
    assert device.status(0.0).buffer_full
    assert device.receive(b"\x10\x04\x02", 0.0) == b"\x16"
    device.head(1.0, is_open=False)
    assert device.speak(9.0) == b"_TM-T88VI\0"


def test_automatic_status_back() -> None:
    """Four bytes when it is switched on, and on every change; the first is 0xx1xx00, which tells them from DLE EOT's."""
    device = make()
    assert device.receive(b"\x1da\x0f", 0.0) == b"\x10\x00\x00\x0f"
    assert device.speak(0.0) == b""
    device.head(1.0, is_open=True)
    assert device.speak(1.0) == b"\x38\x00\x00\x0f"
    device.head(2.0, is_open=False)
    device.paper_out(2.0)
    assert device.speak(2.0) == b"\x18\x00\x0f\x0f"
    assert device.receive(b"\x1da\x00", 3.0) == b""
    device.load(3.0)
    assert device.speak(3.0) == b""


def test_who_it_is() -> None:
    """The serial is how a daemon notices that another device stands there."""
    device = make(serial="X7")
    assert device.receive(b"\x1dI\x43\x1dI\x44\x1dI\x01\x1dr\x01", 0.0) == b"_TM-T88VI\0_X7\0\x20\x00"


def test_what_it_does_not_know_is_told() -> None:
    """Text that is not drawn must not pass for printed text."""
    device = make(None)
    device.receive(START + b"hello\n\x1b~\x1d(H\x01\x00\x31" + PICTURE + CUT, 0.0)
    (printed,) = device.advance(0.0)
    assert printed.label is not None
    assert printed.label.complaints == ("not drawn: text", "unknown command: ESC ~", "not understood: GS ( H")
