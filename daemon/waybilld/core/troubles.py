"""What goes wrong with printing, in a fixed list of causes; and which troubles a printer's own states tell. Pure.

A condition must stand a while before it is a trouble, and be gone a while before the trouble is over: a printer that flaps
has one trouble, and not two hundred.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from waybilld_sdk.printing import PrinterState, PrinterStatus

STANDS_US = 5_000_000
"""A condition that is gone sooner was none: a sensor flickered."""

OPENED_US = 120_000_000
"""A cover that is shut sooner was opened to change a roll or to take a label out: work, and no trouble."""

CALM_US = 60_000_000
"""A condition that comes back sooner belongs to the same trouble."""


class Cause(enum.StrEnum):
    """The taxonomy. It is fixed, so that weeks and stations can be compared."""

    PAPER_OUT = "paper-out"
    RIBBON = "ribbon"
    HEAD = "head"
    JAM = "jam"
    MISALIGNMENT = "misalignment"
    FAINT_OR_BLANK = "faint-or-blank"
    WRONG_MEDIA = "wrong-media"
    LINK = "link"
    DRIVER = "driver"
    TEMPLATE = "template"
    DATA = "data"
    WAYBILL = "waybill"
    PERSON = "person"
    """What people alone report: no device knows who did it."""
    UNKNOWN = "unknown"
    """What devices alone show: somebody opened or paused it, and nobody said why."""


class Source(enum.StrEnum):
    """Who noticed it."""

    DEVICE = "device"
    PERSON = "person"


LETTERS: Mapping[str, Cause] = {
    "m": Cause.MISALIGNMENT,
    "f": Cause.FAINT_OR_BLANK,
    "w": Cause.WRONG_MEDIA,
    "p": Cause.PAPER_OUT,
    "r": Cause.RIBBON,
    "h": Cause.HEAD,
    "j": Cause.JAM,
    "l": Cause.LINK,
    "d": Cause.DRIVER,
    "t": Cause.TEMPLATE,
    "a": Cause.DATA,
    "b": Cause.WAYBILL,
    "o": Cause.PERSON,
}
"""The key that a packer presses for each cause. What no sensor sees comes first."""

WORDS: Mapping[Cause, str] = {
    Cause.MISALIGNMENT: "print is shifted or cut off",
    Cause.FAINT_OR_BLANK: "print is faint, striped, or missing",
    Cause.WRONG_MEDIA: "wrong labels or paper in the printer",
    Cause.PAPER_OUT: "labels or paper ran out",
    Cause.RIBBON: "ribbon ran out, tore or wrinkled",
    Cause.HEAD: "print head hot, dirty or broken",
    Cause.JAM: "labels stuck inside",
    Cause.LINK: "printer could not be reached",
    Cause.DRIVER: "nonsense printed, or the wrong size",
    Cause.TEMPLATE: "the label's layout is wrong",
    Cause.DATA: "what it says is wrong",
    Cause.WAYBILL: "the waybill number or its bar code is wrong",
    Cause.PERSON: "somebody opened, paused or spoiled it",
    Cause.UNKNOWN: "it stood open or paused, and nobody said why",
}
"""What a packer reads beside the key, and of what has none."""

_CAUSES: Mapping[str, Cause] = {
    "media-empty": Cause.PAPER_OUT,
    "media-needed": Cause.PAPER_OUT,
    "input-tray-missing": Cause.PAPER_OUT,
    "marker-supply-empty": Cause.RIBBON,
    "toner-empty": Cause.RIBBON,
    "developer-empty": Cause.RIBBON,
    "marker-failure": Cause.HEAD,
    "opc-life-over": Cause.HEAD,
    "fuser-over-temp": Cause.HEAD,
    "fuser-under-temp": Cause.HEAD,
    "media-jam": Cause.JAM,
    "media-path-jam": Cause.JAM,
    "output-area-full": Cause.UNKNOWN,
    "cover-open": Cause.UNKNOWN,
    "door-open": Cause.UNKNOWN,
    "interlock-open": Cause.UNKNOWN,
    "paused": Cause.UNKNOWN,
    "connecting-to-device": Cause.LINK,
    "timed-out": Cause.LINK,
    "offline": Cause.LINK,
    "shutdown": Cause.LINK,
}
"""`printer-state-reasons` (RFC 8011 section 5.4.12, and the IANA registry of IPP keywords that continues it) by cause.
Keywords without one are no trouble by themselves: `other` says nothing, and `media-low` is a matter of supplies."""

_OPENED = frozenset({"cover-open", "door-open", "interlock-open"})
_EMPTY = frozenset({"media-empty", "media-needed"})
_SUFFIXES = ("-report", "-warning", "-error")
_WORKS = frozenset({PrinterState.IDLE, PrinterState.PROCESSING})


def keyword(reason: str) -> str:
    """A reason without its severity, which printers choose by their state and not by the reason's weight."""
    for suffix in _SUFFIXES:
        if reason.endswith(suffix):
            return reason.removesuffix(suffix)
    return reason


