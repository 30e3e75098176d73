"""The caretaker on the simulation's clock: what printers show becomes rows, once, also over a full disk and a restart."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from twisted.internet.defer import fail

from support.services_house import House
from waybilld.core.cards import Fitted
from waybilld.core.failover import Post
from waybilld.core.rolls import Counters, Wound
from waybilld.core.runs import Person
from waybilld.services.board import Board
from waybilld.services.caretaker import Caretaker
from waybilld.services.meters import Meters
from waybilld.store import care
from waybilld.store.engine import StoreUnavailable
from waybilld_sdk.printing import PrinterState, PrinterStatus, Supply

PRINTERS = {"p": Fitted("p", "pack", "100x150", 153.0)}
MEI = Person(7001, "mei")
EMPTY = PrinterStatus(PrinterState.STOPPED, ("media-empty-error",))
DAY_S = 86_400


def fine(odometer: int | None = None, **told: Any) -> PrinterStatus:
    """It works."""
    return PrinterStatus(PrinterState.IDLE, odometer=odometer, **told)


class Ward:
    """A caretaker at work, and a board on which a test plays the lanes."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.board = Board()
        self.meters = Meters()
        self.caretaker = self.begin()

    def begin(self) -> Caretaker:
        """Start one."""
        found = Caretaker(PRINTERS, self.board, self.house.store, self.house.clock, self.meters)
        self.house.wait(found.start())
        return found

    def show(self, status: PrinterStatus, seconds: float = 0.0) -> None:
        """A lane saw the printer; then time passes."""
        self.board.show("p", status, usable=status.state is PrinterState.IDLE)
        self.house.turn(seconds)

    def restart(self) -> None:
        """The daemon ends, and another begins."""
        self.house.wait(self.caretaker.stop())
        self.board = Board()
        self.caretaker = self.begin()

    def metric(self, name: str, **labels: str) -> float | None:
        """A metric's value."""
        return self.meters.registry.get_sample_value(name, labels)


@pytest.fixture
def house() -> Iterator[House]:
    """An empty database, on the simulation's clock."""
    found = House()
    yield found
    found.close()


@pytest.fixture
def ward(house: House) -> Iterator[Ward]:
    """A caretaker over it."""
    found = Ward(house)
    yield found
    house.wait(found.caretaker.stop())


def test_paper_out_is_one_row_and_asks_for_the_roll(ward: Ward) -> None:
    """From the sensor to the ledger and the question, without anybody typing."""
    ward.show(fine(100, serial="S1"))
    ward.show(EMPTY, 6)
    (row,) = ward.house.rows("trouble")
    assert (row["printer"], row["cause"], row["ended_us"]) == ("p", "paper-out", None)
    ward.show(fine(100, serial="S1"), 70)
    (row,) = ward.house.rows("trouble")
    assert row["ended_us"] is not None
    (load,) = ward.house.rows("printer_load")
    assert (load["full_mm"], load["uid"], load["odometer"], load["pitch_um"]) == (None, None, 100, 153_000)
    assert ward.metric("waybilld_troubles_total", printer="p", cause="paper-out") == 1


def test_who_answers_first_is_not_asked(ward: Ward) -> None:
    """A packer who tells the roll while the cover is still open must not see it forgotten when it closes."""
    ward.show(EMPTY, 10)
    ward.house.write(lambda tx: care.load(tx, "p", Wound.ROLL, 15_300, 153.0, ward.caretaker.counters("p"), "", MEI))
    ward.show(fine(), 1)
    assert [row["full_mm"] for row in ward.house.rows("printer_load")] == [15_300]


def test_a_quiet_printer_is_not_waited_for(ward: Ward) -> None:
    """Its trouble opens by time alone: an idle printer is looked at twice a minute."""
    ward.show(EMPTY, 5.9)
    assert len(ward.house.rows("trouble")) == 1


def test_a_restart_goes_on_with_what_is_open(ward: Ward) -> None:
    """Not opened twice, closed once, also where the printer was mended while nobody looked."""
    ward.show(EMPTY, 10)
    ward.restart()
    ward.show(EMPTY, 10)
    assert len(ward.house.rows("trouble")) == 1
    ward.restart()
    ward.show(fine(), 90)
    (row,) = ward.house.rows("trouble")
    assert row["ended_us"] is not None
    assert [row["full_mm"] for row in ward.house.rows("printer_load")] == [None], "the new roll is asked for once"
    ward.restart()
    ward.show(fine(), 90)
    assert len(ward.house.rows("printer_load")) == 1


