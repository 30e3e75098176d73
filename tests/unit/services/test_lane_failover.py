"""Two lanes of one pool, one of them in trouble: the line goes on, and nothing comes out twice without a mark."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from support.services_house import House
from support.sim.market import sample_order
from unit.services.test_services_lane import (
    IDLE,
    KEY,
    PENDING,
    REFUTED,
    VARIANT,
    WHAT,
    Scripted,
    lane_on,
    ready,
    run,
)
from waybilld.core.lifecycle import State, Work
from waybilld.core.printers import Mode
from waybilld.core.runs import Person
from waybilld.core.scans import MAY_GO, Word
from waybilld.core.unconfirmed import Unconfirmed
from waybilld.services.board import Board
from waybilld.store import copies, doubts, jobs, outcomes, printers, scans, schema, telling
from waybilld.store.tx import Tx
from waybilld.store.verify import verify
from waybilld_sdk.errors import NotReady
from waybilld_sdk.labels import LabelRequest
from waybilld_sdk.printing import CancelOutcome, Evidence, Outcome, PrinterState, PrinterStatus, Verdict

PAID = datetime(2026, 3, 2, 7, 0, tzinfo=UTC)
EMPTY = PrinterStatus(PrinterState.STOPPED, ("media-empty-error",), "Load a new roll.")
GONE = PrinterStatus(PrinterState.UNKNOWN, ("connecting-to-device",), "It does not answer.")
STOPPED = Verdict(Outcome.PENDING, Evidence.ACKNOWLEDGED, "it still holds it", {}, EMPTY)
SILENT = Verdict(Outcome.PENDING, Evidence.ACKNOWLEDGED, "no answer", {}, GONE)


@pytest.fixture
def house() -> Iterator[House]:
    house = House()
    yield house
    house.close()


class Pair:
    """Two printers of a pool, `p1` and `p2`."""

    def __init__(self, house: House, policy: Unconfirmed = Unconfirmed.HOLD) -> None:
        self.house, self.board = house, Board()
        self.first, self.second = Scripted(), Scripted()
        ports = {"p1": self.first, "p2": self.second}
        self.lanes = [lane_on(house, port, name, board=self.board) for name, port in ports.items()]
        for lane in self.lanes:
            object.__setattr__(lane.printer, "unconfirmed", policy)

    def start(self, seconds: float = 5.0, then: PrinterStatus = IDLE) -> None:
        """Both work; the second one a moment later, so that the first has the first label, and its trouble."""
        self.house.wait(self.lanes[0].start())
        self.house.turn(0.05)
        self.first.state = then
        self.house.wait(self.lanes[1].start())
        self.house.turn(seconds)


def attempts(house: House) -> list[tuple[str, str, str]]:
    """(printer, serial, state) of every attempt, in their order."""
    labels = {label["id"]: label for label in house.rows("label")}
    return [(a["printer"], labels[a["label"]]["serial"], a["state"]) for a in house.rows("attempt")]


def sound(house: House) -> None:
    """Nothing that verify would name."""
    assert [str(f) for f in verify(house.disk.runner(), house.seal)] == []


def test_a_label_in_a_stopped_printer_is_given_back_and_goes_on_elsewhere(house: House) -> None:
    """The roll ends in the middle of a label: after ten seconds the other printer goes on at exactly this label, and a
    separator says first what happened."""
    ready(house, 3)
    pair = Pair(house)
    pair.first.verdicts = [STOPPED] * 1000
    pair.start(60, EMPTY)
    assert attempts(house) == [
        ("p1", "W0000001.1", "refuted"),
        ("p2", "W0000002.1", "proven"),
        ("p2", "W0000003.1", "proven"),
        ("p2", "X0000004.1", "proven"),
        ("p2", "W0000001.1", "proven"),
    ]
    assert pair.first.told.count("cancel") >= 1
    (failover,) = house.rows("failover")
    assert (failover["printer"], failover["left_as"], failover["separator"]) == ("p1", "refuted", 4)
    told = 'waybilld_failovers_total{outcome="refuted",pool="pack",printer="p1"} 1.0'
    assert told in house.meters.exposition().decode()
    assert house.open_cases() == []
    sound(house)


def test_without_another_printer_the_label_waits_where_it_is(house: House) -> None:
    """Given back for nothing it would only be sent again."""
    ready(house)
    port = Scripted()
    port.verdicts = [STOPPED] * 300
    run(house, lane_on(house, port), 600)
    assert house.attempt_states() == ["proven"]
    assert "cancel" not in port.told


def test_a_printer_that_cannot_say_what_it_gave_back_is_left(house: House) -> None:
    """It answers, stands still and shows neither: the pool goes on, and a person looks."""
    ready(house)
    pair = Pair(house)
    pair.first.verdicts = [STOPPED] * 1000
    pair.first.cancels = [CancelOutcome.UNKNOWN] * 1000
    pair.start(120, EMPTY)
    assert attempts(house) == [("p1", "W0000001.1", "unconfirmed")]
    assert house.open_cases() == ["print-unconfirmed"]
    sound(house)


def test_a_low_number_in_a_pending_verdict_takes_nothing_back(house: House) -> None:
    """An adapter says "nothing seen yet" as E0, of a label whose every byte was acknowledged; then its printer goes silent.
    The label may lie in the tray: it must not come out of the next printer without a mark."""
    ready(house)
    pair = Pair(house)
    pair.first.verdicts = [Verdict(Outcome.PENDING, Evidence.NOTHING, "nothing seen yet", {}, IDLE), *[SILENT] * 1000]
    pair.first.cancels = [CancelOutcome.UNKNOWN] * 1000
    pair.start(90, GONE)
    assert attempts(house) == [("p1", "W0000001.1", "unconfirmed")]
    assert house.open_cases() == ["print-unconfirmed"]
    sound(house)


def test_a_silent_printer_is_left_and_late_evidence_settles_its_label(house: House) -> None:
    """Its cable was pulled after the token: nobody sends the label again, and when the printer is back it tells."""
    ready(house, 2)
    pair = Pair(house)
    pair.first.verdicts = [SILENT] * 60
    pair.start(60, GONE)
    assert ("p1", "W0000001.1", "unconfirmed") in attempts(house)
    assert house.open_cases() == ["print-unconfirmed"]
    pair.first.verdicts, pair.first.state = [], IDLE
    house.turn(30)
    assert attempts(house)[0] == ("p1", "W0000001.1", "proven")
    assert house.open_cases() == []
    assert [s["state"] for s in house.rows("shipment")] == ["printed"] * 2
    assert house.rows("failover")[0]["settled_at_us"] is not None
    sound(house)


def test_late_refutation_prints_the_same_copy(house: House) -> None:
    """The power went with the cable, and the label with the power: it never came out."""
    ready(house)
    pair = Pair(house)
    pair.first.verdicts = [SILENT] * 60
    pair.start(60, GONE)
    assert attempts(house) == [("p1", "W0000001.1", "unconfirmed")]
    pair.first.verdicts, pair.first.state = [REFUTED], IDLE
    house.turn(30)
    assert [a[2] for a in attempts(house)] == ["refuted", "proven"]
    assert [label["copy"] for label in house.rows("label")] == [1]
    assert house.open_cases() == []
    sound(house)


def test_reprint_marked_prints_a_copy_elsewhere_and_looks_for_the_first(house: House) -> None:
    """The policy of a shop that cannot wait: the second copy says so, and the first is on the intercept list."""
    ready(house)
    pair = Pair(house, Unconfirmed.REPRINT_MARKED)
    pair.first.verdicts = [SILENT] * 1000
    pair.start(60, GONE)
    labels = house.rows("label")
    assert [(label["serial"], label["copy"]) for label in labels if label["kind"] == "waybill"] == [
        ("W0000001.1", 1),
        ("W0000001.2", 2),
    ]
    assert labels[0]["superseded_by"] == 2
    (intercept,) = house.rows("intercept")
    assert (intercept["label"], intercept["printer"], intercept["state"]) == (1, "p1", "open")
    assert [j["kind"] for j in house.rows("job") if j["state"] == "ready"] == ["copy"]
    sound(house)


def test_a_stale_copy_that_never_came_out_is_looked_for_no_more(house: House) -> None:
    """And one that the printer still holds is taken out of it: nobody wants it any more."""
    ready(house)
    pair = Pair(house, Unconfirmed.REPRINT_MARKED)
    pair.first.verdicts = [SILENT] * 60
    pair.start(60, GONE)
    pair.first.verdicts, pair.first.state = [PENDING], IDLE
    cancels = pair.first.told.count("cancel")
    house.turn(30)
    assert pair.first.told.count("cancel") == cancels + 1
    assert [i["state"] for i in house.rows("intercept")] == ["gone"]
    assert attempts(house)[0][2] == "refuted"
    sound(house)


def test_accept_sent_counts_as_printed_and_says_so(house: House) -> None:
    """A printer that tells nothing, in a shop that takes the risk: printed with E3, in the journal and on every screen."""
    ready(house)
    port = Scripted()
    port.verdicts = [Verdict(Outcome.UNCONFIRMED, Evidence.ACKNOWLEDGED, "it tells nothing", {}, IDLE)]
    lane = lane_on(house, port)
    object.__setattr__(lane.printer, "unconfirmed", Unconfirmed.ACCEPT_SENT)
    run(house, lane)
    assert [s["state"] for s in house.rows("shipment")] == ["printed"]
    assert [(a["state"], a["evidence"], a["accepted"]) for a in house.rows("attempt")] == [("unconfirmed", 3, 1)]
    assert house.open_cases() == []
    sound(house)


def test_settle_by_scan_goes_on_without_a_block(house: House) -> None:
    """Most packing benches have printers that tell nothing: they must not stand still."""
    ready(house, 3)
    port = Scripted()
    port.verdicts = [Verdict(Outcome.UNCONFIRMED, Evidence.ACKNOWLEDGED, "it tells nothing", {}, IDLE)] * 3
    lane = lane_on(house, port)
    object.__setattr__(lane.printer, "unconfirmed", Unconfirmed.SETTLE_BY_SCAN)
    run(house, lane)
    assert house.attempt_states() == ["unconfirmed"] * 3
    assert [case["blocking"] for case in house.rows("case")] == [0, 0, 0]
    sound(house)


def test_a_label_found_all_the_same_is_confirmed_like_a_printed_one(house: House) -> None:
    """The shop confirms at `printed`: a way around that step would leave its buyer without a tracking number."""
    ready(house, 1)
    port = Scripted()
    port.verdicts = [Verdict(Outcome.UNCONFIRMED, Evidence.ACKNOWLEDGED, "it tells nothing", {}, IDLE)]
    lane = lane_on(house, port)
    run(house, lane)
    (label,) = [row["serial"] for row in house.rows("label")]
    packer = Person(1000, "packer")
    house.wait(lane.stop())
    house.write(lambda tx: telling.settle(tx, label, packer, house.policies, printed=False))
    assert house.attempt_states() == ["refuted"]
    for _ in range(3):
        found = house.write(lambda tx: scans.scan(tx, label, Person(1000, "packer"), house.policies))
        assert found.word is Word.GO
    assert [case["code"] for case in house.rows("case")].count("print-found") == 1
    assert [row["state"] for row in house.rows("shipment")] == ["verified"]
    assert "confirm" in {row["kind"] for row in house.rows("job")}


def test_a_copy_that_was_dropped_is_no_damage(house: House) -> None:
    """`waybilld db verify` must not cry over what somebody decided."""
    ready(house, 1)
    run(house, lane_on(house, Scripted()))
    packer = Person(1000, "packer")
    made = house.write(lambda tx: copies.reprint(tx, "W0000001.1", "smeared", packer))
    house.write(lambda tx: telling.cancel(tx, made.serial, packer))
    assert house.open_cases() == ["label-dropped"]
    sound(house)


def test_a_copy_that_cannot_be_drawn_is_no_damage_either(house: House) -> None:
    """A glyph is missing, say: the parcel's printed label has lost its place, and a person was told."""
    ready(house, 1)
    run(house, lane_on(house, Scripted()))
    house.write(lambda tx: copies.reprint(tx, "W0000001.1", "smeared", Person(1000, "packer")))
    (job,) = house.claim(Work.COPY)
    house.write(lambda tx: jobs.hold(tx, job, "glyph-missing", "a name on this label has no glyphs"))
    assert house.open_cases() == ["glyph-missing"]
    sound(house)


