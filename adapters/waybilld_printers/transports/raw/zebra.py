"""A Zebra printer on a raw line: turns looks at it into readiness, evidence and withdrawals."""

from __future__ import annotations

from waybilld_printers.probes.zebra.decide import Case, decide
from waybilld_printers.probes.zebra.observation import Observation, dated, wall_s
from waybilld_printers.probes.zebra.states import HIDDEN_FAULT, NOT_ANSWERING, blockers, status_of
from waybilld_printers.probes.zebra.withdraw import DROP_PARTIAL, settled, withdrawal
from waybilld_printers.transports.raw.line import Line
from waybilld_printers.transports.raw.looks import Looks, Patience, Steady
from waybilld_printers.transports.raw.settings import RawSettings
from waybilld_printers.transports.raw.watch import Taken, Watch
from waybilld_sdk.context import Context, Stream
from waybilld_sdk.errors import NotReady, StopQueue
from waybilld_sdk.printing import CancelOutcome, Evidence, PrinterStatus, Receipt, Snapshot, Verdict

_NOT_SHOWN = (
    "The printer took the bytes but shows no label begun; check that it is in ZPL mode and not hanging, "
    "and restart it if it is."
)
_OTHER_LABEL = "Another label came out, or another printer answers, since the printer was last idle."


def blocked(look: Observation, *, within_format: bool = False) -> str:
    """Why the device may not be used now, empty when it may."""
    if look.silent:
        return NOT_ANSWERING
    return HIDDEN_FAULT if look.flags is None else blockers(look.flags, within_format=within_format)


class ZebraWatch(Watch):
    """See `Watch`. It remembers the newest look, and how long the looks at one attempt have been equal."""

    def __init__(self, ctx: Context, settings: RawSettings, line: Line) -> None:
        self._ctx, self._settings, self._line = ctx, settings, line
        self._where = f"{settings.host}:{settings.port}"
        self._looks = Looks(ctx, settings, line)
        self._steady = Steady()

    async def check(self) -> None:
        look = await self._looks.take()
        if look.silent:
            raise NotReady(f"{self._where}: {NOT_ANSWERING}")
        self._demand_baseline(look)

    async def ready(self) -> Snapshot:
        look = self._looks.newest
        if not self._looks.fresh or blocked(look):
            look = await self._looks.take()
        reason = blocked(look)
        if reason:
            raise NotReady(f"{self._where}: {reason}")
        self._demand_baseline(look)
        self._looks.outdate()
        return self._baseline(look)

    def _baseline(self, look: Observation) -> Snapshot:
        return dated(look.to_snapshot(), self._ctx.now())

    def _demand_baseline(self, look: Observation) -> None:
        if not look.countable:
            raise StopQueue(
                f"{self._where}: the printer does not tell its serial and label counter, so nothing could be proven. "
                "Update its firmware to Link-OS, or give it the profile raw-none."
            )

    async def taken(self) -> Taken:
        """Wait up to `gate_s` seconds until the device shows the unfinished format."""
        before = self._looks.newest
        must_show = self._settings.kind.partial_discardable
        patience = Patience(self._ctx, self._settings.gate_s)
        while True:
            look = await self._looks.take(within_format=True)
            refusal = blocked(look, within_format=True)
            if not refusal and (look.serial, look.odometer) != (before.serial, before.odometer):
                refusal = _OTHER_LABEL
            shown = look.flags is not None and look.flags.partial
            if refusal or shown or not must_show:
                return Taken(self._baseline(look), refusal)
            if not await patience.more():
                return Taken(self._baseline(look), _NOT_SHOWN)

    async def withdraw(self, stream: Stream) -> bool:
        """Proof is that the unfinished format was shown before the command and is not shown after it."""
        before = self._looks.newest
        shown = before.flags is not None and before.flags.partial
        await stream.write(DROP_PARTIAL)
        if not await stream.acked(self._settings.gate_s) or not shown:
            return False
        patience = Patience(self._ctx, self._settings.gate_s)
        while True:
            look = await self._looks.take()
            if look.flags is not None and look.flags.empty:
                return (look.serial, look.odometer) == (before.serial, before.odometer)
            if not await patience.more():
                return False

    async def evidence(self, receipt: Receipt) -> Verdict:
        look = await self._looks.take()
        rule, evidence = decide(self._case(receipt, look))
        return Verdict(rule.outcome, evidence, rule.reason, look.to_snapshot(), self.last_status(), rule.token_lost)

    async def cancel(self, receipt: Receipt) -> CancelOutcome:
        """Withdraw and watch until the device shows what became of it, for about two labels' time at most."""
        if receipt.reached is Evidence.NOTHING:
            return CancelOutcome.CANCELLED
        patience = Patience(self._ctx, 2 * (self._settings.label_s + self._settings.gate_s))
        told = dropped = False
        failures = 0
        while True:
            case = self._case(receipt, await self._looks.take())
            outcome = settled(case, dropped=dropped)
            if outcome is not None:
                return outcome
            command = b"" if told else withdrawal(case)
            if command:
                told = await self._tell(command)
                dropped = dropped or (command == DROP_PARTIAL and case.flags.partial)
                failures += not told
                # A kept connection may turn out to be dead only now; a fresh one that fails says that nobody listens.
                if failures > 1:
                    return CancelOutcome.UNKNOWN
            if not await patience.more():
                return CancelOutcome.UNKNOWN

    async def _tell(self, command: bytes) -> bool:
        try:
            stream = await self._line.open()
            await stream.write(command)
            told = await stream.acked(self._settings.gate_s)
        except (OSError, EOFError):
            told = False
        if not told or self._settings.keep_open_s == 0:
            await self._line.drop()
        return told

    async def status(self) -> PrinterStatus:
        await self._looks.take()
        await self._looks.renew_card()
        return self.last_status()

    def last_status(self) -> PrinterStatus:
        return status_of(self._looks.newest, self._looks.card, answers_when_faulted=self._settings.kind.answers_when_faulted)

    async def close(self) -> None:
        await self._looks.close()

    def _case(self, receipt: Receipt, look: Observation) -> Case:
        """The newest look and the looks before it as the rules want them."""
        now = self._ctx.monotonic()
        self._steady = self._steady.after(receipt.attempt.id, look, now)
        return Case(
            before=Observation.from_snapshot(receipt.before),
            after=look,
            reached=receipt.reached,
            equal_looks=self._steady.looks,
            steady_s=now - self._steady.since,
            label_s=self._settings.label_s,
            elapsed_s=None if receipt.sent_at is None else now - receipt.sent_at,
            wall_s=wall_s(receipt.before, self._ctx.now()),
        )
