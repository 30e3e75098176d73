"""What the running daemon lends to adapters: the reactor's sockets, threads, processes and clock."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

from twisted.internet.threads import deferToThreadPool

from waybilld.host.folder import HostFolder
from waybilld.host.processes import WorkerProcesses
from waybilld.host.stream import dial
from waybilld.services.clock import Clock
from waybilld_sdk.context import Folder, Http, HttpResponse, Limits, Stream

T = TypeVar("T")


class LazyHttp:
    """The HTTPS client, imported with its first call: a daemon without web adapters never pays for it."""

    def __init__(self, reactor: Any) -> None:
        self._reactor = reactor
        self._client: Http | None = None

    async def request(self, *args: Any, **kwargs: Any) -> HttpResponse:
        """See `waybilld_sdk.context.Http`."""
        if self._client is None:
            from waybilld.host.httpclient import HttpClient

            self._client = HttpClient(self._reactor)
        return await self._client.request(*args, **kwargs)


class ReactorLender:
    """The daemon's `Lender`."""

    def __init__(self, reactor: Any, clock: Clock, processes: WorkerProcesses) -> None:
        self._reactor = reactor
        self._clock = clock
        self._processes = processes
        self.http: Http = LazyHttp(reactor)

    async def dial(self, host: str, port: int, send_buffer: int, user_timeout: float, connect_timeout: float) -> Stream:
        """Open one TCP connection."""
        return await dial(
            self._reactor,
            host,
            port,
            send_buffer=send_buffer,
            user_timeout=user_timeout,
            connect_timeout=connect_timeout,
        )

    def folder(self, path: Path) -> Folder:
        """A folder whose blocking calls run in the reactor's threads."""
        return HostFolder(path, self._defer)

    def _defer(self, fn: Callable[[], T]) -> Awaitable[T]:
        return deferToThreadPool(self._reactor, self._reactor.getThreadPool(), fn)

    def work(self, fn: Callable[..., T], *args: object, limits: Limits) -> Awaitable[T]:
        """Run in a worker process."""
        return self._processes.run(fn, *args, limits=limits)

    def sleep(self, seconds: float) -> Awaitable[None]:
        """Wait."""
        return self._clock.sleep(seconds)

    def now(self) -> datetime:
        """The wall clock, UTC."""
        return self._clock.now()

    def monotonic(self) -> float:
        """Seconds that never step."""
        return self._clock.monotonic()
