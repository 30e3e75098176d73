"""What is said of a label after its printer's policy, a person or another printer had the last word: nobody loses it, and
nobody puts two of it on two parcels."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from support.services_house import House
from unit.services import test_lane_failover as failover
from unit.services.test_lane_failover import GONE, SILENT, Pair, sound
from unit.services.test_services_lane import IDLE, PROVEN, REFUTED, Scripted, lane_on, ready, run
from waybilld.core.lifecycle import State
from waybilld.core.runs import Person
from waybilld.core.scans import Scanned, Word
from waybilld.core.unconfirmed import Unconfirmed
from waybilld.store import copies, doubts, outcomes, scans, schema, telling
from waybilld.store.journal import of_shipment
from waybilld.store.story import story
from waybilld.store.telling import CannotTell
from waybilld.store.tx import Tx
from waybilld.store.verify import verify
from waybilld_sdk.printing import CancelOutcome, Evidence, Outcome, Verdict

PACKER = Person(1000, "packer")
LABEL = "W0000001.1"
MUTE = Verdict(Outcome.UNCONFIRMED, Evidence.ACKNOWLEDGED, "it tells nothing", {}, IDLE)


@pytest.fixture
def house() -> Iterator[House]:
    house = House()
    yield house
    house.close()


def attempts(house: House) -> list[tuple[str, str, str]]:
    """(printer, serial, state) of every attempt but those of separators."""
    return [attempt for attempt in failover.attempts(house) if not attempt[1].startswith("X")]


def tell(house: House, *, printed: bool, serial: str = LABEL) -> None:
    """What the packer says of a label."""
    house.write(lambda tx: telling.settle(tx, serial, PACKER, house.policies, printed=printed))


def scan(house: House, serial: str = LABEL) -> Scanned:
    """The packing scan."""
    return house.write(lambda tx: scans.scan(tx, serial, PACKER, house.policies))


def stands(house: House, **columns: Any) -> None:
    """The shipment went on by another road."""

    def unit(tx: Tx) -> None:
        with tx.entry("shipment.test", shipment=1) as entry:
            entry.update(schema.shipment, 1, **columns)

    house.write(unit)


def told(house: House) -> str:
    """The shipment's story."""
    return "\n".join(story(line) for line in house.wait(house.store.read(lambda run: of_shipment(run, 1))))


def accepted(house: House) -> Scripted:
    """A label that its printer's policy took for printed; further ones are proven."""
    ready(house)
    port = Scripted()
    port.verdicts = [MUTE]
    lane = lane_on(house, port)
    object.__setattr__(lane.printer, "unconfirmed", Unconfirmed.ACCEPT_SENT)
    run(house, lane)
    assert [s["state"] for s in house.rows("shipment")] == ["printed"]
    return port


# ---- a policy took it for printed ---------------------------------------------------------------------------------


def test_an_accepted_label_that_a_person_misses_is_printed_again(house: House) -> None:
    """Its parcel would stand at the packing table for ever: called printed, and with no label."""
    port = accepted(house)
    tell(house, printed=False)
    house.turn(5)
    assert port.printed == ["attempt-1", "attempt-2"]
    assert house.attempt_states() == ["refuted", "proven"]
    assert [label["copy"] for label in house.rows("label")] == [1]
    assert [s["state"] for s in house.rows("shipment")] == ["printed"]
    assert house.open_cases() == []
    sound(house)


def test_an_accepted_label_that_its_printer_proves_lost_is_printed_again(house: House) -> None:
    """The printer that was left comes back and shows that it printed nothing: the other one prints the same copy."""
    ready(house)
    pair = Pair(house, Unconfirmed.ACCEPT_SENT)
    pair.first.verdicts = [SILENT] * 60
    pair.start(60, GONE)
    assert house.rows("attempt")[0]["accepted"] == 1
    pair.first.verdicts, pair.first.state = [REFUTED] * 5, IDLE
    house.turn(60)
    assert [a[2] for a in attempts(house)] == ["refuted", "proven"]
    assert [j["state"] for j in house.rows("job") if j["kind"] == "print"] == ["done", "done"]
    assert house.open_cases() == []
    sound(house)


def test_a_shop_that_was_told_stays_told_and_the_story_says_so(house: House) -> None:
    """A second confirmation would be refused or, worse, taken; and who asks what happened must find it."""
    accepted(house)
    stands(house, confirmed_at_us=1)
    confirms = [j["id"] for j in house.rows("job") if j["kind"] == "confirm"]
    tell(house, printed=False)
    house.turn(5)
    assert [j["id"] for j in house.rows("job") if j["kind"] == "confirm"] == confirms
    assert house.rows("shipment")[0]["confirmed_at_us"] == 1
    assert f"{LABEL} is printed again" in told(house)
    assert "the shop was told already" in told(house)
    sound(house)


