"""What a lane learns of its printer's pace, and what it says of its state: neither may follow every hiccup."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, cast

import pytest
from twisted.internet.defer import Deferred, succeed
from twisted.internet.task import Clock as TaskClock
from twisted.logger import ILogObserver, formatEvent, globalLogPublisher
from zope.interface import implementer

from waybilld.core.attempts import AttemptState
from waybilld.core.policy import Policies
from waybilld.host.context import Lender
from waybilld.host.guard import Bounds, Guard
from waybilld.services.board import Board
from waybilld.services.clock import Clock
from waybilld.services.fleet import Encoding, Instance, PoolPrinter
from waybilld.services.houselabels import HouseLabels
from waybilld.services.lane import Lane
from waybilld.services.meters import Meters
from waybilld.services.watchdog import Running
from waybilld.store.attempts import Device, Task
from waybilld.store.jobs import PrintJob
from waybilld_sdk.labels import PrinterSettings
from waybilld_sdk.printing import (
    AttemptRef,
    CancelOutcome,
    Document,
    Evidence,
    Gate,
    Outcome,
    PrinterCapabilities,
    PrinterState,
    PrinterStatus,
    Receipt,
    SubmitResult,
    Verdict,
)

WHAT = PrinterCapabilities("zpl", 8, (100, 150), splits_token=False, proves=Evidence.PRINTED)


class NodStore:
    """Every unit succeeds with True."""

    def write(self, unit: Any) -> Deferred[Any]:
        return succeed(True)

    def on_commit(self, listener: Callable[[frozenset[str], int], None]) -> None: ...


class NoMemory:
    """Keeps nothing."""

    def keep(self, *_: object) -> None: ...


class Paced:
    """Prints a label in `takes` seconds, or in as long as its state keeps it."""

    def __init__(self, ticks: TaskClock, takes: float) -> None:
        self.ticks, self.takes, self.state, self.begun = ticks, takes, PrinterState.PROCESSING, 0.0

    def capabilities(self) -> PrinterCapabilities:
        return WHAT

    async def check(self) -> None: ...

    async def close(self) -> None: ...

    async def status(self) -> PrinterStatus:
        return PrinterStatus(self.state)

    async def cancel(self, receipt: Receipt) -> CancelOutcome:
        return CancelOutcome.UNKNOWN

    async def submit(self, document: Document, attempt: AttemptRef, gate: Gate) -> SubmitResult:
        await gate({})
        self.begun = self.ticks.seconds()
        return SubmitResult(Receipt(attempt, {}, Evidence.ACKNOWLEDGED))

    async def evidence(self, receipt: Receipt) -> Verdict:
        if self.ticks.seconds() < self.begun + self.takes:
            return Verdict(Outcome.PENDING, Evidence.ACKNOWLEDGED, "owed", status=PrinterStatus(self.state))
        return Verdict(Outcome.PROVEN, Evidence.PRINTED, "", status=PrinterStatus(PrinterState.IDLE))


class Bench:
    """A lane before a paced printer, on a clock that the test turns."""

    def __init__(self, takes: float) -> None:
        self.ticks, meters = TaskClock(), Meters()
        self.port = Paced(self.ticks, takes)
        guard = Guard("printer.p", Bounds(1, 30.0), self.ticks, self.ticks.seconds, Running(meters), NoMemory())
        encoding = Encoding("zpl", "key", PrinterSettings.of(WHAT), lambda page, settings: Document("zpl", b"", b""))
        device = Device("p", "packing", "zpl", "key", "8/100x150")
        printer = PoolPrinter(Instance("p", "p", self.port, guard), device, WHAT, encoding)
        store = cast(Any, NodStore())
        clock, labels = Clock(self.ticks), cast(HouseLabels, None)
        self.lane = Lane(printer, Policies({}), store, cast(Lender, None), clock, meters, 1, Board(), labels)

    def print(self) -> float:
        """Print one label; the seconds until it was settled."""
        job, document = PrintJob(1, 1, 1, "packing", 0), Document("zpl", b"^XA", b"^XZ")
        task = Task(job, 1, 1, 1, "waybill", "W1.1", 1, document, None, AttemptState.SENDING, {}, Evidence.NOTHING)
        begun, found = self.ticks.seconds(), list[object]()
        Deferred.fromCoroutine(self.lane._print(task)).addCallback(found.append)
        while not found:
            self.ticks.advance(0.001)
        return self.ticks.seconds() - begun


@pytest.fixture
def said() -> Iterator[list[str]]:
    """Every line of the log."""
    lines: list[str] = []

    @implementer(ILogObserver)
    def observe(event: Any) -> None:
        lines.append(formatEvent(event))

    globalLogPublisher.addObserver(observe)
    yield lines
    globalLogPublisher.removeObserver(observe)


@pytest.mark.parametrize("state", [PrinterState.STOPPED, PrinterState.UNKNOWN])
def test_an_outage_does_not_slow_the_labels_after_it(state: PrinterState) -> None:
    """Learned as pace, a minute with the head open would make every later label wait, and a stop outlast its drain."""
    bench = Bench(0.3)
    for _ in range(5):
        bench.print()
    bench.port.takes, bench.port.state = 60.0, state
    assert bench.print() >= 60
    bench.port.takes, bench.port.state = 0.3, PrinterState.PROCESSING
    assert bench.print() < 0.5


def test_the_learned_pace_finds_its_way_down() -> None:
    """A first look that waits for the learned time can never measure less: after one long label it would stay slow."""
    bench = Bench(3.0)
    for _ in range(3):
        bench.print()
    bench.port.takes = 0.3
    for _ in range(60):
        bench.print()
    assert bench.print() < 0.5


def test_idle_and_processing_are_no_news_and_a_fault_is(said: list[str]) -> None:
    """A line for each label would hide, at night, the one line that says what the printer wants."""
    bench = Bench(0.3)
    for _ in range(5):
        bench.print()
    assert len([line for line in said if "printer p" in line]) == 1, said
    bench.lane.press.show(PrinterStatus(PrinterState.STOPPED, ("media-empty-error",), "Load a roll."))
    bench.lane.press.show(PrinterStatus(PrinterState.IDLE))
    assert said[-2:] == ["printer p: stopped (media-empty-error) Load a roll.", "printer p: idle"]
