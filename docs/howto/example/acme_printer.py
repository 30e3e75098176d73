"""The ACME 1 label printer: it splits off its closing token, and proves each label by saying our name of it afterwards.

It is an invention. `acme_virtual.py` is what it reads and says, `test_acme_printer.py` the tests that say when this is done.
"""

from __future__ import annotations

from pydantic import Field

from waybilld_sdk.context import Context, Stream
from waybilld_sdk.errors import NotReady, Reject, StopQueue
from waybilld_sdk.labels import Page, PrinterSettings
from waybilld_sdk.printing import (
    AttemptRef,
    CancelOutcome,
    Document,
    Evidence,
    Gate,
    Outcome,
    PrinterCapabilities,
    PrinterState,
    PrinterStatus,
    Receipt,
    SubmitResult,
    Verdict,
)
from waybilld_sdk.settings import Settings

LANGUAGE = "acme"
LARGEST_PICTURE = 65536
"""Bytes of PNG; ours are far smaller."""
ANSWER_S, LABEL_S, ACK_S = 2.0, 10.0, 15.0
STATES = {
    "ready": PrinterStatus(PrinterState.IDLE),
    "open": PrinterStatus(PrinterState.STOPPED, ("cover-open-error",), "Close the head."),
    "empty": PrinterStatus(PrinterState.STOPPED, ("media-empty-error",), "Load a new roll."),
}
SILENT = PrinterStatus(PrinterState.UNKNOWN, ("timed-out",), "It does not answer; switch it off and on.")
UNREACHABLE = PrinterStatus(PrinterState.UNKNOWN, ("connecting-to-device",), "It cannot be reached; look at its cable.")


def encode(page: Page, settings: PrinterSettings) -> Document:
    """A page as one picture; nothing is printed before `PRINT`. Raises `StopQueue` for settings that the printer lacks."""
    if settings.darkness is not None or settings.speed_ips is not None or settings.offset_dots != (0, 0):
        raise StopQueue("the ACME 1 has no darkness, speed or offset: take them out of the printer's settings")
    return Document(LANGUAGE, b"PICTURE %d\n" % len(page.png) + page.png, b"PRINT\n")


class LabelSettings(Settings):
    """An ACME 1."""

    host: str = Field(description="Address of the printer.")
    port: int = Field(default=9100, description="Its TCP port.")


def capabilities(_settings: LabelSettings) -> PrinterCapabilities:
    """What every ACME 1 is."""
    return PrinterCapabilities(LANGUAGE, 8, (100, 60), splits_token=True, proves=Evidence.PRINTED)


