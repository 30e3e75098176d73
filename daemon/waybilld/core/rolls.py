"""How much of a roll is left, and whether a wave of labels ends before it does. Values alone; lengths are millimetres."""

from __future__ import annotations

import enum
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

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
    counts anew. `step_mm`: in what steps it tells its length."""

    serial: str = ""
    odometer: int | None = None
    length_mm: int | None = None
    step_mm: int = 1

    def by_labels(self, pitch_mm: float) -> Counters:
        """What of it labels can be counted by: a length that is told in longer steps than a label is none."""
        return self if self.step_mm <= pitch_mm else replace(self, length_mm=None, step_mm=1)

    @property
    def tells(self) -> bool:
        """There is something to measure by."""
        return self.odometer is not None or self.length_mm is not None


def carried(before: Counters, now: Counters, pitch_mm: float) -> Counters:
    """`now` with the length that goes with it. A device is asked for its length now and then, for its count of labels after
    each of them: what was counted since the length was told is reckoned by the labels' pitch."""
    if now.length_mm is not None or before.length_mm is None or before.serial != now.serial:
        return now
    if before.odometer is None or now.odometer is None or now.odometer < before.odometer:
        return now
    since = round((now.odometer - before.odometer) * pitch_mm) if before.step_mm <= pitch_mm else 0
    return replace(now, length_mm=before.length_mm + since, step_mm=before.step_mm)


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
    SENSOR = "sensor"
    """The device says that there is none."""



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


OUT = Left(0, 0, Measured.SENSOR)
"""What is left of a roll while the device says that it has none, whatever was reckoned."""


def _used(load: Load, now: Counters, sent: int) -> tuple[int, Measured]:
    now = now.by_labels(load.pitch_mm)
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


_SIDE = r"([0-9]{1,4}(?:\.[0-9]{1,3})?)\s*"
_MEDIA = re.compile(_SIDE + r"(mm|cm|in)?\s*[x×*]\s*" + _SIDE + "(mm|cm|in)?", re.ASCII)


def parse_media(text: str) -> str:
    """`100x150`, `100x150mm` or `4x6in` as it is kept: width by height in tenths of a millimetre at most. Without a unit it
    is millimetres. Raises `ValueError` with a sentence for a person."""
    match = _MEDIA.fullmatch(text.strip().lower())
    unit = (match[4] or match[2] or "mm") if match else "mm"
    if match is None or (match[2] or unit) != unit or not (float(match[1]) and float(match[3])):
        raise ValueError("media is width by height of one label, such as 100x150 (in mm), 100x150mm, 10x15cm or 4x6in")
    return media_name(round(float(match[side]) * _UNITS_MM[unit], 1) for side in (1, 3))


def media_name(size_mm: Iterable[float]) -> str:
    """Width and height in millimetres as `100x150`."""
    return "x".join(f"{side:g}" for side in size_mm)


SMALLER_MM, LARGER_MM = 1.0, 3.0
"""By how much a label may be smaller or larger on each side than what is drawn for it. Labels of 4 x 6 inches (101.6 x 152.4
mm) are sold for 100 x 150; on smaller ones the end of the print falls into the gap, or beside them."""


def wrong_media(loaded: str, wanted: str) -> bool:
    """Whether what was put in does not fit what labels are drawn for; what nobody said is not wrong."""
    if not (loaded and wanted):
        return False
    sides = zip(map(float, loaded.split("x")), map(float, wanted.split("x")), strict=True)
    return not all(-SMALLER_MM <= has - needs <= LARGER_MM for has, needs in sides)
