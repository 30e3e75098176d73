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
from waybilld.store import codes, copies, scans, telling
from waybilld.store.copies import LabelRow
from waybilld.store.database import Store
from waybilld.store.tx import Tx

T = TypeVar("T")


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

    async def settle(self, uid: int, serial: str, *, printed: bool, gids: Sequence[int] = ()) -> str:
        """Somebody has the label in hand, or looked and it is not there; the serial of what counts now, which is a copy's
        where that was said of the label before. Raises `telling.CannotTell`, `copies.OverQuota`."""
        most = self._most(uid, gids)
        return await self._do(
            uid, lambda tx, who: telling.settle(tx, serial, who, self._policies, printed=printed, most=most)
        )

    async def scan(self, uid: int, code: str) -> Scanned:
        """The packing scan of one label, by its serial or by the waybill number on it."""

        def unit(tx: Tx, who: Person) -> Scanned:
            serial = codes.serial_of(tx.run, code)
            return serial if isinstance(serial, Scanned) else scans.scan(tx, serial, who, self._policies)

        return await self._do(uid, unit)

    async def reprint(self, uid: int, gids: Sequence[int], serial: str, reason: str) -> LabelRow:
        """A further copy, with its mark. Raises `copies.OverQuota`, `copies.CannotCopy`."""
        most = self._most(uid, gids)
        return await self._do(uid, lambda tx, who: copies.reprint(tx, serial, reason, who, most))

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

    def _most(self, uid: int, gids: Sequence[int]) -> int | None:
        return None if self._supervisors.include(uid, gids) else self._per_day

    async def _do(self, uid: int, unit: Callable[[Tx, Person], T]) -> T:
        who = await person(self._lender, uid)
        return await self._store.write(lambda tx: unit(tx, who))
