"""A carrier of the simulation that sells over a network: the answer to a purchase may be lost before or after the sale."""

from __future__ import annotations

from dataclasses import dataclass, field

from support.sim.base import Ether
from waybilld_sdk.context import Context
from waybilld_sdk.errors import Conflict, InDoubt, Reject, Retry
from waybilld_sdk.orders import Money
from waybilld_sdk.plugin import CarrierSpec
from waybilld_sdk.settings import Settings
from waybilld_sdk.shipping import (
    Balance,
    BuyRequest,
    CarrierCapabilities,
    Idempotency,
    Layout,
    ParcelSpec,
    Quote,
    Waybill,
)


@dataclass(slots=True)
class Depot:
    """The carrier's own books: what it sold, under which key, in the order of the sales."""

    ether: Ether
    idempotency: Idempotency
    sold: dict[str, Waybill] = field(default_factory=dict)
    sales: list[tuple[str, str]] = field(default_factory=list)
    """(key, number) of every sale. A carrier without idempotency sells twice to whoever asks twice."""
    fails: float = 0.0
    loses: float = 0.0
    hangs: float = 0.0
    refuses: float = 0.0

    def sell(self, key: str) -> Waybill:
        """Sell one waybill."""
        number = f"SIM{len(self.sales) + 1:09d}"
        waybill = Waybill(number, Layout(("示例-001",)), Money(850, "CNY"))
        self.sales.append((key, number))
        self.sold[key] = waybill
        self.ether.trace("depot", f"sold {number} under {key}")
        return waybill

    def quiet(self) -> None:
        """From now on the carrier answers."""
        self.fails = self.loses = self.hangs = self.refuses = 0.0


class SimCarrier:
    """The adapter."""

    def __init__(self, ctx: Context, depot: Depot) -> None:
        self._ctx = ctx
        self._depot = depot

    def capabilities(self) -> CarrierCapabilities:
        """Two services."""
        return CarrierCapabilities(self._depot.idempotency, ("standard", "express"), can_cancel=True)

    async def check(self) -> None:
        """Nothing can be missing."""

    async def close(self) -> None:
        """Nothing is held."""

    async def quote(self, parcel: ParcelSpec, country: str) -> tuple[Quote, ...]:
        """Both services everywhere."""
        await self._travel()
        return (Quote("standard", Money(850, "CNY"), 3), Quote("express", Money(1500, "CNY"), 1))

    async def buy(self, request: BuyRequest) -> Waybill:
        """Sell; a repeated key is treated as the kind of idempotency says."""
        await self._travel()
        d = self._depot
        if d.ether.chance(d.fails):
            raise Retry("the carrier did not answer before it read the request")
        if d.ether.chance(d.refuses):
            raise Reject("the carrier does not serve this address with this service")
        lost = d.ether.chance(d.loses)
        if lost and d.ether.chance(0.5):
            raise InDoubt("the carrier's answer was lost")
        waybill = d.sold.get(request.key)
        if waybill is not None and d.idempotency is Idempotency.UNIQUE_REF:
            raise Conflict("the carrier knows this reference already", waybill.number)
        if waybill is None or d.idempotency in {Idempotency.NONE, Idempotency.LOOKUP_BY_REF}:
            waybill = d.sell(request.key)
        if d.ether.chance(d.hangs):
            await self._ctx.sleep(100_000)
        if lost:
            raise InDoubt("the carrier's answer was lost")
        await self._travel()
        return waybill

    async def find_by_reference(self, key: str) -> Waybill | None:
        """What was sold under a key; a carrier without a lookup finds nothing out."""
        await self._travel()
        if self._depot.ether.chance(self._depot.fails):
            raise Retry("the carrier did not answer")
        return None if self._depot.idempotency is Idempotency.NONE else self._depot.sold.get(key)

    async def cancel(self, number: str, key: str) -> None:
        """Take a waybill back."""
        await self._travel()

    async def balance(self) -> Balance | None:
        """No account."""
        return None

    async def _travel(self) -> None:
        await self._ctx.sleep(self._depot.ether.dice.uniform(0.01, 0.15))


def carrier_spec(depot: Depot) -> CarrierSpec:
    """The adapter as a plugin would register it."""
    return CarrierSpec("courier", "The simulated carrier", Settings, lambda ctx, _: SimCarrier(ctx, depot), parallel=8)