@pytest.mark.parametrize("state", ["handed_over", "in_transit"])
def test_a_parcel_that_left_with_a_label_that_never_came_out_waits_for_a_person(house: House, state: str) -> None:
    """Something went out of the door without this label: printing another one here helps nobody, silence even less."""
    port = accepted(house)
    stands(house, state=state)
    tell(house, printed=False)
    house.turn(5)
    assert port.printed == ["attempt-1"]
    (case,) = [case for case in house.rows("case") if case["state"] == "open"]
    assert (case["code"], case["blocking"]) == ("print-missing", 1)
    assert LABEL in case["message"]
    assert state.replace("_", " ") in case["message"]


@pytest.mark.parametrize("state", ["voiding", "cancelled"])
def test_what_was_called_off_is_not_printed_for_being_missed(house: House, state: str) -> None:
    """No paper and no parcel: that is as it should be."""
    port = accepted(house)
    stands(house, state=state)
    tell(house, printed=False)
    house.turn(5)
    assert port.printed == ["attempt-1"]
    assert house.open_cases() == []


def test_a_doubted_label_of_a_parcel_that_was_called_off_waits_for_no_printer(house: House) -> None:
    """The gate would refuse it again and again, and everything behind it would wait."""
    ready(house)
    port = Scripted()
    port.verdicts = [MUTE]
    run(house, lane_on(house, port))
    stands(house, state="voiding")
    tell(house, printed=False)
    assert [j["state"] for j in house.rows("job") if j["kind"] == "print"] == ["done"]


def test_verify_names_a_printed_shipment_whose_only_attempt_is_refuted(house: House) -> None:
    """The policy's word ends where the proof of the contrary begins."""
    accepted(house)

    def lost(tx: Tx) -> None:
        with tx.entry("attempt.refuted", shipment=1) as entry:
            entry.update(schema.attempt, 1, state="refuted")

    house.write(lost)
    found = [str(finding) for finding in verify(house.disk.runner(), house.seal)]
    assert any("called printed" in finding and LABEL in finding for finding in found), found


# ---- a person had answered ----------------------------------------------------------------------------------------


def denied(house: House, policy: Unconfirmed = Unconfirmed.HOLD) -> Pair:
    """p1 fell silent with the label, a person says that it is not there."""
    ready(house)
    pair = Pair(house, policy)
    pair.first.verdicts = [SILENT] * 60
    pair.start(60, GONE)
    tell(house, printed=False)
    return pair


def back(house: House, pair: Pair, verdict: Verdict = PROVEN, cancel: CancelOutcome = CancelOutcome.PRINTED) -> None:
    """p1 is back."""
    pair.first.verdicts, pair.first.cancels, pair.first.state = [verdict] * 10, [cancel] * 10, IDLE
    house.turn(60)


@pytest.fixture
def twice(house: House) -> House:
    """Two identical papers: p2 printed the label, and p1 shows that it had printed it, too."""
    pair = denied(house)
    house.turn(5)
    assert attempts(house) == [("p1", LABEL, "refuted"), ("p2", LABEL, "proven")]
    back(house, pair)
    return house


def test_two_identical_labels_stop_at_the_scan_and_are_looked_for(twice: House) -> None:
    """Without a word of it each goes on a parcel, and both scans say go."""
    (intercept,) = twice.rows("intercept")
    assert (intercept["label"], intercept["printer"], intercept["state"]) == (1, "p1", "open")
    assert LABEL in intercept["reason"]
    assert twice.open_cases() == ["print-twice"]
    assert [scan(twice).word for _ in range(2)] == [Word.STOP, Word.STOP]
    assert attempts(twice)[0][2] == "refuted"
    assert f"printer p1 shows that it printed {LABEL} all the same" in told(twice)
    sound(twice)


def test_once_one_of_two_labels_is_destroyed_the_other_may_go(twice: House) -> None:
    """A person says so, and stands in the journal with it."""
    with pytest.raises(CannotTell, match="waybilld labels reprint"):
        tell(twice, printed=False)
    tell(twice, printed=True)
    assert [i["state"] for i in twice.rows("intercept")] == ["found"]
    assert twice.open_cases() == []
    assert scan(twice).word is Word.GO
    assert "one of two was destroyed" in told(twice)
    sound(twice)


def test_a_copy_takes_the_place_of_both(twice: House) -> None:
    """Where the second paper is not to be found, neither may go."""
    twice.write(lambda tx: copies.reprint(tx, LABEL, "twice on paper", PACKER))
    assert [i["state"] for i in twice.rows("intercept")] == ["open"]
    assert twice.open_cases() == []
    assert scan(twice).word is Word.STOP
    sound(twice)


def test_a_label_that_came_out_after_all_is_not_printed_elsewhere(house: House) -> None:
    """p1 is back before anybody else took the label: one paper, and it stays the only one."""
    ready(house)
    port = Scripted()
    port.verdicts = [MUTE]
    lane = lane_on(house, port)
    run(house, lane)
    asked = house.wait(house.store.read(lambda run: doubts.newest(run, 1)))
    assert asked is not None
    house.wait(lane.stop())
    tell(house, printed=False)
    house.write(lambda tx: outcomes.came_out(tx, asked, Evidence.PRINTED, "late", {}, house.policies))
    run(house, lane_on(house, port))
    assert port.printed == ["attempt-1"]
    assert house.open_cases() == ["print-late"]
    assert house.rows("intercept") == []
    sound(house)
    assert scan(house).word is Word.GO
    assert [s["state"] for s in house.rows("shipment")] == ["verified"]
    assert house.open_cases() == []
    sound(house)


