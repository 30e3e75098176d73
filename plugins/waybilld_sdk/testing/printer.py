"""What every printer adapter must keep, as test classes: subclass one and give it a fixture `rig`.

A rig is an adapter together with a device that can be looked into: a virtual printer, or real hardware and a patient
person. `PrinterContract` is for any adapter. `WitnessedPrinterContract` adds what an adapter must keep whose capabilities
promise `Evidence.PRINTED`; `ProvingPrinterContract` what it must keep on top where its proof outlasts the adapter's memory.

An adapter with `splits_token=False` may hand the whole document to somebody who sends it on. It is held to the same, but for
two things that it cannot do: after `submit` it need not know more than TOKEN, and a label that the device has got already it
may be unable to take back.
"""

from __future__ import annotations

import dataclasses

import pytest

from waybilld_sdk.errors import NotReady, Reject
from waybilld_sdk.printing import (
    AttemptRef,
    CancelOutcome,
    Evidence,
    Outcome,
    PrinterState,
    Receipt,
    Snapshot,
    SubmitResult,
)
from waybilld_sdk.testing.asking import closed_gate, evidence, submit, until_out, verdict
from waybilld_sdk.testing.rig import PrinterRig

_ONCE = "one label comes out for each that was sent: not none, not two"


class PrinterContract:
    """For any adapter.

    `settle_s`: how long the tray is watched for a label too many, in seconds; longer than the device needs for two labels.
    """

    settle_s = 2.0

    def labels_are(self, rig: PrinterRig, labels: int, promise: str = _ONCE) -> None:
        """So many lie in the tray, and it stays so. Fails with the promise that was broken."""
        rig.run(until_out(rig, labels))
        rig.run(rig.pause(self.settle_s))
        assert rig.labels_out() == labels, promise

    def test_a_good_label_comes_out_once(self, rig: PrinterRig) -> None:
        """A label that is lost or doubled on the plain path makes everything else pointless."""
        before = rig.labels_out()
        result = submit(rig, "a1")
        _left(rig, result, "a good label is acknowledged, every byte")
        found = verdict(rig, result.receipt)
        proves = rig.printer.capabilities().proves
        wanted = Outcome.PROVEN if proves >= Evidence.PRINTED else Outcome.UNCONFIRMED
        assert found.outcome is wanted, f"what `capabilities().proves` promises, `evidence` concludes: {found.reason}"
        assert found.evidence <= proves, "no verdict is stronger than `capabilities().proves`"
        self.labels_are(rig, before + 1)

    def test_a_closed_gate_prints_nothing_and_the_next_label_comes_out(self, rig: PrinterRig) -> None:
        """A cancelled order's label must not come out, and must not spoil the next one."""
        before = rig.labels_out()
        stopped = submit(rig, "b1", closed_gate)
        assert stopped.receipt.reached <= Evidence.BODY, "after a gate that said no, the closing token stays here"
        sent = submit(rig, "b2")
        _left(rig, sent, "a stopped label spoils no other")
        self.labels_are(rig, before + 1, "a closed gate prints nothing, and the next label comes out once")

    def test_the_gate_is_asked_once_per_label(self, rig: PrinterRig) -> None:
        """The host commits `sent` in the gate; twice would be two records for one label."""
        asked: list[Snapshot] = []

        async def gate(snapshot: Snapshot) -> bool:
            asked.append(snapshot)
            return True

        result = submit(rig, "c1", gate)
        assert len(asked) == 1, "the gate is awaited exactly once for each label"
        assert result.receipt.before == asked[0], "the receipt has the very snapshot that the gate was given"

    def test_a_document_in_another_language_is_refused(self, rig: PrinterRig) -> None:
        """What a printer cannot read it prints as text, metres of it. Only the adapter knows what its printer reads."""
        before = rig.labels_out()
        foreign = dataclasses.replace(rig.document(), language="a-language-of-nobody")
        asked: list[Snapshot] = []

        async def gate(snapshot: Snapshot) -> bool:
            asked.append(snapshot)
            return True

        refused = True
        try:
            rig.run(rig.printer.submit(foreign, AttemptRef("n1", "test n1"), gate))
            refused = False
        except Reject:
            pass
        promise = "a document in another language than the capabilities' raises Reject before the gate and the first byte"
        assert refused, promise
        assert asked == [], promise
        _left(rig, submit(rig, "n2"), promise)
        self.labels_are(rig, before + 1, promise)

    def test_a_cut_body_claims_no_more_than_the_truth(self, rig: PrinterRig) -> None:
        """A claim above the truth is how a label gets lost: nobody sends it again. Where the body may print as it arrives, a
        claim below the truth is how it comes out twice."""
        before = rig.labels_out()
        rig.cut_next_body()
        result = submit(rig, "d1")
        assert result.detail, "a label that did not get through has a `detail` that says why, for people"
        if result.receipt.reached > Evidence.BODY:
            splits = rig.printer.capabilities().splits_token
            assert not splits, "where the token is withheld, a cut body is at most Evidence.BODY"
            assert result.receipt.reached is Evidence.TOKEN, "a label that was cut is not acknowledged"
            found = verdict(rig, result.receipt)
            assert found.outcome is Outcome.UNCONFIRMED, f"of a cut label nobody knows what came out: {found.reason}"
            promise = "UNCONFIRMED claims no acknowledgement that there was not: the policy `accept-sent` prints on its word"
            assert found.evidence < Evidence.ACKNOWLEDGED, promise
            settled = rig.run(rig.printer.cancel(result.receipt))
            assert settled is CancelOutcome.UNKNOWN, "what may have come out in part is neither withdrawn nor printed"
        assert rig.labels_out() == before, "half a label is none"

    def test_a_cut_body_does_not_spoil_the_next_label(self, rig: PrinterRig) -> None:
        """The rest of a cut label must not be taken for the beginning of the next one."""
        before = rig.labels_out()
        rig.cut_next_body()
        cut = submit(rig, "m1")
        settled = rig.run(rig.printer.cancel(cut.receipt))
        assert settled is not CancelOutcome.PRINTED, "a label that was cut in its body did not come out"
        _left(rig, submit(rig, "m2"), "after a cut the printer is made ready again")
        self.labels_are(rig, before + 1, "the rest of a cut label must be out of the printer before the next one is sent")

    def test_a_label_that_comes_out_was_never_called_cancelled(self, rig: PrinterRig) -> None:
        """The host cancels after UNCONFIRMED and before a failover, and prints what is CANCELLED again, without a mark."""
        promise = "CANCELLED needs proof that nothing came out or can come out: a label in the tray is never CANCELLED"
        before = rig.labels_out()
        first = submit(rig, "x1").receipt
        verdict(rig, first)
        settled = rig.run(rig.printer.cancel(first))
        rig.run(rig.pause(self.settle_s))
        out = rig.labels_out() - before
        assert out <= 1, _ONCE
        assert settled is not CancelOutcome.CANCELLED or out == 0, promise
        second = submit(rig, "x2").receipt
        self.labels_are(rig, before + out + 1, "a cancel that follows UNCONFIRMED does not spoil the next label")
        assert rig.run(rig.printer.cancel(second)) is not CancelOutcome.CANCELLED, promise

    def test_a_restart_proves_nothing_that_was_not_kept(self, rig: PrinterRig) -> None:
        """After kill -9 there is only the stored receipt: its label is out, and must be called neither lost nor owed."""
        before = rig.labels_out()
        receipt = submit(rig, "restart").receipt
        rig.run(until_out(rig, before + 1))
        rig.restart()
        stored = dataclasses.replace(receipt, sent_at=None, reached=Evidence.TOKEN)
        found = verdict(rig, stored)
        promise = "a label that is out is neither REFUTED nor PENDING to an adapter that knows no more than its receipt"
        assert found.outcome in (Outcome.PROVEN, Outcome.UNCONFIRMED), f"{promise}: {found.reason}"
        settled = rig.run(rig.printer.cancel(stored))
        assert settled is not CancelOutcome.CANCELLED, "after a restart nobody may call a label CANCELLED without proof"

    def test_capabilities_are_plain(self, rig: PrinterRig) -> None:
        """The encoder draws by these figures."""
        what = rig.printer.capabilities()
        assert what.language == rig.document().language, "documents come in the language that the capabilities name"
        assert what.dots_per_mm > 0, "the head has dots"
        assert min(what.media_mm) > 0, "the media has two sides, in millimetres"

    def test_check_passes_on_a_good_device(self, rig: PrinterRig) -> None:
        """`waybilld check` must not cry wolf."""
        rig.run(rig.printer.check())

    def test_cancelling_what_was_never_sent_is_cancelled(self, rig: PrinterRig) -> None:
        """The host cancels every attempt before it fails over; one that never left must not hold that up."""
        receipt = Receipt(AttemptRef("e1", "never sent"), {}, Evidence.NOTHING)
        settled = rig.run(rig.printer.cancel(receipt))
        assert settled is CancelOutcome.CANCELLED, "an attempt at Evidence.NOTHING never left, so that it is CANCELLED"


