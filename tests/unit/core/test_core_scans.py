"""The packing scan's rule: every state of a shipment with every label that a packer may hold."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from waybilld.core.attempts import LIVE, AttemptState
from waybilld.core.lifecycle import State
from waybilld.core.scans import Held, Parcel, Word, counts, judge

GOING = {State.RENDERED, State.PRINTED, State.VERIFIED, State.HANDED_OVER}
ASIDE = (Word.STOP, "put it aside: shipment 17 is ")
GOOD = Held("waybill", attempt=AttemptState.PROVEN, printer="zebra-1")


@dataclass(frozen=True)
class Case:
    """A label in hand, what stands against its shipment, and the answer where a label may go and where it may not."""

    held: Held
    going: tuple[Word, str]
    else_: tuple[Word, str]
    block: str = ""
    missing: tuple[str, ...] = ()
    verifies: frozenset[State] = frozenset()


def always(held: Held, word: Word, text: str, block: str = "", missing: tuple[str, ...] = ()) -> Case:
    """The same answer wherever the shipment stands."""
    return Case(held, (word, text), (word, text), block, missing)


VERIFYING = frozenset({State.RENDERED, State.PRINTED})
CASES = {
    "superseded": always(
        Held("waybill", "S1.2", AttemptState.UNCONFIRMED, "zebra-1"), Word.STOP, "throw this away: S1.2 has its place"
    ),
    "superseded, of a stopped shipment": always(
        Held("waybill", "S1.2", AttemptState.PROVEN, "zebra-1"), Word.STOP, "throw this away: S1.2", "refund-asked"
    ),
    "never given to a printer": always(Held("waybill"), Word.STOP, "no printer was ever given this label"),
    **{
        f"its printer is at work, {state}": always(
            Held("waybill", attempt=state, printer="zebra-1"), Word.LATER, "printer zebra-1 is at work on it"
        )
        for state in sorted(LIVE)
    },
    "stopped": always(GOOD, Word.STOP, "put it aside: shipment 17 waits for a person (refund-asked)", "refund-asked"),
    "stopped, one of two": always(GOOD, Word.STOP, "put it aside: shipment 17 waits", "refund-asked", ("S2",)),
    "a slip": Case(Held("slip", attempt=AttemptState.PROVEN), (Word.GO, "slip of shipment 17"), ASIDE),
    "a slip, the waybill still to scan": Case(
        Held("slip", attempt=AttemptState.PROVEN), (Word.GO, "slip of shipment 17"), ASIDE, missing=("S1",)
    ),
    "one of three": Case(
        GOOD, (Word.GO, "shipment 17 has more labels: scan S2, S3, too"), ASIDE, missing=("S2", "S3")
    ),
    **{
        f"the last one, {state}": Case(
            Held("waybill", attempt=state, printer="zebra-1"), (Word.GO, "shipment 17 is "), ASIDE, verifies=VERIFYING
        )
        for state in (AttemptState.PROVEN, AttemptState.UNCONFIRMED, AttemptState.REFUTED)
    },
}


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_every_state_with_every_label(case: Case, state: State) -> None:
    """A state or a label that nobody thought of lets a cancelled parcel go, or stops the bench."""
    ruling = judge(case.held, Parcel(17, state, case.block, case.missing))
    word, text = case.going if state in GOING else case.else_
    assert (ruling.word, ruling.text[: len(text)]) == (word, text)
    assert ruling.verifies is (state in case.verifies)


@pytest.mark.parametrize("attempt", [None, *AttemptState])
@pytest.mark.parametrize("kind", ["separator", "test", "calibration"])
def test_what_belongs_to_no_shipment_goes_on_no_parcel(kind: str, attempt: AttemptState | None) -> None:
    """It has a serial too, and lies between the others."""
    ruling = judge(Held(kind, attempt=attempt), None)
    assert (ruling.word, ruling.text, ruling.verifies) == (Word.STOP, f"this is a {kind}, and goes on no parcel", False)


def test_the_words_tell_a_first_scan_from_a_second() -> None:
    """A second label with the same serial must not go unseen."""
    assert judge(GOOD, Parcel(17, State.PRINTED)).text == "shipment 17 is verified"
    again = "shipment 17 is verified already: of two labels with this serial throw one away"
    assert judge(GOOD, Parcel(17, State.VERIFIED)).text == again


@pytest.mark.parametrize("attempt", [None, *AttemptState])
def test_a_scan_counts_once_no_printer_is_at_work(attempt: AttemptState | None) -> None:
    """What a printer is still printing is answered by the printer: the row would be settled twice."""
    settled = {AttemptState.PROVEN, AttemptState.REFUTED, AttemptState.UNCONFIRMED}
    assert counts(Held("waybill", attempt=attempt)) is (attempt in settled)
