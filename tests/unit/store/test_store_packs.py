"""Packs in the database: out of the spool before anybody has the file, and back by what people tell."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from unit.store.store_house import CANARIES, House, order
from unit.store.store_zpl import with_commands
from waybilld.core.packs import Mark, Unclear
from waybilld.core.runs import Person
from waybilld.store import copies, outcomes, packmaking, packs, schema
from waybilld.store.packmaking import Made
from waybilld.store.packs import NoPack, PackChanged, PackClosed
from waybilld.store.queries import labels
from waybilld.store.queries import packs as queries
from waybilld.store.verify import verify
from waybilld.store.verify.findings import Check
from waybilld_sdk.printing import Evidence

ADA = Person(7002, "ada")
HOUR_US = 3_600_000_000
NUMBERS = (1, 2, 3, 4)


def make(house: House, most: int = 200, made_after_us: int = 0) -> Made:
    """A pack of what waits."""
    return house.do(lambda tx: packmaking.make(tx, "pool", most, ADA, house.epoch, made_after_us))


def tell(house: House, printed: str = "", spoiled: str = "", unused: str = "", pack: int = 1) -> None:
    """What ada ticked."""
    told = {Mark.PRINTED: printed, Mark.SPOILED: spoiled, Mark.UNUSED: unused}
    house.do(lambda tx: packs.settle(tx, pack, told, ADA, house.policies))


def states(house: House, pack: int = 1) -> list[str]:
    """What is known of each number."""
    found = queries.whole(house.run, pack)
    assert found is not None
    return [item["state"] for item in found["items"]]


def sound(house: House) -> None:
    """Nothing that verify would name."""
    assert [str(finding) for finding in verify(house.run, house.seal, full=True)] == []


@pytest.fixture
def waiting(house: House) -> House:
    """Four labels wait for a printer: shipments 1 to 4."""
    house.until_rendered(*(order(f"A-{at}") for at in range(1, 5)))
    return house


def test_no_lane_prints_what_is_in_a_pack(waiting: House) -> None:
    """The whole point of taking it out: two people holding the same label ship one parcel twice."""
    assert make(waiting, 3) == Made(1, 3, ())
    task = waiting.begin()
    assert task is not None and task.shipment == 4
    assert waiting.begin("zebra-2") is None
    found = waiting.rows("SELECT printer, state, evidence FROM attempt WHERE label < 4 ORDER BY id")
    assert found == [(f"pack-1/{at}", "sent", int(Evidence.TOKEN)) for at in (1, 2, 3)]
    sound(waiting)


def test_what_was_ticked_is_what_is_known(waiting: House) -> None:
    """Printed counts with the person's word, spoiled asks for a marked copy, unused goes to a printer, the rest is open."""
    make(waiting)
    tell(waiting, printed="1", spoiled="2", unused="3")
    assert states(waiting) == ["printed", "spoiled", "unused", "open"]
    assert [waiting.state(at) for at in (1, 2, 3, 4)] == ["printed", "rendered", "rendered", "rendered"]
    assert waiting.rows("SELECT state, evidence FROM attempt ORDER BY id") == [
        ("proven", int(Evidence.SCANNED)),
        ("proven", int(Evidence.SCANNED)),
        ("refuted", int(Evidence.TOKEN)),
        ("sent", int(Evidence.TOKEN)),
    ]
    assert waiting.rows("SELECT kind FROM job WHERE state = 'ready' ORDER BY id") == [("print",), ("confirm",), ("copy",)]
    assert waiting.rows("SELECT label, state FROM intercept") == [(2, "found")]
    assert waiting.one("SELECT copy FROM label WHERE id = (SELECT superseded_by FROM label WHERE id = 2)") == 2
    (open_one,) = labels.unconfirmed(waiting.run, 10)
    assert (open_one["shipment"], open_one["printer"], open_one["evidence"]) == (4, "pack-1/4", "E2")
    assert open_one["reason"] == "in pack 1 as number 4: nobody has told yet whether it was printed"
    sound(waiting)
    task = waiting.begin()
    assert task is not None and (task.shipment, task.copy) == (3, 1)