class WitnessedPrinterContract(PrinterContract):
    """For adapters that promise the printer's own proof, where only whoever watched the label come out has it."""

    def test_labels_in_a_row_are_each_proven(self, rig: PrinterRig) -> None:
        """Evidence of one label must not be taken for evidence of the next."""
        before = rig.labels_out()
        for number in range(5):
            found = verdict(rig, submit(rig, f"row{number}").receipt)
            assert found.outcome is Outcome.PROVEN, f"each label in a row is proven: {found.reason}"
            assert rig.labels_out() == before + number + 1, "what is PROVEN lies in the tray by then, and once"
        self.labels_are(rig, before + 5)

    def test_evidence_can_be_asked_again(self, rig: PrinterRig) -> None:
        """The host asks again after a crash between the answer and its commit."""
        receipt = submit(rig, "again").receipt
        first = verdict(rig, receipt)
        second = evidence(rig, receipt)
        answers = ((found.outcome, found.evidence) for found in (first, second))
        assert set(answers) == {(Outcome.PROVEN, Evidence.PRINTED)}, "a proof stays one when it is asked for again"

    def test_a_gate_that_fails_is_heard_and_prints_nothing(self, rig: PrinterRig) -> None:
        """A full disk fails the commit in the gate: the label must stay in, and the error must come out."""

        async def broken(_snapshot: Snapshot) -> bool:
            raise ArithmeticError("the commit failed")

        before = rig.labels_out()
        with pytest.raises(ArithmeticError, match="the commit failed"):
            submit(rig, "f1", broken)
        found = verdict(rig, submit(rig, "f2").receipt)
        assert found.outcome is Outcome.PROVEN, f"a gate that failed spoils no other label: {found.reason}"
        self.labels_are(rig, before + 1, "a gate that fails prints nothing")

    def test_a_stopped_device_gets_not_one_byte(self, rig: PrinterRig) -> None:
        """A label sent to an open printer comes out minutes later, when somebody has printed it elsewhere."""
        before = rig.labels_out()
        rig.stop()
        with pytest.raises(NotReady) as refused:
            submit(rig, "g1")
        status = rig.run(rig.printer.status())
        assert status.state is PrinterState.STOPPED, "the status tells a fault that the device can tell"
        assert status.reasons, "a stopped printer has a reason, an RFC 8011 keyword: failover and alerts go by it"
        assert status.advice, "a stopped printer has one sentence that says what to do"
        why = str(refused.value).strip()
        told = why and why not in {*status.reasons, NotReady.__name__}
        assert told, f"NotReady tells a person, in words and not by a keyword, what is wrong and what to do; it says {why!r}"
        rig.mend()
        found = verdict(rig, submit(rig, "g2").receipt)
        assert found.outcome is Outcome.PROVEN, f"a printer that was mended prints: {found.reason}"
        self.labels_are(rig, before + 1, "a stopped printer gets not one byte: what NotReady refused never comes out")

    def test_a_fault_before_the_token_keeps_the_token_here(self, rig: PrinterRig) -> None:
        """What the gate is told must be what the device shows with the body in it."""
        before = rig.labels_out()

        async def gate(_snapshot: Snapshot) -> bool:
            rig.stop()
            return False

        stopped = submit(rig, "h1", gate)
        assert stopped.receipt.reached <= Evidence.BODY, "after a gate that said no, the closing token stays here"
        rig.mend()
        settled = rig.run(rig.printer.cancel(stopped.receipt))
        assert settled is CancelOutcome.CANCELLED, "a body without its token can be withdrawn from a printer that is well"
        assert rig.labels_out() == before, "a closed gate prints nothing"

    def test_a_fault_after_the_gate_is_pending_until_it_is_mended(self, rig: PrinterRig) -> None:
        """A label that is owed must neither be called lost (it would come out twice) nor printed (nobody has it)."""
        before = rig.labels_out()
        receipt = self._owed(rig, "i1")
        waiting = evidence(rig, receipt)
        assert waiting.outcome is Outcome.PENDING, f"a label that a fault keeps in the printer is PENDING: {waiting.reason}"
        assert not waiting.token_lost, "token_lost needs proof that the closing token never arrived; this one did"
        assert waiting.evidence <= Evidence.ACKNOWLEDGED, "a label that is owed is not printed"
        assert waiting.status is not None, "PENDING comes with the status: failover goes by it"
        in_trouble = waiting.status.state is PrinterState.STOPPED or (
            waiting.status.state is PrinterState.UNKNOWN and bool(waiting.status.reasons)
        )
        assert in_trouble, "the status of a PENDING verdict says `stopped`, or `unknown` with a reason, or nobody fails over"
        assert waiting.status.advice, "a stopped printer has one sentence that says what to do"
        rig.mend()
        found = verdict(rig, receipt)
        assert found.outcome is Outcome.PROVEN, f"an owed label is proven once it has come out: {found.reason}"
        self.labels_are(rig, before + 1)

    def test_a_printed_label_cannot_be_withdrawn(self, rig: PrinterRig) -> None:
        """A failover after a late success must hear that the label exists."""
        receipt = submit(rig, "k1").receipt
        assert verdict(rig, receipt).outcome is Outcome.PROVEN, "a good label is proven"
        settled = rig.run(rig.printer.cancel(receipt))
        assert settled is CancelOutcome.PRINTED, "a label with proof cannot be withdrawn: cancel says PRINTED"

    def test_a_good_device_is_idle(self, rig: PrinterRig) -> None:
        """The console shows these words."""
        status = rig.run(rig.printer.status())
        shown = (status.state, status.reasons, status.advice)
        assert shown == (PrinterState.IDLE, (), ""), "a printer that is well is idle, with no reason and nothing to do"

    @staticmethod
    def _owed(rig: PrinterRig, name: str) -> Receipt:
        """A label whose token is in a device that stopped just before it."""

        async def gate(_snapshot: Snapshot) -> bool:
            rig.stop()
            return True

        result = submit(rig, name, gate)
        promise = "once the gate said yes the token is sent, whatever the printer shows then"
        assert result.receipt.reached >= Evidence.TOKEN, f"{promise}: {result.detail}"
        return result.receipt


