"""The virtual printer's faults, for every language: what each leaves behind. The test chooses the time."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from waybilld_printers.virtual import faults
from waybilld_printers.virtual.device import Device, DeviceConfig
from waybilld_printers.virtual.interpreter import Call
from waybilld_printers.virtual.languages import LANGUAGES

ZPL = b"^XA^PW16^LL80^FO0,0^GFA,2,2,1,FF81^FS^XZ"
JOBS = {
    "zpl": ZPL,
    "tspl": b"SIZE 2 mm,10 mm\r\nCLS\r\nBITMAP 0,0,1,2,0,\xff\x81\r\nPRINT 1,1\r\n",
    "escpos": b"\x1b@\x1dv0\x00\x01\x00\xc8\x00" + b"\xff" * 200 + b"\x1dV\x01",
    "cpcl": b"! 0 200 200 80 1\r\nON-OUT-OF-PAPER WAIT\r\nCG 1 2 0 0 \xff\x81\r\nPRINT\r\n",
}
QUESTIONS = {"zpl": b"~HS", "tspl": b"\x1b!?", "escpos": b"\x10\x04\x01", "cpcl": b"\x1bh"}
OTHERS = {"zpl": b"~HI", "tspl": b"~!T\r\n", "escpos": b"\x1dI\x43", "cpcl": b"\x1bv"}


def make(language: str = "zpl", speed: float | None = 1.0, **changes: object) -> Device:
    return Device(DeviceConfig(language=language, labels_per_second=speed, **changes))  # type: ignore[arg-type]


def do(device: Device, line: str, now: float) -> None:
    reply = faults.perform(device, line, now)
    assert reply["ok"], reply


def kinds(device: Device, now: float) -> list[str]:
    return [printed.kind for printed in device.advance(now)]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("fault", "cure"), [("head-open", "head-close"), ("ribbon-out", "ribbon-load"), ("jam", "unjam"), ("pause", "resume")]
)
def test_errors_delay_a_label_and_lose_none(language: str, fault: str, cure: str) -> None:
    """In every language the label is still owed; a failover that ignores this prints it twice."""
    device = make(language)
    do(device, fault, 0.0)
    device.receive(JOBS[language], 0.0)
    assert kinds(device, 50.0) == []
    do(device, cure, 50.0)
    assert kinds(device, 99.0) == ["format"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_paper_that_comes_back_prints_by_itself(language: str) -> None:
    """The roll ends in the middle of a label: what the printer does when it is loaded again is what surprises people."""
    device = make(language)
    device.receive(JOBS[language], 0.0)
    do(device, "paper-out", 0.05)
    assert kinds(device, 50.0) == []
    do(device, "load", 50.0)
    assert kinds(device, 99.0) == ["format"]


TROUBLES = ["head-open", "head-close", "jam", "unjam", "pause", "resume", "stall", "stall 0.4", "unstall", "trickle 3"]


@settings(max_examples=40)
@given(
    st.sampled_from(LANGUAGES),
    st.lists(st.tuples(st.floats(0, 1), st.sampled_from(TROUBLES)), max_size=15),
    st.integers(1, 4),
)
def test_whatever_happens_every_label_comes_out_exactly_once(
    language: str, troubles: list[tuple[float, str]], count: int
) -> None:
    """The heart of the device, in every language: troubles in any order delay labels, but neither lose nor double one."""
    device = make(language)
    device.receive(JOBS[language] * count, 0.0)
    now = 0.0
    printed = []
    for wait, trouble in troubles:
        now += wait
        assert faults.perform(device, trouble, now)["ok"] or device.is_stalled
        printed += device.advance(now)
    for cure in ("unstall", "head-close", "unjam", "resume"):
        do(device, cure, now)
    printed += device.advance(now + 100)
    assert [(entry.kind, entry.odometer) for entry in printed] == [("format", n) for n in range(1, count + 1)]
    assert {entry.label.raw for entry in printed if entry.label} == {JOBS[language]}


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_lost_buffer_leaves_no_trace(language: str) -> None:
    """No label, no error, no new uptime: only the odometer that never moves."""
    device = make(language)
    device.receive(JOBS[language] + JOBS[language][:-3], 0.0)
    do(device, "lose-buffer", 0.05)
    status = device.status(0.05)
    assert (status.formats, status.remaining, status.boots) == (0, 0, 1)
    # What is on paper already hangs out of a receipt printer.
    assert status.partial is (language == "escpos")
    assert kinds(device, 50.0) == []
    device.receive(JOBS[language], 50.0)
    assert kinds(device, 99.0)[-1] == "format"


@pytest.mark.parametrize("language", LANGUAGES)
def test_mute_and_silent(language: str) -> None:
    """Silence must read neither as health nor as absence; mute keeps the state, silent keeps everything."""
    device = make(language)
    question, other = QUESTIONS[language], OTHERS[language]
    assert device.receive(question, 0.0)
    do(device, "mute", 0.0)
    assert device.receive(question, 0.0) == b""
    assert device.receive(other, 0.0)
    do(device, "mute all", 0.0)
    assert device.receive(question + other, 0.0) + device.ask(b"~HI", 0.0) == b""
    do(device, "unmute", 0.0)
    assert device.receive(question, 0.0)


@pytest.mark.parametrize("language", ["zpl", "tspl", "cpcl"])
def test_a_half_label(language: str) -> None:
    """A cut-off piece in the tray: owed again it comes out whole as well, counted it passes for whole."""
    device = make(language)
    do(device, "half", 0.0)
    device.receive(JOBS[language], 0.0)
    half, whole = device.advance(99.0)
    assert (half.kind, half.at, half.odometer, whole.kind, whole.at, whole.odometer) == ("half", 1.0, 0, "format", 2.0, 1)
    assert half.label is not None and whole.label is not None
    assert (half.label.length, half.label.raw) == (40, whole.label.raw)
    assert half.label.complaints[-1] == "cut off after 40 of 80 dots"
    do(device, "half counted", 99.0)
    device.receive(JOBS[language], 99.0)
    (half,) = device.advance(199.0)
    assert (half.kind, half.odometer) == ("half", 2)


def test_a_half_label_without_reprint_is_gone() -> None:
    """``^JZN``: the device forgets the label; nothing but the tray shows it."""
    device = make()
    do(device, "half", 0.0)
    device.receive(b"^XA^JZN^XZ" + ZPL, 0.0)
    assert kinds(device, 99.0) == ["half"]
    assert device.counters.total == 0


def test_a_slow_drain() -> None:
    """Bytes are taken at a rate, so that a label takes as long as it is large; a daemon must not give up on it."""
    device = make(speed=None)
    do(device, "drain 1000", 0.0)
    data, now = ZPL * 10, 0.0
    while data:
        if not (room := device.room(now)):
            due = device.next_due()
            assert due is not None and due > now
            now = due
            continue
        device.receive(data[:room], now)
        data = data[room:]
    assert abs(now - len(ZPL) * 10 / 1000) < 0.06
    assert len(device.advance(now)) == 10
    do(device, "drain", now)
    assert device.room(now) == device.config.buffer_bytes


@pytest.mark.parametrize("channel", ["print", "status"])
def test_answers_in_pieces(channel: str) -> None:
    """A reader that takes one read for one answer must fail here and not in the field."""
    device = make()
    do(device, "trickle 30 0.5", 0.0)
    status = device.channel()

    def hear(data: bytes, now: float) -> bytes:
        if channel == "status":
            return status.ask(data, now)
        return device.receive(data, now) if data else device.speak(now)

    due = device.next_due if channel == "print" else status.next_due
    pieces = [hear(b"~HS", 0.0)]
    assert (due(), hear(b"", 0.4)) == (0.5, b"")
    pieces += [hear(b"", 0.5), hear(b"", 1.0)]
    assert [len(piece) for piece in pieces] == [30, 30, 22]
    assert b"".join(pieces) == make().ask(b"~HS", 0.0)
    assert due() is None
    do(device, "trickle", 2.0)
    assert len(hear(b"~HS", 2.0)) == 82


def test_what_was_not_said_in_time_is_lost_with_the_connection() -> None:
    """Else the next connection would read the end of an answer to somebody else's question."""
    device = make()
    do(device, "trickle 10", 0.0)
    device.receive(b"~HS", 0.0)
    device.hung_up()
    assert device.speak(9.0) == b""


