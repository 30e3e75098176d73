"""A Zebra printer's own status port beside a CUPS queue: the counter that knows what the queue cannot."""

from __future__ import annotations

from dataclasses import replace

from waybilld_printers.probes.ipp.looks import JobState, Look, QueueLook
from waybilld_printers.probes.zebra.channel import SILENCE, StatusChannel
from waybilld_printers.probes.zebra.decide import Case, decide
from waybilld_printers.probes.zebra.observation import Observation, dated, wall_s
from waybilld_printers.probes.zebra.states import blockers, status_of
from waybilld_printers.transports.cups.settings import CupsSettings
from waybilld_printers.transports.raw.looks import Patience, Steady
from waybilld_sdk.context import Context
from waybilld_sdk.errors import NotReady
from waybilld_sdk.printing import CancelOutcome, Evidence, Outcome, PrinterState, PrinterStatus, Receipt, Snapshot, Verdict

_TIMEOUT_S = 2.0
_MM_PER_INCH = 25.4
_SLOWEST_IPS = 2

_WAITING = frozenset({"settling", "truncated"})
"""Rows whose answer changes with nothing but time."""

_HALF = (
    "It holds the beginning of the label without its end, which CUPS will not send any more; the next label drops it."
)
_NOT_OVER = "The printer counted the label, and CUPS has not ended its job yet."
_SHARED = "The counter rose by one, and somebody else printed through the queue meanwhile: it may have counted that."
_FORGOTTEN = (
    "The counter rose by one, and CUPS lost the job, and with it who else printed through the queue: look whether the label "
    "came out."
)
_LATE = "The job was cancelled, and the counter rose by one after that: look whether the label came out."
_ORPHAN = "It printed nothing, but CUPS lost the job, and a process of CUPS may still be sending it."
_HALF_MORE = "It holds an unfinished label, so that its counter does not tell which one came out; look for the label."


def verdict_of(case: Case) -> tuple[Outcome, str]:
    """What the printer proves once the queue has nothing more to do with the label, and why.

    As for a printer of our own, but for half a label: nothing can be sent to drop it, which the next label does, so that
    waiting for its end would be waiting for ever.
    """
    rule, _ = decide(case)
    if rule.name != "token-lost" or case.flags.faults or case.flags.paused or case.flags.buffer_full:
        return rule.outcome, rule.reason
    if case.identified and case.delta == 0:
        return Outcome.REFUTED, _HALF
    return Outcome.UNCONFIRMED, _HALF_MORE


def _known(look: Look) -> bool:
    return isinstance(look, QueueLook) and bool(look.named)


def joined(queue: PrinterStatus, device: PrinterStatus) -> PrinterStatus:
    """One state of a queue and the printer behind it: the queue's trouble first, then the printer's, and its own facts."""
    stopped = device.state is PrinterState.STOPPED and queue.state is not PrinterState.STOPPED
    said = device if stopped or (queue.state is PrinterState.IDLE and device.state is not PrinterState.IDLE) else queue
    return replace(
        said, serial=device.serial, odometer=device.odometer, model=device.model or queue.model, supplies=queue.supplies
    )


