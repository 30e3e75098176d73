"""How long to wait before trying again. Jitter is a parameter, so that nothing here is random."""

from __future__ import annotations

from dataclasses import dataclass

_MOST_DOUBLINGS = 100
"""Beyond, the power would leave what a float can hold, and every delay is the longest anyway."""


@dataclass(frozen=True, slots=True)
class Backoff:
    """Exponential back-off in seconds: `first`, then times `factor` up to `longest`; after `tries` the job is dead."""

    first: float
    factor: float
    longest: float
    tries: int

    def delay(self, tried: int, jitter: float) -> float | None:
        """Seconds to wait after `tried` failures, None when no try is left. `jitter` in 0..1 spreads by ±20 %."""
        if tried >= self.tries:
            return None
        base = min(self.longest, self.first * self.factor ** min(_MOST_DOUBLINGS, max(0, tried - 1)))
        return base * (0.8 + 0.4 * jitter)


DEFAULT = Backoff(first=2.0, factor=2.0, longest=900.0, tries=15)
"""2 s, 4 s … 15 min: about an hour and a half in all, then a person is asked."""

PATIENT = Backoff(first=2.0, factor=2.0, longest=900.0, tries=1_000_000)
"""What only waits for somebody: looked at again each quarter of an hour, for as long as it takes."""

DOUBT = Backoff(first=1.0, factor=3.0, longest=1800.0, tries=16)
"""Asking about a call whose outcome is unknown goes on for most of a working day."""
