"""What the sending of a label needs to know of the device, whichever probe supplies it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from waybilld_sdk.context import Stream
from waybilld_sdk.printing import AttemptRef, CancelOutcome, PrinterStatus, Receipt, Snapshot, Verdict


@dataclass(frozen=True, slots=True)
class Taken:
    """What the device shows once it has the body: `refusal` says why the token must stay here, empty when it may go."""

    snapshot: Snapshot
    refusal: str = ""


class Watch(Protocol):
    """A device seen through its probe. What a probe has no need of, it inherits."""

    async def check(self) -> None:
        """Prove that the device can be asked as its profile says. Raises `NotReady` or `StopQueue`."""

    async def ready(self) -> Snapshot:
        """The idle device, before the first byte. Raises `NotReady` with the reason and what to do."""

    async def taken(self) -> Taken:
        """The device with a body in it. Never raises for what the device does."""

    async def withdraw(self, stream: Stream) -> bool:
        """Take the body back. True with proof; False without. Raises `ConnectionError` when cut."""

    def trailer(self, _attempt: AttemptRef) -> bytes:
        """What is sent right after a label, so that the device can name it when it is out."""
        return b""

    async def followed(self, _attempt: AttemptRef, _stream: Stream) -> None:
        """The whole label was acknowledged on this connection just now. Never raises for what the device does."""
        return

    def cut(self) -> None:
        """A label was broken off, so that a part of it may be in the device."""
        return

    async def evidence(self, receipt: Receipt) -> Verdict: ...

    async def cancel(self, receipt: Receipt) -> CancelOutcome: ...

    async def status(self) -> PrinterStatus: ...

    def last_status(self) -> PrinterStatus:
        """The state as last seen, without asking."""

    async def close(self) -> None: ...
