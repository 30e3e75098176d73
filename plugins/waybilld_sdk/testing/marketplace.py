"""What every marketplace adapter must keep, as tests to inherit."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from waybilld_sdk.errors import AdapterError
from waybilld_sdk.orders import Confirmation, ConfirmationState, Order, OrderPage
from waybilld_sdk.ports import Marketplace
from waybilld_sdk.testing.context import FakeContext
from waybilld_sdk.testing.run import run_now

_MOST_PAGES = 1000


class MarketplaceContract:
    """Subclass it in a test module, name the class `Test…`, and give `make`, `fill` and `broken`.

    Everything runs on a `FakeContext`. `page_limit` is the number of orders asked for in one page.
    """

    page_limit = 10

    def make(self, ctx: FakeContext, tmp_path: Path) -> Marketplace:
        """A new instance on this context, as after a restart of the daemon. Called several times in one test."""
        raise NotImplementedError

    def fill(self, ctx: FakeContext, tmp_path: Path, good: int, bad: int) -> None:
        """Put orders into the feed, the bad ones between the good ones, and let time pass until they may be listed."""
        raise NotImplementedError

    def broken(self, ctx: FakeContext, tmp_path: Path) -> Marketplace:
        """An instance whose `check()` must fail."""
        raise NotImplementedError

    @pytest.fixture
    def ctx(self) -> FakeContext:
        """The context under all instances of one test."""
        return FakeContext()

    def pages(self, market: Marketplace, token: str | None = None, *, acknowledge: bool = True) -> Iterator[OrderPage]:
        """Every page as the host asks for them, from `token` on."""
        for _page in range(_MOST_PAGES):
            page = run_now(market.list_orders(token, self.page_limit))
            yield page
            if acknowledge:
                run_now(market.acknowledge(page.token))
            token = page.next_token
            if token is None:
                return
        raise AssertionError(f"the feed did not end after {_MOST_PAGES} pages: next_token must become None")

    def orders(self, market: Marketplace) -> list[Order]:
        """Every order of the feed."""
        return [order for page in self.pages(market) for order in page.orders]

    def test_empty_feed_ends_at_once(self, ctx: FakeContext, tmp_path: Path) -> None:
        """A shop without orders must not be asked again and again in one poll."""
        (page,) = self.pages(self.make(ctx, tmp_path))
        assert (page.orders, page.rejected, page.next_token) == ((), (), None)

    def test_paging_ends_and_gives_every_order_once(self, ctx: FakeContext, tmp_path: Path) -> None:
        """Orders must be neither lost nor doubled between pages, and no page may be larger than asked for."""
        self.fill(ctx, tmp_path, good=25, bad=0)
        market = self.make(ctx, tmp_path)
        found = list(self.pages(market))
        ids = [order.external_id for page in found for order in page.orders]
        assert len(ids) == len(set(ids)) == 25
        assert max(len(page.orders) for page in found) <= self.page_limit

    def test_acknowledge_may_be_repeated(self, ctx: FakeContext, tmp_path: Path) -> None:
        """After a crash between commit and acknowledgement the host acknowledges again, also on a new instance."""
        self.fill(ctx, tmp_path, good=15, bad=1)
        market = self.make(ctx, tmp_path)
        for page in self.pages(market):
            run_now(market.acknowledge(page.token))
            run_now(self.make(ctx, tmp_path).acknowledge(page.token))

    def test_restart_at_every_page_loses_nothing(self, ctx: FakeContext, tmp_path: Path) -> None:
        """The host keeps the token over a restart: a new instance must read on from it."""
        self.fill(ctx, tmp_path, good=25, bad=0)
        token: str | None = None
        ids: set[str] = set()
        for _page in range(_MOST_PAGES):
            page = run_now(self.make(ctx, tmp_path).list_orders(token, self.page_limit))
            ids.update(order.external_id for order in page.orders)
            run_now(self.make(ctx, tmp_path).acknowledge(page.token))
            token = page.next_token
            if token is None:
                break
        assert len(ids) == 25

    def test_bad_records_do_not_stop_the_page(self, ctx: FakeContext, tmp_path: Path) -> None:
        """One bad record must not hold up the others, and must be told with place and reason."""
        self.fill(ctx, tmp_path, good=12, bad=3)
        found = list(self.pages(self.make(ctx, tmp_path)))
        assert sum(len(page.orders) for page in found) == 12
        rejected = [record for page in found for record in page.rejected]
        assert len(rejected) == 3
        assert all(record.where and record.reason for record in rejected)

    def test_orders_are_whole(self, ctx: FakeContext, tmp_path: Path) -> None:
        """What the rest of the daemon relies on: ids, unique line references, aware UTC instants."""
        self.fill(ctx, tmp_path, good=5, bad=0)
        for order in self.orders(self.make(ctx, tmp_path)):
            assert order.external_id
            assert len({line.ref for line in order.lines}) == len(order.lines)
            for instant in (order.paid_at, order.ship_by):
                assert instant is None or instant.utcoffset() == timedelta(0)

    def test_confirmation_with_the_same_key_changes_nothing(self, ctx: FakeContext, tmp_path: Path) -> None:
        """A confirmation whose answer was lost is sent again; the platform must know one parcel, not two."""
        market = self.make(ctx, tmp_path)
        if not market.capabilities().can_confirm:
            return
        confirmation = Confirmation("key-1", "A-1", "post", "RR473124829GB", ctx.now(), (("L1", 2),))
        assert run_now(market.confirmation_state("key-1")) is not ConfirmationState.CONFIRMED
        run_now(market.confirm_shipment(confirmation))
        before = self.confirmed(ctx, tmp_path)
        run_now(market.confirm_shipment(confirmation))
        again = self.make(ctx, tmp_path)
        run_now(again.confirm_shipment(confirmation))
        assert self.confirmed(ctx, tmp_path) == before
        assert run_now(again.confirmation_state("key-1")) is not ConfirmationState.ABSENT

    def confirmed(self, ctx: FakeContext, tmp_path: Path) -> object:
        """Everything the platform was told so far, comparable by ==. Override it where there is something to look at."""
        return (ctx.instance, tmp_path)

    def test_check_passes_and_fails_in_the_taxonomy(self, ctx: FakeContext, tmp_path: Path) -> None:
        """`waybilld check` shows the sentence of an adapter's error; anything else is shown as a bug."""
        run_now(self.make(ctx, tmp_path).check())
        with pytest.raises(AdapterError) as caught:
            run_now(self.broken(ctx, tmp_path).check())
        assert str(caught.value)

    def test_close_may_be_repeated(self, ctx: FakeContext, tmp_path: Path) -> None:
        """A stopping daemon closes without knowing whether that was done."""
        market = self.make(ctx, tmp_path)
        run_now(market.close())
        run_now(market.close())
