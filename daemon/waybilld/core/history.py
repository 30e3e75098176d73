"""Judging history: whether one change of one row, as the journal tells it, is one that the rules allow.

Pure functions over folded rows. Each gives a sentence that says what is wrong, or None.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from waybilld.core import attempts, jobs, lifecycle
from waybilld.core.attempts import AttemptState
from waybilld.core.fold import Row
from waybilld.core.intercepts import InterceptState
from waybilld.core.jobs import JobState
from waybilld.core.lifecycle import Event, State
from waybilld.core.packs import Mark, PackState
from waybilld.core.runs import RunState

WAYBILL_RULES: frozenset[tuple[str, str]] = frozenset(
    {("intended", "bought"), ("intended", "refused"), ("bought", "voided")},
)
"""Every allowed change of a waybill. It is born `intended`: that stands before the carrier hears of it."""

RUN_RULES: frozenset[tuple[str | None, str]] = frozenset({(None, RunState.OPEN), (RunState.OPEN, RunState.CLOSED)})
"""Every allowed change of a run; what was closed is shredded and never opened again."""


INTERCEPT_RULES: frozenset[tuple[str | None, str]] = frozenset(
    {
        (None, InterceptState.OPEN),
        (InterceptState.OPEN, InterceptState.FOUND),
        (InterceptState.OPEN, InterceptState.GONE),
        (InterceptState.OPEN, InterceptState.OPEN),
        (InterceptState.FOUND, InterceptState.OPEN),
        (InterceptState.GONE, InterceptState.OPEN),
    }
)
"""Every allowed change of a label that is looked for: also for another reason, and again, where a printer shows later that
there is one more of it."""


PACK_RULES: frozenset[tuple[str | None, str]] = frozenset({(None, PackState.OPEN), (PackState.OPEN, PackState.CLOSED)})
"""Every allowed change of a pack."""

PACK_ITEM_RULES: frozenset[tuple[str | None, str]] = frozenset(
    {(None, Mark.OPEN), (Mark.OPEN, Mark.PRINTED), (Mark.OPEN, Mark.SPOILED), (Mark.OPEN, Mark.UNUSED)}
)
"""Every allowed change of one label of a pack: what was told once is not told otherwise."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What the judgement of a row needs to know of the journal entry that changed it."""

    kind: str
    version: int | None
    facts: Mapping[str, Any]


def fault(table: str, old: Row | None, given: Mapping[str, Any], entry: Entry) -> str | None:
    """What is wrong with this change; `old` None: the row is born. Tables without rules are never wrong."""
    if table == "shipment":
        return _shipment(old, given, entry)
    if table == "trouble" and old is not None and old["ended_us"] is not None:
        return "a trouble that was over was changed"
    if "state" not in given:
        return None
    before, after = (old["state"] if old else None), given["state"]
    if table == "job":
        return None if _job_may(before, after) else f"a job went from {before or 'nothing'} to {after}"
    if table == "attempt":
        return None if _attempt_may(before, after) else f"a print attempt went from {before or 'nothing'} to {after}"
    if table == "waybill":
        known = after == "intended" if before is None else (before, after) in WAYBILL_RULES
        return None if known else f"a waybill went from {before or 'nothing'} to {after}"
    if table == "run":
        return None if (before, after) in RUN_RULES else f"a run went from {before or 'nothing'} to {after}"
    if table == "intercept":
        known = (before, after) in INTERCEPT_RULES
        return None if known else f"an intercept went from {before or 'nothing'} to {after}"
    if table == "pack":
        return None if (before, after) in PACK_RULES else f"a pack went from {before or 'nothing'} to {after}"
    if table == "pack_item":
        known = (before, after) in PACK_ITEM_RULES
        return None if known else f"a label of a pack went from {before or 'nothing'} to {after}"
    return None


def _shipment(old: Row | None, given: Mapping[str, Any], entry: Entry) -> str | None:
    if old is None:
        born = lifecycle.step(None, Event.INGESTED).state
        right = given.get("state") == born and given.get("version") == 1
        return None if right else f"a shipment was born {given.get('state')} with version {given.get('version')}"
    if "state" not in given and "version" not in given:
        return None
    facts = entry.facts
    told = f"{entry.kind}: from {facts.get('from')} by {facts.get('event')} to {facts.get('to')}"
    try:
        target = lifecycle.step(State(old["state"]), Event(facts.get("event", ""))).state
    except (ValueError, lifecycle.Refused):
        return f"no rule allows the step {told}; the shipment was {old['state']}"
    if (facts.get("from"), facts.get("to"), given.get("state")) != (old["state"], target, target):
        return f"the step {told} does not lead from {old['state']} to {given.get('state')}"
    if not given.get("version") == entry.version == old["version"] + 1:
        return f"the version went from {old['version']} to {given.get('version')}, the entry says {entry.version}"
    return None


def _job_may(before: Any, after: Any) -> bool:
    """Claims are not journaled, so between two entries a job may have been busy."""
    if before is None:
        return bool(after == JobState.READY)
    try:
        old, new = JobState(before), JobState(after)
    except ValueError:
        return False
    return old is new or jobs.allowed(old, new) or (jobs.allowed(old, JobState.BUSY) and jobs.allowed(JobState.BUSY, new))


def _attempt_may(before: Any, after: Any) -> bool:
    if before is None:
        return after in {AttemptState.PREPARED, AttemptState.SENDING}
    try:
        return attempts.allowed(AttemptState(before), AttemptState(after))
    except ValueError:
        return False


def gate_fault(state: str | None, blocked: bool) -> str | None:
    """What was wrong with letting a label's closing token go, given its shipment at that moment."""
    if blocked:
        return "the closing token was let go while a blocking case stood open"
    try:
        known = State(state or "")
    except ValueError:
        return f"the closing token was let go for a shipment in state {state}"
    if lifecycle.allowed(known, Event.PRINTED) or lifecycle.allowed(known, Event.REPRINT):
        return None
    return f"the closing token was let go for a shipment that was {state}"
