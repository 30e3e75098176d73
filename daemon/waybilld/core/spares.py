"""Spare rolls, ribbons and cartridges on the shelf: when to order, and for how many days they last. Values alone."""

from __future__ import annotations

import enum
from collections.abc import Iterable
from dataclasses import dataclass

DAY_US = 86_400_000_000
WINDOW_DAYS = 14
"""Consumption is that of the last two weeks: what was used in spring says nothing about the autumn sale."""

MOST_ITEMS = 100
"""Items of one warehouse: each is a series of the metrics."""

MOST = 100_000
"""Pieces of one item, at most: a number that is typed by mistake is larger."""


class Kind(enum.StrEnum):
    """What a spare item is."""

    ROLL = "roll"
    RIBBON = "ribbon"
    CARTRIDGE = "cartridge"
    OTHER = "other"


class Doing(enum.StrEnum):
    """How the number on the shelf changes."""

    ADD = "add"
    """Bought, and put there."""
    TAKE = "take"
    """Taken, to be used."""
    COUNT = "count"
    """Counted: what is missing was used, and nobody wrote it down."""


@dataclass(frozen=True, slots=True)
class Movement:
    """One change of an item: by how many pieces, at which instant (microseconds since the epoch, UTC)."""

    at_us: int
    doing: Doing
    change: int


class TooFew(ValueError):
    """More was taken than there is; the message says how many there are."""


def after(on_hand: int, doing: Doing, amount: int) -> int:
    """How many there are afterwards. Raises `TooFew`, and `ValueError` with a sentence for more than a shelf holds."""
    if doing is Doing.TAKE:
        if amount > on_hand:
            raise TooFew(f"there are {on_hand}, by what was written down: count them first")
        return on_hand - amount
    there = amount if doing is Doing.COUNT else on_hand + amount
    if there > MOST:
        raise ValueError(f"that would be {there}; at most {MOST} pieces are kept of one item")
    return there


def used_a_day(moves: Iterable[Movement], now_us: int) -> float | None:
    """Pieces used a day within the window; None where nothing was used in it.

    An item that is kept for a shorter time is reckoned by that time, but never by less than a day: one roll taken in the
    first minute is not a thousand a day.
    """
    listed = list(moves)
    since_us = now_us - WINDOW_DAYS * DAY_US
    used = -sum(m.change for m in listed if m.at_us > since_us and m.change < 0 and m.doing is not Doing.ADD)
    if not used:
        return None
    first_us = max(since_us, min(m.at_us for m in listed))
    return used / max(1.0, (now_us - first_us) / DAY_US)


def days_left(on_hand: int, a_day: float | None) -> int | None:
    """Whole days for which they last; None where nothing is used."""
    return int(on_hand / a_day + 1e-9) if a_day else None


def to_order(on_hand: int, reorder_at: int) -> bool:
    """Whether it is time to order."""
    return on_hand <= reorder_at
