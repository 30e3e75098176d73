"""The virtual printer as a state machine: time, errors, buffer, counters, faults. The test chooses the time."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from waybilld_printers.virtual import faults
from waybilld_printers.virtual.device import Counters, Device, DeviceConfig, NoRoom
from waybilld_printers.virtual.zpl import replies

ONE = b"^XA^PW16^LL80^FO0,0^GFA,2,2,1,FF81^FS^XZ"


def make(**changes: object) -> Device:
    return Device(DeviceConfig(labels_per_second=1.0, **changes))  # type: ignore[arg-type]


def out(device: Device, now: float) -> int:
    return len(device.advance(now))


def host_status(device: Device, now: float) -> list[list[str]]:
    """``~HS`` taken apart strictly by its framing."""
    answer = device.ask(b"~HS", now).decode()
    lines = answer.split("\x03\r\n")
    assert lines.pop() == ""
    assert all(line.startswith("\x02") for line in lines)
    return [line[1:].split(",") for line in lines]


def test_a_label_takes_its_time_and_counts_once() -> None:
    """Else evidence by odometer would be tried against a device that counts too early, or twice."""
    device = make()
    device.receive(ONE, 10.0)
    assert device.next_due() == 11.0
    assert (out(device, 10.9), device.counters.total) == (0, 0)
    (printed,) = device.advance(11.0)
    assert (printed.kind, printed.at, printed.odometer) == ("format", 11.0, 1)
    assert printed.label is not None
    assert printed.label.raw == ONE
    assert device.next_due() is None


def test_the_engine_is_a_queue() -> None:
    """Else a batch would come out at once, in the wrong order, or with gaps between labels."""
    device = make()
    device.receive(ONE + ONE.replace(b"FF81", b"0001") + b"^XA^PQ2^GFA,1,1,1,80^FS^XZ", 0.0)
    assert [printed.at for printed in device.advance(10.0)] == [1.0, 2.0, 3.0, 4.0]


def test_host_status_has_its_fields() -> None:
    """12, 11 and 2 fields, as the manual has it; else strict readers would be tried against a wrong device."""
    device = make(media_left=1)
    device.receive(ONE * 3 + b"^XA", 0.0)
    first, second, third = host_status(device, 0.5)
    assert [len(line) for line in (first, second, third)] == [12, 11, 2]
    assert first == ["030", "0", "0", "0080", "002", "0", "0", "1", "000", "0", "0", "0"]
    assert second == ["000", "0", "0", "0", "0", "2", "4", "0", "00000001", "1", "000"]
    assert third == ["0000", "0"]
    device.head(0.6, is_open=True)
    device.pause(0.6)
    device.ribbon(0.6, is_out=True)
    device.paper_out(0.6)
    first, second, _ = host_status(device, 0.7)
    assert (first[1], first[2], second[2], second[3]) == ("1", "1", "1", "1")


def test_other_answers() -> None:
    """Their shapes are what status probes parse; each is cited in ``replies``."""
    device = make(serial="S1", media_left=50)
    assert device.ask(b"~HI", 0.0) == b"\x02ZD421-203dpi ZPL,V93.21.17Z,8,8192KB,X\x03\r\n"
    device.paper_out(0.0)
    extended = device.ask(b"~HQES", 0.0).decode()
    assert (extended[70], extended[88], extended[0], extended[-3:]) == ("1", "1", "\x02", "\x03\r\n")
    device.load(0.0)
    device.pause(0.0)
    assert device.ask(b"~HQES", 0.0).decode()[70:89] == "1 00000000 00010000"
    questions = {
        "device.unique_id": '"S1"',
        "device.uptime": '"01 days 02 hours 03 mins 04 secs"',
        "device.pause": '"on"',
        "head.latch": '"ok"',
        "media.status": '"ok"',
        "odometer.total_label_count": '"0"',
        "odometer.total_print_length": '"0 INCHES, 0 CENTIMETERS"',
        "no.such.name": '"?"',
    }
    for name, answer in questions.items():
        assert device.ask(b'! U1 getvar "%s"\r\n' % name.encode(), 93784.9) == answer.encode()
    status = device.ask(b'! U1 getvar "device.host_status"\r\n', 0.0).decode()
    assert status == '"' + "\r\n".join(replies.host_status(device.status(0.0))) + '"'


def test_both_channels_answer_and_pieces_wait() -> None:
    """A question may be cut anywhere; half of one must neither be answered nor lost."""
    device = make(serial="S1")
    channel = device.channel()
    assert channel.ask(b'! U1 getvar "device.uni', 0.0) == b""
    assert channel.ask(b'que_id"\r\n~H', 0.0) == b'"S1"'
    assert channel.ask(b"I", 0.0).startswith(b"\x02ZD421")
    assert device.receive(b'! U1 getvar "device.unique_id"\r\n', 0.0) == b'"S1"'


@pytest.mark.parametrize(
    ("fault", "cure"), [("paper-out", "load"), ("head-open", "head-close"), ("ribbon-out", "ribbon-load")]
)
def test_an_error_spoils_the_label_and_it_prints_once_afterwards(fault: str, cure: str) -> None:
    """``^JZY``: the label is owed until the error is gone; a failover that ignores this prints twice."""
    device = make()
    device.receive(ONE, 0.0)
    faults.perform(device, fault, 0.9)
    assert out(device, 50.0) == 0
    assert (device.status(50.0).remaining, device.counters.total) == (1, 0)
    faults.perform(device, cure, 50.0)
    assert [printed.at for printed in device.advance(99.0)] == [51.0]
    assert device.counters.total == 1


def test_without_reprint_the_spoiled_label_is_gone() -> None:
    """``^JZN``: the device forgets the label, so the odometer never moves."""
    device = make()
    device.receive(b"^XA^JZN^XZ" + ONE, 0.0)
    device.head(0.5, is_open=True)
    device.head(1.0, is_open=False)
    assert out(device, 9.0) == 0
    assert device.status(9.0).remaining == 0


def test_a_pause_finishes_the_label_in_print() -> None:
    """The manual's ~PP; else a pause would be mistaken for a lost label."""
    device = make()
    device.receive(ONE * 2, 0.0)
    device.pause(0.5)
    assert out(device, 9.0) == 1
    assert device.status(9.0).formats == 1
    device.resume(9.0)
    assert out(device, 99.0) == 1


