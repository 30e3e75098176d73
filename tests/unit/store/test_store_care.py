"""Rolls, maintenance, spares and troubles in the database: what is left comes from what was written down, and it folds."""

from __future__ import annotations

import pytest

from unit.store.store_house import PROVEN, House, order
from waybilld.core.heads import Upkeep
from waybilld.core.rolls import Counters, Left, Measured, Wound
from waybilld.core.runs import Person
from waybilld.core.spares import Doing, Kind, TooFew
from waybilld.core.troubles import Cause
from waybilld.core.unconfirmed import Unconfirmed
from waybilld.store import care, journal, outcomes, spares, troubles
from waybilld.store.care import Seen
from waybilld.store.queries import care as cards
from waybilld.store.queries import spares as shelves
from waybilld.store.queries import troubles as ledger
from waybilld.store.spares import NoItem, TooMany
from waybilld.store.story import story
from waybilld.store.troubles import NeverSent, NoLabel
from waybilld.store.verify import verify
from waybilld_sdk.printing import Evidence

MEI = Person(7001, "mei")
PITCH = 153.0
NONE = Counters()
_DAY_US = 86_400_000_000


def load(house: House, mm: int = 15_300, at: Counters = NONE, media: str = "") -> None:
    """Somebody puts a roll in."""
    house.do(lambda tx: care.load(tx, "zebra-1", Wound.ROLL, mm, PITCH, at, media, MEI))


def left(house: House, now: Counters = NONE) -> Left | None:
    """What is left of it."""
    found = cards.left_in(house.run, "zebra-1", Wound.ROLL, now)
    return found[1] if found else None


def sound(house: House) -> bool:
    """Whether folding the journal gives the tables, and nothing else is wrong either."""
    return verify(house.run, house.seal) == []


def test_without_a_counter_the_labels_that_came_out_are_counted(house: House) -> None:
    """A cheap printer counts nothing; the roll in it ends all the same. What may have come out took paper, too."""
    house.until_printed(order("A-1"))
    load(house)
    assert left(house) == Left(100, 15_300, Measured.LABELS)
    house.until_printed(order("A-2"), order("A-3"))
    house.until_rendered(order("A-4"), order("A-5"))
    doubtful = house.begin()
    assert doubtful is not None
    assert house.sent(doubtful)
    rules = house.policies
    house.do(lambda tx: outcomes.unconfirmed(tx, doubtful, Evidence.TOKEN, "no power", Unconfirmed.HOLD, rules))
    refuted = house.begin()
    assert refuted is not None
    house.do(lambda tx: outcomes.refuted(tx, refuted, "the head was open"))
    assert left(house) == Left(97, 14_841, Measured.LABELS)


def test_by_the_devices_counter(house: House) -> None:
    """It also counts what others print on it, and what a calibration wastes."""
    load(house, at=Counters("S1", 1000))
    assert left(house, Counters("S1", 1040)) == Left(60, 9_180, Measured.ODOMETER)


def test_a_roll_that_was_only_seen_has_no_length(house: House) -> None:
    """The device had no media and has some again: whoever put it in is asked, and no full roll is invented."""
    load(house)
    assert house.do(lambda tx: care.roll_changed(tx, "zebra-1", PITCH, NONE, tx.now_us - 9_000_000)) is False, "told since"
    house.now_us += 60_000_000
    assert house.do(lambda tx: care.roll_changed(tx, "zebra-1", PITCH, Counters("S1", 50), tx.now_us - 9_000_000))
    assert left(house, Counters("S1", 60)) is None
    # The answer comes late, and counts from the moment at which the roll was put in.
    load(house, at=Counters("S1", 70))
    assert left(house, Counters("S1", 70)) == Left(80, 12_240, Measured.ODOMETER)
    # The next one is put in at its own moment.
    load(house, at=Counters("S1", 100))
    assert left(house, Counters("S1", 100)) == Left(100, 15_300, Measured.ODOMETER)


def test_a_ribbon_and_a_roll_are_changed_apart(house: House) -> None:
    """A ribbon lasts two rolls."""
    house.do(lambda tx: care.load(tx, "zebra-1", Wound.RIBBON, 300_000, PITCH, Counters("S1", 0), "", MEI))
    load(house, at=Counters("S1", 100), media="100x150")
    ribbon = cards.left_in(house.run, "zebra-1", Wound.RIBBON, Counters("S1", 150))
    assert ribbon is not None
    assert ribbon[1] == Left(1810, 277_050, Measured.ODOMETER)
    assert left(house, Counters("S1", 150)) == Left(50, 7_650, Measured.ODOMETER)
    assert care.media_told(house.run, "zebra-1") == "100x150"


