"""What every printer adapter must keep, as test classes: subclass one and give it a fixture `rig`.

A rig is an adapter together with a device that can be looked into: a virtual printer, or real hardware and a patient
person. `PrinterContract` is for any adapter. `WitnessedPrinterContract` adds what an adapter must keep whose capabilities
promise `Evidence.PRINTED`; `ProvingPrinterContract` what it must keep on top where its proof outlasts the adapter's memory.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Coroutine
from typing import Any, Protocol, TypeVar

import pytest

from waybilld_sdk.errors import NotReady
from waybilld_sdk.ports import Printer
from waybilld_sdk.printing import (
    AttemptRef,
    CancelOutcome,
    Document,
    Evidence,
    Gate,
    Outcome,
    PrinterState,
    Receipt,
    Snapshot,
    SubmitResult,
    Verdict,
)
from waybilld_sdk.sound import fault_in

T = TypeVar("T")

PATIENCE_S = 20.0
"""Seconds that a test waits for a verdict at most."""


class PrinterRig(Protocol):
    """An adapter and the device behind it."""

    @property
    def printer(self) -> Printer:
        """The adapter under test."""

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine to its end, as the host would."""

    async def pause(self, seconds: float) -> None:
        """Let time pass for adapter and device."""

    def document(self) -> Document:
        """One small label in the adapter's language."""

    def labels_out(self) -> int:
        """How many whole labels lie in the device's tray, by its own word. Never counts one that is still in print, nor half
        a one."""

    def cut_next_body(self) -> None:
        """The connection breaks in the middle of the next body."""

    def stop(self) -> None:
        """A fault that stops printing and that the device can tell: its head is open."""

    def mend(self) -> None:
        """The fault is gone."""

    def restart(self) -> None:
        """A new adapter in `printer`, with nothing in its memory, as after a restart of the daemon."""


async def open_gate(_snapshot: Snapshot) -> bool:
    """The gate that lets every label through."""
    return True


async def closed_gate(_snapshot: Snapshot) -> bool:
    """The gate that stops every label."""
    return False


def submit(rig: PrinterRig, name: str, gate: Gate = open_gate) -> SubmitResult:
    """Send one label as attempt `name`."""
    return rig.run(rig.printer.submit(rig.document(), AttemptRef(name, f"test {name}"), gate))


def evidence(rig: PrinterRig, receipt: Receipt) -> Verdict:
    """One look at the evidence."""
    return rig.run(rig.printer.evidence(receipt))


def verdict(rig: PrinterRig, receipt: Receipt) -> Verdict:
    """The verdict once it is no longer PENDING; the last one after `PATIENCE_S` seconds."""

    async def ask() -> Verdict:
        waited, step = 0.0, 0.005
        while True:
            found = await rig.printer.evidence(receipt)
            if found.outcome is not Outcome.PENDING or waited >= PATIENCE_S:
                return found
            await rig.pause(step)
            waited, step = waited + step, min(step * 2, 0.1)

    return rig.run(ask())


