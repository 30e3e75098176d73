"""The kill scenario: orders come in, the daemon is killed again and again at seeded moments, and truth must survive.

The moments are a pure function of the seed; what happens at them depends on the machine, so every run tries other
interleavings of the same plan. What must hold afterwards is in `kill_audit`.
"""

from __future__ import annotations

import contextlib
import enum
import random
import sqlite3
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from scenario.kill_audit import Evidence, Findings, gather, judge
from scenario.kill_orders import OrderFile, order_files
from scenario.kill_plant import Daemon, PlantFailed, VirtualDevice, config_text

FAST, SLOW = "fast", "slow"
SPEEDS = {FAST: 30.0, SLOW: 2.0}
"""Labels a second. The slow one keeps a label between `sent` and `proven` for half a second: truth is hardest there."""

PATIENCE_S = 45.0
"""How long no order may get further before the scenario gives up waiting."""

_AIM_LIMIT_S = 4.0
_AIMS = (
    "order.ingested",
    "waybill.intended",
    "shipment.bought",
    "shipment.rendered",
    "attempt.sending",
    "attempt.sent",
    "attempt.sent",
    "attempt.proven",
    "shipment.printed",
    "shipment.confirmed",
)


class Moment(enum.StrEnum):
    """When the daemon is killed."""

    START_UP = "start-up"
    ENTRY = "entry"
    ON_PAPER = "on-paper"
    OWED = "owed"
    ANY = "any"


@dataclass(frozen=True, slots=True)
class Kill:
    """One life of the daemon: which files come in before and during it, and when it ends.

    START_UP: `delay_s` after the start. ENTRY: `delay_s` after the next journal entry of kind `aim`. ON_PAPER: `delay_s`
    after a label was sent to the slow printer, which is printing it then. OWED: the same, but its paper ran out first, and
    it gets paper once the next daemon is ready. ANY: `delay_s` after the daemon was ready.
    """

    moment: Moment
    delay_s: float
    aim: str
    before: tuple[OrderFile, ...]
    during: tuple[OrderFile, ...]


