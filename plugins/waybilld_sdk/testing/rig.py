"""A rig: an adapter together with a device that can be looked into, which the printer contract works on.

`MemoryRig` is one for adapters that talk to a device in memory: all of it but what only the adapter's author knows.
"""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any, Generic, Protocol, TypeVar

from waybilld_sdk.context import Stream
from waybilld_sdk.ports import Printer
from waybilld_sdk.printing import Document
from waybilld_sdk.testing.context import FakeContext
from waybilld_sdk.testing.run import run_now

T = TypeVar("T")


class PrinterRig(Protocol):
    """An adapter and the device behind it."""

    @property
    def printer(self) -> Printer:
        """The adapter under test."""

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine to its end, as the host would."""

    async def pause(self, seconds: float) -> None:
        """Let time pass for adapter and device."""

    def document(self) -> Document:
        """One small label in the adapter's language."""

    def labels_out(self) -> int:
        """How many whole labels lie in the device's tray, by its own word. Never counts one that is still in print, nor half
        a one."""

    def cut_next_body(self) -> None:
        """The connection breaks in the middle of the next body."""

    def stop(self) -> None:
        """A fault that stops printing and that the device can tell: its head is open."""

    def mend(self) -> None:
        """The fault is gone."""

    def restart(self) -> None:
        """A new adapter in `printer`, with nothing in its memory, as after a restart of the daemon."""


class MemoryDevice(Protocol):
    """A device in memory, which is `waybilld_printers.virtual.memory.MemoryPrinter` or one of your own."""

    def dial(self, host: str, port: int) -> Stream:
        """A connection. Raises `ConnectionError`."""

    def labels_out(self) -> int:
        """Whole labels in its tray by now."""

    def tell(self, command: str) -> None:
        """Cause a fault, or mend it: one command of the virtual printer."""


D = TypeVar("D", bound=MemoryDevice)


class MemoryRig(Generic[D]):
    """An adapter on a device in memory. Subclass it and give `make` and `document`.

    `stops` and `mends` are what the device is told: choose faults that the adapter can see.
    """

    stops, mends = "head-open", "head-close"
    cut_at = 20
    """The connection breaks when its byte of this number arrives: take one in the middle of `document`'s body, and add what
    the adapter asks before it on the same connection."""

    def __init__(self, ctx: FakeContext, device: D) -> None:
        self.ctx, self.device = ctx, device
        ctx.connect(device.dial)
        self.printer = self.make(ctx)

    def make(self, ctx: FakeContext) -> Printer:
        """A new adapter with nothing in its memory."""
        raise NotImplementedError

    def document(self) -> Document:
        """One small label in the adapter's language."""
        raise NotImplementedError

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return run_now(work)

    async def pause(self, seconds: float) -> None:
        self.ctx.advance(seconds)

    def labels_out(self) -> int:
        return self.device.labels_out()

    def cut_next_body(self) -> None:
        """On a new connection, so that what an old one still holds does not count."""
        self.run(self.printer.close())
        self.device.tell(f"reset-at {self.cut_at}")

    def stop(self) -> None:
        self.device.tell(self.stops)

    def mend(self) -> None:
        self.device.tell(self.mends)

    def restart(self) -> None:
        self.run(self.printer.close())
        self.printer = self.make(self.ctx)
