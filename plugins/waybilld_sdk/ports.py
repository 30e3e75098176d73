"""The ports that adapters implement. All calls are `async def`; each awaits only what `ctx` lends.

A call ends at the deadline of its `AdapterSpec` and when the daemon stops: the await that it is in raises. Give back in
`finally` what is held, and let the exception go on.

Each port has `check()`, which proves before use that the instance can work and raises one of `waybilld_sdk.errors` with a
sentence for a person if not, and `close()`, which gives everything back and never raises.
"""

from __future__ import annotations

from typing import Protocol

from waybilld_sdk.orders import Confirmation, ConfirmationState, MarketplaceCapabilities, Order, OrderPage
from waybilld_sdk.printing import (
    AttemptRef,
    CancelOutcome,
    Document,
    Gate,
    PrinterCapabilities,
    PrinterStatus,
    Receipt,
    SubmitResult,
    Verdict,
)
from waybilld_sdk.shipping import Balance, BuyRequest, CarrierCapabilities, ParcelSpec, Quote, Waybill


class Port(Protocol):
    """What every adapter instance has."""

    async def check(self) -> None: ...

    async def close(self) -> None: ...


class Marketplace(Port, Protocol):
    """A shop's source of orders."""

    def capabilities(self) -> MarketplaceCapabilities: ...

    async def list_orders(self, token: str | None, limit: int) -> OrderPage:
        """The page behind `token`, or the first of what is new. At most `limit` orders."""

    async def acknowledge(self, token: str) -> None:
        """The page, which may have been empty, is committed. Repeatable: the host calls again after a crash."""

    async def get_order(self, external_id: str) -> Order | None:
        """The order as it is now, None when the platform cannot tell."""

    async def confirm_shipment(self, confirmation: Confirmation) -> None:
        """Tell the platform that the parcel is on its way. A repeat with the same key changes nothing."""

    async def confirmation_state(self, key: str) -> ConfirmationState:
        """Whether a confirmation arrived: settles a call whose outcome was lost."""


class Carrier(Port, Protocol):
    """A carrier account."""

    def capabilities(self) -> CarrierCapabilities: ...

    async def quote(self, parcel: ParcelSpec, country: str) -> tuple[Quote, ...]: ...

    async def buy(self, request: BuyRequest) -> Waybill:
        """Buy one waybill. Raises `InDoubt` when the carrier may have sold it all the same."""

    async def find_by_reference(self, key: str) -> Waybill | None:
        """The waybill bought under this key, with its artwork; None when surely none was. Raises `Hold` where the carrier
        cannot say."""

    async def cancel(self, number: str, key: str) -> None:
        """Give a waybill back. Repeatable."""

    async def balance(self) -> Balance | None: ...


class Printer(Port, Protocol):
    """One physical printer behind one transport."""

    def capabilities(self) -> PrinterCapabilities: ...

    async def status(self) -> PrinterStatus:
        """State now; `unknown` rather than an error for a device that does not answer."""

    async def submit(self, document: Document, attempt: AttemptRef, gate: Gate) -> SubmitResult:
        """Send the body, wait for its acknowledgement, await the gate once, send the token.

        Raises `NotReady` before the first byte (E0) when the device must not be used now, with the reason.
        """

    async def evidence(self, receipt: Receipt) -> Verdict:
        """What the device shows of an attempt, now. Harmless to repeat, also after a restart."""

    async def cancel(self, receipt: Receipt) -> CancelOutcome:
        """Withdraw what the device still holds of an attempt, with proof."""