class ProvingPrinterContract(WitnessedPrinterContract):
    """For adapters whose proof lasts: a counter of the device tells of a label also later, and after a restart."""

    def test_evidence_survives_a_restart(self, rig: PrinterRig) -> None:
        """After kill -9 there is only the stored receipt, whose `sent_at` means nothing any more."""
        receipt = submit(rig, "restart").receipt
        rig.restart()
        stored = dataclasses.replace(receipt, sent_at=None, reached=Evidence.TOKEN)
        found = verdict(rig, stored)
        assert found.outcome is Outcome.PROVEN, f"a proof that lasts is found again with the stored receipt: {found.reason}"

    def test_a_withdrawn_body_leaves_the_device_ready(self, rig: PrinterRig) -> None:
        """Where a profile says that partial formats can be dropped, a closed gate must end at E0, with proof."""
        before = rig.labels_out()
        stopped = submit(rig, "w1", closed_gate)
        if rig.printer.capabilities().partial_discardable:
            promise = "`partial_discardable` promises that a withheld body is dropped with proof"
            assert stopped.receipt.reached is Evidence.NOTHING, f"{promise}: {stopped.detail}"
        assert rig.run(rig.printer.status()).state is PrinterState.IDLE, "a withdrawn body leaves the printer ready"
        settled = rig.run(rig.printer.cancel(stopped.receipt))
        assert settled is CancelOutcome.CANCELLED, "a body without its token can be withdrawn from a printer that is well"
        assert rig.labels_out() == before, "a withdrawn body does not come out"

    def test_an_owed_label_can_be_withdrawn(self, rig: PrinterRig) -> None:
        """Failover: cancel and prove here, before it is printed there."""
        before = rig.labels_out()
        receipt = self._owed(rig, "j1")
        settled = rig.run(rig.printer.cancel(receipt))
        rig.mend()
        if settled is CancelOutcome.UNKNOWN and not rig.printer.capabilities().splits_token:
            # It did not claim what it cannot do: the label comes out, once, and is known to.
            owed = verdict(rig, receipt)
            assert owed.outcome is Outcome.PROVEN, f"what was not CANCELLED comes out, and is proven: {owed.reason}"
            self.labels_are(rig, before + 1)
            return
        assert settled is CancelOutcome.CANCELLED, "a stopped printer gives an owed label back, with proof"
        found = verdict(rig, submit(rig, "j2").receipt)
        assert found.outcome is Outcome.PROVEN, f"a withdrawn label spoils no other: {found.reason}"
        self.labels_are(rig, before + 1, "what is CANCELLED never comes out")

    def test_a_cut_body_can_be_cancelled_and_the_label_sent_again(self, rig: PrinterRig) -> None:
        """The rest of a cut label must not be printed together with the next one."""
        before = rig.labels_out()
        rig.cut_next_body()
        cut = submit(rig, "l1")
        settled = rig.run(rig.printer.cancel(cut.receipt))
        assert settled is CancelOutcome.CANCELLED, "a cut body can be withdrawn, with proof"
        found = verdict(rig, submit(rig, "l2").receipt)
        assert found.outcome is Outcome.PROVEN, f"a withdrawn body spoils no other label: {found.reason}"
        self.labels_are(rig, before + 1)

    def test_a_good_device_counts(self, rig: PrinterRig) -> None:
        """The console shows these words."""
        status = rig.run(rig.printer.status())
        assert status.serial, "an adapter whose proof is a counter tells whose counter it is"
        assert status.odometer is not None, "an adapter whose proof is a counter shows it"


def _left(rig: PrinterRig, result: SubmitResult, promise: str) -> None:
    """The label is on its way, as far as the adapter can know when `submit` returns."""
    least = Evidence.ACKNOWLEDGED if rig.printer.capabilities().splits_token else Evidence.TOKEN
    assert least <= result.receipt.reached <= Evidence.ACKNOWLEDGED, f"{promise}: {result.detail}"
    assert result.detail == "", "a label that left has nothing to explain: `detail` is for those that did not get through"
