"""A printer that is well and unwell by turns, as with a loose cable: it is not trusted again before it has been well a
while.

Pure. Times are monotonic seconds.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

WINDOW_S = 60.0
"""Falls within so many seconds count together."""
MOST_FALLS = 3
"""More falls than this within the window are flapping; a change of roll makes one or two."""
CALM_S = 15.0
"""For how long a flapping printer must be well before it is given labels again."""


@dataclass(frozen=True, slots=True)
class Health:
    """Whether the printer is well, since when, and when it fell last."""

    well: bool = False
    since_s: float = 0.0
    falls: tuple[float, ...] = ()

    def after(self, *, well: bool, now_s: float) -> Health:
        """With one more look."""
        if well == self.well:
            return self
        recent = tuple(at for at in self.falls if now_s - at < WINDOW_S)
        return Health(well, now_s, recent if well else (*recent[-MOST_FALLS:], now_s))

    def forgiven(self) -> Health:
        """A person says that it is mended."""
        return replace(self, falls=())

    def flapping(self, now_s: float) -> bool:
        """It fell too often of late, and has not been well for long."""
        recent = sum(1 for at in self.falls if now_s - at < WINDOW_S)
        return recent > MOST_FALLS and not (self.well and now_s - self.since_s >= CALM_S)

    def usable(self, now_s: float) -> bool:
        """It may be given a label."""
        return self.well and not self.flapping(now_s)
