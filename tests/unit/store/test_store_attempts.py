"""The spool's ledger: one label, one record, one attempt at a time, and a gate that looks again."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

import pytest

from unit.store.store_house import PROVEN, House, order
from waybilld.core.lifecycle import Event, State, Work
from waybilld.core.unconfirmed import Unconfirmed
from waybilld.store import attempts, jobs, leases, outcomes, schema, shipments
from waybilld.store.attempts import Task
from waybilld.store.shipments import Moved
from waybilld.store.tx import Tx
from waybilld.store.verify import verify
from waybilld_sdk.printing import Document, Evidence

LATE = "its power failed"


def doubt(tx: Tx, house: House, task: Task, reached: Evidence = Evidence.TOKEN) -> None:
    """Nobody can say whether it printed."""
    outcomes.unconfirmed(tx, task, reached, LATE, Unconfirmed.HOLD, house.policies)


def sound(house: House) -> None:
    """Nothing that verify would name."""
    assert [str(f) for f in verify(house.run, house.seal)] == []


def begun(house: House, name: str = "zebra-1") -> Task:
    """An attempt in `sending`."""
    task = house.begin(name)
    assert task is not None
    return task


def attempt(house: House, number: int = 1) -> tuple[str, int]:
    """(state, evidence) of an attempt."""
    state, evidence = house.rows("SELECT state, evidence FROM attempt WHERE id = ?", number)[0]
    return state, evidence


def job(house: House) -> str:
    """The state of the only print job."""
    return str(house.one("SELECT state FROM job WHERE kind = 'print'"))


def test_document_encoded_ahead_is_sending_at_once(house: House) -> None:
    """Claim and intent share a commit: after a crash the row says that bytes may have left."""
    house.until_rendered()
    task = begun(house)
    assert (task.document, task.page) == (Document("zpl", b"^XA pixels-of-canary", b"^XZ"), None)
    assert attempt(house) == ("sending", 0)
    assert house.one("SELECT document_digest FROM attempt") == house.one("SELECT digest FROM document")
    sound(house)


def test_page_without_a_document_is_prepared_first(house: House) -> None:
    """While a page is encoded, no other lane may take its label; and no byte may have left."""
    house.ingest(order())
    house.plan()
    house.buy()
    house.render(documents=False)
    task = begun(house)
    assert task.document is None
    assert attempt(house) == ("prepared", 0)
    assert house.begin("zebra-2") is None
    document = Document("zpl", b"^XA", b"^XZ")
    house.do(lambda tx: attempts.sending(tx, task, document))
    assert attempt(house) == ("sending", 0)
    assert house.one("SELECT document_digest FROM attempt") == house.seal.digest(b"^XA^XZ")
    sound(house)


def test_label_without_a_page_for_this_printer_is_a_case(house: House) -> None:
    """A pool of printers with different paper: the label must not wait in silence."""
    house.until_rendered()
    device = attempts.Device("small", "pool", "zpl", "dark-10", "12/60x40")
    assert house.do(lambda tx: attempts.begin(tx, device, "pool", house.owner, {})) is None
    assert house.rows("SELECT code, blocking FROM 'case'") == [("page-missing", 1)]
    assert job(house) == "dead"
    sound(house)


@pytest.mark.parametrize("column", ["label", "printer"])
def test_second_live_attempt_is_refused_by_the_database(house: House, column: str) -> None:
    """Promise 4 must hold against our own bugs: not the code but the database says no."""
    house.until_rendered(order("A-1"), order("A-2"))
    task = begun(house)

    def unit(tx: Tx) -> None:
        with tx.entry("attempt.sending", shipment=2) as entry:
            entry.insert(
                schema.attempt,
                label=task.label if column == "label" else 2,
                printer="zebra-1" if column == "printer" else "zebra-2",
                at_us=0,
                epoch=1,
                language="zpl",
                document_digest="",
                state="sending",
                evidence=0,
            )

    with pytest.raises(sqlite3.IntegrityError, match=column):
        house.do(unit)
    assert house.one("SELECT count(*) FROM attempt") == 1
    sound(house)


def test_second_printer_takes_the_next_label(house: House) -> None:
    """Two printers, two labels, side by side."""
    house.until_rendered(order("A-1"), order("A-2"), order("A-3"))
    assert [begun(house).shipment, begun(house, "zebra-2").shipment] == [1, 2]


def test_proof_moves_the_shipment(house: House) -> None:
    """Printed means proven: attempt, job, shipment and confirmation go together, and the document is not needed any more."""
    house.until_rendered()
    task = begun(house)
    assert house.sent(task)
    assert attempt(house) == ("sent", 1)
    house.do(lambda tx: outcomes.proven(tx, task, PROVEN, house.policies))
    assert attempt(house) == ("proven", 4)
    assert (house.state(), job(house)) == (State.PRINTED, "done")
    assert len(house.claim(Work.CONFIRM)) == 1
    assert house.one("SELECT count(*) FROM document") == 0
    assert house.one("SELECT count(*) FROM blob") == 1
    sound(house)


def test_refuted_label_is_free_for_any_printer(house: House) -> None:
    """Proven not printed: the same copy goes on elsewhere at once."""
    house.until_rendered()
    task = begun(house)
    assert house.sent(task)
    house.do(lambda tx: outcomes.refuted(tx, task, "the counter did not move"))
    assert attempt(house) == ("refuted", 1)
    assert house.rows("SELECT state, owner, epoch FROM job WHERE kind = 'print'") == [("ready", None, None)]
    again = begun(house, "zebra-2")
    assert (again.label, again.copy, again.document) == (task.label, task.copy, task.document)
    sound(house)


@pytest.mark.parametrize("reason", ["its word counts once it is piloted.", "its word counts once it is piloted"])
def test_a_case_ends_its_sentences_once(house: House, reason: str) -> None:
    """What a printer says may be a sentence already; two full stops look like a word that is missing."""
    house.until_rendered()
    task = begun(house)
    assert house.sent(task)
    policy, sent = Unconfirmed.SETTLE_BY_SCAN, Evidence.ACKNOWLEDGED
    house.do(lambda tx: outcomes.unconfirmed(tx, task, sent, reason, policy, house.policies))
    assert "once it is piloted. Its scan at the packing" in house.one("SELECT message FROM 'case'")


def test_unconfirmed_label_blocks_and_is_not_sent_again(house: House) -> None:
    """Promise 3: nobody knows whether it lies on the table, so nothing prints it again by itself, also after a restart."""
    house.until_rendered()
    task = begun(house)
    assert house.sent(task)
    house.do(lambda tx: doubt(tx, house, task))
    assert attempt(house) == ("unconfirmed", 2)
    assert (house.state(), job(house)) == (State.RENDERED, "in_doubt")
    code, blocking, message = house.rows("SELECT code, blocking, message FROM 'case'")[0]
    assert (code, blocking) == ("print-unconfirmed", 1)
    assert f"label {task.serial}: {LATE}" in message
    house.do(jobs.recover)
    assert house.begin() is None
    sound(house)
    house.unblock(1)
    assert house.begin() is None
    assert [f.check for f in verify(house.run, house.seal)] == ["orders"]


def _block(house: House, task: Task) -> None:
    house.block(task.shipment)


def _change(house: House, task: Task) -> None:
    house.ingest(order(seller_memo="wait, stop"))


def _cancel(house: House, task: Task) -> None:
    house.do(lambda tx: shipments.step(tx, shipments.load(tx.run, 1), Event.CANCEL, house.policies))


def _adopt(house: House, task: Task) -> None:
    house.epoch = house.do(lambda tx: leases.begin_epoch(tx, "pid 2", "0"))
    house.do(lambda tx: attempts.adopt(tx, task, house.owner))


def _refute(house: House, task: Task) -> None:
    house.do(lambda tx: outcomes.refuted(tx, task, "taken back"))


@pytest.mark.parametrize("meanwhile", [_block, _change, _cancel, _adopt, _refute])
def test_gate_looks_again(house: House, meanwhile: Callable[[House, Task], None]) -> None:
    """Between claim and closing token the order may be cancelled, blocked, or another start may own the label."""
    house.until_rendered()
    task, epoch = begun(house), house.epoch
    before = attempt(house)
    meanwhile(house, task)
    assert not house.do(lambda tx: attempts.sent(tx, task, epoch, {}))
    assert attempt(house)[0] in {before[0], "refuted"}
    sound(house)


def test_gate_opens_once(house: House) -> None:
    """A second token is a second label."""
    house.until_rendered()
    task = begun(house)
    assert house.sent(task)
    assert not house.sent(task)


def test_settled_attempt_stays_settled(house: House) -> None:
    """Late news about a settled label must not undo it, nor count a second print."""
    house.until_rendered()
    task = begun(house)
    assert house.sent(task)
    house.do(lambda tx: outcomes.proven(tx, task, PROVEN, house.policies))
    for late in (
        lambda tx: outcomes.refuted(tx, task, LATE),
        lambda tx: doubt(tx, house, task),
        lambda tx: outcomes.proven(tx, task, PROVEN, house.policies),
    ):
        with pytest.raises(Moved, match="attempt 1 is proven"):
            house.do(late)
    assert (house.state(), job(house)) == (State.PRINTED, "done")
    sound(house)


def test_late_proof_settles_an_unconfirmed_label(house: House) -> None:
    """The printer came back and its counter shows that the label came out."""
    house.until_rendered()
    task = begun(house)
    assert house.sent(task)
    house.do(lambda tx: doubt(tx, house, task))
    house.do(lambda tx: outcomes.proven(tx, task, PROVEN, house.policies))
    assert (house.state(), job(house)) == (State.PRINTED, "done")
    sound(house)


def test_evidence_only_rises(house: House) -> None:
    """An answer that knows less must not overwrite one that knew more."""
    house.until_rendered()
    task = begun(house)
    assert house.sent(task)
    house.do(lambda tx: doubt(tx, house, task, Evidence.NOTHING))
    assert attempt(house) == ("unconfirmed", 1)


@pytest.mark.parametrize(("gate", "reached"), [(False, Evidence.BODY), (True, Evidence.TOKEN)])
def test_orphan_is_found_with_the_most_that_may_have_happened(house: House, gate: bool, reached: Evidence) -> None:
    """After kill -9 the row must say that the token may have left as soon as it could have."""
    house.until_rendered()
    task = begun(house)
    if gate:
        assert house.sent(task)
    house.epoch = house.do(lambda tx: leases.begin_epoch(tx, "pid 2", "0"))
    house.do(jobs.recover)
    orphan = attempts.live(house.run, "zebra-1")
    assert orphan is not None
    assert (orphan.attempt, orphan.reached, orphan.before) == (task.attempt, reached, {"odometer": 7})
    assert attempts.live(house.run, "zebra-2") is None
    house.do(lambda tx: attempts.adopt(tx, orphan, house.owner))
    assert house.begin("zebra-2") is None
    house.do(lambda tx: outcomes.refuted(tx, orphan, "the counter did not move"))
    assert begun(house, "zebra-2").label == task.label
    sound(house)


@pytest.mark.parametrize(("gate", "left"), [(False, "refuted"), (True, "unconfirmed")])
def test_label_on_a_removed_printer_is_not_left_open_in_silence(house: House, gate: bool, left: str) -> None:
    """No lane would ever ask that printer: the parcel would wait for ever, with nothing that says why."""
    house.until_rendered()
    task = begun(house)
    if gate:
        assert house.sent(task)
    house.epoch = house.do(lambda tx: leases.begin_epoch(tx, "pid 2", "0"))
    house.do(jobs.recover)
    assert house.do(lambda tx: outcomes.strand(tx, ["zebra-1", "zebra-2"], house.policies)) == []
    assert house.do(lambda tx: outcomes.strand(tx, ["zebra-2"], house.policies)) == ["zebra-1"]
    assert attempt(house)[0] == left
    assert (house.begin("zebra-2") is None) is gate
    sound(house)