class LabelPrinter:
    """One call at a time: its `PrinterSpec` says `parallel=1`."""

    def __init__(self, ctx: Context, settings: LabelSettings) -> None:
        self._ctx, self._settings = ctx, settings
        self._stream: Stream | None = None
        self._heard = b""
        self._carried = self._proven = ""
        """The attempt whose label went over the connection that is open, and the newest one that is proven."""
        self._dirty = False
        """Half a label may be in the printer."""

    def capabilities(self) -> PrinterCapabilities:
        """As configured."""
        return capabilities(self._settings)

    async def check(self) -> None:
        """Raises `NotReady` unless the printer says that it is ready."""
        status = await self._ask()
        if status.state is not PrinterState.IDLE:
            raise NotReady(f"the label printer at {self._settings.host} is not ready: {status.advice}")

    async def close(self) -> None:
        """Give the connection back."""
        await self._drop()

    async def status(self) -> PrinterStatus:
        """As the printer says it."""
        return await self._ask()

    async def submit(self, document: Document, attempt: AttemptRef, gate: Gate) -> SubmitResult:
        """Body, acknowledgement, gate, token."""
        if document.language != LANGUAGE:
            raise Reject(f"{self._settings.host} reads {LANGUAGE}, not {document.language}: correct the printer's language")
        if self._dirty and not await self._cleaned():
            raise NotReady(f"half a label may be in {self._settings.host}, and it takes nothing: switch it off and on")
        await self.check()
        reached, sent_at = Evidence.NOTHING, None
        try:
            stream = await self._open()
            reached, self._dirty = Evidence.BODY, True
            await self._hand_over(stream, document.body)
            if not await gate({}):
                reached = Evidence.NOTHING if await self._cleaned() else Evidence.BODY
                return SubmitResult(Receipt(attempt, {}, reached), "the gate stayed shut")
            reached, sent_at, self._carried = Evidence.TOKEN, self._ctx.monotonic(), attempt.id
            await self._hand_over(stream, document.token + f"SAY {attempt.id}\n".encode())
            reached, self._dirty = Evidence.ACKNOWLEDGED, False
            return SubmitResult(Receipt(attempt, {}, reached, sent_at))
        except (OSError, EOFError) as cut:
            await self._drop()
            return SubmitResult(Receipt(attempt, {}, reached, sent_at), f"the connection broke: {cut}")

    async def evidence(self, receipt: Receipt) -> Verdict:
        """What was heard of the label on the connection that carried it."""
        name, reached = receipt.attempt.id, receipt.reached
        if reached < Evidence.TOKEN:
            return Verdict(Outcome.REFUTED, reached, "its closing token never left")
        status = await self._ask()
        if name == self._proven:
            return Verdict(Outcome.PROVEN, Evidence.PRINTED, "the printer named it after it came out", status=status)
        if name != self._carried:
            return Verdict(Outcome.UNCONFIRMED, reached, "the connection that carried it is over", status=status)
        late = receipt.sent_at is None or self._ctx.monotonic() - receipt.sent_at > LABEL_S
        if status.state is PrinterState.IDLE and late:
            return Verdict(Outcome.UNCONFIRMED, reached, "the printer is ready, and never named the label", status=status)
        return Verdict(Outcome.PENDING, reached, "the printer has not named it yet", status=status)

    async def cancel(self, receipt: Receipt) -> CancelOutcome:
        """A body without its token can be dropped; what has its token comes out, and nobody can stop it."""
        if receipt.attempt.id == self._proven:
            return CancelOutcome.PRINTED
        if receipt.reached is Evidence.NOTHING:
            return CancelOutcome.CANCELLED
        gone = await self._cleaned()
        return CancelOutcome.CANCELLED if gone and receipt.reached < Evidence.TOKEN else CancelOutcome.UNKNOWN

    # ---- the line ---------------------------------------------------------------------------------------------------

    async def _open(self) -> Stream:
        if self._stream is None:
            self._stream = await self._ctx.dial(
                self._settings.host, self._settings.port, send_buffer=8192, user_timeout=ACK_S, connect_timeout=3
            )
        return self._stream

    async def _drop(self) -> None:
        stream, self._stream, self._carried, self._heard = self._stream, None, "", b""
        if stream is not None:
            await stream.close()

    async def _hand_over(self, stream: Stream, data: bytes) -> None:
        await stream.write(data)
        if not await stream.acked(ACK_S):
            raise TimeoutError(f"the printer did not take the bytes within {ACK_S:g} s")

    async def _cleaned(self) -> bool:
        """Take a cut label out. The printer may still wait for bytes of its picture: they are given to it, as zeros."""
        try:
            await self._hand_over(await self._open(), bytes(LARGEST_PICTURE) + b"\nFORGET\n")
        except (OSError, EOFError):
            self._dirty = True
            await self._drop()
            return False
        self._dirty = False
        return True

    async def _ask(self) -> PrinterStatus:
        """Its state; what else it says meanwhile is heard. After a silence the connection is given up: an answer that comes
        late would be taken for the next one."""
        if self._dirty and not await self._cleaned():
            return UNREACHABLE
        try:
            stream = await self._open()
            await stream.write(b"STATE\n")
            until = self._ctx.monotonic() + ANSWER_S
            while self._ctx.monotonic() < until:
                state = self._hear(await stream.read(4096, 0.2))
                if state:
                    return STATES.get(state, SILENT)
        except (OSError, EOFError):
            await self._drop()
            return UNREACHABLE
        await self._drop()
        return SILENT

    def _hear(self, data: bytes) -> str:
        """Take in what was said; the newest state in it, or nothing."""
        *lines, self._heard = (self._heard + data).split(b"\n")
        state = ""
        for line in lines:
            word, _, value = line.decode("ascii", "replace").partition(" ")
            if word == "SAID" and value == self._carried:
                self._proven = value
            elif word == "STATE":
                state = value
        return state
