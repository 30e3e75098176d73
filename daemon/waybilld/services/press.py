"""A printer as its lane deals with it: every call through the guard, and every ending a value."""

from __future__ import annotations

from dataclasses import dataclass, replace

from twisted.logger import Logger

from waybilld.core.cards import misfit
from waybilld.core.failover import Trouble, trouble_of
from waybilld.core.flapping import Health
from waybilld.host.guard import Garbage, PluginBug, Quarantined
from waybilld.services.board import Board
from waybilld.services.clock import Clock
from waybilld.services.fleet import PoolPrinter
from waybilld.services.meters import Meters
from waybilld_sdk.errors import AdapterError, NotReady
from waybilld_sdk.plain import plain
from waybilld_sdk.printing import (
    AttemptRef,
    CancelOutcome,
    Document,
    Evidence,
    Gate,
    Outcome,
    PrinterState,
    PrinterStatus,
    Receipt,
    Snapshot,
    SubmitResult,
    Verdict,
)
from waybilld_sdk.sound import LONGEST_SENTENCE, fault_in_snapshot

log = Logger()
_UNREACHABLE = ("connecting-to-device",)


@dataclass(frozen=True, slots=True)
class NotSent:
    """The printer got no byte."""

    why: str


def _why(error: Exception) -> str:
    """What an adapter says of a call that failed, fit to be kept and shown: a server's words may stand in it."""
    return plain(str(error), LONGEST_SENTENCE)


def _condition(status: PrinterStatus) -> tuple[object, ...]:
    usable = status.state in {PrinterState.IDLE, PrinterState.PROCESSING}
    return ("usable" if usable else status.state, status.reasons)


class Press:
    """One printer with its newest status, its newest snapshot and its health."""

    def __init__(self, printer: PoolPrinter, clock: Clock, board: Board, meters: Meters) -> None:
        self.printer = printer
        self.name = printer.instance.name
        self._told = PrinterStatus(PrinterState.UNKNOWN, _UNREACHABLE, advice="not asked yet")
        self._said = _condition(self._told)
        self.seen: Snapshot = {}
        self._health = Health()
        self._clock = clock
        self._board = board
        self._meters = meters

    @property
    def status(self) -> PrinterStatus:
        """The newest status, as people are shown it."""
        needs = self._board.needs(self.name)
        return misfit(self._told, self.name, needs) if needs else self._told

    @property
    def usable(self) -> bool:
        """It may be given a label, for all that was seen of it, and for what people say is in it."""
        return not self._board.needs(self.name) and self._health.usable(self._clock.monotonic())

    def forgive(self) -> None:
        """A person says that the printer is mended: what it did before counts no more."""
        self._health = self._health.forgiven()

    def show(self, status: PrinterStatus) -> None:
        """Take a new state in; said when it is news. That a printer works and rests between two labels is none."""
        told, self._told = status, status
        status = self.status
        if _condition(status) != self._said:
            self._said = _condition(status)
            said = (status.state.value, f"({', '.join(status.reasons)})" if status.reasons else "", status.advice)
            log.info("printer {printer}: {said}", printer=self.name, said=" ".join(filter(None, said)))
            reasons = status.reasons or (("unknown",) if status.state is PrinterState.UNKNOWN else ())
            self._meters.printer(self.name, reasons)
        self._health = self._health.after(well=trouble_of(told) is Trouble.NONE, now_s=self._clock.monotonic())
        self._board.show(self.name, told, usable=self._health.usable(self._clock.monotonic()))

    def _unreachable(self, error: Exception) -> None:
        self.show(PrinterStatus(PrinterState.UNKNOWN, _UNREACHABLE, _why(error)))

    async def ask_status(self) -> None:
        """Look how it is."""
        instance = self.printer.instance
        try:
            self.show(await instance.guard.call("status", instance.port.status, returns=PrinterStatus))
        except (AdapterError, PluginBug, Quarantined) as e:
            self._unreachable(e)

    async def submit(self, document: Document, ref: AttemptRef, before: Snapshot, gate: Gate) -> SubmitResult | NotSent:
        """Send one label. However it ends, its receipt says the most that may have happened."""
        instance = self.printer.instance
        gate_said: list[bool] = []
        called = False
        fault = ""

        async def asked(snapshot: Snapshot) -> bool:
            nonlocal fault
            if fault := fault_in_snapshot(snapshot):
                raise Garbage(fault)
            gate_said.append(await gate(snapshot))
            return gate_said[0]

        async def submit() -> SubmitResult:
            nonlocal called
            called = True
            sent = await instance.port.submit(document, ref, asked)
            if fault:
                # An adapter that swallows what its gate raised has the bug all the same.
                raise Garbage(fault)
            return sent

        try:
            sent = await instance.guard.call("submit", submit, effect=True, returns=SubmitResult)
        except (AdapterError, PluginBug, Quarantined) as e:
            if not called or (isinstance(e, NotReady) and not gate_said):
                return NotSent(_why(e))
            # Nobody knows how far it got.
            level = Evidence.TOKEN if gate_said and gate_said[0] else Evidence.BODY
            log.warn("printer {printer}: {why}", printer=self.name, why=_why(e))
            return SubmitResult(Receipt(ref, before, level), _why(e))
        return sent

    async def verdict(self, receipt: Receipt) -> Verdict | None:
        """What the printer shows of an attempt now; None where it could not be asked.

        An adapter in quarantine will not tell before a person releases it: what became of the label is settled without it.
        """
        instance = self.printer.instance
        try:
            verdict = await instance.guard.call("evidence", lambda: instance.port.evidence(receipt), returns=Verdict)
        except Quarantined as e:
            self._unreachable(e)
            if receipt.reached < Evidence.TOKEN:
                why = "its closing token never left, so nothing of it can have come out"
                return Verdict(Outcome.REFUTED, receipt.reached, f"{_why(e)}; {why}")
            return Verdict(Outcome.UNCONFIRMED, receipt.reached, f"{_why(e)}; look whether the label came out")
        except (AdapterError, PluginBug) as e:
            self._unreachable(e)
            return None
        if verdict.status is not None:
            self.show(verdict.status)
        self.seen = verdict.after or self.seen
        if verdict.outcome is Outcome.PROVEN and verdict.evidence < Evidence.PRINTED:
            why = f"the adapter calls E{int(verdict.evidence)} a proof ({verdict.reason}), and only E4 and E5 are"
            return replace(verdict, outcome=Outcome.UNCONFIRMED, reason=why)
        return verdict

    async def cancel(self, receipt: Receipt) -> CancelOutcome:
        """Take back what the device holds of the attempt."""
        instance = self.printer.instance
        try:
            return await instance.guard.call("cancel", lambda: instance.port.cancel(receipt), returns=CancelOutcome)
        except (AdapterError, PluginBug, Quarantined) as e:
            self._unreachable(e)
            return CancelOutcome.UNKNOWN
