"""Watches all printers for those who care for them: who the device is, what it counts, when something went wrong with it.

What a status means is decided by `core.troubles`; here it is only taken in, and written down.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from twisted.internet.defer import CancelledError
from twisted.logger import Logger

from waybilld.core import troubles as rules
from waybilld.core.cards import Fitted, needed
from waybilld.core.heads import DAY_US
from waybilld.core.rolls import OUT, Counters, Wound, carried
from waybilld.core.troubles import Closed, Event, Opened, Watch
from waybilld.services.base import Loop
from waybilld.services.board import Board
from waybilld.services.clock import Clock
from waybilld.services.meters import Meters
from waybilld.services.packingmeters import show_packing
from waybilld.store import care, troubles
from waybilld.store.care import Seen
from waybilld.store.database import Store
from waybilld.store.engine import StoreUnavailable
from waybilld.store.queries import care as cards
from waybilld.store.queries import spares
from waybilld.store.sql import Runner
from waybilld.store.tx import Tx
from waybilld_sdk.printing import PrinterStatus, Supply

log = Logger()
_LOOK_S, _REST_S = 1.0, 30.0
_ASK_S, _ASK_LOOK_S = 3.0, 0.02
"""How long somebody who tells of a new roll waits until the printer was asked: a look takes a tenth of a second."""
_ROUND_S = 30.0
"""Between two rounds in which the gauges of rolls, heads and spares are read anew."""



@dataclass(frozen=True, slots=True)
class Unit:
    """Something to be written down, and whose it is: a printer's name, or what else it is about."""

    whose: str
    write: Callable[[Tx], None]



