"""The raw transport against the virtual device in memory: cuts at every byte, stalls, restarts, budgets."""

from __future__ import annotations

import dataclasses

import pytest

from support.memory_device import PRINT_PORT, STATUS_PORT, MemoryDevice
from waybilld_printers.probes.zebra.withdraw import DROP_PARTIAL
from waybilld_printers.transports.raw.adapter import RawPrinter, plugin
from waybilld_printers.transports.raw.settings import RawSettings
from waybilld_printers.virtual.device import DeviceConfig
from waybilld_sdk.errors import NotReady, Reject, StopQueue
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
from waybilld_sdk.testing.run import run_now, run_together

BODY, TOKEN = b"^XA^PW80^LL80^FO8,8^GFA,2,2,1,FF81^FS", b"^XZ"
LABEL = Document("zpl", BODY, TOKEN)
FAST = DeviceConfig(labels_per_second=None)


def make(behind: MemoryDevice, **changes: object) -> RawPrinter:
    """An adapter on the device in memory, for small fast labels."""
    values: dict[str, object] = {"host": "printer", "media_mm": (50, 25), "speed_ips": 14}
    return RawPrinter(behind.context, RawSettings.model_validate(values | changes))


def send(printer: RawPrinter, name: str = "a1", gate: Gate = open_gate) -> SubmitResult:
    return run_now(printer.submit(LABEL, AttemptRef(name, "a test"), gate))


def verdict(behind: MemoryDevice, printer: RawPrinter, receipt: Receipt, patience_s: float = 10) -> Verdict:
    """The verdict once it is no longer PENDING, asking every 50 ms of the device's time."""
    until = behind.now() + patience_s
    while True:
        found = run_now(printer.evidence(receipt))
        if found.outcome is not Outcome.PENDING or behind.now() > until:
            return found
        behind.context.advance(0.05)


def test_one_label_costs_two_questions_and_the_next_one_no_more() -> None:
    """Round trips are what limits labels per second."""
    behind = MemoryDevice(FAST)
    printer = make(behind)
    run_now(printer.status())
    questions = behind.questions
    for number in range(10):
        receipt = send(printer, f"a{number}").receipt
        assert run_now(printer.evidence(receipt)).outcome is Outcome.PROVEN
    assert behind.questions - questions == 20
    assert behind.dialled[PRINT_PORT] == 1
    assert behind.received == (BODY + TOKEN) * 10


@pytest.mark.parametrize("status_port", [9200, None], ids=["status-port", "print-port-only"])
@pytest.mark.parametrize("at", range(1, len(BODY + TOKEN) + 1))
def test_a_cut_at_any_byte_never_overstates_and_never_doubles(at: int, status_port: int | None) -> None:
    """Wherever the cable is pulled, the label ends up in the tray exactly once, by asking and never by guessing."""
    behind = MemoryDevice(FAST)
    printer = make(behind, status_port=status_port)
    if status_port is None:
        # Skip the question of the idle check, so that `at` counts bytes of the label.
        run_now(printer.status())
    behind.cut_at = at
    result = send(printer)
    arrived = behind.received[-at:]
    if at <= len(BODY) and status_port is not None:
        assert result.receipt.reached is Evidence.BODY
        assert behind.labels_out() == 0
    assert (behind.labels_out() == 1) == arrived.endswith(TOKEN)
    assert result.receipt.reached < Evidence.TOKEN or behind.received.count(b"^FS") == 1
    assert result.detail or result.receipt.reached is Evidence.ACKNOWLEDGED
    behind.cut_at = None

    outcome = run_now(printer.cancel(result.receipt))
    assert outcome is (CancelOutcome.PRINTED if behind.labels_out() else CancelOutcome.CANCELLED)
    if outcome is CancelOutcome.CANCELLED:
        assert verdict(behind, printer, send(printer, "a2").receipt).outcome is Outcome.PROVEN
    assert behind.labels_out() == 1