def test_pausing_by_quantity_and_by_command() -> None:
    """``^PQ4,2`` pauses after two; ~PP and ~PS do what the key does."""
    device = make()
    device.receive(b"^XA^PQ4,2^GFA,1,1,1,80^FS^XZ", 0.0)
    assert (out(device, 9.0), device.status(9.0).paused) == (2, True)
    device.receive(b"~PS", 9.0)
    assert out(device, 99.0) == 2
    device.receive(b"~PP" + ONE, 99.0)
    assert out(device, 999.0) == 0


@given(
    st.lists(
        st.tuples(
            st.floats(0, 3),
            st.sampled_from(
                [
                    "paper-out",
                    "load",
                    "load 2",
                    "head-open",
                    "head-close",
                    "pause",
                    "resume",
                    "stall",
                    "stall 0.4",
                    "unstall",
                ]
            ),
        ),
        max_size=25,
    ),
    st.integers(1, 5),
)
def test_whatever_happens_every_label_comes_out_exactly_once(troubles: list[tuple[float, str]], count: int) -> None:
    """The heart of the device: errors, pauses and stalls in any order delay labels but neither lose nor double one."""
    device = make()
    labels = [ONE.replace(b"FF81", b"%04X" % number) for number in range(count)]
    device.receive(b"".join(labels), 0.0)
    now = 0.0
    printed = []
    for wait, trouble in troubles:
        now += wait
        assert faults.perform(device, trouble, now)["ok"] or device.is_stalled
        printed += device.advance(now)
    for cure in ("unstall", "load", "head-close", "resume"):
        assert faults.perform(device, cure, now)["ok"]
    printed += device.advance(now + 100)
    assert [entry.label.raw for entry in printed if entry.label] == labels
    assert [entry.odometer for entry in printed] == list(range(1, count + 1))


def test_the_roll_ends_by_itself() -> None:
    """Else running out of paper could only be staged, never happen."""
    device = make(media_left=2)
    device.receive(ONE * 3, 0.0)
    assert out(device, 99.0) == 2
    status = device.status(99.0)
    assert (status.paper_out, status.formats, status.media_left) == (True, 1, 0)
    device.load(99.0, 10)
    assert (out(device, 200.0), device.status(200.0).media_left) == (1, 9)


