"""The status connection: which dialect it settles on, and what it makes of silence, cuts and nonsense."""

from __future__ import annotations

import json
from collections.abc import Callable

from waybilld_printers.probes.zebra.channel import SILENCE, TRIAL_S, StatusChannel
from waybilld_printers.probes.zebra.observation import HostStatus, Observation
from waybilld_printers.probes.zebra.wire import GETVAR, JSON
from waybilld_sdk.testing.context import FakeContext
from waybilld_sdk.testing.run import run_now

STATUS = "030,0,0,1245,000,0,0,0,000,0,0,0\r\n000,0,0,0,0,2,4,0,00000000,1,000\r\n0000,0"
LOOK = Observation("S1", 7, 30, HostStatus())
JSON_ANSWER = json.dumps(
    {
        "device.unique_id": "S1",
        "odometer.total_label_count": "7",
        "device.uptime": "00 days 00 hours 00 mins 30 secs",
        "device.host_status": STATUS,
    }
).encode()
QUOTED_ANSWER = b'"S1""7""00 days 00 hours 00 mins 30 secs""' + STATUS.encode() + b'"'

Answer = Callable[[bytes], bytes | Exception]


class Answering:
    """A status stream that answers by a function, a few bytes at a time."""

    def __init__(self, ctx: FakeContext, answer: Answer) -> None:
        self._ctx, self._answer = ctx, answer
        self._said: bytes | Exception = b""
        self.asked: list[bytes] = []
        self.closed = False

    async def write(self, data: bytes) -> None:
        self.asked.append(data)
        self._said = self._answer(data)

    async def acked(self, timeout: float) -> bool:
        return timeout > 0

    async def read(self, limit: int, timeout: float) -> bytes:
        if isinstance(self._said, Exception):
            raise self._said
        if not self._said:
            self._ctx.advance(timeout)
        piece, self._said = self._said[: min(limit, 50)], self._said[min(limit, 50) :]
        return piece

    async def close(self) -> None:
        self.closed = True


class Bench:
    """A channel, its context and every stream it dialled."""

    def __init__(self, *answers: Answer) -> None:
        self.streams: list[Answering] = []
        self._answers = list(answers)
        self.context = FakeContext(dial=self._dial)
        self.channel = StatusChannel(self.context, "printer", 9200, connect_timeout=1, timeout=2)

    def _dial(self, _host: str, _port: int) -> Answering:
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        self.streams.append(Answering(self.context, answer))
        return self.streams[-1]

    def look(self) -> Observation:
        return run_now(self.channel.look())


def json_only(data: bytes) -> bytes:
    """As Zebra's guide describes port 9200."""
    return JSON_ANSWER if data == JSON.question else b""


def getvar_only(data: bytes) -> bytes:
    """A device that speaks SGD on its status port."""
    return QUOTED_ANSWER if data == GETVAR.question else b""


def test_a_link_os_port_gets_json_and_one_connection() -> None:
    """Anything but JSON on port 9200 is an error to a real printer."""
    bench = Bench(json_only)
    assert [bench.look(), bench.look()] == [LOOK, LOOK]
    assert [stream.asked for stream in bench.streams] == [[JSON.question] * 2]


def test_another_port_is_found_out_once() -> None:
    """The trial costs a moment at the first look, not at every label."""
    bench = Bench(getvar_only)
    began = bench.context.monotonic()
    assert bench.look() == LOOK
    assert bench.context.monotonic() - began <= TRIAL_S + 0.01
    assert bench.look() == LOOK
    assert [stream.asked for stream in bench.streams] == [[JSON.question], [GETVAR.question] * 2]
    assert bench.streams[0].closed


def test_a_silent_device_is_asked_in_both_dialects_again() -> None:
    """A printer that was off at the first look must be understood when it is on."""
    bench = Bench(lambda _data: b"")
    assert bench.look() == SILENCE
    bench._answers = [json_only]
    assert bench.look() == LOOK


def test_a_kept_connection_that_was_closed_is_made_anew() -> None:
    """Printers close idle connections; that is no news about the label."""
    bench = Bench(json_only)
    assert bench.look() == LOOK
    bench.streams[0]._answer = lambda _data: EOFError("closed")
    assert bench.look() == LOOK
    assert len(bench.streams) == 2


def test_a_connection_that_breaks_again_is_silence() -> None:
    """One retry, not a loop."""
    bench = Bench(lambda _data: ConnectionResetError("reset"))
    assert bench.look() == SILENCE
    assert len(bench.streams) == 1


def test_a_late_answer_is_not_taken_for_the_next_one() -> None:
    """After a time-out the connection goes, and the old answer with it."""
    bench = Bench(json_only)
    assert bench.look() == LOOK
    bench.streams[0]._answer = lambda _data: JSON_ANSWER[:100]
    assert bench.look() == SILENCE
    assert bench.streams[0].closed
    assert bench.look() == LOOK


def test_nonsense_is_silence_with_a_line_in_the_log() -> None:
    """A misread status must not decide over labels, and somebody must hear of it."""
    shifted = JSON_ANSWER.replace(b"030,0,", b"030,")
    for nonsense in (shifted, b"x" * 10_000):
        bench = Bench(lambda _data, said=nonsense: said)  # type: ignore[misc]
        assert bench.look() == SILENCE
        assert bench.context.log.lines[0][:2] == ("warn", "a printer's status was not understood")
        assert bench.streams[0].closed