def test_one_session_or_many() -> None:
    """Some devices refuse the second print connection, some let it wait: a daemon meets both."""
    device = make(one_session=True)
    assert (device.accepts(0.0, 0), device.accepts(0.0, 1)) == (True, False)
    do(device, "sessions many", 0.0)
    assert device.accepts(0.0, 1)
    do(device, "sessions one", 0.0)
    do(device, "refuse", 0.0)
    assert not device.accepts(0.0, 0)


def test_a_reset_on_command() -> None:
    """It is the server that resets; the device only says so, once."""
    device = make()
    do(device, "reset", 0.0)
    assert (device.take_reset(), device.take_reset()) == (True, False)


# Port 9200 in JSON, and alerts.


def test_the_json_form_of_questions() -> None:
    """What Zebra's own kit sends to port 9200: names in, an object out, in pieces or not."""
    device = make(serial="S1")
    channel = device.channel()
    question = b'{}{"device.unique_id":null,"head.latch":null,"no.such":null}'
    for cut in range(len(question)):
        assert channel.ask(question[:cut], 0.0) == b""
        assert json.loads(channel.ask(question[cut:], 0.0)) == {"device.unique_id": "S1", "head.latch": "ok", "no.such": "?"}
    assert json.loads(device.receive(b'{}{"media.status":null}', 0.0)) == {"media.status": "ok"}
    do(device, "mute", 0.0)
    assert json.loads(channel.ask(b'{}{"device.host_status":null}', 0.0)) == {"device.host_status": None}
    assert channel.ask(b'{"media.status":null}{}[~HI', 0.0).startswith(b"\x02ZD421")