def test_a_partial_format_waits_over_connections() -> None:
    """What real devices do: the bytes of a broken connection are still there when the next one sends."""
    device = make()
    device.receive(ONE[:-5], 0.0)
    assert device.status(1.0).partial
    assert out(device, 99.0) == 0
    device.receive(b"~JX", 99.0)
    assert not device.status(99.0).partial
    device.receive(ONE, 99.0)
    (printed,) = device.advance(199.0)
    assert printed.label is not None
    assert printed.label.raw == ONE


def test_cancelling_everything_finishes_the_label_in_print() -> None:
    """The manual's ~JA; a failover that cancels and does not look again would print that label twice."""
    device = make()
    device.receive(ONE * 3 + b"^XA^FO0,0", 0.0)
    device.receive(b"~JA", 0.5)
    status = device.status(0.5)
    assert (status.formats, status.remaining, status.partial) == (0, 1, False)
    assert out(device, 99.0) == 1


def test_cancelling_a_spoiled_label_drops_it() -> None:
    """Only then may another printer have it."""
    device = make()
    device.receive(ONE, 0.0)
    device.head(0.5, is_open=True)
    device.receive(b"~JA", 1.0)
    assert device.status(1.0).remaining == 0
    device.head(2.0, is_open=False)
    assert out(device, 99.0) == 0


def test_cancelling_one_format_pauses() -> None:
    """The manual's ~JP: the oldest format goes, the device pauses."""
    device = make()
    device.pause(0.0)
    device.receive(ONE + ONE.replace(b"FF81", b"0001") + b"~JP", 0.0)
    assert (device.status(0.0).formats, device.status(0.0).paused) == (1, True)
    device.resume(0.0)
    (printed,) = device.advance(99.0)
    assert printed.label is not None
    assert b"0001" in printed.label.raw


def test_the_buffer_fills_and_drains() -> None:
    """Else backpressure would never be seen, and a sender that ignores it never caught."""
    device = make(buffer_bytes=100)
    device.pause(0.0)
    assert device.room(0.0) == 100
    device.receive(ONE, 0.0)
    assert device.room(0.0) == 100 - len(ONE)
    device.receive(ONE[:10], 0.0)
    assert device.room(0.0) == 90 - len(ONE)
    with pytest.raises(NoRoom):
        device.receive(bytes(100), 0.0)
    device.receive(ONE[10:], 0.0)
    device.receive(ONE[: device.room(0.0)], 0.0)
    assert (device.room(0.0), host_status(device, 0.0)[0][5]) == (0, "1")
    device.resume(0.0)
    assert device.room(1.5) == 100
    assert out(device, 99.0) == 2


def test_a_format_larger_than_the_buffer_prints() -> None:
    """A page in hexadecimal is larger than any buffer; it is imaged as it arrives."""
    device = make(buffer_bytes=64)
    stream = b"^XA^PW80^LL80^GFA,400,400,10," + b"F0" * 400 + b"^FS^XZ"
    while stream:
        room = device.room(0.0)
        assert room > 0
        device.receive(stream[:room], 0.0)
        stream = stream[room:]
    assert out(device, 2.0) == 1


def test_a_stall_stops_the_world_and_loses_nothing() -> None:
    """A hanging device reads, prints and answers nothing; afterwards it goes on in the middle of the label."""
    device = make()
    channel = device.channel()
    device.receive(ONE, 0.0)
    device.stall(0.4, 10.0)
    assert (device.room(5.0), channel.ask(b"~HI", 5.0), out(device, 5.0)) == (0, b"", 0)
    assert out(device, 10.9) == 0
    assert out(device, 11.0) == 1
    assert channel.ask(b"", 11.0).startswith(b"\x02ZD421")


def test_power_loss_forgets_memory_and_keeps_the_odometer() -> None:
    """Labels in the buffer are gone and not counted: a daemon must find that out by asking."""
    device = make()
    device.receive(ONE * 3 + b"^XA^LH7,7^FO0,0", 0.0)
    assert out(device, 1.0) == 1
    boots = device.boots
    device.power_cycle(1.5, 10.0)
    assert device.boots == boots + 1
    assert (device.is_on, device.room(2.0), device.ask(b"~HS", 2.0)) == (False, 0, b"")
    assert not faults.perform(device, "pause", 2.0)["ok"]
    status = device.status(12.0)
    assert (status.on, status.formats, status.remaining, status.partial) == (True, 0, 0, False)
    assert (status.odometer, status.uptime, out(device, 99.0)) == (1, 0.5, 0)
    device.receive(ONE, 99.0)
    (printed,) = device.advance(199.0)
    assert printed.label is not None
    assert printed.label.graphics[0].x == 0


