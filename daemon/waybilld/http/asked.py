"""What may be asked of the daemon: the parameters and bodies of its endpoints, unknown names refused.

Data alone, as `table.py` is, which names one of these for each endpoint.
"""

from __future__ import annotations

from typing import Annotated, Any, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from waybilld.core.heads import Upkeep
from waybilld.core.intercepts import InterceptState
from waybilld.core.lifecycle import State
from waybilld.core.packs import MOST_ITEMS
from waybilld.core.rolls import MOST_MM, parse_media
from waybilld.core.runs import MOST_STOPS
from waybilld.core.spares import MOST, Doing, Kind
from waybilld.core.troubles import LETTERS, Cause

_LARGEST = 2**63 - 1
"""The largest whole number that the database holds."""

_LONGEST_S = 10_000 * 604_800
"""Longer than any label waits, and as long as people can type."""


class Strict(BaseModel):
    """Unknown names are mistakes."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class OrdersQuery(Strict):
    """Which orders."""

    shop: str | None = Field(default=None, description="Only orders of this shop.")
    external_id: str | None = Field(default=None, description="Only orders with this number of the shop.")
    state: State | None = Field(default=None, description="Only orders with a shipment in this state.")
    blocked: bool = Field(default=False, description="Only orders with a shipment that waits for a person.")
    limit: int = Field(default=50, ge=1, le=500, description="How many at most.")
    after: int | None = Field(default=None, ge=0, le=_LARGEST, description="The `next` of the page before.")


class LabelQuery(Strict):
    """Which pixels of a label."""

    variant: str | None = Field(
        default=None, description="Dots per mm and media, such as `8/100x150`; without it the first that was drawn."
    )
    serial: str | None = Field(
        default=None,
        description="Serial of what else is printed for it, such as `S0000017.1`; without it the newest waybill label.",
    )


class JournalQuery(Strict):
    """Which journal entries."""

    after: int | None = Field(
        default=None, ge=0, le=_LARGEST, description="Entries after this sequence number; without it the newest."
    )
    limit: int = Field(default=100, ge=1, le=1000, description="How many at most.")
    shipment: int | None = Field(default=None, ge=0, le=_LARGEST, description="Only entries of this shipment.")


class LimitQuery(Strict):
    """How much of a list."""

    limit: int = Field(default=200, ge=1, le=1000, description="How many at most.")


class UnconfirmedQuery(LimitQuery):
    """Which labels in doubt."""

    printer: str | None = Field(default=None, description="Only those that this printer was given last.")
    pool: str | None = Field(default=None, description="Only those that would be printed again in this pool.")
    older_than_s: int | None = Field(
        default=None, ge=0, le=_LONGEST_S, description="Only those that were sent so many seconds ago, or earlier."
    )


class InterceptsQuery(LimitQuery):
    """Which copies that must not go on a parcel."""

    state: InterceptState = Field(
        default=InterceptState.OPEN,
        strict=False,
        description="Those that somebody looks for, that were found, or that never came out.",
    )


class PageQuery(Strict):
    """Which page of a sheet."""

    page: int | None = Field(default=None, ge=1, le=1000, description="Its number; not needed where it is the only one.")


def _plain_name(value: str) -> str:
    if not value.isprintable() or value != value.strip():
        raise ValueError("must be one line of text without control characters and blanks around it")
    return value


class OpenRun(Strict):
    """A run to open. Its name stands on the sheet and stays in the journal: name the tour, not a person."""

    name: Annotated[str, AfterValidator(_plain_name)] = Field(
        min_length=1, max_length=40, description="What the run is called, such as `north-morning`."
    )
    shipments: tuple[Annotated[int, Field(ge=1, le=_LARGEST)], ...] = Field(
        min_length=1, max_length=MOST_STOPS, description="Numbers of the shipments, in the order of the stops."
    )


_Line = Annotated[str, AfterValidator(_plain_name)]
_NOTE = "It is kept for good: name no person."


def _media(value: str) -> str:
    return parse_media(value) if value else value


class LoadRoll(Strict):
    """What was put into a printer: a roll by its length or by its labels, a ribbon by its length, or both. `media` alone
    tells of the roll that is in it already."""

    roll_mm: int | None = Field(default=None, ge=1, le=MOST_MM, description="Length of the roll in millimetres.")
    labels: int | None = Field(default=None, ge=1, le=1_000_000, description="Or how many labels are on it.")
    ribbon_mm: int | None = Field(default=None, ge=1, le=MOST_MM, description="Length of the ribbon in millimetres.")
    media: Annotated[str, AfterValidator(_media)] = Field(
        default="", max_length=20, description="Width by height of one label, such as `100x150` (in mm) or `4x6in`."
    )
    sure: bool = Field(default=False, description="These labels are in it, although labels are drawn for others.")

    @model_validator(mode="after")
    def _something(self) -> Self:
        if self.roll_mm is not None and self.labels is not None:
            raise ValueError("a roll is told by its length or by its labels: one of the two")
        if (self.roll_mm, self.labels, self.ribbon_mm, self.media) == (None, None, None, ""):
            raise ValueError("nothing was put in: name roll_mm, labels, ribbon_mm, or the media of the roll that is in it")
        return self


class Maintain(Strict):
    """What was done to a printer."""

    what: Upkeep = Field(strict=False, description="What was done.")
    note: str = Field(default="", max_length=500, description=f"What else there is to say. {_NOTE}")


class SetSpare(Strict):
    """An item that is kept from now on, or when to order it."""

    kind: Kind | None = Field(default=None, strict=False, description="What it is; a new item is a `roll` without it.")
    reorder_at: int = Field(ge=0, le=MOST, description="With so many left, or fewer, it is time to order.")


class MoveSpare(Strict):
    """Pieces that came, went or were counted."""

    doing: Doing = Field(strict=False, description="`add` them to the shelf, `take` them, or `count` how many lie there.")
    amount: int = Field(ge=0, le=MOST, description="How many.")


class TroublesQuery(Strict):
    """Which troubles."""

    days: float = Field(default=7.0, gt=0, le=3660, description="Those that stood within the last so many days.")


class SupportQuery(Strict):
    """Which diagnostics."""

    printer: str | None = Field(default=None, description="Only what is about this printer.")
    days: float = Field(default=7.0, gt=0, le=366, description="How many days back.")


def _seen_by_people(cause: Cause) -> Cause:
    if cause not in LETTERS.values():
        raise ValueError(f"{cause} is what devices show: say what is wrong with the label")
    return cause


class ReportTrouble(Strict):
    """A bad label."""

    serial: _Line = Field(min_length=1, max_length=60, description="The serial that stands on the label.")
    cause: Annotated[Cause, AfterValidator(_seen_by_people)] = Field(strict=False, description="What is wrong with it.")
    note: str = Field(default="", max_length=500, description=f"What else there is to say. {_NOTE}")


class Settle(Strict):
    """What somebody saw."""

    printed: bool = Field(description="True: they have the label in hand. False: they looked, and it is not there.")


class Copy(Strict):
    """Why a further copy is wanted."""

    reason: Annotated[str, AfterValidator(_plain_name)] = Field(
        min_length=1, max_length=120, description="The cause, such as `faint-or-blank`, and a note."
    )


class Move(Strict):
    """Where a waiting label is to be printed."""

    to: Annotated[str, AfterValidator(_plain_name)] = Field(
        min_length=1, max_length=80, description="Name of a pool, or of one printer."
    )


class Tell(Strict):
    """What a printer is told, and why; the reason is for other people."""

    reason: Annotated[str, AfterValidator(_plain_name)] = Field(
        default="", max_length=80, description="Why, in a few words, such as `roll change`; empty for none."
    )


class MakePack(Strict):
    """A pack to make."""

    pool: str = Field(min_length=1, max_length=100, description="The pool whose waiting labels it takes.")
    most: int = Field(default=MOST_ITEMS, ge=1, le=MOST_ITEMS, description="How many labels at most.")


def _numbers(what: str) -> Any:
    return Field(default="", max_length=2000, description=f"{what}: numbers such as `1-20,22`, or `all` that is not named.")


class SettlePack(Strict):
    """What became of the labels of a pack, by their numbers."""

    printed: str = _numbers("What came out well")
    spoiled: str = _numbers("What came out and cannot be used")
    unused: str = _numbers("What never came out")
