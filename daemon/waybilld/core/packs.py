"""Packs: labels taken out of the spool into one numbered PDF, for the hour in which no label printer works. Values alone.

A label in a pack counts as sent: no printer takes it. People tick on the check-off sheet what came out, and tell it back.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from waybilld.core.lifecycle import Event, State, allowed
from waybilld.core.runs import SHEET_MM
from waybilld_sdk.labels import LabelLine, LabelRequest

MOST_ITEMS = 200
"""Labels of one pack: as much paper as one person keeps in order, and a file that is drawn within seconds."""

STRIP_MM = 12.0
"""Height of the strip below each label that carries its number; it is cut off with the paper around the label."""

ALL = "all"
"""In the place of numbers: every label of the pack that is neither settled nor named otherwise."""


class PackState(enum.StrEnum):
    """How far a pack is: closed once all its labels are settled."""

    OPEN = "open"
    CLOSED = "closed"


class Mark(enum.StrEnum):
    """What is known of one label of a pack."""

    OPEN = "open"
    """It may or may not be on paper."""
    PRINTED = "printed"
    SPOILED = "spoiled"
    """It came out and cannot be used: a further copy takes its place."""
    UNUSED = "unused"
    """It never came out: it waits for a printer again."""


class Unclear(ValueError):
    """What was told of a pack does not add up; the message names everything that is wrong with it."""


def printer_of(pack: int, number: int) -> str:
    """What stands in a printer's place in the attempt of one label of a pack. No printer of a configuration has such a name:
    a slash is not allowed in one."""
    return f"pack-{pack}/{number}"


def meter_name(printer: str) -> str:
    """Where a label comes from, as metrics call it: the printer, or `pack` for every label of every pack."""
    return "pack" if "/" in printer else printer


def who_has(printer: str) -> str:
    """Who is at work on a label, and how that ends, by what stands in its attempt."""
    name, _, number = printer.partition("/")
    if not number:
        return f"printer {printer} is at work on it now: wait until it is done"
    pack = name.removeprefix("pack-")
    return f"it is number {number} of pack {pack}: tell first what became of it, with `waybilld packs settle {pack}`"


def label_wanted(state: State) -> bool:
    """Whether a shipment in this state still needs its label on paper; what the gate of a printer asks, too."""
    return allowed(state, Event.PRINTED) or allowed(state, Event.REPRINT)


def dots_of(variant: str) -> float:
    """Dots per mm of a page's variant, such as `8/100x150`."""
    return float(variant.partition("/")[0])


def page_for(pages: Sequence[tuple[int, str]], dots_per_mm: float | None) -> tuple[int, float] | None:
    """Which of a label's pages (row, variant) goes into a pack of so many dots per mm, and how many these are; None where
    no page has them. The first label of a pack, with `dots_per_mm` None, is taken as fine as it was drawn."""
    found = [(page, dots_of(variant)) for page, variant in pages]
    fitting = found if dots_per_mm is None else [one for one in found if one[1] == dots_per_mm]
    return max(fitting, key=lambda one: one[1], default=None)


_PART = re.compile(r"([0-9]{1,9})(?:\s*-\s*([0-9]{1,9}))?", re.ASCII)


def ranges(text: str) -> list[tuple[int, int]]:
    """`1-20, 22` as (first, last) of each part; an empty text has none. Raises `Unclear`."""
    found = []
    for part in filter(None, (part.strip() for part in text.split(","))):
        match = _PART.fullmatch(part)
        if match is None:
            raise Unclear(f"{part[:20]!r} is no number and no range: write the numbers of the pack, such as 1-20,22")
        first, last = int(match[1]), int(match[2] or match[1])
        if first > last:
            raise Unclear(f"the range {part} runs backwards: write {last}-{first}")
        found.append((first, last))
    return found


def verdicts(marks: Mapping[int, Mark], told: Mapping[Mark, str]) -> dict[int, Mark]:
    """What becomes of which number. `marks`: every number of the pack, and what is known of it already. `told`: numbers as
    people write them, by what they say of them.

    What was told before may be told again. Raises `Unclear`: then nothing of it holds.
    """
    problems: list[str] = []
    named: dict[int, Mark] = {}
    everything = [mark for mark, text in told.items() if text.strip().lower() == ALL]
    for mark, text in told.items():
        if mark in everything:
            continue
        for first, last in ranges(text):
            if first < 1 or last > len(marks):
                problems.append(f"the pack has the numbers 1 to {len(marks)}, and no {first if first < 1 else last}")
                continue
            for number in range(first, last + 1):
                problems += _problem(number, named.setdefault(number, mark), mark, marks[number])
    if len(everything) > 1:
        problems.append(f"{' and '.join(everything)} cannot both be {ALL}")
    elif everything:
        rest = (number for number, known in marks.items() if known is Mark.OPEN)
        for number in rest:
            named.setdefault(number, everything[0])
    elif not named and not problems:
        problems.append("name the numbers that were printed, spoiled or left unused")
    if problems:
        raise Unclear("; ".join(dict.fromkeys(problems)))
    return {number: mark for number, mark in sorted(named.items()) if marks[number] is Mark.OPEN}


def _problem(number: int, before: Mark, mark: Mark, known: Mark) -> list[str]:
    if before is not mark:
        return [f"number {number} is named as {before} and as {mark}"]
    if known not in (Mark.OPEN, mark):
        return [f"number {number} is settled already: it was {known}"]
    return []


@dataclass(frozen=True, slots=True)
class Item:
    """One label of a pack, as its check-off sheet names it; nothing of whom it goes to."""

    number: int
    serial: str
    waybill: str
    shipment: int


def check_off(pack: int, pool: str, items: Sequence[Item], dots_per_mm: float) -> LabelRequest:
    """The check-off sheet of a pack as a renderer is asked for it: one line a label, in the order of their numbers."""
    lines = tuple(LabelLine(item.serial, item.waybill, item.number, bin=str(item.shipment)) for item in items)
    return LabelRequest("pack", dots_per_mm, SHEET_MM, batch=str(pack), sequence=pool, lines=lines)


def strip(pack: int, item: Item, width_dots: int, dots_per_mm: float) -> LabelRequest:
    """What stands below a label of a pack: as wide as the label, `STRIP_MM` high."""
    media = (width_dots / dots_per_mm, STRIP_MM)
    return LabelRequest(
        "pack-strip", dots_per_mm, media, batch=str(pack), sequence=str(item.number), serial=item.serial
    )
