"""The spool's ledger: one label, one record, one attempt at a time, and what evidence said of it."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, select, update

from waybilld.core import attempts as rules
from waybilld.core.attempts import AttemptState
from waybilld.core.jobs import JobState
from waybilld.core.lifecycle import Event, Work, allowed
from waybilld.core.policy import Policies
from waybilld.store import pages, schema, shipments
from waybilld.store.jobs import Job, Owner, claim_print
from waybilld.store.seal import Shredded
from waybilld.store.sql import Prepared, Runner, one_of
from waybilld.store.tx import Tx
from waybilld_sdk.labels import Page
from waybilld_sdk.printing import Document, Evidence, Snapshot, Verdict

_a, _l, _j = schema.attempt, schema.label, schema.job
_STATE = Prepared(select(_a.c.state, _a.c.epoch, _a.c.evidence).where(_a.c.id == bindparam("id_")))
_LIVE = Prepared(
    select(_a.c.id, _a.c.label, _a.c.state, _a.c.evidence, _a.c.before, _l.c.shipment, _l.c.serial, _l.c.copy)
    .join(_l, _l.c.id == _a.c.label)
    .where(_a.c.printer == bindparam("printer"))
    .where(one_of(_a.c.state, sorted(rules.LIVE)))
)
# By way of the open print jobs, which are few: attempts are kept for ever.
_OPEN_PRINTERS = Prepared(
    select(_a.c.printer)
    .join(_j, _j.c.label == _a.c.label)
    .where(_j.c.state != JobState.DONE.value)
    .where(_j.c.kind == Work.PRINT.value)
    .where(one_of(_a.c.state, sorted(rules.LIVE)))
)
_PRINT_JOB = Prepared(
    select(_j.c.id, _j.c.tries)
    .where(_j.c.kind == Work.PRINT.value)
    .where(_j.c.label == bindparam("label"))
    .where(_j.c.state != JobState.DONE.value)
)
_WAYBILLS_PROVEN = Prepared(
    select(select(_a.c.id).where(_a.c.label == _l.c.id).where(_a.c.state == AttemptState.PROVEN.value).exists())
    .where(_l.c.shipment == bindparam("shipment"))
    .where(_l.c.kind == "waybill")
    .where(_l.c.superseded_by.is_(None))
)
_RELEASE_JOB = Prepared(
    update(_j).where(_j.c.id == bindparam("id_")).values(state=JobState.READY.value, owner=None, epoch=None)
)


@dataclass(frozen=True, slots=True)
class Device:
    """What the ledger must know of a printer: its name, pool, and which pages and documents fit it."""

    name: str
    pool: str
    language: str
    settings_key: str
    variant: str


@dataclass(frozen=True, slots=True)
class Task:
    """One attempt that a lane works on. `document` is None while it must still be encoded from `page`."""

    job: Job
    attempt: int
    label: int
    shipment: int
    serial: str
    copy: int
    document: Document | None
    page: Page | None
    state: AttemptState
    before: Snapshot
    reached: Evidence

    @property
    def ref(self) -> str:
        """The attempt's name on the wire and in spoolers: letters, digits and '-' only."""
        return f"attempt-{self.attempt}"


def begin(tx: Tx, device: Device, owner: Owner, before: Snapshot, shipment: int | None = None) -> Task | None:
    """Claim the pool's next print job for this printer and open its attempt; None when nothing waits. `shipment` is the one
    that it printed for last: what is left of it comes first.

    With a document encoded ahead the attempt is born `sending`: claim and intent share one commit, before the first byte.
    Otherwise it is `prepared`, which keeps other lanes away while the page is encoded. `before` is what was last seen of
    the device.
    """
    job = claim_print(tx, owner, device.pool, shipment)
    if job is None or job.label is None:
        return None
    label = job.label
    try:
        found = pages.printable(tx, label, device.variant, device.language, device.settings_key)
        if found.page is None:
            _no_page(tx, job, device)
            return None
        pixels = None if found.document else pages.open_page(tx.run, tx.seal, found.page)
    except Shredded as e:
        _give_up(tx, job, "page-missing", f"{e}: the label can be drawn again only for a new order")
        return None
    state = AttemptState.SENDING if found.document else AttemptState.PREPARED
    with tx.entry(f"attempt.{state}", shipment=job.shipment, job=job.id, printer=device.name) as entry:
        attempt = entry.insert(
            _a,
            label=label,
            printer=device.name,
            epoch=owner.epoch,
            language=device.language,
            document_digest=found.digest,
            state=state.value,
            evidence=int(Evidence.NOTHING),
            before=json.dumps(before),
        )
    serial, copy = found.serial, found.copy
    return Task(job, attempt, label, job.shipment, serial, copy, found.document, pixels, state, before, Evidence.NOTHING)