class PrinterContract:
    """For any adapter."""

    def test_a_good_label_comes_out_once(self, rig: PrinterRig) -> None:
        """A label that is lost or doubled on the plain path makes everything else pointless."""
        before = rig.labels_out()
        result = submit(rig, "a1")
        assert result.receipt.reached is Evidence.ACKNOWLEDGED, result.detail
        found = verdict(rig, result.receipt)
        proves = rig.printer.capabilities().proves
        assert found.outcome is (Outcome.PROVEN if proves >= Evidence.PRINTED else Outcome.UNCONFIRMED), found.reason
        assert found.evidence <= proves
        rig.run(_until(rig, before + 1))
        assert rig.labels_out() == before + 1

    def test_a_closed_gate_prints_nothing_and_the_next_label_comes_out(self, rig: PrinterRig) -> None:
        """A cancelled order's label must not come out, and must not spoil the next one."""
        before = rig.labels_out()
        stopped = submit(rig, "b1", closed_gate)
        assert stopped.receipt.reached <= Evidence.BODY
        sent = submit(rig, "b2")
        assert sent.receipt.reached is Evidence.ACKNOWLEDGED, sent.detail
        rig.run(_until(rig, before + 1))
        assert rig.labels_out() == before + 1

    def test_the_gate_is_asked_once_per_label(self, rig: PrinterRig) -> None:
        """The host commits `sent` in the gate; twice would be two records for one label."""
        asked: list[Snapshot] = []

        async def gate(snapshot: Snapshot) -> bool:
            asked.append(snapshot)
            return True

        result = submit(rig, "c1", gate)
        assert len(asked) == 1
        assert result.receipt.before == asked[0]

    def test_a_cut_body_claims_no_more_than_the_truth(self, rig: PrinterRig) -> None:
        """A claim above the truth is how a label gets lost: nobody sends it again. Where the body may print as it arrives, a
        claim below the truth is how it comes out twice."""
        before = rig.labels_out()
        rig.cut_next_body()
        result = submit(rig, "d1")
        assert result.detail
        if result.receipt.reached > Evidence.BODY:
            assert not rig.printer.capabilities().splits_token
            assert result.receipt.reached is Evidence.TOKEN
            assert verdict(rig, result.receipt).outcome is Outcome.UNCONFIRMED
            assert rig.run(rig.printer.cancel(result.receipt)) is CancelOutcome.UNKNOWN
        assert rig.labels_out() == before

    def test_a_cut_body_does_not_spoil_the_next_label(self, rig: PrinterRig) -> None:
        """The rest of a cut label must not be taken for the beginning of the next one."""
        before = rig.labels_out()
        rig.cut_next_body()
        cut = submit(rig, "m1")
        assert rig.run(rig.printer.cancel(cut.receipt)) is not CancelOutcome.PRINTED
        assert submit(rig, "m2").receipt.reached is Evidence.ACKNOWLEDGED
        rig.run(_until(rig, before + 1))
        assert rig.labels_out() == before + 1

    def test_capabilities_are_plain(self, rig: PrinterRig) -> None:
        """The encoder draws by these figures."""
        what = rig.printer.capabilities()
        assert what.language == rig.document().language
        assert what.dots_per_mm > 0
        assert min(what.media_mm) > 0

    def test_what_it_says_can_be_kept(self, rig: PrinterRig) -> None:
        """The host takes an answer that it could not keep for a bug, and five bugs for a reason to ask no more."""
        sent = submit(rig, "sound")
        for answer in (sent, verdict(rig, sent.receipt), rig.run(rig.printer.status())):
            assert fault_in(answer) == ""

    def test_check_passes_on_a_good_device(self, rig: PrinterRig) -> None:
        """`waybilld check` must not cry wolf."""
        rig.run(rig.printer.check())

    def test_cancelling_what_was_never_sent_is_cancelled(self, rig: PrinterRig) -> None:
        """The host cancels every attempt before it fails over; one that never left must not hold that up."""
        receipt = Receipt(AttemptRef("e1", "never sent"), {}, Evidence.NOTHING)
        assert rig.run(rig.printer.cancel(receipt)) is CancelOutcome.CANCELLED


class WitnessedPrinterContract(PrinterContract):
    """For adapters that promise the printer's own proof, where only whoever watched the label come out has it."""

    def test_labels_in_a_row_are_each_proven(self, rig: PrinterRig) -> None:
        """Evidence of one label must not be taken for evidence of the next."""
        before = rig.labels_out()
        for number in range(5):
            result = submit(rig, f"row{number}")
            assert verdict(rig, result.receipt).outcome is Outcome.PROVEN
            assert rig.labels_out() == before + number + 1

    def test_evidence_can_be_asked_again(self, rig: PrinterRig) -> None:
        """The host asks again after a crash between the answer and its commit."""
        receipt = submit(rig, "again").receipt
        first = verdict(rig, receipt)
        second = evidence(rig, receipt)
        assert (first.outcome, first.evidence) == (second.outcome, second.evidence) == (Outcome.PROVEN, Evidence.PRINTED)

    def test_a_gate_that_fails_is_heard_and_prints_nothing(self, rig: PrinterRig) -> None:
        """A full disk fails the commit in the gate: the label must stay in, and the error must come out."""

        async def broken(_snapshot: Snapshot) -> bool:
            raise ArithmeticError("the commit failed")

        before = rig.labels_out()
        with pytest.raises(ArithmeticError, match="the commit failed"):
            submit(rig, "f1", broken)
        result = submit(rig, "f2")
        assert verdict(rig, result.receipt).outcome is Outcome.PROVEN
        assert rig.labels_out() == before + 1

    def test_a_stopped_device_gets_not_one_byte(self, rig: PrinterRig) -> None:
        """A label sent to an open printer comes out minutes later, when somebody has printed it elsewhere."""
        before = rig.labels_out()
        rig.stop()
        with pytest.raises(NotReady) as refused:
            submit(rig, "g1")
        assert len(str(refused.value)) > 20
        status = rig.run(rig.printer.status())
        assert status.state is PrinterState.STOPPED
        assert status.reasons
        assert status.advice
        rig.mend()
        assert verdict(rig, submit(rig, "g2").receipt).outcome is Outcome.PROVEN
        assert rig.labels_out() == before + 1

    def test_a_fault_before_the_token_keeps_the_token_here(self, rig: PrinterRig) -> None:
        """What the gate is told must be what the device shows with the body in it."""
        before = rig.labels_out()

        async def gate(_snapshot: Snapshot) -> bool:
            rig.stop()
            return False

        stopped = submit(rig, "h1", gate)
        assert stopped.receipt.reached <= Evidence.BODY
        rig.mend()
        assert rig.run(rig.printer.cancel(stopped.receipt)) is CancelOutcome.CANCELLED
        assert rig.labels_out() == before

    def test_a_fault_after_the_gate_is_pending_until_it_is_mended(self, rig: PrinterRig) -> None:
        """A label that is owed must neither be called lost (it would come out twice) nor printed (nobody has it)."""
        before = rig.labels_out()
        receipt = self._owed(rig, "i1")
        waiting = evidence(rig, receipt)
        assert waiting.outcome is Outcome.PENDING
        assert waiting.evidence <= Evidence.ACKNOWLEDGED
        assert waiting.status is not None
        assert waiting.status.advice
        rig.mend()
        assert verdict(rig, receipt).outcome is Outcome.PROVEN
        assert rig.labels_out() == before + 1

    def test_a_printed_label_cannot_be_withdrawn(self, rig: PrinterRig) -> None:
        """A failover after a late success must hear that the label exists."""
        receipt = submit(rig, "k1").receipt
        assert verdict(rig, receipt).outcome is Outcome.PROVEN
        assert rig.run(rig.printer.cancel(receipt)) is CancelOutcome.PRINTED

    def test_a_restart_proves_nothing_that_was_not_kept(self, rig: PrinterRig) -> None:
        """After kill -9 there is only the stored receipt: its label is out, and must be called neither lost nor owed."""
        before = rig.labels_out()
        receipt = submit(rig, "restart").receipt
        rig.run(_until(rig, before + 1))
        rig.restart()
        stored = dataclasses.replace(receipt, sent_at=None, reached=Evidence.TOKEN)
        assert verdict(rig, stored).outcome in (Outcome.PROVEN, Outcome.UNCONFIRMED)
        assert rig.run(rig.printer.cancel(stored)) is not CancelOutcome.CANCELLED

    def test_a_good_device_is_idle(self, rig: PrinterRig) -> None:
        """The console shows these words."""
        status = rig.run(rig.printer.status())
        assert (status.state, status.reasons, status.advice) == (PrinterState.IDLE, (), "")

    @staticmethod
    def _owed(rig: PrinterRig, name: str) -> Receipt:
        """A label whose token is in a device that stopped just before it."""

        async def gate(_snapshot: Snapshot) -> bool:
            rig.stop()
            return True

        result = submit(rig, name, gate)
        assert result.receipt.reached >= Evidence.TOKEN, result.detail
        return result.receipt


