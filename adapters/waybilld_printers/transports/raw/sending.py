"""Sends one label: body, acknowledgement, gate, token. After the first byte every end is a result, never an exception."""

from __future__ import annotations

from waybilld_printers.transports.raw.line import Line, drain
from waybilld_printers.transports.raw.settings import RawSettings
from waybilld_printers.transports.raw.watch import Watch
from waybilld_sdk.context import Context, Stream
from waybilld_sdk.errors import NotReady
from waybilld_sdk.printing import AttemptRef, Document, Evidence, Gate, Receipt, Snapshot, SubmitResult

CHUNK_BYTES = 16384
"""A body is written in pieces of this size, and the time is checked between them: a trickle must not last for ever."""


class Stalled(ConnectionError):
    """The device took too long; the connection is given up as if it had been cut."""


async def send(
    ctx: Context, line: Line, watch: Watch, settings: RawSettings, document: Document, attempt: AttemptRef, gate: Gate
) -> SubmitResult:
    """One label, from the idle check to the acknowledged token. See `waybilld_sdk.ports.Printer.submit`."""
    before = await watch.ready()
    try:
        stream = await line.open()
    except OSError as unreachable:
        what_to_do = "Check that the printer is on and that no other computer holds its port."
        raise NotReady(f"{unreachable}. {what_to_do}") from unreachable
    sending = _Sending(ctx, watch, settings, attempt, before)
    broken = True
    try:
        steps = sending.run if settings.kind.splits_token else sending.run_whole
        result = await steps(stream, document, gate)
        broken = sending.broken
        return result
    finally:
        # Whatever the kernel still holds of a broken attempt must not reach the device later.
        if broken:
            watch.cut()
        if broken or (settings.keep_open_s == 0 and not line.held):
            await line.drop()
        else:
            line.used()


class _Sending:
    """One attempt on its way. `reached` says at every moment the most that may have happened."""

    def __init__(self, ctx: Context, watch: Watch, settings: RawSettings, attempt: AttemptRef, before: Snapshot) -> None:
        self._ctx, self._watch, self._settings = ctx, watch, settings
        self._attempt, self._before = attempt, before
        self._reached = Evidence.NOTHING
        self._sent_at: float | None = None
        self.broken = False

    async def run_whole(self, stream: Stream, document: Document, gate: Gate) -> SubmitResult:
        """For a printer that prints what it gets at once: the gate stands before the first byte."""
        if not await gate(self._before):
            return self._result("The daemon withdrew the label at the last moment.")
        try:
            await drain(stream)
            self._reached, self._sent_at = Evidence.TOKEN, self._ctx.monotonic()
            await self._hand_over(stream, document.body + document.token + self._watch.trailer(self._attempt))
            return await self._acknowledged(stream)
        except (OSError, EOFError) as cut:
            return self._cut(cut)

    async def run(self, stream: Stream, document: Document, gate: Gate) -> SubmitResult:
        """For a printer that prints nothing before the token."""
        self._reached = Evidence.BODY
        try:
            await self._hand_over(stream, document.body)
            taken = await self._watch.taken()
            self._before = taken.snapshot
            await drain(stream)
            if taken.refusal:
                return await self._withdraw(stream, taken.refusal)
            if not await self._ask_gate(stream, gate):
                return await self._withdraw(stream, "The daemon withdrew the label at the last moment.")
            # A cut that is known by now keeps the attempt at BODY: its token never leaves.
            await drain(stream)
            self._reached, self._sent_at = Evidence.TOKEN, self._ctx.monotonic()
            await self._hand_over(stream, document.token + self._watch.trailer(self._attempt))
            return await self._acknowledged(stream)
        except (OSError, EOFError) as cut:
            return self._cut(cut)

    async def _acknowledged(self, stream: Stream) -> SubmitResult:
        self._reached = Evidence.ACKNOWLEDGED
        await self._watch.followed(self._attempt, stream)
        return self._result("")

    def _cut(self, cut: Exception) -> SubmitResult:
        self.broken = True
        return self._result(f"{_WHERE[self._reached]}: {cut}")

    async def _hand_over(self, stream: Stream, data: bytes) -> None:
        until = self._ctx.monotonic() + self._settings.stall_s
        for start in range(0, len(data), CHUNK_BYTES):
            if self._ctx.monotonic() > until:
                raise Stalled(self._stalled())
            await stream.write(data[start : start + CHUNK_BYTES])
        if not await stream.acked(max(until - self._ctx.monotonic(), 0.0)):
            raise Stalled(self._stalled())

    def _stalled(self) -> str:
        return f"the printer did not take the bytes within {self._settings.stall_s:g} s"

    async def _ask_gate(self, stream: Stream, gate: Gate) -> bool:
        try:
            return await gate(self._before)
        except Exception:
            # A gate that fails is the daemon's trouble, but the body must not stay in the printer for it.
            await self._withdraw(stream, "")
            raise

    async def _withdraw(self, stream: Stream, why: str) -> SubmitResult:
        if await self._watch.withdraw(stream):
            self._reached = Evidence.NOTHING
            return self._result(why)
        self.broken = True
        return self._result(f"{why} The printer did not show that it dropped the body; cancel the attempt.")

    def _result(self, detail: str) -> SubmitResult:
        return SubmitResult(Receipt(self._attempt, self._before, self._reached, self._sent_at), detail)


_WHERE = {
    Evidence.NOTHING: "Cut before the first byte",
    Evidence.BODY: "Cut before the closing token, nothing can have been printed",
    Evidence.TOKEN: "Cut around the closing token, the label may have been printed",
}