def test_the_device_and_its_counters_are_kept_when_they_are_news(ward: Ward) -> None:
    """Once when it changes, once a day: not at each of ten looks a second."""
    for odometer in range(100, 200):
        ward.show(fine(odometer, serial="S1", model="ZT411", firmware="V92", length_mm=odometer * 153), 0.1)
    assert [(r["serial"], r["model"]) for r in ward.house.rows("printer_seen")] == [("S1", "ZT411")]
    assert [r["odometer"] for r in ward.house.rows("printer_reading")] == [100]
    ward.house.turn(DAY_S)
    ward.show(fine(250, serial="S1", length_mm=38_250), 1)
    assert [r["odometer"] for r in ward.house.rows("printer_reading")] == [100, 250]
    ward.show(fine(250, serial="S2"), 1)
    assert [r["serial"] for r in ward.house.rows("printer_seen")] == ["S2"]
    assert ward.caretaker.counters("p").serial == "S2"


def test_yesterdays_counter_is_no_beginning_of_a_roll(ward: Ward) -> None:
    """The daemon restarts while the printer is off: nobody knows what it printed since, and no roll may pay for it."""
    ward.show(fine(100, serial="S1"), 1)
    ward.restart()
    assert ward.caretaker.counters("p").odometer is None
    ward.show(fine(400, serial="S1"), 1)
    assert ward.caretaker.counters("p").odometer == 400
    assert len(ward.house.rows("printer_reading")) == 1, "the same day"


def test_a_look_at_the_counter_alone_keeps_the_length_that_goes_with_it(ward: Ward) -> None:
    """Between two labels the counter alone is read; an old length beside a new counter would be a roll that never ends."""
    ward.show(fine(100, length_mm=15_300))
    ward.show(fine(100))
    assert ward.caretaker.counters("p").length_mm == 15_300
    ward.show(fine(101))
    assert ward.caretaker.counters("p").length_mm == 15_453, "one label more, by its pitch"
    ward.show(PrinterStatus(PrinterState.UNKNOWN, ("connecting-to-device",)))
    assert ward.caretaker.counters("p").odometer == 101, "silence takes nothing back"


def test_what_is_left_is_a_metric(ward: Ward) -> None:
    """An alert on it rings before the line stands; what nobody knows is no zero."""
    ward.show(fine(100, length_mm=2_000_000), 31)
    assert ward.metric("waybilld_roll_left_labels", printer="p") is None
    assert ward.metric("waybilld_print_head_meters", printer="p") == 2000
    now = ward.caretaker.counters("p")
    ward.house.write(lambda tx: care.load(tx, "p", Wound.ROLL, 15_300, 153.0, now, "", MEI))
    ward.house.write(lambda tx: care.load(tx, "p", Wound.RIBBON, 300_000, 153.0, now, "", MEI))
    ward.show(fine(110, length_mm=2_001_530), 61)
    assert ward.metric("waybilld_roll_left_labels", printer="p") == 90
    assert ward.metric("waybilld_roll_left_meters", printer="p") == 13.77
    assert ward.metric("waybilld_ribbon_left_meters", printer="p") == 298.47
    ward.house.write(lambda tx: care.load(tx, "p", Wound.ROLL, 30_600, 153.0, now, "", MEI))
    ward.caretaker.measure_soon()
    ward.house.turn(1)
    assert ward.metric("waybilld_roll_left_labels", printer="p") == 190, "who just told it looks at once"
    ward.house.write(lambda tx: care.roll_changed(tx, "p", 153.0, now, tx.now_us + 1))
    ward.house.turn(61)
    assert ward.metric("waybilld_roll_left_labels", printer="p") is None


def test_a_printer_that_has_no_labels_has_none_left(ward: Ward) -> None:
    """499 left, and the line stands: the sensor knows better than the sum."""
    ward.show(fine(100, serial="S1"), 1)
    ward.house.write(lambda tx: care.load(tx, "p", Wound.ROLL, 76_500, 153.0, ward.caretaker.counters("p"), "", MEI))
    ward.show(EMPTY, 1)
    assert ward.metric("waybilld_roll_left_labels", printer="p") == 0
    assert ward.caretaker.empty("p")
    ward.show(fine(100, serial="S1"), 1)
    assert not ward.caretaker.empty("p")


def test_a_roll_counts_from_what_the_printer_says_when_it_is_told(ward: Ward) -> None:
    """Others printed on it since the last look: a new roll must not pay for that."""
    ward.show(fine(91, serial="S1"), 20)
    now = fine(120, serial="S1")
    assert ward.house.wait(ward.caretaker.ask("p", lambda: ward.board.show("p", now, usable=True))).odometer == 120
    silent = PrinterStatus(PrinterState.UNKNOWN, ("connecting-to-device",))
    asked = ward.caretaker.ask("p", lambda: ward.board.show("p", silent, usable=False))
    assert not ward.house.wait(asked).tells
    assert not ward.house.wait(ward.caretaker.ask("p", lambda: None)).tells, "nobody waits for ever"


def test_a_roll_that_was_told_while_the_printer_was_off_counts_from_the_next_look(ward: Ward) -> None:
    """By the labels sent until then, and by its counter afterwards."""
    ward.house.write(lambda tx: care.load(tx, "p", Wound.ROLL, 76_500, 153.0, Counters(), "", MEI))
    ward.house.wait(ward.caretaker.loaded("p"))
    ward.show(fine(400, serial="S1"), 2)
    (load,) = ward.house.rows("printer_load")
    assert (load["odometer"], load["serial"]) == (400, "S1")
    ward.show(fine(410, serial="S1"), 31)
    assert ward.metric("waybilld_roll_left_labels", printer="p") == 490


