"""A seeded world: a platform, a carrier, three printers, people, and a daemon that is killed and started again.

A run has three parts: a storm of faults while orders come in, a calm in which everything works and the daemon must settle
every order, and an orderly stop. Whatever the daemon says, the checkers look at the trays and the books of the others.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from random import Random

from twisted.internet.defer import Deferred
from twisted.logger import globalLogPublisher
from twisted.python.failure import Failure

from support.sim import checks, plant
from support.sim.base import Ether, SimReactor, Trace
from support.sim.courier import Depot
from support.sim.cups import SimCups
from support.sim.faults import FAULTS
from support.sim.labels import Drawing
from support.sim.life import DRAIN_S, Life
from support.sim.logbook import Logbook
from support.sim.market import Platform, sample_order
from support.sim.packer import Packer
from support.sim.printer import SimPrinter
from support.sim.store import Disk
from waybilld.config.model import Config
from waybilld.store.engine import StoreUnavailable
from waybilld.store.seal import KEY_BYTES, Seal
from waybilld_printers.virtual.device import DeviceConfig
from waybilld_sdk.orders import Confirmation
from waybilld_sdk.shipping import Idempotency

STORM_S = 40.0
CALM_STEP_S = 20.0
CALM_LIMIT_S = 3 * 3600.0
"""After so long with everything in order, an order that is neither done nor visibly blocked was forgotten."""


@contextmanager
def _no_garbage_collection() -> Iterator[None]:
    """Finalisers run where the seed cannot choose; so none runs while a world does."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


