"""What must be true of the tables as they stand: one query per rule, each giving the rows that break it.

The queries rest on no index that enforces the same rule: an index can be dropped, a row can be written around it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, distinct, exists, func, not_, or_, select

from waybilld.core.attempts import LIVE, AttemptState
from waybilld.core.jobs import JobState
from waybilld.core.lifecycle import State, Work
from waybilld.core.packs import Mark, PackState
from waybilld.core.runs import RunState
from waybilld.store import schema
from waybilld.store.sql import Prepared, Runner, one_of
from waybilld.store.verify.findings import Check, Findings
from waybilld_sdk.orders import OrderStatus
from waybilld_sdk.printing import Evidence

_o, _v, _ol = schema.order, schema.order_version, schema.order_line
_s, _sl, _p, _w = schema.shipment, schema.shipment_line, schema.parcel, schema.waybill
_l, _a, _j, _c, _lease = schema.label, schema.attempt, schema.job, schema.case, schema.lease
_i, _n = schema.intercept, schema.label.alias("newer")
_r, _st, _pr = schema.run, schema.run_stop, schema.private
_pk, _pi = schema.pack, schema.pack_item


@dataclass(frozen=True, slots=True)
class Invariant:
    """A rule: `broken` selects the rows that break it, `where` and `message` are formatted with each row's values."""

    check: Check
    broken: Select[Any]
    where: str
    message: str


_IN_DATABASE_LIVE = not_(one_of(_w.c.state, ("refused", "voided")))
_ATTEMPT_LIVE = one_of(_a.c.state, sorted(LIVE))
_BEFORE_RELEASE = (State.RECEIVED, State.ACCEPTED, State.ALLOCATED, State.PLANNED)
_BEFORE_PRINT = (*_BEFORE_RELEASE, State.RELEASED, State.LABELLED, State.RENDERED)
_WITH_NUMBER = (State.LABELLED, State.RENDERED, State.PRINTED, State.VERIFIED, State.HANDED_OVER, State.IN_TRANSIT)
_EPOCH = select(func.coalesce(func.max(_lease.c.epoch), 0)).where(_lease.c.name == "daemon").scalar_subquery()


