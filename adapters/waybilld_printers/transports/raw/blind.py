"""A printer that never answers: the labels go out, and only a scan can tell what came of them."""

from __future__ import annotations

from waybilld_printers.probes.none.decide import SNAPSHOT, decide
from waybilld_printers.probes.probe import Probe
from waybilld_printers.probes.zebra.withdraw import DROP_PARTIAL
from waybilld_printers.transports.raw.leftover import Leftover
from waybilld_printers.transports.raw.line import Line
from waybilld_printers.transports.raw.settings import RawSettings
from waybilld_printers.transports.raw.watch import Taken, Watch
from waybilld_sdk.context import Stream
from waybilld_sdk.errors import NotReady
from waybilld_sdk.printing import CancelOutcome, Evidence, PrinterState, PrinterStatus, Receipt, Snapshot, Verdict

_STATUS = PrinterStatus(PrinterState.UNKNOWN, (), "This printer cannot tell its state; look at it, and scan its labels.")


_REACH = "Check that the printer is on, its cable and its address."


class BlindWatch(Watch):
    """See `Watch`. Nothing is asked, so nothing is refused and nothing is proven.

    `probe` is how the printer's language is cleaned up after a label that was cut off; None for ZPL, which has a short
    word for that.
    """

    def __init__(self, settings: RawSettings, line: Line, probe: Probe | None) -> None:
        self._line = line
        self._drop = DROP_PARTIAL if probe is None else probe.drop
        self._leftover = None if probe is None else Leftover(settings, line, probe)

    async def check(self) -> None:
        try:
            await self._line.open()
        except OSError as unreachable:
            raise NotReady(f"{unreachable}. {_REACH}") from unreachable

    async def ready(self) -> Snapshot:
        """The device shows no rest of a label that was cut off on its way. Where that costs three bytes, it is told to
        forget one before each label; elsewhere after a cut. Else the next label would be drawn on top of it."""
        try:
            if self._leftover is None:
                await (await self._line.open()).write(self._drop)
            elif self._leftover.suspected and not await self._leftover.clear():
                raise ConnectionError("half a label may be in the printer, and it takes nothing")
        except OSError as unreachable:
            raise NotReady(f"{unreachable}. {_REACH}") from unreachable
        return dict(SNAPSHOT)

    async def taken(self) -> Taken:
        return Taken(dict(SNAPSHOT))

    async def withdraw(self, stream: Stream) -> bool:
        await stream.write(self._drop)
        return False

    def cut(self) -> None:
        if self._leftover is not None:
            self._leftover.suspected = True

    async def evidence(self, receipt: Receipt) -> Verdict:
        return decide(receipt)

    async def cancel(self, receipt: Receipt) -> CancelOutcome:
        """Only what never left us is surely cancelled, and a body of which nothing is left.

        A label that was acknowledged whole has left no rest: flushing for it would cost a picture's worth of bytes, and an
        ESC/POS printer a piece of paper.
        """
        if receipt.reached is Evidence.NOTHING:
            return CancelOutcome.CANCELLED
        if self._leftover is None or (receipt.reached >= Evidence.ACKNOWLEDGED and not self._leftover.suspected):
            return CancelOutcome.UNKNOWN
        cleared = await self._leftover.clear()
        return CancelOutcome.CANCELLED if cleared and receipt.reached < Evidence.TOKEN else CancelOutcome.UNKNOWN

    async def status(self) -> PrinterStatus:
        return _STATUS

    def last_status(self) -> PrinterStatus:
        return _STATUS

    async def close(self) -> None:
        """Nothing is held."""