class ProvingPrinterContract(WitnessedPrinterContract):
    """For adapters whose proof lasts: a counter of the device tells of a label also later, and after a restart."""

    def test_evidence_survives_a_restart(self, rig: PrinterRig) -> None:
        """After kill -9 there is only the stored receipt, whose `sent_at` means nothing any more."""
        receipt = submit(rig, "restart").receipt
        rig.restart()
        stored = dataclasses.replace(receipt, sent_at=None, reached=Evidence.TOKEN)
        assert verdict(rig, stored).outcome is Outcome.PROVEN

    def test_a_withdrawn_body_leaves_the_device_ready(self, rig: PrinterRig) -> None:
        """Where a profile says that partial formats can be dropped, a closed gate must end at E0, with proof."""
        before = rig.labels_out()
        stopped = submit(rig, "w1", closed_gate)
        if rig.printer.capabilities().partial_discardable:
            assert stopped.receipt.reached is Evidence.NOTHING, stopped.detail
        assert rig.run(rig.printer.status()).state is PrinterState.IDLE
        assert rig.run(rig.printer.cancel(stopped.receipt)) is CancelOutcome.CANCELLED
        assert rig.labels_out() == before

    def test_an_owed_label_can_be_withdrawn(self, rig: PrinterRig) -> None:
        """Failover: cancel and prove here, before it is printed there."""
        before = rig.labels_out()
        receipt = self._owed(rig, "j1")
        assert rig.run(rig.printer.cancel(receipt)) is CancelOutcome.CANCELLED
        rig.mend()
        assert verdict(rig, submit(rig, "j2").receipt).outcome is Outcome.PROVEN
        assert rig.labels_out() == before + 1

    def test_a_cut_body_can_be_cancelled_and_the_label_sent_again(self, rig: PrinterRig) -> None:
        """The rest of a cut label must not be printed together with the next one."""
        before = rig.labels_out()
        rig.cut_next_body()
        cut = submit(rig, "l1")
        assert rig.run(rig.printer.cancel(cut.receipt)) is CancelOutcome.CANCELLED
        assert verdict(rig, submit(rig, "l2").receipt).outcome is Outcome.PROVEN
        assert rig.labels_out() == before + 1

    def test_a_good_device_counts(self, rig: PrinterRig) -> None:
        """The console shows these words."""
        status = rig.run(rig.printer.status())
        assert status.serial
        assert status.odometer is not None


async def _until(rig: PrinterRig, labels: int) -> None:
    """Wait until so many labels are out; the assertion that follows says whether they are."""
    waited = 0.0
    while rig.labels_out() < labels and waited < PATIENCE_S:
        await rig.pause(0.02)
        waited += 0.02
