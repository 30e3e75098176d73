"""Group commit: one unit's error is its own, the database's error is everybody's, and the chain is right after both."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unit.store.store_house import SHOP, House, order
from waybilld.core.canonical import GENESIS, canonical, chain
from waybilld.store import journal, kv, schema
from waybilld.store.commit import Committer
from waybilld.store.engine import StoreBroken, StoreUnavailable, classify
from waybilld.store.sql import Prepared
from waybilld.store.tx import Tx
from waybilld.store.verify import verify


def note(text: str) -> Callable[[Tx], str]:
    """A unit that writes one journal entry."""

    def unit(tx: Tx) -> str:
        with tx.entry("note", text=text):
            tx.wakes.add(text)
        return text

    return unit


def fail(error: Exception, text: str = "half") -> Callable[[Tx], None]:
    """A unit that has written before it raises."""

    def unit(tx: Tx) -> None:
        note(text)(tx)
        kv.put(tx, "instance", {text: "1"}, {})
        raise error

    return unit


def unbindable(tx: Tx) -> None:
    """A unit that gives a value which SQLite cannot hold, as garbage from an adapter would be."""
    with tx.entry("note", text="unbindable") as entry:
        entry.insert(schema.parcel, shipment=1, ref={"not": "text"})


def notes(house: House) -> list[str]:
    """What the journal says."""
    return [line.facts["text"] for line in journal.after(house.run, 0, 1000) if line.kind == "note"]


@pytest.mark.parametrize(
    "bad",
    [
        fail(ValueError("garbage")),
        fail(sqlite3.IntegrityError("twice")),
        fail(OverflowError("too large")),
        unbindable,
        lambda tx: tx.run.run(Prepared(schema.parcel.insert().values(shipment=2**70, ref="1"))),
        lambda tx: tx.run.run(Prepared(schema.parcel.insert().values(shipment=99, ref="\ud800"))),
    ],
    ids=["value", "integrity", "overflow", "unbindable", "integer", "surrogate"],
)
def test_unit_that_raises_takes_back_only_itself(house: House, bad: Callable[[Tx], Any]) -> None:
    """One shop's garbage must not undo, or end, what its neighbours in the group did."""
    group = house.group(note("one"), bad, note("two"))
    assert [r.error is None for r in group.results] == [True, False, True]
    assert notes(house) == ["one", "two"]
    assert kv.get(house.run, "instance", "half") is None
    assert group.wakes == {"one", "two"}
    assert verify(house.run, house.seal) == []


@settings(max_examples=30, deadline=None)
@given(st.lists(st.lists(st.booleans(), min_size=1, max_size=6), max_size=6))
def test_chain_is_right_after_any_mix_of_failures(groups: list[list[bool]]) -> None:
    """A chain that counts an entry which was taken back breaks for ever after."""
    connection = sqlite3.connect(":memory:", isolation_level=None)
    connection.execute(
        "CREATE TABLE journal (seq INTEGER PRIMARY KEY, at_us, node, shipment, job, kind, version, body, hash)"
    )
    committer = Committer(connection, "node", None, lambda: 7)  # type: ignore[arg-type]

    def unit(good: bool) -> Callable[[Tx], None]:
        def run(tx: Tx) -> None:
            note("x")(tx)
            if not good:
                raise ValueError

        return run

    for group in groups:
        committer.commit([unit(good) for good in group])
    rows = connection.execute("SELECT * FROM journal ORDER BY seq").fetchall()
    assert [row[0] for row in rows] == list(range(1, sum(map(sum, groups)) + 1))
    previous = GENESIS
    for row in rows:
        previous = chain(previous, canonical(list(row[:8])))
        assert row[8] == previous
    connection.close()


def test_full_disk_fails_the_whole_group_and_recovers(house: House) -> None:
    """Nobody may be told "done" of what is not on the disk; and once there is room, work goes on by itself."""
    house.do(note("before"))
    (pages,) = house.connection.execute("PRAGMA page_count").fetchone()
    house.connection.execute(f"PRAGMA max_page_count = {pages + 2}").fetchall()
    big = "x" * 60_000
    group = house.group(note("one"), lambda tx: kv.put(tx, "i", {"k": big}, {}), note("two"))
    assert {type(r.error) for r in group.results} == {StoreUnavailable}
    assert group.wakes == frozenset()
    assert notes(house) == ["before"]
    house.connection.execute("PRAGMA max_page_count = 1000000").fetchall()
    group = house.group(note("one"), lambda tx: kv.put(tx, "i", {"k": big}, {}))
    assert [r.error for r in group.results] == [None, None]
    assert notes(house) == ["before", "one"]
    assert verify(house.run, house.seal) == []


class NoRoom:
    """A connection whose disk is full when the log is to be copied back."""

    def __init__(self) -> None:
        self.closed = False

    def execute(self, statement: str) -> Any:
        full = sqlite3.OperationalError("database or disk is full")
        full.sqlite_errorname = "SQLITE_FULL"
        raise full

    def close(self) -> None:
        self.closed = True


