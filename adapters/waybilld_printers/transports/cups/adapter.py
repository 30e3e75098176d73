"""The `cups` printer adapter: one job at a time on one queue, found again by its name, and the plugin that brings it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence

from waybilld_printers.probes.ipp.decide import Case, decide, spent
from waybilld_printers.probes.ipp.looks import Look, NoServer, QueueLook
from waybilld_printers.probes.ipp.states import refusal, shown, status_of
from waybilld_printers.transports.cups import work
from waybilld_printers.transports.cups.beside import ZebraBeside, joined
from waybilld_printers.transports.cups.settings import CupsSettings
from waybilld_sdk import API_VERSION
from waybilld_sdk.context import Context, Limits
from waybilld_sdk.errors import NotReady, Reject, Retry, StopQueue
from waybilld_sdk.hooks import hookimpl
from waybilld_sdk.plain import plain
from waybilld_sdk.plugin import PluginInfo, PrinterSpec
from waybilld_sdk.printing import (
    AttemptRef,
    CancelOutcome,
    Document,
    Evidence,
    Gate,
    Outcome,
    PrinterCapabilities,
    PrinterStatus,
    Receipt,
    Snapshot,
    SubmitResult,
    Verdict,
)
from waybilld_sdk.settings import Settings

DEADLINE_S = 180.0
_CANCEL_LOOKS = 20
_CANCEL_PAUSE_S = 0.1


class CupsPrinter:
    """See `waybilld_sdk.ports.Printer`. A queue has no closing token to withhold: its gate stands before the first byte."""

    def __init__(self, ctx: Context, settings: CupsSettings) -> None:
        self._ctx, self._settings = ctx, settings
        self._beside = ZebraBeside(ctx, settings) if settings.beside is not None else None
        self._job, self._since = "", 0.0
        self._begun = ("", 0)

    def capabilities(self) -> PrinterCapabilities:
        return self._settings.capabilities()

    async def check(self) -> None:
        """Ask the server for the queue, and the printer beside it. Raises `StopQueue` without pycups, `NotReady` for what
        people can mend."""
        look = await self._look("")
        why = "" if isinstance(look, QueueLook) and look.open_jobs else refusal(look)
        if why:
            raise NotReady(f"queue {self._settings.queue}: {why}")
        if self._beside is not None:
            await self._beside.check()

    async def status(self) -> PrinterStatus:
        status = status_of(await self._look(""))
        return status if self._beside is None else joined(status, await self._beside.status())

    async def submit(self, document: Document, attempt: AttemptRef, gate: Gate) -> SubmitResult:
        if document.language != self._settings.language:
            raise Reject(
                f"queue {self._settings.queue} takes {self._settings.language}, not {document.language}; choose the encoder "
                "by the printer's capabilities."
            )
        data = self._settings.opening + document.body + document.token
        name = f"{attempt.id}-{hashlib.sha256(data).hexdigest()[:12]}"
        why = refusal(await self._look(name))
        if why:
            raise NotReady(f"queue {self._settings.queue}: {why}")
        before: Snapshot = {"probe": "cups", "job": name}
        if self._beside is not None:
            before |= await self._beside.ready()
        if not await gate(before):
            return SubmitResult(Receipt(attempt, before, Evidence.NOTHING), "The daemon withdrew the label.")
        sent = await self._submit(name, data)
        if isinstance(sent, work.NotTaken):
            return SubmitResult(Receipt(attempt, before, Evidence.NOTHING), plain(sent.why))
        detail = plain(sent.why) if isinstance(sent, work.Unsure) else ""
        return SubmitResult(Receipt(attempt, before, Evidence.TOKEN, self._ctx.monotonic()), detail)

    async def _submit(self, name: str, data: bytes) -> work.Submitted | work.NotTaken | work.Unsure:
        settings = self._settings
        try:
            return await self._ctx.work(
                work.submit,
                settings.server,
                settings.user,
                settings.queue,
                name,
                settings.media_type,
                data,
                limits=Limits(settings.timeout_s),
            )
        except Retry as killed:
            # Its process was killed in the middle: the job's name tells later how far it got.
            return work.Unsure(str(killed))

    async def evidence(self, receipt: Receipt) -> Verdict:
        name = str(receipt.before.get("job") or "")
        look = await self._look(name)
        look = await self._off(receipt, name, look, lambda seen: spent(seen, resent=self._resent(name, seen)))
        resent = self._resent(name, look)
        rule, level = decide(Case(look, receipt.reached, self._settings.completed_proves, resent))
        status = shown(status_of(look), rule, self._age_s(name), self._settings.stall_s)
        verdict = Verdict(rule.outcome, level, rule.reason, _after(look), status)
        if self._beside is None or rule.outcome not in {Outcome.UNCONFIRMED, Outcome.PENDING}:
            return verdict
        return await self._beside.judge(receipt, verdict, look)

    async def _off(self, receipt: Receipt, name: str, look: Look, chosen: Callable[[Look], tuple[int, ...]]) -> Look:
        """Cancel the jobs that `chosen` picks and look again, until it picks none more or CUPS does not let go of them."""
        if self._beside is not None and chosen(look):
            await self._beside.before_cancel(receipt)
        for _ in range(_CANCEL_LOOKS):
            jobs = chosen(look)
            if not jobs:
                break
            limits = Limits(self._settings.timeout_s)
            try:
                await self._ctx.work(work.cancel, self._settings.server, self._settings.user, jobs, limits=limits)
            except Retry as killed:
                return NoServer(str(killed))
            look = await self._look(name)
            if chosen(look):
                await self._ctx.sleep(_CANCEL_PAUSE_S)
        return look

    def _age_s(self, name: str) -> float:
        """For how long this job has been looked at."""
        now = self._ctx.monotonic()
        if name != self._job:
            self._job, self._since = name, now
        return now - self._since

    def _resent(self, name: str, look: Look) -> bool:
        """Whether CUPS began with a job of that name after it was seen to have begun already."""
        newest = max((job.begun_at for job in look.named), default=0) if isinstance(look, QueueLook) else 0
        if name != self._begun[0] or not self._begun[1]:
            self._begun = (name, newest)
        return newest > self._begun[1]

    async def cancel(self, receipt: Receipt) -> CancelOutcome:
        """Take the job off the queue. Proof is that CUPS never began with it, or the printer beside."""
        if receipt.reached is Evidence.NOTHING:
            return CancelOutcome.CANCELLED
        name = str(receipt.before.get("job") or "")
        look = await self._off(receipt, name, await self._look(name), _unended)
        if not isinstance(look, QueueLook) or look.unended:
            return CancelOutcome.UNKNOWN
        if look.named and not any(job.begun for job in look.named):
            return CancelOutcome.CANCELLED
        if self._beside is None:
            return CancelOutcome.UNKNOWN
        return await self._beside.cancelled(receipt, look)

    async def close(self) -> None:
        """Nothing is held on the server's side. Never raises."""
        if self._beside is not None:
            await self._beside.close()

    async def _look(self, name: str) -> Look:
        settings = self._settings
        limits = Limits(settings.timeout_s)
        try:
            return await self._ctx.work(work.look, settings.server, settings.user, settings.queue, name, limits=limits)
        except Retry as killed:
            return NoServer(str(killed))
        except ImportError as missing:
            raise StopQueue(
                "pycups is not installed: install waybilld with its extra `cups` (needs gcc and libcups2-dev)"
            ) from missing


