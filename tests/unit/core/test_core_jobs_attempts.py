"""Jobs and attempts as data: what may follow what, and what must never be done again by itself."""

from __future__ import annotations

import itertools

import pytest

from waybilld.core import attempts, jobs
from waybilld.core.attempts import ATTEMPT_RULES, LIVE, AttemptState
from waybilld.core.jobs import FOREIGN, JOB_RULES, JobState
from waybilld.core.lifecycle import STAFFED, Work
from waybilld_sdk.printing import Outcome

A, J = AttemptState, JobState
FINAL = {A.PROVEN, A.REFUTED}


def closure(rules: frozenset[tuple[str, str]], start: str) -> set[str]:
    """Everything that can follow."""
    found = {start}
    while more := {new for old, new in rules if old in found} - found:
        found |= more
    return found


def test_every_job_state_is_reached_and_only_done_is_an_end() -> None:
    """A job that can neither end nor wait for a person is lost work."""
    assert closure(JOB_RULES, J.READY) == set(J)
    assert {state for state in J if closure(JOB_RULES, state) == {state}} == {J.DONE}


@pytest.mark.parametrize(("old", "new"), list(itertools.product(J, J)))
def test_job_changes_are_ruled_or_refused(old: JobState, new: JobState) -> None:
    """`allowed` is what the store asks before it writes."""
    assert jobs.allowed(old, new) == ((old, new) in JOB_RULES)


def test_doubt_is_never_followed_by_doing() -> None:
    """From doubt straight to work is how a number is bought twice: it must be settled first."""
    assert {new for old, new in JOB_RULES if old is J.IN_DOUBT} == {J.DONE, J.READY, J.DEAD}


@pytest.mark.parametrize("kind", Work)
def test_orphans_that_may_have_acted_are_doubted(kind: Work) -> None:
    """After a crash, work that reaches outside may have happened; the rest surely did not."""
    assert jobs.after_crash(kind) is (J.IN_DOUBT if kind in FOREIGN else J.READY)


def test_kinds_that_reach_outside() -> None:
    """A kind that buys, prints or tells and is missing here would be repeated after a crash."""
    assert {Work.BUY, Work.PRINT, Work.CONFIRM} == FOREIGN & STAFFED


def test_every_attempt_state_is_reached_and_ends_are_final() -> None:
    """A proof that could be taken back, or a refutation that could, is no evidence."""
    assert closure(ATTEMPT_RULES, A.PREPARED) == set(A)
    assert {state for state in A if closure(ATTEMPT_RULES, state) == {state}} == FINAL
    assert {A.PREPARED, A.SENDING, A.SENT} == LIVE


@pytest.mark.parametrize(("old", "new"), list(itertools.product(A, A)))
def test_attempt_changes_are_ruled_or_refused(old: AttemptState, new: AttemptState) -> None:
    """An attempt's row only ever says more of what may have happened, or what evidence settled."""
    assert attempts.allowed(old, new) == ((old, new) in ATTEMPT_RULES)
    if attempts.allowed(old, new) and new in LIVE:
        assert list(A).index(new) == list(A).index(old) + 1


def test_a_proof_needs_a_token_that_left() -> None:
    """A label cannot be proven whose closing token was never let go."""
    assert {old for old, new in ATTEMPT_RULES if new is A.PROVEN} == {A.SENT, A.UNCONFIRMED}


@pytest.mark.parametrize("outcome", Outcome)
def test_each_verdict_settles_or_waits(outcome: Outcome) -> None:
    """A new outcome that nobody mapped would leave its label in the printer for ever."""
    state = attempts.settled(outcome)
    assert (state is None) == (outcome is Outcome.PENDING)
    assert state is None or attempts.allowed(A.SENT, state)
