"""Runs of own delivery as people use them: asked for the role, drawn in a worker process, and written down before shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from twisted.logger import Logger

from waybilld.core.runs import Dispatchers, Person, sheet_request
from waybilld.host.context import Lender
from waybilld.host.drawing import RendererBug, draw_sheet
from waybilld.services.persons import person
from waybilld.store import runs
from waybilld.store.database import Store
from waybilld.store.seal import Seal
from waybilld_sdk.context import Limits
from waybilld_sdk.errors import AdapterError
from waybilld_sdk.labels import LanguageSpec, Render

log = Logger()
PDF = "pdf"
PNG = "png"
DRAW_S = 45.0
"""Seconds for a sheet, less than a connection lives."""


class NotDispatcher(Exception):
    """Somebody without the role asked; the message says for what."""


class Undrawable(Exception):
    """The sheet cannot be drawn as it was asked for; the message says why and what to do."""


class RunDesk:
    """Opens, shows and closes runs for dispatchers."""

    def __init__(
        self,
        store: Store,
        seal: Seal,
        lender: Lender,
        render: Render,
        languages: Mapping[str, LanguageSpec],
        dispatchers: Dispatchers,
        own_accounts: frozenset[str],
    ) -> None:
        self._store = store
        self._seal = seal
        self._lender = lender
        self._render = render
        self._languages = languages
        self._dispatchers = dispatchers
        self._own_accounts = own_accounts

    async def admit(self, uid: int, gids: Sequence[int], what: str) -> Person:
        """Who asks to do something. Raises `NotDispatcher` for somebody without the role, once that is in the journal."""
        who = await person(self._lender, uid)
        if self._dispatchers.include(uid, gids):
            return who
        log.warn("{who} is no dispatcher and was refused to {what}", who=str(who), what=what)
        await self._store.write(lambda tx: runs.refused(tx, what, who))
        raise NotDispatcher(f"{who} is no dispatcher, and may not {what}")

    async def open(self, who: Person, name: str, shipments: Sequence[int]) -> int:
        """Open a run; its number. Raises `runs.CannotGo`."""
        return await self._store.write(lambda tx: runs.open_run(tx, name, shipments, self._own_accounts, who))

    async def close(self, who: Person, number: int) -> None:
        """Close a run and shred its sheet. Raises `runs.NoRun`, `runs.RunClosed`."""
        await self._store.write(lambda tx: runs.close_run(tx, number, who))

    async def sheet(self, who: Person, number: int, form: str, page: int | None) -> bytes:
        """The sheet of an open run as PDF, or one page of it as PNG (`page` None: its only one).

        It is drawn anew each time and kept nowhere; that it is shown stands in the journal before anybody has it.
        Raises `runs.NoRun`, `runs.RunClosed`, `Undrawable`.
        """
        found = await self._store.read(lambda run: runs.sheet(run, self._seal, number))
        bind = self._languages[PDF].bind if PDF in self._languages else None
        if form == PDF and bind is None:
            raise Undrawable("no enabled plugin makes a PDF of several pages: ask for PNG, or name one in `labels.plugins`")
        drawn = await self._lender.work(
            draw_sheet,
            self._render,
            sheet_request(found.name, found.stops),
            bind if form == PDF else None,
            page or 1,
            limits=Limits(DRAW_S),
        )
        if isinstance(drawn, AdapterError | RendererBug):
            raise Undrawable(str(drawn))
        if form == PNG and page is None and drawn.pages > 1:
            raise Undrawable(f"the sheet has {drawn.pages} pages and a PNG holds one: name the page, or ask for PDF")
        if not drawn.data:
            raise Undrawable(f"the sheet has {drawn.pages} pages: there is no page {page}")
        await self._store.write(lambda tx: runs.shown(tx, number, who, form, page))
        return drawn.data
