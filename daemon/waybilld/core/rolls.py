"""How much of a roll is left, and whether a wave of labels ends before it does. Values alone; lengths are millimetres."""

from __future__ import annotations

import enum
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

DEFAULT_GAP_MM = 3.0
"""Between two labels on a roll: what Zebra's media specifications prefer (ZT200 series user guide, "Media Specifications":
inter-label gap 2 to 4 mm, preferred 3 mm)."""

LOW_LABELS = 100
"""With fewer labels left, a new roll should lie ready: a fast printer needs a minute for them."""

MOST_MM = 10_000_000
"""Ten kilometres: no roll and no ribbon is longer."""


class Wound(enum.StrEnum):
    """What is wound into a printer."""

    ROLL = "roll"
    RIBBON = "ribbon"


@dataclass(frozen=True, slots=True)
class Counters:
    """How far a device's own counters were at one moment, None where it has none. `serial` names the device: another one
    counts anew."""

    serial: str = ""
    odometer: int | None = None
    length_mm: int | None = None


@dataclass(frozen=True, slots=True)
class Load:
    """A roll or ribbon as it was put in. `full_mm` is None where nobody said how long it is. `pitch_mm` is the height of one
    label with its gap, as it was then. `at_us`: microseconds since the epoch, UTC. `media` is width by height in
    millimetres, empty where nobody said it."""

    at_us: int
    full_mm: int | None
    pitch_mm: float
    at: Counters
    media: str = ""


class Measured(enum.StrEnum):
    """What the used length was told by, the best first."""

    LENGTH = "length"
    """The device's own measure of what ran through."""
    ODOMETER = "odometer"
    """The device's count of labels."""
    LABELS = "labels"
    """The labels that waybilld sent and that came out, or may have: prints of others are not seen."""


@dataclass(frozen=True, slots=True)
class Left:
    """What is left: whole labels, and length in millimetres."""

    labels: int
    length_mm: int
    measured: Measured


def length_of(labels: int, pitch_mm: float) -> int:
    """How long a roll of so many labels is."""
    return round(labels * pitch_mm)


def left(load: Load | None, now: Counters, sent: int) -> Left | None:
    """What is left of a roll or ribbon; None where nobody said how long it was. `sent` counts the labels that came out
    since, or may have. A ribbon runs as far as its labels do.

    A counter that went back, or another device's, measures nothing: then the next worse measure does.
    """
    if load is None or load.full_mm is None:
        return None
    used, measured = _used(load, now, sent)
    length = max(0, load.full_mm - used)
    return Left(int(length / load.pitch_mm + 1e-9), length, measured)


def _used(load: Load, now: Counters, sent: int) -> tuple[int, Measured]:
    if load.at.serial == now.serial or not (load.at.serial and now.serial):
        for then, here, each, measured in (
            (load.at.length_mm, now.length_mm, 1.0, Measured.LENGTH),
            (load.at.odometer, now.odometer, load.pitch_mm, Measured.ODOMETER),
        ):
            if then is not None and here is not None and here >= then:
                return round((here - then) * each), measured
    return round(sent * load.pitch_mm), Measured.LABELS


@dataclass(frozen=True, slots=True)
class Roll:
    """What one printer of a pool has left: None where nobody knows."""

    printer: str
    labels: int | None


@dataclass(frozen=True, slots=True)
class Preflight:
    """Whether labels that wait for a pool fit on what its printers have. `short` counts those that do not; `unknown` names
    printers of which nobody knows what they have."""

    waiting: int
    left: int
    short: int
    unknown: tuple[str, ...]

    def __str__(self) -> str:
        """The sentence for a person; empty where there is nothing to do."""
        if not self.short:
            return ""
        rolls = f"these {_labels(self.waiting)} end {_labels(self.short)} after the roll does"
        return f"{rolls}, unless {', '.join(self.unknown)} has enough" if self.unknown else rolls


def preflight(waiting: int, rolls: Sequence[Roll]) -> Preflight:
    """Whether `waiting` labels fit on the rolls of the printers that would print them. Without one known roll nothing is
    said."""
    known = [roll.labels for roll in rolls if roll.labels is not None]
    total = sum(known)
    short = max(0, waiting - total) if known else 0
    return Preflight(waiting, total, short, tuple(roll.printer for roll in rolls if roll.labels is None))


def _labels(count: int) -> str:
    return f"{count} label{'' if count == 1 else 's'}"


_LENGTH = re.compile(r"([0-9]{1,6}(?:\.[0-9]{1,3})?)\s*(m|mm|cm|km|ft|in)", re.ASCII)
_UNITS_MM = {"mm": 1.0, "cm": 10.0, "m": 1000.0, "km": 1_000_000.0, "ft": 304.8, "in": 25.4}


def parse_length(text: str) -> int:
    """`150m`, `450 ft`, `12.5 m` as millimetres. Raises `ValueError` with a sentence for a person."""
    match = _LENGTH.fullmatch(text.strip().lower())
    if match is None:
        raise ValueError("a length is a number with its unit, such as 150m or 450ft: mm, cm, m, km, ft, in are known")
    length = round(float(match[1]) * _UNITS_MM[match[2]])
    if not 0 < length <= MOST_MM:
        raise ValueError(f"a roll is longer than nothing and at most {MOST_MM // 1_000_000} km long")
    return length


_MEDIA = re.compile(r"([0-9]{1,4}(?:\.[0-9])?)\s*[x×*]\s*([0-9]{1,4}(?:\.[0-9])?)", re.ASCII)


def parse_media(text: str) -> str:
    """`100x150` as it is kept: width by height in millimetres. Raises `ValueError` with a sentence for a person."""
    match = _MEDIA.fullmatch(text.strip().lower().removesuffix("mm").strip())
    if match is None or not (float(match[1]) and float(match[2])):
        raise ValueError("media is width by height of one label in millimetres, such as 100x150")
    return media_name((float(match[1]), float(match[2])))


def media_name(size_mm: Iterable[float]) -> str:
    """Width and height in millimetres as `100x150`."""
    return "x".join(f"{side:g}" for side in size_mm)


def wrong_media(loaded: str, wanted: str) -> bool:
    """Whether what was put in is not what labels are drawn for; what nobody said is not wrong."""
    return bool(loaded and wanted and loaded != wanted)
