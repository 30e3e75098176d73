"""Reading the journal: what happened, in order."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import Table, bindparam, func, select

from waybilld.store import schema
from waybilld.store.sql import Prepared, Runner

_t = schema.journal
_COLUMNS = (_t.c.seq, _t.c.at_us, _t.c.shipment, _t.c.job, _t.c.kind, _t.c.version, _t.c.body)
_AFTER = Prepared(select(*_COLUMNS).where(_t.c.seq > bindparam("after")).order_by(_t.c.seq).limit(bindparam("most")))
_OF = Prepared(select(*_COLUMNS).where(_t.c.shipment == bindparam("shipment")).order_by(_t.c.seq))
_LAST = Prepared(select(func.max(_t.c.seq)))

_FACTS = '{"facts":'
_DECODER = json.JSONDecoder()


class Line:
    """One journal entry as read. Its body is parsed when somebody asks: most listeners pass over most entries."""

    __slots__ = ("_body", "_parsed", "at_us", "job", "kind", "seq", "shipment", "version")

    def __init__(self, row: tuple[Any, ...]) -> None:
        self.seq: int = row[0]
        self.at_us: int = row[1]
        self.shipment: int | None = row[2]
        self.job: int | None = row[3]
        self.kind: str = row[4]
        self.version: int | None = row[5]
        self._body: str = row[6]
        self._parsed: dict[str, Any] | None = None

    @property
    def facts(self) -> dict[str, Any]:
        """What happened. Read alone: in canonical JSON it comes first, and is short beside the rows."""
        if self._parsed is None and self._body.startswith(_FACTS):
            alone: dict[str, Any] = _DECODER.raw_decode(self._body, len(_FACTS))[0]
            return alone
        facts: dict[str, Any] = self._open()["facts"]
        return facts

    @property
    def rows(self) -> tuple[tuple[str, int, dict[str, Any]], ...]:
        """Which rows changed: (table, id, columns)."""
        return tuple((table, row_id, columns) for table, row_id, columns in self._open()["rows"])

    def touches(self, table: Table) -> bool:
        """Whether a row of this table may have changed. Without parsing: never a wrong no, rarely a wrong yes."""
        return f'["{table.name}",' in self._body

    def _open(self) -> dict[str, Any]:
        if self._parsed is None:
            self._parsed = json.loads(self._body)
        return self._parsed


def after(run: Runner, seq: int, most: int) -> list[Line]:
    """Up to `most` entries after `seq`."""
    return [Line(row) for row in run.rows(_AFTER, after=seq, most=most)]


def of_shipment(run: Runner, shipment: int) -> list[Line]:
    """Everything that happened to one shipment."""
    return [Line(row) for row in run.rows(_OF, shipment=shipment)]


def last_seq(run: Runner) -> int:
    """The newest entry's number, 0 for none."""
    row = run.row(_LAST)
    return int(row[0]) if row and row[0] else 0
