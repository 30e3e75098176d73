"""What the packing scan of a label means for the one who holds it. Pure."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from waybilld.core.attempts import LIVE, AttemptState
from waybilld.core.lifecycle import Event, State, allowed

MAY_GO = frozenset({State.RENDERED, State.PRINTED, State.VERIFIED, State.HANDED_OVER})
"""Where a shipment stands while a label of it may go on its parcel. In every other state it is to be drawn anew, called
back, given up, or gone already: the label belongs aside."""

class Word(enum.StrEnum):
    """`go`: the label may go on its parcel. `stop`: it must not. `later`: its printer is at work on it this moment."""

    GO = "go"
    STOP = "stop"
    LATER = "later"


@dataclass(frozen=True, slots=True)
class Scanned:
    """What came of one scan, in a sentence for the packer."""

    serial: str
    word: Word
    text: str


@dataclass(frozen=True, slots=True)
class Held:
    """The label in hand, as the ledger knew it before the scan. `newer` is the serial of the copy that has its place, empty
    for none; `attempt` and `printer` are its newest attempt's, None and empty where none was made."""

    kind: str
    newer: str = ""
    attempt: AttemptState | None = None
    printer: str = ""


@dataclass(frozen=True, slots=True)
class Parcel:
    """The label's shipment once the scan is written down. `block` is the code of a case that stops it, empty for none;
    `missing` are the serials of its waybill labels in force that nobody has scanned yet."""

    shipment: int
    state: State
    block: str = ""
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Ruling:
    """What the packer is told, and whether the shipment is verified by it."""

    word: Word
    text: str
    verifies: bool = False


UNKNOWN = Ruling(Word.STOP, "nobody here printed this: it is no label of ours, or was read wrongly")
"""No label has this serial."""


def counts(held: Held) -> bool:
    """Whether a scan proves that the label came out: a printer had it, and none has it now."""
    return held.attempt is not None and held.attempt not in LIVE


def judge(held: Held, parcel: Parcel | None) -> Ruling:
    """What a scan comes to. `parcel` is None for what belongs to no shipment, such as a separator.

    A shipment is verified once each of its waybill labels in force is scanned: with one of two on the wrong parcel, or still
    in a printer, both parcels go wrong. What else belongs into a parcel, such as a slip, does not hold it up.
    """
    if parcel is None:
        return Ruling(Word.STOP, f"this is a {held.kind}, and goes on no parcel")
    if held.newer:
        return Ruling(Word.STOP, f"throw this away: {held.newer} has its place")
    if held.attempt is None:
        return Ruling(Word.STOP, "no printer was ever given this label: where does it come from?")
    if held.attempt in LIVE:
        return Ruling(Word.LATER, f"printer {held.printer} is at work on it: scan it again in a moment")
    shipment, state = parcel.shipment, parcel.state
    if parcel.block:
        return Ruling(Word.STOP, f"put it aside: shipment {shipment} waits for a person ({parcel.block})")
    if state not in MAY_GO:
        return Ruling(Word.STOP, f"put it aside: shipment {shipment} is {state}")
    if held.kind != "waybill":
        return Ruling(Word.GO, f"{held.kind} of shipment {shipment}")
    if parcel.missing:
        others = ", ".join(parcel.missing)
        return Ruling(Word.GO, f"shipment {shipment} has more labels: scan {others}, too")
    if not allowed(state, Event.SCANNED):
        return Ruling(Word.GO, f"shipment {shipment} is {state} already: of two labels with this serial throw one away")
    return Ruling(Word.GO, f"shipment {shipment} is verified", verifies=True)
