"""A daemon that has only lanes, and the worker that draws copies: the daemon's own composition of them, in memory."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from twisted.internet.defer import Deferred

from support.sim.base import Ether, LifeReactor
from support.sim.lender import SimLender
from support.sim.printer import PRINT_PORT, SimPrinter
from support.sim.store import Crash, Disk, InlineStore
from support.sim.wire import Link
from waybilld.config.model import Config
from waybilld.host.discover import Plugins
from waybilld.services.assemble import Assembler, GuardMemory, close_all, policies
from waybilld.services.base import Tree
from waybilld.services.board import Board
from waybilld.services.clock import Clock
from waybilld.services.fleet import Fleet
from waybilld.services.handlers.copy import Copy
from waybilld.services.handlers.render import Render
from waybilld.services.meters import Meters
from waybilld.services.tree import Ground, lanes_on, take_over
from waybilld.services.watchdog import Running
from waybilld.services.worker import Worker
from waybilld.store.seal import Seal
from waybilld_sdk.context import Stream

DRAIN_S = 20.0


class _Tap(SimLender):
    """Tells of every label whose first bytes go to a print port: on which connection, and at which byte of it."""

    begun: Callable[[str, bytes, Link], None]

    async def dial(self, host: str, port: int, send_buffer: int, user_timeout: float, connect_timeout: float) -> Stream:
        """As the network, with an ear on the print port."""
        stream = await super().dial(host, port, send_buffer, user_timeout, connect_timeout)
        return _Heard(stream, host, self.begun) if port == PRINT_PORT and isinstance(stream, Link) else stream


class _Heard:
    """A print connection that somebody listens to."""

    def __init__(self, link: Link, host: str, begun: Callable[[str, bytes, Link], None]) -> None:
        self._link, self._host, self._begun = link, host, begun
        self.acked, self.read, self.close = link.acked, link.read, link.close

    async def write(self, data: bytes) -> None:
        """See `waybilld_sdk.context.Stream`."""
        if data.startswith(b"^XA"):
            self._begun(self._host, data, self._link)
        await self._link.write(data)


class Lanes:
    """One life of a daemon that has only lanes: the daemon's own composition of them."""

    def __init__(
        self,
        ether: Ether,
        disk: Disk,
        seal: Seal,
        config: Config,
        plugins: Plugins,
        printers: dict[str, SimPrinter],
        crash: Crash,
        begun: Callable[[str, bytes, Link], None],
    ) -> None:
        self._config, self._plugins = config, plugins
        self.reactor = LifeReactor(ether.reactor)
        self.clock = Clock(self.reactor, ether.wall, ether.dice.randbytes, ether.dice.random)
        self.store = InlineStore(ether, disk, config.node, seal, crash)
        self.lender = _Tap(ether, self.reactor, self.clock, printers)
        self.lender.begun = begun
        self.fleet = Fleet()
        self._tree: Tree | None = None
        self._starting: Deferred[None] | None = None

    def begin(self) -> None:
        """Start; the lanes settle first what an earlier life left open."""
        self._starting = Deferred.fromCoroutine(self._start())

    async def _start(self) -> None:
        epoch = await self.store.write(lambda tx: take_over(tx, "spool", "0", self._config))
        meters = Meters()
        assembler = Assembler(
            self.store, self.lender, self.clock, Running(meters), GuardMemory(self.store), Path("/nowhere")
        )
        self.fleet = assembler.fleet(self._config.model_copy(update={"shops": (), "carriers": ()}), self._plugins)
        render = self._plugins.renderers["sim"].render
        ground = Ground(
            self._config, self._plugins, self.fleet, self.store, self.lender, self.clock, meters, epoch, render, Board()
        )
        copies = Copy(Render(policies(self._config), self.fleet, self._plugins, render, self.lender, self.clock, 1, {}))
        services = [*lanes_on(ground).values(), Worker(copies, self.clock, self.store, epoch)]
        self._tree = Tree(services, self.clock, DRAIN_S)
        await self._tree.start()

    async def stop(self) -> None:
        """Stop in order."""
        if self._tree is not None:
            await self._tree.stop()
        await close_all(self.fleet)

    def kill(self) -> None:
        """End at once: no timer, no commit, no result, no `finally`."""
        self.reactor.die()
        self.store.dead = True
        for link in self.lender.links:
            link.die()
