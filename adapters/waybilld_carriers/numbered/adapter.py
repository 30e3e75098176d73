"""Own waybill numbers as a carrier."""

from __future__ import annotations

from collections.abc import Sequence

from waybilld_carriers.numbered.book import Book
from waybilld_carriers.numbered.settings import NumberedSettings
from waybilld_sdk.batch import Batcher
from waybilld_sdk.context import Context
from waybilld_sdk.errors import Reject, StopQueue
from waybilld_sdk.hooks import hookimpl
from waybilld_sdk.plugin import CarrierSpec, PluginInfo
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


class NumberedCarrier:
    """Issues numbers from its own ranges. Purchases that come side by side share one commit."""

    def __init__(self, ctx: Context, settings: NumberedSettings) -> None:
        self._settings = settings
        self._instance = ctx.instance
        self._book = Book(ctx, settings.numbering(), settings.spans())
        self._batch: Batcher[str, str] = Batcher(ctx, self._book.issue)

    def capabilities(self) -> CarrierCapabilities:
        """The same key gives the same number; numbers can be given back."""
        return CarrierCapabilities(Idempotency.KEY, tuple(self._settings.services), can_cancel=True)

    async def check(self) -> None:
        """Raises `StopQueue` when no number is left."""
        if await self._book.remaining() == 0:
            raise StopQueue(f"{self._instance} has no waybill numbers left: {self._advice()}")

    async def close(self) -> None:
        """Nothing to give back: every number is in the book before it is told."""

    async def quote(self, parcel: ParcelSpec, country: str) -> tuple[Quote, ...]:  # noqa: ARG002 - the port's signature
        """Every service, without a price: what a number costs is between the shop and its carrier."""
        return tuple(Quote(service) for service in self._settings.services)

    async def buy(self, request: BuyRequest) -> Waybill:
        """A number, durably. Raises `StopQueue` when the ranges are used up.

        Raises `Reject` for an unknown service, and for a key whose number was given back.
        """
        if request.service not in self._settings.services:
            services = ", ".join(self._settings.services)
            raise Reject(f"{self._instance} has no service {request.service!r}: choose one of {services}")
        return _waybill(await self._batch.call(request.key))

    async def find_by_reference(self, key: str) -> Waybill | None:
        """The waybill that was bought under this key, given back or not."""
        number = await self._book.number_of(key)
        return None if number is None else _waybill(number)

    async def cancel(self, number: str, key: str) -> None:
        """Give a number back; it is never issued again. Raises `Reject` for a number that is not ours."""
        if not await self._book.is_issued(number):
            raise Reject(f"{number!r} was not issued by {self._instance}")
        await self._book.give_back(number, key)

    async def balance(self) -> Balance:
        """Numbers left over all ranges, with a warning from `warn_below` down."""
        remaining = await self._book.remaining()
        warning = ""
        if remaining <= self._settings.warn_below:
            warning = f"{self._instance} has {remaining} waybill numbers left: {self._advice()}"
        return Balance(remaining, "waybills", warning)

    def _advice(self) -> str:
        return "ask the carrier or GS1 for a new range and add it to the account's `ranges`"


def _waybill(number: str) -> Waybill:
    return Waybill(number, Layout())


def _make(ctx: Context, settings: Settings) -> NumberedCarrier:
    assert isinstance(settings, NumberedSettings)
    return NumberedCarrier(ctx, settings)


class NumberedPlugin:
    """The hooks of this package."""

    @hookimpl
    def waybilld_plugin_info(self) -> PluginInfo:
        """Who this is."""
        return PluginInfo("numbered", "0.1.0", (1, 0), "Own waybill numbers: UPU S10 or GS1 SSCC")

    @hookimpl
    def waybilld_register_carriers(self) -> Sequence[CarrierSpec]:
        """The one carrier."""
        return [CarrierSpec("numbered", "Own numbers, no network", NumberedSettings, _make, parallel=64)]


plugin = NumberedPlugin()