def _attempt_of_label(state: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists().where(_a.c.label == _l.c.id).where(state)


def _print_owed() -> ColumnElement[bool]:
    of_label = exists().where(_j.c.shipment.is_not_distinct_from(_l.c.shipment)).where(_j.c.label == _l.c.id)
    return of_label.where(_j.c.kind == Work.PRINT.value).where(_j.c.state != JobState.DONE.value)


def _copy_owed() -> ColumnElement[bool]:
    of_label = exists().where(_j.c.shipment == _l.c.shipment).where(_j.c.label == _l.c.id)
    return of_label.where(_j.c.kind == Work.COPY.value).where(_j.c.state != JobState.DONE.value)


_MOVING = or_(
    one_of(_j.c.state, (JobState.READY, JobState.WAITING, JobState.BUSY)),
    and_(_j.c.state == JobState.IN_DOUBT.value, _j.c.kind != Work.PRINT.value),
)

_SAYS_WHY = or_(_c.c.blocking == 1, _c.c.code == "print-unconfirmed")
"""A case without a block says why a shipment does not move where its printer goes on and its scan is waited for."""

INVARIANTS: tuple[Invariant, ...] = (
    Invariant(
        Check.ORDERS,
        select(_o.c.id, _o.c.shop)
        .where(_o.c.status == OrderStatus.PAID.value)
        .where(~exists().where(_ol.c.order == _o.c.id).where(_sl.c.order_line == _ol.c.id)),
        "order {0} of {1}",
        "it is paid, but no shipment carries it",
    ),
    Invariant(
        Check.ORDERS,
        select(_o.c.id, _o.c.version, func.count(_v.c.id))
        .outerjoin(_v, _v.c.order == _o.c.id)
        .group_by(_o.c.id)
        .having(or_(func.count(_v.c.id) != _o.c.version, func.max(_v.c.version) != _o.c.version)),
        "order {0}",
        "it stands at version {1}, but {2} versions are kept",
    ),
    Invariant(
        Check.ORDERS,
        select(_s.c.id, _s.c.state).where(
            or_(~exists().where(_sl.c.shipment == _s.c.id), ~exists().where(_p.c.shipment == _s.c.id))
        ),
        "shipment {0}",
        "it has no line or no parcel",
    ),
    Invariant(
        Check.ORDERS,
        select(_s.c.id, _s.c.state)
        .where(one_of(_s.c.state, _BEFORE_PRINT))
        .where(~exists().where(_j.c.shipment == _s.c.id).where(_MOVING))
        .where(~exists().where(_c.c.shipment == _s.c.id).where(_c.c.state == "open").where(_SAYS_WHY))
        .where(~exists().where(_l.c.shipment == _s.c.id).where(_a.c.label == _l.c.id).where(_ATTEMPT_LIVE)),
        "shipment {0}",
        "it is {1}, and neither a job moves it nor an open case says why not",
    ),
    Invariant(
        Check.INTENT,
        select(_w.c.id, _w.c.state).where(
            or_(
                and_(one_of(_w.c.state, ("bought", "voided")), _w.c.number.is_(None)),
                and_(_w.c.state == "intended", _w.c.number.is_not(None)),
            )
        ),
        "waybill {0}",
        "it is {1}, which does not go with its number",
    ),
    Invariant(
        Check.INTENT,
        select(_s.c.id, _s.c.state, _p.c.id)
        .join(_p, _p.c.shipment == _s.c.id)
        .where(one_of(_s.c.state, _WITH_NUMBER))
        .where(~exists().where(_w.c.parcel == _p.c.id).where(_w.c.state == "bought")),
        "shipment {0}, parcel {2}",
        "it is {1}, but no bought waybill carries the parcel",
    ),
    Invariant(
        Check.WAYBILLS,
        select(_w.c.parcel, func.count()).where(_IN_DATABASE_LIVE).group_by(_w.c.parcel).having(func.count() > 1),
        "parcel {0}",
        "{1} live waybills stand for it",
    ),
    Invariant(
        Check.WAYBILLS,
        select(_w.c.account, func.min(_w.c.id), func.count())
        .where(_w.c.number.is_not(None))
        .group_by(_w.c.account, _w.c.number)
        .having(func.count() > 1),
        "waybill {1} of {0}",
        "{2} waybills carry its number",
    ),
    Invariant(
        Check.WAYBILLS,
        select(_w.c.parcel, func.count(), func.max(_w.c.generation))
        .group_by(_w.c.parcel)
        .having(
            or_(
                func.count(distinct(_w.c.generation)) != func.count(),
                func.max(case((_IN_DATABASE_LIVE, _w.c.generation), else_=None)) < func.max(_w.c.generation),
            )
        ),
        "parcel {0}",
        "the newest of its {1} waybills, generation {2}, is not the live one",
    ),
    Invariant(
        Check.OWNERS,
        select(_a.c.label, func.count()).where(_ATTEMPT_LIVE).group_by(_a.c.label).having(func.count() > 1),
        "label {0}",
        "{1} print attempts are live at once",
    ),
    Invariant(
        Check.OWNERS,
        select(_a.c.printer, func.count()).where(_ATTEMPT_LIVE).group_by(_a.c.printer).having(func.count() > 1),
        "printer {0}",
        "{1} print attempts are live at once",
    ),
    Invariant(
        Check.OWNERS,
        select(_a.c.id, _a.c.epoch, _EPOCH).where(_a.c.epoch > _EPOCH),
        "attempt {0}",
        "it was made in start number {1}, but the last start was number {2}",
    ),
    Invariant(
        Check.OWNERS,
        select(_j.c.id, _j.c.kind)
        .where(_j.c.state == JobState.BUSY.value)
        .where(or_(_j.c.owner.is_(None), _j.c.epoch.is_(None), _j.c.epoch > _EPOCH)),
        "job {0} ({1})",
        "it is busy, but no start of the daemon owns it",
    ),
    Invariant(
        Check.OWNERS,
        select(_a.c.id, _a.c.state, _a.c.label).join(_l, _l.c.id == _a.c.label).where(_ATTEMPT_LIVE).where(~_print_owed()),
        "attempt {0}",
        "it is {1}, but label {2} has no open print job",
    ),
    Invariant(
        Check.EVIDENCE,
        select(_a.c.id, _a.c.evidence)
        .where(_a.c.state == AttemptState.PROVEN.value)
        .where(_a.c.evidence < int(Evidence.PRINTED)),
        "attempt {0}",
        "it is proven with evidence E{1} only",
    ),
    Invariant(
        Check.EVIDENCE,
        select(_s.c.id, _l.c.serial)
        .join(_l, _l.c.shipment == _s.c.id)
        .where(_s.c.state == State.PRINTED.value)
        .where(_l.c.kind == "waybill")
        .where(_l.c.superseded_by.is_(None))
        .where(~_attempt_of_label(or_(_a.c.state == AttemptState.PROVEN.value, _a.c.accepted == 1)))
        .where(~_print_owed())
        .where(~_copy_owed())
        .where(_l.c.scanned_at_us.is_(None))
        # The copy that was to take a printed label's place was dropped, or could not be drawn: a person was told.
        .where(~exists().where(_c.c.label == _l.c.id).where(_c.c.blocking == 1)),
        "shipment {0}, label {1}",
        "it is called printed, but no attempt proved it",
    ),
    Invariant(
        Check.EVIDENCE,
        select(_s.c.id)
        .where(_s.c.state == State.PRINTED.value)
        .where(~exists().where(_l.c.shipment == _s.c.id).where(_l.c.kind == "waybill")),
        "shipment {0}",
        "it is called printed, but has no waybill label",
    ),
    Invariant(
        Check.EVIDENCE,
        select(_a.c.id, _l.c.serial, _l.c.shipment)
        .join(_l, _l.c.id == _a.c.label)
        .where(_a.c.state == AttemptState.UNCONFIRMED.value)
        .where(_l.c.shipment.is_not(None))
        .where(_l.c.superseded_by.is_(None))
        .where(_a.c.accepted.is_(None))
        .where(~exists().where(_c.c.shipment == _l.c.shipment).where(_c.c.code == "print-unconfirmed")),
        "attempt {0}, label {1} of shipment {2}",
        "nobody can say whether it printed, but no case was opened",
    ),
    Invariant(
        Check.EVIDENCE,
        select(_l.c.id, _l.c.serial, _n.c.copy, _l.c.copy)
        .join(_n, _n.c.id == _l.c.superseded_by)
        .where(or_(_n.c.shipment != _l.c.shipment, _n.c.kind != _l.c.kind, _n.c.copy <= _l.c.copy)),
        "label {0}, {1}",
        "it is superseded by a label that is no later copy of it",
    ),
    Invariant(
        Check.EVIDENCE,
        select(_l.c.id, _l.c.serial)
        .where(_l.c.superseded_by.is_not(None))
        .where(_attempt_of_label(one_of(_a.c.state, (AttemptState.PROVEN, AttemptState.UNCONFIRMED))))
        .where(~exists().where(_i.c.label == _l.c.id)),
        "label {0}, {1}",
        "a copy has its place, it may be on paper, and nobody looks for it",
    ),
    Invariant(
        Check.GATE,
        select(_s.c.id, _s.c.state, _a.c.id)
        .join(_l, _l.c.shipment == _s.c.id)
        .join(_a, _a.c.label == _l.c.id)
        .where(one_of(_s.c.state, (State.CANCELLED, State.SUPERSEDED)))
        .where(_ATTEMPT_LIVE),
        "shipment {0}, attempt {2}",
        "the shipment is {1}, but a printer still works on its label",
    ),
    Invariant(
        Check.RUNS,
        select(_st.c.shipment, func.count()).where(_st.c.open == 1).group_by(_st.c.shipment).having(func.count() > 1),
        "shipment {0}",
        "it stands in {1} open runs at once",
    ),
    Invariant(
        Check.RUNS,
        select(_r.c.id, _r.c.state, _st.c.shipment)
        .join(_st, _st.c.run == _r.c.id)
        .where(_st.c.open != case((_r.c.state == RunState.OPEN.value, 1), else_=0)),
        "run {0}, shipment {2}",
        "the run is {1}, but its stop is not",
    ),
    Invariant(
        Check.RUNS,
        select(_r.c.id)
        .join(_pr, _pr.c.id == _r.c.private)
        .where(_r.c.state == RunState.CLOSED.value)
        .where(or_(_pr.c.data_key.is_not(None), _pr.c.sealed.is_not(None))),
        "run {0}",
        "it is closed, but its sheet is not shredded",
    ),
    Invariant(
        Check.RUNS,
        select(_r.c.id)
        .join(_pr, _pr.c.id == _r.c.private)
        .where(_r.c.state == RunState.OPEN.value)
        .where(_pr.c.data_key.is_(None)),
        "run {0}",
        "it is open, but its sheet is shredded",
    ),
    Invariant(
        Check.PACKS,
        select(_pk.c.id, _pi.c.number, _pi.c.state, _a.c.state)
        .join(_pi, _pi.c.pack == _pk.c.id)
        .join(_a, _a.c.id == _pi.c.attempt)
        .where(
            _a.c.state
            != case(
                (_pi.c.state == Mark.OPEN.value, AttemptState.SENT.value),
                (_pi.c.state == Mark.UNUSED.value, AttemptState.REFUTED.value),
                else_=AttemptState.PROVEN.value,
            )
        ),
        "pack {0}, number {1}",
        "it is {2}, but its attempt is {3}",
    ),
    Invariant(
        Check.PACKS,
        select(_a.c.id, _a.c.printer)
        .where(_ATTEMPT_LIVE)
        .where(_a.c.printer.like("pack-%/%"))
        .where(~exists().where(_pi.c.attempt == _a.c.id)),
        "attempt {0}",
        "it stands for {1}, but no pack holds its label",
    ),
    Invariant(
        Check.PACKS,
        select(_pk.c.id, _pk.c.state).where(
            exists().where(_pi.c.pack == _pk.c.id).where(_pi.c.state == Mark.OPEN.value)
            != (_pk.c.state == PackState.OPEN.value)
        ),
        "pack {0}",
        "it is {1}, which does not go with its labels",
    ),
)
"""Every rule that one query can show."""

_PREPARED = tuple((rule, Prepared(rule.broken)) for rule in INVARIANTS)


def check_tables(run: Runner, findings: Findings) -> None:
    """Run every rule."""
    for rule, query in _PREPARED:
        for row in run.each(query):
            findings.add(rule.check, rule.where.format(*row), rule.message.format(*row))