@pytest.mark.parametrize("at", range(1, len(BODY + TOKEN) + 1))
def test_after_a_restart_the_receipt_alone_settles_a_cut(at: int) -> None:
    """After kill -9 only the row is left: the most that may have happened, and the look from before."""
    behind = MemoryDevice(FAST)
    printer = make(behind)
    behind.cut_at = at
    receipt = send(printer).receipt
    stored = dataclasses.replace(receipt, sent_at=None, reached=max(receipt.reached, Evidence.BODY))
    again = make(behind)
    found = verdict(behind, again, stored)
    if behind.labels_out():
        assert found.outcome is Outcome.PROVEN
    else:
        # The unfinished format waits for its withdrawal.
        assert found.outcome in (Outcome.PENDING, Outcome.REFUTED)
        if found.outcome is Outcome.PENDING:
            assert (found.token_lost, found.evidence) == (True, Evidence.BODY)
        assert run_now(again.cancel(stored)) is CancelOutcome.CANCELLED


def test_a_leftover_of_another_attempt_blocks_until_it_is_cancelled() -> None:
    """Half a label in the device would come out on top of the next one."""
    behind = MemoryDevice(FAST)
    printer = make(behind)
    behind.cut_at = 10
    cut = send(printer).receipt
    with pytest.raises(NotReady, match="unfinished label"):
        send(printer, "a2")
    assert run_now(printer.cancel(cut)) is CancelOutcome.CANCELLED
    assert send(printer, "a2").receipt.reached is Evidence.ACKNOWLEDGED


def test_a_power_cycle_with_the_label_in_memory_refutes_it() -> None:
    """The buffer is gone: the label must be sent again, once, and without a wait."""
    behind = MemoryDevice(DeviceConfig(labels_per_second=1.0))
    behind.context.advance(100)
    printer = make(behind)
    receipt = send(printer).receipt
    assert run_now(printer.evidence(receipt)).outcome is Outcome.PENDING
    behind.device.power_cycle(behind.now())
    found = run_now(printer.evidence(receipt))
    assert (found.outcome, found.evidence) == (Outcome.REFUTED, Evidence.ACKNOWLEDGED)
    assert verdict(behind, printer, send(printer, "a2").receipt).outcome is Outcome.PROVEN
    assert behind.labels_out() == 1


def test_a_silent_device_leaves_the_label_pending() -> None:
    """Silence says nothing; calling it a failure would print twice."""
    behind = MemoryDevice(FAST)
    printer = make(behind)
    receipt = send(printer).receipt
    behind.unreachable = True
    behind.device.power_cycle(behind.now(), 60.0)
    found = run_now(printer.evidence(receipt))
    assert (found.outcome, found.evidence) == (Outcome.PENDING, Evidence.ACKNOWLEDGED)
    assert found.status is not None and found.status.state is PrinterState.UNKNOWN
    assert run_now(printer.cancel(receipt)) is CancelOutcome.UNKNOWN


def test_another_printer_at_the_address_is_never_a_proof() -> None:
    """A spare printer was plugged in between: its counter says nothing about our label."""
    behind = MemoryDevice(FAST)
    printer = make(behind)
    receipt = send(printer).receipt
    behind.device.swap("OTHER", 1)
    assert run_now(printer.evidence(receipt)).outcome is Outcome.UNCONFIRMED
    assert run_now(printer.cancel(receipt)) is CancelOutcome.UNKNOWN


def test_a_foreign_label_in_the_gate_keeps_the_token_here() -> None:
    """When somebody else printed since the idle check, the count could no longer prove our label."""
    behind = MemoryDevice(FAST)
    printer = make(behind)
    run_now(printer.status())
    behind.device.feed(behind.now())
    asked: list[Snapshot] = []

    async def gate(snapshot: Snapshot) -> bool:
        asked.append(snapshot)
        return True

    result = send(printer, gate=gate)
    assert (result.receipt.reached, asked) == (Evidence.NOTHING, [])
    assert "Another label came out" in result.detail


def test_a_device_that_reads_nothing_is_not_given_the_token() -> None:
    """Acknowledged is not read: a hanging printer would print the label when it wakes up, after the failover."""
    behind = MemoryDevice(FAST)
    printer = make(behind, gate_s=1.0)
    behind.lag = True
    result = send(printer)
    assert result.receipt.reached is Evidence.BODY
    assert "shows no label begun" in result.detail
    behind.catch_up()
    assert run_now(printer.cancel(result.receipt)) is CancelOutcome.CANCELLED
    assert behind.labels_out() == 0


