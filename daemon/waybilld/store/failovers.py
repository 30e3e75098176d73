"""Labels that a printer had when its pool went on without it: told on the next printer, and settled when the first is
back."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import bindparam, select

from waybilld.core.attempts import AttemptState
from waybilld.store import schema
from waybilld.store.attempts import Task
from waybilld.store.doubts import DOUBT_COLUMNS, OPEN_PRINT_JOB, Doubt
from waybilld.store.sql import Prepared, Runner
from waybilld.store.tx import Tx
from waybilld_sdk.printing import AttemptRef, Receipt, Snapshot

_f, _a, _l, _j = schema.failover, schema.attempt, schema.label, schema.job
_OPEN = _f.c.told_at_us.is_(None) | _f.c.settled_at_us.is_(None)
"""The condition of the partial index, which SQLite wants to see."""
_UNTOLD = Prepared(
    select(_f.c.id, _f.c.printer, _f.c.left_as, _a.c.state, _l.c.serial, _l.c.shipment)
    .join(_l, _l.c.id == _f.c.label)
    .join(_a, _a.c.id == _f.c.attempt)
    .where(_OPEN)
    .where(_f.c.told_at_us.is_(None))
    .where(_f.c.pool == bindparam("pool"))
    .order_by(_f.c.id)
)
_POOLS_UNTOLD = Prepared(select(_f.c.pool).where(_OPEN).where(_f.c.told_at_us.is_(None)).distinct())
_OWES = _f.c.settled_at_us.is_(None)
_PRINTERS = Prepared(select(_f.c.printer).where(_OPEN).where(_OWES).distinct())
_OWED = Prepared(
    select(_a.c.before, *DOUBT_COLUMNS)
    .join(_a, _a.c.id == _f.c.attempt)
    .join(_l, _l.c.id == _f.c.label)
    .outerjoin(_j, OPEN_PRINT_JOB)
    .where(_OPEN)
    .where(_OWES)
    .where(_f.c.printer == bindparam("printer"))
    .order_by(_f.c.id.desc())
    .limit(1)
)
_SETTLED = Prepared(select(_f.c.id).where(_OPEN).where(_OWES).where(_f.c.printer == bindparam("printer")))


@dataclass(frozen=True, slots=True)
class Suspect:
    """A label that a printer was left with, as the separator names it."""

    failover: int
    printer: str
    withdrawn: bool
    """The printer gave it back, or never had all of it: it goes on elsewhere. Else nobody knew whether it is on paper."""
    settled: bool
    """Nobody knew then, and somebody knows now."""
    serial: str
    shipment: int | None


@dataclass(frozen=True, slots=True)
class Owed:
    """What a printer must be asked when it is back: the label that its pool went on without."""

    doubt: Doubt
    before: Snapshot

    @property
    def receipt(self) -> Receipt:
        """What evidence is asked with."""
        return Receipt(AttemptRef(f"attempt-{self.doubt.attempt}", self.doubt.serial), self.before, self.doubt.evidence)


def leave(tx: Tx, task: Task, pool: str, printer: str, as_: AttemptState) -> None:
    """The pool goes on without the printer that has this label; part of the unit that settles the attempt."""
    with tx.entry("printer.left", shipment=task.shipment, job=task.job.id, printer=printer, pool=pool) as entry:
        entry.insert(
            _f,
            pool=pool,
            printer=printer,
            attempt=task.attempt,
            label=task.label,
            left_as=as_.value,
            at_us=tx.now_us,
        )


def untold(run: Runner, pool: str) -> list[Suspect]:
    """What the next separator of a pool must name."""
    return [
        Suspect(failover, printer, left_as == AttemptState.REFUTED, state != left_as, serial, shipment)
        for failover, printer, left_as, state, serial, shipment in run.rows(_UNTOLD, pool=pool)
    ]


def told(tx: Tx, suspects: Collection[Suspect], separator: int | None) -> None:
    """A separator names them, or none is needed any more: the printer itself went on first."""
    if not suspects:
        return
    with tx.entry("failover.told", separator=separator) as entry:
        for suspect in suspects:
            entry.update(_f, suspect.failover, told_at_us=tx.now_us, separator=separator)


def owed(run: Runner, printer: str) -> Owed | None:
    """The newest label that a printer was left with and was not asked for since; it has nothing to say of older ones."""
    row = run.row(_OWED, printer=printer)
    if row is None:
        return None
    before, *doubt = row
    return Owed(Doubt.of_row(doubt), json.loads(before) if before else {})


def settled(tx: Tx, printer: str) -> None:
    """The printer was asked: nothing that it was left with is owed any more."""
    found = tx.run.rows(_SETTLED, printer=printer)
    with tx.entry("printer.back", printer=printer) as entry:
        for (failover,) in found:
            entry.update(_f, failover, settled_at_us=tx.now_us)


def settle_gone(tx: Tx, printers: Collection[str]) -> None:
    """Nobody asks a printer that is none of these any more what it was left with."""
    for (printer,) in tx.run.rows(_PRINTERS):
        if printer not in printers:
            settled(tx, printer)


def pools_untold(run: Runner) -> set[str]:
    """The pools whose next separator has something to name."""
    return {pool for (pool,) in run.rows(_POOLS_UNTOLD)}
