"""The virtual printer in memory behind a fake context, with the troubles that only a network makes."""

from __future__ import annotations

from waybilld_printers.virtual.device import DeviceConfig
from waybilld_printers.virtual.memory import MemoryPrinter, PrintLine, StatusLine
from waybilld_sdk.testing.context import FakeContext

PRINT_PORT, STATUS_PORT = 9100, 9200


class MemoryDevice(MemoryPrinter):
    """A device with its context.

    `cut_at`: the print connection breaks once so many further bytes have arrived. `lag`: bytes written are acknowledged
    but stay unread until `catch_up`. `seconds_per_byte` slows every write down.
    """

    def __init__(self, config: DeviceConfig | None = None) -> None:
        self.context = FakeContext(dial=self.dial)
        self.cut_at: int | None = None
        self.lag = False
        self.unacknowledged = False
        self.unreachable = False
        self.seconds_per_byte = 0.0
        self.dialled = {PRINT_PORT: 0, STATUS_PORT: 0}
        self.questions = 0
        super().__init__(config or DeviceConfig(), self.context, status_port=STATUS_PORT)

    def labels_out(self) -> int:
        """Everything that came out, foreign labels included."""
        super().labels_out()
        return len(self.printed)

    def dial(self, host: str, port: int) -> PrintLine | StatusLine:
        if self.unreachable:
            raise ConnectionRefusedError("no connection to the device: refused")
        line = super().dial(host, port)
        self.dialled[port] += 1
        return line

    def print_line(self) -> PrintLine:
        return _PrintStream(self)

    def status_line(self) -> StatusLine:
        return _StatusStream(self)

    def room(self) -> int:
        return 0 if self.lag else super().room()

    def catch_up(self) -> None:
        """Read what has been lagging."""
        self.lag = False
        self.pump()


class _PrintStream(PrintLine):
    def __init__(self, behind: MemoryDevice) -> None:
        super().__init__(behind)
        self._behind = behind

    async def acked(self, timeout: float) -> bool:
        if self._behind.unacknowledged:
            self._behind.context.advance(timeout)
        return await super().acked(timeout) and not self._behind.unacknowledged

    async def write(self, data: bytes) -> None:
        behind = self._behind
        behind.context.advance(len(data) * behind.seconds_per_byte)
        if behind.cut_at is not None and len(data) >= behind.cut_at:
            await super().write(data[: behind.cut_at])
            behind.cut_at, self.over = None, True
            self._check()
        if behind.cut_at is not None:
            behind.cut_at -= len(data)
        await super().write(data)


class _StatusStream(StatusLine):
    def __init__(self, behind: MemoryDevice) -> None:
        super().__init__(behind)
        self._behind = behind

    async def write(self, data: bytes) -> None:
        self._behind.questions += 1
        await super().write(data)
