"""Labels of no shipment in the ledger: one record and one attempt each, no page, and never sent again."""

from __future__ import annotations

from sqlalchemy import bindparam, func, select

from waybilld.core.attempts import AttemptState
from waybilld.core.jobs import JobState
from waybilld.core.lifecycle import Work
from waybilld.core.serials import house_serial
from waybilld.store import schema
from waybilld.store.attempts import Device, Task, born
from waybilld.store.jobs import Owner, PrintJob, take
from waybilld.store.sql import Prepared, Runner
from waybilld.store.tx import Tx
from waybilld_sdk.printing import Document, Evidence, Snapshot

_l, _j, _a = schema.label, schema.job, schema.attempt
_NEXT = Prepared(select(func.coalesce(func.max(_l.c.id), 0) + 1))
_LABEL = Prepared(select(_l.c.kind, _l.c.serial).where(_l.c.id == bindparam("id_")))
_ENDING = Prepared(select(_a.c.state, _a.c.evidence, _a.c.reason).where(_a.c.id == bindparam("id_")))


def make(tx: Tx, kind: str) -> tuple[int, str]:
    """A new label; its row and serial, which is drawn on it."""
    row = tx.run.row(_NEXT)
    serial = house_serial(row[0] if row else 1)
    with tx.entry("label.made", serial=serial, label_kind=kind) as entry:
        return entry.insert(_l, kind=kind, copy=1, serial=serial), serial


def begin(tx: Tx, label: int, device: Device, owner: Owner, document: Document, before: Snapshot) -> Task:
    """Open its one attempt, before the first byte."""
    row = tx.run.row(_LABEL, id_=label)
    assert row is not None
    kind, serial = row
    with tx.entry("job.made", label=label, printer=device.name) as entry:
        job = entry.insert(
            _j,
            kind=Work.PRINT.value,
            label=label,
            pool="",
            printer=device.name,
            made_at_us=tx.now_us,
            key=f"print-{label}",
            state=JobState.READY.value,
            tries=0,
        )
    take(tx, job, owner)
    made = PrintJob(job, None, label, "", tx.now_us)
    digest = tx.seal.digest(document.body + document.token)
    attempt = born(tx, made, device, owner, AttemptState.SENDING, digest, before)
    return Task(
        made, attempt, label, None, kind, serial, 1, document, None, AttemptState.SENDING, before, Evidence.NOTHING
    )


def ending(run: Runner, attempt: int) -> tuple[str, Evidence, str]:
    """State, evidence and reason of an attempt."""
    row = run.row(_ENDING, id_=attempt)
    if row is None:
        raise LookupError(f"there is no attempt {attempt}")
    return row[0], Evidence(row[1]), row[2] or ""
