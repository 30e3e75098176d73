"""What people told printers: open, draining or paused, and who said so why."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import bindparam, select

from waybilld.core.printers import Mode
from waybilld.core.runs import Person
from waybilld.store import schema
from waybilld.store.sql import Prepared, Runner
from waybilld.store.tx import Tx

_p = schema.printer
_ROW = Prepared(select(_p.c.id, _p.c.mode).where(_p.c.name == bindparam("name")))
_ALL = Prepared(select(_p.c.name, _p.c.mode, _p.c.reason, _p.c.user, _p.c.at_us))


@dataclass(frozen=True, slots=True)
class Told:
    """What somebody told a printer, and when (microseconds since the epoch, UTC)."""

    mode: Mode
    reason: str
    user: str
    at_us: int


def mode_of(run: Runner, name: str) -> Mode:
    """What a printer was told last."""
    row = run.row(_ROW, name=name)
    return Mode(row[1]) if row else Mode.OPEN


def told(run: Runner) -> dict[str, Told]:
    """What each printer was told last, by name."""
    return {row[0]: Told(Mode(row[1]), *row[2:]) for row in run.rows(_ALL)}


def tell(tx: Tx, name: str, mode: Mode, reason: str, who: Person) -> None:
    """Write down what a person tells a printer."""
    row = tx.run.row(_ROW, name=name)
    columns = {"mode": mode.value, "reason": reason, "uid": who.uid, "user": who.name, "at_us": tx.now_us}
    with tx.entry(f"printer.{mode}", printer=name, reason=reason, uid=who.uid, user=who.name) as entry:
        if row is None:
            entry.insert(_p, name=name, **columns)
        else:
            entry.update(_p, row[0], **columns)