def _no_page(tx: Tx, job: Job, device: Device) -> None:
    text = (
        f"no page was drawn for {device.variant} as printer {device.name} needs it: "
        "give the pool printers of one media"
    )
    _give_up(tx, job, "page-missing", text)


def unprintable(tx: Tx, task: Task, why: str) -> None:
    """The page cannot be encoded for this printer: no byte left, and a person must look before it is tried again."""
    _move(tx, task, AttemptState.REFUTED, reason=why)
    _give_up(tx, task.job, "label-unprintable", f"label {task.serial} could not be encoded for its printer: {why}")


def _give_up(tx: Tx, job: Job, code: str, text: str) -> None:
    with tx.entry("job.moved", shipment=job.shipment, job=job.id, to=JobState.DEAD.value, reason=text) as entry:
        entry.update(_j, job.id, state=JobState.DEAD.value, reason=text)
        shipments.open_case(entry, tx, job.shipment, code, text, blocking=True)


def sending(tx: Tx, task: Task, document: Document) -> None:
    """The document was encoded: commit `sending`, before the first byte."""
    digest = tx.seal.digest(document.body + document.token)
    _move(tx, task, AttemptState.SENDING, document_digest=digest)


def sent(tx: Tx, task: Task, epoch: int, before: Snapshot) -> bool:
    """The gate: re-read everything that could forbid this label, and commit `sent` before the token's first byte.

    False when the attempt is not ours any more, the shipment is blocked, or its state no longer wants a label.
    """
    row = tx.run.row(_STATE, id_=task.attempt)
    if row is None or row[0] != AttemptState.SENDING or row[1] != epoch:
        return False
    shipment = shipments.load(tx.run, task.shipment)
    wanted = allowed(shipment.state, Event.PRINTED) or allowed(shipment.state, Event.REPRINT)
    if not wanted or shipments.block_of(tx.run, task.shipment) is not None:
        return False
    _change(tx, task, row, AttemptState.SENT, before=json.dumps(before), evidence=int(Evidence.BODY))
    return True


def proven(tx: Tx, task: Task, verdict: Verdict, policies: Policies) -> None:
    """Evidence of print: the attempt is proven, and the shipment printed once all its waybill labels are."""
    _move(tx, task, AttemptState.PROVEN, evidence=int(verdict.evidence), after=json.dumps(verdict.after))
    pages.drop_documents(tx, task.label)
    shipment = shipments.load(tx.run, task.shipment)
    waybills = tx.run.rows(_WAYBILLS_PROVEN, shipment=task.shipment)
    whole = bool(waybills) and all(proven_ for (proven_,) in waybills)
    if whole and allowed(shipment.state, Event.PRINTED):
        facts = {"evidence": int(verdict.evidence), "label": task.label}
        shipments.step(tx, shipment, Event.PRINTED, policies, job=task.job.id, facts=facts)
        return
    with tx.entry("job.moved", shipment=task.shipment, job=task.job.id, to=JobState.DONE.value) as entry:
        entry.update(_j, task.job.id, state=JobState.DONE.value)


