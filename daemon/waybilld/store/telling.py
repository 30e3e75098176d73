"""What people tell of labels, by the serial that they read or scan: whether one came out, and what shall become of it."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import bindparam, select

from waybilld.core.attempts import LIVE, AttemptState
from waybilld.core.jobs import JobState
from waybilld.core.lifecycle import Work
from waybilld.core.packs import Mark
from waybilld.core.policy import Policies
from waybilld.core.runs import Person
from waybilld.store import copies, doubts, outcomes, packs, schema, shipments
from waybilld.store.copies import LabelRow
from waybilld.store.sql import Prepared, Runner, one_of
from waybilld.store.tx import Tx
from waybilld_sdk.printing import Evidence

_j, _p = schema.job, schema.page
_JOB = Prepared(
    select(_j.c.id, _j.c.state, _j.c.kind)
    .where(_j.c.shipment == bindparam("shipment"))
    .where(_j.c.label == bindparam("label"))
    .where(one_of(_j.c.kind, (Work.PRINT, Work.COPY)))
    .where(_j.c.state != JobState.DONE.value)
)
_VARIANTS = Prepared(select(_p.c.variant).where(_p.c.label == bindparam("label")))


class CannotTell(Exception):
    """That cannot be said of this label; the message says why and what to do."""


def settle(tx: Tx, serial: str, who: Person, policies: Policies, *, printed: bool) -> None:
    """Somebody has the label in hand, or looked and it is not there. Raises `CannotTell`."""
    mark = Mark.PRINTED if printed else Mark.UNUSED
    if packs.settle_by_serial(tx, serial, who, policies, mark) is not None:
        return
    label = _label(tx.run, serial)
    doubt = doubts.newest(tx.run, label.id)
    if doubt is None:
        raise CannotTell(f"label {serial} was never given to a printer: there is nothing to settle")
    if doubt.state in LIVE:
        raise CannotTell(f"printer {doubt.printer} is at work on label {serial} now: wait until it is done")
    if doubt.state is not AttemptState.UNCONFIRMED:
        known = "printed" if doubt.state is AttemptState.PROVEN else "not printed"
        raise CannotTell(f"label {serial} is proven {known} already: is a copy needed? waybilld labels reprint {serial}")
    if not printed and not doubt.waits:
        raise CannotTell(
            f"label {serial} counts as printed, as the policy of printer {doubt.printer} says: is a copy needed? "
            f"waybilld labels reprint {serial}"
        )
    by = {"uid": who.uid, "user": who.name}
    if printed:
        outcomes.came_out(tx, doubt, Evidence.SCANNED, f"{who} has it in hand", {}, policies, **by)
    else:
        outcomes.never_came(tx, doubt, f"{who} looked, and it is not there", {}, **by)


def release(tx: Tx, serial: str, who: Person) -> None:
    """Print a label that was given up: it waited too long, or its cause is mended. Raises `CannotTell`."""
    label = _label(tx.run, serial)
    job, state, kind = _open_job(tx.run, label)
    if state != JobState.DEAD:
        raise CannotTell(f"label {serial} was not given up: its job is {state.replace('_', ' ')}")
    assert label.shipment is not None
    with tx.entry("label.released", shipment=label.shipment, job=job, uid=who.uid, user=who.name) as entry:
        entry.update(_j, job, state=JobState.READY.value, tries=0, reason=None, made_at_us=tx.now_us)
        shipments.close_cases_of(entry, tx, label.shipment, label.id)
    tx.wakes.add(kind)


def cancel(tx: Tx, serial: str, who: Person) -> None:
    """Drop a label's print job: it is not printed by itself any more. Raises `CannotTell`."""
    label = _label(tx.run, serial)
    job, state, _ = _open_job(tx.run, label)
    if state not in {JobState.READY, JobState.WAITING, JobState.DEAD}:
        raise CannotTell(f"label {serial} is {state.replace('_', ' ')}: settle it first, or wait until its printer is done")
    assert label.shipment is not None
    text = f"label {serial} was dropped by {who}: nothing prints it any more but a copy (waybilld labels reprint {serial})"
    with tx.entry("label.cancelled", shipment=label.shipment, job=job, uid=who.uid, user=who.name) as entry:
        entry.update(_j, job, state=JobState.DONE.value, reason="dropped")
        shipments.close_cases_of(entry, tx, label.shipment, label.id)
        shipments.open_case(entry, tx, label.shipment, "label-dropped", text, blocking=True, label=label.id)


def move(tx: Tx, serial: str, who: Person, pool: str, printer: str | None, variants: Sequence[str]) -> None:
    """Have another pool, or one printer of it, print a waiting label. `variants` are the papers that can take it.

    Raises `CannotTell`.
    """
    label = _label(tx.run, serial)
    job, state, kind = _open_job(tx.run, label)
    if kind != Work.PRINT or state != JobState.READY:
        raise CannotTell(f"label {serial} is {state.replace('_', ' ')}: only one that waits for a printer can be moved")
    drawn = {variant for (variant,) in tx.run.rows(_VARIANTS, label=label.id)}
    if not drawn.intersection(variants):
        raise CannotTell(
            f"label {serial} was drawn for {', '.join(sorted(drawn))} (dots per mm, media), and there it would need "
            f"{' or '.join(sorted(variants))}: move it to printers of its own paper"
        )
    with tx.entry("label.moved", shipment=label.shipment, job=job) as entry:
        entry.facts.update(pool=pool, printer=printer, uid=who.uid, user=who.name)
        entry.update(_j, job, pool=pool, printer=printer)
    tx.wakes.add(Work.PRINT.value)


def _label(run: Runner, serial: str) -> LabelRow:
    label = copies.by_serial(run, serial)
    if label is None or label.shipment is None:
        raise CannotTell(f"there is no label {serial} of a parcel: copy the serial from the label or the list")
    if label.superseded_by is not None:
        newest = copies.by_id(run, label.superseded_by)
        raise CannotTell(f"label {serial} is superseded by {newest.serial}: tell of that one")
    return label


def _open_job(run: Runner, label: LabelRow) -> tuple[int, str, str]:
    """Number, state and kind of the job that is to print a label, or to draw it. Raises `CannotTell`."""
    row = run.row(_JOB, shipment=label.shipment, label=label.id)
    if row is None:
        hint = f"if a copy is needed: waybilld labels reprint {label.serial}"
        raise CannotTell(f"label {label.serial} waits for no printer; {hint}")
    return row[0], row[1], row[2]
