"""The raw transport with printers that answer by status bytes: what is sent when, and what each course of looks proves."""

from __future__ import annotations

import dataclasses

import pytest

from support.scripted_printer import ScriptedPrinter
from waybilld_printers.probes.cpcl.probe import CPCL
from waybilld_printers.probes.escpos.probe import ESCPOS
from waybilld_printers.probes.escpos.wire import ask_echo, process_id
from waybilld_printers.probes.probe import Probe
from waybilld_printers.probes.tspl.probe import TSPL
from waybilld_printers.transports.raw.adapter import RawPrinter
from waybilld_printers.transports.raw.listening import CARD_S
from waybilld_printers.transports.raw.settings import RawSettings
from waybilld_sdk.errors import NotReady
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
from waybilld_sdk.testing.asking import closed_gate, open_gate
from waybilld_sdk.testing.run import run_now

LABELS = {
    "tspl": Document("tspl", b"SIZE 50 mm,25 mm\r\nCLS\r\nBITMAP 0,0,1,1,0,\x7f\r\n", b"PRINT 1,1\r\n"),
    "cpcl": Document("cpcl", b"! 0 200 200 200 1\r\nCG 1 1 0 0 \x80\r\nFORM\r\n", b"PRINT\r\n"),
    "escpos": Document("escpos", b"\x1b@\x1dv0\x00\x01\x00\x01\x00\x80", b"\x1dVB\x00"),
}
PROFILES = {"tspl": "tspl-203", "cpcl": "cpcl-203", "escpos": "escpos-80"}
PICTURE = 50 * 200
"""Bytes of a picture as large as the label of these tests."""
GOOD = b"\x12\x12\x12\x12"
COVER = b"\x1a\x16\x12\x12"
EVERY = pytest.mark.parametrize("probe", [ESCPOS, TSPL, CPCL], ids=lambda probe: probe.name)
TOKENED = pytest.mark.parametrize("probe", [TSPL, CPCL], ids=lambda probe: probe.name)


class Bench:
    """An adapter on a scripted printer, for small labels."""

    def __init__(self, probe: Probe, *answers: bytes, **changes: object) -> None:
        self.device = ScriptedPrinter(probe, *answers)
        self.document = LABELS[probe.name]
        values: dict[str, object] = {"host": "printer", "profile": PROFILES[probe.name], "media_mm": (50, 25)}
        self.settings = RawSettings.model_validate(values | {"speed_ips": 4, "piloted": True} | changes)
        self.printer = RawPrinter(self.device.context, self.settings)

    def send(self, name: str = "a1", gate: Gate = open_gate) -> SubmitResult:
        return run_now(self.printer.submit(self.document, AttemptRef(name, "a test"), gate))

    def look(self, receipt: Receipt) -> Verdict:
        return run_now(self.printer.evidence(receipt))

    def settle(self, receipt: Receipt) -> Verdict:
        """The verdict once it is no longer PENDING, asking every 50 ms for 10 s."""
        for _ in range(200):
            found = self.look(receipt)
            if found.outcome is not Outcome.PENDING:
                return found
            self.device.context.advance(0.05)
        return found

    def cancel(self, receipt: Receipt) -> CancelOutcome:
        return run_now(self.printer.cancel(receipt))

    def echo(self, name: str) -> None:
        self.device.say(b"\x37\x22" + process_id(name) + b"\x00")


def good(probe: Probe) -> bytes:
    return GOOD if probe is ESCPOS else b"\x00"


def whole(bench: Bench, name: str) -> bytes:
    """Everything that one good label sends."""
    trailer = ask_echo(name) if bench.document.language == "escpos" else b""
    return bench.document.body + bench.document.token + trailer