def test_a_pack_is_closed_by_its_last_label(waiting: House) -> None:
    """And not before: an open pack is what somebody still has to look for."""
    make(waiting)
    waiting.do(lambda tx: packs.shown(tx, 1, NUMBERS, ADA))
    tell(waiting, printed="1-3")
    with pytest.raises(PackChanged):
        waiting.do(lambda tx: packs.shown(tx, 1, NUMBERS, ADA))
    tell(waiting, printed="all")
    (row,) = queries.packs(waiting.run, 10)
    assert (row["state"], row["printed"], row["open"], row["showings"]) == ("closed", 4, 0, 1)
    assert labels.unconfirmed_count(waiting.run) == 0
    with pytest.raises(PackClosed):
        waiting.do(lambda tx: packs.shown(tx, 1, NUMBERS, ADA))
    with pytest.raises(PackClosed):
        queries.contents(waiting.run, waiting.seal, 1)
    sound(waiting)


def test_a_wrong_sheet_settles_nothing(waiting: House) -> None:
    """All of it or none: half a sheet would be corrected twice."""
    make(waiting)
    with pytest.raises(Unclear):
        tell(waiting, printed="1-2", spoiled="2")
    assert states(waiting) == ["open"] * 4
    with pytest.raises(NoPack):
        tell(waiting, printed="1", pack=9)


def test_a_scan_settles_the_label_that_was_scanned(waiting: House) -> None:
    """The packing bench knows serials, not packs."""
    make(waiting)
    found = waiting.do(lambda tx: packs.settle_by_serial(tx, "S2", ADA, waiting.policies))
    assert found is not None and (found.pack, found.number) == (1, 2)
    assert states(waiting) == ["open", "printed", "open", "open"]
    assert waiting.state(2) == "printed"
    assert waiting.do(lambda tx: packs.settle_by_serial(tx, "S2", ADA, waiting.policies)) is None
    assert waiting.do(lambda tx: packs.settle_by_serial(tx, "S9", ADA, waiting.policies)) is None
    waiting.do(lambda tx: packs.settle_by_serial(tx, "S3", ADA, waiting.policies, Mark.UNUSED))
    assert states(waiting) == ["open", "printed", "unused", "open"]
    sound(waiting)


def test_a_restart_leaves_a_pack_as_it_is(waiting: House) -> None:
    """People do not stop holding paper because a daemon starts; a printer that is gone would be settled as unknown."""
    make(waiting)
    assert waiting.do(lambda tx: outcomes.strand(tx, {"zebra-1"}, waiting.policies)) == []
    assert states(waiting) == ["open"] * 4
    sound(waiting)


def test_a_label_that_a_printer_has_is_not_taken_from_it(waiting: House) -> None:
    """It may come out there; and who asks is told why one is missing."""
    assert waiting.begin() is not None
    made = make(waiting)
    assert (made.labels, [left.serial for left in made.left]) == (3, ["S1"])
    assert made.left[0].why.startswith("printer zebra-1 has it")
    sound(waiting)


def test_unused_labels_go_into_the_next_pack(waiting: House) -> None:
    """The office printer jams too."""
    make(waiting)
    tell(waiting, printed="1-3", unused="4")
    assert make(waiting) == Made(2, 1, ())
    tell(waiting, printed="1", pack=2)
    assert waiting.state(4) == "printed"
    sound(waiting)


def test_a_carriers_commands_stay_in_the_spool(house: House) -> None:
    """A PDF of such a page would be a label without the carrier's part."""
    with_commands(house)
    made = make(house)
    assert (made.pack, [left.serial for left in made.left]) == (None, ["ZPL-1"])
    assert "is ZPL, which only a printer of that language draws" in made.left[0].why
    assert house.rows("SELECT state FROM job WHERE kind = 'print'") == [("ready",)]


