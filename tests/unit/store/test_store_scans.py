"""The packing scan in the database: what it proves, what it lets go, and what it stops."""

from __future__ import annotations

import json

import pytest

from unit.store.store_house import PROVEN, House, order
from waybilld.core.lifecycle import Work
from waybilld.core.packs import Mark
from waybilld.core.runs import Person
from waybilld.core.scans import Word
from waybilld.core.unconfirmed import Unconfirmed
from waybilld.store import copies, outcomes, packmaking, packs, pages, scans, story, telling
from waybilld.store.attempts import Task
from waybilld.store.inputs import StageInput, parcels
from waybilld.store.journal import after
from waybilld.store.pages import Piece, Rendered
from waybilld.store.queries import labels as queries
from waybilld.store.tx import Tx
from waybilld.store.verify import verify
from waybilld_sdk.labels import Page
from waybilld_sdk.printing import Document, Evidence

MEI = Person(7001, "mei")
THROW_AWAY = (Word.STOP, "throw this away: S1.2 has its place")


def scanned(house: House, serial: str) -> tuple[Word, str]:
    """What mei is told."""
    found = house.do(lambda tx: scans.scan(tx, serial, MEI, house.policies))
    assert found.serial == serial
    return found.word, found.text


def doubted(house: House, policy: Unconfirmed = Unconfirmed.HOLD, reached: Evidence = Evidence.TOKEN) -> Task:
    """The next label is sent, and nobody can say whether it came out."""
    task = house.begin()
    assert task is not None
    assert house.sent(task)
    house.do(lambda tx: outcomes.unconfirmed(tx, task, reached, "no power", policy, house.policies))
    return task


def refuted(house: House) -> Task:
    """The next label is shown not to have come out, and waits again."""
    task = house.begin()
    assert task is not None
    house.do(lambda tx: outcomes.refuted(tx, task, "the counter stands"))
    return task


def proven(house: House) -> None:
    """The next label comes out."""
    task = house.begin()
    assert task is not None
    assert house.sent(task)
    house.do(lambda tx: outcomes.proven(tx, task, PROVEN, house.policies))


def reprinted(house: House, serial: str = "S1") -> str:
    """A further copy takes the label's place; its serial."""
    return house.do(lambda tx: copies.reprint(tx, serial, "jam", MEI)).serial


def until_rendered_in_pieces(house: House, *pieces: tuple[str, str]) -> None:
    """One shipment with these labels: kind and serial of each."""
    house.ingest(order())
    house.plan()
    house.buy()
    (job,) = house.claim(Work.RENDER)
    given: StageInput = house.given(job)
    (parcel,) = parcels(house.run, job.shipment)

    def drawn(serial: str) -> Rendered:
        document = Document("zpl", f"^XA {serial}".encode(), b"^XZ")
        return Rendered("8/100x150", Page(800, 1200, serial.encode(), f"key-{serial}"), (("zpl", "dark-10", document),))

    made = [Piece(kind, serial, None, (drawn(serial),)) for kind, serial in pieces]

    def unit(tx: Tx) -> None:
        expires = tx.now_us + 3_600_000_000
        pages.rendered(tx, given, parcel, made, house.policies, expires_at_us=expires)

    house.do(unit)


def evidence(house: House) -> list[tuple[str, int]]:
    """State and level of every attempt."""
    return [(state, level) for state, level in house.rows("SELECT state, evidence FROM attempt ORDER BY id")]


def sound(house: House) -> None:
    """Nothing that verify would name, and a sentence for everything that happened."""
    assert [str(finding) for finding in verify(house.run, house.seal, full=True)] == []
    assert {line.kind for line in after(house.run, 0, 1000)} <= story.KINDS


def quiet(house: House, serial: str) -> tuple[Word, str]:
    """A scan that writes nothing down."""
    before = house.one("SELECT count(*) FROM journal")
    told = scanned(house, serial)
    assert house.one("SELECT count(*) FROM journal") == before
    return told


def test_a_proven_label_is_raised_to_scanned_and_its_shipment_verified_once(house: House) -> None:
    """The printer's word is good, eyes are better; a second label with the same serial must not go unseen."""
    house.until_printed()
    assert evidence(house) == [("proven", int(Evidence.PRINTED))]
    assert scanned(house, "S1") == (Word.GO, "shipment 1 is verified")
    assert (house.state(), evidence(house)) == ("verified", [("proven", int(Evidence.SCANNED))])
    word, text = quiet(house, "S1")
    assert (word, text.startswith("shipment 1 is verified already")) == (Word.GO, True)
    bodies = house.rows("SELECT body FROM journal WHERE kind IN ('label.scanned', 'shipment.scanned')")
    assert [json.loads(body)["facts"]["user"] for (body,) in bodies] == ["mei", "mei"]
    sound(house)