class TestEscpos:
    """The gate before the first byte, and the echo as proof."""

    def test_the_echo_of_our_own_name_proves_the_label(self) -> None:
        bench = Bench(ESCPOS, GOOD)
        sent = bench.send()
        assert bench.device.received == whole(bench, "a1")
        assert sent.receipt.reached is Evidence.ACKNOWLEDGED
        assert bench.look(sent.receipt).outcome is Outcome.PENDING
        bench.echo("a0")
        assert bench.look(sent.receipt).outcome is Outcome.PENDING
        bench.echo("a1")
        found = bench.look(sent.receipt)
        assert (found.outcome, found.evidence) == (Outcome.PROVEN, Evidence.PRINTED)
        assert bench.device.dialled == 1

    def test_an_echo_that_came_with_the_end_of_the_connection_counts(self) -> None:
        """The printer printed, said so and was switched off: that is a label, not a doubt."""
        bench = Bench(ESCPOS, GOOD)
        sent = bench.send()
        bench.echo("a1")
        bench.device.hang_up()
        assert bench.look(sent.receipt).outcome is Outcome.PROVEN

    def test_no_byte_leaves_before_the_gate(self) -> None:
        """What arrives is printed: a cancelled order's label must not leave at all."""
        bench = Bench(ESCPOS, GOOD)
        received: list[bytes] = []

        async def gate(_snapshot: Snapshot) -> bool:
            received.append(bench.device.received)
            return False

        stopped = bench.send(gate=gate)
        assert (stopped.receipt.reached, received, bench.device.received) == (Evidence.NOTHING, [b""], b"")
        assert bench.cancel(stopped.receipt) is CancelOutcome.CANCELLED

    @pytest.mark.parametrize("at", range(1, len(LABELS["escpos"].body) + 16))
    def test_a_cut_at_any_byte_is_never_called_printed_nor_lost(self, at: int) -> None:
        """Half of it may be on paper."""
        bench = Bench(ESCPOS, GOOD)
        bench.device.cut_at = at
        sent = bench.send()
        assert sent.receipt.reached is Evidence.TOKEN
        assert "may have been printed" in sent.detail
        found = bench.settle(sent.receipt)
        assert (found.outcome, found.evidence) == (Outcome.UNCONFIRMED, Evidence.TOKEN)

    def test_a_printer_that_knows_no_echo_leaves_its_label_unconfirmed(self) -> None:
        """Online and idle is not printed; and the lane must not wait for ever."""
        bench = Bench(ESCPOS, GOOD)
        sent = bench.send()
        began = bench.device.context.monotonic()
        found = bench.settle(sent.receipt)
        assert found.outcome is Outcome.UNCONFIRMED
        assert "GS ( H" in found.reason
        assert bench.device.context.monotonic() - began < 2 * bench.settings.label_s + 0.2

    def test_time_does_not_run_out_while_the_cover_is_open(self) -> None:
        """The label waits in the printer and comes out when somebody closes it."""
        bench = Bench(ESCPOS, GOOD)
        sent = bench.send()
        bench.device.answers = [COVER]
        for _ in range(50):
            waiting = bench.look(sent.receipt)
            bench.device.context.advance(1.0)
        assert waiting.outcome is Outcome.PENDING
        assert waiting.status is not None and waiting.status.state is PrinterState.STOPPED
        bench.device.answers = [GOOD]
        assert bench.look(sent.receipt).outcome is Outcome.PENDING
        bench.echo("a1")
        assert bench.look(sent.receipt).outcome is Outcome.PROVEN

    @pytest.mark.parametrize("keep_open_s", [0, 1])
    def test_the_connection_is_kept_until_the_echo_however_short_it_is_kept_else(self, keep_open_s: float) -> None:
        """Closed before, the proof would be lost with every label."""
        bench = Bench(ESCPOS, GOOD, keep_open_s=keep_open_s)
        sent = bench.send()
        line = bench.device.line
        assert line is not None
        bench.device.answers = [COVER]
        for _ in range(5):
            bench.look(sent.receipt)
            bench.device.context.advance(1.0)
        assert not line.closed
        bench.echo("a1")
        assert bench.look(sent.receipt).outcome is Outcome.PROVEN
        bench.device.context.advance(1.0)
        run_now(bench.printer.status())
        assert line.closed