class ZebraBeside:
    """Asks the printer, never prints on it: its print port belongs to CUPS."""

    def __init__(self, ctx: Context, settings: CupsSettings) -> None:
        if settings.beside is None:
            raise ValueError("there is no printer beside the queue")
        self._ctx = ctx
        where = settings.beside
        self._where = f"{where.host}:{where.port}"
        self._channel = StatusChannel(ctx, where.host, where.port, connect_timeout=_TIMEOUT_S, timeout=_TIMEOUT_S)
        self._newest = SILENCE
        self._counted = ""
        """The attempt whose label was counted before its job was cancelled."""
        self._steady = Steady()
        self._drops = settings.opening != b""
        self._label_s = settings.media_mm[1] / ((settings.speed_ips or _SLOWEST_IPS) * _MM_PER_INCH) + 1.0

    async def check(self) -> None:
        """Raises `NotReady` where it tells no serial and counter."""
        await self.ready()

    async def ready(self) -> Snapshot:
        """The idle printer before the label. Raises `NotReady`."""
        look = await self._look()
        if not look.countable:
            raise NotReady(
                f"{self._where} tells no serial and counter, so nothing could be proven: check its address, or leave "
                "`beside` out"
            )
        flags = self._heeded(look).flags
        why = blockers(flags) if flags is not None else ""
        if why:
            raise NotReady(f"{self._where}: {why}")
        snapshot = dated(look.to_snapshot(), self._ctx.now())
        return {name: value for name, value in snapshot.items() if name != "probe"}

    async def judge(self, receipt: Receipt, verdict: Verdict, look: Look) -> Verdict:
        """The queue's verdict with what the printer shows. `look` is what the verdict rests on.

        While the queue is at work, only a proof counts: the rest of the label may still be on its way. And not even that
        before the job is over: one that ends badly after its label goes back into the queue, and nobody would take it off.
        The rest may be on its way also where CUPS lost the job: its backend outlives a crash, and goes on sending.
        """
        case = await self._case(receipt)
        outcome, reason = verdict_of(case)
        status = None if verdict.status is None else joined(verdict.status, self._told())
        if outcome is Outcome.PROVEN and receipt.reached >= Evidence.TOKEN:
            if isinstance(look, QueueLook) and look.unended:
                return replace(verdict, outcome=Outcome.PENDING, reason=_NOT_OVER, status=status)
            if not isinstance(look, QueueLook):
                return replace(verdict, status=status)
            doubt = self._doubt(receipt, look)
            if doubt:
                return Verdict(Outcome.UNCONFIRMED, verdict.evidence, doubt, case.after.to_snapshot(), status)
            return Verdict(Outcome.PROVEN, Evidence.PRINTED, reason, case.after.to_snapshot(), status)
        if verdict.outcome is not Outcome.UNCONFIRMED:
            return replace(verdict, status=status)
        if outcome is Outcome.REFUTED and not _known(look):
            outcome, reason = Outcome.UNCONFIRMED, _ORPHAN
        return Verdict(
            outcome, verdict.evidence, f"{verdict.reason} The printer itself: {reason}", case.after.to_snapshot(), status
        )

    async def before_cancel(self, receipt: Receipt) -> None:
        """Its job is about to be cancelled: what is counted by now is the label, later anything."""
        outcome, _ = verdict_of(await self._case(receipt))
        if outcome is Outcome.PROVEN:
            self._counted = receipt.attempt.id

    def _doubt(self, receipt: Receipt, look: QueueLook) -> str:
        """Why a counter that rose by one may have counted something else; empty where it counted the label."""
        if look.shared:
            return _SHARED
        if not look.named:
            return _FORGOTTEN
        cancelled = any(job.state is JobState.CANCELED for job in look.named)
        return _LATE if cancelled and self._counted != receipt.attempt.id else ""

    async def cancelled(self, receipt: Receipt, look: QueueLook) -> CancelOutcome:
        """What became of a label whose job is off the queue, as the counter shows it."""
        patience = Patience(self._ctx, self._label_s * 2 + _TIMEOUT_S)
        while True:
            case = await self._case(receipt)
            outcome, _ = verdict_of(case)
            if outcome is Outcome.PROVEN:
                return CancelOutcome.UNKNOWN if self._doubt(receipt, look) else CancelOutcome.PRINTED
            if outcome is Outcome.REFUTED:
                return CancelOutcome.CANCELLED if _known(look) else CancelOutcome.UNKNOWN
            if decide(case)[0].name not in _WAITING or not await patience.more():
                return CancelOutcome.UNKNOWN

    async def status(self) -> PrinterStatus:
        """The printer's own state, asked anew."""
        await self._look()
        return self._told()

    def _told(self) -> PrinterStatus:
        return status_of(self._heeded(self._newest), answers_when_faulted=False)

    def _heeded(self, look: Observation) -> Observation:
        """Without the half label that the next one drops: nobody needs to see to it, nor keep the next one back."""
        if look.flags is None or not self._drops:
            return look
        return replace(look, flags=replace(look.flags, partial=False))

    async def _look(self) -> Observation:
        self._newest = await self._channel.look()
        return self._newest

    async def _case(self, receipt: Receipt) -> Case:
        look = await self._look()
        now = self._ctx.monotonic()
        self._steady = self._steady.after(receipt.attempt.id, look, now)
        return Case(
            before=Observation.from_snapshot(receipt.before),
            after=look,
            reached=receipt.reached,
            equal_looks=self._steady.looks,
            steady_s=now - self._steady.since,
            label_s=self._label_s,
            elapsed_s=None if receipt.sent_at is None else now - receipt.sent_at,
            wall_s=wall_s(receipt.before, self._ctx.now()),
        )

    async def close(self) -> None:
        """Give the connection back. Never raises."""
        await self._channel.close()