def test_the_device_is_written_down_when_it_changes_only(house: House) -> None:
    """A row for every status would be a million a day; a device that was swapped is one that support must see."""
    first = Seen("S1", "ZT411", "V92")
    for told in (first, first, Seen("S2", "ZT411", "V93")):
        house.do(lambda tx, told=told: care.see(tx, "zebra-1", told))  # type: ignore[misc]
    kinds = house.rows("SELECT kind, body LIKE '%\"another\":true%' FROM journal WHERE kind = 'printer.seen' ORDER BY seq")
    assert kinds == [("printer.seen", 0), ("printer.seen", 1)]
    assert cards.device(house.run, "zebra-1")["serial"] == "S2"


@pytest.mark.parametrize(
    ("known", "told", "expected"),
    [
        (Seen("S1", "M", "F"), Seen("", "", ""), Seen("S1", "M", "F")),
        (Seen("S1", "M", "F"), Seen("S1", "", "F2"), Seen("S1", "M", "F2")),
        (Seen("S1", "M", "F"), Seen("S2", "", ""), Seen("S2", "", "")),
        (Seen("", "", "F"), Seen("S1", "", ""), Seen("S1", "", "F")),
    ],
)
def test_what_a_look_leaves_out_stays(known: Seen, told: Seen, expected: Seen) -> None:
    """A look between two labels reads the serial alone; but another device has none of the old one's properties."""
    assert known.merged(told) == expected


def test_a_new_head_begins_anew(house: House) -> None:
    """From the change on, not from the day on which the printer was bought."""
    at = Counters("S1", None, 30_000_000)
    house.do(lambda tx: care.read(tx, "zebra-1", Counters("S1", None, 29_000_000)))
    house.now_us += 2 * _DAY_US
    house.do(lambda tx: care.maintain(tx, "zebra-1", Upkeep.HEAD_CLEANED, "", Counters("S1", None, 29_500_000), MEI))
    house.do(lambda tx: care.maintain(tx, "zebra-1", Upkeep.HEAD_REPLACED, "spare of May", at, MEI))
    now = Counters("S1", None, 31_000_000)
    house.do(lambda tx: care.read(tx, "zebra-1", now))
    found = cards.head_of(house.run, "zebra-1", now, PITCH, 50)
    assert found is not None
    assert (found.km, found.since_new, found.days_left) == (1.0, True, 49)
    assert cards.head_of(house.run, "zebra-1", NONE, PITCH, 50) == found, "nobody asks it now: its last reading"
    assert [row["what"] for row in cards.maintenance(house.run, "zebra-1", 5)] == ["head-replaced", "head-cleaned"]


def test_a_head_that_was_not_replaced_after_all(house: House) -> None:
    """The wrong printer's name, and its head would never be due again; what was written stays, and says so."""
    first, second = Counters("S1", None, 10_000_000), Counters("S1", None, 30_000_000)
    house.do(lambda tx: care.maintain(tx, "zebra-1", Upkeep.HEAD_REPLACED, "", first, MEI))
    house.do(lambda tx: care.maintain(tx, "zebra-1", Upkeep.HEAD_REPLACED, "", second, MEI))
    house.do(lambda tx: care.undo_maintenance(tx, "zebra-1", Person(7002, "ada")))
    assert care.head_replaced(house.run, "zebra-1") == first
    newest, older = cards.maintenance(house.run, "zebra-1", 5)
    assert (newest["undone_user"], newest["undone_at"] is not None, older["undone_at"]) == ("ada", True, None)
    house.do(lambda tx: care.undo_maintenance(tx, "zebra-1", MEI))
    assert care.head_replaced(house.run, "zebra-1") is None
    with pytest.raises(care.NothingToUndo, match="nothing is written down of printer zebra-1"):
        house.do(lambda tx: care.undo_maintenance(tx, "zebra-1", MEI))
    assert house.one("SELECT count(*) FROM journal WHERE kind = 'printer.maintenance_undone'") == 2


# ---- spares -----------------------------------------------------------------------------------------------------------