def test_older_devices_know_no_json() -> None:
    """A daemon must find out that its question is not understood, and ask in the older form."""
    device = make(json=False)
    channel = device.channel()
    assert channel.ask(b'{}{"head.latch":null}\r\n', 0.0) == b""
    assert channel.ask(b'! U1 getvar "head.latch"\r\n', 0.0) == b'"ok"'


def told(device: Device, now: float) -> list[tuple[str, str]]:
    return [(call.kind, call.condition) for call in device.calls(now)]


def test_alerts_tell_what_begins_and_ends() -> None:
    """A hint and no proof; a daemon that takes it for one must be caught."""
    device = make()
    told(device, 0.0)
    device.receive(b'! U1 setvar "alerts.add" "ALL MESSAGES,TCP,Y,Y,192.0.2.9,7777,N,"\r\n', 0.0)
    assert device.ask(b'! U1 getvar "alerts.configured"\r\n', 0.0) == b'"ALL MESSAGES,TCP,Y,Y,192.0.2.9,7777,N,"'
    device.receive(ZPL, 0.0)
    assert told(device, 0.5) == []
    assert device.calls(1.0) == [Call("192.0.2.9", 7777, "ALERT", "PQ JOB COMPLETED", "VZ0000000001")]
    for fault, cure, condition in (("head-open", "head-close", "HEAD OPEN"), ("paper-out", "load", "PAPER OUT")):
        do(device, fault, 2.0)
        assert ("ERROR CONDITION", condition) in told(device, 2.0)
        do(device, cure, 2.0)
        assert ("ERROR CLEARED", condition) in told(device, 2.0)
    do(device, "pause", 3.0)
    assert told(device, 3.0) == [("ALERT", "PRINTER PAUSED")]
    do(device, "power-cycle 0", 3.0)
    assert ("ALERT", "POWER ON") in told(device, 3.0)


def test_alerts_by_format_command() -> None:
    """``^SX`` with the letters of V48: K is the end of a job; ``^SQ`` ends it; what makes no sense is complained about."""
    device = make(speed=None)
    told(device, 0.0)
    device.receive(b"^XA^SXK,D,Y,N,192.0.2.9,7777^SXE,D,N,Y,192.0.2.9,7777^XZ" + ZPL, 0.0)
    assert told(device, 0.0) == [("ALERT", "PQ JOB COMPLETED")]
    do(device, "head-open", 1.0)
    assert told(device, 1.0) == []
    do(device, "head-close", 1.0)
    assert told(device, 1.0) == [("ERROR CLEARED", "HEAD OPEN")]
    device.receive(b"^XA^SQK,D^SXK,D,Y,N^SX1^XZ" + ZPL.replace(b"^XA", b"^XA^SXK,D,Y,N,host"), 1.0)
    assert told(device, 1.0) == []
    printed = device.advance(1.0)[-1].label
    assert printed is not None
    assert printed.complaints == ("not understood: ^SXK,D,Y,N,host",)
