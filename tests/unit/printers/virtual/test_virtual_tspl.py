"""The virtual printer's TSPL: what it makes of jobs, pictures and questions. The bytes are written from the manual."""

from functools import partial

import pytest

from support import virtual_devices
from support.virtual_devices import black, labels
from waybilld_printers.virtual import faults

make = partial(virtual_devices.make, "tspl")
only = partial(virtual_devices.only, "tspl")

SETUP = b"SIZE 3 mm,1 mm\r\nGAP 2 mm,0 mm\r\nDIRECTION 0\r\nREFERENCE 0,0\r\nCLS\r\n"
ONE = SETUP + b"BITMAP 8,2,1,2,0,\x7e\x00\r\nPRINT 1,1\r\n"


def test_a_job_prints_its_picture() -> None:
    """Zero is black in BITMAP: a device that had it the other way round would excuse an inverted label."""
    label = only(ONE)
    assert (label.raw, label.complaints, label.quantity) == (ONE, (), 1)
    assert (label.width, label.length) == (24, 8)
    assert black(label) == {(8, 2), (15, 2), *((x, 3) for x in range(8, 16))}


@pytest.mark.parametrize(
    ("job", "expected"),
    [
        (b"REFERENCE 4,1\r\nBITMAP 1,2,1,1,0,\x7f\r\n", {(5, 3)}),
        (b"SHIFT 3\r\nBITMAP 1,2,1,1,0,\x7f\r\n", {(1, 5)}),
        (b"DIRECTION 1\r\nBITMAP 0,0,1,1,0,\x7f\r\n", {(23, 7)}),
        (b"DIRECTION 0,1\r\nBITMAP 0,0,1,1,0,\x7f\r\n", {(23, 0)}),
        (b"BITMAP 0,0,1,1,0,\x0f\r\nBITMAP 0,0,1,1,0,\xfe\r\n", {(7, 0)}),
        (b"BITMAP 0,0,1,1,0,\x0f\r\nBITMAP 0,0,1,1,1,\xfe\r\n", {(0, 0), (1, 0), (2, 0), (3, 0), (7, 0)}),
        (b"BITMAP 0,0,1,1,0,\x0f\r\nBITMAP 0,0,1,1,2,\x3f\r\n", {(2, 0), (3, 0)}),
    ],
)
def test_where_and_how_a_picture_lands(job: bytes, expected: set[tuple[int, int]]) -> None:
    """Settings of an earlier job shift a label on real devices; the modes are overwrite, or, exclusive or."""
    assert black(only(b"SIZE 24 dot,8 dot\r\nCLS\r\n" + job + b"PRINT 1\r\n")) == expected


def test_sizes_have_three_units() -> None:
    """Inches without a unit: a driver that forgets the unit gets a label 25 times as large."""
    sizes = [only(b"SIZE %s\r\nCLS\r\nPRINT 1\r\n" % text) for text in (b"1,2", b"10 mm,20 mm", b"30 dot,40 dot")]
    assert [(label.width, label.length) for label in sizes] == [(203, 406), (80, 160), (30, 40)]


def test_without_cls_the_last_label_is_still_there() -> None:
    """Else an encoder that forgets CLS would look right here and print two addresses on paper."""
    device = make(None)
    device.receive(ONE + b"BITMAP 0,0,1,1,1,\x7f\r\nPRINT 1\r\n", 0.0)
    first, second = labels(device.advance(0.0))
    assert black(second) == black(first) | {(0, 0)}


def test_copies_and_complaints() -> None:
    """A wrong number of copies is a wrong parcel; text that is not drawn must not pass for printed text."""
    device = make(None)
    device.receive(b'CLS\r\nTEXT 1,1,"3",0,1,1,"x"\r\nWHAT 1\r\nSIZE wide\r\nBITMAP 1,1,x,1,0,\r\nPRINT 2,3\r\n', 0.0)
    printed = labels(device.advance(0.0))
    assert len(printed) == 6
    assert printed[0].complaints == (
        "not drawn: TEXT",
        "unknown command: WHAT",
        "not understood: SIZE wide",
        "not understood: BITMAP 1,1,x,1,0,",
    )


def test_the_status_byte() -> None:
    """Bit by bit as the manual has it: head, jam, paper, ribbon, pause, printing."""
    device = make()
    assert device.receive(b"\x1b!?", 0.0) == b"\x00"
    device.receive(ONE, 0.0)
    assert device.receive(b"\x1b!?", 0.5) == b"\x20"
    assert (device.receive(b"\x1b!?", 1.0), len(device.advance(1.0))) == (b"\x00", 1)
    for fault, cure, bit in (
        ("head-open", "head-close", 1),
        ("jam", "unjam", 2),
        ("paper-out", "load", 4),
        ("ribbon-out", "ribbon-load", 8),
        ("pause", "resume", 16),
    ):
        faults.perform(device, fault, 2.0)
        assert device.receive(b"\x1b!?", 2.0) == bytes([bit])
        faults.perform(device, cure, 2.0)
        assert device.receive(b"\x1b!?", 2.0) == b"\x00"


