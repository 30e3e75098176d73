"""Runs in the database: opened with a sealed snapshot of what the sheet shows, shown, closed and shredded.

The snapshot is what the driver holds on paper: an order that the shop amends later does not change it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace

from sqlalchemy import bindparam, select

from waybilld.core.runs import Candidate, Person, RunState, Stop, refusal, why_not
from waybilld.store import schema, shipments
from waybilld.store.inputs import parcels
from waybilld.store.orderdata import open_order, open_text, seal_text, shred
from waybilld.store.seal import Seal, Shredded
from waybilld.store.sql import Prepared, Runner
from waybilld.store.tx import Tx
from waybilld_sdk.orders import Consignee

_r, _st, _sh = schema.run, schema.run_stop, schema.run_showing
_o, _l, _sl = schema.order, schema.order_line, schema.shipment_line
_LOAD = Prepared(select(_r.c.name, _r.c.state, _r.c.private).where(_r.c.id == bindparam("id_")))
_OPEN_STOP = Prepared(select(_st.c.run).where(_st.c.shipment == bindparam("shipment")).where(_st.c.open == 1))
_STOPS = Prepared(select(_st.c.id).where(_st.c.run == bindparam("run")).order_by(_st.c.place))
_TEXT = Prepared(
    select(_o.c.id, _o.c.private)
    .join(_l, _l.c.order == _o.c.id)
    .join(_sl, _sl.c.order_line == _l.c.id)
    .where(_sl.c.shipment == bindparam("shipment"))
    .order_by(_o.c.id)
    .limit(1)
)
_OVERDUE = Prepared(
    select(_r.c.id)
    .where(_r.c.state == RunState.OPEN.value)
    .where(_r.c.opened_at_us <= bindparam("before_us"))
    .order_by(_r.c.opened_at_us)
    .limit(bindparam("most"))
)


class CannotGo(Exception):
    """Some shipments may not go on a run; the message names each with its reason. Nothing was opened."""


class NoRun(Exception):
    """There is no run of that number."""


class RunClosed(Exception):
    """The run is closed: its sheet is shredded, for good."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """What stands on the sheet of an open run."""

    name: str
    stops: tuple[Stop, ...]


def open_run(tx: Tx, name: str, wanted: Sequence[int], own_accounts: frozenset[str], who: Person) -> int:
    """Open a run over shipments, in stop order; its number. `own_accounts` are the carrier accounts of own delivery.

    Raises `CannotGo` with every shipment that may not go.
    """
    stops: list[Stop] = []
    reasons: list[tuple[int, str]] = []
    for place, shipment in enumerate(wanted):
        consignee = _consignee(tx, shipment)
        twice = "it is named twice" if shipment in wanted[:place] else ""
        reason = twice or why_not(_candidate(tx, shipment, own_accounts, consignee))
        if reason or consignee is None:
            reasons.append((shipment, reason))
            continue
        found = parcels(tx.run, shipment)
        numbers = ", ".join(parcel.waybill.number for parcel in found if parcel.waybill and parcel.waybill.number)
        stops.append(Stop(numbers, len(found), consignee))
    if reasons:
        raise CannotGo(refusal(reasons))
    private = seal_text(tx, json.dumps([asdict(stop) for stop in stops], ensure_ascii=True))
    with tx.entry("run.opened", stops=len(stops), uid=who.uid, user=who.name) as entry:
        run = entry.insert(
            _r,
            name=name,
            state=RunState.OPEN.value,
            private=private,
            opened_at_us=tx.now_us,
            opened_uid=who.uid,
            opened_user=who.name,
        )
        entry.facts["run"] = run
        for place, shipment in enumerate(wanted, 1):
            entry.insert(_st, run=run, place=place, shipment=shipment, open=1)
    return run


def _consignee(tx: Tx, shipment: int) -> Consignee | None:
    """To whom a shipment goes; None where nobody can say any more."""
    row = tx.run.row(_TEXT, shipment=shipment)
    if row is None:
        return None
    try:
        # The platform's token for the carrier is nothing for the driver.
        return replace(open_order(tx.run, tx.seal, row[1]).consignee, handle="")
    except Shredded:
        return None


def _candidate(tx: Tx, shipment: int, own_accounts: frozenset[str], consignee: Consignee | None) -> Candidate | None:
    try:
        found = shipments.load(tx.run, shipment)
    except LookupError:
        return None
    other = tx.run.row(_OPEN_STOP, shipment=shipment)
    return Candidate(
        state=found.state,
        account=found.carrier_account,
        own_delivery=found.carrier_account in own_accounts,
        block=shipments.block_of(tx.run, shipment),
        open_run=other[0] if other else None,
        form=consignee.form if consignee else "",
    )


def _open(run: Runner, number: int) -> tuple[str, int]:
    """Name and private row of an open run. Raises `NoRun`, `RunClosed`."""
    row = run.row(_LOAD, id_=number)
    if row is None:
        raise NoRun(f"there is no run {number}")
    if row[1] != RunState.OPEN:
        raise RunClosed(f"run {number} is closed and its sheet is shredded: nobody can draw it again")
    return row[0], row[2]


def sheet(run: Runner, seal: Seal, number: int) -> Sheet:
    """What stands on the sheet of an open run. Raises `NoRun`, `RunClosed`."""
    name, private = _open(run, number)
    told = json.loads(open_text(run, seal, private))
    stops = (Stop(stop["waybill"], stop["pieces"], Consignee(**stop["consignee"])) for stop in told)
    return Sheet(name, tuple(stops))


def shown(tx: Tx, number: int, who: Person, form: str, page: int | None) -> None:
    """Write down that somebody is shown the sheet, or one page of it, before they are.

    Raises `NoRun`, and `RunClosed` where it was closed while it was drawn.
    """
    _open(tx.run, number)
    stops = len(tx.run.rows(_STOPS, run=number))
    with tx.entry("run.shown", run=number, stops=stops, uid=who.uid, user=who.name, form=form, page=page) as entry:
        entry.insert(_sh, run=number, at_us=tx.now_us, uid=who.uid, user=who.name)


def refused(tx: Tx, what: str, who: Person) -> None:
    """Write down that somebody without the role asked for something."""
    with tx.entry("run.refused", what=what, uid=who.uid, user=who.name):
        pass


def close_run(tx: Tx, number: int, who: Person | None) -> None:
    """Close a run and shred its sheet. `who` None: retention does. Raises `NoRun`, `RunClosed`."""
    _, private = _open(tx.run, number)
    stops = tx.run.rows(_STOPS, run=number)
    with tx.entry("run.closed", run=number, stops=len(stops)) as entry:
        entry.update(_r, number, state=RunState.CLOSED.value, closed_at_us=tx.now_us)
        if who is not None:
            entry.facts.update(uid=who.uid, user=who.name)
            entry.update(_r, number, closed_uid=who.uid, closed_user=who.name)
        for (stop,) in stops:
            entry.update(_st, stop, open=0)
        shred(tx, private)


def close_overdue(tx: Tx, older_than_us: int, most: int) -> int:
    """Close one batch of runs that were opened longer than `older_than_us` microseconds ago; how many there were."""
    found = tx.run.rows(_OVERDUE, before_us=tx.now_us - older_than_us, most=most)
    for (number,) in found:
        close_run(tx, number, None)
    return len(found)
