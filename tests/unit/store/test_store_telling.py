"""What people tell of labels by their serial: settled, let go, dropped, moved; and what is refused, with what to do."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from unit.store.store_house import PROVEN, House, device, order
from unit.store.test_store_scans import MEI, doubted, evidence, proven, refuted, reprinted, sound
from waybilld.core.lifecycle import Work
from waybilld.core.unconfirmed import Unconfirmed
from waybilld.store import attempts, copies, doubts, houselabels, outcomes, packmaking, telling
from waybilld.store.attempts import Device, Task
from waybilld.store.jobs import Owner
from waybilld.store.telling import CannotTell
from waybilld.store.tx import Tx
from waybilld_sdk.printing import Evidence

PAPER = ("8/100x150",)


def settle(house: House, serial: str, *, printed: bool) -> None:
    """Mei says what she saw."""
    house.do(lambda tx: telling.settle(tx, serial, MEI, house.policies, printed=printed))


def release(house: House, serial: str = "S1") -> None:
    """Mei lets it go."""
    house.do(lambda tx: telling.release(tx, serial, MEI))


def cancel(house: House, serial: str = "S1") -> None:
    """Mei drops it."""
    house.do(lambda tx: telling.cancel(tx, serial, MEI))


def move(house: House, pool: str, printer: str | None = None, variants: tuple[str, ...] = PAPER) -> None:
    """Mei sends it elsewhere."""
    house.do(lambda tx: telling.move(tx, "S1", MEI, pool, printer, variants))


def cases(house: House) -> list[str]:
    """Codes of what is open."""
    return [code for (code,) in house.rows("SELECT code FROM \"case\" WHERE state = 'open' ORDER BY id")]


def refusal(house: House, what: Callable[[], None]) -> str:
    """Why it is refused; nothing is written down then."""
    before = house.one("SELECT count(*) FROM journal")
    with pytest.raises(CannotTell) as raised:
        what()
    assert house.one("SELECT count(*) FROM journal") == before
    return str(raised.value)


def last(house: House, kind: str) -> dict[str, object]:
    """The facts of the newest entry of a kind."""
    body = house.one("SELECT body FROM journal WHERE kind = ? ORDER BY seq DESC LIMIT 1", kind)
    facts: dict[str, object] = json.loads(body)["facts"]
    return facts


# ---- settled ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("policy", [Unconfirmed.HOLD, Unconfirmed.SETTLE_BY_SCAN])
def test_a_label_in_hand_is_printed(house: House, policy: Unconfirmed) -> None:
    """The parcel would stand there for good, or be printed twice."""
    house.until_rendered()
    task = doubted(house, policy)
    settle(house, task.serial, printed=True)
    assert (house.state(), evidence(house)) == ("printed", [("proven", int(Evidence.SCANNED))])
    assert (cases(house), house.begin()) == ([], None)
    assert (last(house, "attempt.proven")["uid"], last(house, "attempt.proven")["user"]) == (7001, "mei")
    sound(house)


def test_a_label_that_is_nowhere_is_printed_again_as_the_same_copy(house: House) -> None:
    """It is the first one on paper: a mark would make people look for another."""
    house.until_rendered()
    task = doubted(house)
    settle(house, task.serial, printed=False)
    assert (house.state(), cases(house), evidence(house)) == ("rendered", [], [("refuted", int(Evidence.TOKEN))])
    again = house.begin()
    assert again is not None
    assert (again.serial, again.copy) == (task.serial, 1)
    assert last(house, "attempt.refuted")["user"] == "mei"
    sound(house)


def test_a_label_that_counts_as_printed_is_not_told_to_be_missing(house: House) -> None:
    """Its shipment went on: nothing would print it again, and who said so would wait for it."""
    house.until_rendered()
    task = doubted(house, Unconfirmed.ACCEPT_SENT, Evidence.ACKNOWLEDGED)
    why = refusal(house, lambda: settle(house, task.serial, printed=False))
    assert "counts as printed, as the policy of printer zebra-1 says" in why
    assert f"waybilld labels reprint {task.serial}" in why
    settle(house, task.serial, printed=True)
    assert evidence(house) == [("proven", int(Evidence.SCANNED))]
    sound(house)


def test_a_label_of_a_pack_is_settled_by_its_serial(house: House) -> None:
    """Who has no check-off sheet at hand has the label."""
    house.until_rendered(order("A-1"), order("A-2"))
    house.do(lambda tx: packmaking.make(tx, "pool", 10, MEI, house.epoch, 0))
    settle(house, "S1", printed=True)
    settle(house, "S2", printed=False)
    assert house.rows("SELECT state FROM pack_item ORDER BY id") == [("printed",), ("unused",)]
    assert [house.state(at) for at in (1, 2)] == ["printed", "rendered"]
    sound(house)


def test_what_cannot_be_settled_says_what_to_do(house: House) -> None:
    """A bare "no" sends the packer to the supervisor."""
    house.until_rendered(*(order(f"A-{n}") for n in range(4)))
    proven(house)
    refuted(house)
    at_work = house.begin()
    assert at_work is not None and at_work.serial == "S2"
    label, separator = house.do(lambda tx: houselabels.make(tx, "separator"))
    assert label
    for serial, words in {
        "S1": "proven printed already: is a copy needed? waybilld labels reprint S1",
        "S2": "printer zebra-1 is at work on label S2 now: wait until it is done",
        "S4": "label S4 was never given to a printer",
        "W9": "there is no label W9 of a parcel",
        separator: f"there is no label {separator} of a parcel",
    }.items():
        assert words in refusal(house, lambda serial=serial: settle(house, serial, printed=True))  # type: ignore[misc]
    copy = reprinted(house, "S1")
    assert f"superseded by {copy}: tell of that one" in refusal(house, lambda: settle(house, "S1", printed=True))


def test_a_refuted_label_is_not_settled_but_scanned(house: House) -> None:
    """A person's word against a counter is not taken without the label's own code."""
    house.until_rendered()
    refuted(house)
    assert "proven not printed already" in refusal(house, lambda: settle(house, "S1", printed=True))


@pytest.mark.parametrize("printed", [True, False])
def test_a_printer_that_answers_late_does_not_overrule_a_person(house: House, printed: bool) -> None:
    """The lane asked the printer while mei looked: printed again, it would go out twice."""
    house.until_rendered()
    task = doubted(house)
    asked = doubts.newest(house.run, task.label)
    assert asked is not None
    settle(house, task.serial, printed=printed)
    if printed:
        house.do(lambda tx: outcomes.never_came(tx, asked, "the counter stands", {}))
        assert (house.state(), house.begin()) == ("printed", None)
    else:
        house.do(lambda tx: outcomes.came_out(tx, asked, Evidence.PRINTED, "it rose", {}, house.policies))
        assert house.state() == "rendered"
        assert house.begin("zebra-2") is not None
    sound(house)


# ---- what waits: let go, dropped, moved ---------------------------------------------------------------------------------


def stale(house: House) -> None:
    """The oldest label has waited too long."""

    def unit(tx: Tx) -> Task | None:
        owner = Owner("lane-zebra-1", house.epoch)
        return attempts.begin(tx, device(), "pool", owner, {}, made_after_us=tx.now_us + 1)

    assert house.do(unit) is None


def unprintable(house: House) -> None:
    """Its page cannot be encoded."""
    task = house.begin()
    assert task is not None
    house.do(lambda tx: attempts.unprintable(tx, task, "too wide"))


def paperless(house: House) -> None:
    """No page was drawn for the printer's paper."""
    what = Device("tiny", "pool", "zpl", "dark-10", "8/58x40")
    assert house.do(lambda tx: attempts.begin(tx, what, "pool", Owner("lane-tiny", house.epoch), {})) is None


