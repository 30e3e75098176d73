"""What a simulated life lends to its adapters: the world's network, its clock, work that takes a moment, a CUPS server."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

from twisted.internet.defer import Deferred

from support.sim.base import Ether, LifeReactor
from support.sim.cups import SimCups
from support.sim.printer import SimPrinter
from support.sim.wire import Link
from waybilld.host.folder import HostFolder
from waybilld.services.clock import Clock
from waybilld_printers.transports.cups import work
from waybilld_sdk.context import Folder, Http, HttpResponse, Limits, Stream
from waybilld_sdk.errors import Retry

T = TypeVar("T")


class NoHttp:
    """No adapter of the simulation speaks HTTP."""

    async def request(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes = b"", timeout: float = 20.0
    ) -> HttpResponse:
        """Refuses."""
        raise AssertionError(f"{method} {url} with {len(headers)} headers, {len(body)} bytes, {timeout} s: no HTTP here")


class SimLender:
    """See `waybilld.host.context.Lender`. `printers` are known by their host names."""

    def __init__(
        self,
        ether: Ether,
        reactor: LifeReactor,
        clock: Clock,
        printers: Mapping[str, SimPrinter],
        cups: SimCups | None = None,
    ) -> None:
        self._ether = ether
        self._cups = cups
        self._reactor = reactor
        self._clock = clock
        self._printers = printers
        self.links: list[Link] = []
        self.http: Http = NoHttp()
        self.deaths = 0.0
        """Probability that a worker process dies under a piece of work."""

    async def dial(self, host: str, port: int, send_buffer: int, user_timeout: float, connect_timeout: float) -> Stream:
        """Open a connection after one way there and one back."""
        printer = self._printers[host]
        until = self._clock.monotonic() + connect_timeout
        await self._clock.sleep(min(printer.network.towards(), connect_timeout))
        if self._clock.monotonic() >= until:
            raise TimeoutError(f"{host}:{port} did not answer within {connect_timeout:g} s")
        link = printer.accept(port, send_buffer, user_timeout)
        if link is None:
            raise ConnectionRefusedError(f"no connection to {host}:{port}: refused")
        # From here on the device has a connection: should we die or give up on the way, it must be told.
        self.links = [known for known in self.links if not known.over] + [link]
        answered = False
        try:
            back, left = printer.network.back(), until - self._clock.monotonic()
            await self._clock.sleep(min(back, left))
            answered = back < left
        finally:
            if not answered:
                link.abort("the connection was not made in time")
        if not answered:
            raise TimeoutError(f"{host}:{port} did not answer within {connect_timeout:g} s")
        return link

    def folder(self, path: Path) -> Folder:
        """A real folder; its calls happen at once and are answered a moment later."""
        return HostFolder(path, self._defer)

    def _defer(self, fn: Callable[[], T]) -> Awaitable[T]:
        return self._soon(self._ether.dice.uniform(0.0005, 0.003), fn)

    def work(self, fn: Callable[..., T], *args: object, limits: Limits) -> Awaitable[T]:
        """Run at once, answer after the time that it would take."""
        if self._ether.chance(self.deaths):
            if fn is work.submit and self._cups is not None:
                self._cups.broken_submit(*args)
            return self._soon(0.5, self._died, fn.__name__, limits)
        if self._cups is not None and fn in self._cups.answers:
            return self._ask(self._cups.answers[fn], *args)
        return self._soon(self._ether.dice.uniform(0.002, 0.03), fn, *args)

    def _ask(self, question: Callable[..., T], *args: object) -> Awaitable[T]:
        """A server is asked whether or not anybody lives to hear its answer."""
        done: Deferred[T] = Deferred()

        def answer(value: T) -> None:
            if not done.called:
                done.callback(value)

        def act() -> None:
            self._reactor.callLater(self._ether.dice.uniform(0.001, 0.02), answer, question(*args))

        self._ether.reactor.callLater(self._ether.dice.uniform(0.001, 0.01), act)
        return done

    def _died(self, name: str, _: Limits) -> Any:
        raise Retry(f"the process running {name} died (exit status -9)")

    def _soon(self, seconds: float, fn: Callable[..., T], *args: object) -> Awaitable[T]:
        done: Deferred[T] = Deferred()

        def act() -> None:
            if done.called:
                return
            try:
                value = fn(*args)
            except Exception as e:  # noqa: BLE001 - handed to whoever asked
                done.errback(e)
            else:
                done.callback(value)

        self._reactor.callLater(seconds, act)
        return done

    def sleep(self, seconds: float) -> Awaitable[None]:
        """Wait."""
        return self._clock.sleep(seconds)

    def now(self) -> datetime:
        """The wall clock, UTC."""
        return self._clock.now()

    def monotonic(self) -> float:
        """Seconds that never step."""
        return self._clock.monotonic()
