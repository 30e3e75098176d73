"""Labels that somebody should look for: those that nobody can vouch for, and copies that must not go on a parcel."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, bindparam, func, or_, select

from waybilld.core.attempts import AttemptState
from waybilld.core.intercepts import InterceptState
from waybilld.core.jobs import JobState
from waybilld.core.lifecycle import Work
from waybilld.core.packs import Mark
from waybilld.store import schema
from waybilld.store.queries.cases import order_numbers
from waybilld.store.queries.shapes import InterceptRow, UnconfirmedRow, instant_of
from waybilld.store.sql import Prepared, Runner

_a, _l, _j, _i, _pi = schema.attempt, schema.label, schema.job, schema.intercept, schema.pack_item
_later = schema.attempt.alias("later")
_IN_PACK = select(_pi.c.id).where(_pi.c.attempt == _a.c.id).where(_pi.c.state == Mark.OPEN.value).exists()
"""In the hands of people, who have not told yet: what a printer would call unconfirmed."""

# By way of the print jobs that wait for an answer, which are few: attempts are kept for ever.
_DOUBTED = (
    select(_l.c.id, _l.c.serial, _l.c.shipment, _a.c.printer, _j.c.pool, _a.c.evidence, _a.c.reason, _a.c.at_us)
    .select_from(_j)
    .join(_l, _l.c.id == _j.c.label)
    .join(_a, _a.c.label == _l.c.id)
    .where(_j.c.kind == Work.PRINT.value)
    .where(_j.c.state == JobState.IN_DOUBT.value)
    # What the index of open jobs asks for, to be of use.
    .where(_j.c.state != JobState.DONE.value)
    .where(or_(_a.c.state == AttemptState.UNCONFIRMED.value, and_(_a.c.state == AttemptState.SENT.value, _IN_PACK)))
    .where(_l.c.shipment.is_not(None))
    .where(~select(_later.c.id).where(_later.c.label == _a.c.label).where(_later.c.id > _a.c.id).exists())
)
_UNCONFIRMED = Prepared(
    _DOUBTED.where(_a.c.printer == func.coalesce(bindparam("printer"), _a.c.printer))
    .where(func.coalesce(_j.c.pool, "") == func.coalesce(bindparam("pool"), _j.c.pool, ""))
    .where(_a.c.at_us <= func.coalesce(bindparam("before_us"), _a.c.at_us))
    .order_by(_l.c.id)
    .limit(bindparam("most"))
)
_UNCONFIRMED_COUNT = Prepared(select(func.count()).select_from(_DOUBTED.subquery()))
_BY_PRINTER = Prepared(
    _DOUBTED.where(_a.c.state == AttemptState.UNCONFIRMED.value)
    .with_only_columns(_a.c.printer, func.count())
    .group_by(_a.c.printer)
)
# An outer join, though each has its label: intercepts are few, and are to be read first.
_INTERCEPT_COLUMNS = (
    _l.c.serial, _l.c.shipment, _i.c.printer, _i.c.reason, _i.c.opened_at_us, _i.c.state, _i.c.closed_at_us
)  # fmt: skip
_LOOKED_FOR = Prepared(
    select(*_INTERCEPT_COLUMNS)
    .select_from(_i)
    .outerjoin(_l, _l.c.id == _i.c.label)
    .where(_i.c.state == InterceptState.OPEN.value)
    .order_by(_i.c.opened_at_us)
    .limit(bindparam("most"))
)
_ANSWERED = Prepared(
    select(*_INTERCEPT_COLUMNS)
    .select_from(_i)
    .outerjoin(_l, _l.c.id == _i.c.label)
    .where(_i.c.state == bindparam("state"))
    .order_by(_i.c.id.desc())
    .limit(bindparam("most"))
)
_LOOKED_FOR_COUNT = Prepared(
    select(func.count()).select_from(_i).where(_i.c.state == InterceptState.OPEN.value)
)
_IN_PACKS = Prepared(select(func.count(func.distinct(_pi.c.pack)), func.count()).where(_pi.c.state == Mark.OPEN.value))


@dataclass(frozen=True, slots=True)
class DoubtFilter:
    """Which labels in doubt: those of a printer, of a pool, those that were sent before an instant; None for all."""

    printer: str | None = None
    pool: str | None = None
    before_us: int | None = None

    @classmethod
    def of_age(cls, printer: str | None, pool: str | None, older_than_s: int | None, now_us: int) -> DoubtFilter:
        """Those that were sent so many seconds before `now_us`, or earlier; without a span all, also where the clock was
        set back since."""
        return cls(printer, pool, None if older_than_s is None else now_us - older_than_s * 1_000_000)


EVERY = DoubtFilter()
"""All labels in doubt."""


def unconfirmed(run: Runner, most: int, wanted: DoubtFilter = EVERY) -> list[UnconfirmedRow]:
    """Up to `most` labels whose last attempt is unconfirmed, or that people have in a pack; the oldest first."""
    given = {"printer": wanted.printer, "pool": wanted.pool, "before_us": wanted.before_us}
    return [
        {
            "label": row[0],
            "serial": row[1],
            "shipment": row[2],
            "orders": order_numbers(run, row[2]),
            "printer": row[3],
            "pool": row[4],
            "evidence": f"E{row[5]}",
            "reason": row[6],
            "since": instant_of(row[7]),
        }
        for row in run.rows(_UNCONFIRMED, most=most, **given)
    ]


def unconfirmed_count(run: Runner) -> int:
    """How many labels there are whose last attempt is unconfirmed, or that people have in a pack."""
    row = run.row(_UNCONFIRMED_COUNT)
    return int(row[0]) if row else 0


def intercepts(run: Runner, most: int, state: InterceptState = InterceptState.OPEN) -> list[InterceptRow]:
    """Up to `most` copies that must not go on a parcel: those that nobody has found yet, the oldest first; or those that
    were found, or never came out, the newest first."""
    if state is InterceptState.OPEN:
        return [_intercept(run, row) for row in run.rows(_LOOKED_FOR, most=most)]
    return [_intercept(run, row) for row in run.rows(_ANSWERED, most=most, state=state.value)]


def _intercept(run: Runner, row: Sequence[Any]) -> InterceptRow:
    return {
        "serial": row[0],
        "shipment": row[1],
        "orders": order_numbers(run, row[1]),
        "printer": row[2],
        "reason": row[3],
        "since": instant_of(row[4]),
        "state": row[5],
        "closed_at": None if row[6] is None else instant_of(row[6]),
    }


@dataclass(frozen=True, slots=True)
class InDoubt:
    """How much there is to look for: unconfirmed labels by printer, those in packs apart; copies that must not go on a
    parcel; open packs, and the labels of them of which nobody has told yet."""

    unconfirmed: dict[str, int]
    intercepts: int
    packs: int
    pack_labels: int


def in_doubt(run: Runner) -> InDoubt:
    """Count it."""
    looked_for, packed = run.rows(_LOOKED_FOR_COUNT), run.rows(_IN_PACKS)
    by_printer = {str(printer): int(number) for printer, number in run.rows(_BY_PRINTER)}
    return InDoubt(by_printer, int(looked_for[0][0]), int(packed[0][0]), int(packed[0][1]))