@pytest.mark.parametrize("state", ["labelled", "intercepting", "cancelling", "in_transit", "returned", "superseded"])
def test_a_label_whose_parcel_must_not_go_is_put_aside(house: House, state: str) -> None:
    """`go` for a parcel that is being called back sends it out of the door."""
    ready(house, 1)
    run(house, lane_on(house, Scripted()))
    (label,) = [row["serial"] for row in house.rows("label")]
    assert State(state) not in MAY_GO

    def stands(tx: Tx) -> None:
        with tx.entry("shipment.test", shipment=1) as entry:
            entry.update(schema.shipment, 1, state=state)

    house.write(stands)
    assert house.write(lambda tx: scans.scan(tx, label, Person(1000, "packer"), house.policies)).word is Word.STOP


def test_a_backup_takes_the_labels_only_while_the_pool_cannot(house: House) -> None:
    """It may stand in another room: it is for when nobody at this bench can print."""
    pair = Pair(house)
    device = replace(pair.lanes[1].printer.device, name="p3", pool="", backs=("pack",))
    third = Scripted()
    backup = lane_on(house, third, "p3", board=pair.board, device=device)
    house.wait(backup.start())
    pair.start(1)
    assert pair.board.working() == {"p1", "p2", "p3"}
    ready(house, 2)
    house.turn(10)
    assert third.printed == []
    pair.second.state = EMPTY
    pair.first.refusals = [NotReady("no paper")]
    pair.first.state = EMPTY
    house.turn(60)
    assert pair.board.working() == {"p3"}
    assert backup.press.usable
    house.rendered(WHAT, VARIANT, KEY, [sample_order(9, 1, PAID)])
    house.turn(1)
    assert len(third.printed) == 1
    pair.first.state = IDLE
    house.turn(40)
    house.rendered(WHAT, VARIANT, KEY, [sample_order(n, 1, PAID) for n in (10, 11, 12)])
    house.turn(10)
    assert len(third.printed) == 1
    sound(house)