def test_the_four_status_bytes() -> None:
    """Framed by STX, ETX, CR and LF; a probe parses them strictly."""
    device = make(media_left=5)
    assert device.receive(b"\x1b!S", 0.0) == b"\x02@A@@\x03\r\n"
    device.load(0.0)
    assert device.receive(b"\x1b!S", 0.0) == b"\x02@@@@\x03\r\n"
    device.receive(ONE, 0.0)
    assert device.receive(b"\x1b!S", 0.5) == b"\x02P@@@\x03\r\n"
    device.pause(0.5)
    device.head(0.6, is_open=True)
    device.paper_out(0.6)
    assert device.receive(b"\x1b!S", 0.7) == b"\x02EA@a\x03\r\n"


def test_questions_are_answered_in_an_error_and_beyond_a_full_buffer() -> None:
    """The manual: "at any time, even in the event of printer error". That is when a daemon asks."""
    device = make(buffer_bytes=len(ONE))
    device.head(0.0, is_open=True)
    device.receive(ONE, 0.0)
    assert device.status(0.0).buffer_full
    assert device.receive(b"\x1b!?", 0.0) == b"\x01"
    room = device.room(0.0)
    device.receive(ONE[:room], 0.0)
    assert device.room(0.0) == 0


def test_a_picture_that_was_cut_off_swallows_what_follows() -> None:
    """Nothing but a loss of power frees such a device: a daemon that sends the next label prints rubbish."""
    device = make(None)
    cut = ONE.index(b"\x7e") + 1
    device.receive(ONE[:cut], 0.0)
    assert device.receive(b"\x1b", 0.0) == b""
    assert device.receive(b"!?", 0.0) == b""
    device.power_cycle(0.0)
    assert device.receive(b"\x1b!?", 0.0) == b"\x00"


def test_immediate_commands() -> None:
    """Reset loses every label; the others pause, go on, feed and cancel, and can be switched off."""
    device = make()
    device.receive(ONE * 2 + b"\x1b!P", 0.0)
    assert (len(device.advance(9.0)), device.status(9.0).paused) == (1, True)
    device.receive(b"\x1b!O", 9.0)
    assert len(device.advance(99.0)) == 1
    device.receive(b"\x1b!F", 99.0)
    assert [(entry.kind, entry.odometer) for entry in device.advance(99.0)] == [("foreign", 2)]
    device.receive(ONE * 3 + b"\x1b!.", 99.0)
    assert len(device.advance(199.0)) == 1
    device.receive(b"\x1b!D\x1b!R\x1b!?", 199.0)
    assert (device.boots, device.receive(b"~!E\r\n\x1b!?", 199.0)) == (1, b"\x00")
    device.receive(ONE + b"\x1b!R" + ONE, 199.0)
    assert (device.boots, device.advance(299.0)) == (2, [])


def test_reprint_after_an_error() -> None:
    """SET REPRINT says whether the label is owed; a failover that ignores it prints twice, or never."""
    for setting, out in ((b"ON", 1), (b"OFF", 0)):
        device = make()
        device.receive(b"SET REPRINT " + setting + b"\r\n" + ONE, 0.0)
        device.paper_out(0.5)
        device.load(5.0)
        assert len(device.advance(99.0)) == out


def test_out_after_eoj_waits_for_the_paper() -> None:
    """The echo that tells printed from received; without EOJ it tells nothing."""
    device = make()
    assert device.receive(ONE + b'OUT "now"\r\n', 0.0) == b"now\r\n"
    assert device.receive(b'EOJ\r\nOUT "id 1"\r\n', 0.5) == b""
    assert (device.speak(0.9), device.next_due()) == (b"", 1.0)
    assert (device.speak(1.0), len(device.advance(1.0))) == (b"id 1\r\n", 1)


def test_questions_with_a_tilde_wait_for_readiness() -> None:
    """The manual: "returns the printer status only when the printer is ready"."""
    device = make(serial="T1")
    device.counters = device.counters.__class__(length_dots=17_000_000)
    assert device.receive(b"~!T\r\n~!@\r\n", 0.0) == b"TE200 T1\r2\r"
    device.head(0.0, is_open=True)
    assert device.receive(b"~!T\r\n", 0.0) == b""
    device.head(1.0, is_open=False)
    assert device.speak(1.0) == b"TE200 T1\r"


def test_there_is_no_status_port() -> None:
    """Port 9200 is Zebra's alone."""
    device = make()
    assert not device.has_status_port
    assert device.ask(b"\x1b!?", 0.0) == b""
