"""The virtual printer's device in memory, behind the SDK's fake context: no sockets, and time passes only when asked."""

from __future__ import annotations

from waybilld_printers.virtual.device import Channel, Device, DeviceConfig
from waybilld_sdk.testing.context import FakeContext

PRINT_PORT, STATUS_PORT = 9100, 9200


class MemoryDevice:
    """A device with its streams. The connection rules are those of TCP: a prefix arrives in order, then nothing.

    `cut_at`: the print connection breaks once so many further bytes have arrived. `lag`: bytes written are acknowledged
    but stay unread until `catch_up`. `seconds_per_byte` slows every write down.
    """

    def __init__(self, config: DeviceConfig | None = None) -> None:
        self.context = FakeContext(dial=self._dial)
        self.device = Device(config or DeviceConfig(), now=self.now())
        self.cut_at: int | None = None
        self.lag = False
        self.unacknowledged = False
        self.unreachable = False
        self.seconds_per_byte = 0.0
        self.received = b""
        self.out = 0
        self.dialled = {PRINT_PORT: 0, STATUS_PORT: 0}
        self.questions = 0
        self._unread = b""

    def now(self) -> float:
        return self.context.monotonic()

    def labels_out(self) -> int:
        """Everything that came out, foreign labels included."""
        self.out += len(self.device.advance(self.now()))
        return self.out

    def _dial(self, _host: str, port: int) -> PrintStream | StatusStream:
        wanted = self.device.has_status_port if port == STATUS_PORT else not self.device.refusing
        if self.unreachable or not self.device.status(self.now()).on or not wanted:
            raise ConnectionRefusedError("no connection to the device: refused")
        self.dialled[port] += 1
        return PrintStream(self) if port == PRINT_PORT else StatusStream(self)

    def take(self, data: bytes) -> bytes:
        """Print bytes arrive; the answers to the questions in them."""
        self.received += data
        if self.lag:
            self._unread += data
            return b""
        return self.device.receive(data, self.now())

    def catch_up(self) -> None:
        """Read what has been lagging."""
        self.lag, unread, self._unread = False, self._unread, b""
        self.device.receive(unread, self.now())


class _MemoryStream:
    """What both streams share. A power cycle ends them."""

    def __init__(self, behind: MemoryDevice) -> None:
        self._behind = behind
        self._boots = behind.device.boots
        self._answers = b""
        self.open = True

    def _check(self) -> None:
        if not self.open or self._behind.device.boots != self._boots:
            self.open = False
            raise ConnectionResetError("the connection to the device was reset")

    async def acked(self, timeout: float) -> bool:
        self._check()
        if self._behind.unacknowledged:
            self._behind.context.advance(timeout)
        return not self._behind.unacknowledged

    def _hear(self) -> None:
        """What the device has to say by now."""

    async def read(self, limit: int, timeout: float) -> bytes:
        self._check()
        self._hear()
        if not self._answers:
            self._behind.context.advance(timeout)
            self._hear()
        data, self._answers = self._answers[:limit], self._answers[limit:]
        return data

    async def close(self) -> None:
        self.open = False


class PrintStream(_MemoryStream):
    """A connection to the print port."""

    def _hear(self) -> None:
        self._answers += self._behind.device.speak(self._behind.now())

    async def write(self, data: bytes) -> None:
        self._check()
        behind = self._behind
        behind.context.advance(len(data) * behind.seconds_per_byte)
        if behind.cut_at is not None and len(data) >= behind.cut_at:
            behind.take(data[: behind.cut_at])
            behind.cut_at, self.open = None, False
            raise ConnectionResetError("the connection to the device was reset")
        if behind.cut_at is not None:
            behind.cut_at -= len(data)
        self._answers += behind.take(data)


class StatusStream(_MemoryStream):
    """A connection to the status port."""

    def __init__(self, behind: MemoryDevice) -> None:
        super().__init__(behind)
        self._channel: Channel = behind.device.channel()

    async def write(self, data: bytes) -> None:
        self._check()
        self._behind.questions += 1
        self._answers += self._channel.ask(data, self._behind.now())
