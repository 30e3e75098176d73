"""Retention: what is deleted once its time is over, in small batches: nothing grows with history, nobody waits."""

from __future__ import annotations

from sqlalchemy import bindparam, delete, exists, or_, select, update

from waybilld.core.jobs import JobState
from waybilld.core.lifecycle import NEEDS_TEXT
from waybilld.core.runs import RunState
from waybilld.store import schema
from waybilld.store.orderdata import shred
from waybilld.store.sql import Prepared, one_of
from waybilld.store.tx import Tx

BATCH = 200
"""Rows that one unit deletes at most."""

_b, _p, _t = schema.blob, schema.page, schema.private
_EXPIRED = Prepared(select(_b.c.id).where(_b.c.expires_at_us <= bindparam("now_us")).limit(bindparam("most")))
_FORGET = Prepared(update(_p).where(_p.c.blob == bindparam("id_")).values(blob=None))
_FORGET_DOCUMENT = Prepared(delete(schema.document).where(schema.document.c.blob == bindparam("id_")))
_DELETE = Prepared(delete(_b).where(_b.c.id == bindparam("id_")))

_v, _l, _sl, _s, _j = schema.order_version, schema.order_line, schema.shipment_line, schema.shipment, schema.job
_OPEN_JOB = exists().where(_j.c.shipment == _s.c.id).where(_j.c.state != JobState.DONE.value)
_UNDER_WAY = (
    exists()
    .where(_v.c.private == _t.c.id)
    .where(_l.c.order == _v.c.order)
    .where(_sl.c.order_line == _l.c.id)
    .where(_s.c.id == _sl.c.shipment)
    .where(or_(one_of(_s.c.state, sorted(NEEDS_TEXT)), _OPEN_JOB))
)
_ON_THE_ROAD = exists().where(schema.run.c.private == _t.c.id).where(schema.run.c.state == RunState.OPEN.value)
_OLD = Prepared(
    select(_t.c.id)
    .where(_t.c.data_key.is_not(None))
    .where(_t.c.made_at_us <= bindparam("before_us"))
    .where(~_UNDER_WAY)
    .where(~_ON_THE_ROAD)
    .limit(bindparam("most"))
)


def expire_pages(tx: Tx) -> int:
    """Delete one batch of pixels and documents whose time is over; how many there were."""
    found = tx.run.rows(_EXPIRED, now_us=tx.now_us, most=BATCH)
    for (blob,) in found:
        for statement in (_FORGET, _FORGET_DOCUMENT, _DELETE):
            tx.run.run(statement, id_=blob)
    return len(found)


def shred_old(tx: Tx, older_than_us: int) -> int:
    """Shred one batch of order texts and quarantined records that were kept longer than `older_than_us` microseconds.

    Orders that are still on their way to a label, or have work open, keep theirs; so does an open run, which closing shreds.
    How many were shredded.
    """
    found = tx.run.rows(_OLD, before_us=tx.now_us - older_than_us, most=BATCH)
    if not found:
        return 0
    with tx.entry("private.shredded", texts=len(found)):
        for (private,) in found:
            shred(tx, private)
    return len(found)
