"""Retention as a service: pixels after their days, personal data after its own, and runs that nobody closed."""

from __future__ import annotations

from waybilld.config.model import Retention
from waybilld.services.base import Loop
from waybilld.services.clock import Clock
from waybilld.store.database import Store
from waybilld.store.engine import StoreUnavailable
from waybilld.store.retention import BATCH, expire_pages, shred_old
from waybilld.store.runs import close_overdue
from waybilld.store.tx import Tx

_ROUND_S = 600.0
_BETWEEN_BATCHES_S = 1.0
_DAY_US = 86_400_000_000


class Keeper(Loop):
    """Runs retention now and then."""

    def __init__(self, retention: Retention, store: Store, clock: Clock) -> None:
        super().__init__("keeper", clock)
        self._private_us = retention.private_days * _DAY_US
        self._runs_us = retention.runs_days * _DAY_US
        self._store = store

    async def run(self) -> None:
        """Delete batch by batch, then rest."""
        while not self.stopping:
            try:
                deleted = max([await self._store.write(unit) for unit in (expire_pages, self._shred, self._close_runs)])
            except StoreUnavailable:
                deleted = 0
            await self.pause(_BETWEEN_BATCHES_S if deleted == BATCH else _ROUND_S)

    def _shred(self, tx: Tx) -> int:
        return shred_old(tx, self._private_us)

    def _close_runs(self, tx: Tx) -> int:
        return close_overdue(tx, self._runs_us, BATCH)
