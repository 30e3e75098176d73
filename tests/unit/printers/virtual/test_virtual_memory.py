"""The virtual printer's ports in memory behave as its real ones; else tests in memory prove nothing about sockets."""

from __future__ import annotations

import pytest

from waybilld_printers.virtual.__main__ import USAGE, main
from waybilld_printers.virtual.device import Device, DeviceConfig
from waybilld_printers.virtual.languages import load
from waybilld_printers.virtual.memory import UNREAD_BYTES, MemoryPrinter
from waybilld_printers.virtual.script import ScriptError
from waybilld_sdk.context import Stream
from waybilld_sdk.testing.context import FakeContext
from waybilld_sdk.testing.run import run_now

LABEL = b"^XA^PW80^LL80^FO8,8^GFA,2,2,1,FF81^FS^XZ"
RASTER = b"\x1b@\x1dv0\x00\x02\x00\x04\x00" + b"\xff\x01\x7f\xfd\x7f\xfd\x80\x01" + b"\x1bd\x03\x1dVB\x00"


class Desk:
    """A printer and its clock."""

    def __init__(self, config: DeviceConfig | None = None, **options: bytes) -> None:
        self.ctx = FakeContext()
        config = config or DeviceConfig(labels_per_second=5.0)
        self.printer = MemoryPrinter(config, self.ctx, **options)  # type: ignore[arg-type]
        self.ctx.connect(self.printer.dial)

    def dial(self, port: int = 9100) -> Stream:
        return run_now(self.ctx.dial("printer", port, send_buffer=8192, user_timeout=15, connect_timeout=3))


def test_the_oldest_connection_is_read_and_the_next_one_waits() -> None:
    """Two computers at one printer: the second one's label comes out once the first one has hung up."""
    desk = Desk()
    first, second = desk.dial(), desk.dial()
    run_now(second.write(LABEL))
    assert run_now(second.acked(1))
    desk.ctx.advance(1)
    assert desk.printer.labels_out() == 0
    run_now(first.close())
    desk.ctx.advance(1)
    assert desk.printer.labels_out() == 1


def test_a_connection_that_waited_and_was_closed_leaves_what_it_sent() -> None:
    """TCP delivers what it took, also after the sender has gone; an adapter that closed has taken nothing back."""
    desk = Desk()
    first, second, third = desk.dial(), desk.dial(), desk.dial()
    run_now(second.write(LABEL))
    run_now(second.close())
    run_now(third.close())
    run_now(first.close())
    desk.ctx.advance(1)
    assert desk.printer.labels_out() == 1


@pytest.mark.parametrize("at", range(1, len(LABEL) + 1))
def test_a_reset_lets_a_prefix_arrive(at: int) -> None:
    """Bytes behind the break never arrive, and nobody who waits afterwards is told that they did."""
    desk = Desk()
    desk.printer.tell(f"reset-at {at}")
    stream = desk.dial()
    run_now(stream.write(LABEL))
    with pytest.raises(ConnectionResetError):
        run_now(stream.acked(1))
    with pytest.raises(ConnectionResetError):
        run_now(stream.write(b"more"))
    status = desk.printer.device.status(desk.printer.now())
    assert status.partial == (at > 3)
    assert desk.printer.labels_out() == 0


def test_a_device_that_hangs_takes_what_the_kernels_hold_and_no_more() -> None:
    """A write to it must end: an adapter that waits for ever keeps its lane for ever."""
    desk = Desk()
    stream = desk.dial()
    desk.printer.tell("stall")
    run_now(stream.write(LABEL))
    assert run_now(stream.acked(1))
    assert run_now(stream.read(10, 2.0)) == b""
    began = desk.ctx.monotonic()
    with pytest.raises(ConnectionAbortedError, match="took nothing"):
        run_now(stream.write(bytes(UNREAD_BYTES)))
    assert 60 <= desk.ctx.monotonic() - began < 61


def test_the_power_ends_every_connection() -> None:
    """Also those of the status port, and what was in print is gone."""
    desk = Desk()
    streams = [desk.dial(), desk.dial(9200)]
    run_now(streams[0].write(LABEL))
    desk.printer.tell("power-cycle 2")
    for stream in streams:
        with pytest.raises(ConnectionResetError):
            run_now(stream.read(1, 0.0))
    for port in (9100, 9200):
        with pytest.raises(ConnectionRefusedError):
            desk.dial(port)
    desk.ctx.advance(3)
    desk.dial()
    assert desk.printer.labels_out() == 0


def test_an_answer_is_there_when_it_is_due_and_no_sooner() -> None:
    """A question that is answered late, in pieces, must find a reader that waits as one does on a socket."""
    desk = Desk()
    desk.printer.tell("trickle 40 0.5")
    stream = desk.dial(9200)
    run_now(stream.write(b"~HS"))
    first = run_now(stream.read(100, 0.1))
    began = desk.ctx.monotonic()
    assert len(first) == 40
    assert len(run_now(stream.read(100, 5.0))) == 40
    assert 0.3 < desk.ctx.monotonic() - began < 0.6


def test_half_a_label_that_was_cut_off_is_no_label() -> None:
    """On continuous paper it is a piece like any other; a rig that counted it would call a good adapter a doubler."""
    desk = Desk(DeviceConfig(language="escpos", labels_per_second=None), meant=RASTER)
    stream = desk.dial()
    run_now(stream.write(RASTER[:15]))
    run_now(stream.write(bytes(100) + b"\x1b@\x1dVB\x00"))
    run_now(stream.write(RASTER))
    assert desk.printer.labels_out() == 1
    assert [printed.kind for printed in desk.printer.printed].count("format") == 2
    with pytest.raises(ValueError, match="these print 2"):
        Desk(DeviceConfig(language="escpos"), meant=RASTER + RASTER)


def test_what_cannot_be_done_is_said() -> None:
    """A fault that did not happen would let every test pass."""
    desk = Desk()
    with pytest.raises(ValueError, match="did you mean paper-out"):
        desk.printer.tell("paper-uot")
    with pytest.raises(ScriptError):
        desk.printer.follow("at lable 1: reset")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("no_such_module:Thing", "cannot be imported"),
        ("io:NoSuchThing", "io has no NoSuchThing"),
        ("io:", "has no factory"),
        (":Thing", "cannot be imported"),
        ("io:SEEK_SET", "io has no SEEK_SET that makes"),
    ],
)
def test_a_language_that_is_not_there_is_a_mistake_at_the_command_line(
    text: str, why: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """A traceback would send its author looking in our code."""
    with pytest.raises(ValueError, match=why):
        load(text)
    with pytest.raises(SystemExit) as left:
        main(["--language", text])
    assert left.value.code == USAGE
    assert why in capsys.readouterr().err


def test_an_unknown_language_is_named_with_the_known_ones(capsys: pytest.CaptureFixture[str]) -> None:
    """A slip of the pen."""
    with pytest.raises(SystemExit):
        main(["--language", "zlp"])
    assert "zlp is not one of zpl, tspl" in capsys.readouterr().err
    with pytest.raises(ValueError, match="zpl, tspl, escpos, cpcl"):
        Device(DeviceConfig(language="zlp"))
