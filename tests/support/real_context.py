"""The SDK's `ctx` with real sockets and real time, for adapters under test on the reactor of the test run."""

from __future__ import annotations

from twisted.internet.defer import Deferred

from support.reactor_thread import ReactorThread
from waybilld.host.stream import TcpStream, dial
from waybilld_sdk.testing.context import FakeContext


class RealSignal:
    """The SDK's Signal on Twisted."""

    def __init__(self) -> None:
        self._fired = False
        self._waiting: list[Deferred[None]] = []

    def fire(self) -> None:
        self._fired = True
        waiting, self._waiting = self._waiting, []
        for one in waiting:
            one.callback(None)

    async def wait(self) -> None:
        if not self._fired:
            mine: Deferred[None] = Deferred()
            self._waiting.append(mine)
            await mine


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

    def signal(self) -> RealSignal:  # type: ignore[override]
        return RealSignal()

    def monotonic(self) -> float:
        return self._thread.reactor.seconds()
