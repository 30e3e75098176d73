"""A printer that answers with status bytes as a test tells it to: no sockets, and time passes only when asked."""

from __future__ import annotations

from waybilld_printers.probes.probe import Probe
from waybilld_sdk.testing.context import FakeContext


class ScriptedPrinter:
    """Takes bytes, and answers each question with the next of `answers`; the last one stays. An empty answer is silence.
    Where a look takes two questions (`Probe.unmarked`), both get the same answer, unless `steady` is false.

    `received` is everything that arrived, questions left out; `facts` are answers to what it is asked of itself. `cut_at`:
    the connection breaks once so many further bytes of a label have arrived.
    """

    def __init__(self, probe: Probe, *answers: bytes) -> None:
        self.context = FakeContext(dial=self._dial)
        self.answers = list(answers)
        self.steady = True
        self.trickle_s = 0.0
        """Seconds between two bytes of what it tells of itself; 0 gives them at once."""
        self._same: bytes | None = None
        self._read = probe.read if probe.unmarked else None
        self.received = b""
        self.asked = 0
        self.dialled = 0
        self.cut_at: int | None = None
        self.facts: dict[bytes, bytes] = {}
        self.unreachable = False
        self.unacknowledged = False
        self.line: ScriptedLine | None = None
        self.question, self.card_questions = probe.question, probe.card_questions
        self.cards_asked = 0

    def _dial(self, _host: str, _port: int) -> ScriptedLine:
        if self.unreachable:
            raise ConnectionRefusedError("no connection to the printer: refused")
        self.dialled += 1
        self.line = ScriptedLine(self)
        return self.line

    def say(self, data: bytes) -> None:
        """Something that nobody asked for."""
        assert self.line is not None
        self.line.said += data

    def hang_up(self) -> None:
        """End the connection that stands."""
        assert self.line is not None
        self.line.over = True

    def answer(self) -> bytes:
        self.asked += 1
        if self._same is not None:
            answer, self._same = self._same, None
            return answer
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        look = self._read(answer) if self._read is not None and self.steady else None
        self._same = answer if look is not None and look.answered else None
        return answer


class ScriptedLine:
    """One connection."""

    def __init__(self, printer: ScriptedPrinter) -> None:
        self._printer = printer
        self.said = b""
        self.over = False
        self.closed = False

    def _check(self) -> None:
        if self.over:
            raise ConnectionResetError("the connection to the printer was reset")

    async def write(self, data: bytes) -> None:
        self._check()
        printer = self._printer
        if data == printer.question:
            self.said += printer.answer()
            return
        if data in printer.card_questions:
            printer.cards_asked += 1
            self.said += printer.facts.get(data, b"")
            return
        if printer.cut_at is not None and len(data) >= printer.cut_at:
            printer.received += data[: printer.cut_at]
            printer.cut_at, self.over = None, True
            self._check()
        if printer.cut_at is not None:
            printer.cut_at -= len(data)
        printer.received += data

    async def acked(self, timeout: float) -> bool:
        self._check()
        if self._printer.unacknowledged:
            self._printer.context.advance(timeout)
        return not self._printer.unacknowledged

    async def read(self, limit: int, timeout: float) -> bytes:
        if not self.said:
            self._check()
            self._printer.context.advance(timeout)
        elif self._printer.trickle_s and len(self.said) > 1:
            if timeout == 0:
                return b""
            self._printer.context.advance(self._printer.trickle_s)
            limit = 1
        data, self.said = self.said[:limit], self.said[limit:]
        return data

    async def close(self) -> None:
        self.closed = True