def test_blocked_and_deleted_labels_are_not_packed(waiting: House) -> None:
    """A stopped parcel is stopped for people too; and what retention took cannot be drawn."""
    waiting.block(1)
    waiting.connection.execute("UPDATE page SET blob = NULL WHERE label = 2")
    made = make(waiting)
    assert (made.labels, [left.serial for left in made.left]) == (2, ["S2"])
    assert waiting.rows("SELECT label FROM pack_item ORDER BY number") == [(3,), (4,)]


def test_what_waited_too_long_is_asked_about_first(waiting: House) -> None:
    """Yesterday's parcel may have gone another way, whoever prints its label."""
    made = make(waiting, made_after_us=waiting.now_us + HOUR_US)
    assert (made.pack, len(made.left)) == (None, 4)
    assert waiting.one("SELECT count(*) FROM \"case\" WHERE code = 'print-stale' AND blocking = 1") == 4
    sound(waiting)


@pytest.mark.parametrize("mark", ["spoiled", "unused"])
def test_a_shipment_that_needs_no_label_any_more_gets_none(waiting: House, mark: str) -> None:
    """Spoiled paper of a cancelled parcel is waste, not work; and no printer may be given the label for ever."""
    make(waiting, 1)

    def cancel(tx: Any) -> None:
        with tx.entry("hand.made", shipment=1) as entry:
            entry.update(schema.shipment, 1, state="cancelled")

    waiting.do(cancel)
    tell(waiting, **{mark: "1"})
    assert (states(waiting), waiting.one("SELECT count(*) FROM reprint")) == ([mark], 0)
    assert waiting.rows("SELECT state FROM job WHERE label = 1") == [("done",)]


def test_a_label_in_a_pack_cannot_be_reprinted_beside_it(waiting: House) -> None:
    """Its sheet says what becomes of it; a copy beside it would be a second parcel."""
    make(waiting)
    with pytest.raises(copies.CannotCopy, match="it is number 1 of pack 1: tell first what became of it"):
        waiting.do(lambda tx: copies.reprint(tx, "S1", "torn", ADA))


def test_the_journal_names_who_and_no_canary(waiting: House) -> None:
    """Who made it, who was given it, who told: and nothing of the people that the parcels go to."""
    make(waiting)
    waiting.do(lambda tx: packs.shown(tx, 1, NUMBERS, ADA))
    tell(waiting, printed="1-3", spoiled="4")
    found = waiting.rows("SELECT kind, body FROM journal WHERE kind LIKE 'pack.%'")
    assert {kind for kind, _ in found} == {"pack.made", "pack.item", "pack.shown", "pack.told", "pack.closed"}
    assert all('"user":"ada"' in body for kind, body in found if kind in ("pack.made", "pack.shown", "pack.told"))
    assert not any(canary in body for _, body in found for canary in CANARIES)


DAMAGES: dict[str, Callable[[Any], None]] = {
    "an open label whose attempt is settled": lambda entry: entry.update(schema.attempt, 1, state="unconfirmed"),
    "a settled label whose attempt is open": lambda entry: entry.update(schema.pack_item, 1, state="printed"),
    "a closed pack with open labels": lambda entry: entry.update(schema.pack, 1, state="closed"),
    "an attempt without its label": lambda entry: entry.update(schema.pack_item, 1, attempt=2),
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_verify_tells_of_every_damage(waiting: House, damage: Callable[[Any], None]) -> None:
    """A label that a pack has lost would be printed by nobody, for ever."""
    make(waiting)
    waiting.connection.execute("DELETE FROM pack_item WHERE id = 2")

    def inside(tx: Any) -> None:
        with tx.entry("hand.made", shipment=1) as entry:
            damage(entry)

    waiting.do(inside)
    assert Check.PACKS in {finding.check for finding in verify(waiting.run, waiting.seal)}


def test_verify_tells_of_a_verdict_that_was_turned(waiting: House) -> None:
    """What was printed yesterday is not unused today."""
    make(waiting)
    tell(waiting, printed="1")

    def inside(tx: Any) -> None:
        with tx.entry("hand.made") as entry:
            entry.update(schema.pack_item, 1, state="unused")

    waiting.do(inside)
    assert "a label of a pack went from printed to unused" in {f.message for f in verify(waiting.run, waiting.seal)}
