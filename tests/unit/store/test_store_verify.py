"""`db verify`: silent on a sound database, and not silent on any damage."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from unit.store.store_house import House, live_in, order
from waybilld.core import fold
from waybilld.store import jobs, schema
from waybilld.store.engine import open_reader
from waybilld.store.orderdata import shred
from waybilld.store.seal import Seal
from waybilld.store.sql import Runner
from waybilld.store.tx import Tx
from waybilld.store.verify import verify
from waybilld.store.verify.findings import PROMISES, Check, Finding
from waybilld.store.verify.journal import COLUMNS
from waybilld.store.verify.reference import reference
from waybilld.store.verify.spill import FoldedRows


def checked(house: House, *, seal: Seal | None = None, full: bool = True) -> list[Finding]:
    """What verify finds on a read snapshot, as the command runs it."""
    reader = open_reader(house.path)
    try:
        reader.execute("BEGIN")
        return verify(Runner(reader), seal or house.seal, full=full)
    finally:
        reader.close()


def test_sound_database_has_no_findings(house: House) -> None:
    """A check that cries wolf is switched off: nothing that the verbs do may look like damage, also halfway through."""
    assert checked(house) == []
    live_in(house)
    assert [str(f) for f in checked(house)] == []
    house.do(jobs.recover)
    assert [str(f) for f in checked(house)] == []


# ---- damages: each a thing that a hand, a bug or a disk could do -----------------------------------------------------


def by_hand(*statements: str) -> Callable[[House], None]:
    """Somebody writes to the file around waybilld: no journal, no foreign keys."""

    def damage(house: House) -> None:
        hand = sqlite3.connect(house.path, isolation_level=None)
        for statement in statements:
            assert hand.execute(statement).rowcount != 0, f"{statement} hit nothing"
        hand.close()

    return damage


def by_entry(table: str, row_id: int | None, kind: str = "hand.made", **columns: Any) -> Callable[[House], None]:
    """A bug of ours: the row and its journal entry agree, and both are wrong. `row_id` None inserts."""

    def unit(tx: Tx) -> None:
        facts = columns.pop("facts", {})
        with tx.entry(kind, shipment=columns.pop("of", None), version=columns.get("version"), **facts) as entry:
            if row_id is None:
                entry.insert(schema.metadata.tables[table], **columns)
            else:
                entry.update(schema.metadata.tables[table], row_id, **columns)

    return lambda house: house.do(unit)


def both(*damages: Callable[[House], None]) -> Callable[[House], None]:
    """One after the other."""

    def damage(house: House) -> None:
        for one in damages:
            one(house)

    return damage


def flipped(table: str, column: str, row_id: int) -> Callable[[House], None]:
    """The last bit of a sealed value turns."""

    def damage(house: House) -> None:
        hand = sqlite3.connect(house.path, isolation_level=None)
        (value,) = hand.execute(f"SELECT {column} FROM {table} WHERE id = ?", (row_id,)).fetchone()
        hand.execute(f"UPDATE {table} SET {column} = ? WHERE id = ?", (value[:-1] + bytes([value[-1] ^ 1]), row_id))
        hand.close()

    return damage


# What `live_in` leaves: shipments 1 and 2 are printed, 3 has an unconfirmed label and a case, 4 is rendered and blocked,
# 5 is in a printer with attempt 5, 6 was just received again; attempts 1 and 2 are proven, 3 is refuted, 4 unconfirmed.
LAST = "(SELECT max(seq) FROM journal)"
ODD = '{"rows":[[1]],"facts":{}}'
STEP = {"event": "handed_over", "from": "printed", "to": "handed_over"}
SECOND = {"parcel": 1, "generation": 2, "account": "other", "key": "second-key"}
FIRST = {"parcel": 6, "generation": 1, "account": "other", "key": "first-key"}
SHIPMENT = {"shop": "shop", "version": 1, "round": 1}


def edited(old: str, new: str) -> str:
    """The SQL of a body with a word changed."""
    return f"replace(body, '{old}', '{new}')"


DAMAGES: dict[str, tuple[Check, Callable[[House], None]]] = {
    "journal: a body is edited": (Check.CHAIN, by_hand(f"UPDATE journal SET body = {edited('main', 'mine')} WHERE seq = 6")),
    "journal: a hash is edited": (Check.CHAIN, by_hand("UPDATE journal SET hash = upper(hash) WHERE seq = 5")),
    "journal: a time is edited": (Check.CHAIN, by_hand("UPDATE journal SET at_us = at_us + 1 WHERE seq = 5")),
    "journal: a line is deleted": (Check.CHAIN, by_hand("DELETE FROM journal WHERE seq = 6")),
    "journal: the first line is deleted": (Check.CHAIN, by_hand("DELETE FROM journal WHERE seq = 1")),
    "journal: the last line is deleted": (Check.OWNERS, by_hand(f"DELETE FROM journal WHERE seq = {LAST}")),
    "journal: the last two lines are deleted": (Check.FOLD, by_hand(f"DELETE FROM journal WHERE seq >= {LAST} - 1")),
    "journal: a body is no JSON": (Check.CHAIN, by_hand("UPDATE journal SET body = '{' WHERE seq = 4")),
    "journal: a body has another form": (Check.CHAIN, by_hand(f"UPDATE journal SET body = '{ODD}' WHERE seq = 4")),
    "journal: an unknown column": (
        Check.CHAIN,
        by_hand(f"UPDATE journal SET body = {edited('pool', 'pond')} WHERE seq = 2"),
    ),
    "fold: a state is edited": (Check.FOLD, by_hand("UPDATE shipment SET state = 'verified' WHERE id = 1")),
    "fold: a quantity is edited": (Check.FOLD, by_hand("UPDATE shipment_line SET qty = 20 WHERE id = 1")),
    "fold: a job is finished by hand": (Check.FOLD, by_hand("UPDATE job SET state = 'done' WHERE shipment = 6")),
    "fold: a row is deleted": (Check.FOLD, by_hand("DELETE FROM job WHERE id = 1")),
    "fold: a row is added": (Check.FOLD, by_hand("INSERT INTO parcel (shipment, ref) VALUES (1, '2')")),
    "road: a step that no rule allows": (
        Check.ROAD,
        by_entry("shipment", 6, state="handed_over", version=3, facts={**STEP, "from": "received"}),
    ),
    "road: a state without an event": (Check.ROAD, by_entry("shipment", 1, state="handed_over", version=8)),
    "road: a version is skipped": (Check.ROAD, by_entry("shipment", 1, state="handed_over", version=99, facts=STEP)),
    "road: an entry tells of another step": (
        Check.ROAD,
        by_entry("shipment", 1, state="handed_over", version=9, facts={**STEP, "from": "verified"}),
    ),
    "road: a shipment is born old": (Check.ROAD, by_entry("shipment", None, **SHIPMENT, state="printed")),
    "road: a finished job comes back": (Check.ROAD, by_entry("job", 1, state="ready")),
    "road: a doubt is forgotten": (
        Check.ROAD,
        both(
            lambda house: house.do(jobs.recover),
            lambda house: by_entry("job", house.one("SELECT id FROM job WHERE label = 5"), state="waiting")(house),
        ),
    ),
    "road: a proof is taken back": (Check.ROAD, by_entry("attempt", 1, state="refuted")),
    "road: a waybill becomes an intent again": (Check.ROAD, by_entry("waybill", 1, state="intended")),
    "orders: a paid order without a shipment": (Check.ORDERS, by_entry("order", 7, status="paid")),
    "orders: a version is lost": (Check.ORDERS, by_hand('DELETE FROM order_version WHERE "order" = 6 AND version = 1')),
    "orders: a parcel is lost": (Check.ORDERS, by_hand("DELETE FROM parcel WHERE shipment = 6")),
    "orders: nothing moves a shipment": (
        Check.ORDERS,
        lambda house: by_entry("job", house.one("SELECT max(id) FROM job"), state="done")(house),
    ),
    "orders: a case is closed and nothing follows": (Check.ORDERS, by_entry("case", 1, state="closed")),
    "intent: a waybill is born bought": (Check.INTENT, by_entry("waybill", None, **FIRST, state="bought", number="X1")),
    "intent: bought without a number": (Check.INTENT, by_entry("waybill", 1, number=None)),
    "intent: a label without a waybill": (Check.INTENT, by_entry("waybill", 4, state="voided")),
    "waybills: a second live one": (
        Check.WAYBILLS,
        both(by_hand("DROP INDEX uq_waybill_live_parcel"), by_entry("waybill", None, **SECOND, state="intended")),
    ),
    "waybills: a number twice": (
        Check.WAYBILLS,
        both(
            by_hand("DROP INDEX uq_waybill_account_number"),
            by_hand("UPDATE waybill SET number = (SELECT number FROM waybill WHERE id = 1) WHERE id = 2"),
        ),
    ),
    "waybills: the live one is not the newest": (Check.WAYBILLS, by_entry("waybill", None, **SECOND, state="refused")),
    "owners: two live attempts on a printer": (
        Check.OWNERS,
        both(by_hand("DROP INDEX uq_attempt_live_printer"), by_hand("UPDATE attempt SET state = 'sent' WHERE id = 3")),
    ),
    "owners: two live attempts for a label": (
        Check.OWNERS,
        both(
            by_hand("DROP INDEX uq_attempt_live_label"),
            by_hand("UPDATE attempt SET state = 'sent', label = 5, printer = 'zebra-2' WHERE id = 3"),
        ),
    ),
    "owners: an attempt from a start to come": (Check.OWNERS, by_entry("attempt", 5, epoch=7)),
    "owners: a busy job without an owner": (Check.OWNERS, by_hand("UPDATE job SET owner = NULL WHERE state = 'busy'")),
    "owners: an open attempt without its job": (
        Check.OWNERS,
        by_hand("UPDATE job SET state = 'done' WHERE label = 5"),
    ),
    "owners: a start is missing": (Check.OWNERS, lambda house: house.do(lambda tx: _started(tx, 9))),
    "evidence: proven by a send": (Check.EVIDENCE, by_entry("attempt", 1, evidence=3)),
    "evidence: printed without a proof": (Check.EVIDENCE, by_hand("UPDATE attempt SET state = 'refuted' WHERE id = 1")),
    "evidence: printed without a label": (Check.EVIDENCE, by_hand("UPDATE label SET kind = 'slip' WHERE id = 1")),
    "evidence: unconfirmed without a case": (Check.EVIDENCE, by_hand("DELETE FROM \"case\" WHERE code LIKE 'print%'")),
    "gate: let go while blocked": (
        Check.GATE,
        both(lambda house: house.block(5), by_entry("attempt", 5, state="sent", of=5)),
    ),
    "gate: let go before it was rendered": (Check.GATE, by_entry("attempt", 5, state="sent", of=6)),
    "gate: cancelled while a printer works": (Check.GATE, by_hand("UPDATE shipment SET state = 'cancelled' WHERE id = 5")),
    "schema: an index is dropped": (Check.SCHEMA, by_hand("DROP INDEX uq_attempt_live_label")),
    "schema: another revision": (Check.SCHEMA, by_hand("UPDATE alembic_version SET version_num = '0000'")),
    "file: a reference leads nowhere": (Check.FILE, by_hand("DELETE FROM parcel WHERE id = 1")),
    "seals: a text is changed": (Check.SEALS, flipped("private", "sealed", 1)),
    "seals: a key is changed": (Check.SEALS, flipped("private", "data_key", 1)),
    "seals: pixels are changed": (Check.SEALS, flipped("blob", "sealed", 1)),
    "seals: pixels are gone": (Check.SEALS, by_hand("DELETE FROM blob WHERE id = (SELECT blob FROM page WHERE id = 1)")),
    "seals: half shredded": (Check.SEALS, by_hand("UPDATE private SET sealed = NULL WHERE id = 1")),
    "seals: two orders' texts change places": (
        Check.SEALS,
        by_hand(
            "CREATE TEMP TABLE t AS SELECT id AS n, data_key AS k, sealed AS s FROM private WHERE id < 3",
            "UPDATE private SET (data_key, sealed) = (SELECT k, s FROM t WHERE n + id = 3) WHERE id < 3",
        ),
    ),
    "seals: a page shows another label": (
        Check.SEALS,
        by_hand("UPDATE page SET blob = (SELECT blob FROM page WHERE id = 2) WHERE id = 1"),
    ),
}


def _started(tx: Tx, epoch: int) -> None:
    with tx.entry("daemon.started", epoch=epoch, program="0"):
        pass


@pytest.mark.parametrize("name", DAMAGES)
def test_damage_is_found(lived: House, name: str) -> None:
    """A check that has caught nothing proves nothing: each kind of damage must be named as what it is, with its advice."""
    check, damage = DAMAGES[name]
    damage(lived)
    found = checked(lived)
    assert check in {f.check for f in found}, [str(f) for f in found]
    assert all(f.advice in str(f) for f in found)


def test_one_damage_in_the_journal_is_one_finding(lived: House) -> None:
    """A person must see where the chain broke, not every entry after it."""
    by_hand("UPDATE journal SET hash = upper(hash) WHERE seq = 5")(lived)
    assert [(f.check, f.where) for f in checked(lived)] == [(Check.CHAIN, "journal 5"), (Check.CHAIN, "journal 6")]


def test_flood_of_findings_is_cut_short(house: House) -> None:
    """A damage that shows in every row must not fill the screen, nor hide how many there are."""
    house.ingest(*(order(f"A-{n}") for n in range(120)))
    by_hand("UPDATE parcel SET weight_g = 1")(house)
    found = [f for f in checked(house) if f.check is Check.FOLD]
    assert len(found) == 51
    assert found[-1].message == "70 more findings of this kind"


def test_torn_page_of_the_file_is_a_finding_not_a_traceback(lived: House) -> None:
    """A broken disk is what the command is for: it must report, and the checks that can go on must go on."""
    lived.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    (root,) = lived.rows("SELECT rootpage FROM sqlite_master WHERE name = 'attempt'")[0]
    (size,) = lived.rows("PRAGMA page_size")[0]
    data = bytearray(lived.path.read_bytes())
    data[(root - 1) * size : (root - 1) * size + 200] = b"\xff" * 200
    lived.path.write_bytes(data)
    assert {"journal", "tables"} <= {f.where for f in checked(lived) if f.check is Check.FILE}


def test_shredded_order_is_no_finding(lived: House) -> None:
    """Deleting personal data is a duty, not a damage."""
    for private in (1, 2):
        lived.do(lambda tx, p=private: shred(tx, p))  # type: ignore[misc]
    assert checked(lived) == []


def test_another_master_key_is_named(lived: House) -> None:
    """A restore with the wrong key must be seen before the personal data is missed."""
    found = checked(lived, seal=Seal(b"x" * 32, lambda n: b"0" * n))
    assert {f.check for f in found} == {Check.SEALS}
    assert "another master.key" in found[0].message


def test_without_the_key_the_rest_is_checked(lived: House) -> None:
    """Whoever checks a backup has no key, and still learns whether the journal and the tables agree."""
    flipped("blob", "sealed", 1)(lived)
    by_hand("UPDATE shipment SET state = 'verified' WHERE id = 1")(lived)
    reader = open_reader(lived.path)
    found = verify(Runner(reader), None)
    reader.close()
    assert {f.check for f in found} == {Check.FOLD}


def test_progress_is_told(lived: House) -> None:
    """A check of minutes that says nothing looks like one that hangs."""
    told: list[str] = []
    verify(lived.run, lived.seal, report=lambda stage, done, total: told.append(stage))
    assert list(dict.fromkeys(told)) == ["file", "schema", "journal", "tables", "pages", "seals"]


def test_every_check_says_what_to_do() -> None:
    """A finding without advice leaves the sysadmin alone at three in the morning."""
    for check in Check:
        assert Finding(check, "here", "this").advice
        assert PROMISES[check]


def test_reference_is_up_to_date() -> None:
    """The page that somebody reads at three in the morning must tell of the checks that there are."""
    page = Path(__file__).parents[3] / "docs" / "reference" / "verify.md"
    assert page.read_text() == reference()


def test_folding_the_journal_gives_the_tables(lived: House) -> None:
    """The journal is the truth: from it alone the tables can be rebuilt, row by row."""
    entries = [fold.changes(json.loads(body)) for (body,) in lived.rows("SELECT body FROM journal ORDER BY seq")]
    tables = fold.fold(entries, COLUMNS)
    for table, rows in tables.items():
        names = ", ".join(f'"{column}"' for column in COLUMNS[table])
        stored = {
            row[0]: dict(zip(COLUMNS[table], row, strict=True)) for row in lived.rows(f'SELECT {names} FROM "{table}"')
        }
        ignored = schema.UNJOURNALED.get(table, frozenset())
        assert rows.keys() == stored.keys()
        assert all(fold.differences(table, row, stored[i], ignored) == () for i, row in rows.items())


def test_rows_that_spill_are_found_again(lived: House) -> None:
    """Memory is bounded by writing rows aside: a history larger than it must give the same verdict."""
    rows = FoldedRows({"t": ("id", "x")}, hot=3)
    for number in range(1, 50):
        rows.put("t", number, {"id": number, "x": number})
    for number in range(1, 50, 7):
        assert rows.get("t", number) == {"id": number, "x": number}
        rows.put("t", number, {"id": number, "x": -number})
    expected = [(n, {"id": n, "x": -n if n % 7 == 1 else n}) for n in range(1, 50)]
    assert list(rows.ordered("t")) == expected
    assert rows.get("t", 50) is None
    rows.close()