def test_a_reset_command_is_a_power_cycle() -> None:
    """~JR in a carrier's label would lose every buffered label; it must show."""
    device = make()
    device.receive(ONE + b"~JR" + ONE, 0.0)
    assert (device.boots, out(device, 99.0)) == (2, 0)


def test_reset_at_counts_bytes() -> None:
    """Else a cut at byte n would be a cut somewhere near byte n."""
    device = make()
    device.reset_at(len(ONE))
    device.receive(ONE[:10], 0.0)
    assert not device.take_reset()
    device.receive(ONE[10:] + ONE, 0.0)
    assert device.take_reset()
    assert not device.take_reset()
    assert device.status(0.0).partial
    device.receive(ONE[-1:], 0.0)
    (printed,) = device.advance(9.0)
    assert printed.label is not None
    assert printed.label.raw == ONE


def test_muteness() -> None:
    """The manual says a device in an error does not answer ~HS; silence must not read as health or as absence."""
    device = make(mute_on_error=True)
    assert device.ask(b"~HS", 0.0)
    device.head(0.0, is_open=True)
    assert device.ask(b'~HS! U1 getvar "device.host_status"\r\n', 0.0) == b""
    assert device.ask(b'! U1 getvar "head.latch"\r\n', 0.0) == b'"open"'
    device.head(0.0, is_open=False)
    assert faults.perform(device, "mute", 0.0)["ok"]
    assert device.ask(b"~HS", 0.0) == b""
    assert faults.perform(device, "unmute", 0.0)["ok"]
    assert device.ask(b"~HS", 0.0)
    always = make()
    always.head(0.0, is_open=True)
    assert always.ask(b"~HS", 0.0)


def test_foreign_labels_and_swapped_devices() -> None:
    """Both break the arithmetic of "my odometer plus one"; a daemon must notice instead of believing."""
    device = make(media_left=3)
    faults.perform(device, "feed", 1.0)
    faults.perform(device, "feed uncounted", 2.0)
    assert [(p.kind, p.odometer, p.label) for p in device.advance(3.0)] == [("foreign", 1, None), ("foreign", 1, None)]
    device.receive(ONE, 3.0)
    assert faults.perform(device, "feed", 3.5)["ok"]
    assert device.status(99.0).paper_out
    assert (out(device, 99.0), device.status(99.0).remaining) == (1, 1)
    assert faults.perform(device, "feed", 99.0) == {
        "ok": False,
        "error": "the device has an error and cannot feed",
        "misused": False,
    }
    faults.perform(device, "swap OTHER 7", 99.0)
    assert (device.serial, device.counters.total) == ("OTHER", 7)


def test_the_user_counter_wraps_and_can_be_reset() -> None:
    """It is no evidence, and the device must not make it look like one."""
    device = Device(DeviceConfig(labels_per_second=None), Counters(total=70000, user=65000))
    device.receive(ONE, 0.0)
    assert (device.counters.total, device.counters.user) == (70001, 0)
    device.receive(ONE + b"~RO1\r\n", 0.0)
    assert (device.counters.total, device.counters.user) == (70002, 0)


def test_refusing_is_only_a_wish_to_the_server() -> None:
    """The machine keeps what it was told over a power cycle, so that a test stays in charge."""
    device = make()
    faults.perform(device, "refuse", 0.0)
    device.power_cycle(0.0)
    assert device.status(0.0).refusing
    faults.perform(device, "accept", 0.0)
    assert not device.status(0.0).refusing


@pytest.mark.parametrize(
    "line", ["", "paper", "load x", "load 1 2", "reset-at", "reset-at 0", "stall -1", "stall nan", "swap"]
)
def test_misuse_is_answered_with_a_reason(line: str) -> None:
    """Else a mistyped fault would make a test pass without any fault."""
    reply = faults.perform(make(), line, 0.0)
    assert reply["ok"] is False
    assert reply["error"]


def test_help_and_status_are_commands() -> None:
    """They are how people learn the rest."""
    listed = faults.perform(make(), "help", 0.0)["commands"]
    assert isinstance(listed, list)
    assert len(listed) == len(faults.COMMANDS)
    assert isinstance(faults.perform(make(), "status", 0.0)["status"], dict)
