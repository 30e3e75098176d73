"""A queue and its jobs at one moment, as plain values that can cross a process border.

Sources: RFC 8011, section 5.3.7 (job-state), 5.4.11 and 5.4.12 (printer-state and its reasons); PWG 5100.9 (printer-supply
and marker attributes); CUPS Implementation of IPP (printer-error-policy, marker-*). """

from __future__ import annotations

import enum
from dataclasses import dataclass


class JobState(enum.IntEnum):
    """RFC 8011 section 5.3.7."""

    PENDING = 3
    HELD = 4
    PROCESSING = 5
    STOPPED = 6
    CANCELED = 7
    ABORTED = 8
    COMPLETED = 9

    @property
    def over(self) -> bool:
        """Nothing more will be done for it."""
        return self >= JobState.CANCELED


class QueueState(enum.IntEnum):
    """RFC 8011 section 5.4.11."""

    IDLE = 3
    PROCESSING = 4
    STOPPED = 5


@dataclass(frozen=True, slots=True)
class JobLook:
    """One job. `begun`: it was given to the device at least once (`time-at-processing` has a value). `incoming`: the server
    waits for its document, or for the rest of it (`job-incoming`, RFC 8011, section 5.3.8)."""

    id: int
    name: str
    state: JobState
    begun: bool
    message: str = ""
    incoming: bool = False
    begun_at: int = 0
    """`time-at-processing`, in the server's seconds: a later one than before means that it began again; 0 for none."""


@dataclass(frozen=True, slots=True)
class Marker:
    """One supply as CUPS shows it: type keyword, name, level in percent, None where unknown, and whether that is low."""

    kind: str
    name: str
    level: int | None
    low: bool


@dataclass(frozen=True, slots=True)
class QueueLook:
    """A queue. `reasons` are as the server gave them, without `none`. `open_jobs` are not over, `named` are all that have
    the name that was asked for, the oldest first."""

    state: QueueState
    reasons: tuple[str, ...]
    message: str
    accepting: bool
    error_policy: str
    device_uri: str
    model: str
    firmware: str
    markers: tuple[Marker, ...]
    open_jobs: tuple[JobLook, ...]
    named: tuple[JobLook, ...]
    shared: bool = False
    """Somebody else's job was begun on the queue since the first of the named ones was."""

    @property
    def unended(self) -> tuple[JobLook, ...]:
        """The named jobs that may still send: those that are not over, and cancelled ones whose backend lives on.

        CUPS calls a job cancelled before its backend has ended, for which it gives that `JobKillDelay`, and meanwhile the
        queue is at work although no job is. The reason `processing-to-stop-point` tells nothing: CUPS 2.4 lets it
        stand.
        """
        at_work = any(job.state is JobState.PROCESSING for job in (*self.open_jobs, *self.named))
        lives_on = self.state is QueueState.PROCESSING and not at_work
        return tuple(
            job for job in self.named if not job.state.over or (lives_on and job.begun and job.state is JobState.CANCELED)
        )


@dataclass(frozen=True, slots=True)
class NoQueue:
    """The server has no such queue."""

    name: str


@dataclass(frozen=True, slots=True)
class NoServer:
    """The server could not be asked."""

    why: str


Look = QueueLook | NoQueue | NoServer
