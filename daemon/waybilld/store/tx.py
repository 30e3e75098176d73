"""A transaction as verbs see it: row changes that write themselves into the journal.

Each change of a folded table goes through an `Entry`, which executes the statement and keeps the change; when the entry
ends, both stand in the same transaction. So folding needs to know no event: it applies the rows of each entry in order.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from types import TracebackType
from typing import Any

from sqlalchemy import Table, bindparam, insert

from waybilld.core.canonical import canonical, chain, entry_text
from waybilld.store import schema
from waybilld.store.seal import Seal
from waybilld.store.sql import Prepared, Runner, insert_into, update_by_id

_JOURNAL = Prepared(insert(schema.journal).values({c.name: bindparam(c.name) for c in schema.journal.c}))
_UNJOURNALED: frozenset[str] = frozenset()


@dataclass(slots=True)
class Head:
    """Where the journal stands: the last sequence number and its hash."""

    seq: int
    hash: str


class Tx:
    """One unit of a group commit. `wakes` names the kinds of work that became ready; told after the commit. `shredded` says
    that a data key was deleted, which must not live on in the log."""

    __slots__ = ("head", "node", "now_us", "run", "seal", "shredded", "wakes")

    def __init__(self, run: Runner, head: Head, node: str, now_us: int, seal: Seal) -> None:
        self.run = run
        self.head = head
        self.node = node
        self.now_us = now_us
        self.seal = seal
        self.wakes: set[str] = set()
        self.shredded = False

    def entry(
        self, kind: str, *, shipment: int | None = None, job: int | None = None, version: int | None = None, **facts: Any
    ) -> Entry:
        """Begin a journal entry; `facts` are plain JSON values without personal data."""
        return Entry(self, kind, shipment, job, version, facts)


@dataclass(slots=True)
class Entry:
    """One journal entry being written, as a context manager."""

    tx: Tx
    kind: str
    shipment: int | None
    job: int | None
    version: int | None
    facts: dict[str, Any]
    changes: list[list[Any]] = field(default_factory=list)

    def __enter__(self) -> Entry:
        return self

    def insert(self, table: Table, **values: Any) -> int:
        """Insert a row; its id."""
        row_id = self.tx.run.insert(insert_into(table, tuple(values)), **values)
        self._keep(table, row_id, values)
        return row_id

    def update(self, table: Table, row_id: int, **values: Any) -> None:
        """Change columns of one row."""
        self.tx.run.run(update_by_id(table, tuple(values)), id_=row_id, **values)
        self._keep(table, row_id, values)

    def tell(self, table: Table, row_id: int, **values: Any) -> None:
        """Journal a change of one row, whose statement the caller runs in this unit: one for several entries."""
        self._keep(table, row_id, values)

    def _keep(self, table: Table, row_id: int, values: dict[str, Any]) -> None:
        silent = schema.UNJOURNALED.get(table.name, _UNJOURNALED)
        kept = {k: v for k, v in values.items() if k not in silent} if silent else values
        if kept:
            self.changes.append([table.name, row_id, kept])

    def __exit__(self, kind: type[BaseException] | None, _: BaseException | None, __: TracebackType | None) -> None:
        if kind is None:
            self.write()

    def write(self) -> None:
        """Append the entry to the chain."""
        tx = self.tx
        body = canonical({"facts": self.facts, "rows": self.changes})
        seq = tx.head.seq + 1
        text = entry_text(seq, tx.now_us, tx.node, self.shipment, self.job, self.kind, self.version, body)
        digest = chain(tx.head.hash, text)
        tx.run.run(
            _JOURNAL,
            seq=seq,
            at_us=tx.now_us,
            node=tx.node,
            shipment=self.shipment,
            job=self.job,
            kind=self.kind,
            version=self.version,
            body=body,
            hash=digest,
        )
        tx.head.seq, tx.head.hash = seq, digest
