"""The `raw` printer adapter: one printer behind TCP port 9100, and the plugin that brings it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from waybilld_printers.probes.cpcl.probe import CPCL
from waybilld_printers.probes.escpos.probe import ESCPOS
from waybilld_printers.probes.tspl.probe import TSPL
from waybilld_printers.transports.raw.asked import AskedWatch
from waybilld_printers.transports.raw.blind import BlindWatch
from waybilld_printers.transports.raw.line import Line, Turn
from waybilld_printers.transports.raw.sending import send
from waybilld_printers.transports.raw.settings import RawSettings
from waybilld_printers.transports.raw.watch import Watch
from waybilld_printers.transports.raw.zebra import ZebraWatch
from waybilld_sdk import API_VERSION
from waybilld_sdk.context import Context
from waybilld_sdk.errors import Reject
from waybilld_sdk.hooks import hookimpl
from waybilld_sdk.plugin import PluginInfo, PrinterSpec
from waybilld_sdk.printing import (
    AttemptRef,
    CancelOutcome,
    Document,
    Gate,
    PrinterCapabilities,
    PrinterStatus,
    Receipt,
    SubmitResult,
    Verdict,
)
from waybilld_sdk.settings import Settings

DEADLINE_S = 120.0
"""Seconds in which any call ends by itself with the default settings, with room to spare."""

PROBES = {probe.name: probe for probe in (ESCPOS, TSPL, CPCL)}
"""By the name of the language that its printers speak. Zebra's ZPL printers have a way of their own."""


class RawPrinter:
    """See `waybilld_sdk.ports.Printer`. One call at a time uses the device; later ones wait."""

    def __init__(self, ctx: Context, settings: RawSettings) -> None:
        self._ctx, self._settings = ctx, settings
        self._turn = Turn(ctx)
        self._line = Line(ctx, settings)
        self._watch = _watch(ctx, settings, self._line)

    def capabilities(self) -> PrinterCapabilities:
        return self._settings.capabilities()

    @asynccontextmanager
    async def _device(self) -> AsyncIterator[None]:
        """The device for one call; an idle print connection is given back before and after it, never within it."""
        async with self._turn:
            await self._line.tidy()
            try:
                yield
            finally:
                await self._line.tidy()

    async def check(self) -> None:
        """Reach the device and ask what its profile says it answers. Sends nothing that could print."""
        async with self._device():
            await self._watch.check()

    async def status(self) -> PrinterStatus:
        """State now; while a label is being sent, the state as last seen."""
        if self._turn.taken:
            return self._watch.last_status()
        async with self._device():
            return await self._watch.status()

    async def submit(self, document: Document, attempt: AttemptRef, gate: Gate) -> SubmitResult:
        language = self._settings.kind.language
        if document.language != language or not document.token:
            raise Reject(
                f"{self._settings.host} takes {language} with a closing token of its own, not {document.language} "
                f"with a token of {len(document.token)} bytes; choose the encoder by the printer's capabilities."
            )
        async with self._device():
            return await send(self._ctx, self._line, self._watch, self._settings, document, attempt, gate)

    async def evidence(self, receipt: Receipt) -> Verdict:
        async with self._device():
            return await self._watch.evidence(receipt)

    async def cancel(self, receipt: Receipt) -> CancelOutcome:
        async with self._device():
            return await self._watch.cancel(receipt)

    async def close(self) -> None:
        """Close both connections. Never raises."""
        async with self._turn:
            await self._watch.close()
            await self._line.drop()


def _watch(ctx: Context, settings: RawSettings, line: Line) -> Watch:
    if settings.asks and settings.kind.probe == "zebra":
        return ZebraWatch(ctx, settings, line)
    # `cpcl-hex` is CPCL to whoever cleans up after it.
    probe = PROBES.get(settings.kind.language.partition("-")[0])
    return AskedWatch(ctx, settings, line, probe) if settings.asks and probe else BlindWatch(settings, line, probe)


def _make(ctx: Context, settings: Settings) -> RawPrinter:
    if not isinstance(settings, RawSettings):
        raise TypeError(f"a raw printer needs RawSettings, not {type(settings).__name__}")
    return RawPrinter(ctx, settings)


class RawPlugin:
    """The plugin `raw`."""

    @hookimpl
    def waybilld_plugin_info(self) -> PluginInfo:
        return PluginInfo("raw", "0.1.0", API_VERSION, "Label printers on a raw TCP port")

    @hookimpl
    def waybilld_register_printers(self) -> Sequence[PrinterSpec]:
        return (
            PrinterSpec(
                name="raw",
                summary="TCP port 9100; proof by the counter, echo or status of Zebra, ESC/POS, TSPL and CPCL printers",
                settings=RawSettings,
                factory=_make,
                parallel=2,
                deadline=DEADLINE_S,
                capabilities=RawSettings.capabilities,
            ),
        )


plugin = RawPlugin()
"""The entry point's object."""
