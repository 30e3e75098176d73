"""The journal's own checks: numbers, hash chain, allowed steps; and the fold of it against the tables."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

from sqlalchemy import func, select

from waybilld.core import fold, history
from waybilld.core.attempts import HOUSE_KINDS, AttemptState
from waybilld.core.canonical import GENESIS, canonical, chain
from waybilld.core.fold import Row, Unfoldable
from waybilld.store import schema
from waybilld.store.sql import Prepared, Runner
from waybilld.store.verify.findings import Check, Findings
from waybilld.store.verify.spill import FoldedRows

_t = schema.journal
_ALL = Prepared(
    select(_t.c.seq, _t.c.at_us, _t.c.node, _t.c.shipment, _t.c.job, _t.c.kind, _t.c.version, _t.c.body, _t.c.hash).order_by(
        _t.c.seq
    )
)
_COUNT = Prepared(select(func.count()).select_from(_t))
_EPOCH = Prepared(select(schema.lease.c.epoch).where(schema.lease.c.name == "daemon"))
_STEP = 5000
_MOST_SHOWN = 60

COLUMNS: dict[str, tuple[str, ...]] = {table.name: tuple(table.c.keys()) for table in schema.FOLDED}
"""The folded tables' columns."""

Report = Callable[[str, int, int], None]
"""`report(stage, done, total)`: how far a stage is. A total of 0 says that it cannot be known."""


class JournalCheck:
    """One pass over the journal, then one pass over each folded table."""

    def __init__(self, run: Runner, findings: Findings, report: Report) -> None:
        self._run = run
        self._findings = findings
        self._report = report
        self._rows = FoldedRows(COLUMNS)
        self._blocks: dict[int, set[int]] = {}
        self._epoch = 0

    def check(self) -> int:
        """Check everything; the number of entries."""
        try:
            number = self._entries()
            for table in schema.FOLDED:
                self._compare(table.name, Prepared(select(table).order_by(table.c.id)))
            return number
        finally:
            self._rows.close()

    # ---- the entries ----------------------------------------------------------------------------------------------

    def _entries(self) -> int:
        total = (self._run.row(_COUNT) or (0,))[0]
        number, last, previous = 0, 0, GENESIS
        for number, row in enumerate(self._run.each(_ALL), start=1):
            seq, digest = row[0], row[8]
            if seq != last + 1:
                missing = f"entry {last + 1}" if seq == last + 2 else f"entries {last + 1} to {seq - 1}"
                self._findings.add(Check.CHAIN, f"journal {seq}", f"{missing} before it are missing")
            elif digest != chain(previous, canonical(list(row[:8]))):
                self._findings.add(Check.CHAIN, f"journal {seq}", "its hash does not fit its text and the entry before")
            # The stored hash, not the right one: one damage shall show once, not in every entry after it.
            last, previous = seq, digest
            self._apply(row)
            if number % _STEP == 0:
                self._report("journal", number, total)
        leased = (self._run.row(_EPOCH) or (0,))[0]
        if leased != self._epoch:
            text = f"the daemon was started {leased} times, the journal tells of {self._epoch}"
            self._findings.add(Check.OWNERS, "lease daemon", text)
        self._report("journal", number, total)
        return number

    def _apply(self, row: tuple[Any, ...]) -> None:
        seq, shipment, kind, version, body = row[0], row[3], row[5], row[6], row[7]
        where = f"journal {seq}" + (f", shipment {shipment}" if shipment is not None else "")
        try:
            value = json.loads(body)
            changed = fold.changes(value)
            entry = history.Entry(kind, version, value["facts"])
            self._started(where, entry)
            for table, row_id, given in changed:
                self._change(where, shipment, entry, table, row_id, given)
        except ValueError as e:
            self._findings.add(Check.CHAIN, where, f"the entry cannot be applied: {e}")

    def _started(self, where: str, entry: history.Entry) -> None:
        if entry.kind != "daemon.started":
            return
        epoch = entry.facts.get("epoch")
        if epoch != self._epoch + 1:
            self._findings.add(Check.OWNERS, where, f"start number {epoch} follows start number {self._epoch}")
        self._epoch = epoch if isinstance(epoch, int) else self._epoch + 1

    def _change(
        self, where: str, shipment: int | None, entry: history.Entry, table: str, row_id: int, given: dict[str, Any] | Any
    ) -> None:
        if table not in COLUMNS:
            raise Unfoldable(f"there is no folded table {table}")
        old = self._rows.get(table, row_id)
        wrong = history.fault(table, old, given, entry)
        if wrong:
            check = Check.INTENT if table == "waybill" and old is None else Check.ROAD
            self._findings.add(check, f"{where}, {table} {row_id}", wrong)
        row = fold.merged(old, COLUMNS[table], row_id, given)
        self._rows.put(table, row_id, row)
        if table == "case":
            self._case(row_id, row)
        if table == "attempt" and given.get("state") == AttemptState.SENT:
            self._gate(where, shipment, row_id)

    def _case(self, case: int, row: Row) -> None:
        blocks = self._blocks.setdefault(row["shipment"], set())
        if row["state"] == "open" and row["blocking"]:
            blocks.add(case)
        else:
            blocks.discard(case)
        if not blocks:
            del self._blocks[row["shipment"]]

    def _gate(self, where: str, shipment: int | None, attempt: int) -> None:
        row = self._rows.get("shipment", shipment) if shipment is not None else None
        if shipment is None and self._of_the_house(attempt):
            return
        wrong = history.gate_fault(row["state"] if row else None, shipment in self._blocks)
        if wrong:
            self._findings.add(Check.GATE, f"{where}, attempt {attempt}", wrong)

    def _of_the_house(self, attempt: int) -> bool:
        """Whether an attempt's label belongs to no shipment, as separators and test labels do."""
        made = self._rows.get("attempt", attempt)
        label = self._rows.get("label", made["label"]) if made is not None else None
        return label is not None and label["shipment"] is None and label["kind"] in HOUSE_KINDS

    # ---- the tables -----------------------------------------------------------------------------------------------

    def _compare(self, table: str, query: Prepared) -> None:
        stored = _numbered(self._run, query, COLUMNS[table])
        ignored = schema.UNJOURNALED.get(table, frozenset())
        folded = self._rows.ordered(table)
        have, want = next(stored, None), next(folded, None)
        number = 0
        while have is not None or want is not None:
            if want is None or (have is not None and have[0] < want[0]):
                assert have is not None
                self._findings.add(Check.FOLD, f"{table} {have[0]}", "the row stands in its table but in no journal entry")
                have = next(stored, None)
            elif have is None or want[0] < have[0]:
                self._findings.add(Check.FOLD, f"{table} {want[0]}", "the journal tells of a row that its table lacks")
                want = next(folded, None)
            else:
                for name in fold.differences(table, want[1], have[1], ignored):
                    text = f"{name} is {_shown(have[1][name])}, the journal says {_shown(want[1][name])}"
                    self._findings.add(Check.FOLD, f"{table} {have[0]}", text)
                have, want = next(stored, None), next(folded, None)
            number += 1
            if number % _STEP == 0:
                self._report(f"table {table}", number, 0)


def _numbered(run: Runner, query: Prepared, columns: tuple[str, ...]) -> Iterator[tuple[int, Row]]:
    for values in run.each(query):
        row = dict(zip(columns, values, strict=True))
        yield row["id"], row


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= _MOST_SHOWN else f"{text[:_MOST_SHOWN]}…"