def test_paused_takes_nothing_and_draining_finishes_its_order(house: House) -> None:
    """A supervisor changes the roll: no label may come out under their hands."""
    ready(house, 2)
    house.write(lambda tx: printers.tell(tx, "p1", Mode.PAUSED, "roll change", Person(1000, "supervisor")))
    port, board = Scripted(), Board()
    lane = lane_on(house, port, board=board)
    run(house, lane, 60)
    assert port.printed == []
    assert 'waybilld_printer_mode{mode="paused",printer="p1"} 1.0' in house.meters.exposition().decode()
    house.write(lambda tx: printers.tell(tx, "p1", Mode.OPEN, "", Person(1000, "supervisor")))
    board.tell("p1", Mode.OPEN)
    house.turn(5)
    assert len(port.printed) == 2


def test_a_test_label_is_printed_once_also_on_a_paused_printer(house: House) -> None:
    """After a repair one wants to see a label before the line comes back."""
    port, board = Scripted(), Board()
    lane = lane_on(house, port, board=board)
    board.tell("p1", Mode.PAUSED)
    house.wait(lane.start())
    report: Any = house.wait(lane.ask_for(LabelRequest("test", 8, (100, 150))).done)
    assert (report.serial, report.outcome, report.evidence) == ("X0000001.1", "proven", Evidence.PRINTED)
    assert [label["shipment"] for label in house.rows("label")] == [None]
    assert [j["state"] for j in house.rows("job")] == ["done"]
    sound(house)