def test_an_unacknowledged_body_is_given_up_in_time() -> None:
    """A printer that is gone without a word must not hold its lane for ever."""
    behind = MemoryDevice(FAST)
    printer = make(behind, stall_s=5.0)
    run_now(printer.status())
    behind.unacknowledged = True
    began = behind.now()
    result = send(printer)
    assert result.receipt.reached is Evidence.BODY
    assert "within 5 s" in result.detail
    assert 5 <= behind.now() - began < 6


def test_a_trickle_is_given_up_in_time() -> None:
    """A printer that takes a byte now and then keeps every timer of TCP alive; the lane needs one of its own."""
    behind = MemoryDevice(FAST)
    printer = make(behind, stall_s=5.0)
    run_now(printer.status())
    behind.seconds_per_byte = 0.0005
    began = behind.now()
    large = Document("zpl", b"^XA^FX" + b"x" * 100_000, TOKEN)
    result = run_now(printer.submit(large, AttemptRef("a1", "t"), open_gate))
    assert result.receipt.reached is Evidence.BODY
    assert behind.now() - began < 20
    assert len(behind.received) < len(large.body)


def test_an_unacknowledged_token_may_have_printed() -> None:
    """The token was handed over: only the device can say what came of it."""
    behind = MemoryDevice(FAST)
    printer = make(behind, stall_s=1.0)

    async def gate(_snapshot: Snapshot) -> bool:
        behind.unacknowledged = True
        return True

    result = send(printer, gate=gate)
    assert result.receipt.reached is Evidence.TOKEN
    behind.unacknowledged = False
    assert verdict(behind, printer, result.receipt).outcome is Outcome.PROVEN


def test_an_idle_connection_that_the_device_closed_costs_nothing() -> None:
    """Printers close idle connections; a label must not be lost or doubtful for it."""
    behind = MemoryDevice(dataclasses.replace(FAST, json=False))
    printer = make(behind)
    assert verdict(behind, printer, send(printer).receipt).outcome is Outcome.PROVEN
    behind.device.power_cycle(behind.now())
    behind.context.advance(1.0)
    assert verdict(behind, printer, send(printer, "a2").receipt).outcome is Outcome.PROVEN
    assert behind.dialled == {PRINT_PORT: 2, STATUS_PORT: 3}  # the first status connection met a silent dialect


def test_an_idle_connection_is_given_back() -> None:
    """Other computers wait for a printer that serves one connection at a time."""
    behind = MemoryDevice(FAST)
    printer = make(behind, keep_open_s=10)
    send(printer)
    behind.context.advance(11)
    run_now(printer.status())
    send(printer, "a2")
    assert behind.dialled[PRINT_PORT] == 2


def test_a_muted_status_stops_the_lane_with_a_reason() -> None:
    """The manual says that a printer without paper keeps `~HS` back; that must read as a fault to look at."""
    behind = MemoryDevice(dataclasses.replace(FAST, mute_on_error=True))
    printer = make(behind)
    behind.device.paper_out(behind.now())
    with pytest.raises(NotReady, match="check paper"):
        send(printer)
    assert run_now(printer.status()).state is PrinterState.STOPPED
    assert behind.received == b""


def test_two_calls_at_once_take_turns() -> None:
    """Two labels interleaved on one connection are two spoiled labels."""
    behind = MemoryDevice(FAST)
    printer = make(behind)
    first, second = (printer.submit(LABEL, AttemptRef(f"a{number}", "t"), open_gate) for number in range(2))
    results = run_together(first, second)
    assert all(isinstance(result, SubmitResult) for result in results)
    assert behind.received == (BODY + TOKEN) * 2


def test_a_call_that_is_cancelled_while_waiting_passes_its_turn_on() -> None:
    """A deadline of the host must not leave the printer locked for ever."""
    behind = MemoryDevice(FAST)
    printer = make(behind)
    working = printer.submit(LABEL, AttemptRef("a1", "t"), open_gate)
    working.send(None)
    waiting = printer.status(), printer.evidence(send_nothing())
    waiting[1].send(None)
    waiting[0].close()
    waiting[1].close()
    working.close()
    assert send(printer, "a2").receipt.reached is Evidence.ACKNOWLEDGED


