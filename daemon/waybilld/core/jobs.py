"""The life of a job as data, and what becomes of jobs whose owner died.

A job is one piece of work for one shipment. Retry and doubt belong to jobs; the shipment's state moves by evidence only.
"""

from __future__ import annotations

import enum

from waybilld.core.lifecycle import Work


class JobState(enum.StrEnum):
    """`ready → busy → done`; the others are the ways in which that can take longer or end badly."""

    READY = "ready"
    BUSY = "busy"
    WAITING = "waiting"
    IN_DOUBT = "in_doubt"
    DONE = "done"
    DEAD = "dead"


J = JobState

JOB_RULES: frozenset[tuple[JobState, JobState]] = frozenset(
    {
        (J.READY, J.BUSY),
        (J.BUSY, J.DONE),
        (J.BUSY, J.READY),
        (J.BUSY, J.WAITING),
        (J.BUSY, J.IN_DOUBT),
        (J.BUSY, J.DEAD),
        (J.WAITING, J.BUSY),
        (J.IN_DOUBT, J.DONE),
        (J.IN_DOUBT, J.READY),
        (J.IN_DOUBT, J.DEAD),
        (J.DEAD, J.READY),
        (J.DEAD, J.DONE),
    }
)
"""Every allowed change. `BUSY → READY` is for work without foreign effect, or one that surely had none; `DEAD → DONE` for a
label that a person drops, or that a copy takes the place of."""

FOREIGN = frozenset({Work.BUY, Work.PRINT, Work.CONFIRM, Work.VOID, Work.SETTLE_BUY})
"""Kinds whose work reaches outside: an orphan of these may have happened."""


APART = "apart"
"""The pool of render jobs that draw a stranger's file, a carrier's label or a sheet: they are claimed by a worker of their
own, so that what such a file does with time and memory holds up nobody else's."""


def after_crash(kind: Work) -> JobState:
    """Where an orphaned busy job goes. Generic queues run it again: that is what prints and buys twice."""
    return JobState.IN_DOUBT if kind in FOREIGN else JobState.READY


def allowed(old: JobState, new: JobState) -> bool:
    """Whether a job may change from `old` to `new`."""
    return (old, new) in JOB_RULES