def test_a_label_that_waited_for_days_asks_first(house: House) -> None:
    """The printer was off over the holidays; the parcel may have gone by hand."""
    ready(house)
    port = Scripted()
    lane = lane_on(house, port)
    lane._print_within_us = 3_600_000_000
    house.turn(7200)
    run(house, lane, 30)
    assert port.printed == []
    assert house.open_cases() == ["print-stale"]
    sound(house)


def test_a_copy_by_a_person_supersedes_and_is_looked_for(house: House) -> None:
    """The bad print must not go on a parcel beside the good one."""
    ready(house)
    port = Scripted()
    run(house, lane_on(house, port))
    made = house.write(lambda tx: copies.reprint(tx, "W0000001.1", "smeared", Person(1000, "packer")))
    assert (made.serial, made.copy) == ("W0000001.2", 2)
    with pytest.raises(copies.CannotCopy, match=r"superseded by W0000001\.2"):
        house.write(lambda tx: copies.reprint(tx, "W0000001.1", "smeared", Person(1000, "packer")))
    assert [i["label"] for i in house.rows("intercept")] == [1]
    assert house.write(lambda tx: copies.made_by(tx.run, 1000, 0)) == 1
    sound(house)


def test_flapping_is_not_trusted(house: House) -> None:
    """A loose cable: a label that is sent in one of its good moments is a label in doubt."""
    ready(house, 3)
    port = Scripted()
    lane = lane_on(house, port)
    for _ in range(5):
        lane.press.show(IDLE)
        lane.press.show(GONE)
    lane.press.show(IDLE)
    assert not lane.press.usable
    house.turn(16)
    assert lane.press.usable


def test_a_printer_that_answers_late_does_not_overrule_a_person(house: House) -> None:
    """Both may answer at the same time: what was settled stays settled, and no rule of the ledger is broken."""
    ready(house)
    pair = Pair(house)
    pair.first.verdicts = [SILENT] * 60
    pair.start(60, GONE)
    asked = house.wait(house.store.read(lambda run: doubts.newest(run, 1)))
    assert asked is not None
    house.write(lambda tx: outcomes.never_came(tx, asked, "nowhere to be found", {}))
    house.write(lambda tx: outcomes.came_out(tx, asked, Evidence.PRINTED, "late", {}, house.policies))
    house.write(lambda tx: outcomes.never_came(tx, asked, "late", {}))
    assert attempts(house)[0][2] == "refuted"
    house.turn(10)
    assert [a[2] for a in attempts(house)][:2] == ["refuted", "proven"]
    sound(house)
