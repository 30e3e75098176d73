"""Runs of own delivery in the database: one for a shipment at a time, a sheet that is never in clear, shredded for good."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography.exceptions import InvalidTag

from unit.store.store_house import CANARIES, PERSON, House, order
from waybilld.core.runs import Person
from waybilld.store import runs, schema
from waybilld.store.engine import open_reader
from waybilld.store.orderdata import shred
from waybilld.store.queries import runs as queries
from waybilld.store.retention import shred_old
from waybilld.store.runs import CannotGo, NoRun, RunClosed
from waybilld.store.seal import Shredded
from waybilld.store.sql import Runner
from waybilld.store.verify import verify
from waybilld.store.verify.findings import Check
from waybilld_sdk.orders import Consignee

MEI = Person(7001, "mei")
OWN = frozenset({"numbers"})
_DAY_US = 86_400_000_000


def opened(house: House, *shipments: int, name: str = "north") -> int:
    """A run over these."""
    return house.do(lambda tx: runs.open_run(tx, name, shipments, OWN, MEI))


def closed(house: House, number: int) -> None:
    """The tour is over."""
    house.do(lambda tx: runs.close_run(tx, number, MEI))


def raw(house: House) -> bytes:
    """Every byte of the database and its log."""
    return b"".join(path.read_bytes() for path in sorted(house.path.parent.glob(f"{house.path.name}*")))


@pytest.fixture
def printed(house: House) -> House:
    """Three printed parcels: shipments 1 to 3."""
    house.until_printed(order("A-1"), order("A-2"), order("A-3"))
    return house


def test_the_sheet_has_every_stop_in_full_and_in_order(printed: House) -> None:
    """A driver with half an address, or with the stops in another order than the van, comes back with the parcels."""
    number = opened(printed, 3, 1)
    sheet = runs.sheet(printed.run, printed.seal, number)
    assert sheet.name == "north"
    assert [(stop.waybill, stop.pieces, stop.consignee) for stop in sheet.stops] == [
        ("N000003", 1, PERSON),
        ("N000001", 1, PERSON),
    ]


def test_an_amended_order_does_not_change_what_the_driver_holds(printed: House) -> None:
    """The paper in the van and the sheet in the office must be one; a changed order opens a case of its own."""
    number = opened(printed, 1)
    printed.ingest(order("A-1", buyer_message="leave it with the neighbour", consignee=Consignee("Someone Else")))
    (stop,) = runs.sheet(printed.run, printed.seal, number).stops
    assert stop.consignee == PERSON


def test_every_shipment_that_cannot_go_is_told_at_once_and_nothing_is_opened(printed: House) -> None:
    """One reason at a time would send the dispatcher round the yard as often as there are reasons."""
    printed.until_rendered(order("A-4"))
    printed.block(2)
    opened(printed, 3)
    with pytest.raises(CannotGo) as refused:
        opened(printed, 1, 1, 2, 3, 4, 99)
    for words in (
        "shipment 1: it is named twice",
        "shipment 2: it waits for a person (look)",
        "shipment 3: it stands on run 1, which is open",
        "shipment 4: it is rendered: only printed and verified",
        "shipment 99: there is no such shipment",
    ):
        assert words in str(refused.value)
    assert printed.one("SELECT count(*) FROM run") == 1
    with pytest.raises(CannotGo, match="carrier numbers does not have the mode own-delivery"):
        printed.do(lambda tx: runs.open_run(tx, "north", [1], frozenset(), MEI))


def test_a_shredded_order_cannot_go(printed: House) -> None:
    """There is no address left to drive to."""
    printed.do(lambda tx: shred(tx, printed.one('SELECT private FROM "order" WHERE id = 1')))
    with pytest.raises(CannotGo, match="its address was deleted"):
        opened(printed, 1)


def test_the_database_itself_refuses_a_second_open_run(printed: House) -> None:
    """The check above is a courtesy; two drivers for one parcel must be impossible even for a bug of ours."""
    opened(printed, 1)
    with pytest.raises(sqlite3.IntegrityError, match=r"run_stop\.shipment"):
        with_stop = {"run": 1, "place": 2, "shipment": 1, "open": 1}
        printed.do(lambda tx: _insert(tx, with_stop))
    closed(printed, 1)
    assert opened(printed, 1) == 2


def _insert(tx: Any, stop: dict[str, int]) -> None:
    with tx.entry("run.opened") as entry:
        entry.insert(schema.run_stop, **stop)


def test_nothing_personal_stands_in_clear(printed: House) -> None:
    """Tables, journal, indexes and log: a stolen disk must not be a list of addresses."""
    number = opened(printed, 1, 2)
    printed.do(lambda tx: runs.shown(tx, number, MEI, "pdf", None))
    data = raw(printed)
    assert [c for c in CANARIES if c.encode() in data or json.dumps(c)[1:-1].encode() in data] == []
    told = json.dumps([queries.runs(printed.run, 10), queries.whole(printed.run, number)])
    assert [c for c in CANARIES if c in told] == []


def test_closing_shreds_the_sheet_in_every_copy_of_the_file(printed: House) -> None:
    """What is closed must be gone: not behind a key that still lies in the log, and not for one who has the master key."""
    number = opened(printed, 1, 2)
    private = printed.one("SELECT private FROM run WHERE id = ?", number)
    wrapped, sealed = printed.rows("SELECT data_key, sealed FROM private WHERE id = ?", private)[0]
    assert PERSON.street in printed.seal.open(printed.seal.unwrap(wrapped), sealed).decode()
    closed(printed, number)
    assert wrapped not in raw(printed)
    assert printed.rows("SELECT data_key, sealed FROM private WHERE id = ?", private) == [(None, None)]
    for (other,) in printed.rows("SELECT data_key FROM private WHERE data_key IS NOT NULL"):
        with pytest.raises(InvalidTag):
            printed.seal.open(printed.seal.unwrap(other), sealed)
    with pytest.raises(RunClosed, match="nobody can draw it again"):
        runs.sheet(printed.run, printed.seal, number)
    with pytest.raises(RunClosed):
        printed.do(lambda tx: runs.shown(tx, number, MEI, "pdf", None))
    with pytest.raises(RunClosed):
        closed(printed, number)


def test_a_forced_open_state_does_not_bring_it_back(printed: House, tmp_path: Path) -> None:
    """Somebody who edits a copy of the database to say "open" must find nothing behind it."""
    closed(printed, opened(printed, 1))
    copy = tmp_path / "copy.db"
    shutil.copyfile(printed.path, copy)
    hand = sqlite3.connect(copy)
    hand.execute("UPDATE run SET state = 'open'")
    hand.commit()
    hand.close()
    reader = open_reader(copy)
    try:
        with pytest.raises(Shredded):
            runs.sheet(Runner(reader), printed.seal, 1)
    finally:
        reader.close()


def test_a_reader_delays_the_emptying_of_the_log_and_nobody_waits(printed: House) -> None:
    """A `db verify` of two minutes must neither stop the labels nor keep the key in the log for good."""
    number = opened(printed, 1)
    (wrapped,) = printed.rows("SELECT p.data_key FROM private p JOIN run r ON r.private = p.id")[0]
    reader = open_reader(printed.path)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM run").fetchall()
    closed(printed, number)
    assert wrapped in raw(printed)
    reader.close()
    printed.ingest(order("A-9"))
    assert wrapped not in raw(printed)


def test_a_killed_daemon_empties_the_log_at_its_next_start(printed: House, tmp_path: Path) -> None:
    """The power fails between the commit and the emptying: what was to be shredded must not wait for a busy day."""
    number = opened(printed, 1)
    (wrapped,) = printed.rows("SELECT p.data_key FROM private p JOIN run r ON r.private = p.id")[0]
    reader = open_reader(printed.path)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM run").fetchall()
    closed(printed, number)
    (tmp_path / "left").mkdir()
    for path in printed.path.parent.glob(f"{printed.path.name}*"):
        if not path.name.endswith("-shm"):
            shutil.copyfile(path, tmp_path / "left" / path.name)
    reader.close()
    later = House(tmp_path / "left", seed=3)
    assert wrapped not in raw(later)
    later.close()


def test_who_saw_the_sheet_is_told_with_every_step_in_the_journal(printed: House) -> None:
    """When an address turns up where it should not, this list is the answer to who had it."""
    number = opened(printed, 2, 1)
    printed.do(lambda tx: runs.shown(tx, number, Person(7002, ""), "png", 1))
    printed.do(lambda tx: runs.refused(tx, "see the sheet of run 1", Person(7003, "bo")))
    closed(printed, number)
    found = queries.whole(printed.run, number)
    assert found is not None
    assert (found["stops"], found["showings"], found["state"]) == (2, 1, "closed")
    assert (found["opened_user"], found["closed_user"], found["closed_uid"]) == ("mei", "mei", 7001)
    assert [(stop["place"], stop["shipment"], stop["waybills"]) for stop in found["stop_list"]] == [
        (1, 2, ["N000002"]),
        (2, 1, ["N000001"]),
    ]
    assert [(shown["uid"], shown["user"]) for shown in found["shown_to"]] == [(7002, "")]
    kept = printed.rows("SELECT kind, body FROM journal WHERE kind LIKE 'run.%' ORDER BY seq")
    assert [(kind, json.loads(body)["facts"]) for kind, body in kept] == [
        ("run.opened", {"run": 1, "stops": 2, "uid": 7001, "user": "mei"}),
        ("run.shown", {"run": 1, "stops": 2, "uid": 7002, "user": "", "form": "png", "page": 1}),
        ("run.refused", {"what": "see the sheet of run 1", "uid": 7003, "user": "bo"}),
        ("run.closed", {"run": 1, "stops": 2, "uid": 7001, "user": "mei"}),
    ]
    assert verify(printed.run, printed.seal, full=True) == []


def test_a_run_that_is_not_there(house: House) -> None:
    """A mistyped number must be told as such."""
    assert queries.whole(house.run, 5) is None
    with pytest.raises(NoRun):
        runs.sheet(house.run, house.seal, 5)


def test_runs_that_nobody_closed_are_closed_after_their_days(printed: House) -> None:
    """Drivers forget; addresses must not lie open because of it."""
    opened(printed, 1)
    printed.now_us += 2 * _DAY_US
    opened(printed, 2)
    printed.now_us += 2 * _DAY_US
    assert printed.do(lambda tx: runs.close_overdue(tx, 3 * _DAY_US, 10)) == 1
    first, second = (queries.whole(printed.run, number) for number in (1, 2))
    assert first is not None and second is not None
    assert (first["state"], first["closed_uid"], second["state"]) == ("closed", None, "open")
    assert verify(printed.run, printed.seal, full=True) == []


def test_retention_of_orders_leaves_an_open_run_whole(printed: House) -> None:
    """A driver on the road needs the sheet, whatever becomes of the orders; closing ends it soon enough."""
    number = opened(printed, 1)
    printed.now_us += 9 * _DAY_US
    printed.do(lambda tx: shred_old(tx, 3 * _DAY_US))
    assert verify(printed.run, printed.seal, full=True) == []
    assert runs.sheet(printed.run, printed.seal, number).stops


DAMAGES: dict[str, tuple[str, ...]] = {
    "two open runs": ("DROP INDEX uq_run_stop_open_shipment", "UPDATE run_stop SET shipment = 1"),
    "a stop left open": ("UPDATE run SET state = 'closed' WHERE id = 1",),
    "an open run shredded": ("UPDATE private SET data_key = NULL, sealed = NULL WHERE id IN (SELECT private FROM run)",),
    "closed and kept": ("UPDATE run_stop SET open = 0", "UPDATE run SET state = 'closed'"),
}


@pytest.mark.parametrize("statements", DAMAGES.values(), ids=DAMAGES)
def test_verify_tells_of_every_damage(printed: House, statements: tuple[str, ...]) -> None:
    """Each promise of a run is one that a hand or a bug can break, and then somebody must hear of it."""
    opened(printed, 1)
    opened(printed, 2)
    for statement in statements:
        printed.connection.execute(statement)
    found = verify(printed.run, printed.seal)
    assert Check.RUNS in {finding.check for finding in found}


def by_entry(unit: Callable[[Any], None], house: House) -> None:
    """A bug of ours: row and journal agree, and both are wrong."""

    def inside(tx: Any) -> None:
        with tx.entry("hand.made") as entry:
            unit(entry)

    house.do(inside)


def test_verify_tells_of_a_run_that_was_opened_again(printed: House) -> None:
    """What was shredded cannot be open."""
    closed(printed, opened(printed, 1))
    by_entry(lambda entry: entry.update(schema.run, 1, state="open"), printed)
    found = verify(printed.run, printed.seal)
    assert "a run went from closed to open" in {finding.message for finding in found}
