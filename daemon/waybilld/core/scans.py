"""What the packing scan of a label means for the one who holds it."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from waybilld.core.lifecycle import State

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
