"""The drop folder as a marketplace: which file comes next, which page of it, and where files go when they are done."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from waybilld_marketplaces.files.place import (
    OWN_FOLDERS,
    Place,
    Watch,
    identity_of,
    read_place,
    stat_version,
)
from waybilld_marketplaces.files.profile import ProfileError
from waybilld_marketplaces.files.putaway import PutAway
from waybilld_marketplaces.files.scan import Identity
from waybilld_marketplaces.files.settings import FilesSettings
from waybilld_marketplaces.files.shipped import ShippedFiles
from waybilld_marketplaces.files.survey import Survey
from waybilld_marketplaces.files.wire import House
from waybilld_marketplaces.files.work import Refusal, Unreadable, prepare, read_orders, rejected_csv, survey
from waybilld_sdk.context import Context, FileInfo, Limits
from waybilld_sdk.errors import NotReady, Retry, StopQueue
from waybilld_sdk.hooks import hookimpl
from waybilld_sdk.orders import (
    Confirmation,
    ConfirmationState,
    MarketplaceCapabilities,
    Order,
    OrderPage,
    RejectedRecord,
)
from waybilld_sdk.plugin import MarketplaceSpec, PluginInfo
from waybilld_sdk.settings import Settings

_WHOLE_FILE = Limits(seconds=50.0)
_ONE_PAGE = Limits(seconds=20.0)


@dataclass(slots=True)
class _Open:
    """The file that is being read: its survey, how far it was read without a gap, and which orders were rejected."""

    info: FileInfo
    found: Survey | Refusal
    read_to: int = 0
    rejected: list[int] = field(default_factory=list)


class FilesMarketplace:
    """A drop folder. The token of a page names file, content and position, so any page can be read again after a crash."""

    def __init__(self, ctx: Context, settings: FilesSettings) -> None:
        self._ctx = ctx
        self._settings = settings
        self._folder = ctx.folder(settings.folder)
        self._watch = Watch(settings.settle_seconds)
        self._house = House(settings.currency, settings.country, settings.timezone)
        self._away = PutAway(self._folder)
        self._shipped = ShippedFiles(ctx, self._folder, ZoneInfo(settings.timezone))
        self._open: _Open | None = None

    def capabilities(self) -> MarketplaceCapabilities:
        """A queue: files leave it when their last page is acknowledged."""
        return MarketplaceCapabilities(feed="queue")

    async def check(self) -> None:
        """Raises `StopQueue` for a wrong profile, `NotReady` for a folder that cannot be used now."""
        try:
            problem = await self._ctx.work(prepare, str(self._folder.path), self._settings.profile)
        except ProfileError as error:
            raise StopQueue(str(error)) from error
        if problem:
            raise NotReady(problem)

    async def close(self) -> None:
        """Forget the file that is being read."""
        self._open = None

    async def list_orders(self, token: str | None, limit: int) -> OrderPage:
        """The next page of the oldest settled file. Raises `NotReady`, `StopQueue`."""
        place = read_place(token) if token else None
        listing = await self._listing()
        settled = waiting = self._watch.settled(listing, self._ctx.monotonic())
        if place is not None:
            # A page that the host holds a token for is read on at once; otherwise its file only comes first.
            asked = [info for info in listing if info.name == place.name and info.regular]
            named = [info for info in asked if info in waiting or place.version]
            waiting = named + [info for info in waiting if info not in named]
        for info in waiting:
            opened = await self._survey(info)
            if opened is None:
                continue
            start = 0
            if place is not None and place.name == info.name and place.version == _version(opened.found):
                start = place.start
            elif info not in settled:
                continue  # not the content that was promised, and perhaps still being written
            rest = [other.name for other in waiting if other.name != info.name]
            page = await self._page(opened, start, min(limit, self._settings.page_orders), rest)
            if page is not None:
                return page
        return OrderPage(token="")

    async def _listing(self) -> Sequence[FileInfo]:
        try:
            listing = await self._folder.list()
        except OSError as error:
            raise NotReady(f"the drop folder {self._folder.path} cannot be read: {error.strerror}") from error
        self._watch.forget_missing(listing)
        for info in listing:
            if not info.regular and info.name not in OWN_FOLDERS and self._watch.is_news(info):
                self._ctx.log.warn("not a file: left alone in the drop folder", name=info.name)
        return [info for info in listing if not self._unnameable(info)]

    def _unnameable(self, info: FileInfo) -> bool:
        """A name that is not text cannot stand in a token or on a screen."""
        if info.name.isprintable() and info.name.encode(errors="ignore").decode() == info.name:
            return False
        if self._watch.is_news(info):
            self._ctx.log.warn("a file was left alone: its name is not valid text; rename it", name=repr(info.name))
        return True

    async def _survey(self, info: FileInfo) -> _Open | None:
        """Look through a file unless that was done; None for one that is gone or must be left alone."""
        if self._open is not None and self._open.info == info:
            return self._open
        path = str(self._folder.path / info.name)
        size = self._settings.max_file_mb << 20
        try:
            found = await self._ctx.work(survey, path, size, self._settings.profile, limits=_WHOLE_FILE)
        except ProfileError as error:
            raise StopQueue(str(error)) from error
        except Retry as error:
            found = Unreadable(str(error))  # its worker was killed: one such file must not stop the others
        if isinstance(found, Unreadable):
            if self._watch.is_news(info):
                self._ctx.log.warn("an order file cannot be read: left alone", name=info.name, why=found.reason)
            return None
        if found is None or _identity(found) != identity_of(info):
            return None
        self._open = _Open(info, found)
        return self._open

    async def _page(self, opened: _Open, start: int, limit: int, rest: Sequence[str]) -> OrderPage | None:
        """One page, or None when the file changed under our hands."""
        name, version = opened.info.name, _version(opened.found)
        follower = Place(rest[0], "", 0).token() if rest else None
        if isinstance(opened.found, Refusal):
            self._ctx.log.warn("an order file is refused as a whole; the reason will stand beside it", name=name)
            rejected = RejectedRecord(name, opened.found.reason, "")
            return OrderPage(Place(name, version, 0, 0).token(), rejected=(rejected,), next_token=follower)
        rows = opened.found.rows
        start = min(start, rows.orders)
        end = rows.page_end(start, limit)
        if not rows.orders:
            self._ctx.log.info("an order file holds column names and no orders", name=name)
        path = str(self._folder.path / name)
        cut = rows.take(range(start, end))
        read = await self._ctx.work(read_orders, path, cut, self._house, start, limits=_ONE_PAGE)
        if read is None:
            self._open = None
            return None
        if opened.read_to == start:
            opened.read_to = end
            opened.rejected.extend(refused.order for refused in read.refused)
        orders: tuple[Order, ...] = read.orders
        rejected_records = tuple(RejectedRecord(f"{name} row {one.row}", one.reason, one.raw) for one in read.refused)
        following = Place(name, version, end).token() if end < rows.orders else follower
        return OrderPage(Place(name, version, start, end).token(), orders, rejected_records, following)

    async def acknowledge(self, token: str) -> None:
        """Once the last page is committed: write the rejected rows beside, and move the file away. Repeatable."""
        place = read_place(token)
        if place is None:
            return
        try:
            listing = [info for info in await self._folder.list() if info.name == place.name and info.regular]
            opened = await self._survey(listing[0]) if listing else None
            if opened is None or _version(opened.found) != place.version:
                return  # moved already, or another file by now, which is read as such
            if isinstance(opened.found, Refusal):
                await self._away.refuse(place.name, opened.found.reason)
            elif place.end == opened.found.rows.orders:
                await self._put_away(opened, opened.found)
            else:
                return
        except OSError as error:
            raise Retry(f"{place.name} in {self._folder.path} cannot be put away: {error.strerror}") from error
        self._open = None

    async def _put_away(self, opened: _Open, found: Survey) -> None:
        name, orders = opened.info.name, found.rows.orders
        # After a restart in the middle nobody remembers the rejected orders of the first pages: look through all.
        rejected = 0
        suspects: Sequence[int] = opened.rejected if opened.read_to == orders else range(orders)
        if suspects:
            path = str(self._folder.path / name)
            picked = found.rows.take(suspects)
            kept = await self._ctx.work(rejected_csv, path, picked, self._house, limits=_WHOLE_FILE)
            if kept is None:
                return  # changed at this moment: the new content is read as a new file
            data, rejected = kept
            if data:
                await self._away.keep_rows(f"{name}.csv", data)
        await self._away.finish(name)
        self._ctx.log.info("an order file is done", name=name, orders=orders, rejected=rejected)

    async def get_order(self, external_id: str) -> Order | None:  # noqa: ARG002 - the port's signature
        """None: a file says what was, never what is."""
        return None

    async def confirm_shipment(self, confirmation: Confirmation) -> None:
        """Append to today's file in `shipped`. Raises `InDoubt` when the disk refused."""
        await self._shipped.confirm(confirmation)

    async def confirmation_state(self, key: str) -> ConfirmationState:
        """Whether the key stands in one of the files in `shipped`. Raises `NotReady`."""
        try:
            return await self._shipped.state(key)
        except OSError as error:
            raise NotReady(f"{self._folder.path}/shipped cannot be read: {error.strerror}") from error


def _version(found: Survey | Refusal) -> str:
    return found.sha256 if isinstance(found, Survey) else stat_version(found.identity)


def _identity(found: Survey | Refusal) -> Identity:
    return found.rows.identity if isinstance(found, Survey) else found.identity


def _make(ctx: Context, settings: Settings) -> FilesMarketplace:
    assert isinstance(settings, FilesSettings)
    return FilesMarketplace(ctx, settings)


class FilesPlugin:
    """The hooks of this package."""

    @hookimpl
    def waybilld_plugin_info(self) -> PluginInfo:
        """Who this is."""
        return PluginInfo("files", "0.1.0", (1, 0), "Order exports from a drop folder, confirmations as CSV")

    @hookimpl
    def waybilld_register_marketplaces(self) -> Sequence[MarketplaceSpec]:
        """The one marketplace."""
        return [MarketplaceSpec("files", "CSV drop folder", FilesSettings, _make, parallel=32, deadline=60.0)]


plugin = FilesPlugin()
