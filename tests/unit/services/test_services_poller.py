"""One shop's feed: committed before it is let go, slowed down by trouble, and silent about what was said already."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest
from twisted.logger import ILogObserver, LogEvent, LogLevel, formatEvent, globalLogPublisher

from support.services_house import House
from support.sim.base import START_S
from support.sim.market import sample_order
from waybilld.services.fleet import Instance
from waybilld.services.poller import Poller
from waybilld_sdk.errors import AuthNeeded, Retry, Throttled
from waybilld_sdk.orders import OrderPage, RejectedRecord

PAID = datetime(2026, 3, 2, 7, 0, tzinfo=UTC)


@pytest.fixture
def house() -> Iterator[House]:
    house = House()
    yield house
    house.close()


@pytest.fixture
def warnings() -> Iterator[list[str]]:
    """Every warning that is logged."""
    found: list[str] = []

    def observe(event: LogEvent) -> None:
        if event["log_level"] is LogLevel.warn:
            found.append(formatEvent(event))

    globalLogPublisher.addObserver(cast(ILogObserver, observe))
    yield found
    globalLogPublisher.removeObserver(cast(ILogObserver, observe))


class Feed:
    """A queue of pages. `told` lists what it was asked, with what stood in the database at that moment."""

    def __init__(self, house: House, *pages: OrderPage | Exception) -> None:
        self._house = house
        self._pages = list(pages)
        self.told: list[tuple[str, str | None, int]] = []
        self.times: list[float] = []

    async def list_orders(self, token: str | None, limit: int) -> OrderPage:
        self._note("list", token)
        page = self._pages.pop(0) if self._pages else OrderPage("end")
        if isinstance(page, Exception):
            raise page
        return page

    async def acknowledge(self, token: str) -> None:
        self._note("acknowledge", token)

    def _note(self, what: str, token: str | None) -> None:
        self.told.append((what, token, len(self._house.rows("order"))))
        if what == "list":
            self.times.append(round(self._house.now() - self.times[0] if self.times else self._house.now(), 1))


def poller_of(house: House, feed: Feed, poll_s: float = 10.0) -> Poller:
    """A poller on this feed, begun."""
    instance: Instance[Any] = Instance("shop", "feed", feed, house.guard("shop.shop"))
    poller = Poller(instance, house.policies, house.store, house.clock, house.meters, poll_s)
    house.wait(poller.start())
    return poller


def page(token: str, *numbers: int, following: str | None = None) -> OrderPage:
    return OrderPage(token, tuple(sample_order(n, 1, PAID) for n in numbers), next_token=following)


def test_a_page_is_acknowledged_only_after_its_commit(house: House) -> None:
    """Acknowledged first, a page that a crash keeps from the database is lost for good."""
    feed = Feed(house, page("p1", 1, 2, following="p2"), page("p2", 3))
    poller = poller_of(house, feed)
    house.turn(2)
    assert feed.told == [
        ("list", None, 0),
        ("acknowledge", "p1", 2),
        ("list", "p2", 2),
        ("acknowledge", "p2", 3),
    ]
    house.turn(10)
    assert feed.told[4] == ("list", None, 3)
    house.wait(poller.stop())


def test_a_page_that_cannot_be_committed_is_not_let_go(house: House) -> None:
    """On a full disk the feed keeps the orders, and gives them again once there is room."""
    feed = Feed(house, page("p1", 1), page("p1", 1))
    house.disk.full = True
    poller_of(house, feed)
    house.turn(9)
    assert [what for what, _, _ in feed.told] == ["list"]
    house.disk.full = False
    house.turn(5)
    assert feed.told[1:3] == [("list", None, 0), ("acknowledge", "p1", 1)]


def test_repeated_pages_change_nothing(house: House) -> None:
    """A feed that forgets acknowledgements must not make a second parcel."""
    feed = Feed(house, page("p1", 1, 2), page("p1", 1, 2), page("p1", 2, 1))
    poller_of(house, feed, poll_s=1.0)
    house.turn(10)
    assert len(house.rows("order")) == len(house.rows("shipment")) == 2
    assert house.meters.orders_seen.labels("shop", "unchanged")._value.get() == 4


def test_bad_records_are_kept_apart_and_the_page_goes_on(house: House) -> None:
    """One unreadable row must not hold up a shop."""
    feed = Feed(house, OrderPage("p1", (sample_order(1, 1, PAID),), (RejectedRecord("row 2", "no number", "x,y"),)))
    poller_of(house, feed)
    house.turn(1)
    assert [q["place"] for q in house.rows("quarantine")] == ["row 2"]
    assert len(house.rows("order")) == 1


def test_a_trouble_is_said_once_and_its_end_too(house: House, warnings: list[str]) -> None:
    """An hour without network must be one line in the log, not one for each poll."""
    feed = Feed(house, *[Retry("no route to the shop")] * 4, page("p1", 1), Retry("no route to the shop"))
    poller_of(house, feed, poll_s=1.0)
    house.turn(60)
    assert warnings == ["shop: no route to the shop"] * 2


def test_trouble_slows_the_asking_down_and_success_restores_it(house: House) -> None:
    """A shop that is down must neither be hammered nor forgotten."""
    feed = Feed(house, *[Retry("down")] * 4)
    poller_of(house, feed, poll_s=1.0)
    house.turn(20)
    gaps = [b - a for a, b in zip([0.0, *feed.times[1:]], feed.times[1:], strict=False)]
    assert [round(gap) for gap in gaps[:6]] == [1, 2, 4, 8, 1, 1]


@pytest.mark.parametrize(
    ("trouble", "pause"),
    [
        (Retry("busy", after=30), 30),
        (Retry("busy", after=0.1), 10),
        (Throttled("quota", datetime.fromtimestamp(START_S, UTC) + timedelta(seconds=100)), 100),
        (AuthNeeded("the token expired", "token"), 10),
    ],
    ids=["after", "after-soon", "throttled", "auth"],
)
def test_the_shops_own_word_on_when_to_come_back_counts(house: House, trouble: Exception, pause: float) -> None:
    """Coming back too early is what gets an account blocked."""
    feed = Feed(house, trouble)
    poller_of(house, feed)
    house.turn(pause - 1)
    assert len(feed.times) == 1
    house.turn(2)
    assert len(feed.times) == 2


def test_a_broken_adapter_ends_in_quarantine_and_the_loop_lives(house: House, log_failures: list[str]) -> None:
    """Five bugs and nobody calls it any more; a release lets the same loop go on."""
    feed = Feed(house, *[KeyError("bug")] * 5, page("p1", 1))
    poller = poller_of(house, feed, poll_s=1.0)
    house.turn(200)
    assert len(feed.times) == 5
    poller._shop.guard.release()
    house.turn(400)
    assert len(house.rows("order")) == 1
    assert len(log_failures) == 5


def test_a_stop_between_two_pages_is_a_stop(house: House) -> None:
    """A feed of a million orders must not keep the daemon from stopping."""
    feed = Feed(house, *[page(f"p{n}", n, following=f"p{n + 1}") for n in range(1, 2000)])
    poller = poller_of(house, feed)
    house.turn(0.2)
    house.wait(poller.stop(), seconds=2)
    assert 0 < len(house.rows("order")) < 1000