def plan(seed: int, orders: int, kills: int) -> tuple[Kill, ...]:
    """The kills of one run: about a sixth at start-up, a third at entries, a sixth on paper, one in twelve owed."""
    chance = random.Random(f"kills/{seed}")
    shares = order_files(seed, orders, kills)
    weights = {Moment.START_UP: 2, Moment.ENTRY: 4, Moment.ON_PAPER: 2, Moment.OWED: 1, Moment.ANY: 3}
    cycle = [moment for moment, weight in weights.items() for _ in range(weight)]
    moments = (cycle * (kills // len(cycle) + 1))[:kills]
    chance.shuffle(moments)
    return tuple(_kill(chance, moment, files) for moment, files in zip(moments, shares, strict=True))


def _kill(chance: random.Random, moment: Moment, files: tuple[OrderFile, ...]) -> Kill:
    delay_s = {
        Moment.START_UP: chance.uniform(0.0, 2.0),
        Moment.ENTRY: chance.uniform(0.0, 0.004),
        Moment.ON_PAPER: chance.uniform(0.0, 0.6),
        Moment.OWED: chance.uniform(0.0, 0.1),
        Moment.ANY: chance.uniform(0.0, 1.5),
    }[moment]
    early = len(files) if moment is Moment.START_UP else len(files) // 2
    return Kill(moment, delay_s, chance.choice(_AIMS), files[:early], files[early:])


@dataclass(slots=True)
class Outcome:
    """What one run did and found. `recoveries_s` are the times from a start to ready, of the starts that got so far."""

    seed: int
    orders: int
    kills: int
    recoveries_s: list[float] = field(default_factory=list)
    moments: dict[str, int] = field(default_factory=dict)
    seconds: float = 0.0
    findings: Findings = field(default_factory=Findings)


class Ledger:
    """The daemon's database as anybody may read it. Knows nothing of the daemon's code."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def rows(self, sql: str, *values: object) -> list[tuple[object, ...]]:
        """Run one query; no rows while there is no database or no schema yet."""
        if not self._path.exists():
            return []
        with contextlib.closing(sqlite3.connect(f"{self._path.as_uri()}?mode=ro", uri=True, timeout=10)) as connection:
            try:
                return connection.execute(sql, values).fetchall()
            except sqlite3.OperationalError as error:
                if "no such table" in str(error):
                    return []
                raise

    def last_seq(self) -> int:
        """The journal's newest entry."""
        found = self.rows("SELECT max(seq) FROM journal")
        return int(str(found[0][0] or 0)) if found else 0

    def has(self, kind: str, after: int) -> bool:
        """Whether an entry of this kind stands after `after`."""
        return bool(self.rows("SELECT 1 FROM journal WHERE seq > ? AND kind = ? LIMIT 1", after, kind))

    def sent_on(self, printer: str) -> bool:
        """Whether a label was sent to a printer and nobody knows yet what became of it."""
        return bool(self.rows("SELECT 1 FROM attempt WHERE printer = ? AND state = 'sent'", printer))

    def unfinished(self) -> list[tuple[object, ...]]:
        """Shipments that are neither confirmed nor blocked: (id, state)."""
        return self.rows(
            "SELECT id, state FROM shipment WHERE confirmed_at_us IS NULL AND NOT EXISTS"
            ' (SELECT 1 FROM "case" c WHERE c.shipment = shipment.id AND c.state = \'open\' AND c.blocking = 1)'
        )

    def orders(self) -> int:
        """How many orders stand there."""
        found = self.rows('SELECT count(*) FROM "order"')
        return int(str(found[0][0])) if found else 0


class Run:
    """One run in one folder."""

    def __init__(self, folder: Path, seed: int, orders: int, kills: int, say: Callable[[str], None]) -> None:
        self._folder = folder
        self._plan = plan(seed, orders, kills)
        self._say = say
        self._drop = folder / "drop"
        self._ledger = Ledger(folder / "state" / "waybilld.db")
        self._daemon = Daemon(folder / "waybilld.yaml", folder / "daemon.log")
        self.outcome = Outcome(seed, orders, kills)
        self._out_of_paper = False
        self.evidence: Evidence | None = None

    def go(self) -> Outcome:
        """Run the plan, wait until everything is settled, and audit."""
        began = time.monotonic()
        with _devices(self._folder) as devices:
            (self._folder / "waybilld.yaml").write_text(config_text(list(devices.values())), "utf-8")
            self._drop.mkdir(parents=True)
            try:
                for number, kill in enumerate(self._plan, 1):
                    self._live(kill, devices)
                    self.outcome.moments[kill.moment.value] = self.outcome.moments.get(kill.moment.value, 0) + 1
                    self._say(f"kill {number}/{len(self._plan)} ({kill.moment}), journal {self._ledger.last_seq()}")
                self._last_life(devices)
            finally:
                self._daemon.abandon()
            self._await_no_leftovers()
            odometers = {name: int(str(device.status()["odometer"])) for name, device in devices.items()}
        self.evidence = gather(self._folder, self._expected(), odometers)
        self.outcome.findings = judge(self.evidence)
        self.outcome.seconds = time.monotonic() - began
        return self.outcome

    def _expected(self) -> dict[str, frozenset[str]]:
        return {file.name: frozenset(file.ids) for kill in self._plan for file in (*kill.before, *kill.during)}

    def _live(self, kill: Kill, devices: dict[str, VirtualDevice]) -> None:
        self._put(kill.before)
        self._daemon.start()
        if kill.moment is Moment.START_UP:
            time.sleep(kill.delay_s)
        else:
            self._ready(devices)
            seen = self._ledger.last_seq()
            self._put(kill.during)
            self._aim(kill, seen, devices[SLOW])
            time.sleep(kill.delay_s)
        self._daemon.kill()

    def _aim(self, kill: Kill, seen: int, slow: VirtualDevice) -> None:
        if kill.moment is Moment.ENTRY:
            _soon(lambda: self._ledger.has(kill.aim, seen), _AIM_LIMIT_S)
        elif kill.moment in {Moment.ON_PAPER, Moment.OWED}:
            _soon(lambda: self._ledger.sent_on(SLOW), _AIM_LIMIT_S)
        if kill.moment is Moment.OWED:
            slow.tell("paper-out")
            self._out_of_paper = True

    def _ready(self, devices: dict[str, VirtualDevice]) -> None:
        self.outcome.recoveries_s.append(self._daemon.await_ready())
        if self._out_of_paper:
            devices[SLOW].tell("load")
            self._out_of_paper = False

    def _put(self, files: tuple[OrderFile, ...]) -> None:
        for file in files:
            unfinished = self._drop / f"{file.name}.part"
            unfinished.write_bytes(file.data)
            unfinished.rename(self._drop / file.name)

    def _last_life(self, devices: dict[str, VirtualDevice]) -> None:
        self._daemon.start()
        self._ready(devices)
        self._await_settled()
        code = self._daemon.stop()
        if code != 0:
            raise PlantFailed(f"the daemon stopped with {code}: {self._daemon.said()[-3000:]}")

    def _await_settled(self) -> None:
        """Wait as long as orders come in and shipments get through; say what is stuck when they do not."""
        seen, since = (-1, -1), time.monotonic()
        while True:
            unfinished = self._ledger.unfinished()
            progress = (self._ledger.orders(), len(unfinished))
            waiting = [entry.name for entry in self._drop.iterdir() if entry.is_file()]
            if progress == (self.outcome.orders, 0) and not waiting:
                return
            if progress != seen:
                seen, since = progress, time.monotonic()
            elif time.monotonic() - since > PATIENCE_S:
                raise PlantFailed(
                    f"nothing got through for {PATIENCE_S:g} s: {progress[0]} orders, in drop {waiting}, "
                    f"unfinished {unfinished[:10]}; {self._daemon.said()[-3000:]}"
                )
            if not self._daemon.alive():
                raise PlantFailed(f"the daemon ended by itself: {self._daemon.said()[-3000:]}")
            time.sleep(0.05)

    def _await_no_leftovers(self) -> None:
        if not _soon(lambda: not self._daemon.leftovers(), 15.0):
            raise PlantFailed(f"processes of killed daemons still run: {self._daemon.leftovers()}")


@contextlib.contextmanager
def _devices(folder: Path) -> Iterator[dict[str, VirtualDevice]]:
    devices: dict[str, VirtualDevice] = {}
    try:
        for name, speed in SPEEDS.items():
            devices[name] = VirtualDevice(folder / name, name, speed)
        yield devices
    finally:
        for device in devices.values():
            device.stop()


def _soon(condition: Callable[[], bool], seconds: float) -> bool:
    """Ask every millisecond until it is so; False when it never was."""
    until = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > until:
            return False
        time.sleep(0.001)
    return True
