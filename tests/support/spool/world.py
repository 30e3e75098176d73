"""A spool in memory: the daemon's own lanes and raw adapters, virtual devices, a simulated network, labels that wait.

One seed decides everything: how many labels and printers, which fault strikes at which byte of which label, when it is put
right, and when, if at all, the daemon is killed. Labels are rendered ahead, once for all runs, so that a run takes
milliseconds.
"""

from __future__ import annotations

import functools
import gc
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from random import Random

from twisted.internet.defer import Deferred

from support.services_house import House
from support.sim import checks, plant
from support.sim.base import Ether, LifeReactor, SimReactor, Trace
from support.sim.courier import Depot
from support.sim.labels import Drawing, encode
from support.sim.lender import SimLender
from support.sim.logbook import Logbook
from support.sim.market import Platform
from support.sim.printer import PRINT_PORT, SimPrinter, Strike
from support.sim.store import Crash, Disk, InlineStore
from support.sim.wire import Link
from support.spool.faults import FAULTS, Fault, Struck, clear, strike
from support.spool.judge import Came, Known, Tried, judge
from waybilld.config.model import Config, Pool
from waybilld.core.unconfirmed import Unconfirmed
from waybilld.host.discover import Plugins
from waybilld.services.assemble import Assembler, GuardMemory, close_all, policies
from waybilld.services.base import Tree
from waybilld.services.board import Board
from waybilld.services.clock import Clock
from waybilld.services.fleet import Fleet, settings_key, settings_of, variant_of
from waybilld.services.handlers.copy import Copy
from waybilld.services.handlers.render import Render
from waybilld.services.meters import Meters
from waybilld.services.tree import Ground, lanes_on, take_over
from waybilld.services.watchdog import Running
from waybilld.services.worker import Worker
from waybilld.store.seal import KEY_BYTES, Seal
from waybilld_printers.transports.raw.adapter import RawPrinter
from waybilld_printers.transports.raw.settings import RawSettings
from waybilld_printers.virtual.device import DeviceConfig
from waybilld_sdk.context import Stream
from waybilld_sdk.labels import Page
from waybilld_sdk.printing import Document, PrinterCapabilities
from waybilld_sdk.shipping import Idempotency
from waybilld_sdk.testing.context import FakeContext

MEDIA_MM = (50.0, 25.0)
LIMIT_S = 2 * 3600.0
"""After so long with every fault put right, a label that is neither proven nor listed was forgotten."""

DRAIN_S = 20.0
_WHOLE = re.compile(rb"\^XA\^PW\d+\^LL\d+\^FX([A-Z]\d+\.\d+) [^^~]*\^FS\^FO\d+,0\^GFA,1,1,1,80\^FS\^XZ")
_SIZES = (0, 60, 700, 3_000, 14_000, 40_000)
_STEP_S = 2.0
_SETTLED = (
    "SELECT (SELECT count(*) FROM attempt WHERE state IN ('prepared','sending','sent'))"
    " + (SELECT count(*) FROM job WHERE kind IN ('print','copy') AND state IN ('ready','busy','waiting'))"
)


@dataclass(frozen=True, slots=True)
class Waiting:
    """A database in which labels wait to be printed, and each label's document by its serial."""

    image: bytes
    documents: dict[str, Document]


@functools.cache
def waiting(labels: int, look: int, encoded: bool) -> Waiting:
    """Labels of sizes that `look` names; `encoded`: their documents stand there already, else a lane encodes them."""
    dice = Random(f"labels/{labels}/{look}")
    documents: dict[str, Document] = {}

    def draw(serial: str, what: PrinterCapabilities) -> tuple[Page, Document]:
        size = dice.choice(_SIZES)
        text = f"{serial} 1 ".encode() + bytes(dice.choices(b"abcdefghijklmnopqrstuvwxyz0123456789", k=size))
        page = Page(round(MEDIA_MM[0] * what.dots_per_mm), round(MEDIA_MM[1] * what.dots_per_mm), text, f"key-{serial}")
        documents[serial] = encode(page, settings_of(what))
        return page, documents[serial]

    house = House()
    try:
        what = RawPrinter(FakeContext(), _settings("p1", 9200, 0.0, "zebra-203")).capabilities()
        key = settings_key(settings_of(what)) if encoded else None
        house.rendered(what, variant_of(what), key, labels, draw)
        return Waiting(house.disk.connection.serialize(), documents)
    finally:
        house.close()


def _settings(host: str, status_port: int | None, keep_open_s: float, profile: str) -> RawSettings:
    return RawSettings(
        host=host, status_port=status_port, media_mm=MEDIA_MM, speed_ips=14, keep_open_s=keep_open_s, profile=profile
    )


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