def refuted(tx: Tx, task: Task, reason: str) -> None:
    """Proven not printed: the same copy may be sent again, here or elsewhere."""
    _move(tx, task, AttemptState.REFUTED, reason=reason)
    with tx.entry("job.moved", shipment=task.shipment, job=task.job.id, to=JobState.READY.value, reason=reason) as entry:
        entry.update(_j, task.job.id, state=JobState.READY.value)
    tx.run.run(_RELEASE_JOB, id_=task.job.id)
    tx.wakes.add(Work.PRINT.value)


def unconfirmed(tx: Tx, task: Task, reached: Evidence, reason: str) -> None:
    """Nobody can say whether it printed: policy `hold` opens a block, and nothing sends it again by itself."""
    _move(tx, task, AttemptState.UNCONFIRMED, evidence=int(reached), reason=reason)
    text = f"label {task.serial}: {reason}. Look whether it came out before anything else is done with this parcel"
    with tx.entry("job.moved", shipment=task.shipment, job=task.job.id, to=JobState.IN_DOUBT.value, reason=reason) as entry:
        entry.update(_j, task.job.id, state=JobState.IN_DOUBT.value, reason=reason, run_at_us=None)
        shipments.open_case(entry, tx, task.shipment, "print-unconfirmed", text, blocking=True)


def _move(tx: Tx, task: Task, state: AttemptState, **columns: Any) -> None:
    _change(tx, task, tx.run.row(_STATE, id_=task.attempt), state, **columns)


def _change(tx: Tx, task: Task, row: tuple[Any, ...] | None, state: AttemptState, **columns: Any) -> None:
    """Change the attempt whose `_STATE` is `row`."""
    old = AttemptState(row[0]) if row else AttemptState.REFUTED
    if not rules.allowed(old, state):
        raise shipments.Moved(f"attempt {task.attempt} is {old} and cannot become {state}")
    columns["evidence"] = max(columns.get("evidence", 0), row[2] if row else 0)
    reason = {"reason": columns["reason"]} if "reason" in columns else {}
    with tx.entry(f"attempt.{state}", shipment=task.shipment, job=task.job.id, **reason) as entry:
        entry.update(_a, task.attempt, state=state.value, **columns)


def live(run: Runner, printer: str) -> Task | None:
    """The attempt that a dead daemon left open on a printer, if any."""
    row = run.row(_LIVE, printer=printer)
    if row is None:
        return None
    attempt, label, state, evidence, before, shipment, serial, copy = row
    found = run.row(_PRINT_JOB, label=label)
    if found is None:
        raise LookupError(f"attempt {attempt} is open but label {label} has no open print job")
    job = Job(found[0], Work.PRINT, shipment, label, found[1], doubted=True)
    snapshot: Snapshot = json.loads(before) if before else {}
    reached = Evidence.TOKEN if state == AttemptState.SENT else Evidence.BODY
    return Task(
        job,
        attempt,
        label,
        shipment,
        serial,
        copy,
        None,
        None,
        AttemptState(state),
        snapshot,
        Evidence(max(reached, evidence)),
    )


def adopt(tx: Tx, task: Task, owner: Owner) -> None:
    """Take an orphaned attempt over: only the epoch changes, which closes the gate to its old owner."""
    with tx.entry("attempt.adopted", shipment=task.shipment, job=task.job.id, epoch=owner.epoch) as entry:
        entry.update(_a, task.attempt, epoch=owner.epoch)
        entry.update(_j, task.job.id, state=JobState.IN_DOUBT.value)


def strand(tx: Tx, printers: Collection[str]) -> list[str]:
    """Settle what a dead daemon left open on printers that no lane serves any more; their names.

    Without its closing token a label cannot have come out and is free for another printer. After the token nobody can ask
    the printer, so a person must look.
    """
    gone = sorted({name for (name,) in tx.run.rows(_OPEN_PRINTERS)} - set(printers))
    for printer in gone:
        task = live(tx.run, printer)
        assert task is not None
        if task.state is AttemptState.SENT:
            unconfirmed(tx, task, task.reached, f"printer {printer} left the configuration while it had this label")
        else:
            refuted(tx, task, f"printer {printer} left the configuration before the closing token was sent")
    return gone
