"""Whose turn it is: labels keep the order of their orders, one that cannot be printed lets the others pass, what a person
moved goes where they said, and a backup does not step in for a printer that nobody has asked yet."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from support.services_house import House
from support.sim.market import sample_order
from unit.services.test_lane_failover import EMPTY, GONE, PAID, SILENT, Pair, attempts, sound
from unit.services.test_services_lane import KEY, VARIANT, WHAT, Scripted, lane_on, ready, run
from waybilld.core.attempts import MOST_PASSES, VAIN_IN_A_ROW
from waybilld.core.lifecycle import Work
from waybilld.core.printers import Mode
from waybilld.core.runs import Person
from waybilld.services.board import Board
from waybilld.services.lane import Lane
from waybilld.store import jobs, printers, schema, telling
from waybilld.store.tx import Tx
from waybilld_sdk.errors import NotReady, Retry
from waybilld_sdk.printing import AttemptRef, Document, Gate, SubmitResult

PACKER = Person(1000, "packer")


@pytest.fixture
def house() -> Iterator[House]:
    house = House()
    yield house
    house.close()


def more(house: House, orders: int) -> None:
    """Further orders, ready to print."""
    house.rendered(WHAT, VARIANT, KEY, [sample_order(n, 1, PAID) for n in range(20, 20 + orders)])


class Picky(Scripted):
    """A printer that cannot take some labels: it cuts the connection at each of them."""

    def __init__(self, *serials: str) -> None:
        super().__init__()
        self.serials = serials

    async def submit(self, document: Document, attempt: AttemptRef, gate: Gate) -> SubmitResult:
        if attempt.title.startswith(self.serials):
            self.told.append("cut")
            raise Retry("the connection was cut")
        return await super().submit(document, attempt, gate)


def test_labels_keep_the_order_of_their_orders(house: House) -> None:
    """The carrier answered for the second parcel last: it is on the bench between the first and the third all the same."""
    ready(house, 4)

    def bought_last(tx: Tx) -> None:
        (job,) = [row for row in house.rows("job") if row["kind"] == "print" and row["shipment"] == 2]
        with tx.entry("test") as entry:
            entry.update(schema.job, job["id"], state="done")
            columns = {name: job[name] for name in ("kind", "shipment", "label", "pool", "made_at_us", "state", "tries")}
            entry.insert(schema.job, **columns, key="late")

    house.write(bought_last)
    run(house, lane_on(house, Scripted()))
    assert [serial for _, serial, _ in attempts(house)] == [f"W000000{n}.1" for n in (1, 2, 3, 4)]


def test_a_label_that_its_printer_cannot_take_lets_the_others_pass_and_waits_for_a_person(house: House) -> None:
    """One broken picture must not stop a bench for a night."""
    ready(house, 5)
    port = Picky("W0000001.1")
    run(house, lane_on(house, port), 600)
    assert len(port.printed) == 4
    assert port.told.count("cut") == VAIN_IN_A_ROW * MOST_PASSES
    assert house.open_cases() == ["print-failed"]
    (case,) = house.rows("case")
    assert "waybilld labels release W0000001.1" in case["message"]
    port.serials = ()
    house.write(lambda tx: telling.release(tx, "W0000001.1", PACKER))
    house.turn(10)
    assert len(port.printed) == 5
    assert house.open_cases() == []
    sound(house)


def test_a_printer_that_takes_nothing_is_no_label_s_fault(house: House) -> None:
    """A night with a bad cable: in the morning every label comes out, and nobody has a heap of cases."""
    ready(house, 3)
    port = Picky("W")
    lane = lane_on(house, port)
    run(house, lane, 8 * 3600)
    assert house.open_cases() == []
    port.serials = ()
    house.turn(60)
    assert sorted(s for _, s, state in attempts(house) if state == "proven") == [f"W000000{n}.1" for n in (1, 2, 3)]
    sound(house)


def backup_on(house: House, pair: Pair, port: Scripted) -> Lane:
    """A lane of `p3`, a backup of the pair's pool."""
    device = replace(pair.lanes[1].printer.device, name="p3", pool="", backs=("pack",))
    return lane_on(house, port, "p3", board=pair.board, device=device)


def pause(house: House, board: Board, mode: Mode) -> None:
    """Everything, or nothing any more."""
    for name in ("p1", "p2", "p3"):
        house.write(lambda tx, name=name: printers.tell(tx, name, mode, "", PACKER))  # type: ignore[misc]
        board.tell(name, mode)