class Caretaker(Loop):
    """Keeps what printers show of themselves. Started before the lanes, so that it misses no status."""

    def __init__(self, printers: Mapping[str, Fitted], board: Board, store: Store, clock: Clock, meters: Meters) -> None:
        super().__init__("caretaker", clock)
        self._printers = printers
        self._store = store
        self._meters = meters
        self._watches: dict[str, Watch] = {name: Watch() for name in printers}
        self._seen: dict[str, Seen] = {name: Seen() for name in printers}
        self._counters: dict[str, Counters] = {name: Counters() for name in printers}
        self._supplies: dict[str, tuple[Supply, ...]] = {}
        self._board = board
        self._looks: dict[str, int] = dict.fromkeys(printers, 0)
        """How often each printer was seen."""
        self._telling: set[str] = set()
        """Printers whose newest sight told their counters."""
        self._unanchored: set[str] = set()
        """Printers with a roll that was told while nobody could ask for their counters."""
        self._empty: set[str] = set()
        self._changed: set[str] = set()
        """Printers with a new roll in them."""
        self._read_day: dict[str, int] = {}
        self._pending: list[Unit] = []
        self._round_s = 0.0
        board.listen(self._saw)

    def counters(self, printer: str) -> Counters:
        """How far a device's counters were when it last told them; nothing before it did in this run."""
        return self._counters.get(printer, Counters())

    async def ask(self, printer: str, look: Callable[[], None]) -> Counters:
        """How far a device's counters are now: `look` has its lane look at it. Nothing where it cannot be asked; then a roll
        that is put in is counted from the next look on."""
        seen, until = self._looks[printer], self.clock.monotonic() + _ASK_S
        look()
        while self._looks[printer] == seen and self.clock.monotonic() < until:
            await self.clock.sleep(_ASK_LOOK_S)
        fresh = self._looks[printer] != seen and printer in self._telling
        return self._counters[printer] if fresh else Counters(self._seen[printer].serial)

    def empty(self, printer: str) -> bool:
        """Whether the device says that it has no labels."""
        return printer in self._empty

    def cured(self) -> dict[tuple[str, str], int]:
        """Troubles that are over and not closed yet, in case they come back: (printer, cause), since when."""
        found: dict[tuple[str, str], int] = {}
        for name, watch in self._watches.items():
            found.update({(name, cause.value): at_us for cause, at_us in rules.cured(watch).items()})
        return found

    async def loaded(self, printer: str) -> None:
        """Somebody told what is in a printer: have it print on that, or not."""
        await self._store.read(partial(self._fit, name=printer))
        self.measure_soon()

    def _fit(self, run: Runner, name: str) -> None:
        media, insisted = care.media_in(run, name)
        self._board.fit(name, needed(self._printers[name], media, insisted=insisted))
        (self._unanchored.add if care.unanchored(run, name) else self._unanchored.discard)(name)

    def supplies(self, printer: str) -> tuple[Supply, ...]:
        """What a device last told of its ink, toner and paper."""
        return self._supplies.get(printer, ())

    def measure_soon(self) -> None:
        """Somebody told something new: show it in the gauges now."""
        self._round_s = 0.0
        self.wake()

    async def start(self) -> None:
        """Go on from what a daemon before this one wrote down."""
        await self._store.read(self._load)
        await super().start()

    def _load(self, run: Runner) -> None:
        still_open = troubles.still_open(run)
        for name in self._printers:
            self._watches[name] = rules.resumed(still_open.get(name, ()))
            self._seen[name] = care.seen(run, name)
            self._fit(run, name)
            last = care.readings(run, name)
            if last:
                # Its counters may have moved since: a roll that is put in now must not begin at yesterday's.
                self._read_day[name] = last[-1].at_us // DAY_US
        if set(still_open) - set(self._printers):
            self._pending.append(Unit("printers that are gone", self._close_gone))

    def _close_gone(self, tx: Tx) -> None:
        gone = troubles.close_gone(tx, self._printers)
        log.info("troubles ended with printers that left the configuration: {printers}", printers=", ".join(gone))

    async def run(self) -> None:
        """Write down what happened, and show what is left."""
        while not self.stopping:
            self._pass_time()
            if self._pending and not await self._write():
                await self.clock.sleep(_LOOK_S)
                continue
            while self._changed:
                await self._store.read(partial(self._fit, name=self._changed.pop()))
            if self.clock.monotonic() >= self._round_s:
                self._round_s = self.clock.monotonic() + _ROUND_S
                await self._store.read(self._measure)
            waits = any(one.gone_us is not None or not one.told for w in self._watches.values() for one in w.standing)
            await self.pause(_LOOK_S if waits else _REST_S)

    # ---- what printers show ---------------------------------------------------------------------------------------

    def _saw(self, name: str, status: PrinterStatus) -> None:
        """A lane saw its printer. This runs between two labels: nothing of it waits or asks."""
        if name not in self._printers:
            return
        now_us = self.clock.now_us()
        self._looks[name] += 1
        if rules.is_out(status.reasons) != (name in self._empty):
            (self._empty.discard if name in self._empty else self._empty.add)(name)
            self.measure_soon()
        watch = self._watches[name]
        if status.reasons or watch.standing or watch.empty_us is not None:
            self._watches[name], events = rules.look(watch, status, now_us)
            self._happened(name, events)
        waits = self._watches[name].standing != watch.standing
        self._identified(name, Seen(status.serial, status.model, status.firmware))
        self._counted(name, status, now_us // DAY_US)
        if status.supplies:
            self._supplies[name] = status.supplies
        if self._pending or waits:
            self.wake()

    def _identified(self, name: str, told: Seen) -> None:
        known = self._seen[name].merged(told)
        if known != self._seen[name]:
            self._seen[name] = known
            self._pending.append(Unit(name, lambda tx: care.see(tx, name, known)))

    def _counted(self, name: str, status: PrinterStatus, day: int) -> None:
        told, pitch_mm = _counters(self._seen[name].serial, status), self._printers[name].pitch_mm
        if not told.tells:
            self._telling.discard(name)
            return
        self._telling.add(name)
        at = self._counters[name] = carried(self._counters[name], told, pitch_mm)
        if name in self._unanchored and at.by_labels(pitch_mm).tells:
            self._unanchored.discard(name)
            self._pending.append(Unit(name, lambda tx: care.anchor(tx, name, at)))
        if self._read_day.get(name) != day:
            self._read_day[name] = day
            self._pending.append(Unit(name, lambda tx: care.read(tx, name, at)))

    def _pass_time(self) -> None:
        now_us = self.clock.now_us()
        for name, watch in self._watches.items():
            if watch.standing:
                self._watches[name], events = rules.pass_time(watch, now_us)
                self._happened(name, events)

    def _happened(self, name: str, events: tuple[Event, ...]) -> None:
        for event in events:
            self._pending.append(Unit(name, self._told(name, event)))

    def _told(self, name: str, event: Event) -> Callable[[Tx], None]:
        if isinstance(event, Opened):
            cause, began_us = event.cause, event.began_us
            self._meters.troubles.labels(name, cause.value).inc()
            return lambda tx: _ignore(troubles.open_trouble(tx, name, cause, began_us))
        if isinstance(event, Closed):
            cause, ended_us = event.cause, event.ended_us
            return lambda tx: troubles.close_trouble(tx, name, cause, ended_us)
        at, empty_us, pitch = self._counters[name], event.empty_us, self._printers[name].pitch_mm
        self._changed.add(name)
        return lambda tx: _ignore(care.roll_changed(tx, name, pitch, at, empty_us))

    # ---- the database ---------------------------------------------------------------------------------------------

    async def _write(self) -> bool:
        """Write what is pending; false on a full disk, which is waited out."""
        count = len(self._pending)
        left = await self._commit(self._pending[:count])
        self._pending[:count] = left
        return not left

    async def _commit(self, units: Sequence[Unit]) -> list[Unit]:
        """Write units in one commit; what must wait. Where one of them can never be written, it alone is left out: what one
        printer shows must not cost another one's trouble, which nobody would tell again."""

        def all_of_them(tx: Tx) -> None:
            for unit in units:
                unit.write(tx)

        try:
            await self._store.write(all_of_them)
        except StoreUnavailable:
            return list(units)
        except CancelledError:
            raise
        except Exception:  # noqa: BLE001 - whatever it is, it is one unit's
            if len(units) == 1:
                log.failure("what {whose} showed cannot be written down, and is left out", whose=units[0].whose)
                return []
            return [one for unit in units for one in await self._commit([unit])]
        return []

    def _measure(self, run: Runner) -> None:
        m = self._meters
        for name, printer in self._printers.items():
            now = self._counters[name]
            roll = cards.left_in(run, name, Wound.ROLL, now)
            ribbon = cards.left_in(run, name, Wound.RIBBON, now)
            head = cards.head_of(run, name, now, printer.pitch_mm, printer.life_km)
            left, wound = roll[1] if roll else None, ribbon[1] if ribbon else None
            left = OUT if name in self._empty else left
            m.show(m.roll_labels, (name,), left.labels if left else None)
            m.show(m.roll_meters, (name,), left.length_mm / 1000 if left else None)
            m.show(m.ribbon_meters, (name,), wound.length_mm / 1000 if wound else None)
            m.show(m.head_meters, (name,), round(head.km * 1000, 3) if head and head.told else None)
        show_packing(m, run, (printer.pool for printer in self._printers.values()))
        for spare in spares.spares(run, self.clock.now_us()):
            m.show(m.spares, (spare["warehouse"], spare["item"]), spare["on_hand"])


def _counters(serial: str, status: PrinterStatus) -> Counters:
    return Counters(serial, status.odometer, status.length_mm, status.length_step_mm)


def _ignore(_: object) -> None:
    """A verb's answer that nobody needs here."""