def test_wrong_labels_keep_a_printer_out_of_the_line(ward: Ward) -> None:
    """Half a waybill on each of a wave's parcels. Said twice it is meant; a new roll is another matter."""
    ward.board.post("p", Post("pack"))
    ward.show(fine(), 1)
    assert ward.board.working() == {"p"}
    for held in (True, False):
        ward.house.write(lambda tx: care.tell_media(tx, "p", 153.0, "100x180", MEI))
        ward.house.wait(ward.caretaker.loaded("p"))
        assert (ward.board.needs("p"), ward.board.working()) == (("100x150", set()) if held else ("", {"p"}))
    ward.house.write(lambda tx: care.tell_media(tx, "p", 153.0, "100x200", MEI))
    ward.restart()
    assert ward.board.needs("p") == "100x150", "a restart forgets nothing"
    ward.show(EMPTY, 10)
    ward.show(fine(), 5)
    assert ward.board.needs("p") == "", "somebody put another roll in"


def test_supplies_stay_as_they_were_last_told(ward: Ward) -> None:
    """A look at the job alone brings no levels, and must not take the warning away."""
    toner = Supply("toner", "Black", 4)
    ward.show(fine(supplies=(toner,)))
    ward.show(fine())
    assert ward.caretaker.supplies("p") == (toner,)


def test_a_full_disk_forgets_nothing(ward: Ward, monkeypatch: pytest.MonkeyPatch) -> None:
    """What happened while nothing could be written stands there afterwards, in order."""
    write = ward.house.store.write
    monkeypatch.setattr(ward.house.store, "write", lambda unit: fail(StoreUnavailable("the disk is full")))
    ward.show(EMPTY, 10)
    ward.show(fine(), 100)
    assert ward.house.rows("trouble") == []
    monkeypatch.setattr(ward.house.store, "write", write)
    ward.house.turn(2)
    (row,) = ward.house.rows("trouble")
    assert row["ended_us"] - row["began_us"] == 10_000_000


@pytest.mark.parametrize("evil", [{"serial": "\ud800"}, {"serial": "S1", "odometer": 2**70}])
def test_what_cannot_be_written_costs_nobody_elses_trouble(
    house: House, log_failures: list[str], evil: dict[str, Any]
) -> None:
    """They went into one commit: the good printer's trouble was lost with the bad one's serial, and never told again."""
    board = Board()
    printers = {name: Fitted(name, "pack", "100x150", 153.0) for name in ("good", "evil")}
    caretaker = Caretaker(printers, board, house.store, house.clock, Meters())
    house.wait(caretaker.start())
    board.show("good", EMPTY, usable=False)
    house.turn(4.9)
    for number in range(20):
        house.turn(0.2)
        told = {**evil, "model": str(number)}
        board.show("evil", PrinterStatus(PrinterState.IDLE, **told), usable=True)
        board.show("good", EMPTY, usable=False)
    house.turn(1)
    assert [(row["printer"], row["ended_us"]) for row in house.rows("trouble")] == [("good", None)]
    board.show("good", fine(7, serial="S2"), usable=True)
    house.turn(70)
    assert house.rows("trouble")[0]["ended_us"] is not None
    assert [row["printer"] for row in house.rows("printer_load")] == ["good"]
    assert "S2" in [row["serial"] for row in house.rows("printer_seen")]
    assert log_failures
    assert all("what evil showed" in line for line in log_failures)
    house.wait(caretaker.stop())


def test_a_disk_that_fills_between_two_units_keeps_the_rest(
    house: House, log_failures: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """One by one, because one of them is bad; then the disk is full: what was not written waits."""
    board = Board()
    caretaker = Caretaker(PRINTERS, board, house.store, house.clock, Meters())
    house.wait(caretaker.start())
    write, calls = house.store.write, 0

    def fills(unit: Any) -> Any:
        nonlocal calls
        calls += 1
        return write(unit) if calls != 3 else fail(StoreUnavailable("the disk is full"))

    monkeypatch.setattr(house.store, "write", fills)
    board.show("p", PrinterStatus(PrinterState.IDLE, serial="\ud800", odometer=5), usable=True)
    board.show("p", fine(6, serial="S9"), usable=True)
    house.turn(5)
    assert [row["serial"] for row in house.rows("printer_seen")] == ["S9"]
    assert calls > 3
    assert log_failures
    house.wait(caretaker.stop())


def test_a_printer_that_is_not_configured_is_none_of_its_business(ward: Ward) -> None:
    """A lane's name that it does not know must not end the lane."""
    ward.board.show("stranger", EMPTY, usable=False)
    ward.house.turn(10)
    assert ward.house.rows("trouble") == []
