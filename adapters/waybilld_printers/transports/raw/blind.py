"""A printer that never answers: the labels go out, and only a scan can tell what came of them."""

from __future__ import annotations

from waybilld_printers.probes.none.decide import SNAPSHOT, decide
from waybilld_printers.transports.raw.line import Line
from waybilld_printers.transports.raw.watch import Taken
from waybilld_sdk.context import Stream
from waybilld_sdk.errors import NotReady
from waybilld_sdk.printing import CancelOutcome, Evidence, PrinterState, PrinterStatus, Receipt, Snapshot, Verdict

_STATUS = PrinterStatus(PrinterState.UNKNOWN, (), "This printer cannot tell its state; look at it, and scan its labels.")

_REACH = "Check that the printer is on, its cable and its address."


class BlindWatch:
    """See `Watch`. Nothing is asked, so nothing is refused and nothing is proven. `drop_partial` is what makes the device
    forget an unfinished label, empty where its language has no such command."""

    def __init__(self, line: Line, drop_partial: bytes) -> None:
        self._line, self._drop_partial = line, drop_partial

    async def check(self) -> None:
        try:
            await self._line.open()
        except OSError as unreachable:
            raise NotReady(f"{unreachable}. {_REACH}") from unreachable

    async def ready(self) -> Snapshot:
        """The device shows no rest of a label that was cut off on its way, so it is told to forget one before each label:
        else the next label would be drawn on top of it."""
        if self._drop_partial:
            try:
                await (await self._line.open()).write(self._drop_partial)
            except OSError as unreachable:
                raise NotReady(f"{unreachable}. {_REACH}") from unreachable
        return dict(SNAPSHOT)

    async def taken(self) -> Taken:
        return Taken(dict(SNAPSHOT))

    async def withdraw(self, stream: Stream) -> bool:
        await stream.write(self._drop_partial)
        return False

    async def evidence(self, receipt: Receipt) -> Verdict:
        return decide(receipt)

    async def cancel(self, receipt: Receipt) -> CancelOutcome:
        """Only what never left us is surely cancelled."""
        return CancelOutcome.CANCELLED if receipt.reached is Evidence.NOTHING else CancelOutcome.UNKNOWN

    async def status(self) -> PrinterStatus:
        return _STATUS

    def last_status(self) -> PrinterStatus:
        return _STATUS

    async def close(self) -> None:
        """Nothing is held."""