def test_a_shelf_over_two_weeks(house: House) -> None:
    """Bought, taken, counted: days left by what was used."""
    house.do(lambda tx: spares.set_item(tx, "main", "100x150", None, 5, MEI))
    house.do(lambda tx: spares.move(tx, "main", "100x150", Doing.ADD, 20, MEI))
    house.now_us += 4 * _DAY_US
    house.do(lambda tx: spares.move(tx, "main", "100x150", Doing.TAKE, 6, MEI))
    house.do(lambda tx: spares.move(tx, "main", "100x150", Doing.COUNT, 12, MEI))
    (row,) = shelves.spares(house.run, house.now_us)
    assert (row["on_hand"], row["used_a_day"], row["days_left"], row["order_now"]) == (12, 2.0, 6, False)
    house.do(lambda tx: spares.set_item(tx, "main", "100x150", None, 12, MEI))
    (row,) = shelves.spares(house.run, house.now_us)
    assert (row["kind"], row["order_now"]) == ("roll", True)
    house.now_us += 30 * _DAY_US
    (row,) = shelves.spares(house.run, house.now_us)
    assert (row["used_a_day"], row["days_left"]) == (None, None)
    assert sound(house)


def test_a_slip_of_the_finger_makes_no_item(house: House) -> None:
    """Taken from an item that nobody keeps: the real one would be one too many for ever."""
    house.do(lambda tx: spares.set_item(tx, "main", "100x150", Kind.ROLL, 5, MEI))
    with pytest.raises(NoItem, match=r"keeps no item 100x15: there are 100x150"):
        house.do(lambda tx: spares.move(tx, "main", "100x15", Doing.TAKE, 1, MEI))
    with pytest.raises(TooFew):
        house.do(lambda tx: spares.move(tx, "main", "100x150", Doing.TAKE, 1, MEI))
    assert house.one("SELECT count(*) FROM spare_move") == 0


