"""The troubles ledger as people read it, and its totals: the material of the weekly report."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import bindparam, or_, select

from waybilld.store import schema
from waybilld.store.queries.shapes import TroubleRow, TroubleTotal, instant, instant_of
from waybilld.store.sql import Prepared, Runner

_t = schema.trouble
_COLUMNS = (
    _t.c.id,
    _t.c.printer,
    _t.c.cause,
    _t.c.source,
    _t.c.began_us,
    _t.c.ended_us,
    _t.c.labels,
    _t.c.user,
    _t.c.note,
    _t.c.serial,
)
_SINCE = Prepared(
    select(*_COLUMNS)
    .where(or_(_t.c.began_us >= bindparam("since_us"), _t.c.ended_us >= bindparam("since_us"), _t.c.ended_us.is_(None)))
    .order_by(_t.c.began_us.desc(), _t.c.id.desc())
)
_OF_PRINTER = Prepared(
    select(*_COLUMNS)
    .where(_t.c.printer == bindparam("printer"))
    .order_by(_t.c.began_us.desc(), _t.c.id.desc())
    .limit(bindparam("most"))
)


Cured = Mapping[tuple[str, str], int]
"""What is over, and stays open in the ledger for a while in case it comes back: since when, by (printer, cause)."""
_NONE: Cured = {}


def since(run: Runner, since_us: int, now_us: int, cured: Cured = _NONE) -> list[TroubleRow]:
    """Troubles that stood at some moment since then, the newest first. Instants: microseconds since the epoch, UTC."""
    return [_row(row, now_us, cured) for row in run.rows(_SINCE, since_us=since_us)]


def of_printer(run: Runner, printer: str, now_us: int, most: int, cured: Cured = _NONE) -> list[TroubleRow]:
    """A printer's newest troubles."""
    return [_row(row, now_us, cured) for row in run.rows(_OF_PRINTER, printer=printer, most=most)]


def totals(rows: Iterable[TroubleRow]) -> list[TroubleTotal]:
    """Per printer and cause, the longest first."""
    found: dict[tuple[str, str], TroubleTotal] = {}
    for row in rows:
        key = (row["printer"], row["cause"])
        total = found.setdefault(
            key, {"printer": key[0], "cause": key[1], "troubles": 0, "seconds": 0.0, "labels": 0}
        )
        total["troubles"] += 1
        total["seconds"] = round(total["seconds"] + row["seconds"], 1)
        total["labels"] += row["labels"]
    return sorted(found.values(), key=lambda t: (-t["seconds"], -t["labels"], t["printer"], t["cause"]))


def _row(row: Sequence[Any], now_us: int, cured: Cured) -> TroubleRow:
    began_us, ended_us = row[4], cured.get((row[1], row[2])) if row[5] is None else row[5]
    return {
        "id": row[0],
        "printer": row[1],
        "cause": row[2],
        "source": row[3],
        "began_at": instant_of(began_us),
        "ended_at": instant(ended_us),
        "seconds": round(max(0, (now_us if ended_us is None else ended_us) - began_us) / 1_000_000, 1),
        "labels": row[6],
        "user": row[7],
        "note": row[8],
        "serial": row[9],
    }
