"""The virtual printer's fault scripts: what a line means, when it fires, and what a mistake in one is told like."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from waybilld_printers.virtual import faults
from waybilld_printers.virtual.device import Device, DeviceConfig
from waybilld_printers.virtual.script import FORMS, ScriptError

ONE = b"^XA^PW16^LL80^FO0,0^GFA,2,2,1,FF81^FS^XZ"


def make(speed: float | None = 1.0, script: str = "", **changes: object) -> Device:
    device = Device(DeviceConfig(labels_per_second=speed, **changes))  # type: ignore[arg-type]
    device.run_script(faults.read_script(device, script, "s.txt"), 0.0)
    return device


def out(device: Device, now: float) -> int:
    return len(device.advance(now))


def test_at_a_byte_of_a_label() -> None:
    """The byte that the line names does not arrive: a reset at byte 7 leaves six in the device, whatever the pieces."""
    for size in (1, 5, 1000):
        device = make(script="at label 3 byte 7: reset")
        data = ONE * 4
        for at in range(0, len(data), size):
            if not device.reset_due:
                device.receive(data[at : at + size], 0.0)
        assert device.take_reset()
        assert device.status(0.0).partial
        device.receive(ONE[6:], 0.0)
        assert [entry.label.raw for entry in device.advance(9.0) if entry.label] == [ONE] * 3


def test_at_a_byte_of_all() -> None:
    """Counted from when the script was given, over all connections."""
    device = make(script=f"at byte {len(ONE) + 1}: power-cycle 0")
    device.receive(ONE * 2, 0.0)
    assert (device.boots, out(device, 99.0)) == (2, 0)


@pytest.mark.parametrize("speed", [1.0, None])
def test_after_a_label_comes_before_the_next_one(speed: float | None) -> None:
    """Also where labels take no time: five labels come out, and not one more."""
    device = make(speed, "after label 5: paper-out")
    device.receive(ONE * 8, 0.0)
    assert (out(device, 99.0), device.status(99.0).paper_out) == (5, True)
    device.load(99.0)
    assert out(device, 199.0) == 3


def test_after_a_time_counts_from_the_line_above() -> None:
    """A scenario is a story: the roll ends, and two seconds later somebody loads another."""
    device = make(script="# the roll ends\nafter label 1: paper-out\n\nafter 2 s: load  # a new one\nafter 0.5 s: pause")
    device.receive(ONE * 3, 0.0)
    assert out(device, 2.9) == 1
    assert device.next_due() == 3.0
    assert [entry.at for entry in device.advance(99.0)] == [4.0]
    assert device.status(99.0).paused


def test_the_first_line_counts_from_the_start() -> None:
    """Else a story that begins with a moment would never begin."""
    device = make(script="after 1.5 s: head-open; pause")
    assert not device.status(1.4).head_open
    status = device.status(1.5)
    assert (status.head_open, status.paused) == (True, True)


def test_on_a_connection() -> None:
    """The second connection finds a device that lets nobody in any more."""
    device = make(script="on connect 2: refuse")
    device.connected(0.0)
    assert device.accepts(0.0, 0)
    device.connected(0.0)
    assert not device.accepts(0.0, 0)


def test_a_stall_in_the_middle_of_what_was_read_holds_the_rest() -> None:
    """Bytes that have arrived are not lost by hanging; they are worked on afterwards."""
    device = make(None, "at label 1 byte 10: stall 5")
    device.receive(ONE * 2, 0.0)
    assert (out(device, 4.9), out(device, 5.0)) == (0, 2)


def test_pieces_of_continuous_paper_are_labels() -> None:
    """Triggers must mean the same in every language."""
    job = b"\x1b@\x1dv0\x00\x01\x00\x02\x00\xff\xff\x1dV\x01"
    device = make(None, "after label 1: paper-out\nat label 3 byte 4: reset", language="escpos")
    device.receive(job * 4, 0.0)
    assert (out(device, 0.0), device.take_reset()) == (1, True)
    device.load(0.0)
    assert out(device, 0.0) == 1


def test_a_line_that_cannot_be_done_is_told() -> None:
    """Else a script would pass whose faults never happened."""
    device = make(script="after 1 s: paper-out; feed\nafter 1 s: resume\nafter label 9: pause")
    device.advance(9.0)
    reply = faults.perform(device, "script", 9.0)
    assert reply["script"] == [
        {
            "line": "after 1 s: paper-out; feed",
            "fired": True,
            "problems": ["the device has an error and cannot feed"],
        },
        {"line": "after 1 s: resume", "fired": True, "problems": []},
        {"line": "after label 9: pause", "fired": False, "problems": []},
    ]


def test_scripts_by_command() -> None:
    """A line given later counts from then; clear forgets all."""
    device = make(None)
    device.receive(ONE, 0.0)
    assert faults.perform(device, "script after label 2: pause", 0.0)["ok"]
    device.receive(ONE * 4, 0.0)
    assert out(device, 0.0) == 3
    assert faults.perform(device, "script clear", 0.0)["ok"]
    assert faults.perform(device, "script", 0.0)["script"] == []
    assert faults.perform(device, "script at label 0 byte 1: reset", 0.0) == {
        "ok": False,
        "error": "script:1:10: counts start at 1",
        "misused": True,
    }


def test_every_mistake_is_told_with_its_place() -> None:
    """A script with a mistake that runs all the same tests nothing."""
    text = "\n".join(
        [
            "after label 5: paper-uot",
            "  when it rains: load",
            "after label 3",
            "after 2 s: load x",
            "at byte 5: pause;; load",
            "on connect 0: refuse",
            "after 1 s: status",
            "at byte 7: pause; stall -1",
        ]
    )
    with pytest.raises(ScriptError) as error:
        make(script=text)
    assert error.value.problems == (
        "s.txt:1:16: unknown command 'paper-uot'; did you mean paper-out?",
        f"s.txt:2:3: 'when it rains' is no trigger; it must be one of: {', '.join(FORMS)}",
        "s.txt:3:14: a colon and a command are missing after the trigger",
        "s.txt:4:12: 'x' is not a whole number",
        "s.txt:5:18: a command is missing here",
        "s.txt:6:12: counts start at 1",
        "s.txt:7:12: status cannot stand in a script",
        "s.txt:8:19: '-1' is not a number of seconds up to one day",
    )


@given(st.text(max_size=80))
def test_any_text_is_read_or_refused(text: str) -> None:
    """Else a stray character would end the program with a traceback."""
    try:
        make(script=text)
    except ScriptError as error:
        assert all(problem.startswith("s.txt:") for problem in error.problems)