def send_nothing() -> Receipt:
    return Receipt(AttemptRef("none", "t"), {}, Evidence.BODY)


def test_a_device_that_cannot_count_is_refused() -> None:
    """A printer that proves nothing under a profile that promises proof would leave every label unconfirmed."""
    behind = MemoryDevice(FAST)
    behind.device.swap("?")
    printer = make(behind)
    with pytest.raises(StopQueue, match="raw-none"):
        run_now(printer.check())
    with pytest.raises(StopQueue, match="raw-none"):
        send(printer)
    assert behind.received == b""


@pytest.mark.parametrize("document", [Document("tspl", b"SIZE", b"PRINT 1"), Document("zpl", BODY, b"")])
def test_a_document_for_another_printer_is_refused(document: Document) -> None:
    """TSPL on a ZPL printer is metres of paper; a token inside the body cannot be withheld."""
    behind = MemoryDevice(FAST)
    with pytest.raises(Reject, match="zpl"):
        run_now(make(behind).submit(document, AttemptRef("a1", "t"), open_gate))
    assert behind.received == b""


def test_an_unreachable_printer_is_not_ready() -> None:
    """The message is what the sysadmin reads."""
    behind = MemoryDevice(FAST)
    behind.unreachable = True
    for profile in ("zebra-203", "raw-none"):
        printer = make(behind, profile=profile)
        with pytest.raises(NotReady, match=r"Check|check"):
            send(printer)
        with pytest.raises(NotReady, match=r"Check|check"):
            run_now(printer.check())
        assert run_now(printer.status()).state is PrinterState.UNKNOWN


@pytest.mark.parametrize("at", [5, len(BODY) + 1])
def test_a_withdrawal_survives_a_kept_connection_that_turns_out_to_be_dead(at: int) -> None:
    """A reset that arrives between the look and the command must not leave the label for a person to look into."""
    behind = MemoryDevice(DeviceConfig(labels_per_second=0.01))
    behind.context.advance(1000)
    printer = make(behind)
    run_now(printer.status())
    behind.cut_at = at
    result = send(printer)
    behind.cut_at = 1
    assert run_now(printer.cancel(result.receipt)) is CancelOutcome.CANCELLED
    assert behind.labels_out() == 0


def test_a_withdrawal_leaves_no_trace_in_the_device() -> None:
    """The body of a cancelled order holds an address."""
    behind = MemoryDevice(FAST)
    printer = make(behind)
    result = send(printer, gate=closed_gate)
    assert result.receipt.reached is Evidence.NOTHING
    assert behind.received == BODY + b"~JX"
    assert not behind.device.status(behind.now()).partial


def test_the_plugin_presents_a_raw_printer() -> None:
    """The host finds the adapter by these."""
    (spec,) = plugin.waybilld_register_printers()
    assert (spec.name, plugin.waybilld_plugin_info().name) == ("raw", "raw")
    printer = spec.factory(MemoryDevice(FAST).context, RawSettings(host="printer", darkness=12, profile="zebra-300"))
    what = printer.capabilities()
    assert (what.dots_per_mm, what.darkness, what.proves) == (11.8, 12, Evidence.PRINTED)


@pytest.mark.parametrize("at", [1, len(BODY) // 2, len(BODY)])
def test_a_printer_that_tells_nothing_does_not_print_the_rest_of_a_cut_label_into_the_next_one(at: int) -> None:
    """Both parcels' labels on one piece of paper go on the wrong parcel, and nobody sees it before the customer does."""
    behind = MemoryDevice(FAST)
    printer = make(behind, profile="raw-none")
    drop = len(DROP_PARTIAL)
    behind.cut_at = drop + at
    assert send(printer, "cut").receipt.reached is Evidence.BODY
    assert send(printer, "next").receipt.reached is Evidence.ACKNOWLEDGED
    (out,) = behind.device.advance(behind.now())
    assert out.label is not None
    assert out.label.raw == BODY + TOKEN
