"""Counts, printers' histories and queues: what a look from far away shows."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import bindparam, func, select

from waybilld.core.attempts import LIVE, AttemptState
from waybilld.core.jobs import JobState
from waybilld.core.lifecycle import Work
from waybilld.store import journal, schema
from waybilld.store.queries.labels import unconfirmed_count
from waybilld.store.queries.shapes import Counts, LastAttempt, PrinterHistory, StoryLine, instant_of
from waybilld.store.queries.shipments import told
from waybilld.store.sql import Prepared, Runner

_s, _c, _a, _j, _la = schema.shipment, schema.case, schema.attempt, schema.job, schema.label
_ORDERS = Prepared(select(func.count()).select_from(schema.order))
_SHIPMENTS = Prepared(select(_s.c.state, func.count()).group_by(_s.c.state))
_BLOCKED = Prepared(select(func.count(func.distinct(_c.c.shipment))).where(_c.c.state == "open").where(_c.c.blocking == 1))
_BLOCK = select(_c.c.id).where(_c.c.shipment == _j.c.shipment).where(_c.c.state == "open").where(_c.c.blocking == 1)
_WORKING = Prepared(
    select(func.count(func.distinct(_j.c.shipment)))
    .where(_j.c.state != JobState.DONE.value)
    .where(_j.c.state != JobState.DEAD.value)
    .where(~_BLOCK.exists())
)
_CASES = Prepared(select(func.count()).select_from(_c).where(_c.c.state == "open"))
_QUARANTINED = Prepared(select(func.count()).select_from(schema.quarantine))
_ATTEMPTS = Prepared(select(_a.c.printer, _a.c.state, func.count()).group_by(_a.c.printer, _a.c.state))
_JOBS = Prepared(
    select(_j.c.kind, _j.c.state, func.count()).where(_j.c.state != JobState.DONE.value).group_by(_j.c.kind, _j.c.state)
)
_QUEUE = Prepared(
    select(_j.c.pool, func.count())
    .where(_j.c.kind == Work.PRINT.value)
    .where(_j.c.state == JobState.READY.value)
    .group_by(_j.c.pool)
)
_LAST = Prepared(
    select(_a.c.id, _la.c.shipment, _la.c.serial, _a.c.state, _a.c.evidence, _a.c.reason, _a.c.at_us)
    .join(_la, _la.c.id == _a.c.label)
    .where(_a.c.printer == bindparam("printer"))
    .where(_a.c.state == bindparam("state"))
    .order_by(_a.c.id.desc())
    .limit(1)
)
_SETTLED = [state.value for state in AttemptState if state not in LIVE]


def counts(run: Runner) -> Counts:
    """How many there are of what."""
    attempts: dict[str, int] = {}
    for _, state, number in run.rows(_ATTEMPTS):
        attempts[state] = attempts.get(state, 0) + number
    return {
        "orders": _one(run, _ORDERS),
        "shipments": {str(state): number for state, number in run.rows(_SHIPMENTS)},
        "blocked": blocked(run),
        "working": _one(run, _WORKING),
        "cases": _one(run, _CASES),
        "unconfirmed": unconfirmed_count(run),
        "quarantined": _one(run, _QUARANTINED),
        "attempts": attempts,
        "jobs": {f"{kind}/{state}": number for kind, state, number in run.rows(_JOBS)},
        "journal_seq": journal.last_seq(run),
    }


def blocked(run: Runner) -> int:
    """How many shipments have an open blocking case."""
    return _one(run, _BLOCKED)


def histories(run: Runner, printers: Sequence[str]) -> dict[str, PrinterHistory]:
    """What the database knows of each printer."""
    found: dict[str, PrinterHistory] = {name: {"outcomes": {}, "last": _last(run, name)} for name in printers}
    for printer, state, number in run.rows(_ATTEMPTS):
        if printer in found and state in _SETTLED:
            found[printer]["outcomes"][state] = number
    return found


def queues(run: Runner) -> dict[str, int]:
    """Labels that wait to be printed, by pool."""
    return {str(pool): number for pool, number in run.rows(_QUEUE)}


def journal_lines(run: Runner, after: int | None, limit: int, shipment: int | None) -> list[StoryLine]:
    """Up to `limit` entries after the sequence number `after`, of one shipment or of all; the newest without `after`."""
    if shipment is not None:
        lines = [line for line in journal.of_shipment(run, shipment) if after is None or line.seq > after]
        return [told(line) for line in (lines[-limit:] if after is None else lines[:limit])]
    first = max(0, journal.last_seq(run) - limit) if after is None else after
    return [told(line) for line in journal.after(run, first, limit)]


def _last(run: Runner, printer: str) -> LastAttempt | None:
    found = [row for state in _SETTLED if (row := run.row(_LAST, printer=printer, state=state)) is not None]
    if not found:
        return None
    row = max(found)
    return {
        "attempt": row[0],
        "shipment": row[1],
        "serial": row[2],
        "outcome": row[3],
        "evidence": f"E{row[4]}",
        "reason": row[5],
        "at": instant_of(row[6]),
    }


def _one(run: Runner, prepared: Prepared) -> int:
    row = run.row(prepared)
    return int(row[0]) if row else 0
