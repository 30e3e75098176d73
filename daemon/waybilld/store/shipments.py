"""The shipment's road in the database: load a row, take one step, and enqueue what the step asks for."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import bindparam, select

from waybilld.core import keys, lifecycle
from waybilld.core.jobs import JobState
from waybilld.core.lifecycle import Event, State, Work
from waybilld.core.policy import Policies
from waybilld.store import schema
from waybilld.store.sql import Prepared, Runner, one_of
from waybilld.store.tx import Entry, Tx

_s, _j, _c = schema.shipment, schema.job, schema.case
_IN_ORDER = ("id", "shop", "state", "version", "round", "warehouse", "carrier_account", "service", "excluded", "pool")
COLUMNS = tuple(_s.c[name] for name in _IN_ORDER)
"""What `of_row` makes a `Shipment` of."""

_LOAD = Prepared(select(*COLUMNS).where(_s.c.id == bindparam("id_")))
_OPEN_JOBS = Prepared(
    select(_j.c.id)
    .where(_j.c.shipment == bindparam("shipment"))
    .where(one_of(_j.c.state, (JobState.READY, JobState.WAITING, JobState.BUSY)))
)
_BLOCKED = Prepared(
    select(_c.c.id, _c.c.code)
    .where(_c.c.shipment == bindparam("shipment"))
    .where(_c.c.state == "open")
    .where(_c.c.blocking == 1)
    .limit(1)
)
_OPEN_CASES = Prepared(select(_c.c.id, _c.c.code).where(_c.c.shipment == bindparam("shipment")).where(_c.c.state == "open"))
_OPEN_CASES_OF = Prepared(
    select(_c.c.id, _c.c.code)
    .where(_c.c.shipment == bindparam("shipment"))
    .where(_c.c.label == bindparam("label"))
    .where(_c.c.state == "open")
)


class Moved(Exception):
    """The shipment changed since it was read: the decision rests on old facts and is dropped, harmlessly."""


@dataclass(frozen=True, slots=True)
class Shipment:
    """One shipment as its row stands."""

    id: int
    shop: str
    state: State
    version: int
    round: int
    warehouse: str | None
    carrier_account: str | None
    service: str | None
    excluded: tuple[tuple[str, str], ...]
    pool: str | None


def load(run: Runner, shipment: int) -> Shipment:
    """The row. Raises `LookupError`."""
    row = run.row(_LOAD, id_=shipment)
    if row is None:
        raise LookupError(f"there is no shipment {shipment}")
    return of_row(row)


def of_row(row: Sequence[Any]) -> Shipment:
    """The shipment of its `COLUMNS`."""
    excluded = tuple((a, s) for a, s in json.loads(row[8])) if row[8] else ()
    return Shipment(row[0], row[1], State(row[2]), row[3], row[4], row[5], row[6], row[7], excluded, row[9])


def reload(run: Runner, seen: Shipment) -> Shipment:
    """The row again; raises `Moved` when it is not the version that was seen."""
    now = load(run, seen.id)
    if now.version != seen.version:
        raise Moved(f"shipment {seen.id} went on from version {seen.version} to {now.version}")
    return now


def born(entry: Entry, tx: Tx, shop: str, pool: str | None, ship_by_us: int | None) -> int:
    """A new shipment in its first state, with its first job."""
    first = lifecycle.step(None, Event.INGESTED)
    shipment = entry.insert(_s, shop=shop, state=first.state, version=1, round=1, pool=pool, ship_by_us=ship_by_us)
    for work in first.work:
        enqueue(entry, tx, shipment, work, 1)
    return shipment


Printing = tuple[int, str | None]
"""A label to print, and the pool of printers where that is not the shipment's own."""