def test_closing_on_a_full_disk_leaves_the_log_to_the_next_start(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """All of it stands in the log: a traceback at the stop would send somebody after a fault that is none."""
    connection = NoRoom()
    with monkeypatch.context() as patch:
        patch.setattr(house.committer, "_connection", connection)
        house.committer.close()
    assert connection.closed


def test_full_disk_in_the_middle_of_a_page_of_orders(house: House) -> None:
    """A page of orders that was half taken in would be acknowledged by nobody and seen by nobody."""
    (pages,) = house.connection.execute("PRAGMA page_count").fetchone()
    for room in range(1, 40, 3):
        house.connection.execute(f"PRAGMA max_page_count = {pages + room}").fetchall()
        with pytest.raises(StoreUnavailable):
            house.ingest(*(order(f"A-{n}") for n in range(200)))
        assert house.one("SELECT count(*) FROM 'order'") == 0
    house.connection.execute("PRAGMA max_page_count = 1000000").fetchall()
    house.ingest(*(order(f"A-{n}") for n in range(200)))
    assert house.one("SELECT count(*) FROM 'order'") == 200
    assert verify(house.run, house.seal) == []


def test_nothing_of_a_group_is_seen_before_it_is_whole(house: House) -> None:
    """A reader that sees half a group would act on what may still be taken back."""
    seen: list[int] = []
    house.group(
        note("one"), lambda tx: seen.append(house.one("SELECT count(*) FROM journal WHERE kind = 'note'")), note("two")
    )
    assert seen == [0]
    assert house.one("SELECT count(*) FROM journal WHERE kind = 'note'") == 2


def test_chain_goes_on_after_a_restart(house: House, tmp_path: Any) -> None:
    """The next start must take up the chain where the last commit left it."""
    house.group(note("one"), fail(ValueError()), note("two"))
    again = House(tmp_path, seed=3)
    again.do(note("three"))
    assert verify(again.run, again.seal) == []
    again.close()


def failed_with(name: str) -> sqlite3.Error:
    """An error as SQLite names it."""
    error = sqlite3.OperationalError("it failed")
    error.sqlite_errorname = name
    return error


@pytest.mark.parametrize(
    ("name", "means"),
    [
        ("SQLITE_FULL", StoreUnavailable),
        ("SQLITE_READONLY_DBMOVED", StoreUnavailable),
        ("SQLITE_BUSY_SNAPSHOT", StoreUnavailable),
        ("SQLITE_NOMEM", StoreUnavailable),
        ("SQLITE_CANTOPEN", StoreUnavailable),
        ("SQLITE_IOERR_FSYNC", StoreBroken),
        ("SQLITE_CORRUPT_INDEX", StoreBroken),
        ("SQLITE_NOTADB", StoreBroken),
        ("SQLITE_ERROR", sqlite3.OperationalError),
    ],
)
def test_errors_are_sorted_by_what_they_mean(name: str, means: type[Exception]) -> None:
    """After a failed fsync nobody knows what is on the disk: going on would lie. A full disk can be waited out."""
    assert type(classify(failed_with(name))) is means


def test_broken_database_ends_the_writer(house: House) -> None:
    """What cannot be repaired by going on must reach the daemon as such, and leave the transaction."""

    def broken(tx: Tx) -> None:
        raise failed_with("SQLITE_IOERR_FSYNC")

    with pytest.raises(StoreBroken):
        house.group(note("one"), broken)
    assert not house.connection.in_transaction
    assert notes(house) == []


def test_kv_sets_all_or_nothing_and_only_when_expected(house: House) -> None:
    """Two calls that count numbers off one range must not both get the same one."""
    put = kv.put
    assert house.do(lambda tx: put(tx, "i", {"next": "1"}, {"next": None}))
    assert not house.do(lambda tx: put(tx, "i", {"next": "9", "other": "9"}, {"next": None}))
    assert not house.do(lambda tx: put(tx, "i", {"other": "9"}, {"next": "1", "absent": "0"}))
    assert kv.get(house.run, "i", "next") == "1"
    assert kv.get(house.run, "i", "other") is None
    assert house.do(lambda tx: put(tx, "i", {"next": "2", "other": "1"}, {"next": "1"}))
    assert house.do(lambda tx: put(tx, "i", {"other": None, "absent": None}, {"next": "2"}))
    assert (kv.get(house.run, "i", "next"), kv.get(house.run, "i", "other")) == ("2", None)
    assert kv.get(house.run, "elsewhere", "next") is None


def test_kv_of_a_huge_value_changes_nothing(house: House) -> None:
    """An adapter that stores its whole answer would grow the database without bound; half a set would be a wrong count."""
    with pytest.raises(ValueError, match="over 65536 bytes"):
        house.do(lambda tx: kv.put(tx, "i", {"a": "1", "b": "字" * 22_000}, {}))
    assert kv.get(house.run, "i", "a") is None


def test_shop_name_is_in_the_journal_with_the_entry(house: House) -> None:
    """The tail tells screens by the entry alone which shop an order is from."""
    house.ingest(order())
    (line,) = [line for line in journal.after(house.run, 0, 100) if line.kind == "order.ingested"]
    assert line.facts["shop"] == SHOP
    assert line.shipment == 1
    assert journal.of_shipment(house.run, 1)[0].seq == line.seq
    assert journal.last_seq(house.run) == line.seq
