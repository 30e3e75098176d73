"""The SDK's `ctx` with real sockets and real time, for adapters under test on the reactor of the test run."""

from __future__ import annotations

from support.reactor_thread import ReactorThread
from waybilld.host.stream import TcpStream, dial
from waybilld.host.wakeups import Signal
from waybilld_sdk.testing.context import FakeContext


class RealContext(FakeContext):
    """Sockets, sleep and monotonic clock are real; the rest is the fake's. `dialled` counts connections by port."""

    def __init__(self, thread: ReactorThread, instance: str = "under-test") -> None:
        super().__init__(instance)
        self._thread = thread
        self.dialled: dict[int, int] = {}

    async def dial(
        self, host: str, port: int, *, send_buffer: int, user_timeout: float, connect_timeout: float
    ) -> TcpStream:
        self.dialled[port] = self.dialled.get(port, 0) + 1
        return await dial(
            self._thread.reactor,
            host,
            port,
            send_buffer=send_buffer,
            user_timeout=user_timeout,
            connect_timeout=connect_timeout,
        )

    async def sleep(self, seconds: float) -> None:
        await self._thread.sleep(seconds)

    def signal(self) -> Signal:  # type: ignore[override]
        return Signal()

    def monotonic(self) -> float:
        return self._thread.reactor.seconds()