@pytest.mark.parametrize("give_up", [stale, unprintable, paperless])
def test_a_label_that_was_given_up_is_let_go_and_printed(house: House, give_up: Callable[[House], None]) -> None:
    """The parcel of Friday evening on Monday; the cause was mended."""
    house.until_rendered()
    give_up(house)
    assert house.begin() is None
    made = house.one("SELECT made_at_us FROM job WHERE kind = 'print'")
    release(house)
    assert house.one("SELECT made_at_us FROM job WHERE kind = 'print'") > made
    assert (cases(house), last(house, "label.released")["user"]) == ([], "mei")
    sound(house)
    house.print()
    assert house.state() == "printed"
    sound(house)


def test_another_block_stays(house: House) -> None:
    """Letting a label go is no verdict on a refund."""
    house.until_rendered()
    stale(house)
    house.block(1, "refund-asked")
    release(house)
    assert (cases(house), house.begin()) == (["refund-asked"], None)


def test_a_label_that_was_not_given_up_is_not_let_go(house: House) -> None:
    """It would come out twice, or while its printer has it."""
    house.until_rendered(order("A-1"), order("A-2"))
    assert "was not given up: its job is ready" in refusal(house, lambda: release(house))
    task = doubted(house)
    assert "its job is in doubt" in refusal(house, lambda: release(house, task.serial))
    settle(house, task.serial, printed=True)
    why = refusal(house, lambda: release(house, task.serial))
    assert f"waits for no printer; if a copy is needed: waybilld labels reprint {task.serial}" in why


