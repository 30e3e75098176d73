"""Packs as people use them: made out of what waits, drawn in a worker process, and written down before they are given."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from waybilld.core.packs import Mark, check_off, strip
from waybilld.core.policy import Policies
from waybilld.core.runs import Dispatchers, Person
from waybilld.host.context import Lender
from waybilld.host.drawing import RendererBug
from waybilld.host.packing import draw_pack
from waybilld.services.clock import Clock
from waybilld.services.persons import person
from waybilld.store import packmaking, packs
from waybilld.store.database import Store
from waybilld.store.packmaking import Made
from waybilld.store.queries import packs as queries
from waybilld.store.seal import Seal
from waybilld_sdk.context import Limits
from waybilld_sdk.errors import AdapterError
from waybilld_sdk.labels import Bind, LanguageSpec, Render

PDF = "pdf"
DRAW_S = 45.0
"""Seconds for the file of a pack, less than a connection lives. For 200 labels of 100 x 150 mm it took 1.7 at 8 dots per mm
and 17 at 24."""


class Undrawable(Exception):
    """The file of a pack cannot be made; the message says why and what to do."""


class PackDesk:
    """Makes packs, gives their PDF, and takes back what people ticked. `per_day`: copies that somebody may ask for in 24
    hours who is no supervisor."""

    def __init__(
        self,
        store: Store,
        seal: Seal,
        lender: Lender,
        clock: Clock,
        render: Render,
        languages: Mapping[str, LanguageSpec],
        policies: Policies,
        epoch: int,
        print_within_us: int,
        per_day: int,
        supervisors: Dispatchers,
    ) -> None:
        self._store = store
        self._seal = seal
        self._lender = lender
        self._clock = clock
        self._render = render
        self._languages = languages
        self._policies = policies
        self._epoch = epoch
        self._print_within_us = print_within_us
        self._per_day = per_day
        self._supervisors = supervisors

    async def person(self, uid: int) -> Person:
        """Who asks."""
        return await person(self._lender, uid)

    async def make(self, who: Person, pool: str, most: int) -> Made:
        """Take labels out of the spool; from here on no printer takes them. Raises `Undrawable` where no file could be made
        of them: then they stay where they are."""
        if self._bind() is None:
            raise Undrawable(_NO_BIND)
        oldest_us = self._clock.now_us() - self._print_within_us if self._print_within_us else 0
        return await self._store.write(lambda tx: packmaking.make(tx, pool, most, who, self._epoch, oldest_us))

    async def pdf(self, who: Person, number: int) -> bytes:
        """The check-off sheet and the labels of a pack that are still open: while nothing is settled, the same bytes each
        time. That it is given stands in the journal before anybody has it.

        Raises `packs.NoPack`, `packs.PackClosed`, `packs.PackChanged`, `Shredded`, `Undrawable`.
        """
        found = await self._store.read(lambda run: queries.contents(run, self._seal, number))
        bind = self._bind()
        if bind is None:
            raise Undrawable(_NO_BIND)
        dots, items = found.dots_per_mm, [item for item, _ in found.labels]
        drawn = await self._lender.work(
            draw_pack,
            self._render,
            check_off(number, found.pool, items, dots),
            [(page, strip(number, item, page.width, dots)) for item, page in found.labels],
            bind,
            limits=Limits(DRAW_S),
        )
        if isinstance(drawn, AdapterError | RendererBug):
            raise Undrawable(str(drawn))
        await self._store.write(lambda tx: packs.shown(tx, number, [item.number for item in items], who))
        return drawn

    async def settle(self, who: Person, gids: Sequence[int], number: int, told: Mapping[Mark, str]) -> None:
        """Take back what people ticked, all of it or nothing; each spoiled label is a copy that they ask for. Raises
        `packs.NoPack`, `core.packs.Unclear`, `copies.OverQuota`."""
        most = None if self._supervisors.include(who.uid, gids) else self._per_day
        await self._store.write(lambda tx: packs.settle(tx, number, told, who, self._policies, most))

    def _bind(self) -> Bind | None:
        return self._languages[PDF].bind if PDF in self._languages else None


_NO_BIND = "no enabled plugin makes a PDF of several pages: name one in `labels.plugins` and restart the daemon"
