"""The spool's ledger: one label, one record, one attempt at a time. How an attempt begins, and who has it.

What its end means for the label and its shipment is in `outcomes`.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, exists, select

from waybilld.core import attempts as rules
from waybilld.core.attempts import AttemptState
from waybilld.core.jobs import JobState
from waybilld.core.lifecycle import Event, Work, allowed
from waybilld.store import pages, schema, shipments
from waybilld.store.jobs import PRINT_COLUMNS, Owner, PrintJob, claim_moved, claim_print
from waybilld.store.seal import Shredded
from waybilld.store.sql import Prepared, Runner, one_of
from waybilld.store.tx import Tx
from waybilld_sdk.labels import Page
from waybilld_sdk.printing import Document, Evidence, Snapshot

_a, _l, _j = schema.attempt, schema.label, schema.job
_STATE = Prepared(select(_a.c.state, _a.c.epoch, _a.c.evidence).where(_a.c.id == bindparam("id_")))
_LIVE = Prepared(
    select(_a.c.id, _a.c.label, _a.c.state, _a.c.evidence, _a.c.before, _l.c.shipment, _l.c.kind, _l.c.serial, _l.c.copy)
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
    # What people print from a pack is open until they tell, however often the daemon starts.
    .where(~exists().where(schema.pack_item.c.attempt == _a.c.id))
)
_PRINT_JOB = Prepared(
    select(*PRINT_COLUMNS)
    .where(_j.c.kind == Work.PRINT.value)
    .where(_j.c.label == bindparam("label"))
    .where(_j.c.state != JobState.DONE.value)
)


@dataclass(frozen=True, slots=True)
class Device:
    """What the ledger must know of a printer: its name, its own pool (empty: none), which pages and documents fit it, and
    the pools that it is a backup of."""

    name: str
    pool: str
    language: str
    settings_key: str
    variant: str
    backs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Task:
    """One attempt that a lane works on. `document` is None while it must still be encoded from `page`.

    `shipment` is None for what belongs to none: separators and test labels.
    """

    job: PrintJob
    attempt: int
    label: int
    shipment: int | None
    kind: str
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


def begin(
    tx: Tx,
    device: Device,
    pool: str,
    owner: Owner,
    before: Snapshot,
    *,
    shipment: int | None = None,
    alone: bool = False,
    moved: bool = False,
    made_after_us: int = 0,
) -> Task | None:
    """Claim a pool's next print job for this printer and open its attempt; None when nothing waits. `shipment` is the one
    that it printed for last: what is left of it comes first, and with `alone` nothing else. `moved`: only what a person
    moved to this printer. A label that waits since before `made_after_us` is not printed: a person is asked first.

    With a document encoded ahead the attempt is born `sending`: claim and intent share one commit, before the first byte.
    Otherwise it is `prepared`, which keeps other lanes away while the page is encoded. `before` is what was last seen of
    the device.
    """
    if moved:
        job = claim_moved(tx, owner, device.name, pool)
    else:
        job = claim_print(tx, owner, device.name, pool, shipment, alone=alone)
    if job is None:
        return None
    try:
        found = pages.printable(tx, job.label, device.variant, device.language, device.settings_key)
        if job.made_at_us < made_after_us:
            ask_first(tx, job, found.serial)
            return None
        if found.page is None:
            _no_page(tx, job, device)
            return None
        pixels = None if found.document else pages.open_page(tx.run, tx.seal, found.page)
    except Shredded as e:
        give_up(tx, job, "page-missing", f"{e}: the label can be drawn again only for a new order")
        return None
    state = AttemptState.SENDING if found.document else AttemptState.PREPARED
    attempt = born(tx, job, device, owner, state, found.digest, before)
    return Task(
        job,
        attempt,
        job.label,
        job.shipment,
        found.kind,
        found.serial,
        found.copy,
        found.document,
        pixels,
        state,
        before,
        Evidence.NOTHING,
    )


def born(
    tx: Tx, job: PrintJob, device: Device, owner: Owner, state: AttemptState, digest: str, before: Snapshot
) -> int:
    """A new attempt of a claimed job; its number."""
    with tx.entry(f"attempt.{state}", shipment=job.shipment, job=job.id, printer=device.name) as entry:
        return entry.insert(
            _a,
            label=job.label,
            printer=device.name,
            at_us=tx.now_us,
            epoch=owner.epoch,
            language=device.language,
            document_digest=digest,
            state=state.value,
            evidence=int(Evidence.NOTHING),
            before=json.dumps(before),
        )


def _no_page(tx: Tx, job: PrintJob, device: Device) -> None:
    text = (
        f"no page was drawn for {device.variant} as printer {device.name} needs it: "
        "give the pool printers of one media"
    )
    give_up(tx, job, "page-missing", text)


def ask_first(tx: Tx, job: PrintJob, serial: str) -> None:
    """The label has waited so long that a person must say whether it is still wanted: its job is dead until then."""
    hours = (tx.now_us - job.made_at_us) // 3_600_000_000
    text = (
        f"label {serial} has waited {hours} hours for a printer, and its parcel may have gone another way: look, then "
        f"print it with `waybilld labels release {serial}`, or drop it with `waybilld labels cancel {serial}`"
    )
    give_up(tx, job, "print-stale", text)


def unprintable(tx: Tx, task: Task, why: str) -> None:
    """The page cannot be encoded for this printer: no byte left, and a person must look before it is tried again."""
    move(tx, task, AttemptState.REFUTED, reason=why)
    give_up(tx, task.job, "label-unprintable", f"label {task.serial} could not be encoded for its printer: {why}")


def give_up(tx: Tx, job: PrintJob, code: str, text: str) -> None:
    """The job is dead, and a person must see to it: a blocking case, where there is a shipment to block."""
    with tx.entry("job.moved", shipment=job.shipment, job=job.id, to=JobState.DEAD.value, reason=text) as entry:
        entry.update(_j, job.id, state=JobState.DEAD.value, reason=text)
        if job.shipment is not None:
            shipments.open_case(entry, tx, job.shipment, code, text, blocking=True, label=job.label)


def sending(tx: Tx, task: Task, document: Document) -> None:
    """The document was encoded: commit `sending`, before the first byte."""
    digest = tx.seal.digest(document.body + document.token)
    move(tx, task, AttemptState.SENDING, document_digest=digest)


def sent(tx: Tx, task: Task, epoch: int, before: Snapshot) -> bool:
    """The gate: re-read everything that could forbid this label, and commit `sent` before the token's first byte.

    False when the attempt is not ours any more, the shipment is blocked, or its state no longer wants a label.
    """
    row = tx.run.row(_STATE, id_=task.attempt)
    if row is None or row[0] != AttemptState.SENDING or row[1] != epoch:
        return False
    if task.shipment is not None:
        shipment = shipments.load(tx.run, task.shipment)
        wanted = allowed(shipment.state, Event.PRINTED) or allowed(shipment.state, Event.REPRINT)
        if not wanted or shipments.block_of(tx.run, task.shipment) is not None:
            return False
    _change(tx, task, row, AttemptState.SENT, before=json.dumps(before), evidence=int(Evidence.BODY))
    return True


def move(tx: Tx, task: Task, state: AttemptState, **columns: Any) -> None:
    """Change an attempt's state; its evidence never falls. Raises `Moved` on a change that no rule allows."""
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
    attempt, label, state, evidence, before, shipment, kind, serial, copy = row
    found = run.row(_PRINT_JOB, label=label)
    if found is None:
        raise LookupError(f"attempt {attempt} is open but label {label} has no open print job")
    snapshot: Snapshot = json.loads(before) if before else {}
    reached = Evidence.TOKEN if state == AttemptState.SENT else Evidence.BODY
    return Task(
        PrintJob(*found),
        attempt,
        label,
        shipment,
        kind,
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


def open_elsewhere(run: Runner, printers: Collection[str]) -> list[tuple[str, Task]]:
    """What a dead daemon left open on printers that are none of these, with their names."""
    gone = sorted({name for (name,) in run.rows(_OPEN_PRINTERS)} - set(printers))
    return [(name, task) for name in gone if (task := live(run, name)) is not None]
