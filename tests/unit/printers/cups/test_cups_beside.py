"""What a Zebra printer beside a CUPS queue proves once the queue is done, and how the two are shown as one printer."""

from __future__ import annotations

from dataclasses import replace

import pytest

from waybilld_printers.probes.ipp.looks import JobLook, JobState, QueueLook, QueueState
from waybilld_printers.probes.zebra.decide import Case
from waybilld_printers.probes.zebra.observation import HostStatus, Observation
from waybilld_printers.transports.cups.beside import ZebraBeside, joined, verdict_of
from waybilld_printers.transports.cups.settings import Beside, CupsSettings
from waybilld_sdk.printing import (
    AttemptRef,
    CancelOutcome,
    Evidence,
    Outcome,
    PrinterState,
    PrinterStatus,
    Receipt,
    Verdict,
)
from waybilld_sdk.testing.context import FakeContext
from waybilld_sdk.testing.run import run_now

LOOK = Observation("S1", 100, 50, HostStatus())
HALF = Case(
    LOOK,
    replace(LOOK, flags=HostStatus(partial=True)),
    Evidence.TOKEN,
    equal_looks=3,
    steady_s=2.0,
    label_s=1.0,
)


@pytest.mark.parametrize(
    ("case", "outcome", "words"),
    [
        (HALF, Outcome.REFUTED, "the next label drops it"),
        (replace(HALF, equal_looks=1, steady_s=0.0), Outcome.PENDING, "without its end"),
        (replace(HALF, after=replace(HALF.after, odometer=101)), Outcome.UNCONFIRMED, "does not tell which"),
        (replace(HALF, before=replace(LOOK, serial=None)), Outcome.UNCONFIRMED, "does not tell which"),
        (replace(HALF, after=replace(HALF.after, odometer=102)), Outcome.UNCONFIRMED, "something other than one label"),
        # What is not read for its memory or its fault may still be on the way.
        (replace(HALF, after=replace(LOOK, flags=HostStatus(partial=True, buffer_full=True))), Outcome.PENDING, ""),
        (replace(HALF, after=replace(LOOK, flags=HostStatus(partial=True, head_open=True))), Outcome.PENDING, ""),
        (replace(HALF, after=replace(LOOK, flags=HostStatus(partial=True, paused=True))), Outcome.PENDING, ""),
        (replace(HALF, after=replace(LOOK, flags=HostStatus(partial=True, formats=1))), Outcome.PENDING, "still holds"),
        (replace(HALF, after=LOOK), Outcome.REFUTED, "not printed"),
        (replace(HALF, after=replace(LOOK, odometer=101)), Outcome.PROVEN, "rose by one"),
        (replace(HALF, after=Observation()), Outcome.PENDING, "silence"),
    ],
)
def test_half_a_label_ends_in_a_verdict(case: Case, outcome: Outcome, words: str) -> None:
    """The print port belongs to CUPS, so that nobody can drop it: a line that waits for that stands for ever."""
    found, reason = verdict_of(case)
    assert found is outcome
    assert words in reason


@pytest.mark.parametrize(
    ("language", "opening"), [("zpl", b"~JX"), ("zpl-acs", b"~JX"), ("tspl", b""), ("pwg", b""), ("epl2", b"")]
)
def test_only_zpl_begins_with_the_command_that_drops_half_a_label(language: str, opening: bytes) -> None:
    """In another language it would be drawn, or be the beginning of a mess."""
    assert CupsSettings(queue="q", media_mm=(50.0, 25.0), language=language).opening == opening


QUEUE = PrinterStatus(PrinterState.IDLE, model="Local Raw Printer")
DEVICE = PrinterStatus(PrinterState.IDLE, serial="S1", odometer=100, model="ZT411")
OPEN = replace(DEVICE, state=PrinterState.STOPPED, reasons=("cover-open-error",), advice="Close the print head.")
PAUSED = replace(QUEUE, state=PrinterState.STOPPED, reasons=("paused",), advice="Resume the queue.")
SILENT = PrinterStatus(PrinterState.UNKNOWN, ("timed-out",), "The printer does not answer.")


