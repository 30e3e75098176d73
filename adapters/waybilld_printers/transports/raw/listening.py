"""Looking at a printer that answers on its print connection only, and listening on the one that carried a label."""

from __future__ import annotations

import math
from dataclasses import replace

from waybilld_printers.probes.card import NO_CARD
from waybilld_printers.probes.probe import Probe
from waybilld_printers.probes.signs import SILENT, UNREACHABLE, Look
from waybilld_printers.transports.raw.line import Line
from waybilld_printers.transports.raw.looks import FRESH_S
from waybilld_sdk.context import Context, Stream

CARD_S = 600.0
"""What the device tells of itself is asked anew after so long."""

_QUIET_S = 0.1
_MOST_REPEATS = 4
"""A device between two states gives other answers once; one that goes on so is not understood."""
_READ_BYTES = 4096
_REMEMBERED_BYTES = 1024
"""Of what the device says; a name that it gives back has seven bytes."""


class Listening:
    """Every look at one device goes through here. `newest` is `UNREACHABLE` until the first one.

    The connection that carried a label is kept, and no other one is asked on, until it ends or `release` is called. `heard`
    is the end of everything that the device said on it since.
    """

    def __init__(self, ctx: Context, line: Line, probe: Probe, timeout_s: float) -> None:
        self._ctx, self._line, self._probe, self._timeout_s = ctx, line, probe, timeout_s
        self._carrier: Stream | None = None
        self._taken_at: float | None = None
        self.newest = UNREACHABLE
        self.heard = b""
        self.card = NO_CARD
        self._card_due_at = 0.0

    def hold(self, carrier: Stream) -> None:
        """A label was sent on this connection: listen on it from here."""
        self._carrier, self._line.held, self.heard = carrier, True, b""

    def release(self) -> None:
        """The label is settled: its connection is one like any other."""
        self._carrier, self._line.held = None, False

    @property
    def holding(self) -> bool:
        """The connection that carried the newest label still stands, as far as is known."""
        return self._carrier is not None

    @property
    def fresh(self) -> bool:
        """The newest look still stands."""
        return self._taken_at is not None and self._ctx.monotonic() - self._taken_at < FRESH_S

    def outdate(self) -> None:
        """Something is sent to the device: what was seen before it no longer stands."""
        self._taken_at = None

    async def look(self) -> Look | None:
        """Look now. Never raises for what the device does.

        None: the connection that carried a label is over, and with it what the device would have said on it. Nothing was
        asked on a new one, because the device may take a question for the rest of the label.
        """
        if self._carrier is None:
            look = await self._ask_anew()
        else:
            answer = await self._ask(self._carrier)
            if answer is None:
                self.release()
                await self._line.drop()
                return None
            look = answer
        self.newest, self._taken_at = look, self._ctx.monotonic()
        return look

    async def renew_card(self) -> None:
        """Ask what an idle device tells of itself, unless that is known and young, or the device never tells."""
        due = self._ctx.monotonic() >= self._card_due_at
        if not (due and self.newest.well and self._carrier is None):
            return
        answers: list[bytes] = []
        try:
            stream = await self._line.open()
            for question in self._probe.card_questions:
                await stream.write(question)
                answers.append(await self._answer(stream))
                if not answers[0]:
                    break
        except (OSError, EOFError):
            return
        whole = len(answers) == len(self._probe.card_questions)
        self.card = self._probe.read_card(answers) if whole else NO_CARD
        self._card_due_at = self._ctx.monotonic() + CARD_S if whole else math.inf

    async def _answer(self, stream: Stream) -> bytes:
        """All that comes until it is quiet again: the languages end such answers in different ways.

        Nothing, of a device that is not quiet within the time that any answer may take, or after more than any answer has.
        """
        data, wait_s, until = b"", self._timeout_s, self._ctx.monotonic() + self._timeout_s
        while wait_s > 0 and len(data) < _REMEMBERED_BYTES:
            piece = await stream.read(_READ_BYTES, wait_s)
            if not piece:
                return data
            data, wait_s = data + piece, min(_QUIET_S, until - self._ctx.monotonic())
        return b""

    async def _ask_anew(self) -> Look:
        try:
            look = await self._ask(await self._line.open()) or UNREACHABLE
        except OSError:
            return UNREACHABLE
        if not look.answered:
            # What it may still say must not pass for the answer to the next question.
            await self._line.drop()
        return look

    async def _ask(self, stream: Stream) -> Look | None:
        """One look; None when the connection turns out to be over.

        Where any byte could be the answer, one that came unasked must not be taken for it: there the device is asked until
        two answers in a row are equal, and one that says more than it was asked for has said nothing.
        """
        try:
            await self._drained(stream)
            look = await self._put(stream)
            if not self._probe.unmarked:
                return look
            for _ in range(_MOST_REPEATS):
                if not look.answered or await self._drained(stream):
                    break
                before, look = look, await self._put(stream)
                if look == before:
                    return look
        except (OSError, EOFError):
            return None
        return self._silent

    @property
    def _silent(self) -> Look:
        return replace(SILENT, busy=self._probe.silent_when_busy)

    async def _put(self, stream: Stream) -> Look:
        """Put the question once, and wait for its answer."""
        await stream.write(self._probe.question)
        data, until = b"", self._ctx.monotonic() + self._timeout_s
        while (left := until - self._ctx.monotonic()) > 0:
            piece = await stream.read(_READ_BYTES, left)
            self._hear(piece)
            data = (data + piece)[-_REMEMBERED_BYTES:]
            if (look := self._probe.read(data)) is not None:
                return look
        return self._silent

    async def _drained(self, stream: Stream) -> bool:
        """Hear what the device said unasked, so that it does not pass for an answer; whether it had said anything."""
        said = False
        while piece := await stream.read(_READ_BYTES, 0.0):
            self._hear(piece)
            said = True
        return said

    def _hear(self, piece: bytes) -> None:
        self.heard = (self.heard + piece)[-_REMEMBERED_BYTES:]
