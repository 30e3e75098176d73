"""Leases and epochs: each start of the daemon is a new epoch, and effects of older epochs are refused."""

from __future__ import annotations

from sqlalchemy import bindparam, select
from sqlalchemy.dialects.sqlite import insert as upsert

from waybilld.store import schema
from waybilld.store.sql import Prepared
from waybilld.store.tx import Tx

_t = schema.lease
_GET = Prepared(select(_t.c.epoch).where(_t.c.name == bindparam("name")))
_PUT = Prepared(
    upsert(_t)
    .values(name=bindparam("name"), owner=bindparam("owner"), epoch=bindparam("epoch"))
    .on_conflict_do_update(index_elements=["name"], set_={"owner": bindparam("owner"), "epoch": bindparam("epoch")})
)


def begin_epoch(tx: Tx, owner: str, program: str) -> int:
    """Start a new epoch of this node; its number."""
    row = tx.run.row(_GET, name="daemon")
    epoch = (row[0] if row else 0) + 1
    tx.run.run(_PUT, name="daemon", owner=owner, epoch=epoch)
    with tx.entry("daemon.started", epoch=epoch, program=program):
        return epoch
