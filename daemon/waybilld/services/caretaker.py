"""Watches all printers for those who care for them: who the device is, what it counts, when something went wrong with it.

What a status means is decided by `core.troubles`; here it is only taken in, and written down.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from twisted.internet.defer import CancelledError
from twisted.logger import Logger

from waybilld.core import troubles as rules
from waybilld.core.cards import Fitted
from waybilld.core.heads import DAY_US
from waybilld.core.rolls import Counters, Wound
from waybilld.core.troubles import Closed, Event, Opened, Watch
from waybilld.services.base import Loop
from waybilld.services.board import Board
from waybilld.services.clock import Clock
from waybilld.services.meters import Meters
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
        self._read_day: dict[str, int] = {}
        self._pending: list[Unit] = []
        self._round_s = 0.0
        board.listen(self._saw)

    def counters(self, printer: str) -> Counters:
        """How far a device's counters were when it last told them; nothing before it did in this run."""
        return self._counters.get(printer, Counters())

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
        if status.odometer is None and status.length_mm is None:
            return
        at = self._counters[name] = Counters(self._seen[name].serial, status.odometer, self._length(name, status))
        if self._read_day.get(name) != day:
            self._read_day[name] = day
            self._pending.append(Unit(name, lambda tx: care.read(tx, name, at)))

    def _length(self, name: str, status: PrinterStatus) -> int | None:
        """The length that goes with this odometer: a look between two labels may read the odometer alone."""
        before = self._counters[name]
        return before.length_mm if status.length_mm is None and status.odometer == before.odometer else status.length_mm

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
            m.show(m.roll_labels, (name,), left.labels if left else None)
            m.show(m.roll_meters, (name,), left.length_mm / 1000 if left else None)
            m.show(m.ribbon_meters, (name,), wound.length_mm / 1000 if wound else None)
            m.show(m.head_meters, (name,), round(head.km * 1000, 3) if head else None)
        for spare in spares.spares(run, self.clock.now_us()):
            m.show(m.spares, (spare["warehouse"], spare["item"]), spare["on_hand"])


def _ignore(_: object) -> None:
    """A verb's answer that nobody needs here."""