class TestTspl:
    """Busy, then idle, on the same connection, without an error."""

    def test_printing_and_then_done_is_a_proof_once_piloted(self) -> None:
        bench = Bench(TSPL, b"\x00", b"\x00", b"\x00", b"\x20", b"\x20", b"\x00")
        sent = bench.send()
        assert bench.look(sent.receipt).outcome is Outcome.PENDING
        found = bench.look(sent.receipt)
        assert (found.outcome, found.evidence) == (Outcome.PROVEN, Evidence.PRINTED)
        assert bench.look(sent.receipt).outcome is Outcome.PROVEN
        bench.device.answers = [b"\x04"]
        later = bench.look(sent.receipt)
        assert later.outcome is Outcome.PROVEN
        assert later.status is not None and later.status.reasons == ("media-empty-error",)
        assert bench.cancel(sent.receipt) is CancelOutcome.PRINTED

    def test_without_a_pilot_it_is_not(self) -> None:
        """Shipped, the profile must not claim more than anybody has seen."""
        bench = Bench(TSPL, b"\x00", b"\x00", b"\x20", b"\x00", piloted=False)
        assert bench.printer.capabilities().proves is Evidence.ACKNOWLEDGED
        found = bench.settle(bench.send().receipt)
        assert (found.outcome, found.evidence) == (Outcome.UNCONFIRMED, Evidence.ACKNOWLEDGED)
        assert "piloted" in found.reason

    def test_never_seen_printing_is_no_proof(self) -> None:
        """It was too quick for us, or never got the label."""
        bench = Bench(TSPL, b"\x00")
        assert "never seen printing" in bench.settle(bench.send().receipt).reason

    def test_a_stop_in_the_middle_leaves_a_doubt(self) -> None:
        """Half a label hangs in the printer; whether it begins anew differs from model to model."""
        bench = Bench(TSPL, b"\x00", b"\x00", b"\x20", b"\x04", b"\x00")
        sent = bench.send()
        assert bench.look(sent.receipt).outcome is Outcome.PENDING
        found = bench.look(sent.receipt)
        assert found.outcome is Outcome.UNCONFIRMED
        assert "in the middle" in found.reason

    def test_a_stop_before_the_first_dot_does_not(self) -> None:
        """The head was opened just before PRINT: the whole label comes out when it is closed."""
        bench = Bench(TSPL, b"\x00", b"\x00", b"\x01", b"\x01", b"\x20", b"\x00")
        sent = bench.send()
        assert bench.look(sent.receipt).outcome is Outcome.PENDING
        assert bench.settle(sent.receipt).outcome is Outcome.PROVEN

    def test_a_fault_with_the_body_in_it_keeps_the_token_here(self) -> None:
        bench = Bench(TSPL, b"\x00", b"\x01")
        stopped = bench.send()
        assert stopped.receipt.reached is Evidence.NOTHING
        assert "print head" in stopped.detail
        assert bench.device.received == bench.document.body + b"CLS\r\n"

    def test_seen_on_another_connection_it_proves_nothing(self) -> None:
        """Bytes that were acknowledged and then lost with the connection never reached the paper."""
        bench = Bench(TSPL, b"\x00", b"\x00", b"\x20", b"\x00")
        sent = bench.send()
        bench.device.hang_up()
        assert bench.look(sent.receipt).outcome is Outcome.UNCONFIRMED
        assert bench.device.dialled == 2