@dataclass(slots=True)
class Plan:
    """One fault of a run: at which byte of which label, how long after it, and for how long."""

    fault: Fault
    serial: str
    at: int
    after_s: float
    lasts_s: float
    struck: bool = False
    over: bool = False


class SpoolWorld:
    """One seed's run. `faults` are those to draw from; `show` is given every line of the trace."""

    def __init__(
        self, seed: int, *, faults: tuple[Fault, ...] = FAULTS, show: Callable[[str], None] | None = None
    ) -> None:
        self.seed = seed
        reactor = SimReactor()
        self.trace = Trace(reactor.seconds, show)
        self.ether = Ether(reactor, Random(f"spool/{seed}"), self.trace)
        dice = self.ether.dice
        self.labels = waiting(dice.randint(2, 5), dice.randint(1, 3), dice.random() < 0.7)
        self.disk = Disk(self.labels.image)
        self.seal = Seal(bytes(KEY_BYTES), dice.randbytes)
        self.printers = {name: self._printer(name) for name in ("p1", "p2", "p3")[: dice.choice((1, 1, 2, 2, 3))]}
        self.plans = self._draw(faults) if faults else []
        self.kills = 0
        self.logbook = Logbook(self.trace)
        self.problems: list[str] = []
        self._kill_at = dice.randint(1, 6 * len(self.labels.documents)) if faults and dice.random() < 0.2 else 0
        self._config = self._configuration()
        self._plugins = plant.plugins(Platform(self.ether), Depot(self.ether, Idempotency.KEY), Drawing())
        self._lives: list[Lanes] = []

    def _printer(self, name: str) -> SimPrinter:
        dice = self.ether.dice
        config = DeviceConfig(
            name=name,
            serial=f"SPOOL{name.upper()}",
            labels_per_second=dice.choice((1.0, 3.0, 20.0)),
            mute_on_error=dice.random() < 0.2,
        )
        return SimPrinter(self.ether, name, config, dice.choice((0.0005, 0.005, 0.05)))

    def _configuration(self) -> Config:
        dice = self.ether.dice
        config = plant.configuration(dice, self.printers, MEDIA_MM)
        profile = "raw-none" if dice.random() < 0.1 else "zebra-203"
        settings = [
            _settings(p.name, dice.choice((9200, 9200, None)), dice.choice((0.0, 5.0, 30.0)), profile) for p in config.printers
        ]
        policy = dice.choice((None, None, Unconfirmed.REPRINT_MARKED, Unconfirmed.SETTLE_BY_SCAN))
        printers = tuple(
            p.model_copy(update={"settings": s, "unconfirmed": policy}) for p, s in zip(config.printers, settings, strict=True)
        )
        names = tuple(self.printers)
        own = len(names) - (len(names) > 1 and dice.random() < 0.4)
        pool = Pool(
            name="pack",
            printers=names[:own],
            backups=names[own:],
            failover_s=dice.choice((0.0, 2.0, 10.0)),
            leave_s=dice.choice((1.0, 5.0, 30.0)),
        )
        return config.model_copy(update={"printers": printers, "pools": (pool,)})

    def _draw(self, faults: tuple[Fault, ...]) -> list[Plan]:
        """One fault, sometimes a second one of another label."""
        dice = self.ether.dice
        serials = dice.sample(sorted(self.labels.documents), 2 if dice.random() < 0.25 else 1)
        return [self._plan(dice.choice(faults), serial) for serial in serials]

    def _plan(self, fault: Fault, serial: str) -> Plan:
        dice, document = self.ether.dice, self.labels.documents[serial]
        size = len(document.body + document.token)
        # Half of them near the closing token, where the truth is hardest.
        at = dice.randint(0, size) if dice.random() < 0.6 else dice.randint(size - 6, size)
        after_s = 0.0 if dice.random() < 0.7 else dice.uniform(0.0, 1.5)
        return Plan(fault, serial, at, after_s, dice.choice((0.3, 3.0, 30.0, 90.0)) * dice.random())

    # ---- the run ----------------------------------------------------------------------------------------------------

    def run(self) -> list[str]:
        """Print until nothing is open any more; what was wrong, nothing when all is well."""
        enabled = gc.isenabled()
        gc.disable()  # finalisers would run where the seed cannot choose
        try:
            with self.logbook.open():
                self._give_birth()
                self._until_settled()
                self._stop()
        finally:
            if enabled:
                gc.enable()
        self.problems += self.logbook.bugs
        self.problems += self._judged()
        return self.problems

    def _give_birth(self) -> None:
        life = Lanes(
            self.ether, self.disk, self.seal, self._config, self._plugins, self.printers, self._crash, self._begun
        )
        self._lives.append(life)
        self.trace("daemon", f"starts for the {len(self._lives)}. time")
        life.begin()

    def _crash(self, point: str) -> bool:
        """Kill the daemon at the so-manieth moment around a commit."""
        self._kill_at -= 1
        if self._kill_at != 0:
            return False
        self.kills += 1
        self.trace("daemon", f"is killed: {point}")
        self._lives[-1].kill()
        self.ether.reactor.callLater(self.ether.dice.uniform(0.3, 3.0), self._give_birth)
        return True

    def _begun(self, host: str, data: bytes, link: Link) -> None:
        """A label's first bytes are about to be written: the fault that is meant for it is laid on its byte."""
        for plan in self.plans:
            if not plan.struck and self.labels.documents[plan.serial].body.startswith(data[:200]):
                plan.struck = True
                printer = self.printers[host]
                at = Struck(printer, link, self.ether.dice, self.ether.reactor.seconds)
                act = functools.partial(self._soon, plan, at)
                printer.strikes.append(Strike(link, link.written + plan.at, act))

    def _soon(self, plan: Plan, at: Struck) -> None:
        if plan.after_s:
            self.ether.reactor.callLater(plan.after_s, self._strike, plan, at)
        else:
            self._strike(plan, at)

    def _strike(self, plan: Plan, at: Struck) -> None:
        happened = strike(plan.fault, at)
        what = plan.fault.name if happened else f"no {plan.fault.name}, for it cannot be"
        self.trace("fault", f"{what} at {at.printer.name}, byte {plan.at} of {plan.serial}, {plan.after_s:.3f} s after it")
        self.ether.reactor.callLater(plan.lasts_s, self._clear, plan, at)

    def _clear(self, plan: Plan, at: Struck) -> None:
        self.trace("fault", f"{plan.fault.name} at {at.printer.name} is over")
        plan.over = True
        clear(plan.fault, at)

    def _until_settled(self) -> None:
        reactor = self.ether.reactor
        while reactor.seconds() < LIMIT_S:
            reactor.run_until(reactor.seconds() + _STEP_S)
            (left,) = self.disk.connection.execute(_SETTLED).fetchone()
            if not left:
                break
        # What a printer still holds comes out now, and whatever was stopped goes on: nothing may follow the last word.
        for plan, printer in ((p, q) for p in self.plans for q in self.printers.values()):
            if not plan.over:
                link = Link(self.ether, printer.network, 1, 1.0, lambda _: None)
                clear(plan.fault, Struck(printer, link, self.ether.dice, reactor.seconds))
        reactor.run_until(reactor.seconds() + 10.0)

    def _stop(self) -> None:
        done: list[object] = []
        Deferred.fromCoroutine(self._lives[-1].stop()).addBoth(done.append)
        self.ether.reactor.run_until(self.ether.reactor.seconds() + DRAIN_S + 5.0)
        if done != [None]:
            self.problems.append(f"the daemon did not stop in {DRAIN_S:g} s: {done}")

    # ---- the judgement ----------------------------------------------------------------------------------------------

    def tried(self) -> list[Tried]:
        """The ledger's attempts, oldest first."""
        run = self.disk.runner()
        names = {row["id"]: row["serial"] for row in checks.rows(run, "label")}
        return [Tried(names[a["label"]], a["printer"], a["state"]) for a in checks.rows(run, "attempt")]

    def came(self) -> list[Came]:
        """What lies in the trays; pieces that came from no format of ours are somebody else's."""
        return [
            Came(self._name(piece.raw), piece.printer)
            for printer in self.printers.values()
            for piece in printer.tray
            if piece.raw
        ]

    def _name(self, raw: bytes) -> str:
        """Whose label it is; empty where it is not exactly one whole label."""
        raw = raw.replace(b"~HS", b"")
        found = _WHOLE.fullmatch(raw)
        serial = found[1].decode() if found else ""
        given = self.labels.documents.get(serial)
        return serial if given is None or given.body + given.token == raw else ""

    def _judged(self) -> list[str]:
        run = self.disk.runner()
        cases = {c["label"] for c in checks.rows(run, "case") if c["state"] == "open"}
        cases |= {i["label"] for i in checks.rows(run, "intercept") if i["state"] == "open"}
        labels = [
            Known(row["serial"], row["id"] in cases, row["shipment"] is not None and row["superseded_by"] is None)
            for row in checks.rows(run, "label")
        ]
        return judge(labels, self.tried(), self.came())

    def close(self) -> None:
        """Give everything back, the remains of killed lives included."""
        self.disk.close()
        self._lives.clear()
        hook, sys.unraisablehook = sys.unraisablehook, lambda _: None
        try:
            if self.kills:
                gc.collect()
        finally:
            sys.unraisablehook = hook
