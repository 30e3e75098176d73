"""What a support bundle takes from the database: by allow-lists, and never with what leads to a person."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import bindparam, or_, select

from waybilld.core import support
from waybilld.store import schema
from waybilld.store.journal import Line
from waybilld.store.queries import care, troubles
from waybilld.store.queries.shapes import instant_of
from waybilld.store.sql import Prepared, Runner

MOST = 5000
"""Entries of the journal, and attempts, at most."""

_j, _a, _l = schema.journal, schema.attempt, schema.label
_ENTRIES = Prepared(
    select(_j.c.seq, _j.c.at_us, _j.c.shipment, _j.c.job, _j.c.kind, _j.c.version, _j.c.body)
    .where(_j.c.at_us >= bindparam("since_us"))
    .where(or_(*(_j.c.kind.like(f"{kind}%") for kind in support.KINDS)))
    .order_by(_j.c.seq.desc())
    .limit(bindparam("most"))
)
_ATTEMPT = Prepared(
    select(
        _a.c.id,
        _a.c.label,
        _l.c.kind,
        _l.c.copy,
        _a.c.printer,
        _a.c.language,
        _a.c.state,
        _a.c.evidence,
        _a.c.accepted,
        _a.c.before,
        _a.c.after,
    )
    .join(_l, _l.c.id == _a.c.label)
    .where(_a.c.id == bindparam("attempt"))
)


def entries(run: Runner, since_us: int, printer: str | None) -> tuple[list[dict[str, Any]], list[int]]:
    """Journal entries about printers since an instant (microseconds since the epoch, UTC), the oldest first; and the
    attempts that they name."""
    lines = [Line(row) for row in reversed(run.rows(_ENTRIES, since_us=since_us, most=MOST))]
    found: list[dict[str, Any]] = []
    named: dict[int, None] = {}
    for line in lines:
        attempts = [row_id for table, row_id, _ in line.rows if table == _a.name]
        if printer is not None and not _about(line, printer, attempts, named):
            continue
        named.update(dict.fromkeys(attempts))
        found.append({"seq": line.seq, "at": instant_of(line.at_us), **support.entry(line.kind, line.facts, line.rows)})
    return found, list(named)


def _about(line: Line, printer: str, attempts: list[int], named: dict[int, None]) -> bool:
    """Whether an entry is of this printer, or of none."""
    return line.facts.get("printer") == printer or line.kind.startswith("daemon.") or any(one in named for one in attempts)


def attempts(run: Runner, wanted: list[int]) -> list[dict[str, Any]]:
    """These attempts. A label is told by the number of its row: what is printed on it, and for whom, is not."""
    return [_attempt(*row) for one in wanted if (row := run.row(_ATTEMPT, attempt=one)) is not None]


def _attempt(*row: Any) -> dict[str, Any]:
    before, after = (support.snapshot(json.loads(text)) if text else {} for text in row[9:11])
    return {
        "attempt": row[0],
        "label": row[1],
        "kind": support.word(row[2]),
        "copy": row[3],
        "printer": support.word(row[4]),
        "language": support.word(row[5]),
        "state": row[6],
        "evidence": f"E{row[7]}",
        "accepted": row[8],
        "before": before,
        "after": after,
    }


def ledger(run: Runner, since_us: int, now_us: int, printer: str | None) -> list[dict[str, Any]]:
    """Troubles, without who reported them and what they wrote."""
    kept = ("printer", "cause", "source", "began_at", "ended_at", "seconds", "labels")
    rows: list[Any] = [*troubles.since(run, since_us, now_us)]
    return [{key: row[key] for key in kept} for row in rows if printer in (None, row["printer"])]


def maintenance(run: Runner, printer: str) -> list[dict[str, Any]]:
    """What was done to a printer, without by whom and what they wrote."""
    kept = ("at", "what", "odometer", "length_mm", "undone_at")
    rows: list[Any] = [*care.maintenance(run, printer, 50)]
    return [{key: row[key] for key in kept} for row in rows]