def test_a_label_that_was_moved_to_a_backup_is_printed_there(house: House) -> None:
    """Its pool is well, and would never give the backup anything by itself."""
    pair, third = Pair(house), Scripted()
    house.wait(backup_on(house, pair, third).start())
    pair.start(1)
    pause(house, pair.board, Mode.PAUSED)
    ready(house, 2)
    house.write(lambda tx: telling.move(tx, "W0000001.1", PACKER, "pack", "p3", [VARIANT]))
    pause(house, pair.board, Mode.OPEN)
    house.turn(60)
    assert sorted(attempts(house)) == [("p1", "W0000002.1", "proven"), ("p3", "W0000001.1", "proven")]


def test_what_was_moved_to_a_printer_that_left_goes_to_any_other(house: House) -> None:
    """The supervisor moved it, and the sysadmin took the printer away over night."""
    ready(house, 1)
    house.write(lambda tx: telling.move(tx, "W0000001.1", PACKER, "pack", "old", [VARIANT]))
    assert house.write(lambda tx: jobs.unbind(tx, {"p1"})) == ["old"]
    port = Scripted()
    run(house, lane_on(house, port))
    assert len(port.printed) == 1
    sound(house)


def test_a_backup_waits_until_the_benches_were_asked(house: House) -> None:
    """At the start of the daemon the backup may answer first; nobody stands at it."""
    pair, third = Pair(house), Scripted()
    ready(house, 2)
    house.wait(backup_on(house, pair, third).start())
    house.turn(30)
    assert third.printed == []
    pair.start(10)
    assert third.printed == []
    assert len(attempts(house)) == 2


def test_a_separator_that_does_not_come_out_is_tried_again_before_the_next_label(house: House) -> None:
    """Else the labels of a pool go on as if nothing had happened."""
    ready(house, 3)
    pair = Pair(house)
    pair.first.verdicts = [SILENT] * 100_000
    seen: list[str] = []
    usual = pair.second.submit

    async def submit(document: Document, attempt: AttemptRef, gate: Gate) -> SubmitResult:
        if attempt.title.startswith("X") and not seen:
            seen.append(attempt.title)
            raise NotReady("the cover is open")
        return await usual(document, attempt, gate)

    pair.second.submit = submit  # type: ignore[method-assign]
    pair.start(60, GONE)
    more(house, 3)
    house.turn(60)
    told = [(serial[0], state) for printer, serial, state in attempts(house) if printer == "p2"][2:]
    assert told == [("X", "refuted"), ("X", "proven"), ("W", "proven"), ("W", "proven"), ("W", "proven")]
    sound(house)


def test_no_pool_waits_for_ever_for_its_separator(house: House) -> None:
    """A printer that takes labels and no separator is odd; the parcels are not to blame."""
    ready(house, 3)
    pair = Pair(house)
    pair.first.verdicts = [SILENT] * 100_000
    pair.second.__class__ = Picky
    pair.second.serials = ("X",)  # type: ignore[attr-defined]
    pair.start(60, GONE)
    more(house, 2)
    house.turn(120)
    assert [state for printer, serial, state in attempts(house) if serial.startswith("X")] == ["refuted"] * VAIN_IN_A_ROW
    assert len([state for printer, serial, state in attempts(house) if printer == "p2" and state == "proven"]) == 4


def test_a_separator_names_nobody_whose_label_is_settled_by_now(house: House) -> None:
    """People would search for a label that is not there."""
    ready(house, 2)
    pair = Pair(house)
    pair.first.verdicts = [SILENT] * 60
    pair.start(60, GONE)
    assert ("p1", "W0000001.1", "unconfirmed") in attempts(house)
    pair.first.verdicts, pair.first.state = [], EMPTY
    house.write(lambda tx: telling.settle(tx, "W0000001.1", PACKER, house.policies, printed=True))
    more(house, 2)
    house.turn(30)
    assert not [serial for _, serial, _ in attempts(house) if serial.startswith("X")]
    assert all(row["told_at_us"] for row in house.rows("failover"))


def test_a_pause_that_stands_committed_is_kept_by_whoever_claims(house: House) -> None:
    """A supervisor has their hands in the printer; what the lane knew a moment ago does not count."""
    ready(house, 1)
    port = Scripted()
    lane = lane_on(house, port)
    house.write(lambda tx: printers.tell(tx, "p1", Mode.PAUSED, "", PACKER))
    lane._board.modes["p1"] = Mode.OPEN  # as it was when the lane looked
    lane._board.show("p1", lane.status, usable=True)
    lane._recall = lambda run: None  # type: ignore[method-assign,assignment]
    run(house, lane, 30)
    assert port.printed == []
    assert [row["state"] for row in house.rows("job") if row["kind"] == Work.PRINT] == ["ready"]
