"""What a queue and its job prove about one label: a table of rules, read from the top.

RFC 8011 lets a printer report `completed` when processing ends and media is stacked as far as it knows; a print server knows
only that it handed the bytes on. So a completed job is `sent` and no proof, unless somebody tried it out with this very
printer and says so (`word`). A job that was begun and did not complete may have put anything on paper; one that was never
begun, nothing.

A print server keeps no place in a document: whatever it begins again, it sends from the first byte. """

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from waybilld_printers.probes.ipp.looks import JobLook, JobState, Look, NoQueue, NoServer, QueueLook
from waybilld_sdk.printing import Evidence, Outcome


@dataclass(frozen=True, slots=True)
class Case:
    """All that the rules may look at. `word`: the queue's `completed` is the printer's own, and was tried out. `resent`:
    CUPS was seen to begin with a job for the second time."""

    look: Look
    reached: Evidence
    word: bool = False
    resent: bool = False

    @property
    def jobs(self) -> tuple[JobLook, ...]:
        """The attempt's jobs that sent something or may yet; where there are none, those that ended without."""
        named = self.look.named if isinstance(self.look, QueueLook) else ()
        return tuple(job for job in named if job.begun or not job.state.over) or named

    @property
    def job(self) -> JobLook | None:
        """The attempt's job; the newest where a client's retry made two."""
        return self.jobs[-1] if self.jobs else None

    def is_in(self, *states: JobState) -> bool:
        return self.job is not None and self.job.state in states

    @property
    def begun(self) -> bool:
        return any(job.begun for job in self.jobs)

    @property
    def is_open(self) -> bool:
        return self.job is not None and not self.job.state.over

    @property
    def incoming(self) -> bool:
        return self.job is not None and self.job.incoming


@dataclass(frozen=True, slots=True)
class Rule:
    """If `holds`, the conclusion is `outcome`, for `reason`. `most` is the strongest evidence that is left to claim then."""

    name: str
    holds: Callable[[Case], bool]
    outcome: Outcome
    reason: str
    most: Evidence = Evidence.TOKEN


RULES: tuple[Rule, ...] = (
    Rule(
        "never-handed-over",
        lambda case: case.reached is Evidence.NOTHING,
        Outcome.REFUTED,
        "CUPS was never given the label.",
        Evidence.NOTHING,
    ),
    Rule(
        "no-server",
        lambda case: isinstance(case.look, NoServer),
        Outcome.PENDING,
        "CUPS does not answer; silence says nothing about the label.",
    ),
    Rule(
        "no-queue",
        lambda case: isinstance(case.look, NoQueue),
        Outcome.UNCONFIRMED,
        "The queue is gone, and with it what became of the label; look whether it came out.",
    ),
    Rule(
        "twice",
        lambda case: len(case.jobs) > 1 and case.begun,
        Outcome.UNCONFIRMED,
        "CUPS knows several jobs of this attempt; look how often the label came out.",
    ),
    Rule(
        "sent-again",
        lambda case: case.resent and not case.is_open,
        Outcome.UNCONFIRMED,
        "CUPS began with the job more than once; look how often the label came out.",
    ),
    Rule(
        "lost",
        lambda case: case.job is None,
        Outcome.UNCONFIRMED,
        "CUPS does not know the job any more, as after a crash; look whether the label came out.",
    ),
    Rule(
        "completed-by-the-printers-word",
        lambda case: case.is_in(JobState.COMPLETED) and case.word,
        Outcome.PROVEN,
        "The printer calls the job completed, and its word was tried out.",
        Evidence.PRINTED,
    ),
    Rule(
        "completed",
        lambda case: case.is_in(JobState.COMPLETED),
        Outcome.UNCONFIRMED,
        "CUPS handed every byte on; that says nothing about paper.",
        Evidence.ACKNOWLEDGED,
    ),
    Rule(
        "incoming",
        lambda case: case.incoming,
        Outcome.PENDING,
        "CUPS waits for the rest of the label, which will not come: cancel the job.",
    ),
    Rule(
        "again",
        lambda case: (case.resent or (case.begun and not case.is_in(JobState.PROCESSING))) and case.is_open,
        Outcome.PENDING,
        "CUPS began with the job before, and sends it once more when the queue goes on: cancel the job.",
    ),
    Rule(
        "waits",
        lambda case: case.is_in(JobState.PENDING),
        Outcome.PENDING,
        "The job waits in its queue.",
    ),
    Rule(
        "held",
        lambda case: case.is_in(JobState.HELD),
        Outcome.PENDING,
        "CUPS holds the job; release it, or cancel it.",
    ),
    Rule(
        "processing",
        lambda case: case.is_in(JobState.PROCESSING),
        Outcome.PENDING,
        "CUPS is at work on the job.",
    ),
    Rule(
        "stopping",
        lambda case: isinstance(case.look, QueueLook) and bool(case.look.unended),
        Outcome.PENDING,
        "The job is cancelled, but CUPS has not stopped sending it yet.",
    ),
    Rule(
        "ended-unbegun",
        lambda case: not case.begun,
        Outcome.REFUTED,
        "The job ended before CUPS began with it: nothing reached the printer.",
    ),
    Rule(
        "aborted",
        lambda case: case.is_in(JobState.ABORTED),
        Outcome.UNCONFIRMED,
        "CUPS gave the job up in the middle; look whether the label came out.",
    ),
    Rule(
        "canceled",
        lambda _case: True,
        Outcome.UNCONFIRMED,
        "The job was cancelled in the middle; look whether the label came out.",
    ),
)
"""Exactly one rule answers every case: the first that holds, and the last one always does."""


def spent(look: Look, *, resent: bool = False) -> tuple[int, ...]:
    """Numbers of the attempt's jobs that must leave the queue at once, because only harm can come of them.

    One whose document never arrived whole holds up the queue. One that is not over, and not at work, after CUPS had begun
    with it or with another one of the attempt, is a copy that comes out as soon as somebody lets the queue go on; so is one
    at work that CUPS began with again (`resent`).
    """
    named = look.named if isinstance(look, QueueLook) else ()
    begun = any(job.begun for job in named)
    return tuple(
        job.id
        for job in named
        if not job.state.over and (job.incoming or resent or (begun and job.state is not JobState.PROCESSING))
    )


def decide(case: Case) -> tuple[Rule, Evidence]:
    """The rule that answers, and the evidence level it carries."""
    rule = next(rule for rule in RULES if rule.holds(case))
    if rule.outcome is Outcome.PROVEN:
        return rule, Evidence.PRINTED
    return rule, max(case.reached, rule.most) if rule.name == "completed" else min(case.reached, rule.most)
