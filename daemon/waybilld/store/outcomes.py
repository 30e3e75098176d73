"""How an attempt ends, and what that means for its label, its job and its shipment."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, func, select, update

from waybilld.core.attempts import MOST_PASSES, VAIN_IN_A_ROW, AttemptState
from waybilld.core.intercepts import InterceptState
from waybilld.core.jobs import JobState
from waybilld.core.lifecycle import Event, Work, allowed
from waybilld.core.packs import label_wanted
from waybilld.core.policy import Policies
from waybilld.core.unconfirmed import Unconfirmed
from waybilld.store import afterall, copies, failovers, pages, schema, shipments
from waybilld.store.attempts import Task, give_up, move, open_elsewhere
from waybilld.store.doubts import CAME_OUT, Doubt, answered, as_it_stands, close_cases, close_intercept
from waybilld.store.sql import Prepared, one_of
from waybilld.store.tx import Entry, Tx
from waybilld_sdk.printing import Evidence, Snapshot, Verdict

_a, _l, _j = schema.attempt, schema.label, schema.job
_WAYBILLS_OUT = Prepared(
    select(CAME_OUT)
    .where(_l.c.shipment == bindparam("shipment"))
    .where(_l.c.kind == "waybill")
    .where(_l.c.superseded_by.is_(None))
)
_PASSES = Prepared(select(_j.c.tries).where(_j.c.id == bindparam("id_")))
_first = select(func.min(_a.c.id)).where(_a.c.label == bindparam("label")).scalar_subquery()
_printers = select(_a.c.printer).where(_a.c.label == bindparam("label"))
_other = _a.alias("other")
_OTHERS_SINCE = Prepared(
    select(_other.c.id)
    .where(_other.c.id > _first)
    .where(_other.c.label != bindparam("label"))
    .where(_other.c.printer.in_(_printers))
    .where(one_of(_other.c.state, (AttemptState.PROVEN, AttemptState.UNCONFIRMED)))
    .limit(1)
)
"""A label that came out of one of the printers that tried this one in vain."""
_RELEASE_JOB = Prepared(
    update(_j).where(_j.c.id == bindparam("id_")).values(state=JobState.READY.value, owner=None, epoch=None)
)


@dataclass(frozen=True, slots=True)
class Left:
    """The pool goes on without the printer that has this label."""

    pool: str
    printer: str


def proven(tx: Tx, task: Task, verdict: Verdict, policies: Policies) -> None:
    """Evidence of print: the attempt is proven, and the shipment printed once all its waybill labels are."""
    move(tx, task, AttemptState.PROVEN, evidence=int(verdict.evidence), after=json.dumps(verdict.after))
    on_paper(tx, task.label, task.job.id, task.shipment, verdict.evidence, policies)


def on_paper(
    tx: Tx, label: int, job: int, shipment: int | None, evidence: Evidence, policies: Policies, *, doubted: bool = False
) -> None:
    """A label counts as printed: its documents are not needed any more, its job is done, and the shipment is printed once
    all its waybill labels are. `doubted`: there are cases about it, which are answered now."""
    pages.drop_documents(tx, label)

    def close(entry: Entry) -> None:
        if doubted and shipment is not None:
            shipments.close_cases_of(entry, tx, shipment, label)

    if shipment is not None and printed_if_all_are(tx, shipment, label, evidence, policies, job=job, entry_rows=close):
        return
    with tx.entry("job.moved", shipment=shipment, job=job, to=JobState.DONE.value) as entry:
        entry.update(_j, job, state=JobState.DONE.value)
        close(entry)


def printed_if_all_are(
    tx: Tx,
    shipment: int,
    label: int,
    evidence: Evidence,
    policies: Policies,
    *,
    job: int | None = None,
    entry_rows: Callable[[Entry], None] | None = None,
) -> bool:
    """The shipment is printed, if by `label` the last of its waybill labels came out; false where it is not, or was."""
    now = shipments.load(tx.run, shipment)
    out = tx.run.rows(_WAYBILLS_OUT, shipment=shipment)
    if not out or not all(came for (came,) in out) or not allowed(now.state, Event.PRINTED):
        return False
    facts = {"evidence": int(evidence), "label": label}
    shipments.step(tx, now, Event.PRINTED, policies, job=job, facts=facts, entry_rows=entry_rows)
    return True


def refuted(
    tx: Tx,
    task: Task,
    reason: str,
    left: Left | None = None,
    reached: Evidence = Evidence.NOTHING,
    *,
    passed: bool = False,
) -> None:
    """Proven not printed: the same copy may be sent again, here or elsewhere. A label of no shipment is not worth it.

    `reached`: how far it got all the same. `passed`: it was in vain so often that the labels behind it go first now."""
    move(tx, task, AttemptState.REFUTED, reason=reason, evidence=int(reached))
    if left is not None:
        failovers.leave(tx, task, left.pool, left.printer, AttemptState.REFUTED)
    if task.shipment is None:
        _done(tx, task.job.id, None, reason)
    elif passed:
        _let_pass(tx, task, reason)
    else:
        ready_again(tx, task.job.id, task.shipment, reason)


def _let_pass(tx: Tx, task: Task, reason: str) -> None:
    """Others go first; a label that they have passed often enough, and that alone does not print, waits for a person."""
    row = tx.run.row(_PASSES, id_=task.job.id)
    passes = (row[0] if row else 0) + 1
    if passes >= MOST_PASSES and tx.run.row(_OTHERS_SINCE, label=task.label) is not None:
        text = (
            f"label {task.serial} was tried {passes * VAIN_IN_A_ROW} times, and its printer printed others meanwhile: "
            f"{reason.rstrip('.')}. Look at it (waybilld shipments show), then print it with `waybilld labels release "
            f"{task.serial}`, or drop it with `waybilld labels cancel {task.serial}`"
        )
        give_up(tx, task.job, "print-failed", text)
    else:
        ready_again(tx, task.job.id, task.shipment, reason, tries=passes)


def ready_again(tx: Tx, job: int, shipment: int | None, reason: str, **columns: Any) -> None:
    """A print job is free for any printer of its pool."""
    with tx.entry("job.moved", shipment=shipment, job=job, to=JobState.READY.value, reason=reason) as entry:
        entry.update(_j, job, state=JobState.READY.value, **columns)
    tx.run.run(_RELEASE_JOB, id_=job)
    tx.wakes.add(Work.PRINT.value)


def _done(tx: Tx, job: int, shipment: int | None, reason: str) -> None:
    with tx.entry("job.moved", shipment=shipment, job=job, to=JobState.DONE.value, reason=reason) as entry:
        entry.update(_j, job, state=JobState.DONE.value, reason=reason)


def unconfirmed(
    tx: Tx,
    task: Task,
    reached: Evidence,
    reason: str,
    policy: Unconfirmed,
    policies: Policies,
    left: Left | None = None,
) -> None:
    """Nobody can say whether it printed. What follows is the policy's; the same copy is never sent again by itself."""
    accepted = policy is Unconfirmed.ACCEPT_SENT and task.shipment is not None
    move(tx, task, AttemptState.UNCONFIRMED, evidence=int(reached), reason=reason, **({"accepted": 1} if accepted else {}))
    if left is not None:
        failovers.leave(tx, task, left.pool, left.printer, AttemptState.UNCONFIRMED)
    if task.shipment is None:
        _done(tx, task.job.id, None, reason)
    elif accepted:
        on_paper(tx, task.label, task.job.id, task.shipment, reached, policies)
    elif policy is Unconfirmed.REPRINT_MARKED:
        copies.reprint_unconfirmed(tx, task, reason)
    else:
        _doubt(tx, task, task.shipment, reason, blocking=policy is not Unconfirmed.SETTLE_BY_SCAN)


