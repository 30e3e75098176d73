"""A Zebra printer's own status port beside a CUPS queue: the counter that knows what the queue cannot."""

from __future__ import annotations

from waybilld_printers.probes.zebra.channel import StatusChannel
from waybilld_printers.probes.zebra.decide import Case, decide
from waybilld_printers.probes.zebra.observation import Observation
from waybilld_printers.probes.zebra.states import blockers
from waybilld_printers.transports.cups.settings import CupsSettings
from waybilld_printers.transports.raw.looks import Steady
from waybilld_sdk.context import Context
from waybilld_sdk.errors import NotReady
from waybilld_sdk.printing import CancelOutcome, Evidence, Outcome, Receipt, Snapshot, Verdict

_TIMEOUT_S = 2.0
_MM_PER_INCH = 25.4
_SLOWEST_IPS = 2


class ZebraBeside:
    """Asks the printer, never prints on it: its print port belongs to CUPS."""

    def __init__(self, ctx: Context, settings: CupsSettings) -> None:
        if settings.beside is None:
            raise ValueError("there is no printer beside the queue")
        self._ctx = ctx
        where = settings.beside
        self._where = f"{where.host}:{where.port}"
        self._channel = StatusChannel(ctx, where.host, where.port, connect_timeout=_TIMEOUT_S, timeout=_TIMEOUT_S)
        self._steady = Steady()
        self._label_s = settings.media_mm[1] / ((settings.speed_ips or _SLOWEST_IPS) * _MM_PER_INCH) + 1.0

    async def check(self) -> None:
        """Raises `NotReady` where it tells no serial and counter."""
        await self.ready()

    async def ready(self) -> Snapshot:
        """The idle printer before the label. Raises `NotReady`."""
        look = await self._channel.look()
        if not look.countable:
            raise NotReady(
                f"{self._where} tells no serial and counter, so nothing could be proven: check its address, or leave "
                "`beside` out"
            )
        why = blockers(look.flags) if look.flags is not None else ""
        if why:
            raise NotReady(f"{self._where}: {why}")
        return {name: value for name, value in look.to_snapshot().items() if name != "probe"}

    async def judge(self, receipt: Receipt, verdict: Verdict, *, over: bool) -> Verdict:
        """The queue's verdict with what the printer shows. `over`: the queue has nothing more to do with the label.

        While the queue is at work, only a proof counts: the rest of the label may still be on its way.
        """
        case = await self._case(receipt)
        rule, evidence = decide(case)
        if rule.outcome is Outcome.PROVEN and receipt.reached >= Evidence.TOKEN:
            return Verdict(Outcome.PROVEN, evidence, rule.reason, case.after.to_snapshot(), verdict.status)
        if not over:
            return verdict
        reason = f"{verdict.reason} The printer itself: {rule.reason}"
        if rule.outcome is Outcome.UNCONFIRMED:
            return Verdict(Outcome.UNCONFIRMED, verdict.evidence, reason, case.after.to_snapshot(), verdict.status)
        return Verdict(rule.outcome, verdict.evidence, reason, case.after.to_snapshot(), verdict.status)

    async def cancelled(self, receipt: Receipt) -> CancelOutcome:
        """What became of a label whose job is off the queue, as the counter shows it."""
        while True:
            case = await self._case(receipt)
            rule, _ = decide(case)
            if rule.outcome is Outcome.PROVEN:
                return CancelOutcome.PRINTED
            if rule.outcome is Outcome.REFUTED:
                return CancelOutcome.CANCELLED
            if rule.name != "settling":
                return CancelOutcome.UNKNOWN
            await self._ctx.sleep(0.1)

    async def _case(self, receipt: Receipt) -> Case:
        look = await self._channel.look()
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
        )

    async def close(self) -> None:
        """Give the connection back. Never raises."""
        await self._channel.close()
