"""The virtual printer's CPCL: sessions, pictures, escape commands. The bytes are written from the manual."""

from functools import partial

import pytest

from support import virtual_devices
from support.virtual_devices import black
from waybilld_printers.virtual import faults

make = partial(virtual_devices.make, "cpcl")
only = partial(virtual_devices.only, "cpcl")

ONE = b"! 0 200 200 8 1\r\nPW 24\r\nCG 1 2 8 2 \x81\xff\r\nFORM\r\nPRINT\r\n"
WAIT = ONE.replace(b"PW 24", b"ON-OUT-OF-PAPER WAIT 2\r\nPW 24")


def test_a_session_prints_its_picture() -> None:
    """One is black; the session from ! to PRINT is the label, byte for byte."""
    label = only(b"\r\n" + ONE)
    assert (label.raw, label.complaints, label.width, label.length) == (ONE, (), 24, 8)
    assert black(label) == {(8, 2), (15, 2), *((x, 3) for x in range(8, 16))}


def test_the_example_of_the_manual() -> None:
    """EG with its digits over two lines; a reader that stops at the line end would print half a picture."""
    digits = b"F0F0F0F0F0F0F0F00F0F0F0F0F0F0F0F\r\n" * 2
    label = only(b"! 0 200 200 210 1\r\nEG 2 16 90 45 " + digits + b"FORM\r\nPRINT\r\n")
    squares = black(label)
    assert len(squares) == 128
    assert {(90, 45), (93, 48), (94, 49), (98, 45)} <= squares
    assert (94, 45) not in squares


def test_offset_and_width() -> None:
    """The offset of the first line shifts every field; the width stays for the next session."""
    device = make(None)
    device.receive(ONE.replace(b"! 0 ", b"! 3 ") + ONE.replace(b"PW 24\r\n", b""), 0.0)
    first, second = (entry.label for entry in device.advance(0.0))
    assert first is not None and second is not None
    assert (min(black(first)), second.width) == ((11, 2), 24)


def test_quantity_abort_and_utilities() -> None:
    """A wrong number of labels is a wrong parcel; ABORT and utilities print none."""
    device = make(None)
    device.receive(ONE.replace(b" 1\r\nPW", b" 3\r\nPW"), 0.0)
    device.receive(b"! 0 200 200 8 1\r\nABORT\r\n! UTILITIES\r\nSETFF 1 2\r\nPRINT\r\n", 0.0)
    assert len(device.advance(0.0)) == 3


def test_what_it_does_not_know_is_told() -> None:
    """Text that is not drawn must not pass for printed text."""
    label = only(b'stray! U1 getvar "x"\r\n! 0 100 100 8 1\r\nTEXT 4 0 1 1 hi\r\nWHAT\r\nEG 1 1 0 0 xx\r\nPRINT\r\n')
    assert label.complaints == (
        "5 stray bytes before the session",
        "not supported: ! U1",
        "not supported: a resolution of 100 x 100",
        "not drawn: TEXT",
        "unknown command: WHAT",
        "refused: EG with a character that is no digit",
        "unknown command: XX",
    )


def test_the_status_byte() -> None:
    """Busy, paper, latch, reset since: bit 4 is how a daemon learns that a label was lost with the power."""
    device = make()
    assert device.receive(b"\x1bh", 0.0) == b"\x10"
    assert device.receive(b"\x1bN\x1bh", 0.0) == b"\x00"
    device.receive(WAIT, 0.0)
    assert device.receive(b"\x1bh", 0.5) == b"\x01"
    device.paper_out(0.5)
    assert device.receive(b"\x1bh", 9.0) == b"\x03"
    device.load(9.0)
    assert (device.receive(b"\x1bh", 10.0), len(device.advance(10.0))) == (b"\x00", 1)
    device.head(11.0, is_open=True)
    assert device.receive(b"\x1bh", 11.0) == b"\x04"
    device.power_cycle(12.0)
    assert device.receive(b"\x1bh", 12.0) == b"\x14"


def test_other_answers() -> None:
    """Ribbon, paper low and jam stand in the extended byte; the count survives until it is cleared."""
    device = make(None, serial="C1", media_left=9)
    assert device.receive(b"\x1bi", 0.0) == b"\x40"
    device.load(0.0)
    for fault, cure, bit in (("jam", "unjam", b"\x10"), ("ribbon-out", "ribbon-load", b"\x80")):
        faults.perform(device, fault, 0.0)
        assert device.receive(b"\x1bi", 0.0) == bit
        faults.perform(device, cure, 0.0)
    assert device.receive(b"\x1bv", 0.0) == b"ZQ520 V81.20.21Z C1\0"
    assert device.receive(ONE * 3 + b"\x1bJRU", 0.0) == b"\x00\x03"
    assert device.receive(b"\x1bJWaccNVMU\x1bJRU", 0.0) == b"\x00\x00"


def test_no_answer_inside_a_session() -> None:
    """The manual forbids to ask there; a daemon whose label was cut off asks and hears nothing."""
    device = make(None)
    device.receive(ONE[:-20], 0.0)
    assert device.status(0.0).partial
    assert device.receive(b"\x1bh", 0.0) == b""
    device.receive(b"\r\nABORT\r\n", 0.0)
    assert device.receive(b"\x1bh", 0.0) == b"\x10"


@pytest.mark.parametrize(("job", "out"), [(ONE, 0), (WAIT, 1)])
def test_what_paper_out_leaves_behind(job: bytes, out: int) -> None:
    """PURGE is the default: the interrupted label is gone, and only asking tells."""
    device = make()
    device.receive(job, 0.0)
    device.paper_out(0.5)
    device.load(5.0)
    assert len(device.advance(99.0)) == out