def test_the_second_paper_is_kept_from_coming_out_where_it_still_can_be(house: House) -> None:
    """p1 shows that it printed the label in the moment in which p2 is about to: one paper is enough."""
    ready(house)
    pair = Pair(house)
    pair.first.verdicts = [SILENT] * 60
    pair.start(60, GONE)
    asked = house.wait(house.store.read(lambda run: doubts.newest(run, 1)))
    assert asked is not None

    async def late() -> None:
        if attempts(house)[-1][:2] != ("p2", LABEL):
            return  # A separator is about to come out.
        await house.store.write(
            lambda tx: outcomes.came_out(tx, asked, Evidence.PRINTED, "late", {}, house.policies)
        )

    pair.second.before_gate = late
    tell(house, printed=False)
    house.turn(10)
    assert "gate shut" in pair.second.told
    assert [a for a in attempts(house) if a[2] != "refuted"] == []
    assert (house.open_cases(), scan(house).word) == (["print-twice"], Word.STOP)
    tell(house, printed=True)
    house.turn(10)
    assert [a for a in attempts(house) if a[2] != "refuted"] == []
    assert scan(house).word is Word.GO
    sound(house)


def test_a_denied_label_whose_copy_was_made_meanwhile_is_looked_for(house: House) -> None:
    """Nobody looked for it, because nobody believed in it."""
    pair = denied(house)
    house.turn(5)
    house.write(lambda tx: copies.reprint(tx, LABEL, "smeared", PACKER))
    scan(house)
    assert [i["state"] for i in house.rows("intercept")] == ["found"]
    back(house, pair)
    (intercept,) = house.rows("intercept")
    assert (intercept["printer"], intercept["state"]) == ("p1", "open")
    assert house.open_cases() == []
    sound(house)


@pytest.mark.parametrize("verdict", [REFUTED, MUTE])
def test_a_printer_that_does_not_contradict_changes_nothing(house: House, verdict: Verdict) -> None:
    """It is asked, and what a person said stands."""
    pair = denied(house)
    house.turn(5)
    back(house, pair, verdict, CancelOutcome.UNKNOWN)
    assert attempts(house) == [("p1", LABEL, "refuted"), ("p2", LABEL, "proven")]
    assert (house.open_cases(), house.rows("intercept")) == ([], [])
    assert house.rows("failover")[0]["settled_at_us"] is not None
    assert scan(house).word is Word.GO
    sound(house)


def test_the_second_paper_keeps_the_parcel_also_while_the_first_is_in_doubt(house: House) -> None:
    """p2 tells nothing: a scan proves its paper, and the other one lies in p1 all the same."""
    ready(house)
    pair = Pair(house, Unconfirmed.SETTLE_BY_SCAN)
    pair.first.verdicts, pair.second.verdicts = [SILENT] * 60, [MUTE] * 10
    pair.start(60, GONE)
    tell(house, printed=False)
    house.turn(5)
    assert [a[2] for a in attempts(house)] == ["refuted", "unconfirmed"]
    back(house, pair)
    assert scan(house).word is Word.STOP
    assert "print-twice" in house.open_cases()
    tell(house, printed=True)
    assert scan(house).word is Word.GO
    assert State(house.rows("shipment")[0]["state"]) is State.VERIFIED
    sound(house)


@pytest.mark.parametrize("late", ["came_out", "never_came"])
def test_who_answers_while_the_printer_does_is_heard_as_well(house: House, late: str) -> None:
    """Between the printer's verdict and its commit a person says that it is not there."""
    ready(house)
    pair = Pair(house)
    pair.first.verdicts = [SILENT] * 60
    pair.start(60, GONE)
    asked = house.wait(house.store.read(lambda run: doubts.newest(run, 1)))
    assert asked is not None
    tell(house, printed=False)
    house.turn(5)
    unit: Callable[[Tx], None] = (
        (lambda tx: outcomes.came_out(tx, asked, Evidence.PRINTED, "late", {}, house.policies))
        if late == "came_out"
        else (lambda tx: outcomes.never_came(tx, asked, "late", {}))
    )
    house.write(unit)
    assert attempts(house) == [("p1", LABEL, "refuted"), ("p2", LABEL, "proven")]
    assert house.open_cases() == (["print-twice"] if late == "came_out" else [])
    sound(house)


def test_a_label_that_was_given_up_can_be_dropped(house: House) -> None:
    """`waybilld db verify` must not call damage what the case itself told somebody to do."""
    ready(house)
    lane = lane_on(house, Scripted())
    lane._print_within_us = 3_600_000_000
    house.turn(7200)
    run(house, lane, 30)
    assert house.open_cases() == ["print-stale"]
    house.write(lambda tx: telling.cancel(tx, LABEL, PACKER))
    assert house.open_cases() == ["label-dropped"]
    sound(house)
