"""One lane, one printer: how far a label got decides what happens next, whatever the printer or its adapter does."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from typing import Any, cast

import pytest

from support.services_house import House
from waybilld.core.policy import Policies
from waybilld.host.context import Lender
from waybilld.services.board import Board
from waybilld.services.clock import Clock
from waybilld.services.fleet import Encoding, Instance, PoolPrinter, settings_key, variant_of
from waybilld.services.houselabels import HouseLabels
from waybilld.services.lane import Lane
from waybilld.store import attempts, jobs, shipments
from waybilld.store.attempts import Device
from waybilld.store.tx import Tx
from waybilld_sdk.context import Limits
from waybilld_sdk.errors import NotReady, Retry
from waybilld_sdk.labels import LabelRequest, Page, PrinterSettings
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

WHAT = PrinterCapabilities("zpl", 8, (100, 150), splits_token=True, proves=Evidence.PRINTED, partial_discardable=True)
KEY, VARIANT = settings_key(PrinterSettings.of(WHAT)), variant_of(WHAT)
IDLE = PrinterStatus(PrinterState.IDLE)
PROVEN = Verdict(Outcome.PROVEN, Evidence.PRINTED, "it came out", {"odometer": 1}, IDLE)
PENDING = Verdict(Outcome.PENDING, Evidence.ACKNOWLEDGED, "it still holds it", {}, IDLE)
UNCONFIRMED = Verdict(Outcome.UNCONFIRMED, Evidence.ACKNOWLEDGED, "somebody else printed", {}, IDLE)
REFUTED = Verdict(Outcome.REFUTED, Evidence.ACKNOWLEDGED, "it was lost", {}, IDLE)
TRUNCATED = Verdict(Outcome.PENDING, Evidence.BODY, "it holds a label without its end", {}, IDLE, token_lost=True)


@pytest.fixture
def house() -> Iterator[House]:
    house = House()
    yield house
    house.close()


class Scripted:
    """A printer that prints well unless the test says otherwise. `told` lists what it was asked."""

    def __init__(self) -> None:
        self.told: list[str] = []
        self.printed: list[str] = []
        self.refusals: list[Exception] = []
        self.verdicts: list[Verdict] = []
        self.cancels: list[CancelOutcome] = []
        self.state = IDLE
        self.before_gate: Callable[[], Awaitable[None]] | None = None
        self.receipts: list[Receipt] = []

    async def check(self) -> None: ...

    async def close(self) -> None: ...

    def capabilities(self) -> PrinterCapabilities:
        return WHAT

    async def status(self) -> PrinterStatus:
        return self.state

    async def submit(self, document: Document, attempt: AttemptRef, gate: Gate) -> SubmitResult:
        self.told.append("submit")
        if self.refusals:
            raise self.refusals.pop(0)
        if self.before_gate is not None:
            await self.before_gate()
        if not await gate({"odometer": 0}):
            self.told.append("gate shut")
            return SubmitResult(Receipt(attempt, {}, Evidence.BODY))
        self.printed.append(attempt.id)
        return SubmitResult(Receipt(attempt, {"odometer": 0}, Evidence.ACKNOWLEDGED))

    async def evidence(self, receipt: Receipt) -> Verdict:
        self.receipts.append(receipt)
        return self.verdicts.pop(0) if self.verdicts else PROVEN

    async def cancel(self, receipt: Receipt) -> CancelOutcome:
        self.told.append("cancel")
        return self.cancels.pop(0) if self.cancels else CancelOutcome.CANCELLED


class Inline:
    """Lends work that is done at once."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    async def work(self, fn: Callable[..., Any], *args: object, limits: Limits) -> Any:
        await self._clock.sleep(0.01)
        return fn(*args)


def encode(page: Page, _: PrinterSettings) -> Document:
    return Document("zpl", b"^XA" + page.png, b"^XZ")


def render_house(request: LabelRequest) -> tuple[Page, ...]:
    return (Page(8, 8, f"{request.kind} {request.serial}".encode(), "key"),)


def lane_on(
    house: House,
    port: Scripted,
    name: str = "p1",
    encoder: Any = encode,
    board: Board | None = None,
    device: Device | None = None,
) -> Lane:
    """A lane, not started."""
    settings = PrinterSettings.of(WHAT)
    device = device or Device(name, "pack", "zpl", KEY, VARIANT)
    instance: Instance[Any] = Instance(name, "scripted", port, house.guard(f"printer.{name}"))
    printer = PoolPrinter(instance, device, WHAT, Encoding("zpl", KEY, settings, encoder))
    lender = cast(Lender, Inline(house.clock))
    labels = HouseLabels(lender, render_house)
    on = board or Board()
    return Lane(printer, house.policies, house.store, lender, house.clock, house.meters, house.epoch, on, labels)