def _doubt(tx: Tx, task: Task, shipment: int, reason: str, *, blocking: bool) -> None:
    what = (
        "Look whether it came out before anything else is done with this parcel"
        if blocking
        else "Its scan at the packing station settles it"
    )
    text = f"label {task.serial}: {reason.removesuffix('.')}. {what}"
    with tx.entry("job.moved", shipment=shipment, job=task.job.id, to=JobState.IN_DOUBT.value, reason=reason) as entry:
        entry.update(_j, task.job.id, state=JobState.IN_DOUBT.value, reason=reason, run_at_us=None)
        shipments.open_case(entry, tx, shipment, "print-unconfirmed", text, blocking=blocking, label=task.label)


def strand(tx: Tx, printers: Collection[str], policies: Policies) -> list[str]:
    """Settle what a dead daemon left open on printers that no lane serves any more; their names.

    Without its closing token a label cannot have come out and is free for another printer. After the token nobody can ask
    the printer, so a person must look.
    """
    gone: list[str] = []
    for printer, task in open_elsewhere(tx.run, printers):
        gone.append(printer)
        if task.state is AttemptState.SENT:
            why = f"printer {printer} left the configuration while it had this label"
            unconfirmed(tx, task, task.reached, why, Unconfirmed.HOLD, policies)
        else:
            refuted(tx, task, f"printer {printer} left the configuration before the closing token was sent")
    return gone


def came_out(
    tx: Tx, doubt: Doubt, evidence: Evidence, reason: str, after: Snapshot, policies: Policies, **facts: object
) -> None:
    """It turns out that a label did come out. One that was superseded meanwhile stays on the intercept list: now it is
    surely on paper. What was answered otherwise, also since `doubt` was read, stays answered; but what it may have led to is
    looked after."""
    doubt = as_it_stands(tx.run, doubt)
    if doubt.state is AttemptState.REFUTED:
        afterall.printed(tx, doubt, evidence, reason)
        return
    open_ = answered(tx, doubt, AttemptState.PROVEN, evidence, reason, after, **facts)
    if open_ and doubt.job is not None and doubt.waits:
        on_paper(tx, doubt.label, doubt.job, doubt.shipment, evidence, policies, doubted=True)


def never_came(tx: Tx, doubt: Doubt, reason: str, after: Snapshot, **facts: object) -> None:
    """It turns out that a label did not come out: the same copy is free again, unless another has its place by now or nobody
    needs it any more. What was answered otherwise since `doubt` was read stays answered."""
    doubt = as_it_stands(tx.run, doubt)
    if not answered(tx, doubt, AttemptState.REFUTED, Evidence.NOTHING, reason, after, **facts):
        return
    close_intercept(tx, doubt.label, InterceptState.GONE, doubt.printer)
    if doubt.job is None:
        afterall.missing(tx, doubt)
    elif doubt.waits:
        close_cases(tx, doubt)
        if doubt.shipment is None or label_wanted(shipments.load(tx.run, doubt.shipment).state):
            ready_again(tx, doubt.job, doubt.shipment, reason)
        else:
            _done(tx, doubt.job, doubt.shipment, reason)
