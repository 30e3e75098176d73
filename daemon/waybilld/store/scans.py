"""The packing scan in the database: the strongest evidence that there is, and a shipment's leave to go."""

from __future__ import annotations

from typing import Any

from sqlalchemy import bindparam, select

from waybilld.core import scans as rules
from waybilld.core.attempts import AttemptState
from waybilld.core.intercepts import InterceptState
from waybilld.core.jobs import JobState
from waybilld.core.lifecycle import Event
from waybilld.core.policy import Policies
from waybilld.core.runs import Person
from waybilld.core.scans import Held, Parcel, Scanned
from waybilld.store import copies, doubts, outcomes, packs, pages, schema, shipments
from waybilld.store.copies import LabelRow
from waybilld.store.doubts import Doubt
from waybilld.store.sql import Prepared, Runner
from waybilld.store.tx import Tx
from waybilld_sdk.printing import Evidence

_a, _l, _j = schema.attempt, schema.label, schema.job
_MISSING = Prepared(
    select(_l.c.serial)
    .where(_l.c.shipment == bindparam("shipment"))
    .where(_l.c.kind == "waybill")
    .where(_l.c.superseded_by.is_(None))
    .where(_l.c.scanned_at_us.is_(None))
    .order_by(_l.c.id)
)


def scan(tx: Tx, serial: str, who: Person, policies: Policies) -> Scanned:
    """Take one scan. What it proves is written down also where the label must not go on its parcel."""
    packs.settle_by_serial(tx, serial, who, policies)
    label = copies.by_serial(tx.run, serial)
    if label is None:
        return Scanned(serial, rules.UNKNOWN.word, rules.UNKNOWN.text)
    doubt = doubts.newest(tx.run, label.id)
    newer = copies.by_id(tx.run, label.superseded_by).serial if label.superseded_by is not None else ""
    held = Held(label.kind, newer, doubt.state if doubt else None, doubt.printer if doubt else "")
    parcel = None
    if label.shipment is not None:
        if doubt is not None and rules.counts(held):
            _written_down(tx, label, label.shipment, doubt, who, policies)
        parcel = _parcel(tx.run, label.shipment)
    ruling = rules.judge(held, parcel)
    if ruling.verifies and parcel is not None:
        now = shipments.load(tx.run, parcel.shipment)
        shipments.step(tx, now, Event.SCANNED, policies, facts={"label": label.id, **_by(who)})
    return Scanned(serial, ruling.word, ruling.text)


def _written_down(tx: Tx, label: LabelRow, shipment: int, doubt: Doubt, who: Person, policies: Policies) -> None:
    """The label is in somebody's hand: its attempt is proven by it, and nobody looks for it any more."""
    if label.scanned_at_us is None:
        with tx.entry("label.scanned", shipment=shipment, label=label.id, **_by(who)) as entry:
            entry.update(_l, label.id, scanned_at_us=tx.now_us)
            if doubt.state is AttemptState.PROVEN and doubt.evidence < Evidence.SCANNED:
                entry.update(_a, doubt.attempt, evidence=int(Evidence.SCANNED))
        if doubt.state is AttemptState.UNCONFIRMED:
            outcomes.came_out(tx, doubt, Evidence.SCANNED, f"{who} scanned it", {}, policies, **_by(who))
        elif doubt.state is AttemptState.REFUTED and not doubt.superseded:
            _found_all_the_same(tx, label, shipment, doubt, who, policies)
    if doubt.superseded:
        doubts.close_intercept(tx, label.id, InterceptState.FOUND, **_by(who))


def _found_all_the_same(
    tx: Tx, label: LabelRow, shipment: int, doubt: Doubt, who: Person, policies: Policies
) -> None:
    """Evidence said that it did not come out, and here it is: it must not come out once more, and counts as printed."""
    text = (
        f"label {label.serial} was scanned although printer {doubt.printer} had shown that it did not come out: look after "
        "that printer, and whether a second one lies in it"
    )
    pages.drop_documents(tx, label.id)
    with tx.entry("label.found", shipment=shipment, job=doubt.job, label=label.id, **_by(who)) as entry:
        if doubt.job is not None:
            entry.update(_j, doubt.job, state=JobState.DONE.value, reason="it was scanned")
        shipments.close_cases_of(entry, tx, shipment, label.id)
        shipments.open_case(entry, tx, shipment, "print-found", text, blocking=False, label=label.id)
    outcomes.printed_if_all_are(tx, shipment, label.id, Evidence.SCANNED, policies)


def _parcel(run: Runner, shipment: int) -> Parcel:
    state = shipments.load(run, shipment).state
    missing = tuple(str(serial) for (serial,) in run.rows(_MISSING, shipment=shipment))
    return Parcel(shipment, state, shipments.block_of(run, shipment) or "", missing)


def _by(who: Person) -> dict[str, Any]:
    return {"uid": who.uid, "user": who.name}