class TestCpcl:
    """An answer after the label means done; silence means not yet."""

    def test_an_answer_after_the_label_is_a_proof_once_piloted(self) -> None:
        bench = Bench(CPCL, b"\x00", b"", b"\x01", b"\x00")
        sent = bench.send()
        assert [bench.look(sent.receipt).outcome for _ in range(3)] == [Outcome.PENDING, Outcome.PENDING, Outcome.PROVEN]

    def test_without_a_pilot_it_is_not(self) -> None:
        """Shipped, the profile must not claim more than anybody has seen."""
        bench = Bench(CPCL, b"\x00", piloted=False)
        assert bench.settle(bench.send().receipt).outcome is Outcome.UNCONFIRMED

    def test_a_restart_is_noted_before_the_label_and_a_doubt_after_it(self) -> None:
        """The bit stays until it is noted: unnoted, every label of the day would be in doubt."""
        bench = Bench(CPCL, b"\x10", b"\x00", b"\x10")
        sent = bench.send()
        assert bench.device.received == b"\x1bN" + whole(bench, "a1")
        found = bench.look(sent.receipt)
        assert found.outcome is Outcome.UNCONFIRMED
        assert "switched off and on" in found.reason

    def test_a_withdrawn_body_is_proven_gone_by_the_answer(self) -> None:
        """Inside a session the printer does not answer."""
        bench = Bench(CPCL, b"\x00")
        stopped = bench.send(gate=closed_gate)
        assert stopped.receipt.reached is Evidence.NOTHING
        assert bench.device.received == bench.document.body + b"ABORT\r\n"

    def test_a_withdrawal_without_an_answer_is_no_proof(self) -> None:
        bench = Bench(CPCL, b"\x00", b"")
        stopped = bench.send(gate=closed_gate)
        assert stopped.receipt.reached is Evidence.BODY
        bench.device.answers = [b"", b"\x00"]
        assert bench.cancel(stopped.receipt) is CancelOutcome.CANCELLED
        assert bench.device.received.endswith(CPCL.flush(PICTURE))

    def test_nothing_is_sent_to_a_printer_that_holds_nothing(self) -> None:
        """Outside of a session it would come out as text. The line end ends a first line that was cut short."""
        bench = Bench(CPCL, b"\x00")
        bench.device.cut_at = 5
        cut = bench.send()
        received = bench.device.received
        assert bench.cancel(cut.receipt) is CancelOutcome.CANCELLED
        assert bench.device.received == received + b"\r\n"