@pytest.mark.parametrize(
    ("policy", "reached"),
    [
        (Unconfirmed.HOLD, Evidence.TOKEN),
        (Unconfirmed.SETTLE_BY_SCAN, Evidence.TOKEN),
        (Unconfirmed.ACCEPT_SENT, Evidence.ACKNOWLEDGED),
    ],
)
def test_a_label_in_doubt_is_proven_by_its_scan(house: House, policy: Unconfirmed, reached: Evidence) -> None:
    """It is printed first and then verified: the shop that wants to hear of the print hears of it, once."""
    house.until_rendered()
    task = doubted(house, policy, reached)
    assert scanned(house, task.serial) == (Word.GO, "shipment 1 is verified")
    assert evidence(house) == [("proven", int(Evidence.SCANNED))]
    assert house.rows("SELECT 1 FROM \"case\" WHERE state = 'open'") == []
    assert house.one("SELECT count(*) FROM job WHERE kind = 'confirm' AND state = 'ready'") == 1
    assert house.begin() is None
    sound(house)


def test_one_scan_verifies_one_label_of_several(house: House) -> None:
    """Of a waybill on three labels one lies on another parcel: whoever scans two has not seen it."""
    until_rendered_in_pieces(house, ("waybill", "S1a"), ("waybill", "S1b"), ("slip", "P1"), ("waybill", "S1c"))
    house.print()
    assert scanned(house, "S1b") == (Word.GO, "shipment 1 has more labels: scan S1a, S1c, too")
    assert evidence(house) == [("proven", level) for level in (4, 5, 4, 4)]
    assert scanned(house, "P1") == (Word.GO, "slip of shipment 1")
    assert quiet(house, "S1b") == (Word.GO, "shipment 1 has more labels: scan S1a, S1c, too")
    assert scanned(house, "S1a") == (Word.GO, "shipment 1 has more labels: scan S1c, too")
    assert house.state() == "printed"
    assert scanned(house, "S1c") == (Word.GO, "shipment 1 is verified")
    assert house.state() == "verified"
    sound(house)


def test_a_label_that_its_printer_still_owes_holds_the_shipment_up(house: House) -> None:
    """The first of two is scanned while the second waits: it is verified by the second, not stuck."""
    until_rendered_in_pieces(house, ("waybill", "S1a"), ("waybill", "S1b"))
    proven(house)
    assert scanned(house, "S1a") == (Word.GO, "shipment 1 has more labels: scan S1b, too")
    assert scanned(house, "S1b")[0] is Word.STOP
    doubted(house, Unconfirmed.SETTLE_BY_SCAN)
    assert house.state() == "rendered"
    assert scanned(house, "S1b") == (Word.GO, "shipment 1 is verified")
    sound(house)


def test_a_persons_word_is_no_scan(house: House) -> None:
    """Who found it in the tray, or ticked it on a pack's sheet, has not seen it on its parcel."""
    until_rendered_in_pieces(house, ("waybill", "S1a"), ("waybill", "S1b"), ("waybill", "S1c"))
    doubted(house, Unconfirmed.SETTLE_BY_SCAN)
    house.do(lambda tx: telling.settle(tx, "S1a", MEI, house.policies, printed=True))
    house.do(lambda tx: packmaking.make(tx, "pool", 10, MEI, house.epoch, 0))
    told = {Mark.PRINTED: "all"}
    house.do(lambda tx: packs.settle(tx, 1, told, MEI, house.policies))
    assert (house.state(), {level for _, level in evidence(house)}) == ("printed", {int(Evidence.SCANNED)})
    assert scanned(house, "S1c") == (Word.GO, "shipment 1 has more labels: scan S1a, S1b, too")
    scanned(house, "S1a")
    assert house.state() == "printed"
    assert scanned(house, "S1b") == (Word.GO, "shipment 1 is verified")
    sound(house)


def test_a_superseded_label_is_none_that_must_be_scanned(house: House) -> None:
    """It was thrown away; its copy is what must be on the parcel."""
    until_rendered_in_pieces(house, ("waybill", "S1a"), ("waybill", "S1b"))
    house.print()
    copy = reprinted(house, "S1a")
    assert scanned(house, "S1b") == (Word.GO, f"shipment 1 has more labels: scan {copy}, too")
    assert house.state() == "printed"


def test_the_own_paper_of_a_superseded_label_is_settled_found_and_stopped(house: House) -> None:
    """Nobody knew whether it came out, and a copy was asked for: it did, and now it lies on a parcel."""
    house.until_rendered()
    task = doubted(house)
    assert reprinted(house, task.serial) == "S1.2"
    assert [row["serial"] for row in queries.intercepts(house.run, 10)] == ["S1"]
    assert scanned(house, "S1") == THROW_AWAY
    assert evidence(house) == [("proven", int(Evidence.SCANNED))]
    assert house.rows("SELECT state FROM intercept") == [("found",)]
    assert house.state() == "rendered"
    assert quiet(house, "S1") == THROW_AWAY
    sound(house)


