"""One life of the daemon, from start to stop or to a kill: the daemon's own composition on a simulated ground."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from support.sim.base import Ether, LifeReactor
from support.sim.cups import SimCups
from support.sim.lender import SimLender
from support.sim.printer import SimPrinter
from support.sim.store import Crash, Disk, InlineStore
from waybilld.config.model import Config
from waybilld.host.discover import Plugins
from waybilld.host.rendering import configured
from waybilld.services.assemble import Assembler, GuardMemory, check_all, close_all, instance_names
from waybilld.services.base import Tree
from waybilld.services.board import Board
from waybilld.services.clock import Clock
from waybilld.services.fleet import Fleet
from waybilld.services.lane import Lane
from waybilld.services.meters import Meters
from waybilld.services.notify import Notifier
from waybilld.services.tail import StateMeters, Tail
from waybilld.services.tree import Ground, care_on, lanes_on, line_on, take_over
from waybilld.services.watchdog import Heartbeat, Running
from waybilld.store.seal import Seal

DRAIN_S = 20.0
_PET_S = 15.0


class Life:
    """`begin` starts it; `kill` ends it as SIGKILL does; `stop` ends it as SIGTERM does."""

    def __init__(
        self,
        ether: Ether,
        disk: Disk,
        seal: Seal,
        config: Config,
        plugins: Plugins,
        printers: Mapping[str, SimPrinter],
        crash: Crash,
        folder: Path,
        cups: SimCups,
    ) -> None:
        self._config = config
        self._plugins = plugins
        self._folder = folder
        self.reactor = LifeReactor(ether.reactor)
        self.clock = Clock(self.reactor, ether.wall, ether.dice.randbytes, ether.dice.random)
        self.store = InlineStore(ether, disk, config.node, seal, crash)
        self.lender = SimLender(ether, self.reactor, self.clock, printers, cups)
        self.meters = Meters()
        self.fleet = Fleet()
        self.lanes: dict[str, Lane] = {}
        self.board = Board()
        self.started = False
        self._tree: Tree | None = None
        self._starting: Deferred[None] | None = None

    @property
    def dead(self) -> bool:
        """It was killed."""
        return self.reactor.dead

    def begin(self, failed: Callable[[Failure], None]) -> None:
        """Start; `failed` is told what kept it from starting."""
        self._starting = Deferred.fromCoroutine(self._start())
        self._starting.addErrback(failed)

    async def _start(self) -> None:
        """As the daemon's composition root does it."""
        memory = GuardMemory(self.store)
        names = instance_names(self._config)
        await self.store.read(lambda run: memory.load(run, names))
        epoch = await self.store.write(lambda tx: take_over(tx, "sim", "0", self._config))
        running = Running(self.meters)
        assembler = Assembler(self.store, self.lender, self.clock, running, memory, self._folder)
        self.fleet = assembler.fleet(self._config, self._plugins)
        labels = self._config.labels
        render = configured(self._plugins, labels.renderer, labels.settings, self._folder / "waybilld.yaml")
        ground = Ground(
            self._config,
            self._plugins,
            self.fleet,
            self.store,
            self.lender,
            self.clock,
            self.meters,
            epoch,
            render,
            self.board,
        )
        self.lanes = lanes_on(ground)
        state_meters = StateMeters(self.meters)
        await self.store.read(state_meters.load)
        services = [
            Heartbeat(self.clock, self.store, self.meters, Notifier(None), None, _PET_S),
            Tail(self.store, self.clock, [state_meters]),
            *line_on(ground, self.lanes, care_on(ground, self.lanes).caretaker),
        ]
        self._tree = Tree(services, self.clock, DRAIN_S)
        await self._tree.start()
        await check_all(self.fleet)
        self.started = True

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