def test_a_dropped_label_leaves_a_case_until_its_copy(house: House) -> None:
    """A parcel without a label, and nobody who knows why."""
    house.until_rendered()
    cancel(house)
    assert house.begin() is None
    ((message,),) = house.rows("SELECT message FROM \"case\" WHERE code = 'label-dropped' AND blocking = 1")
    assert "dropped by user mei (id 7001)" in message
    assert "waybilld labels reprint S1" in message
    sound(house)
    assert reprinted(house) == "S1.2"
    # It never came out: nobody looks for it.
    assert (cases(house), house.rows("SELECT 1 FROM intercept")) == ([], [])
    sound(house)


@pytest.mark.parametrize("give_up", [stale, unprintable, paperless])
def test_a_label_that_was_given_up_can_be_dropped_or_copied(house: House, give_up: Callable[[House], None]) -> None:
    """Its parcel went another way, or is to have a label of another paper; and the history is one that the rules allow."""
    house.until_rendered(order("A-1"), order("A-2"))
    give_up(house)
    cancel(house)
    assert cases(house) == ["label-dropped"]
    give_up(house)
    reprinted(house, "S2")
    assert cases(house) == ["label-dropped"]
    sound(house)


def test_a_copy_that_is_not_drawn_yet_can_be_dropped(house: House) -> None:
    """It was asked for by mistake: its parcel has no label in force now, and that is said."""
    house.until_printed()
    copy = reprinted(house)
    cancel(house, copy)
    assert (cases(house), house.claim(Work.COPY)) == (["label-dropped"], [])
    sound(house)


def test_what_a_printer_has_is_neither_dropped_nor_moved(house: House) -> None:
    """It would come out all the same, and nobody would wait for it."""
    house.until_rendered()
    assert house.begin() is not None
    for what in (lambda: cancel(house), lambda: move(house, "hall")):
        assert "S1 is busy" in refusal(house, what)


def test_what_is_in_doubt_is_neither_dropped_nor_moved(house: House) -> None:
    """First it must be known whether it lies somewhere."""
    house.until_rendered()
    doubted(house)
    for what in (lambda: cancel(house), lambda: move(house, "hall")):
        assert "S1 is in doubt" in refusal(house, what)


def test_a_label_goes_to_another_pool_and_to_one_printer(house: House) -> None:
    """The bench is full, the hall is idle; or it must come out where somebody stands."""
    house.until_rendered()
    move(house, "hall")
    assert house.begin() is None
    assert (last(house, "label.moved")["pool"], last(house, "label.moved")["user"]) == ("hall", "mei")
    move(house, "pool", "zebra-1")
    assert house.begin("zebra-2") is None
    task = house.begin("zebra-1")
    assert task is not None
    assert house.sent(task)
    house.do(lambda tx: outcomes.proven(tx, task, PROVEN, house.policies))
    assert house.state() == "printed"
    sound(house)


def test_a_label_does_not_go_where_no_page_fits(house: House) -> None:
    """It would stop there for good."""
    house.until_rendered()
    why = refusal(house, lambda: move(house, "small", None, ("8/58x40", "12/58x40")))
    assert "was drawn for 8/100x150 (dots per mm, media), and there it would need 12/58x40 or 8/58x40" in why
    move(house, "mixed", None, ("8/58x40", "8/100x150"))


def test_a_copy_that_is_not_drawn_yet_is_not_moved(house: House) -> None:
    """Nobody knows yet what paper it takes."""
    house.until_printed()
    copy = reprinted(house)
    with pytest.raises(CannotTell, match="only one that waits for a printer can be moved"):
        house.do(lambda tx: telling.move(tx, copy, MEI, "hall", None, PAPER))


def test_a_person_is_counted_by_what_they_asked_for(house: House) -> None:
    """The quota rests on it: neither somebody else's copies, nor a policy's, nor those of the day before."""
    house.until_printed()
    before = house.now_us
    for serial in ("S1", "S1.2", "S1.3"):
        reprinted(house, serial)
    assert copies.made_by(house.run, MEI.uid, before) == 3
    assert copies.made_by(house.run, MEI.uid, house.now_us) == 0
    assert copies.made_by(house.run, MEI.uid + 1, before) == 0
