"""A lane and an adapter that errs about how far it got: the ledger must keep the most that may have happened."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import pytest
from twisted.internet.defer import Deferred, succeed
from twisted.internet.task import Clock as TaskClock

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
from waybilld_sdk.errors import NotReady
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

WHAT = PrinterCapabilities("zpl", 8, (100, 150), splits_token=False, proves=Evidence.ACKNOWLEDGED)


class LatePrinter:
    """Says `NotReady` before or after its gate."""

    def __init__(self, *, after_gate: bool) -> None:
        self.after_gate = after_gate
        self.asked: list[Receipt] = []

    def capabilities(self) -> PrinterCapabilities:
        return WHAT

    async def check(self) -> None: ...

    async def close(self) -> None: ...

    async def status(self) -> PrinterStatus:
        return PrinterStatus(PrinterState.IDLE)

    async def submit(self, document: Document, attempt: AttemptRef, gate: Gate) -> SubmitResult:
        if self.after_gate:
            await gate({})
        raise NotReady("the cover was opened")

    async def evidence(self, receipt: Receipt) -> Verdict:
        self.asked.append(receipt)
        return Verdict(Outcome.UNCONFIRMED, Evidence.TOKEN, "nobody knows")

    async def cancel(self, receipt: Receipt) -> CancelOutcome:
        return CancelOutcome.UNKNOWN


class NodStore:
    """Every unit succeeds with True."""

    refused = ""

    def __init__(self) -> None:
        self.writes = 0

    def write(self, unit: Any) -> Deferred[Any]:
        self.writes += 1
        return succeed(True)

    def read(self, query: Any) -> Deferred[Any]:
        raise NotImplementedError

    def on_commit(self, listener: Callable[[frozenset[str], int], None]) -> None: ...


class NoMemory:
    """Keeps nothing."""

    def keep(self, *_: object) -> None: ...


def printed(port: LatePrinter) -> Callable[[Any], None]:
    """How a lane settles one label on this printer."""
    ticks, meters = TaskClock(), Meters()
    clock = Clock(ticks)
    guard = Guard("printer.late", Bounds(1, 30.0), ticks, ticks.seconds, Running(meters), NoMemory())
    device = Device("late", "packing", "zpl", "key", "8/100x150")
    encoding = Encoding("zpl", "key", PrinterSettings.of(WHAT), lambda page, settings: Document("zpl", b"", b""))
    printer = PoolPrinter(Instance("late", "late", port, guard), device, WHAT, encoding)
    lane = Lane(printer, Policies({}), NodStore(), cast(Lender, None), clock, meters, 1, Board(), cast(HouseLabels, None))
    job = PrintJob(1, 1, 1, "packing", 0)
    document = Document("zpl", b"^XA", b"^XZ")
    task = Task(job, 1, 1, 1, "waybill", "W1.1", 1, document, None, AttemptState.SENDING, {}, Evidence.NOTHING)
    found: list[Callable[[Any], None]] = []
    Deferred.fromCoroutine(lane._print(task)).addCallback(found.append)
    return found[0]


class Boaster(LatePrinter):
    """Claims proof on the word of TCP."""

    async def submit(self, document: Document, attempt: AttemptRef, gate: Gate) -> SubmitResult:
        await gate({})
        return SubmitResult(Receipt(attempt, {}, Evidence.ACKNOWLEDGED))

    async def evidence(self, receipt: Receipt) -> Verdict:
        return Verdict(Outcome.PROVEN, Evidence.ACKNOWLEDGED, "all bytes were acknowledged")


def test_proof_below_the_printers_own_evidence_is_no_proof(monkeypatch: pytest.MonkeyPatch) -> None:
    """`proven` means E4 or E5: an adapter that says it of less would close the eyes of everybody after it."""
    called: list[str] = []
    monkeypatch.setattr("waybilld.store.outcomes.proven", lambda *_: called.append("proven"))
    monkeypatch.setattr("waybilld.store.outcomes.unconfirmed", lambda *_: called.append("unconfirmed"))
    printed(Boaster(after_gate=False))(None)
    assert called == ["unconfirmed"]


@pytest.mark.parametrize("after_gate", [False, True])
def test_not_ready_counts_as_unprinted_only_before_the_gate(after_gate: bool) -> None:
    """After the gate the token may be out: called unprinted, the label would come out twice."""
    port = LatePrinter(after_gate=after_gate)
    printed(port)
    assert [receipt.reached for receipt in port.asked] == ([Evidence.TOKEN] if after_gate else [])
