"""Labels of which the last word was wrong: on paper although somebody looked and saw none, or not although they counted as
printed. What was said stays said; what it led to is looked after."""

from __future__ import annotations

from sqlalchemy import bindparam, select

from waybilld.core.attempts import LIVE, AttemptState
from waybilld.core.jobs import JobState
from waybilld.core.keys import job_key
from waybilld.core.lifecycle import State, Work
from waybilld.core.packs import label_wanted
from waybilld.store import schema, shipments
from waybilld.store.copies import by_id
from waybilld.store.doubts import Doubt, open_intercept
from waybilld.store.shipments import TWICE
from waybilld.store.sql import Prepared, one_of
from waybilld.store.tx import Entry, Tx
from waybilld_sdk.printing import Evidence

_a, _j, _s = schema.attempt, schema.job, schema.shipment
_OTHER = Prepared(
    select(_a.c.printer)
    .where(_a.c.label == bindparam("label"))
    .where(_a.c.id != bindparam("attempt"))
    .where(one_of(_a.c.state, (AttemptState.PROVEN, AttemptState.UNCONFIRMED, *sorted(LIVE))))
    .order_by(_a.c.id.desc())
    .limit(1)
)
_LAST_JOB = Prepared(
    select(_j.c.pool, _j.c.printer)
    .where(_j.c.shipment == bindparam("shipment"))
    .where(_j.c.label == bindparam("label"))
    .where(_j.c.kind == Work.PRINT.value)
    .order_by(_j.c.id.desc())
    .limit(1)
)
_CONFIRMED = Prepared(select(_s.c.confirmed_at_us).where(_s.c.id == bindparam("shipment")))

_ON_THE_WAY = frozenset({State.HANDED_OVER, State.IN_TRANSIT, State.INTERCEPTING, State.LOST})
"""The parcel is out of the house, and nobody has it in hand at the other end."""

LATE = "print-late"
"""The code of the case of a label that is on paper although its attempt denies it; its scan settles it."""


def printed(tx: Tx, doubt: Doubt, evidence: Evidence, reason: str) -> None:
    """A printer shows that it printed a label which somebody had said is not there.

    Another printer may have the same copy on paper by now: then both stop at the scan until one is destroyed. Else this one
    must stay the only one, and its scan settles it. What is superseded is looked for.
    """
    if doubt.shipment is None:
        return
    with tx.entry("label.after_all", shipment=doubt.shipment, job=doubt.job, label=doubt.label, reason=reason) as entry:
        entry.facts.update(serial=doubt.serial, printer=doubt.printer, evidence=int(evidence))
        other = tx.run.row(_OTHER, label=doubt.label, attempt=doubt.attempt)
        if doubt.superseded:
            text = f"printer {doubt.printer} printed it after somebody had looked for it: {reason}"
            open_intercept(entry, tx, doubt.label, doubt.printer, text)
        elif other is not None:
            _twice(entry, tx, doubt, doubt.shipment, str(other[0]))
        elif by_id(tx.run, doubt.label).scanned_at_us is None:
            _only_paper(entry, tx, doubt, doubt.shipment)


def _twice(entry: Entry, tx: Tx, doubt: Doubt, shipment: int, other: str) -> None:
    serial, printer = doubt.serial, doubt.printer
    text = (
        f"two identical papers of label {serial} are about: printer {other} has it, and printer {printer} shows that it "
        f"printed it, too, after somebody had said that it is not there. Find both and destroy one, then "
        f"`waybilld labels settle {serial} --printed`; if only one is to be found, a copy takes the place of both: "
        f"`waybilld labels reprint {serial}`"
    )
    open_intercept(entry, tx, doubt.label, printer, f"label {serial} came out of printer {other} as well: destroy one")
    if TWICE not in shipments.cases_of(tx.run, shipment, doubt.label):
        shipments.open_case(entry, tx, shipment, TWICE, text, blocking=True, label=doubt.label)


def _only_paper(entry: Entry, tx: Tx, doubt: Doubt, shipment: int) -> None:
    text = (
        f"label {doubt.serial} lies in printer {doubt.printer}, which printed it although somebody had said that it is not "
        "there. Its scan at the packing station settles it"
    )
    if doubt.job is not None:
        entry.update(_j, doubt.job, state=JobState.DONE.value, reason=f"printer {doubt.printer} had printed it")
    if LATE not in shipments.cases_of(tx.run, shipment, doubt.label):
        shipments.open_case(entry, tx, shipment, LATE, text, blocking=False, label=doubt.label)


def prints_again(state: State) -> bool:
    """Whether a label that is missing is worth printing for a shipment in this state: it needs one, and is still here."""
    return label_wanted(state) and state is not State.HANDED_OVER


def missing(tx: Tx, doubt: Doubt) -> None:
    """A label that counted as printed, so that no job waits for it, never came out: the same copy is printed.

    Where its parcel is on its way already, a person must look; where it was called off, or a copy has the label's place,
    nothing is missing.
    """
    if doubt.shipment is None or doubt.superseded:
        return
    state = shipments.load(tx.run, doubt.shipment).state
    if prints_again(state):
        _again(tx, doubt, doubt.shipment)
    elif state in _ON_THE_WAY:
        text = (
            f"label {doubt.serial} never came out of printer {doubt.printer}, but its shipment is "
            f"{state.replace('_', ' ')}: find out what stands on the parcel"
        )
        with tx.entry("case.opened", shipment=doubt.shipment) as entry:
            shipments.open_case(entry, tx, doubt.shipment, "print-missing", text, blocking=True, label=doubt.label)


def _again(tx: Tx, doubt: Doubt, shipment: int) -> None:
    confirmed = tx.run.row(_CONFIRMED, shipment=shipment)
    told = confirmed is not None and confirmed[0] is not None
    pool, printer = tx.run.row(_LAST_JOB, shipment=shipment, label=doubt.label) or (None, None)
    with tx.entry("label.again", shipment=shipment, label=doubt.label, serial=doubt.serial, told=told) as entry:
        entry.insert(
            _j,
            kind=Work.PRINT.value,
            shipment=shipment,
            label=doubt.label,
            pool=pool,
            printer=printer,
            key=job_key(shipment, f"{Work.PRINT}-{doubt.label}-after", doubt.attempt),
            state=JobState.READY.value,
            tries=0,
            made_at_us=tx.now_us,
        )
    tx.wakes.add(Work.PRINT.value)
