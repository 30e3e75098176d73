"""The journal's tail: every entry, once, in order, after its commit, to whoever listens. Metrics are its first listener."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

from prometheus_client import Histogram
from sqlalchemy import func, select
from twisted.logger import Logger

from waybilld.core.lifecycle import State
from waybilld.services.base import Loop
from waybilld.services.clock import Clock
from waybilld.services.meters import Meters
from waybilld.store import journal, schema
from waybilld.store.database import Store
from waybilld.store.journal import Line
from waybilld.store.sql import Prepared, Runner

log = Logger()
_BATCH = 500
_REST_S = 0.1
"""A busy journal is read in batches, not entry by entry."""

_COUNTS = Prepared(select(schema.shipment.c.state, func.count()).group_by(schema.shipment.c.state))
_BLOCKED = Prepared(
    select(schema.case.c.id, schema.case.c.shipment).where(schema.case.c.state == "open").where(schema.case.c.blocking == 1)
)
_ORDER = {state.value: place for place, state in enumerate(State)}

Listener = Callable[[Sequence[Line]], None]


class Tail(Loop):
    """Feeds journal entries to listeners."""

    def __init__(self, store: Store, clock: Clock, listeners: Sequence[Listener]) -> None:
        super().__init__("tail", clock)
        self._store = store
        self._listeners = tuple(listeners)
        self._seq = 0
        store.on_commit(lambda _, seq: self.wake() if seq > self._seq else None)

    async def start(self) -> None:
        """Begin at the journal's end: listeners load what stands before it by their own queries."""
        self._seq = await self._store.read(journal.last_seq)
        await super().start()

    async def run(self) -> None:
        """Read, feed, rest."""
        while not self.stopping:
            lines = await self._store.read(self._newer)
            if not lines:
                await self.pause(None)
                continue
            self._seq = lines[-1].seq
            for listener in self._listeners:
                listener(lines)
            if len(lines) < _BATCH:
                await self.clock.sleep(_REST_S)

    def _newer(self, run: Runner) -> list[Line]:
        return journal.after(run, self._seq, _BATCH)


class StateMeters:
    """Keeps the gauges of shipments by state, from counts at start and the journal afterwards."""

    def __init__(self, meters: Meters) -> None:
        self._meters = meters
        # Looking a child up by its label costs more than counting with it.
        self._shipments = {state.value: meters.shipments.labels(state.value) for state in State}
        self._stages: dict[str, Histogram] = {}
        self._since: dict[int, int] = {}
        self._blocks: dict[int, int] = {}
        """Shipment by open blocking case."""

    def load(self, run: Runner) -> None:
        """Count what stands in the database."""
        for state, count in run.rows(_COUNTS):
            self._shipments[state].set(count)
        self._blocks = dict(run.rows(_BLOCKED))
        self._show_blocked()
        self._meters.journal_seq.set(journal.last_seq(run))

    def _show_blocked(self) -> None:
        self._meters.blocked.set(len(set(self._blocks.values())))

    def __call__(self, lines: Sequence[Line]) -> None:
        """Take a batch of entries; each gauge moves once for all of them."""
        more: Counter[str] = Counter()
        for line in lines:
            if line.touches(schema.case):
                self._cases(line)
            if line.shipment is None:
                continue
            if line.kind.startswith("shipment."):
                facts = line.facts
                if "to" in facts:
                    more[facts["from"]] -= 1
                    more[facts["to"]] += 1
                    self._moved(line.shipment, facts["from"], facts["to"], line.at_us)
            elif line.kind.startswith("order."):
                # An order's entry names a shipment where it gave birth to one.
                more[State.RECEIVED.value] += 1
                self._since[line.shipment] = line.at_us
        for state, number in more.items():
            self._shipments[state].inc(number)
        if lines:
            self._meters.journal_seq.set(lines[-1].seq)

    def _cases(self, line: Line) -> None:
        for table, case, columns in line.rows:
            if table != schema.case.name:
                continue
            if columns.get("blocking") and columns.get("state") == "open":
                self._blocks[case] = columns["shipment"]
            elif columns.get("state", "open") != "open":
                self._blocks.pop(case, None)
        self._show_blocked()

    def _moved(self, shipment: int, old: str, new: str, at_us: int) -> None:
        began = self._since.pop(shipment, None)
        if began is not None and _ORDER[new] > _ORDER[old]:
            if old not in self._stages:
                self._stages[old] = self._meters.stage.labels(old)
            self._stages[old].observe(max(0, at_us - began) / 1_000_000)
        if _ORDER[new] < _ORDER[State.PRINTED.value]:
            self._since[shipment] = at_us
