"""Labels of which nobody could say whether they came out: answered later, by the printer or by a person with eyes."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, select

from waybilld.core.attempts import AttemptState, allowed
from waybilld.core.intercepts import InterceptState
from waybilld.core.jobs import JobState
from waybilld.core.lifecycle import Work
from waybilld.store import schema, shipments
from waybilld.store.sql import Prepared, Runner
from waybilld.store.tx import Tx
from waybilld_sdk.printing import Evidence, Snapshot

_a, _l, _j, _i = schema.attempt, schema.label, schema.job, schema.intercept
OPEN_PRINT_JOB = (_j.c.label == _l.c.id) & (_j.c.kind == Work.PRINT.value) & (_j.c.state != JobState.DONE.value)
"""The print job of a label that is not done yet; to join by."""

CAME_OUT = (
    select(_a.c.id)
    .where(_a.c.label == _l.c.id)
    .where((_a.c.state == AttemptState.PROVEN.value) | (_a.c.accepted == 1))
    .exists()
) | _l.c.scanned_at_us.is_not(None)
"""Whether a label counts as printed: proven, taken for printed by a policy, or scanned, be it against all evidence."""

DOUBT_COLUMNS = (
    _a.c.id, _a.c.state, _a.c.evidence, _a.c.printer, _l.c.id, _l.c.shipment, _l.c.serial, _l.c.superseded_by, _j.c.id,
    _j.c.state,
)  # fmt: skip
"""What a `Doubt` is made of."""

_OF_LABEL = Prepared(
    select(*DOUBT_COLUMNS)
    .join(_l, _l.c.id == _a.c.label)
    .outerjoin(_j, OPEN_PRINT_JOB)
    .where(_a.c.label == bindparam("label"))
    .order_by(_a.c.id.desc())
    .limit(1)
)
_OF_ATTEMPT = Prepared(
    select(*DOUBT_COLUMNS)
    .join(_l, _l.c.id == _a.c.label)
    .outerjoin(_j, OPEN_PRINT_JOB)
    .where(_a.c.id == bindparam("attempt"))
)
_INTERCEPT = Prepared(
    select(_i.c.id).where(_i.c.label == bindparam("label")).where(_i.c.state == InterceptState.OPEN.value)
)


@dataclass(frozen=True, slots=True)
class Doubt:
    """An attempt and what hangs on it. `job` is the label's open print job, if it has one; `waits`: that job waits for the
    answer."""

    attempt: int
    state: AttemptState
    evidence: Evidence
    printer: str
    label: int
    shipment: int | None
    serial: str
    superseded: bool
    job: int | None
    waits: bool

    @classmethod
    def of_row(cls, row: Sequence[Any]) -> Doubt:
        """The doubt of its `DOUBT_COLUMNS`."""
        attempt, state, evidence, printer, label, shipment, serial, superseded_by, job, job_state = row
        waits = job_state == JobState.IN_DOUBT
        return cls(
            attempt,
            AttemptState(state),
            Evidence(evidence),
            printer,
            label,
            shipment,
            serial,
            superseded_by is not None,
            job,
            waits,
        )


def newest(run: Runner, label: int) -> Doubt | None:
    """The newest attempt of a label; None where none was made."""
    row = run.row(_OF_LABEL, label=label)
    return Doubt.of_row(row) if row else None


def as_it_stands(run: Runner, doubt: Doubt) -> Doubt:
    """The doubt now: a person and a printer may answer at the same time."""
    row = run.row(_OF_ATTEMPT, attempt=doubt.attempt)
    if row is None:
        raise LookupError(f"there is no attempt {doubt.attempt}")
    return Doubt.of_row(row)


def answered(
    tx: Tx, doubt: Doubt, state: AttemptState, evidence: Evidence, reason: str, after: Snapshot, **facts: Any
) -> bool:
    """Late evidence settles an attempt. False where it is settled already, as one that was left before its closing token."""
    if not allowed(doubt.state, state):
        return False
    with tx.entry(f"attempt.{state}", shipment=doubt.shipment, job=doubt.job, reason=reason, **facts) as entry:
        entry.update(
            _a,
            doubt.attempt,
            state=state.value,
            evidence=int(max(evidence, doubt.evidence)),
            reason=reason,
            after=json.dumps(after),
        )
    return True


def close_intercept(tx: Tx, label: int, state: InterceptState, **facts: Any) -> bool:
    """A copy that was looked for is found, or never came out. False where it was not on the list."""
    found = tx.run.row(_INTERCEPT, label=label)
    if found is None:
        return False
    with tx.entry(f"intercept.{state}", label=label, **facts) as entry:
        entry.update(_i, found[0], state=state.value, closed_at_us=tx.now_us)
    return True


def close_cases(tx: Tx, doubt: Doubt) -> None:
    """The cases about the label are answered."""
    if doubt.shipment is not None:
        with tx.entry("case.closed", shipment=doubt.shipment, job=doubt.job) as entry:
            shipments.close_cases_of(entry, tx, doubt.shipment, doubt.label)
