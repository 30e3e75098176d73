"""A marketplace of the simulation: the platform, which outlives the daemon and keeps its own ledger, and its adapter."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from support.sim.base import Ether
from waybilld_sdk.context import Context
from waybilld_sdk.errors import InDoubt, Retry, Throttled
from waybilld_sdk.orders import (
    Confirmation,
    ConfirmationState,
    Consignee,
    MarketplaceCapabilities,
    Money,
    Order,
    OrderLine,
    OrderPage,
    OrderStatus,
    RejectedRecord,
)
from waybilld_sdk.plugin import MarketplaceSpec
from waybilld_sdk.settings import Settings

_PAGE = 7


def sample_order(number: int, dice_quantity: int, paid_at: datetime) -> Order:
    """A fictional order. Every fifth asks for a service by name."""
    return Order(
        external_id=f"SIM-{number:04d}",
        status=OrderStatus.PAID,
        consignee=Consignee(
            "测试收件人" if number % 2 else "Test Person",
            phone=f"1380000{number:04d}",
            country="CN",
            province="示例省",
            city="示例市",
            district="示例区",
            street=f"示例路{number}号",
        ),
        lines=tuple(
            OrderLine(f"L{i}", f"SKU-{number}-{i}", f"Sample article {i}", dice_quantity + i, Money(1999, "CNY"))
            for i in range(1 + number % 3)
        ),
        paid_at=paid_at,
        service_wanted="express" if number % 5 == 0 else "",
    )


@dataclass(slots=True)
class Platform:
    """The platform's own truth. The feed is a list of order ids in the order in which something happened to them."""

    ether: Ether
    orders: dict[str, Order] = field(default_factory=dict)
    feed: list[str] = field(default_factory=list)
    acknowledged: set[int] = field(default_factory=set)
    """Places in the feed that need not be shown again."""
    served: set[str] = field(default_factory=set)
    taken: set[str] = field(default_factory=set)
    """Orders of acknowledged pages: from then on they are the daemon's to keep."""
    confirmed: dict[str, Confirmation] = field(default_factory=dict)
    heard: Callable[[Confirmation], None] = lambda _: None
    """Told of every new confirmation at the moment at which it arrives."""
    fails: float = 0.0
    forgets: float = 0.0
    loses: float = 0.0
    hangs: float = 0.0
    throttles: float = 0.0
    bad_record: str = ""
    bugs_left: int = 0

    def put(self, order: Order) -> None:
        """A new order, or a new state of one."""
        self.orders[order.external_id] = order
        self.feed.append(order.external_id)
        self.ether.trace("platform", f"{order.external_id} is {order.status}, {order.lines[0].quantity} of the first line")

    def change(self, external_id: str) -> None:
        """The buyer corrects the address and takes one piece more."""
        old = self.orders[external_id]
        lines = (replace(old.lines[0], quantity=old.lines[0].quantity + 1), *old.lines[1:])
        self.put(replace(old, consignee=replace(old.consignee, street=f"{old.consignee.street}A"), lines=lines))

    def cancel(self, external_id: str) -> None:
        """The buyer cancels."""
        self.put(replace(self.orders[external_id], status=OrderStatus.CANCELLED))

    def quiet(self) -> None:
        """From now on the platform behaves."""
        self.fails = self.forgets = self.loses = self.hangs = self.throttles = 0.0
        self.bad_record, self.bugs_left = "", 0


class SimMarketplace:
    """The adapter: a queue feed over the platform, with a network between them."""

    def __init__(self, ctx: Context, platform: Platform) -> None:
        self._ctx = ctx
        self._platform = platform

    def capabilities(self) -> MarketplaceCapabilities:
        """A queue that takes confirmations."""
        return MarketplaceCapabilities("queue")

    async def check(self) -> None:
        """Nothing can be missing."""

    async def close(self) -> None:
        """Nothing is held."""

    async def list_orders(self, token: str | None, limit: int) -> OrderPage:
        """What is not acknowledged, in pages of a few orders; a token names the first place that it leaves to the next."""
        await self._travel()
        p = self._platform
        if p.bugs_left > 0 and p.ether.chance(0.2):
            p.bugs_left -= 1
            raise ValueError("the platform sent a surprise")
        if p.ether.chance(p.throttles):
            until = datetime.fromtimestamp(self._ctx.now().timestamp() + p.ether.dice.uniform(1, 8), UTC)
            raise Throttled("the platform asks for fewer calls", until)
        if p.ether.chance(p.fails):
            raise Retry("the platform did not answer")
        after = int(token) if token else 0
        places = [i for i in range(after, len(p.feed)) if i not in p.acknowledged][: min(limit, _PAGE)]
        names = list(dict.fromkeys(p.feed[i] for i in places))
        p.served.update(names)
        rejected = (RejectedRecord("feed", "no order number", p.bad_record),) if p.bad_record else ()
        p.bad_record = ""
        end = places[-1] + 1 if places else len(p.feed)
        more = any(i not in p.acknowledged for i in range(end, len(p.feed)))
        page = ",".join(map(str, places))
        await self._travel()
        return OrderPage(page, tuple(p.orders[n] for n in names), rejected, str(end) if more else None)

    async def acknowledge(self, token: str) -> None:
        """The page is committed."""
        await self._travel()
        p = self._platform
        if p.ether.chance(p.fails):
            raise Retry("the platform did not answer")
        for place in map(int, filter(None, token.split(","))):
            p.taken.add(p.feed[place])
            if not p.ether.chance(p.forgets):
                p.acknowledged.add(place)

    async def get_order(self, external_id: str) -> Order | None:
        """The order now."""
        await self._travel()
        return self._platform.orders.get(external_id)

    async def confirm_shipment(self, confirmation: Confirmation) -> None:
        """Tell the platform; the answer may be lost before or after it listened."""
        await self._travel()
        p = self._platform
        if p.ether.chance(p.fails):
            raise Retry("the platform did not answer")
        lost = p.ether.chance(p.loses)
        if lost and p.ether.chance(0.5):
            raise InDoubt("the platform's answer was lost")
        if confirmation.key not in p.confirmed:
            p.confirmed[confirmation.key] = confirmation
            p.ether.trace("platform", f"{confirmation.external_id} confirmed with {confirmation.waybill_number}")
            p.heard(confirmation)
        if p.ether.chance(p.hangs):
            await self._ctx.sleep(100_000)
        if lost:
            raise InDoubt("the platform's answer was lost")
        await self._travel()

    async def confirmation_state(self, key: str) -> ConfirmationState:
        """Whether it was told."""
        await self._travel()
        if self._platform.ether.chance(self._platform.fails):
            raise Retry("the platform did not answer")
        return ConfirmationState.CONFIRMED if key in self._platform.confirmed else ConfirmationState.ABSENT

    async def _travel(self) -> None:
        await self._ctx.sleep(self._platform.ether.dice.uniform(0.005, 0.08))


def marketplace_spec(platform: Platform) -> MarketplaceSpec:
    """The adapter as a plugin would register it."""
    return MarketplaceSpec("sim", "The simulated platform", Settings, lambda ctx, _: SimMarketplace(ctx, platform))
