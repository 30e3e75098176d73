"""How far a print head has run, how fast it wears, and when it is due. Values alone; lengths are millimetres."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass

from waybilld.core.rolls import Counters

DAY_US = 86_400_000_000
TREND_DAYS = 14
"""Days of readings that the trend rests on: two weeks have the weekends of both."""

_MM_PER_KM = 1_000_000


class Upkeep(enum.StrEnum):
    """What was done to a printer."""

    HEAD_CLEANED = "head-cleaned"
    HEAD_REPLACED = "head-replaced"
    ROLLER = "roller"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Reading:
    """A device's counters at an instant (microseconds since the epoch, UTC)."""

    at_us: int
    at: Counters


@dataclass(frozen=True, slots=True)
class Head:
    """How far the head has run in kilometres, how much it runs a day in metres (None: not known yet), and how many days are
    left of its configured life (None: no life configured, or no trend). `since_new` is false where nobody wrote down when
    the head was replaced: then it is what the device has run in its life. `step_km`: in what steps the device tells it; less
    than one step is not known."""

    km: float
    metres_a_day: float | None
    days_left: int | None
    since_new: bool
    step_km: float = 0.000_001

    @property
    def told(self) -> bool:
        """The device tells a length, and not only that it is less than one step."""
        return self.step_km < 1 or self.km >= self.step_km


def head(
    now: Counters, replaced: Counters | None, readings: Sequence[Reading], pitch_mm: float, life_km: float | None
) -> Head | None:
    """A head's life; None where the device neither measures nor counts. `replaced` are the counters when it was replaced
    last, None where nobody wrote it down. `readings` are the newest ones, the oldest first. A device that only counts labels
    is measured by their pitch."""
    whole = _run_mm(now, pitch_mm)
    if whole is None:
        return None
    since = None if replaced is None else _between(replaced, now, pitch_mm)
    run = whole if since is None else since
    a_day = _a_day(now, readings, pitch_mm)
    days = None
    if life_km is not None and a_day:
        days = max(0, int((life_km * _MM_PER_KM - run) / a_day))
    metres = None if a_day is None else a_day / 1000
    return Head(run / _MM_PER_KM, metres, days, since is not None, now.step_mm / _MM_PER_KM)


def latest(readings: Sequence[Reading], replaced: Counters | None) -> Counters:
    """The furthest counters that were written down of a device: its last reading, or those of a change of head after it."""
    last = readings[-1].at if readings else Counters()
    if replaced is None or (readings and replaced.serial != last.serial):
        return last
    further = (replaced.length_mm or 0, replaced.odometer or 0) > (last.length_mm or 0, last.odometer or 0)
    return replaced if further else last


def _run_mm(at: Counters, pitch_mm: float) -> float | None:
    if at.length_mm is not None:
        return float(at.length_mm)
    return at.odometer * pitch_mm if at.odometer is not None else None


def _between(then: Counters, now: Counters, pitch_mm: float) -> float | None:
    """What one device has run from then to now, in millimetres, by the best counter that both moments have: a look
    between two labels may read the count of labels alone. None for another device, and for a counter that went back."""
    if then.serial != now.serial:
        return None
    for before, after, each in ((then.length_mm, now.length_mm, 1.0), (then.odometer, now.odometer, pitch_mm)):
        if before is not None and after is not None:
            return (after - before) * each if after >= before else None
    return None


def _a_day(now: Counters, readings: Sequence[Reading], pitch_mm: float) -> float | None:
    """Millimetres a day between the first and the last reading of this device; None with less than a day between them, and
    where the steps in which the device tells its length could have made the difference."""
    own = [reading for reading in readings if reading.at.serial == now.serial]
    if not own or _between(own[-1].at, now, pitch_mm) is None:
        return None
    days = (own[-1].at_us - own[0].at_us) / DAY_US
    run = _between(own[0].at, own[-1].at, pitch_mm)
    return None if run is None or days < 1 or (now.step_mm > pitch_mm and run < 2 * now.step_mm) else run / days