def _unended(look: Look) -> tuple[int, ...]:
    return tuple(job.id for job in look.unended) if isinstance(look, QueueLook) else ()


def _after(look: Look) -> Snapshot:
    if not isinstance(look, QueueLook):
        return {"probe": "cups"}
    job = look.named[-1] if look.named else None
    return {"probe": "cups", "queue": look.state.name.lower(), "job_state": job.state.name.lower() if job else None}


def _make(ctx: Context, settings: Settings) -> CupsPrinter:
    if not isinstance(settings, CupsSettings):
        raise TypeError(f"a cups printer needs CupsSettings, not {type(settings).__name__}")
    return CupsPrinter(ctx, settings)


class CupsPlugin:
    """The plugin `cups`."""

    @hookimpl
    def waybilld_plugin_info(self) -> PluginInfo:
        return PluginInfo("cups", "0.1.0", API_VERSION, "Printers behind queues of a CUPS server")

    @hookimpl
    def waybilld_register_printers(self) -> Sequence[PrinterSpec]:
        return (
            PrinterSpec(
                name="cups",
                summary="a queue of a CUPS server, one job at a time; `completed` is no proof",
                settings=CupsSettings,
                factory=_make,
                parallel=2,
                deadline=DEADLINE_S,
                capabilities=CupsSettings.capabilities,
            ),
        )


plugin = CupsPlugin()
"""The entry point's object."""
