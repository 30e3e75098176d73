"""What people do with labels: scan and settle them, ask for copies, release, drop and move what waits."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from waybilld.core.policy import Policies
from waybilld.core.runs import Dispatchers, Person
from waybilld.core.scans import Scanned
from waybilld.host.context import Lender
from waybilld.services.fleet import Fleet
from waybilld.services.persons import person
from waybilld.store import copies, scans, telling
from waybilld.store.copies import LabelRow
from waybilld.store.database import Store
from waybilld.store.tx import Tx

T = TypeVar("T")
_DAY_US = 86_400_000_000


class OverQuota(Exception):
    """Somebody asked for more copies than they may; the message says how many and who may more."""


class NoPlace(Exception):
    """There is no such pool or printer; the message lists those that there are."""


class LabelDesk:
    """Takes what people tell of labels. `per_day`: copies that somebody may ask for in 24 hours who is no supervisor."""

    def __init__(
        self, store: Store, lender: Lender, fleet: Fleet, policies: Policies, per_day: int, supervisors: Dispatchers
    ) -> None:
        self._store = store
        self._lender = lender
        self._fleet = fleet
        self._policies = policies
        self._per_day = per_day
        self._supervisors = supervisors

    async def settle(self, uid: int, serial: str, *, printed: bool) -> None:
        """Somebody has the label in hand, or looked and it is not there. Raises `telling.CannotTell`."""
        await self._do(uid, lambda tx, who: telling.settle(tx, serial, who, self._policies, printed=printed))

    async def scan(self, uid: int, serial: str) -> Scanned:
        """The packing scan of one label."""
        return await self._do(uid, lambda tx, who: scans.scan(tx, serial, who, self._policies))

    async def reprint(self, uid: int, gids: Sequence[int], serial: str, reason: str) -> LabelRow:
        """A further copy, with its mark. Raises `OverQuota`, `copies.CannotCopy`."""
        free = self._supervisors.include(uid, gids)

        def unit(tx: Tx, who: Person) -> LabelRow:
            asked = copies.made_by(tx.run, uid, tx.now_us - _DAY_US)
            if asked >= self._per_day and not free:
                raise OverQuota(
                    f"{who} has asked for {asked} copies in 24 hours, and may for {self._per_day}: have somebody do it whom "
                    "labels.reprint.supervisors names"
                )
            return copies.reprint(tx, serial, reason, who)

        return await self._do(uid, unit)

    async def release(self, uid: int, serial: str) -> None:
        """Print a label that was given up. Raises `telling.CannotTell`."""
        await self._do(uid, lambda tx, who: telling.release(tx, serial, who))

    async def cancel(self, uid: int, serial: str) -> None:
        """Drop a label's print job. Raises `telling.CannotTell`."""
        await self._do(uid, lambda tx, who: telling.cancel(tx, serial, who))

    async def move(self, uid: int, serial: str, to: str) -> None:
        """Have another pool or printer print it. Raises `NoPlace`, `telling.CannotTell`."""
        printer = self._fleet.printers.get(to)
        if printer is not None:
            pool = printer.device.pool or next(iter(printer.device.backs), "")
            name, variants = to, [printer.device.variant]
        else:
            pool, name, variants = to, None, [paper.variant for paper in self._fleet.papers(to)]
        if not variants:
            pools = {one.device.pool for one in self._fleet.printers.values()} - {""}
            known = ", ".join(sorted({*pools, *self._fleet.printers}))
            raise NoPlace(f"there is no pool and no printer {to}; there are: {known or 'none'}")
        if not pool:
            raise NoPlace(f"printer {to} stands in no pool, so no label of a pool comes to it: name it in `pools` first")
        await self._do(uid, lambda tx, who: telling.move(tx, serial, who, pool, name, variants))

    async def _do(self, uid: int, unit: Callable[[Tx, Person], T]) -> T:
        who = await person(self._lender, uid)
        return await self._store.write(lambda tx: unit(tx, who))
