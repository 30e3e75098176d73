"""Labels of no shipment on one printer: what people ask for, and the separators that come before a pool's next label."""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Protocol, TypeVar

from twisted.internet.defer import Deferred
from twisted.logger import Logger

from waybilld.core.attempts import VAIN_IN_A_ROW, AttemptState
from waybilld.services.board import Board
from waybilld.services.clock import Clock
from waybilld.services.houselabels import HouseLabels, Undrawable, separator
from waybilld.services.press import Press
from waybilld.store import failovers, houselabels, jobs
from waybilld.store.attempts import Task
from waybilld.store.database import Store
from waybilld.store.failovers import Suspect
from waybilld.store.jobs import Owner
from waybilld.store.sql import Runner
from waybilld.store.tx import Tx
from waybilld_sdk.labels import LabelRequest
from waybilld_sdk.printing import Document, Evidence

log = Logger()
T = TypeVar("T")


class Insist(Protocol):
    """Commits a unit, however long that takes."""

    def __call__(self, unit: Callable[[Tx], T], /) -> Awaitable[T]: ...


Send = Callable[[Task, Document], Awaitable[Callable[[Tx], None]]]
"""Sends one label; how it is to be settled."""


@dataclass(frozen=True, slots=True)
class Report:
    """What became of a label that somebody asked a printer for. `outcome` is the attempt's state, empty where none was
    made; `serial` is empty then too."""

    serial: str
    outcome: str
    evidence: Evidence
    reason: str
    seconds: float


@dataclass(frozen=True, slots=True, eq=False)
class Errand:
    """A label of the house's own that somebody asks a printer for."""

    request: LabelRequest
    done: Deferred[Report]


class Errands:
    """What one printer prints for the house. Each label is printed once at most, and kept nowhere."""

    def __init__(
        self,
        press: Press,
        house: HouseLabels,
        board: Board,
        store: Store,
        clock: Clock,
        owner: Owner,
        insist: Insist,
        send: Send,
    ) -> None:
        self._press, self._house, self._board = press, house, board
        self._store, self._clock, self._owner = store, clock, owner
        self._insist, self._send = insist, send
        self._waiting: deque[Errand] = deque()
        self._unsaid = 0
        """Separators in a row that did not come out."""

    @property
    def waiting(self) -> bool:
        """Somebody asked for a label."""
        return bool(self._waiting)

    def add(self, request: LabelRequest) -> Errand:
        """Have a label printed next."""
        errand = Errand(request, Deferred())
        self._waiting.append(errand)
        return errand

    def forget(self, errand: Errand) -> bool:
        """Nobody waits for it any more. False where it is begun: then it goes on."""
        if errand not in self._waiting:
            return False
        self._waiting.remove(errand)
        return True

    def refuse_all(self, why: str) -> None:
        """Tell everybody who waits that nothing was done."""
        while self._waiting:
            self._waiting.popleft().done.callback(Report("", "", Evidence.NOTHING, why, 0.0))

    async def run_all(self) -> None:
        """Print what people asked for."""
        while self._waiting:
            errand = self._waiting.popleft()
            errand.done.callback(await self._print(errand.request, ()))

    async def separate(self, pools: tuple[str, ...]) -> set[str]:
        """Print the separators that must come before the next labels of these pools. Those whose separator did not come
        out: it is tried again before their next label."""
        silent = set()
        for pool in self._board.untold.intersection(pools):
            suspects, waits = await self._store.read(partial(self._untold, pool))
            if not suspects:
                self._board.untold.discard(pool)
            elif waits:
                # Nobody need be told of what is settled by now, nor that a printer goes on by itself.
                theirs = [s for s in suspects if s.printer != self._press.name and not s.settled]
                others = [suspect for suspect in suspects if suspect not in theirs]
                await self._insist(partial(failovers.told, suspects=others, separator=None))
                if theirs and not await self._separated(pool, theirs):
                    silent.add(pool)
        return silent

    def _untold(self, pool: str, run: Runner) -> tuple[list[Suspect], bool]:
        return failovers.untold(run, pool), jobs.print_waits(run, self._owner, self._press.name, pool)

    async def _separated(self, pool: str, suspects: list[Suspect]) -> bool:
        """Print a pool's separator; False where it must be tried again. No pool waits for ever for one."""
        report = await self._print(separator(pool, self._press.name, suspects), suspects)
        self._unsaid = self._unsaid + 1 if report.outcome == AttemptState.REFUTED else 0
        if self._unsaid < VAIN_IN_A_ROW:
            return self._unsaid == 0
        log.warn("pool {pool} goes on without its separator: {why}", pool=pool, why=report.reason)
        await self._insist(partial(failovers.told, suspects=suspects, separator=None))
        self._unsaid = 0
        return True

    async def _print(self, request: LabelRequest, suspects: Sequence[Suspect]) -> Report:
        """Print one label; it is never sent again."""
        started = self._clock.monotonic()
        printer = self._press.printer
        label, serial = await self._insist(lambda tx: houselabels.make(tx, request.kind))
        try:
            document = await self._house.document(printer, replace(request, serial=serial))
        except Undrawable as e:
            log.warn("the {kind} label could not be drawn: {why}", kind=request.kind, why=str(e))
            await self._insist(lambda tx: failovers.told(tx, suspects, label))
            return Report(serial, "", Evidence.NOTHING, str(e), 0.0)
        seen = self._press.seen
        task = await self._insist(lambda tx: houselabels.begin(tx, label, printer.device, self._owner, document, seen))
        settle = await self._send(task, document)

        def end(tx: Tx) -> tuple[str, Evidence, str]:
            settle(tx)
            ending = houselabels.ending(tx.run, task.attempt)
            if ending[0] != AttemptState.REFUTED:
                # One that did not come out tells nobody anything: the next one names them.
                failovers.told(tx, suspects, label)
            return ending

        state, evidence, reason = await self._insist(end)
        return Report(serial, state, evidence, reason, self._clock.monotonic() - started)
