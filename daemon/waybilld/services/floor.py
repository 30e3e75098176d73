"""What people do with printers: pause and resume them, have them print a test label, rehearse a failover."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from twisted.internet.defer import Deferred, gatherResults

from waybilld.core.calibration import told
from waybilld.core.printers import Mode
from waybilld.host.context import Lender
from waybilld.services.board import Board
from waybilld.services.clock import Clock
from waybilld.services.errands import Errand, Report
from waybilld.services.lane import Lane
from waybilld.services.meters import Meters
from waybilld.services.persons import person
from waybilld.store import printers
from waybilld.store.database import Store
from waybilld_sdk.labels import LabelRequest
from waybilld_sdk.printing import Evidence

_LABEL_S = 20.0
"""How long somebody waits until a printer takes their label."""
ENDS_S = 45.0
"""How long they wait until it is known what became of it, less than a connection lives."""
MOST_ASKED = 3
"""Labels that people may be waiting for at one printer at a time: enough for a test, a calibration and a drill."""
_LOOK_S = 0.05


class NoPrinter(Exception):
    """There is no such printer or pool; the message lists those that there are."""


class NotPrinted(Exception):
    """The printer took no label; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """How one printer of a pool did in a drill. `paper` is empty where it takes the pool's paper, else what differs. `mode`:
    what people told it; only an open one would take labels over."""

    printer: str
    backup: bool
    outcome: str
    evidence: Evidence
    reason: str
    seconds: float
    paper: str
    mode: Mode = Mode.OPEN


class PrinterDesk:
    """Takes what people want of printers."""

    def __init__(
        self, lanes: Mapping[str, Lane], board: Board, store: Store, lender: Lender, clock: Clock, meters: Meters
    ) -> None:
        self._lanes = lanes
        self._board = board
        self._store = store
        self._lender = lender
        self._clock = clock
        self._meters = meters
        self._asked: Counter[str] = Counter()

    async def tell(self, uid: int, name: str, mode: Mode, reason: str) -> None:
        """Pause a printer, have it finish what it has begun, or let it print again. Raises `NoPrinter`."""
        lane = self._lane(name)
        who = await person(self._lender, uid)
        await self._store.write(lambda tx: printers.tell(tx, name, mode, reason, who))
        if mode is Mode.OPEN:
            lane.press.forgive()
        self._board.tell(name, mode)
        self._meters.mode(name, mode)

    async def test(self, name: str) -> Report:
        """Print a test label. Raises `NoPrinter`, `NotPrinted`."""
        return await self._print(self._lane(name), LabelRequest("test", 0, (0, 0), batch=name))

    async def calibrate(self, name: str) -> Report:
        """Print a calibration label, as the printer is set up now. Raises `NoPrinter`, `NotPrinted`."""
        lane = self._lane(name)
        texts = (("printer", name), ("now", told(lane.printer.capabilities)))
        return await self._print(lane, LabelRequest("calibration", 0, (0, 0), texts=texts))

    async def drill(self, pool: str) -> list[Rehearsed]:
        """A label on each printer of a pool, listed in the order in which they stand in for each other. They print side by
        side: one after the other, a few that stand still would take longer than anybody waits. Raises `NoPrinter`."""
        own = [name for name, lane in self._lanes.items() if lane.printer.device.pool == pool]
        backups = [name for name, lane in self._lanes.items() if pool in lane.printer.device.backs]
        if not own:
            pools = sorted({lane.printer.device.pool for lane in self._lanes.values()} - {""})
            raise NoPrinter(f"there is no pool {pool} with a printer; there are: {', '.join(pools) or 'none'}")
        names = own + backups
        return await gatherResults(
            [
                Deferred.fromCoroutine(
                    self._rehearse(pool, own[0], name, f"{at}/{len(names)}", backup=name in backups)
                )
                for at, name in enumerate(names, 1)
            ],
            consumeErrors=True,
        )

    async def _rehearse(self, pool: str, first: str, name: str, place: str, *, backup: bool) -> Rehearsed:
        lane = self._lanes[name]
        texts = (("reason", "Rehearsal of a failover: throw this label away."),)
        request = LabelRequest("separator", 0, (0, 0), batch=f"{pool} → {name}", sequence=place, texts=texts)
        needs, has = self._lanes[first].printer.device.variant, lane.printer.device.variant
        paper = "" if needs == has else f"{first} has {needs}, this one {has}: labels are drawn for both"
        mode = self._board.mode(name)
        try:
            report = await self._print(lane, request)
        except NotPrinted as e:
            return Rehearsed(name, backup, "", Evidence.NOTHING, str(e), 0.0, paper, mode)
        return Rehearsed(name, backup, report.outcome, report.evidence, report.reason, report.seconds, paper, mode)

    async def _print(self, lane: Lane, request: LabelRequest) -> Report:
        name = lane.press.name
        if self._asked[name] >= MOST_ASKED:
            raise NotPrinted(f"printer {name} has {MOST_ASKED} labels of this kind to print already: wait for them")
        self._asked[name] += 1
        errand = lane.ask_for(request)
        try:
            report = await self._report(lane, errand)
        finally:
            self._asked[name] -= 1
            # Also where the one who asked went away: nobody is there to take the label.
            lane.forget(errand)
        if not report.outcome:
            raise NotPrinted(f"printer {name}: {report.reason}")
        return report

    async def _report(self, lane: Lane, errand: Errand) -> Report:
        asked_s = self._clock.monotonic()
        await self._wait(errand, asked_s + _LABEL_S)
        if not errand.done.called and lane.forget(errand):
            raise NotPrinted(f"printer {lane.press.name} took no label within {_LABEL_S:g} s: {_why(lane)}")
        await self._wait(errand, asked_s + ENDS_S)
        if not errand.done.called:
            left = f"has the label, and has not shown within {ENDS_S:g} s what became of it"
            raise NotPrinted(f"printer {lane.press.name} {left}: {_why(lane)}")
        return await errand.done

    async def _wait(self, errand: Errand, until_s: float) -> None:
        while not errand.done.called and self._clock.monotonic() < until_s:
            await self._clock.sleep(_LOOK_S)

    def _lane(self, name: str) -> Lane:
        lane = self._lanes.get(name)
        if lane is None:
            raise NoPrinter(f"there is no printer {name}; there are: {', '.join(self._lanes) or 'none'}")
        return lane


def _why(lane: Lane) -> str:
    shown = lane.status
    return shown.advice or ", ".join(shown.reasons) or "it is busy with a label"


def passed(rows: Sequence[Rehearsed], proves: Mapping[str, Evidence]) -> bool:
    """Whether each printer did as well as it can, proven where it can prove, else at least every byte taken; and would take
    labels: one that people paused stands in for nobody, however well it prints."""
    return all(
        row.outcome != "" and row.mode is Mode.OPEN and row.evidence >= min(proves[row.printer], Evidence.PRINTED)
        for row in rows
    )