@dataclass(frozen=True, slots=True)
class Standing:
    """A condition that a printer shows: since when, whether it is a trouble already, and since when it is gone (None: it is
    there). Instants are microseconds since the epoch, UTC."""

    cause: Cause
    since_us: int
    told: bool = False
    gone_us: int | None = None


@dataclass(frozen=True, slots=True)
class Watch:
    """What is remembered of one printer between two looks. `empty_us`: since when it has had no media."""

    standing: tuple[Standing, ...] = ()
    empty_us: int | None = None


@dataclass(frozen=True, slots=True)
class Opened:
    """A trouble began."""

    cause: Cause
    began_us: int


@dataclass(frozen=True, slots=True)
class Closed:
    """A trouble is over; it ended before the calm that proved it."""

    cause: Cause
    ended_us: int


@dataclass(frozen=True, slots=True)
class NewRoll:
    """The printer was without media since `empty_us` and works again: something was put in."""

    empty_us: int


Event = Opened | Closed | NewRoll


def resumed(opened: Sequence[tuple[Cause, int]]) -> Watch:
    """The watch of a printer with troubles that a daemon before this one left open: (cause, began). What ran out then may
    have been put in while no daemon looked."""
    empty_us = next((began_us for cause, began_us in opened if cause is Cause.PAPER_OUT), None)
    return Watch(tuple(Standing(cause, began_us, told=True) for cause, began_us in opened), empty_us)


def look(watch: Watch, status: PrinterStatus, now_us: int) -> tuple[Watch, tuple[Event, ...]]:
    """Take one status in: what is remembered afterwards, and what happened."""
    shown = {keyword(reason) for reason in status.reasons}
    causes = {_CAUSES[word] for word in shown if word in _CAUSES}
    unknown = _unknown(status, shown)
    if causes - {Cause.UNKNOWN} or any(one.cause is not Cause.UNKNOWN and one.gone_us is None for one in watch.standing):
        # Whoever opens the printer to mend it is no second trouble.
        causes.discard(Cause.UNKNOWN)
    standing = [_seen(one, one.cause in causes, one.cause in unknown, now_us) for one in watch.standing]
    known = {one.cause for one in standing}
    standing += [Standing(cause, now_us) for cause in sorted(causes - known)]
    return _timed(replace(watch, standing=tuple(standing)), status, shown, now_us)


def is_out(reasons: Iterable[str]) -> bool:
    """Whether these reasons say that there is no media."""
    return any(keyword(reason) == "media-empty" for reason in reasons)


def cured(watch: Watch) -> dict[Cause, int]:
    """The troubles that the printer does not show any more, since when: over for people, and kept open for a while in case
    they come back."""
    return {one.cause: one.gone_us for one in watch.standing if one.told and one.gone_us is not None}


def pass_time(watch: Watch, now_us: int) -> tuple[Watch, tuple[Event, ...]]:
    """No news of the printer: what has stood, or been gone, long enough by now."""
    events, kept = _due(watch.standing, now_us)
    return replace(watch, standing=kept), events


def _unknown(status: PrinterStatus, shown: set[str]) -> frozenset[Cause]:
    """What this status says nothing about: a silent printer hides everything, an open cover what its sensors would see."""
    if status.state is PrinterState.UNKNOWN:
        return frozenset(Cause) - {Cause.LINK} if shown else frozenset(Cause)
    if shown & _OPENED:
        return frozenset({Cause.PAPER_OUT, Cause.RIBBON, Cause.JAM})
    return frozenset()


def _seen(one: Standing, shown: bool, unknown: bool, now_us: int) -> Standing:
    if shown or unknown:
        return replace(one, gone_us=None) if shown else one
    return one if one.gone_us is not None else replace(one, gone_us=now_us)


def _timed(watch: Watch, status: PrinterStatus, shown: set[str], now_us: int) -> tuple[Watch, tuple[Event, ...]]:
    events, kept = _due(watch.standing, now_us)
    empty_us = watch.empty_us
    if shown & _EMPTY:
        empty_us = now_us if empty_us is None else empty_us
    elif empty_us is not None and status.state in _WORKS:
        if now_us - empty_us >= STANDS_US:
            events = (*events, NewRoll(empty_us))
        empty_us = None
    return Watch(kept, empty_us), events


def _due(standing: Sequence[Standing], now_us: int) -> tuple[tuple[Event, ...], tuple[Standing, ...]]:
    events: list[Event] = []
    kept: list[Standing] = []
    for one in standing:
        if one.gone_us is None:
            if not one.told and now_us - one.since_us >= (OPENED_US if one.cause is Cause.UNKNOWN else STANDS_US):
                events.append(Opened(one.cause, one.since_us))
                one = replace(one, told=True)
            kept.append(one)
        elif one.told and now_us - one.gone_us >= CALM_US:
            events.append(Closed(one.cause, one.gone_us))
        elif one.told:
            kept.append(one)
    return tuple(events), tuple(kept)