def ready(house: House, orders: int = 1, *, encoded: bool = True) -> None:
    """So many labels wait for a printer."""
    house.rendered(WHAT, VARIANT, KEY if encoded else None, orders)


def run(house: House, lane: Lane, seconds: float = 5.0) -> None:
    """Let the lane work for a while."""
    house.wait(lane.start())
    house.turn(seconds)


def block(tx: Tx, shipment: int) -> None:
    with tx.entry("case.opened", shipment=shipment) as entry:
        shipments.open_case(entry, tx, shipment, "order-changed", "look at it", blocking=True)


def job_state(house: House) -> str:
    (job,) = [j for j in house.rows("job") if j["kind"] == "print"]
    return str(job["state"])


@pytest.mark.parametrize("encoded", [True, False], ids=["encoded-ahead", "encoded-now"])
def test_labels_are_printed_in_order_and_proven(house: House, encoded: bool) -> None:
    """The usual case, also for a printer that nobody prepared documents for."""
    ready(house, 3, encoded=encoded)
    port = Scripted()
    run(house, lane_on(house, port))
    assert port.printed == ["attempt-1", "attempt-2", "attempt-3"]
    assert house.attempt_states() == ["proven"] * 3
    assert [s["state"] for s in house.rows("shipment")] == ["printed"] * 3
    assert [a["label"] for a in house.rows("attempt")] == [1, 2, 3]


def test_a_shut_gate_takes_the_body_back(house: House) -> None:
    """A buyer who cancels while the body is on its way must not get a parcel."""
    ready(house)
    port = Scripted()

    async def cancelled_meanwhile() -> None:
        port.before_gate = None
        await house.store.write(lambda tx: block(tx, 1))

    port.before_gate = cancelled_meanwhile
    run(house, lane_on(house, port))
    assert port.told == ["submit", "gate shut", "cancel"]
    assert port.printed == []
    assert house.attempt_states() == ["refuted"]
    assert job_state(house) == "ready"


def test_a_gate_that_cannot_be_committed_stays_shut(house: House) -> None:
    """On a full disk `sent` cannot be written; a token sent all the same could not be told from one that was not."""
    ready(house)
    port = Scripted()

    async def disk_fills() -> None:
        port.before_gate = None
        house.disk.full = True

    port.before_gate = disk_fills
    lane = lane_on(house, port)
    run(house, lane, 3)
    assert port.printed == []
    house.disk.full = False
    house.turn(10)
    assert house.attempt_states() == ["refuted", "proven"]


def test_a_printer_that_is_not_ready_frees_the_label_at_once(house: House) -> None:
    """The label must go to the other printer while this one has no paper."""
    ready(house)
    empty, well = Scripted(), Scripted()
    empty.refusals = [NotReady("no paper")] * 99
    first, second = lane_on(house, empty, "p1"), lane_on(house, well, "p2")
    first.press.show(IDLE)
    empty.state = PrinterStatus(PrinterState.STOPPED, ("media-empty-error",), "Load a new roll.")
    run(house, first, 20)
    assert house.attempt_states() == ["refuted"]
    run(house, second)
    assert well.printed
    assert house.attempt_states()[-1] == "proven"
    assert [a["printer"] for a in house.rows("attempt")][-1] == "p2"
    assert first.status.advice == "Load a new roll."


def test_a_printer_that_says_ready_and_refuses_is_not_hammered(house: House) -> None:
    """Its status port is well and its print port is closed: tried as fast as it refuses, it fills the journal in a night."""
    ready(house)
    port = Scripted()
    port.refusals = [NotReady("connection refused")] * 10_000
    run(house, lane_on(house, port), 600)
    assert 10 < port.told.count("submit") < 80
    port.refusals = []
    house.turn(11)
    assert house.attempt_states()[-1] == "proven"


def test_a_line_that_is_cut_each_time_is_not_hammered_either(house: House) -> None:
    """The classic label machine-gun: each try leaves half a label, and nobody waits between two of them."""
    ready(house)
    port = Scripted()
    port.refusals = [Retry("cut")] * 10_000
    run(house, lane_on(house, port), 600)
    assert port.told.count("submit") < 80


