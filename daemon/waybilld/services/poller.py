"""One poller per shop: asks the marketplace, commits page and jobs together, and only then acknowledges."""

from __future__ import annotations

from twisted.logger import Logger

from waybilld.core.policy import Policies
from waybilld.host.guard import PluginBug, Quarantined
from waybilld.services.base import Loop
from waybilld.services.clock import Clock
from waybilld.services.fleet import Instance
from waybilld.services.meters import Meters
from waybilld.store.database import Store
from waybilld.store.engine import StoreUnavailable
from waybilld.store.ingest import Ingested, ingest
from waybilld_sdk.errors import AdapterError, Retry, Throttled
from waybilld_sdk.orders import OrderPage
from waybilld_sdk.ports import Marketplace

log = Logger()
_PAGE_ORDERS = 500
_LONGEST_PAUSE_S = 300.0
_FULL_DISK_PAUSE_S = 2.0


class Poller(Loop):
    """Reads one shop's feed page by page."""

    def __init__(
        self,
        shop: Instance[Marketplace],
        policies: Policies,
        store: Store,
        clock: Clock,
        meters: Meters,
        poll_s: float,
    ) -> None:
        super().__init__(f"poller-{shop.name}", clock)
        self._shop = shop
        self._policies = policies
        self._store = store
        self._meters = meters
        self._poll_s = poll_s
        self._trouble = ""
        self._failures = 0

    async def run(self) -> None:
        """Read everything that is new, pause, and again."""
        while not self.stopping:
            try:
                await self._read_all()
            except (AdapterError, PluginBug, Quarantined, StoreUnavailable) as e:
                await self.pause(self._troubled(e))
                continue
            self._well()
            await self.pause(self._poll_s)

    async def _read_all(self) -> None:
        token: str | None = None
        while not self.stopping:
            page = await self._page(token)
            await self._take(page)
            if page.next_token is None or page.next_token == token:
                # A feed that leads back to the page that it just gave has no more either.
                return
            token = page.next_token

    async def _page(self, token: str | None) -> OrderPage:
        return await self._shop.guard.call(
            "list_orders", lambda: self._shop.port.list_orders(token, _PAGE_ORDERS), returns=OrderPage
        )

    async def _take(self, page: OrderPage) -> None:
        policy = self._policies.shops[self._shop.name]
        if page.orders or page.rejected:
            taken = await self._store.write(lambda tx: ingest(tx, policy, self._policies, page))
            self._count(taken)
        # Only now may the feed let go of the page: it stands in our database.
        await self._shop.guard.call("acknowledge", lambda: self._shop.port.acknowledge(page.token))

    def _count(self, taken: Ingested) -> None:
        for outcome in ("new", "changed", "unchanged", "quarantined"):
            number = getattr(taken, outcome)
            if number:
                self._meters.orders_seen.labels(self._shop.name, outcome).inc(number)
        if taken.new or taken.changed or taken.quarantined:
            log.info(
                "{shop}: {new} new orders, {changed} changed, {quarantined} records quarantined",
                shop=self._shop.name,
                new=taken.new,
                changed=taken.changed,
                quarantined=taken.quarantined,
            )

    def _well(self) -> None:
        self._meters.last_poll.labels(self._shop.name).set(self.clock.now_s())
        if self._trouble:
            log.info("{shop}: works again", shop=self._shop.name)
        self._trouble, self._failures = "", 0

    def _troubled(self, error: Exception) -> float:
        """Say a trouble once, and how long to wait before asking again."""
        if isinstance(error, StoreUnavailable):
            return max(self._poll_s, _FULL_DISK_PAUSE_S)  # the database says it itself, once for everybody
        self._failures += 1
        if str(error) != self._trouble:
            self._trouble = str(error)
            log.warn("{shop}: {why}", shop=self._shop.name, why=str(error))
        if isinstance(error, Throttled):
            return max(0.0, error.until.timestamp() - self.clock.now_s())
        if isinstance(error, Retry) and error.after is not None:
            return max(self._poll_s, error.after)
        return min(_LONGEST_PAUSE_S, max(self._poll_s, 1.0) * 2.0 ** min(self._failures - 1, 8))