class World:
    """One seed's world.

    `orders` come in during the storm; `storm` is the probability of each kind of fault to strike at all, 0 for fair
    weather. `show` is given every line of the trace.
    """

    POINTS = (
        "before a commit",
        "after a commit that nobody heard of",
        "a printer took bytes",
        "the platform heard of a shipment",
    )

    def __init__(
        self,
        seed: int,
        *,
        orders: int = 20,
        storm: float = 0.4,
        real_labels: bool = False,
        show: Callable[[str], None] | None = None,
    ) -> None:
        self.seed = seed
        self.planned_orders = orders
        reactor = SimReactor()
        self.trace = Trace(reactor.seconds, show)
        self.ether = Ether(reactor, Random(seed), self.trace)
        self.disk = Disk()
        self.drawing = Drawing()
        self.platform = Platform(self.ether)
        self.platform.heard = self._heard
        dice = self.ether.dice
        self.depot = Depot(self.ether, dice.choice(list(Idempotency)))
        self.seal = Seal(dice.randbytes(KEY_BYTES), dice.randbytes)
        self.printers = {name: self._printer(name) for name in ("p1", "p2", "p3")}
        self.cups = SimCups(self.ether, self.printers, careful=dice.random() < 0.3)
        for queue in self.cups.queues.values():
            queue.error_policy = dice.choice(("abort-job", "abort-job", "stop-printer"))
            queue.roomy = dice.random() < 0.5
        self.logbook = Logbook(self.trace)
        self.packer = Packer(self)
        self.problems: list[str] = []
        self.lives: list[Life] = []
        self.kills = 0
        self.calm = False
        self.worker_deaths = 0.0
        self._storm = storm
        self.races = 0.0
        """Probability that an order changes while the bytes of its label arrive at a printer."""
        self._mines: dict[str, int] = {}
        self._config = plant.configuration(
            dice, self.printers, media_mm=(100.0, 150.0 if real_labels else 50.0), fair=not storm
        )
        self._plugins = plant.plugins(self.platform, self.depot, None if real_labels else self.drawing)

    def _printer(self, name: str) -> SimPrinter:
        dice = self.ether.dice
        config = DeviceConfig(
            name=name,
            serial=f"SIM{name.upper()}",
            labels_per_second=dice.choice((1.0, 3.0, 20.0)),
            mute_on_error=dice.random() < 0.3,
        )
        printer = SimPrinter(self.ether, name, config, dice.choice((0.0005, 0.005, 0.05)))
        printer.took = self._took
        return printer

    # ---- the daemon's lives -----------------------------------------------------------------------------------------

    @property
    def config(self) -> Config:
        """What the daemon is configured with now."""
        return self._config

    @property
    def life(self) -> Life:
        """The present life, or the last one."""
        return self.lives[-1]

    def edit_printer(self) -> None:
        """Somebody changes how dark a printer prints: from the next start on, what was encoded ahead does not fit it."""
        self._config = plant.darker(self._config, self.ether.dice.randint(1, 30))

    def _give_birth(self) -> None:
        life = Life(
            self.ether,
            self.disk,
            self.seal,
            self._config,
            self._plugins,
            self.printers,
            self._crash,
            Path("/nowhere"),
            self.cups,
        )
        life.lender.deaths = 0.0 if self.calm else self.worker_deaths
        self.lives.append(life)
        self.trace("daemon", f"starts for the {len(self.lives)}. time")
        life.begin(self._not_started)

    def _not_started(self, failure: Failure) -> None:
        if isinstance(failure.value, StoreUnavailable):
            self.kill(f"could not start: {failure.getErrorMessage()}")
        else:
            self.problems.append(f"the daemon could not start: {failure.getTraceback()}")

    def kill(self, why: str) -> None:
        """SIGKILL, and a service manager that starts it again."""
        if self.life.dead:
            return
        self.kills += 1
        self.trace("daemon", f"is killed: {why}")
        self.life.kill()
        self.ether.reactor.callLater(self.ether.dice.uniform(0.3, 3.0), self._give_birth)

    def crash_in(self, point: str, count: int) -> None:
        """Kill the daemon when it reaches a point for the so-manieth time from now."""
        self._mines[point] = count

    def _crash(self, point: str) -> bool:
        left = self._mines.get(point)
        if left is None or self.calm:
            return False
        self._mines[point] = left - 1
        if left > 1:
            return False
        del self._mines[point]
        self.kill(point)
        return True

    def _took(self) -> None:
        self._reached("a printer took bytes")
        if self.ether.chance(self.races):
            under_way = checks.orders_in(self.disk.runner(), "sending")
            for name in under_way:
                self.ether.reactor.callLater(0, self.ether.dice.choice((self.platform.change, self.platform.cancel)), name)

    def _reached(self, point: str) -> None:
        # As an event of its own: the daemon may be on the stack.
        self.ether.reactor.callLater(0, self._crash, point)

    def _heard(self, confirmation: Confirmation) -> None:
        self.problems += checks.confirmed_before_printed(self.disk.runner(), confirmation, self.trays())
        self._reached("the platform heard of a shipment")

    def trays(self) -> list[checks.Piece]:
        """Everything that came out of the printers."""
        return [piece for printer in self.printers.values() for piece in printer.tray]

    # ---- the run ----------------------------------------------------------------------------------------------------

    def run(self) -> list[str]:
        """Storm, calm, stop; what was wrong, nothing when all is well."""
        with self.logbook.open(), _no_garbage_collection():
            self._give_birth()
            self._plan_orders()
            self._plan_faults()
            self.ether.reactor.run_until(STORM_S)
            self._calm_down()
            self._settle()
            self._stop()
            if checks.unsettled(self.disk.runner(), self.platform):
                # Late evidence may open work while the daemon stops: its next start goes on with that.
                self._give_birth()
                self._settle()
                self._stop()
        self.problems += self.logbook.bugs
        told = self.disk, self.seal, self.platform, self.depot, self.trays(), self._config.node
        self.problems += checks.everything(*told, self.cups.sent_again)
        return self.problems

    def close(self) -> None:
        """Give everything back, the remains of killed lives included. Call it before the next world begins.

        What a killed daemon still waited for is thrown away here and at no other moment: Python runs `finally` clauses as
        it does so, which must neither reach a world that still runs nor count as errors: one that passes a turn on wakes a
        coroutine that is thrown away already.
        """
        self.disk.close()
        self.lives.clear()
        hook, sys.unraisablehook = sys.unraisablehook, lambda _: None
        observers = list(globalLogPublisher._observers)
        for observer in observers:
            globalLogPublisher.removeObserver(observer)
        try:
            # What finalisers woke is garbage only after the next round.
            while gc.collect():
                pass
        finally:
            sys.unraisablehook = hook
            for observer in observers:
                globalLogPublisher.addObserver(observer)

    def _plan_orders(self) -> None:
        dice = self.ether.dice
        paid = datetime(2026, 3, 2, 7, 0, tzinfo=UTC)
        moments = sorted(dice.uniform(0.0, STORM_S * 0.6) for _ in range(self.planned_orders))
        for number, moment in enumerate(moments, 1):
            order = sample_order(number, dice.randint(1, 4), paid)
            self.ether.reactor.callLater(moment, self.platform.put, order)

    def _plan_faults(self) -> None:
        dice = self.ether.dice
        for fault in FAULTS:
            if dice.random() < self._storm:
                for _ in range(dice.randint(1, fault.most)):
                    self.ether.reactor.callLater(dice.uniform(0.2, STORM_S - 2.0), self._strike, fault)

    def _strike(self, fault: checks.Named) -> None:
        if not self.calm:
            self.trace("fault", fault.name)
            fault.act(self)
            self.life.lender.deaths = self.worker_deaths

    def _calm_down(self) -> None:
        """Everything is repaired; nothing goes wrong any more."""
        self.trace("world", "calm")
        self.calm = True
        self.disk.full = False
        self._mines.clear()
        self.races = 0.0
        self.worker_deaths = self.life.lender.deaths = 0.0
        self.platform.quiet()
        self.depot.quiet()
        self.drawing.breaks = ""
        self.packer.resume_all()
        self.cups.start()
        for queue in self.cups.queues:
            self.cups.enable(queue)
        now = self.ether.reactor.seconds()
        for printer in self.printers.values():
            printer.cut_in = None
            printer.network.slow_towards = printer.network.slow_back = 0.0
            device = printer.device
            device.refusing = device.muted = False
            device.unstall(now)
            device.load(now)
            device.head(now, is_open=False)
            device.resume(now)
            printer.pump()

    def _settle(self) -> None:
        reactor = self.ether.reactor
        began = reactor.seconds()
        while reactor.seconds() < began + CALM_LIMIT_S:
            reactor.run_until(reactor.seconds() + CALM_STEP_S)
            if not checks.unsettled(self.disk.runner(), self.platform):
                return
            self.packer.settle_all()
        self.problems += checks.unsettled(self.disk.runner(), self.platform)

    def _stop(self) -> None:
        done: list[object] = []
        Deferred.fromCoroutine(self.life.stop()).addBoth(done.append)
        # Each service may use what is left of the drain time, and closing a connection takes a moment more.
        self.ether.reactor.run_until(self.ether.reactor.seconds() + DRAIN_S + 5.0)
        if done != [None]:
            self.problems.append(f"the daemon did not stop in {DRAIN_S:g} s: {done}")
        left = self.life.reactor.getDelayedCalls()
        if left:
            self.problems.append(f"timers were left after the stop: {[str(call) for call in left]}")
        if not self.life.store.idle:
            self.problems.append("units were left uncommitted after the stop")
