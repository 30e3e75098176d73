"""A printer that never answers: the labels go out, and only a scan can tell what came of them."""

from __future__ import annotations

from waybilld_printers.probes.none.decide import SNAPSHOT, decide
from waybilld_printers.probes.probe import Probe
from waybilld_printers.transports.raw.leftover import Leftover
from waybilld_printers.transports.raw.line import Line
from waybilld_printers.transports.raw.settings import RawSettings
from waybilld_printers.transports.raw.watch import Taken, Watch
from waybilld_sdk.context import Stream
from waybilld_sdk.errors import NotReady
from waybilld_sdk.printing import CancelOutcome, Evidence, PrinterState, PrinterStatus, Receipt, Snapshot, Verdict

_STATUS = PrinterStatus(PrinterState.UNKNOWN, (), "This printer cannot tell its state; look at it, and scan its labels.")


class BlindWatch(Watch):
    """See `Watch`. Nothing is asked, so nothing is refused and nothing is proven.

    `probe` is how the printer's language is cleaned up; None for ZPL, whose formats a printer drops by itself.
    """

    def __init__(self, settings: RawSettings, line: Line, probe: Probe | None) -> None:
        self._line = line
        self._drop = b"~JX" if probe is None else probe.drop
        self._leftover = None if probe is None else Leftover(settings, line, probe)

    async def check(self) -> None:
        try:
            await self._line.open()
        except OSError as unreachable:
            raise NotReady(f"{unreachable}. Check that the printer is on, its cable and its address.") from unreachable

    async def ready(self) -> Snapshot:
        if self._leftover is not None and self._leftover.suspected and not await self._leftover.clear():
            raise NotReady(
                "Half a label may be in the printer, which cannot be reached: check that it is on, and its cable."
            )
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
        """Only what never left us is surely cancelled, and a body of which nothing is left."""
        if receipt.reached is Evidence.NOTHING:
            return CancelOutcome.CANCELLED
        cleared = self._leftover is not None and await self._leftover.clear()
        return CancelOutcome.CANCELLED if cleared and receipt.reached < Evidence.TOKEN else CancelOutcome.UNKNOWN

    async def status(self) -> PrinterStatus:
        return _STATUS

    def last_status(self) -> PrinterStatus:
        return _STATUS

    async def close(self) -> None:
        """Nothing is held."""
