"""People look for a label and see none: the same copy is printed once more, and after that only marked ones."""

from __future__ import annotations

from sqlalchemy import bindparam, func, select

from waybilld.core.attempts import AttemptState
from waybilld.core.runs import Person
from waybilld.store import copies, outcomes, schema, shipments
from waybilld.store.afterall import prints_again
from waybilld.store.doubts import Doubt, answered
from waybilld.store.sql import Prepared, Runner
from waybilld.store.tx import Tx
from waybilld_sdk.printing import Evidence

_a = schema.attempt
_DENIED = Prepared(
    select(func.count())
    .where(_a.c.label == bindparam("label"))
    .where(_a.c.state == AttemptState.REFUTED.value)
    .where(_a.c.told_uid.is_not(None))
)


def not_there(tx: Tx, doubt: Doubt, reason: str, who: Person, most: int | None) -> str:
    """Somebody looked, and the label is not there; the serial of what is printed for it now.

    Who says so twice of one label may hold the first, and two without a mark could go on two parcels: the second time it is
    a reprint, which supersedes the label and counts as one of the `most` that they may ask for (None: any number). Raises
    `copies.OverQuota`.
    """
    by = {"uid": who.uid, "user": who.name}
    if not _denied_before(tx.run, doubt) or not _needed(tx.run, doubt):
        outcomes.never_came(tx, doubt, reason, {}, **by)
        return doubt.serial
    answered(tx, doubt, AttemptState.REFUTED, Evidence.NOTHING, reason, {}, **by)
    return copies.reprint(tx, doubt.serial, f"{reason}, not for the first time", who, most).serial


def _denied_before(run: Runner, doubt: Doubt) -> bool:
    return run.row(_DENIED, label=doubt.label) != (0,)


def _needed(run: Runner, doubt: Doubt) -> bool:
    if doubt.shipment is None or doubt.superseded:
        return False
    return prints_again(shipments.load(run, doubt.shipment).state)
