"""One lane per printer: claims a label, sends it, gathers evidence, and settles it before the next one.

Nothing here decides by the clock what evidence should decide: time only says when to look again.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TypeVar

from twisted.internet.defer import CancelledError
from twisted.logger import Logger

from waybilld.core.attempts import VAIN_IN_A_ROW, AttemptState
from waybilld.core.failover import Post, Trouble, trouble_of
from waybilld.core.policy import Policies
from waybilld.core.printers import Mode
from waybilld.core.redact import place_of
from waybilld.core.unconfirmed import policy_for
from waybilld.host.context import Lender
from waybilld.host.drawing import encode_page
from waybilld.services.base import Loop
from waybilld.services.board import Board
from waybilld.services.clock import Clock
from waybilld.services.errands import Errand, Errands
from waybilld.services.fleet import PoolPrinter
from waybilld.services.gathering import FAULT_POLL_S, Ending, Gathering
from waybilld.services.houselabels import HouseLabels
from waybilld.services.meters import Meters
from waybilld.services.press import NotSent, Press
from waybilld.store import attempts, failovers, jobs, outcomes, printers
from waybilld.store.attempts import Task
from waybilld.store.database import Store
from waybilld.store.engine import StoreUnavailable
from waybilld.store.failovers import Owed
from waybilld.store.jobs import Owner
from waybilld.store.outcomes import Left
from waybilld.store.shipments import Moved
from waybilld.store.sql import Runner
from waybilld.store.tx import Tx
from waybilld_sdk.context import Limits
from waybilld_sdk.errors import Retry
from waybilld_sdk.labels import LabelRequest
from waybilld_sdk.printing import (
    AttemptRef,
    CancelOutcome,
    Document,
    Evidence,
    Outcome,
    PrinterStatus,
    Receipt,
    Snapshot,
)

log = Logger()
T = TypeVar("T")

_IDLE_STATUS_S, _LONGEST_IDLE_S = 5.0, 30.0
_STORE_PAUSE_S = 1.0
_FIRST_REST_S, _LONGEST_REST_S = 0.2, 10.0

Settle = Callable[[Tx], None]


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
        house: HouseLabels,
        print_within_us: int = 0,
    ) -> None:
        super().__init__(f"lane-{printer.instance.name}", clock)
        self.printer = printer
        self.press = Press(printer, clock, board, meters)
        self._gathering = Gathering(self.press, board, clock, printer.patience)
        self._board = board
        self._policies = policies
        self._store = store
        self._lender = lender
        self._meters = meters
        self._print_within_us = print_within_us
        self._owner = Owner(self.name, epoch)
        self._errands = Errands(self.press, house, board, store, clock, self._owner, self._insist, self._send)
        self._shipment: int | None = None
        """The shipment that was printed for last: what is left of it comes out of this printer too."""
        self._in_vain = 0
        """Attempts in a row that ended with nothing printed."""
        self._vain = (0, 0)
        """The label that was last tried in vain, and how often in a row."""
        self._owes = True
        """The printer may have been left with a label in the middle."""
        self._idle_s = _IDLE_STATUS_S
        store.on_commit(self._committed)
        board.post(self.press.name, Post(printer.device.pool, printer.device.backs))
        board.on_change(self.wake)

    @property
    def status(self) -> PrinterStatus:
        """The printer's newest status."""
        return self.press.status

    @property
    def label_s(self) -> float:
        """Seconds that a label takes, as learned; 0 before the first."""
        return self._gathering.label_s

    def owes_nothing(self, run: Runner) -> bool:
        """Whether a printer that is at no label has none in it from before, and none of its last print set to come."""
        device, name = self.printer.device, self.press.name
        if self._errands.waiting or failovers.owed(run, name) is not None:
            return False
        pools = [pool for pool in (device.pool, *device.backs) if pool]
        return self._shipment is None or not any(jobs.left_of(run, name, pool, self._shipment) for pool in pools)

    def ask_for(self, request: LabelRequest) -> Errand:
        """Have a label of the house's own printed here next; also on a printer that people paused."""
        errand = self._errands.add(request)
        self.wake()
        return errand

    def forget(self, errand: Errand) -> bool:
        """Nobody waits for an errand any more. False where it is begun: then it goes on."""
        return self._errands.forget(errand)

    def _committed(self, wakes: frozenset[str], _: int) -> None:
        if "print" in wakes:
            self.wake()

    async def run(self) -> None:
        """Settle what a dead daemon left open, then print whatever the pools have."""
        await self._store.read(self._recall)
        orphan = await self._store.read(lambda run: attempts.live(run, self.press.name))
        if orphan is not None:
            await self._insist(lambda tx: attempts.adopt(tx, orphan, self._owner))
            await self._insist(await self._orphaned(orphan))
        settle: Settle | None = None
        while not self.stopping:
            if settle is None and not await self._ready():
                await self.pause(FAULT_POLL_S)
                continue
            if (wait := self._board.turn_s(self.clock.monotonic())) > 0:
                await self.clock.sleep(wait)
            task, settle = await self._next(settle), None
            if task is None:
                await self._idle()
                continue
            settle = await self._print(task)
            if self.stopping or self._in_vain or self._owes:
                await self._insist(settle)
                settle = None
            if self._in_vain:
                # The label is free again before anybody waits; and no printer is tried as fast as it can refuse.
                await self._rest(min(_LONGEST_REST_S, _FIRST_REST_S * 2.0 ** min(self._in_vain - 1, 8)))

    def _recall(self, run: Runner) -> None:
        """What people told this printer, and what no separator has told yet."""
        self._board.modes[self.press.name] = printers.mode_of(run, self.press.name)
        self._meters.mode(self.press.name, self._board.mode(self.press.name))
        self._board.untold |= failovers.pools_untold(run)

    async def stop(self) -> None:
        """Ask the loop to end; who waits for an errand is told that it was not done."""
        self._errands.refuse_all("the daemon is stopping")
        await super().stop()

    async def _idle(self) -> None:
        """Nothing to print: look at the printer now and then, less often the longer nothing happens."""
        await self.pause(self._idle_s)
        self._idle_s = min(_LONGEST_IDLE_S, self._idle_s * 1.5)
        await self.press.ask_status()

    async def _rest(self, seconds: float) -> None:
        """Wait so long, whoever wakes this loop."""
        until = self.clock.monotonic() + seconds
        while not self.stopping and (left := until - self.clock.monotonic()) > 0:
            await self.pause(left)

    async def _orphaned(self, orphan: Task) -> Settle:
        if orphan.state is AttemptState.PREPARED:
            self._count(AttemptState.REFUTED, Evidence.NOTHING)
            return lambda tx: outcomes.refuted(tx, orphan, "its daemon ended before the first byte")
        receipt = Receipt(AttemptRef(orphan.ref, orphan.serial), orphan.before, orphan.reached)
        return self._settled(orphan, receipt, await self._gathering.gather(receipt, expected=False))

    # ---- claiming -------------------------------------------------------------------------------------------------

    async def _ready(self) -> bool:
        """Whether the printer may be given a label; asked anew unless it was fine a moment ago."""
        if not self.press.usable:
            await self.press.ask_status()
        if self._owes and trouble_of(self.status) is not Trouble.SILENT:
            self._owes = not await self._asked_back()
        return self.press.usable and not self._owes

    async def _next(self, settle: Settle | None) -> Task | None:
        """Settle the last label and claim the next one in one commit, from the pools that this printer serves now."""
        pools = () if self.stopping else self._board.serves(self.press.name)
        if self._errands.waiting or (self._board.untold.intersection(pools) and self._takes_labels()):
            if settle is not None:
                await self._insist(settle)
                settle = None
            await self._errands.run_all()
            silent = await self._errands.separate(pools)
            pools = tuple(pool for pool in pools if pool not in silent)

        def unit(tx: Tx) -> Task | None:
            if settle is not None:
                settle(tx)
            # Not what the board knows: somebody with open hands in the printer relies on what stands committed.
            mode = printers.mode_of(tx.run, self.press.name)
            return None if self.stopping or mode is Mode.PAUSED else self._claim(tx, pools, alone=mode is Mode.DRAINING)

        return await self._insist(unit)

    def _claim(self, tx: Tx, pools: tuple[str, ...], *, alone: bool) -> Task | None:
        """The next label of these pools, or one that a person moved here from another pool that this printer backs."""
        begin = partial(attempts.begin, tx, self.printer.device)
        seen, oldest_us = self.press.seen, self._oldest_us()
        for pool in pools:
            task = begin(pool, self._owner, seen, shipment=self._shipment, alone=alone, made_after_us=oldest_us)
            if task is not None:
                return task
        for pool in () if alone else self.printer.device.backs:
            task = None if pool in pools else begin(pool, self._owner, seen, moved=True, made_after_us=oldest_us)
            if task is not None:
                return task
        return None

    def _takes_labels(self) -> bool:
        """Nobody paused this printer, for all that is known."""
        return self._board.mode(self.press.name) is not Mode.PAUSED

    def _oldest_us(self) -> int:
        """Labels that wait since before this instant are asked about first."""
        return self.clock.now_us() - self._print_within_us if self._print_within_us else 0

    # ---- one label ------------------------------------------------------------------------------------------------

    async def _print(self, task: Task) -> Settle:
        """Send one label and return how it is to be settled."""
        self._shipment, self._idle_s = task.shipment, _IDLE_STATUS_S
        document = task.document
        if document is None:
            try:
                document = await self._encode(task)
            except CancelledError:
                raise
            except Retry as e:
                return self._again(task, str(e))
            except Exception as e:  # noqa: BLE001 - a language plugin's bug is this label's alone
                log.error("printer {printer}: {what}", printer=self.press.name, what=place_of(e))
                text = f"{type(e).__name__}: {e}"
                self._count(AttemptState.REFUTED, Evidence.NOTHING)
                return lambda tx: attempts.unprintable(tx, task, text)
        return await self._send(task, document)

    async def _send(self, task: Task, document: Document) -> Settle:
        ref = AttemptRef(task.ref, f"{task.serial} copy {task.copy}")

        async def gate(before: Snapshot) -> bool:
            return await self._gate(task, before)

        sent = await self.press.submit(document, ref, task.before, gate)
        if isinstance(sent, NotSent):
            # The label is free again before anybody asks why.
            await self._insist(self._again(task, sent.why))
            await self.press.ask_status()
            return _nothing
        ending = await self._gathering.gather(sent.receipt, expected=task.document is not None, detail=sent.detail)
        return self._settled(task, sent.receipt, ending)

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
            log.warn("printer {printer}: the gate stays shut: {why}", printer=self.press.name, why=str(e))
            return False

    # ---- how it ended -----------------------------------------------------------------------------------------------

    def _settled(self, task: Task, receipt: Receipt, ending: Ending) -> Settle:
        verdict = ending.verdict
        left = Left(task.job.pool, self.press.name) if ending.left else None
        if left is not None:
            self._owes = True
            if task.shipment is not None:
                self._board.untold.add(left.pool)
            self._meters.failovers.labels(left.pool, left.printer, verdict.outcome.value).inc()
            log.warn("pool {pool} goes on without {who}: {why}", pool=left.pool, who=left.printer, why=verdict.reason)
        level = max(receipt.reached, verdict.evidence)
        if verdict.outcome is Outcome.REFUTED:
            if left is None:
                return self._again(task, verdict.reason, level)
            self._in_vain = 0
            self._count(AttemptState.REFUTED, level)
            return lambda tx: outcomes.refuted(tx, task, verdict.reason, left, level)
        self._in_vain = 0
        if verdict.outcome is Outcome.PROVEN:
            self._count(AttemptState.PROVEN, verdict.evidence)
            return lambda tx: outcomes.proven(tx, task, verdict, self._policies)
        policy = policy_for(self.printer.unconfirmed, self.printer.capabilities.proves, level, task.copy)
        self._count(AttemptState.UNCONFIRMED, level)
        log.warn("label {serial} is unconfirmed: {why}", serial=task.serial, why=verdict.reason)
        return lambda tx: outcomes.unconfirmed(tx, task, level, verdict.reason, policy, self._policies, left)

    def _again(self, task: Task, why: str, reached: Evidence = Evidence.NOTHING) -> Settle:
        """The label was tried in vain: it is tried again, behind the others where that happened to it too often in a row."""
        self._count(AttemptState.REFUTED, reached)
        self._in_vain += 1
        label, times = self._vain
        times = times + 1 if label == task.label else 1
        self._vain = (task.label, times)
        passed = times % VAIN_IN_A_ROW == 0
        if passed:
            self._shipment = None
        return lambda tx: outcomes.refuted(tx, task, why, reached=reached, passed=passed)

    async def _asked_back(self) -> bool:
        """Ask a printer that answers again what became of the label that it was left with. True when that is settled."""
        owed = await self._store.read(lambda run: failovers.owed(run, self.press.name))
        if owed is None:
            return True
        settle = await self._late(owed)
        if settle is None:
            return False

        def unit(tx: Tx) -> None:
            settle(tx)
            failovers.settled(tx, self.press.name)

        await self._insist(unit)
        return True

    async def _late(self, owed: Owed) -> Settle | None:
        """What the printer shows of a label after its pool went on; None while it cannot tell yet."""
        doubt, receipt = owed.doubt, owed.receipt
        open_ = doubt.state is AttemptState.UNCONFIRMED
        # Who looked and saw no label cannot know what came out later: the printer may.
        asks = open_ or owed.answered
        verdict = await self.press.verdict(receipt) if asks else None
        if verdict is not None and verdict.outcome is Outcome.PROVEN:
            self._count(AttemptState.PROVEN, max(verdict.evidence, doubt.evidence))
            return lambda tx: outcomes.came_out(tx, doubt, verdict.evidence, verdict.reason, verdict.after, self._policies)
        if verdict is not None and verdict.outcome is Outcome.REFUTED:
            self._count(AttemptState.REFUTED, doubt.evidence)
            return lambda tx: outcomes.never_came(tx, doubt, verdict.reason, verdict.after)
        if asks and (verdict is None or (verdict.outcome is Outcome.PENDING and doubt.waits)):
            # It holds the label, and nobody else has printed it: let it come out.
            return None
        outcome = await self.press.cancel(receipt)
        if outcome is CancelOutcome.CANCELLED:
            why = "the printer gave it back when it answered again"
            return (lambda tx: outcomes.never_came(tx, doubt, why, {})) if open_ else _nothing
        if outcome is CancelOutcome.PRINTED and asks:
            return None
        return None if verdict is not None and verdict.outcome is Outcome.PENDING else _nothing

    def _count(self, outcome: AttemptState, evidence: Evidence) -> None:
        self._meters.attempts.labels(self.press.name, outcome.value, f"E{int(evidence)}").inc()

    # ---- the database ---------------------------------------------------------------------------------------------

    async def _insist(self, unit: Callable[[Tx], T]) -> T:
        """Commit, waiting out a full disk: what happened to a label must not be forgotten."""
        while True:
            try:
                return await self._store.write(unit)
            except StoreUnavailable:
                await self.clock.sleep(_STORE_PAUSE_S)


def _nothing(_: Tx) -> None:
    """Settled already."""
