"""Labels that people ask printers for: nobody waits in vain, and none comes out that nobody waits for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

import pytest
from twisted.internet.defer import CancelledError, Deferred

from support.services_house import House
from unit.services.test_lane_failover import EMPTY, SILENT, STOPPED, Pair, sound
from unit.services.test_services_lane import IDLE, Scripted, lane_on
from waybilld.services.board import Board
from waybilld.services.floor import ENDS_S, MOST_ASKED, NotPrinted, PrinterDesk
from waybilld.services.lane import Lane
from waybilld.store import failovers


@pytest.fixture
def house() -> Iterator[House]:
    house = House()
    yield house
    house.close()


def desk(house: House, lanes: dict[str, Lane], board: Board) -> PrinterDesk:
    """What people ask."""
    return PrinterDesk(lanes, board, cast(Any, house.store), cast(Any, None), house.clock, house.meters)


class Standing:
    """So many printers without paper, in one pool."""

    def __init__(self, house: House, printers: int = 1) -> None:
        self.house, board = house, Board()
        self.ports = [Scripted() for _ in range(printers)]
        self.lanes = {f"p{at}": lane_on(house, port, f"p{at}", board=board) for at, port in enumerate(self.ports, 1)}
        for port in self.ports:
            port.state = EMPTY
        for lane in self.lanes.values():
            house.wait(lane.start())
        self.desk = desk(house, self.lanes, board)

    def ask(self, errors: list[Any]) -> Deferred[Any]:
        """Somebody wants a test label; what comes of it, if not well."""
        asked = Deferred.fromCoroutine(self.desk.test("p1"))
        asked.addErrback(lambda failure: errors.append(failure.value))
        return asked

    def filled(self) -> None:
        """Somebody puts new rolls in."""
        for port in self.ports:
            port.state = IDLE
        self.house.turn(60)


def test_a_label_whose_asker_went_away_is_not_printed(house: House) -> None:
    """Somebody asked thirty times and hung up: with the new roll thirty test labels would come out before any parcel's."""
    standing, errors = Standing(house), []
    for _ in range(30):
        asked = standing.ask(errors)
        house.turn(1.0)
        asked.cancel()
    assert [type(error) for error in errors] == [CancelledError] * 30
    standing.filled()
    assert standing.ports[0].printed == []


def test_a_printer_is_asked_for_a_few_labels_at_a_time(house: House) -> None:
    """What ten people ask for at once would stand before the parcels' labels."""
    standing, errors = Standing(house), []
    for _ in range(MOST_ASKED + 2):
        standing.ask(errors)
    house.turn(1.0)
    assert [str(error) for error in errors] == ["printer p1 has 3 labels of this kind to print already: wait for them"] * 2
    standing.filled()
    assert len(standing.ports[0].printed) == MOST_ASKED
    assert house.wait(standing.desk.test("p1")).outcome == "proven"


def test_printers_rehearse_side_by_side(house: House) -> None:
    """Four that stand still took 80 seconds, one after the other, and who had asked was gone by then."""
    standing, began = Standing(house, 4), house.now()
    rows = house.wait(standing.desk.drill("pack"), ENDS_S)
    assert house.now() - began < 25
    assert [(row.printer, row.outcome) for row in rows] == [(f"p{at}", "") for at in range(1, 5)]
    assert all("Load a new roll." in row.reason for row in rows)
    gone = Deferred.fromCoroutine(standing.desk.drill("pack")).addErrback(lambda _: None)
    house.turn(1.0)
    gone.cancel()
    standing.filled()
    assert [port.printed for port in standing.ports] == [[]] * 4


def test_a_printer_that_keeps_the_label_to_itself_is_told_of_in_time(house: House) -> None:
    """It took the label and stands still: the others' results would be lost with the connection."""
    board = Board()
    ports = {"p1": Scripted(), "p2": Scripted()}
    lanes = {name: lane_on(house, port, name, board=board) for name, port in ports.items()}
    ports["p1"].verdicts = [STOPPED] * 1000
    for lane in lanes.values():
        object.__setattr__(lane._gathering, "_patience", type(lane.printer.patience)(1e6, 1e6))
        house.wait(lane.start())
    began = house.now()
    first, second = house.wait(desk(house, lanes, board).drill("pack"), 60)
    assert house.now() - began <= ENDS_S + 1
    assert (first.outcome, second.outcome) == ("", "proven")
    assert "has the label" in first.reason


def test_what_a_printer_lacks_is_said(house: House) -> None:
    """`failed` helps nobody who stands before it."""
    standing = Standing(house)
    with pytest.raises(NotPrinted, match=r"p1 took no label within 20 s: Load a new roll\."):
        house.wait(standing.desk.test("p1"))


def test_a_test_label_that_a_printer_is_left_with_leaves_nothing_untold(house: House) -> None:
    """It belongs to no pool, so that no separator will ever name it: each start would look for who must be told."""
    pair = Pair(house)
    for lane in pair.lanes:
        house.wait(lane.start())
    pair.first.verdicts = [SILENT] * 1000
    Deferred.fromCoroutine(desk(house, {"p1": pair.lanes[0]}, pair.board).test("p1")).addErrback(lambda _: None)
    house.turn(60)
    (left,) = house.rows("failover")
    assert (left["pool"], left["left_as"]) == ("", "unconfirmed")
    assert house.wait(house.store.read(failovers.pools_untold)) == set()
    assert pair.board.untold == set()
    sound(house)
