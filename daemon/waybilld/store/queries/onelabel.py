"""One label by its serial, and what the rest of its way hangs on."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import bindparam, func, select

from waybilld.core.jobs import JobState
from waybilld.core.lifecycle import Work
from waybilld.store import copies, schema
from waybilld.store.queries.shapes import LabelBrief
from waybilld.store.sql import Prepared, Runner, one_of

_j, _s = schema.job, schema.shipment
_WAITS = Prepared(
    select(func.coalesce(_j.c.pool, _s.c.pool), _j.c.printer)
    .join(_s, _s.c.id == _j.c.shipment)
    .where(_j.c.shipment == bindparam("shipment"))
    .where(_j.c.label == bindparam("label"))
    .where(one_of(_j.c.kind, (Work.PRINT, Work.COPY)))
    .where(one_of(_j.c.state, (JobState.READY, JobState.WAITING, JobState.BUSY)))
    .order_by(_j.c.id.desc())
    .limit(1)
)


@dataclass(frozen=True, slots=True)
class Waits:
    """For which pool a label waits, and for which of its printers where somebody chose one."""

    pool: str
    printer: str | None


def brief(run: Runner, serial: str) -> LabelBrief | None:
    """What a label is; None where none has this serial."""
    label = copies.by_serial(run, serial)
    if label is None:
        return None
    newer = None if label.superseded_by is None else copies.by_id(run, label.superseded_by).serial
    return {
        "serial": label.serial, "kind": label.kind, "shipment": label.shipment, "copy": label.copy, "superseded_by": newer,
    }  # fmt: skip


def waits(run: Runner, serial: str) -> Waits | None:
    """Where a label waits to be printed, also while its copy is still to be drawn; None where it does not wait."""
    label = copies.by_serial(run, serial)
    if label is None or label.shipment is None:
        return None
    row = run.row(_WAITS, shipment=label.shipment, label=label.id)
    return None if row is None or row[0] is None else Waits(row[0], row[1])
