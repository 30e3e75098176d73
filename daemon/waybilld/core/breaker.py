"""The circuit breaker of one instance, as a pure machine. The host stores it, so that a restart keeps it."""

from __future__ import annotations

from dataclasses import dataclass, replace

THRESHOLD = 5
"""Failures in a row that open the breaker."""

FIRST_PAUSE_S = 10.0
LONGEST_PAUSE_S = 900.0


@dataclass(frozen=True, slots=True)
class Breaker:
    """`failures` in a row, and how often it `opened` in a row; `until` is the instant (epoch seconds, UTC) before which
    no call is made. Wall-clock time, because it outlives the process; it only delays calls and decides nothing else."""

    failures: int = 0
    opened: int = 0
    until: float = 0.0

    def closed(self, now: float) -> bool:
        """Whether a call may be made. A clock that stepped back by more than the longest pause closes it."""
        return now >= self.until or self.until - now > LONGEST_PAUSE_S


def succeeded(breaker: Breaker) -> Breaker:
    """The breaker after an answer."""
    return breaker if breaker == _CLOSED else _CLOSED


def failed(breaker: Breaker, now: float) -> Breaker:
    """The breaker after no answer: open after `THRESHOLD` in a row, and again after each failed trial call."""
    failures = breaker.failures + 1
    if failures < THRESHOLD:
        return replace(breaker, failures=failures)
    pause = min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2.0 ** min(breaker.opened, 10))
    return Breaker(failures, breaker.opened + 1, now + pause)


_CLOSED = Breaker()
