"""One lane per printer: claims a label, sends it, gathers evidence, and settles it before the next one.

Nothing here decides by the clock what evidence should decide: time only says when to look again.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import TypeVar

from twisted.internet.defer import CancelledError
from twisted.logger import Logger

from waybilld.core.attempts import AttemptState
from waybilld.core.policy import Policies
from waybilld.core.redact import place_of
from waybilld.host.context import Lender
from waybilld.host.drawing import encode_page
from waybilld.host.guard import PluginBug, Quarantined
from waybilld.services.base import Loop
from waybilld.services.board import Board
from waybilld.services.clock import Clock
from waybilld.services.fleet import PoolPrinter
from waybilld.services.meters import Meters
from waybilld.store import attempts
from waybilld.store.attempts import Task
from waybilld.store.database import Store
from waybilld.store.engine import StoreUnavailable
from waybilld.store.jobs import Owner
from waybilld.store.shipments import Moved
from waybilld.store.tx import Tx
from waybilld_sdk.context import Limits
from waybilld_sdk.errors import AdapterError, NotReady, Retry
from waybilld_sdk.printing import (
    AttemptRef,
    CancelOutcome,
    Document,
    Evidence,
    Outcome,
    PrinterState,
    PrinterStatus,
    Receipt,
    Snapshot,
    SubmitResult,
    Verdict,
)

log = Logger()
T = TypeVar("T")

_FIRST_POLL_S, _LONGEST_POLL_S, _FAULT_POLL_S = 0.005, 0.2, 1.0
_IDLE_STATUS_S = 5.0
_STORE_PAUSE_S = 1.0
_FIRST_REST_S, _LONGEST_REST_S = 0.2, 10.0
_LEARN = 0.3
"""Weight of the newest label in the learned label time."""
_EARLIER = 0.8
"""Share of its time that a label is reckoned with when the first look already found it: it was out some time before."""

Settle = Callable[[Tx], None]


def _condition(status: PrinterStatus) -> tuple[object, ...]:
    usable = status.state in {PrinterState.IDLE, PrinterState.PROCESSING}
    return ("usable" if usable else status.state, status.reasons)


class Lane(Loop):
    """The only one who talks to its printer."""

    def __init__(
        self,
        printer: PoolPrinter,
        policies: Policies,
        store: Store,
        lender: Lender,
        clock: Clock,
        meters: Meters,
        epoch: int,
        board: Board,
    ) -> None:
        super().__init__(f"lane-{printer.instance.name}", clock)
        self.printer = printer
        self._board = board
        self.status = PrinterStatus(PrinterState.UNKNOWN, advice="not asked yet")
        self.label_s = 0.0
        self._policies = policies
        self._store = store
        self._lender = lender
        self._meters = meters
        self._owner = Owner(self.name, epoch)
        self._seen: Snapshot = {}
        self._shipment: int | None = None
        """The shipment that was printed for last: what is left of it comes out of this printer too."""
        self._in_vain = 0
        """Attempts in a row that ended with nothing printed."""
        store.on_commit(self._committed)

    def _committed(self, wakes: frozenset[str], _: int) -> None:
        if "print" in wakes:
            self.wake()

    async def run(self) -> None:
        """Settle what a dead daemon left open, then print whatever the pool has."""
        orphan = await self._store.read(lambda run: attempts.live(run, self.printer.device.name))
        if orphan is not None:
            await self._insist(lambda tx: attempts.adopt(tx, orphan, self._owner))
            await self._insist(await self._orphaned(orphan))
        settle: Settle | None = None
        while not self.stopping:
            if settle is None and not await self._ready():
                await self.pause(_FAULT_POLL_S)
                continue
            task = await self._next(settle)
            settle = None
            if task is None:
                await self.pause(_IDLE_STATUS_S)
                await self._ask_status()
                continue
            self._shipment = task.shipment
            settle = await self._print(task)
            if settle is not None and (self.stopping or self._in_vain):
                await self._insist(settle)
                settle = None
            if self._in_vain:
                # The label is free again before anybody waits; and no printer is tried as fast as it can refuse.
                await self._rest(min(_LONGEST_REST_S, _FIRST_REST_S * 2.0 ** min(self._in_vain - 1, 8)))

    async def _rest(self, seconds: float) -> None:
        """Wait so long, whoever wakes this loop."""
        until = self.clock.monotonic() + seconds
        while not self.stopping and (left := until - self.clock.monotonic()) > 0:
            await self.pause(left)

    async def _orphaned(self, orphan: Task) -> Settle:
        if orphan.state is AttemptState.PREPARED:
            return lambda tx: attempts.refuted(tx, orphan, "its daemon ended before the first byte")
        return await self._gather(orphan, self._receipt(orphan))

    # ---- claiming -------------------------------------------------------------------------------------------------

    async def _ready(self) -> bool:
        """Whether the printer may be given a label; asked anew unless it was fine a moment ago."""
        if self.status.state in {PrinterState.IDLE, PrinterState.PROCESSING}:
            return True
        await self._ask_status()
        return self.status.state in {PrinterState.IDLE, PrinterState.PROCESSING}

    async def _ask_status(self) -> None:
        try:
            port = self.printer.instance.port
            self._show(await self.printer.instance.guard.call("status", port.status, returns=PrinterStatus))
        except (AdapterError, PluginBug, Quarantined) as e:
            self._show(PrinterStatus(PrinterState.UNKNOWN, ("connecting-to-device",), str(e)))

    def _show(self, status: PrinterStatus) -> None:
        """Take a new state in; said when it is news. That a printer works and rests between two labels is none."""
        if _condition(status) != _condition(self.status):
            said = (status.state.value, f"({', '.join(status.reasons)})" if status.reasons else "", status.advice)
            name = self.printer.instance.name
            log.info("printer {printer}: {said}", printer=name, said=" ".join(filter(None, said)))
            reasons = status.reasons or (("unknown",) if status.state is PrinterState.UNKNOWN else ())
            self._meters.printer(self.printer.instance.name, reasons)
        self.status = status
        self._board.show(self.printer.instance.name, status)

    async def _next(self, settle: Settle | None) -> Task | None:
        """Settle the last label and claim the next one in one commit."""
        stopping = self.stopping
        seen, last = self._seen, self._shipment

        def unit(tx: Tx) -> Task | None:
            if settle is not None:
                settle(tx)
            return None if stopping else attempts.begin(tx, self.printer.device, self._owner, seen, last)

        return await self._insist(unit)

    # ---- one label ------------------------------------------------------------------------------------------------

    async def _print(self, task: Task) -> Settle | None:
        """Send one label and return how it is to be settled."""
        document = task.document
        if document is None:
            try:
                document = await self._encode(task)
            except CancelledError:
                raise
            except Retry as e:
                why = str(e)
                self._in_vain += 1
                return lambda tx: attempts.refuted(tx, task, why)
            except Exception as e:  # noqa: BLE001 - a language plugin's bug is this label's alone
                log.error("printer {printer}: {what}", printer=self.printer.instance.name, what=place_of(e))
                text = f"{type(e).__name__}: {e}"
                return lambda tx: attempts.unprintable(tx, task, text)
        ref = AttemptRef(task.ref, f"{task.serial} copy {task.copy}")
        gate_said: list[bool] = []

        async def gate(before: Snapshot) -> bool:
            gate_said.append(await self._gate(task, before))
            return gate_said[0]

        port, called = self.printer.instance.port, False

        def submit() -> Awaitable[SubmitResult]:
            nonlocal called
            called = True
            return port.submit(document, ref, gate)

        try:
            sent = await self.printer.instance.guard.call("submit", submit, effect=True, returns=SubmitResult)
        except (AdapterError, PluginBug, Quarantined) as e:
            if not called or (isinstance(e, NotReady) and not gate_said):
                await self._not_ready(task, str(e))
                return None
            # Nobody knows how far it got: the row says the most that may have happened.
            level = Evidence.TOKEN if gate_said and gate_said[0] else Evidence.BODY
            log.warn("printer {printer}: {why}", printer=self.printer.instance.name, why=str(e))
            return await self._gather(task, Receipt(ref, task.before, level))
        return await self._gather(task, sent.receipt)

    async def _encode(self, task: Task) -> Document:
        encoding = self.printer.encoding
        work = self._lender.work(encode_page, encoding.encode, task.page, encoding.settings, limits=Limits(30.0))
        document = await work
        await self._insist(lambda tx: attempts.sending(tx, task, document))
        return document

    async def _gate(self, task: Task, before: Snapshot) -> bool:
        try:
            return await self._store.write(lambda tx: attempts.sent(tx, task, self._owner.epoch, before))
        except (StoreUnavailable, Moved) as e:
            log.warn("printer {printer}: the gate stays shut: {why}", printer=self.printer.instance.name, why=str(e))
            return False

    async def _not_ready(self, task: Task, why: str) -> None:
        """Refused before the first byte: the label is free again before anybody asks why."""
        self._in_vain += 1
        await self._insist(lambda tx: attempts.refuted(tx, task, why))
        await self._ask_status()

    # ---- evidence -------------------------------------------------------------------------------------------------

    def _receipt(self, task: Task) -> Receipt:
        return Receipt(AttemptRef(task.ref, task.serial), task.before, task.reached)

    async def _gather(self, task: Task, receipt: Receipt) -> Settle:
        """Look until evidence settles the attempt. While the label is still owed, nothing else is printed here."""
        started = self.clock.monotonic()
        stuck = receipt.reached <= Evidence.BODY
        expected = not stuck and task.document is not None
        wait = max(0.0, self.label_s - _FIRST_POLL_S) if expected else 0.0
        poll = _FIRST_POLL_S
        looks, disturbed = 0, stuck
        while True:
            if wait > 0:
                await self.clock.sleep(wait)
            if stuck and await self._withdrawn(receipt):
                self._in_vain += 1
                self._count(AttemptState.REFUTED, receipt.reached)
                return lambda tx: attempts.refuted(tx, task, "withdrawn before its closing token")
            verdict = await self._verdict(receipt)
            if verdict is not None and verdict.outcome is not Outcome.PENDING:
                if verdict.outcome is Outcome.UNCONFIRMED:
                    # Nothing of it may come out later, and no rest of it may stand in the way of the next label.
                    await self._withdrawn(receipt)
                seconds = self.clock.monotonic() - started
                if verdict.outcome is Outcome.PROVEN and expected and not disturbed:
                    self._learn(seconds if looks else seconds * _EARLIER)
                return self._settled(task, receipt, verdict)
            if verdict is not None and verdict.evidence <= Evidence.BODY:
                # The token was handed over and never arrived: from now on a counter that rises counts somebody else's label.
                receipt, stuck = replace(receipt, reached=min(receipt.reached, Evidence.BODY)), True
            stopped = verdict is None or (verdict.status is not None and verdict.status.state is PrinterState.STOPPED)
            silent = verdict is not None and verdict.status is not None and verdict.status.state is PrinterState.UNKNOWN
            looks, disturbed = looks + 1, disturbed or stopped or silent or stuck
            wait = _FAULT_POLL_S if stopped or stuck else poll
            poll = min(_LONGEST_POLL_S, poll * 2)

    def _learn(self, seconds: float) -> None:
        """Only of labels that nothing disturbed: the next label is not looked at before the learned time is over."""
        self.label_s = seconds if self.label_s == 0 else (1 - _LEARN) * self.label_s + _LEARN * seconds

    async def _verdict(self, receipt: Receipt) -> Verdict | None:
        try:
            verdict = await self.printer.instance.guard.call(
                "evidence", lambda: self.printer.instance.port.evidence(receipt), returns=Verdict
            )
        except (AdapterError, PluginBug, Quarantined) as e:
            self._show(PrinterStatus(PrinterState.UNKNOWN, ("connecting-to-device",), str(e)))
            return None
        if verdict.status is not None:
            self._show(verdict.status)
        self._seen = verdict.after or self._seen
        if verdict.outcome is Outcome.PROVEN and verdict.evidence < Evidence.PRINTED:
            why = f"the adapter calls E{int(verdict.evidence)} a proof ({verdict.reason}), and only E4 and E5 are"
            return replace(verdict, outcome=Outcome.UNCONFIRMED, reason=why)
        return verdict

    async def _withdrawn(self, receipt: Receipt) -> bool:
        """Take back what the device holds of the attempt. True with proof that nothing of it can come out any more."""
        port = self.printer.instance.port
        try:
            outcome = await self.printer.instance.guard.call("cancel", lambda: port.cancel(receipt), returns=CancelOutcome)
        except (AdapterError, PluginBug, Quarantined) as e:
            self._show(PrinterStatus(PrinterState.UNKNOWN, ("connecting-to-device",), str(e)))
            return False
        return outcome is CancelOutcome.CANCELLED

    def _settled(self, task: Task, receipt: Receipt, verdict: Verdict) -> Settle:
        self._in_vain = self._in_vain + 1 if verdict.outcome is Outcome.REFUTED else 0
        if verdict.outcome is Outcome.PROVEN:
            self._count(AttemptState.PROVEN, verdict.evidence)
            return lambda tx: attempts.proven(tx, task, verdict, self._policies)
        if verdict.outcome is Outcome.REFUTED:
            self._count(AttemptState.REFUTED, verdict.evidence)
            return lambda tx: attempts.refuted(tx, task, verdict.reason)
        level = max(receipt.reached, verdict.evidence)
        self._count(AttemptState.UNCONFIRMED, level)
        log.warn("label {serial} is unconfirmed: {why}", serial=task.serial, why=verdict.reason)
        return lambda tx: attempts.unconfirmed(tx, task, level, verdict.reason)

    def _count(self, outcome: AttemptState, evidence: Evidence) -> None:
        self._meters.attempts.labels(self.printer.instance.name, outcome.value, f"E{int(evidence)}").inc()

    # ---- the database ---------------------------------------------------------------------------------------------

    async def _insist(self, unit: Callable[[Tx], T]) -> T:
        """Commit, waiting out a full disk: what happened to a label must not be forgotten."""
        while True:
            try:
                return await self._store.write(unit)
            except StoreUnavailable:
                await self.clock.sleep(_STORE_PAUSE_S)
