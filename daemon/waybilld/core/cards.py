"""A printer as the people who care for it see it, and what they should be told of it. Values alone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from waybilld.core.heads import Head
from waybilld.core.rolls import LOW_LABELS, Left, Load, Measured, wrong_media
from waybilld_sdk.printing import PrinterState, PrinterStatus, Supply

WRONG_MEDIA = "wrong-media"
"""A reason of our own beside those of RFC 8011: people said that other media are in than labels are drawn for."""

_NEEDED = "media-needed"
"""RFC 8011, section 5.4.12: other media must be put in before anything is printed."""

LOW_RIBBON_MM = 10_000
LOW_PERCENT = 10
HEAD_DAYS = 14
WARRANTY_DAYS = 30
"""How long before its end something is said: time enough to order, or to have it mended for nothing."""


@dataclass(frozen=True, slots=True)
class Fitted:
    """A configured printer. `media` is what labels are drawn for, as `100x150`, empty where only its adapter knows;
    `pitch_mm` is the height of one label with its gap, 0 likewise."""

    name: str
    pool: str
    media: str = ""
    pitch_mm: float = 0.0
    life_km: float | None = None
    warranty_end: date | None = None


@dataclass(frozen=True, slots=True)
class State:
    """What is known of what a printer uses up. `roll` is what was put in last, and `roll_left` what is left of it. `asks`:
    people tell waybilld of its rolls, so that they are asked for a new one."""

    roll: Load | None = None
    roll_left: Left | None = None
    ribbon_left: Left | None = None
    media: str = ""
    insisted: bool = False
    """People said twice on end that this media is in it."""
    head: Head | None = None
    supplies: tuple[Supply, ...] = ()
    asks: bool = False


@dataclass(frozen=True, slots=True)
class Note:
    """Something that a person should know of a printer, and what to do. `urgent`: it belongs in the morning's check."""

    text: str
    todo: str
    urgent: bool = True


def notes(printer: Fitted, state: State, today: date) -> tuple[Note, ...]:
    """What people should know of a printer, the most pressing first."""
    return (
        *_media(printer, state),
        *_roll(printer, state),
        *_ribbon(state),
        *_supplies(state.supplies),
        *_head(printer, state.head),
        *_warranty(printer.warranty_end, today),
    )


def is_wrong(printer: Fitted, state: State) -> bool:
    """Whether other media are in it than labels are drawn for, as far as people said."""
    return wrong_media(state.media, printer.media)


def needed(printer: Fitted, media: str, *, insisted: bool) -> str:
    """The media that must be put in before the printer takes a label, empty where none must. Who says twice on end what is
    in it means it."""
    return printer.media if wrong_media(media, printer.media) and not insisted else ""


def misfit(status: PrinterStatus, name: str, needs: str) -> PrinterStatus:
    """The state to show of a printer that takes no label until other media are in. What the device itself says comes first;
    one that does not answer is none whose media matter."""
    if status.state is PrinterState.UNKNOWN and status.reasons:
        return status
    todo = f"Load {needs} mm, or tell waybilld what is in it: waybilld printers load {name} --media {needs}."
    advice = status.advice if status.state is PrinterState.STOPPED else todo
    return replace(status, state=PrinterState.STOPPED, reasons=(*status.reasons, _NEEDED), advice=advice)


def _media(printer: Fitted, state: State) -> Iterable[Note]:
    if not is_wrong(printer, state):
        return
    text = f"labels of {state.media} mm are in it, and labels are drawn for {printer.media} mm"
    if state.insisted:
        yield Note(f"{text}; they are printed all the same, as somebody said it twice", "correct `media_mm` in its settings")
    else:
        again = f"`waybilld printers load {printer.name} --media {state.media}` again has it print on them"
        yield Note(f"{text}: it takes none", f"put the right ones in and say so; {again}")


def _roll(printer: Fitted, state: State) -> Iterable[Note]:
    if state.roll is not None and state.roll.full_mm is None:
        todo = f"tell waybilld the new roll: `waybilld printers load {printer.name} --roll 150m`, or `--labels 500`"
        yield Note("a new roll was put in, and nobody said how long it is", todo, urgent=state.asks)
    elif state.roll_left is not None and state.roll_left.measured is Measured.SENSOR:
        yield Note("it has no labels left, as it says itself", "put a new roll in, and say how long it is")
    elif state.roll_left is not None and state.roll_left.labels <= LOW_LABELS:
        count = state.roll_left.labels
        left = f"about {count} label{'' if count == 1 else 's'}" if count else "nothing"
        yield Note(f"{left} left on the roll, as it was told", "have a new roll ready")


def _ribbon(state: State) -> Iterable[Note]:
    left = state.ribbon_left
    if left is not None and left.length_mm <= LOW_RIBBON_MM:
        yield Note(f"about {left.length_mm / 1000:.0f} m of ribbon left", "have a new ribbon ready")


def _supplies(supplies: Sequence[Supply]) -> Iterable[Note]:
    for supply in supplies:
        if low(supply):
            level = "low" if supply.level_percent is None else f"{supply.level_percent} % left"
            yield Note(f"{supply.name or supply.kind}: {level}", "have a new one ready")


def low(supply: Supply) -> bool:
    """Whether an office printer's ink, toner or paper should be got ready: it says so, or shows a tenth or less."""
    return supply.low or (supply.level_percent is not None and 0 <= supply.level_percent <= LOW_PERCENT)


def _head(printer: Fitted, head: Head | None) -> Iterable[Note]:
    if head is None or printer.life_km is None:
        return
    run = f"its print head has run {head.km:.1f} of {printer.life_km:g} km"
    if head.km >= printer.life_km:
        yield Note(run, "have it replaced, and say so: `waybilld printers maintain`")
    elif head.days_left is not None and head.days_left <= HEAD_DAYS:
        yield Note(f"{run}: about {head.days_left} days are left", "order a print head")


def _warranty(end: date | None, today: date) -> Iterable[Note]:
    if end is not None and 0 <= (end - today).days <= WARRANTY_DAYS:
        yield Note(f"its warranty ends on {end}", "have mended before what is broken")