class TestEvery:
    """What all of them keep."""

    @EVERY
    def test_a_silent_printer_gets_not_one_byte(self, probe: Probe) -> None:
        """And the message tells how to use a printer that is always silent."""
        bench = Bench(probe, b"")
        with pytest.raises(NotReady, match="answers: false"):
            bench.send()
        with pytest.raises(NotReady, match="answers: false"):
            run_now(bench.printer.check())
        assert bench.device.received == b""

    @EVERY
    def test_an_unreachable_printer_is_not_ready(self, probe: Probe) -> None:
        bench = Bench(probe, good(probe))
        bench.device.unreachable = True
        with pytest.raises(NotReady, match="check"):
            bench.send()
        assert run_now(bench.printer.status()).state is PrinterState.UNKNOWN

    @EVERY
    def test_after_a_restart_of_the_daemon_the_record_alone_proves_nothing(self, probe: Probe) -> None:
        """What was seen is forgotten, and what the printer says now may be of another label."""
        bench = Bench(probe, good(probe))
        receipt = bench.send().receipt
        again = RawPrinter(bench.device.context, bench.settings)
        stored = dataclasses.replace(receipt, sent_at=None, reached=Evidence.TOKEN)
        assert run_now(again.evidence(stored)).outcome is Outcome.UNCONFIRMED
        unsent = dataclasses.replace(receipt, sent_at=None, reached=Evidence.BODY)
        assert run_now(again.evidence(unsent)).outcome is Outcome.REFUTED

    @EVERY
    def test_a_silent_printer_leaves_the_label_pending(self, probe: Probe) -> None:
        """Silence says nothing; calling it a failure would print twice."""
        bench = Bench(probe, good(probe))
        receipt = bench.send().receipt
        bench.device.unreachable = True
        bench.device.hang_up()
        found = bench.settle(receipt)
        assert (found.outcome, found.evidence) == (Outcome.PENDING, Evidence.ACKNOWLEDGED)
        assert bench.cancel(receipt) is CancelOutcome.UNKNOWN

    @TOKENED
    @pytest.mark.parametrize("at", range(1, 60, 3))
    def test_a_cut_body_is_filled_up_and_taken_out_before_anything_else_is_sent(self, probe: Probe, at: int) -> None:
        """The printer waits for the missing pixels: the next label's first bytes would be taken for them."""
        bench = Bench(probe, b"\x00")
        at = min(at, len(bench.document.body))
        bench.device.cut_at = at
        cut = bench.send()
        assert cut.receipt.reached is Evidence.BODY
        if probe is CPCL:
            bench.device.answers = [b"", b"\x00"]
        bench.device.received = b""
        assert bench.settle(cut.receipt).outcome is Outcome.REFUTED
        bench.send("a2")
        assert bench.device.received == probe.end_line + probe.flush(PICTURE) + whole(bench, "a2")

    def test_half_a_receipt_is_cut_off_before_the_next(self) -> None:
        bench = Bench(ESCPOS, GOOD)
        bench.device.cut_at = 9
        cut = bench.send()
        assert bench.cancel(cut.receipt) is CancelOutcome.UNKNOWN
        bench.device.received = b""
        bench.send("a2")
        assert bench.device.received == whole(bench, "a2")

    @EVERY
    def test_what_cannot_be_taken_out_holds_the_next_label_back(self, probe: Probe) -> None:
        bench = Bench(probe, good(probe), stall_s=1.0)
        bench.device.cut_at = 9
        bench.send()
        bench.device.unacknowledged = True
        if probe is CPCL:
            bench.device.answers = [b""]
        with pytest.raises(NotReady, match=r"[Hh]alf a label"):
            bench.send("a2")

    @TOKENED
    def test_a_gate_that_fails_is_heard_and_the_body_taken_back(self, probe: Probe) -> None:
        bench = Bench(probe, b"\x00")

        async def broken(_snapshot: Snapshot) -> bool:
            raise ArithmeticError("the commit failed")

        with pytest.raises(ArithmeticError, match="the commit failed"):
            bench.send(gate=broken)
        assert bench.device.received == bench.document.body + probe.drop

    @EVERY
    def test_a_printer_that_never_answers_is_never_asked(self, probe: Probe) -> None:
        """Many cheap ones read nothing but labels: each of theirs is sent, and proven by the scan alone."""
        bench = Bench(probe, good(probe), answers=False)
        assert bench.printer.capabilities().proves is Evidence.ACKNOWLEDGED
        sent = bench.send()
        assert bench.settle(sent.receipt).outcome is Outcome.UNCONFIRMED
        assert bench.device.asked == 0
        assert bench.device.received.startswith(bench.document.body + bench.document.token)

    @EVERY
    def test_a_printer_that_never_answers_is_cleaned_up_as_well(self, probe: Probe) -> None:
        bench = Bench(probe, good(probe), answers=False)
        bench.device.cut_at = 9
        bench.send()
        bench.device.received = b""
        bench.send("a2")
        assert bench.device.received.startswith(probe.flush(PICTURE) + bench.document.body)

    def test_a_printer_that_tells_of_itself_is_asked_now_and_then(self) -> None:
        """The console shows whose warranty to look for."""
        bench = Bench(TSPL, b"\x00")
        bench.device.facts = {b"~!T\r\n": b"TTP-244 Pro\r\n", b"~!@\r\n": b"12\r"}
        for _ in range(5):
            status = run_now(bench.printer.status())
            bench.device.context.advance(2.0)
        assert (status.model, status.length_mm, bench.device.cards_asked) == ("TTP-244 Pro", 12_000_000, 2)
        bench.device.context.advance(CARD_S)
        run_now(bench.printer.status())
        assert bench.device.cards_asked == 4

    def test_a_printer_that_does_not_is_asked_once(self) -> None:
        """Each silence costs the waiting time of a status."""
        bench = Bench(ESCPOS, GOOD)
        for _ in range(5):
            assert run_now(bench.printer.status()).model == ""
            bench.device.context.advance(CARD_S)
        assert bench.device.cards_asked == 1

    @EVERY
    def test_a_printer_says_what_it_is(self, probe: Probe) -> None:
        """The host draws, gates and retries by these."""
        what = Bench(probe, good(probe)).printer.capabilities()
        streams = probe is ESCPOS
        assert (what.language, what.splits_token, what.partial_discardable) == (probe.name, not streams, not streams)
        assert what.proves is Evidence.PRINTED
        mute = Bench(probe, good(probe), answers=False).printer.capabilities()
        assert (mute.splits_token, mute.partial_discardable, mute.proves) == (not streams, False, Evidence.ACKNOWLEDGED)
