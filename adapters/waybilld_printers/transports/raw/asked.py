"""A printer on a raw line that answers with status bytes: turns looks at it into readiness, evidence and withdrawals."""

from __future__ import annotations

from dataclasses import replace

from waybilld_printers.probes.course import Case, Course
from waybilld_printers.probes.probe import Probe
from waybilld_printers.probes.rules import conclude
from waybilld_printers.probes.signs import NOT_ANSWERING, UNREACHABLE, Look, blocked
from waybilld_printers.probes.states import status_of
from waybilld_printers.transports.raw.leftover import Leftover
from waybilld_printers.transports.raw.line import Line
from waybilld_printers.transports.raw.listening import Listening
from waybilld_printers.transports.raw.looks import Patience
from waybilld_printers.transports.raw.settings import RawSettings
from waybilld_printers.transports.raw.watch import Taken, Watch
from waybilld_sdk.context import Context, Stream
from waybilld_sdk.errors import NotReady
from waybilld_sdk.printing import AttemptRef, CancelOutcome, Evidence, Outcome, PrinterStatus, Receipt, Snapshot, Verdict

_LEFTOVER = "Half a label of an attempt that was cut off may be in the printer, and it cannot be reached to take it out."


class AskedWatch(Watch):
    """See `Watch`. It remembers the course of the newest label, and its proof once there is one."""

    def __init__(self, ctx: Context, settings: RawSettings, line: Line, probe: Probe) -> None:
        self._ctx, self._settings, self._line, self._probe = ctx, settings, line, probe
        self._where = f"{settings.host}:{settings.port}"
        self._listening = Listening(ctx, line, probe, settings.status_timeout_s)
        self._leftover = Leftover(settings, line, probe)
        self._course = Course("")
        self._proof: Verdict | None = None

    # ---- before a label -------------------------------------------------------------------------------------------

    async def check(self) -> None:
        if not (await self._look()).answered:
            raise NotReady(f"{self._where}: {NOT_ANSWERING}")

    async def ready(self) -> Snapshot:
        self._listening.release()
        if self._leftover.suspected and not await self._emptied():
            raise NotReady(f"{self._where}: {_LEFTOVER} {NOT_ANSWERING}")
        look = self._listening.newest
        if not self._listening.fresh or blocked(look):
            look = await self._look()
        if look.restarted:
            look = await self._look_after(self._probe.acknowledge_restart)
        reason = blocked(look)
        if reason:
            raise NotReady(f"{self._where}: {reason}")
        self._listening.outdate()
        return look.to_snapshot(self._probe.name)

    async def taken(self) -> Taken:
        if not self._probe.answers_within_body:
            return Taken(self._listening.newest.to_snapshot(self._probe.name))
        look = await self._look()
        return Taken(look.to_snapshot(self._probe.name), blocked(look))

    async def withdraw(self, stream: Stream) -> bool:
        """Proof is that the body's removal is acknowledged and, where the device is silent until then, that it answers."""
        await stream.write(self._probe.drop)
        if not await stream.acked(self._settings.gate_s):
            return False
        return not self._probe.silent_when_busy or (await self._look()).answered

    # ---- after a label --------------------------------------------------------------------------------------------

    def trailer(self, attempt: AttemptRef) -> bytes:
        return self._probe.trailer(attempt.id)

    async def followed(self, attempt: AttemptRef, stream: Stream) -> None:
        """Listen from here. A label in print that shows is looked for at once: it may be over at the next look."""
        self._listening.hold(stream)
        self._course, self._proof = Course(attempt.id, whole=True, since=self._ctx.monotonic()), None
        patience = Patience(self._ctx, self._settings.gate_s)
        while self._probe.shows_busy:
            course = await self._observe()
            if course.worked or course.halted or not course.look.answered or not await patience.more():
                return

    def cut(self) -> None:
        self._leftover.suspected = True

    async def evidence(self, receipt: Receipt) -> Verdict:
        attempt = receipt.attempt.id
        if attempt != self._course.attempt:
            self._listening.release()
            self._course, self._proof = Course(attempt, since=self._ctx.monotonic()), None
        course = await self._observe()
        if self._proof is not None:
            return replace(self._proof, status=self.last_status())
        case = Case(
            course,
            receipt.reached,
            steady_s=self._ctx.monotonic() - course.since,
            label_s=self._settings.label_s,
            piloted=self._settings.proves >= Evidence.PRINTED,
        )
        rule, evidence = conclude(self._probe.rules, case, receipt.reached)
        after = course.look.to_snapshot(self._probe.name)
        verdict = Verdict(rule.outcome, evidence, rule.reason, after, self.last_status())
        if rule.outcome is Outcome.PROVEN:
            self._proof = verdict
        if rule.outcome is not Outcome.PENDING:
            self._listening.release()
        return verdict

    async def _observe(self) -> Course:
        """One more look at the newest attempt."""
        look = await self._look()
        course = self._course.after(look, self._ctx.monotonic())
        echoed = course.echoed or (course.whole and self._probe.echoed(self._listening.heard, course.attempt))
        self._course = replace(course, whole=course.whole and self._listening.holding, echoed=echoed)
        return self._course

    async def cancel(self, receipt: Receipt) -> CancelOutcome:
        """A label whose end never left is cancelled once its body is surely gone. Later only a proof tells what became of
        it: such a printer cannot be made to say what it dropped."""
        begins_with_gate = not self._settings.kind.splits_token
        if receipt.reached is Evidence.NOTHING or (begins_with_gate and receipt.reached < Evidence.TOKEN):
            return CancelOutcome.CANCELLED
        if receipt.reached < Evidence.TOKEN:
            return CancelOutcome.CANCELLED if await self._emptied() else CancelOutcome.UNKNOWN
        if (await self.evidence(receipt)).outcome is Outcome.PROVEN:
            return CancelOutcome.PRINTED
        return CancelOutcome.UNKNOWN

    # ---- looking --------------------------------------------------------------------------------------------------

    async def _look(self) -> Look:
        """Look now, after what a broken connection may have left was taken out: a device that waits for the rest of a label
        takes questions for it."""
        look = None
        if self._listening.holding:
            look = await self._listening.look()
            self._leftover.suspected = self._leftover.suspected or look is None
        if self._leftover.suspected:
            await self._emptied()
        return look or await self._listening.look() or UNREACHABLE

    async def _look_after(self, command: bytes) -> Look:
        try:
            await (await self._line.open()).write(command)
        except (OSError, EOFError):
            return UNREACHABLE
        return await self._listening.look() or UNREACHABLE

    async def _emptied(self) -> bool:
        """Take out what an attempt that was cut off may have left. A device that keeps silent while it holds such a thing
        has none when it answers."""
        self._leftover.suspected = True
        if self._probe.silent_when_busy and (await self._look_after(self._probe.end_line)).answered:
            self._leftover.suspected = False
            return True
        return await self._leftover.clear()

    # ---- its state ------------------------------------------------------------------------------------------------

    async def status(self) -> PrinterStatus:
        if not self._listening.fresh:
            await self._look()
        await self._listening.renew_card()
        return self.last_status()

    def last_status(self) -> PrinterStatus:
        return status_of(self._listening.newest, self._listening.card)

    async def close(self) -> None:
        self._listening.release()
