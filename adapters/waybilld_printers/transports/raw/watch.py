"""What the sending of a label needs to know of the device, whichever probe supplies it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from waybilld_sdk.context import Stream
from waybilld_sdk.printing import CancelOutcome, PrinterStatus, Receipt, Snapshot, Verdict


@dataclass(frozen=True, slots=True)
class Taken:
    """What the device shows once it has the body: `refusal` says why the token must stay here, empty when it may go."""

    snapshot: Snapshot
    refusal: str = ""


class Watch(Protocol):
    """A device seen through its probe."""

    async def check(self) -> None:
        """Prove that the device can be asked as its profile says. Raises `NotReady` or `StopQueue`."""

    async def ready(self) -> Snapshot:
        """The idle device, before the first byte. Raises `NotReady` with the reason and what to do."""

    async def taken(self) -> Taken:
        """The device with a body in it. Never raises for what the device does."""

    async def withdraw(self, stream: Stream) -> bool:
        """Take the body back. True with proof; False without. Raises `ConnectionError` when cut."""

    async def evidence(self, receipt: Receipt) -> Verdict: ...

    async def cancel(self, receipt: Receipt) -> CancelOutcome: ...

    async def status(self) -> PrinterStatus: ...

    def last_status(self) -> PrinterStatus:
        """The state as last seen, without asking."""

    async def close(self) -> None: ...