def test_a_proven_superseded_label_is_found(house: House) -> None:
    """It was smeared: the packer has it in the other hand."""
    house.until_printed()
    reprinted(house)
    assert scanned(house, "S1") == THROW_AWAY
    assert evidence(house) == [("proven", int(Evidence.SCANNED))]
    assert house.rows("SELECT state FROM intercept") == [("found",)]
    assert quiet(house, "S1") == THROW_AWAY
    assert house.state() == "printed"
    sound(house)


def test_a_superseded_label_that_never_came_out_is_thrown_away_all_the_same(house: House) -> None:
    """Whatever the printer showed: its copy has its place, and the shipment is not printed by it."""
    house.until_rendered()
    refuted(house)
    reprinted(house)
    assert scanned(house, "S1") == THROW_AWAY
    assert (house.state(), house.rows("SELECT 1 FROM \"case\"")) == ("rendered", [])
    assert quiet(house, "S1") == THROW_AWAY
    sound(house)


def test_a_label_found_against_all_evidence_is_not_printed_again(house: House) -> None:
    """Evidence said no, and the packer holds it: two parcels with one number would be the end of it."""
    house.until_rendered()
    refuted(house)
    assert scanned(house, "S1") == (Word.GO, "shipment 1 is verified")
    assert house.begin() is None
    assert house.rows("SELECT code, blocking FROM \"case\" WHERE state = 'open'") == [("print-found", 0)]
    assert house.one("SELECT count(*) FROM job WHERE kind = 'confirm' AND state = 'ready'") == 1
    assert quiet(house, "S1")[0] is Word.GO
    sound(house)


def test_a_found_label_of_a_stopped_shipment_counts_as_printed(house: House) -> None:
    """Its print job is over: nothing else would ever move it again."""
    house.until_rendered()
    refuted(house)
    house.block(1, "refund-asked")
    assert scanned(house, "S1") == (Word.STOP, "put it aside: shipment 1 waits for a person (refund-asked)")
    assert house.state() == "printed"
    house.unblock(1)
    sound(house)
    assert scanned(house, "S1") == (Word.GO, "shipment 1 is verified")
    sound(house)


def test_a_found_label_and_a_printed_one_make_a_printed_shipment(house: House) -> None:
    """The one that was found first never gets an attempt that proves it."""
    until_rendered_in_pieces(house, ("waybill", "S1a"), ("waybill", "S1b"))
    refuted(house)
    assert scanned(house, "S1a") == (Word.GO, "shipment 1 has more labels: scan S1b, too")
    proven(house)
    assert house.state() == "printed"
    assert scanned(house, "S1b") == (Word.GO, "shipment 1 is verified")
    sound(house)


def test_a_copy_of_a_found_label_makes_it_one_to_look_for(house: House) -> None:
    """It is on paper, whatever its printer showed."""
    house.until_rendered()
    refuted(house)
    scanned(house, "S1")
    reprinted(house)
    assert [row["serial"] for row in queries.intercepts(house.run, 10)] == ["S1"]
    assert scanned(house, "S1") == THROW_AWAY
    assert queries.intercepts(house.run, 10) == []
    sound(house)


def test_a_stopped_shipment_keeps_the_evidence(house: House) -> None:
    """Somebody asked for the money back: the packer is the last one who can keep the parcel here."""
    house.until_rendered()
    task = doubted(house, Unconfirmed.SETTLE_BY_SCAN)
    house.block(1, "refund-asked")
    assert scanned(house, task.serial)[0] is Word.STOP
    assert (house.state(), evidence(house)) == ("printed", [("proven", int(Evidence.SCANNED))])
    house.unblock(1)
    assert scanned(house, task.serial) == (Word.GO, "shipment 1 is verified")
    sound(house)


def test_a_label_of_a_pack_is_settled_and_verified_by_its_scan(house: House) -> None:
    """The packing table knows serials, not packs."""
    house.until_rendered()
    house.do(lambda tx: packmaking.make(tx, "pool", 10, MEI, house.epoch, 0))
    assert scanned(house, "S1") == (Word.GO, "shipment 1 is verified")
    assert house.rows("SELECT state FROM pack") == [("closed",)]
    sound(house)


def test_what_proves_nothing_writes_nothing(house: House) -> None:
    """A label at work, one that no printer had, and the code on a box of biscuits."""
    house.until_rendered(order("A-1"), order("A-2"))
    assert house.begin() is not None
    assert quiet(house, "S1") == (Word.LATER, "printer zebra-1 is at work on it: scan it again in a moment")
    assert quiet(house, "S2") == (Word.STOP, "no printer was ever given this label: where does it come from?")
    assert quiet(house, "690123456789")[0] is Word.STOP
