"""What people tell waybilld of their printers: a new roll, what was mended, a bad label, what lies on the shelf."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from waybilld.core.cards import Fitted
from waybilld.core.heads import Upkeep
from waybilld.core.packs import meter_name
from waybilld.core.rolls import MOST_MM, Wound, length_of, wrong_media
from waybilld.core.spares import Doing, Kind
from waybilld.core.troubles import Cause
from waybilld.host.context import Lender
from waybilld.services.caretaker import Caretaker
from waybilld.services.meters import Meters
from waybilld.services.persons import person
from waybilld.store import care, spares, troubles
from waybilld.store.database import Store
from waybilld.store.tx import Tx


class UnknownName(LookupError):
    """There is no printer or warehouse of that name; the message says which there are."""


class OtherMedia(ValueError):
    """Somebody says that other media are in a printer than labels are drawn for: they are asked whether they are sure."""


@dataclass(frozen=True, slots=True)
class Roll:
    """What somebody put into a printer: a roll by its length in millimetres or by its labels, a ribbon by its length.
    `media` is that of the roll as `100x150`, empty where they did not say; alone, it is that of the roll which is in it.
    `sure`: they were asked about media that labels are not drawn for."""

    roll_mm: int | None = None
    labels: int | None = None
    ribbon_mm: int | None = None
    media: str = ""
    sure: bool = False


class CareDesk:
    """Takes what people say, with who said it."""

    def __init__(
        self,
        printers: Mapping[str, Fitted],
        warehouses: tuple[str, ...],
        caretaker: Caretaker,
        store: Store,
        lender: Lender,
        meters: Meters,
        look: Callable[[str], None],
    ) -> None:
        """`look` has a printer's lane look at it: nobody else may."""
        self.printers = printers
        self.caretaker = caretaker
        self._warehouses = warehouses
        self._store = store
        self._lender = lender
        self._meters = meters
        self._look = look

    def fitted(self, printer: str) -> Fitted:
        """A printer by its name. Raises `UnknownName`."""
        if printer not in self.printers:
            raise UnknownName(f"there is no printer {printer}: there are {', '.join(self.printers) or 'none'}")
        return self.printers[printer]

    async def load(self, uid: int, printer: str, given: Roll) -> None:
        """A roll, a ribbon or both were put in, or the media of what is in it is told. Raises `UnknownName`, `OtherMedia`,
        and `ValueError` for more than a roll can hold."""
        pitch_mm = self.fitted(printer).pitch_mm
        roll_mm = length_of(given.labels, pitch_mm) if given.labels is not None else given.roll_mm
        if roll_mm is not None and not pitch_mm <= roll_mm <= MOST_MM:
            most = MOST_MM // 1_000_000
            raise ValueError(f"a roll holds at least one label of {pitch_mm:g} mm, and is at most {most} km long")
        await self._doubt(printer, given)
        who = await person(self._lender, uid)
        at = await self.caretaker.ask(printer, lambda: self._look(printer))

        def unit(tx: Tx) -> None:
            if given.media and roll_mm is None:
                care.tell_media(tx, printer, pitch_mm, given.media, who)
            if roll_mm is not None:
                care.load(tx, printer, Wound.ROLL, roll_mm, pitch_mm, at, given.media, who)
            if given.ribbon_mm is not None:
                care.load(tx, printer, Wound.RIBBON, given.ribbon_mm, pitch_mm, at, "", who)

        await self._store.write(unit)
        await self.caretaker.loaded(printer)

    async def _doubt(self, printer: str, given: Roll) -> None:
        """Ask back about media that labels are not drawn for, unless that was answered, or was told before."""
        wanted = self.printers[printer].media
        if given.sure or not wrong_media(given.media, wanted):
            return
        told, _ = await self._store.read(lambda run: care.media_in(run, printer))
        if told != given.media:
            raise OtherMedia(f"labels of {given.media} mm are told, and {printer} is set up for {wanted} mm")

    async def maintain(self, uid: int, printer: str, what: Upkeep, note: str) -> None:
        """Something was done to a printer. Raises `UnknownName`."""
        self.fitted(printer)
        who = await person(self._lender, uid)
        at = await self.caretaker.ask(printer, lambda: self._look(printer))
        at = at if at.tells else self.caretaker.counters(printer)
        await self._store.write(lambda tx: care.maintain(tx, printer, what, note, at, who))
        self.caretaker.measure_soon()

    async def undo_maintenance(self, uid: int, printer: str) -> None:
        """What was written down of a printer last was a mistake. Raises `UnknownName`, `care.NothingToUndo`."""
        self.fitted(printer)
        who = await person(self._lender, uid)
        await self._store.write(lambda tx: care.undo_maintenance(tx, printer, who))
        self.caretaker.measure_soon()

    async def report(self, uid: int, serial: str, cause: Cause, note: str) -> str:
        """A label is bad; the printer that it came from. Raises `troubles.NoLabel`, `troubles.NeverSent`."""
        who = await person(self._lender, uid)
        printer = await self._store.write(lambda tx: troubles.report(tx, serial, cause, note, who))
        # One series for all packs: each label of a pack has a name of its own.
        self._meters.troubles.labels(meter_name(printer), cause.value).inc()
        return printer

    async def set_spare(self, uid: int, warehouse: str, item: str, kind: Kind | None, reorder_at: int) -> None:
        """Keep an item, and say when to order it. Raises `UnknownName`, `spares.TooMany`."""
        self._known(warehouse)
        who = await person(self._lender, uid)
        await self._store.write(lambda tx: spares.set_item(tx, warehouse, item, kind, reorder_at, who))
        self.caretaker.measure_soon()

    async def move_spare(self, uid: int, warehouse: str, item: str, doing: Doing, amount: int) -> None:
        """Add, take or count pieces. Raises `UnknownName`, `spares.NoItem`, and what `core.spares.after` raises."""
        self._known(warehouse)
        who = await person(self._lender, uid)
        there = await self._store.write(lambda tx: spares.move(tx, warehouse, item, doing, amount, who))
        self._meters.show(self._meters.spares, (warehouse, item), there)

    def _known(self, warehouse: str) -> None:
        if warehouse not in self._warehouses:
            raise UnknownName(f"there is no warehouse {warehouse}: there are {', '.join(self._warehouses) or 'none'}")