@pytest.mark.parametrize(
    ("queue", "device", "state", "advice"),
    [
        (QUEUE, DEVICE, PrinterState.IDLE, ""),
        (QUEUE, OPEN, PrinterState.STOPPED, "Close the print head."),
        (PAUSED, OPEN, PrinterState.STOPPED, "Resume the queue."),
        (PAUSED, DEVICE, PrinterState.STOPPED, "Resume the queue."),
        (QUEUE, SILENT, PrinterState.UNKNOWN, "The printer does not answer."),
        (replace(QUEUE, state=PrinterState.PROCESSING), OPEN, PrinterState.STOPPED, "Close the print head."),
        (replace(QUEUE, state=PrinterState.PROCESSING), DEVICE, PrinterState.PROCESSING, ""),
        (replace(QUEUE, state=PrinterState.UNKNOWN), DEVICE, PrinterState.UNKNOWN, ""),
    ],
)
def test_queue_and_printer_are_shown_as_one(
    queue: PrinterStatus, device: PrinterStatus, state: PrinterState, advice: str
) -> None:
    """CUPS calls a queue idle whose printer stands open: the packer would look for the fault in the wrong place."""
    found = joined(queue, device)
    assert (found.state, found.advice, found.serial, found.odometer) == (state, advice, device.serial, device.odometer)
    assert found.model == (device.model or queue.model)


OURS = JobLook(5, "attempt-1", JobState.COMPLETED, True)
COUNTED = replace(LOOK, odometer=101)


@pytest.mark.parametrize(
    ("named", "shared", "outcome", "words"),
    [
        ((OURS,), False, Outcome.PROVEN, "rose by one"),
        ((OURS,), True, Outcome.UNCONFIRMED, "somebody else printed"),
        ((), False, Outcome.UNCONFIRMED, "CUPS lost the job"),
        ((replace(OURS, state=JobState.CANCELED),), False, Outcome.UNCONFIRMED, "after that"),
    ],
)
def test_a_counter_proves_only_what_nobody_else_can_have_printed(
    monkeypatch: pytest.MonkeyPatch, named: tuple[JobLook, ...], shared: bool, outcome: Outcome, words: str
) -> None:
    """Ours was cancelled, a colleague's job went through the same queue, and cupsd died: the label is not on paper."""
    settings = CupsSettings(queue="q", media_mm=(50.0, 25.0), beside=Beside(host="printer"))
    beside = ZebraBeside(FakeContext(), settings)

    async def look() -> Observation:
        return COUNTED

    monkeypatch.setattr(beside, "_look", look)
    receipt = Receipt(AttemptRef("attempt-1", "W1"), LOOK.to_snapshot(), Evidence.TOKEN)
    queue = QueueLook(QueueState.IDLE, (), "", True, "abort-job", "", "", "", (), (), named, shared)
    verdict = Verdict(Outcome.UNCONFIRMED, Evidence.ACKNOWLEDGED, "handed on", {}, QUEUE)
    found = run_now(beside.judge(receipt, verdict, queue))
    assert found.outcome is outcome
    assert words in found.reason
    cancelled = run_now(beside.cancelled(receipt, queue))
    assert cancelled is (CancelOutcome.PRINTED if outcome is Outcome.PROVEN else CancelOutcome.UNKNOWN)


def test_what_was_counted_before_the_job_was_cancelled_is_the_label(monkeypatch: pytest.MonkeyPatch) -> None:
    """A printer that keeps its connections leaves the job open long after the label is out."""
    beside = ZebraBeside(FakeContext(), CupsSettings(queue="q", media_mm=(50.0, 25.0), beside=Beside(host="printer")))

    async def look() -> Observation:
        return COUNTED

    monkeypatch.setattr(beside, "_look", look)
    receipt = Receipt(AttemptRef("attempt-1", "W1"), LOOK.to_snapshot(), Evidence.TOKEN)
    named = (replace(OURS, state=JobState.CANCELED),)
    queue = QueueLook(QueueState.IDLE, (), "", True, "abort-job", "", "", "", (), (), named)
    run_now(beside.before_cancel(receipt))
    assert run_now(beside.cancelled(receipt, queue)) is CancelOutcome.PRINTED
    other = replace(receipt, attempt=AttemptRef("attempt-2", "W2"))
    assert run_now(beside.cancelled(other, queue)) is CancelOutcome.UNKNOWN