def test_an_unconfirmed_label_blocks_and_is_never_sent_again(house: House) -> None:
    """Nobody knows whether it is on paper: a person looks, and what the printer may still hold of it is taken back."""
    ready(house, 2)
    port = Scripted()
    port.verdicts = [UNCONFIRMED]
    port.cancels = [CancelOutcome.UNKNOWN]
    run(house, lane_on(house, port), 300)
    assert house.attempt_states() == ["unconfirmed", "proven"]
    assert house.open_cases() == ["print-unconfirmed"]
    assert port.told == ["submit", "cancel", "submit"]
    states = {j["shipment"]: j["state"] for j in house.rows("job") if j["kind"] == "print"}
    assert states == {1: "in_doubt", 2: "done"}


def test_a_lost_label_is_the_same_copy_again(house: House) -> None:
    """Proven lost: the same pixels, once more."""
    ready(house)
    port = Scripted()
    port.verdicts = [PENDING, PENDING, REFUTED]
    run(house, lane_on(house, port))
    assert house.attempt_states() == ["refuted", "proven"]
    assert len({a["document_digest"] for a in house.rows("attempt")}) == 1
    assert len(house.rows("label")) == 1


def test_a_token_that_never_arrived_is_taken_back(house: House) -> None:
    """The printer shows our label without its end: asking on for evidence would wait for ever."""
    ready(house)
    port = Scripted()
    port.verdicts = [PENDING, TRUNCATED]
    run(house, lane_on(house, port))
    assert port.told == ["submit", "cancel", "submit"]
    assert house.attempt_states() == ["refuted", "proven"]


def test_after_a_lost_token_a_risen_counter_is_somebody_elses(house: House) -> None:
    """The receipt that evidence is asked with must not claim any more that the token may have arrived."""
    ready(house)
    port = Scripted()
    port.verdicts = [TRUNCATED, UNCONFIRMED]
    port.cancels = [CancelOutcome.UNKNOWN, CancelOutcome.UNKNOWN]
    run(house, lane_on(house, port))
    assert [r.reached for r in port.receipts][:2] == [Evidence.ACKNOWLEDGED, Evidence.BODY]
    assert house.attempt_states() == ["unconfirmed"]


def test_a_printer_in_quarantine_keeps_no_label(house: House) -> None:
    """The call was never made, so surely nothing was sent: the label must not wait for the release of a plugin."""
    ready(house)
    sick, well = Scripted(), Scripted()
    first, second = lane_on(house, sick, "p1"), lane_on(house, well, "p2")
    first.press.show(IDLE)
    first.printer.instance.guard.quarantine("five bugs")
    run(house, first)
    assert sick.told == []
    assert set(house.attempt_states()) == {"refuted"}
    run(house, second)
    assert house.attempt_states()[-1] == "proven"
    assert len(house.rows("attempt")) < 5


def test_a_bug_in_the_middle_of_sending_counts_as_sent_as_far_as_it_can_have_got(
    house: House, log_failures: list[str]
) -> None:
    """An adapter that raises has not said how far it got; evidence must decide, not hope."""
    ready(house)
    port = Scripted()
    port.refusals = [KeyError("bug")]
    port.cancels = [CancelOutcome.UNKNOWN]
    port.verdicts = [REFUTED]
    run(house, lane_on(house, port))
    assert port.receipts[0].reached is Evidence.BODY
    assert house.attempt_states() == ["refuted", "proven"]
    assert "KeyError" in log_failures[0] or "bug" in log_failures[0]


def test_ledger_and_metrics_agree_on_how_far_a_label_got(house: House) -> None:
    """Two numbers for one attempt, and nobody believes either."""
    ready(house)
    port = Scripted()
    port.refusals = [NotReady("it is still printing")]
    port.verdicts = [REFUTED]
    run(house, lane_on(house, port))
    kept = [(row["state"], f"E{row['evidence']}") for row in house.rows("attempt")]
    assert kept == [("refuted", "E0"), ("refuted", "E3"), ("proven", "E4")]
    counted = house.meters.registry.get_sample_value
    for outcome, evidence in kept:
        labels = {"printer": "p1", "outcome": outcome, "evidence": evidence}
        assert counted("waybilld_print_attempts_total", labels) == 1, labels


def test_a_label_that_cannot_be_encoded_stops_alone(house: House, log_failures: list[str]) -> None:
    """A language plugin's bug on one page must not keep the lane at this page for ever."""
    ready(house, 2, encoded=False)

    def fussy(page: Page, settings: PrinterSettings) -> Document:
        if page.png == b"pixels 1":
            raise ValueError("cannot say this")
        return encode(page, settings)

    port = Scripted()
    run(house, lane_on(house, port, encoder=fussy), 60)
    assert house.attempt_states() == ["refuted", "proven"]
    assert house.open_cases() == ["label-unprintable"]
    assert [s["state"] for s in house.rows("shipment")] == ["rendered", "printed"]
    assert len(log_failures) == 1


