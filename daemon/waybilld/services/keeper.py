"""Retention: deletes expired pixels in small batches, so that nothing grows with history and nobody waits."""

from __future__ import annotations

from sqlalchemy import bindparam, delete, select, update

from waybilld.services.base import Loop
from waybilld.services.clock import Clock
from waybilld.store import schema
from waybilld.store.database import Store
from waybilld.store.engine import StoreUnavailable
from waybilld.store.sql import Prepared
from waybilld.store.tx import Tx

_BATCH = 200
_ROUND_S = 600.0

_b, _p = schema.blob, schema.page
_EXPIRED = Prepared(select(_b.c.id).where(_b.c.expires_at_us <= bindparam("now_us")).limit(bindparam("most")))
_FORGET = Prepared(update(_p).where(_p.c.blob == bindparam("id_")).values(blob=None))
_FORGET_DOCUMENT = Prepared(delete(schema.document).where(schema.document.c.blob == bindparam("id_")))
_DELETE = Prepared(delete(_b).where(_b.c.id == bindparam("id_")))


def expire(tx: Tx) -> int:
    """Delete one batch of blobs whose time is over; how many there were."""
    found = tx.run.rows(_EXPIRED, now_us=tx.now_us, most=_BATCH)
    for (blob,) in found:
        for statement in (_FORGET, _FORGET_DOCUMENT, _DELETE):
            tx.run.run(statement, id_=blob)
    return len(found)


class Keeper(Loop):
    """Runs retention now and then."""

    def __init__(self, store: Store, clock: Clock) -> None:
        super().__init__("keeper", clock)
        self._store = store

    async def run(self) -> None:
        """Delete batch by batch, then rest."""
        while not self.stopping:
            try:
                full = await self._store.write(expire) == _BATCH
            except StoreUnavailable:
                full = False
            await self.pause(1.0 if full else _ROUND_S)