def test_items_are_bounded(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each is a series of the metrics: a script gone wild must not fill them."""
    monkeypatch.setattr("waybilld.core.spares.MOST_ITEMS", 2)
    for item in ("a", "b"):
        house.do(lambda tx, item=item: spares.set_item(tx, "main", item, None, 1, MEI))  # type: ignore[misc]
    with pytest.raises(TooMany, match="2 items already"):
        house.do(lambda tx: spares.set_item(tx, "main", "c", None, 1, MEI))
    house.do(lambda tx: spares.set_item(tx, "main", "b", None, 9, MEI))


# ---- troubles ---------------------------------------------------------------------------------------------------------


def test_labels_that_a_trouble_touched(house: House) -> None:
    """The one that the printer held, and each that did not come out; not those before and after."""
    house.until_printed(order("A-1"))
    house.until_rendered(order("A-2"), order("A-3"), order("A-4"))
    held = house.begin()
    assert held is not None
    assert house.do(lambda tx: troubles.open_trouble(tx, "zebra-1", Cause.PAPER_OUT, tx.now_us - 5_000_000))
    assert not house.do(lambda tx: troubles.open_trouble(tx, "zebra-1", Cause.PAPER_OUT, tx.now_us)), "open already"
    assert house.sent(held)
    house.do(lambda tx: outcomes.proven(tx, held, PROVEN, house.policies))
    for _ in range(2):
        again = house.begin()
        assert again is not None
        house.do(lambda tx, again=again: outcomes.refuted(tx, again, "no paper"))  # type: ignore[misc]
    house.print()
    house.do(lambda tx: troubles.close_trouble(tx, "zebra-1", Cause.PAPER_OUT, tx.now_us - 1_000_000))
    (row,) = ledger.since(house.run, 0, house.now_us)
    assert (row["labels"], row["source"], row["ended_at"] is not None) == (2, "device", True)
    assert sound(house)


def test_a_trouble_of_an_idle_printer_touches_nothing(house: House) -> None:
    """Nobody waited for it."""
    house.until_printed(order("A-1"))
    house.do(lambda tx: troubles.open_trouble(tx, "zebra-1", Cause.LINK, tx.now_us))
    house.do(lambda tx: troubles.close_trouble(tx, "zebra-1", Cause.LINK, tx.now_us))
    house.until_printed(order("A-2"))
    assert [row["labels"] for row in ledger.since(house.run, 0, house.now_us)] == [0]


def test_labels_after_the_trouble_are_none_of_it(house: House) -> None:
    """The ledger closes it a minute later, in case it comes back; what is refused in that minute was not spoiled by it."""
    house.until_rendered(order("A-1"), order("A-2"))
    held = house.begin()
    assert held is not None
    house.do(lambda tx: troubles.open_trouble(tx, "zebra-1", Cause.PAPER_OUT, tx.now_us - 5_000_000))
    assert house.sent(held)
    house.do(lambda tx: outcomes.proven(tx, held, PROVEN, house.policies))
    house.now_us += 10_000_000
    ended_us = house.now_us
    house.now_us += 10_000_000
    other = house.begin()
    assert other is not None
    house.do(lambda tx: outcomes.refuted(tx, other, "it is still printing"))
    (row,) = ledger.since(house.run, 0, house.now_us, {("zebra-1", "paper-out"): ended_us})
    lasted = row["seconds"]
    assert (row["ended_at"] is not None, lasted < 20) == (True, True), "over, as the printer shows, and still open"
    house.do(lambda tx: troubles.close_trouble(tx, "zebra-1", Cause.PAPER_OUT, ended_us))
    (row,) = ledger.since(house.run, 0, house.now_us)
    assert (row["labels"], row["seconds"]) == (1, lasted)


def test_a_label_that_was_given_back_at_once_is_affected(house: House) -> None:
    """A pool that is quick to go on has taken the label elsewhere before the trouble stood five seconds."""
    house.until_rendered(order("A-1"), order("A-2"))
    held = house.begin()
    assert held is not None
    assert house.sent(held)
    began_us = house.now_us
    house.do(lambda tx: outcomes.refuted(tx, held, "no paper", reached=Evidence.BODY))
    house.do(lambda tx: troubles.open_trouble(tx, "zebra-1", Cause.PAPER_OUT, began_us))
    house.do(lambda tx: troubles.close_trouble(tx, "zebra-1", Cause.PAPER_OUT, tx.now_us))
    assert [row["labels"] for row in ledger.since(house.run, 0, house.now_us)] == [1]
    house.now_us += 3_600_000_000
    house.do(lambda tx: troubles.open_trouble(tx, "zebra-1", Cause.JAM, tx.now_us))
    assert ledger.since(house.run, 0, house.now_us)[0]["labels"] == 0, "that was an hour ago"


def test_an_open_cover_and_a_new_roll_are_a_change_of_roll(house: House) -> None:
    """Whoever changes the roll slowly must not stand in the weekly report as somebody who left the printer open."""
    for changes in (True, False):
        house.now_us += 60_000_000
        house.do(lambda tx: troubles.open_trouble(tx, "zebra-1", Cause.UNKNOWN, tx.now_us - 120_000_000))
        house.now_us += 200_000_000
        if changes:
            load(house)
        house.do(lambda tx: troubles.close_trouble(tx, "zebra-1", Cause.UNKNOWN, tx.now_us))
        house.now_us += 200_000_000
    assert [row["cause"] for row in ledger.since(house.run, 0, house.now_us)] == ["unknown", "paper-out"]
    assert sound(house)


def test_media_that_are_told_alone(house: House) -> None:
    """What is in it is told anew; the roll is the same, and as long as it was."""
    load(house, at=Counters("S1", 1000), media="100x150")
    house.do(lambda tx: care.tell_media(tx, "zebra-1", PITCH, "100x180", MEI))
    assert left(house, Counters("S1", 1040)) == Left(60, 9_180, Measured.ODOMETER)
    assert care.media_in(house.run, "zebra-1") == ("100x180", False)
    house.do(lambda tx: care.tell_media(tx, "zebra-1", PITCH, "100x180", MEI))
    assert care.media_in(house.run, "zebra-1") == ("100x180", True)
    house.now_us += 60_000_000
    house.do(lambda tx: care.roll_changed(tx, "zebra-1", PITCH, NONE, tx.now_us - 9_000_000))
    assert care.media_in(house.run, "zebra-1") == ("", False), "another roll is in it, and nobody said which"
    assert sound(house)


def test_a_roll_is_anchored_at_the_first_look(house: House) -> None:
    """The printer could not be asked when the roll was told: what was sent until it could is reckoned back."""
    house.until_printed(order("A-1"))
    load(house)
    house.until_printed(order("A-2"), order("A-3"))
    assert care.unanchored(house.run, "zebra-1")
    house.do(lambda tx: care.anchor(tx, "zebra-1", Counters("S1", None, 3_000_000, 1_000_000)))
    assert care.unanchored(house.run, "zebra-1"), "whole kilometres are no anchor"
    house.do(lambda tx: care.anchor(tx, "zebra-1", Counters("S1", 502)))
    assert not care.unanchored(house.run, "zebra-1")
    assert left(house, Counters("S1", 502)) == Left(98, 14_994, Measured.ODOMETER)
    assert left(house, Counters("S1", 510)) == Left(90, 13_770, Measured.ODOMETER)
    assert sound(house)


def test_a_packer_reports_by_the_serial(house: House) -> None:
    """The serial is all that a packer has; the printer is the one that it came out of."""
    house.until_printed(order("A-1"))
    house.until_rendered(order("A-2"))
    assert house.do(lambda tx: troubles.report(tx, "S1", Cause.MISALIGNMENT, "", MEI)) == "zebra-1"
    with pytest.raises(NoLabel):
        house.do(lambda tx: troubles.report(tx, "S99", Cause.JAM, "", MEI))
    with pytest.raises(NeverSent):
        house.do(lambda tx: troubles.report(tx, "S2", Cause.JAM, "", MEI))
    (row,) = ledger.since(house.run, 0, house.now_us)
    assert (row["cause"], row["serial"], row["user"], row["labels"], row["seconds"]) == ("misalignment", "S1", "mei", 1, 0)


def test_totals_per_printer_and_cause(house: House) -> None:
    """The weekly report asks what cost most, not what came last."""
    for cause, seconds in ((Cause.PAPER_OUT, 60), (Cause.LINK, 600), (Cause.PAPER_OUT, 120)):
        house.do(lambda tx, c=cause: troubles.open_trouble(tx, "zebra-1", c, tx.now_us))  # type: ignore[misc]
        house.now_us += (seconds - 1) * 1_000_000
        house.do(lambda tx, c=cause: troubles.close_trouble(tx, "zebra-1", c, tx.now_us))  # type: ignore[misc]
    found = ledger.totals(ledger.since(house.run, 0, house.now_us))
    assert [(t["cause"], t["troubles"], t["seconds"]) for t in found] == [("link", 1, 600.0), ("paper-out", 2, 180.0)]
    house.now_us += 8 * _DAY_US
    assert ledger.since(house.run, house.now_us - 7 * _DAY_US, house.now_us) == []
    house.do(lambda tx: troubles.open_trouble(tx, "zebra-1", Cause.JAM, tx.now_us - 30 * _DAY_US))
    (row,) = ledger.since(house.run, house.now_us - 7 * _DAY_US, house.now_us)
    assert row["cause"] == "jam", "what still stands belongs to this week, whenever it began"


def test_troubles_end_with_their_printer(house: House) -> None:
    """A printer that was taken away would be out of paper for ever."""
    house.do(lambda tx: troubles.open_trouble(tx, "old", Cause.PAPER_OUT, tx.now_us))
    house.do(lambda tx: troubles.open_trouble(tx, "zebra-1", Cause.PAPER_OUT, tx.now_us))
    assert house.do(lambda tx: troubles.close_gone(tx, {"zebra-1"})) == ["old"]
    assert list(troubles.still_open(house.run)) == ["zebra-1"]


def test_the_journal_tells_all_of_it_in_sentences(house: House) -> None:
    """And folds to the tables."""
    house.until_printed(order("A-1"))
    load(house, at=Counters("S1", 5))
    house.do(lambda tx: care.see(tx, "zebra-1", Seen("S1", "ZT411", "")))
    house.do(lambda tx: care.read(tx, "zebra-1", Counters("S1", 5)))
    house.do(lambda tx: care.roll_changed(tx, "zebra-1", PITCH, NONE, tx.now_us))
    house.do(lambda tx: care.tell_media(tx, "zebra-1", PITCH, "100x150", MEI))
    house.do(lambda tx: care.anchor(tx, "zebra-1", Counters("S1", 9)))
    house.do(lambda tx: care.maintain(tx, "zebra-1", Upkeep.ROLLER, "", NONE, MEI))
    house.do(lambda tx: spares.set_item(tx, "main", "100x150", None, 5, MEI))
    house.do(lambda tx: spares.move(tx, "main", "100x150", Doing.ADD, 20, MEI))
    house.do(lambda tx: troubles.open_trouble(tx, "zebra-1", Cause.JAM, tx.now_us))
    house.do(lambda tx: troubles.close_trouble(tx, "zebra-1", Cause.JAM, tx.now_us))
    house.do(lambda tx: troubles.report(tx, "S1", Cause.DATA, "", MEI))
    texts = [story(line) for line in journal.after(house.run, 0, 1000)][-12:]
    assert texts == [
        "a roll of 15.3 m put into printer zebra-1 by user mei (id 7001)",
        "printer zebra-1 tells of itself: ZT411, S1",
        "printer zebra-1 has printed 5 labels",
        "printer zebra-1 had no media and has some again: a new roll",
        "user mei (id 7001) told which labels are in printer zebra-1",
        "printer zebra-1 was asked how far its counters are",
        "printer zebra-1: roller, by user mei (id 7001)",
        "spare 100x150 in warehouse main is ordered again at 5, says user mei (id 7001)",
        "20 of 100x150 put on the shelf in warehouse main by user mei (id 7001): 20 there",
        "trouble jam of printer zebra-1 begins",
        "trouble jam of printer zebra-1 is over",
        "trouble data of printer zebra-1 is reported by user mei (id 7001)",
    ]
    assert sound(house)