def test_an_encoder_process_that_dies_is_no_fault_of_the_label(house: House) -> None:
    """Killed by the kernel, it is asked again."""
    ready(house, encoded=False)
    deaths = [Retry("the process died"), Retry("the process died")]

    def mortal(page: Page, settings: PrinterSettings) -> Document:
        if deaths:
            raise deaths.pop()
        return encode(page, settings)

    port = Scripted()
    run(house, lane_on(house, port, encoder=mortal), 30)
    assert house.attempt_states() == ["refuted", "refuted", "proven"]
    assert house.open_cases() == []


@pytest.mark.parametrize("reached", ["sending", "sent"])
def test_a_dead_daemons_label_is_settled_by_evidence_before_anything_else(house: House, reached: str) -> None:
    """Whatever may have come out is asked for first; only what is proven not to have is printed again."""
    ready(house)
    device = Device("p1", "pack", "zpl", KEY, VARIANT)
    task = house.begin_attempt(device)
    assert task is not None
    if reached == "sent":
        assert house.write(lambda tx: attempts.sent(tx, task, 1, {"odometer": 0}))
    house.write(jobs.recover)
    port = Scripted()
    run(house, lane_on(house, port))
    if reached == "sent":
        assert port.told == []
        assert house.attempt_states() == ["proven"]
        assert port.receipts[0].reached is Evidence.TOKEN
        assert port.receipts[0].before == {"odometer": 0}
    else:
        assert port.told == ["cancel", "submit"]
        assert house.attempt_states() == ["refuted", "proven"]


def test_a_dead_daemons_unsent_label_is_simply_free(house: House) -> None:
    """It was still being encoded: no printer need be asked what it knows of a label that it never heard of."""
    ready(house, encoded=False)
    task = house.begin_attempt(Device("p1", "pack", "zpl", KEY, VARIANT))
    assert task is not None
    house.write(jobs.recover)
    port = Scripted()
    port.cancels = [CancelOutcome.UNKNOWN] * 99
    run(house, lane_on(house, port))
    assert port.told == ["submit"]
    assert house.attempt_states() == ["refuted", "proven"]


def test_an_old_daemon_cannot_open_the_gate_of_an_adopted_label(house: House) -> None:
    """A daemon that was thought dead and wakes must not print beside its successor."""
    ready(house)
    task = house.begin_attempt(Device("p1", "pack", "zpl", KEY, VARIANT))
    assert task is not None
    house.write(lambda tx: attempts.adopt(tx, task, jobs.Owner("new", 2)))
    assert house.write(lambda tx: attempts.sent(tx, task, 1, {})) is False
    assert house.write(lambda tx: attempts.sent(tx, task, 2, {})) is True


def test_while_a_label_is_owed_nothing_else_is_printed(house: House) -> None:
    """With the head open the printer owes its label; a second one would be counted in its place."""
    ready(house, 2)
    port = Scripted()
    stopped = PrinterStatus(PrinterState.STOPPED, ("cover-open-error",), "Close the print head.")
    port.verdicts = [Verdict(Outcome.PENDING, Evidence.ACKNOWLEDGED, "owed", {}, stopped)] * 100
    lane = lane_on(house, port)
    run(house, lane, 60)
    assert port.printed == ["attempt-1"]
    assert lane.status == stopped
    assert len(port.verdicts) > 30, "a stopped printer is asked once a second"
    port.verdicts = []
    house.turn(3)
    assert house.attempt_states() == ["proven", "proven"]


def test_a_stop_commits_what_is_known_and_leaves_what_is_not(house: House) -> None:
    """The label in flight is settled if its evidence comes in time; else the next start adopts it."""
    ready(house)
    port = Scripted()
    port.verdicts = [PENDING] * 100_000
    lane = lane_on(house, port)
    run(house, lane, 2)
    stopping = lane.stop()
    lane.stopping = True
    house.turn(1)
    lane.abandon()
    house.wait(stopping)
    assert house.attempt_states() == ["sent"]
    assert job_state(house) == "busy"


def test_a_shop_that_left_the_configuration_opens_no_confirmation(house: House) -> None:
    """Its labels are settled all the same; only the policy is gone."""
    ready(house)
    house.policies = Policies({})
    run(house, lane_on(house, Scripted()))
    assert house.attempt_states() == ["proven"]
    assert [j["kind"] for j in house.rows("job") if j["kind"] == "confirm"] == []