def step(
    tx: Tx,
    seen: Shipment,
    event: Event,
    policies: Policies,
    *,
    job: int | None = None,
    facts: dict[str, Any] | None = None,
    entry_rows: Callable[[Entry], Sequence[Printing] | None] | None = None,
    **columns: Any,
) -> None:
    """Take one step by the rule table: state, version, the job done, and the next jobs, in one journal entry.

    `columns` are further columns of the shipment to set; `entry_rows(entry)` may add rows that belong to the same entry, and
    gives back the labels that are to be printed. Raises `Refused` when no rule allows the event.
    """
    made = lifecycle.step(seen.state, event)
    round_ = seen.round + 1 if event in lifecycle.BEGIN_ANEW else seen.round
    if round_ != seen.round:
        columns["round"] = round_
    given = {"event": event.value, "from": seen.state.value, "to": made.state.value, **(facts or {})}
    with tx.entry(f"shipment.{event}", shipment=seen.id, job=job, version=seen.version + 1, **given) as entry:
        labels = (entry_rows(entry) if entry_rows else None) or ()
        entry.update(_s, seen.id, state=made.state.value, version=seen.version + 1, **columns)
        if event in lifecycle.BEGIN_ANEW or made.state in lifecycle.TERMINAL:
            for (other,) in tx.run.rows(_OPEN_JOBS, shipment=seen.id):
                if other != job:
                    entry.update(_j, other, state=JobState.DONE.value, reason="superseded")
        if job is not None:
            entry.update(_j, job, state=JobState.DONE.value)
        now = seen if round_ == seen.round else replace(seen, round=round_)
        enqueue_all(entry, tx, now, made, policies, labels)


def enqueue_all(
    entry: Entry, tx: Tx, now: Shipment, made: lifecycle.Step, policies: Policies, labels: Sequence[Printing] = ()
) -> None:
    """The jobs that a step asks for; `now` is the shipment after it."""
    for work in made.work:
        if work is Work.CONFIRM and made.state is not policies.confirm_at(now.shop):
            continue
        if work is Work.PRINT:
            for label, own_pool in labels:
                enqueue(entry, tx, now.id, work, now.round, label=label, pool=own_pool or now.pool)
        else:
            enqueue(entry, tx, now.id, work, now.round)


def enqueue(
    entry: Entry, tx: Tx, shipment: int, work: Work, round_: int, *, label: int | None = None, pool: str | None = None
) -> None:
    """A new ready job of a kind that somebody works; prints belong to a label and a pool."""
    if work not in lifecycle.STAFFED:
        return
    entry.insert(
        _j,
        kind=work.value,
        shipment=shipment,
        label=label,
        pool=pool,
        key=keys.job_key(shipment, f"{work}-{label}" if label is not None else work.value, round_),
        state=JobState.READY.value,
        tries=0,
        made_at_us=tx.now_us,
    )
    tx.wakes.add(work.value)


def open_case(
    entry: Entry,
    tx: Tx,
    shipment: int,
    code: str,
    message: str,
    *,
    blocking: bool,
    label: int | None = None,
    due_at_us: int | None = None,
) -> int:
    """Open a case; a blocking one keeps the shipment's jobs from being claimed. `label`: the one that it is about."""
    return entry.insert(
        _c,
        shipment=shipment,
        label=label,
        code=code,
        blocking=int(blocking),
        state="open",
        message=message,
        opened_at_us=tx.now_us,
        due_at_us=due_at_us,
    )


def close_cases(entry: Entry, tx: Tx, shipment: int, keep: frozenset[str] = frozenset()) -> None:
    """Close all open cases of a shipment but those whose code is in `keep`."""
    for case, code in tx.run.rows(_OPEN_CASES, shipment=shipment):
        if code not in keep:
            entry.update(_c, case, state="closed")


TWICE = "print-twice"
"""The code of the case that says that two identical papers of a label are about."""


def cases_of(run: Runner, shipment: int, label: int) -> dict[str, int]:
    """A shipment's open cases about one label: the number of the newest by its code."""
    return {code: case for case, code in run.rows(_OPEN_CASES_OF, shipment=shipment, label=label)}


def close_cases_of(entry: Entry, tx: Tx, shipment: int, label: int, *, twice: bool = False) -> None:
    """Close a shipment's open cases about one label. What is known of one of two identical papers says nothing of the other:
    with `twice` that case is closed as well."""
    for case, code in tx.run.rows(_OPEN_CASES_OF, shipment=shipment, label=label):
        if twice or code != TWICE:
            entry.update(_c, case, state="closed")


def block_of(run: Runner, shipment: int) -> str | None:
    """The code of one open blocking case, or None."""
    row = run.row(_BLOCKED, shipment=shipment)
    return str(row[1]) if row else None
