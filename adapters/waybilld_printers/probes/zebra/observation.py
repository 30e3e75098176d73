"""What a Zebra printer said of itself at one moment, as values, and as the plain snapshot that the host keeps."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime

from waybilld_sdk.printing import Snapshot


@dataclass(frozen=True, slots=True)
class HostStatus:
    """The fields of `~HS` that matter (ZPL II Programming Guide, `~HS`, strings 1 and 2)."""

    paper_out: bool = False
    paused: bool = False
    formats: int = 0
    """Complete formats in the receive buffer."""
    buffer_full: bool = False
    diagnostic: bool = False
    """Communications diagnostic mode: data is dumped as text instead of printed."""
    partial: bool = False
    """A format has begun and not ended."""
    ram_corrupt: bool = False
    under_temperature: bool = False
    over_temperature: bool = False
    head_open: bool = False
    ribbon_out: bool = False
    label_waiting: bool = False
    """Peel mode: a label waits to be taken."""
    remaining: int = 0
    """Labels of the batch in print that are still to come."""

    @property
    def faults(self) -> tuple[str, ...]:
        """Names of the flags that keep a label from coming out, without the pause, which a person may have meant."""
        return tuple(name for name in _FAULTS if getattr(self, name))

    @property
    def holds(self) -> bool:
        """The device owes something: a complete format, or labels of a batch."""
        return self.formats > 0 or self.remaining > 0

    @property
    def empty(self) -> bool:
        """Nothing complete and nothing partial is in the device."""
        return not self.holds and not self.partial


_FAULTS = (
    "paper_out",
    "head_open",
    "ribbon_out",
    "over_temperature",
    "under_temperature",
    "ram_corrupt",
    "diagnostic",
)
_FLAG_FIELDS = tuple((field.name, field.type == "bool") for field in fields(HostStatus))


@dataclass(frozen=True, slots=True)
class Observation:
    """One look at the device. What it did not answer is None; `flags` None means that `~HS` stayed silent."""

    serial: str | None = None
    odometer: int | None = None
    """`odometer.total_label_count`: labels printed in the device's life; nobody can set it back."""
    uptime_s: int | None = None
    flags: HostStatus | None = None

    @property
    def silent(self) -> bool:
        """Nothing at all was answered."""
        return self == _SILENCE

    @property
    def countable(self) -> bool:
        """The device told who it is and how much it has printed: the baseline that proofs need."""
        return self.serial is not None and self.odometer is not None

    def same_as(self, other: Observation) -> bool:
        """Nothing changed between two looks, the running clock aside."""
        return (self.serial, self.odometer, self.flags) == (other.serial, other.odometer, other.flags)

    def to_snapshot(self) -> Snapshot:
        """As plain JSON values. `from_snapshot` gives the same observation back."""
        base: Snapshot = {
            "probe": "zebra",
            "serial": self.serial,
            "odometer": self.odometer,
            "uptime_s": self.uptime_s,
        }
        if self.flags is not None:
            for name, _ in _FLAG_FIELDS:
                base[name] = getattr(self.flags, name)
        return base

    @classmethod
    def from_snapshot(cls, snapshot: Snapshot) -> Observation:
        """From a stored snapshot; what is missing or of another type counts as not answered."""
        serial = snapshot.get("serial")
        return cls(
            serial if isinstance(serial, str) else None,
            _whole(snapshot.get("odometer")),
            _whole(snapshot.get("uptime_s")),
            _flags(snapshot),
        )


_SILENCE = Observation()


def dated(snapshot: Snapshot, now: datetime) -> Snapshot:
    """A baseline with its time by the wall clock, for a daemon that must judge what another one began."""
    return {**snapshot, _AT: int(now.timestamp())}


def wall_s(baseline: Snapshot, now: datetime) -> float | None:
    """Seconds by the wall clock since a dated baseline; None for one without a date."""
    at = _whole(baseline.get(_AT))
    return None if at is None else now.timestamp() - at


_AT = "asked_at_s"


def _whole(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _flags(snapshot: Snapshot) -> HostStatus | None:
    """All flags or none: half a status proves nothing."""
    values: dict[str, bool | int] = {}
    for name, is_flag in _FLAG_FIELDS:
        value = snapshot.get(name)
        if not isinstance(value, int) or isinstance(value, bool) != is_flag:
            return None
        values[name] = value
    return HostStatus(**values)  # type: ignore[arg-type]
