"""Reading the journal: what happened, in order."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, func, select

from waybilld.store import schema
from waybilld.store.sql import Prepared, Runner

_t = schema.journal
_COLUMNS = (_t.c.seq, _t.c.at_us, _t.c.shipment, _t.c.job, _t.c.kind, _t.c.version, _t.c.body)
_AFTER = Prepared(select(*_COLUMNS).where(_t.c.seq > bindparam("after")).order_by(_t.c.seq).limit(bindparam("most")))
_OF = Prepared(select(*_COLUMNS).where(_t.c.shipment == bindparam("shipment")).order_by(_t.c.seq))
_LAST = Prepared(select(func.max(_t.c.seq)))


@dataclass(frozen=True, slots=True)
class Line:
    """One journal entry as read: `facts` say what happened, `rows` which rows changed: (table, id, columns)."""

    seq: int
    at_us: int
    shipment: int | None
    job: int | None
    kind: str
    version: int | None
    facts: dict[str, Any]
    rows: tuple[tuple[str, int, dict[str, Any]], ...]


def _line(row: tuple[Any, ...]) -> Line:
    body = json.loads(row[6])
    rows = tuple((table, row_id, columns) for table, row_id, columns in body["rows"])
    return Line(row[0], row[1], row[2], row[3], row[4], row[5], body["facts"], rows)


def after(run: Runner, seq: int, most: int) -> list[Line]:
    """Up to `most` entries after `seq`."""
    return [_line(row) for row in run.rows(_AFTER, after=seq, most=most)]


def of_shipment(run: Runner, shipment: int) -> list[Line]:
    """Everything that happened to one shipment."""
    return [_line(row) for row in run.rows(_OF, shipment=shipment)]


def last_seq(run: Runner) -> int:
    """The newest entry's number, 0 for none."""
    row = run.row(_LAST)
    return int(row[0]) if row and row[0] else 0
