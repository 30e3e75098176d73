"""An example of a plugin with all three kinds of adapters: JSON files in, a counter, and two printers.

One printer is a folder, the other, in `acme_printer`, an invention with a language of its own.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from acme_printer import LANGUAGE, LabelPrinter, LabelSettings, capabilities, encode
from pydantic import Field

from waybilld_sdk.context import Context
from waybilld_sdk.errors import NotReady, Reject, StopQueue
from waybilld_sdk.hooks import hookimpl
from waybilld_sdk.labels import LanguageSpec
from waybilld_sdk.orders import (
    Confirmation,
    ConfirmationState,
    Consignee,
    MarketplaceCapabilities,
    Order,
    OrderLine,
    OrderPage,
    OrderStatus,
    RejectedRecord,
)
from waybilld_sdk.plugin import CarrierSpec, MarketplaceSpec, PluginInfo, PrinterSpec
from waybilld_sdk.printing import (
    AttemptRef,
    CancelOutcome,
    Document,
    Evidence,
    Gate,
    Outcome,
    PrinterCapabilities,
    PrinterState,
    PrinterStatus,
    Receipt,
    SubmitResult,
    Verdict,
)
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

_MOST_BYTES = 16_000_000


class DeskSettings(Settings):
    """Where the shop's JSON files lie."""

    folder: str = Field(description="Folder of order files, each a JSON list of orders. Relative to the configuration.")


class DeskMarketplace:
    """A `queue` feed: a file leaves the folder once all of its orders are committed."""

    def __init__(self, ctx: Context, settings: DeskSettings) -> None:
        self._folder = ctx.folder(settings.folder)

    def capabilities(self) -> MarketplaceCapabilities:
        """Records leave the feed once acknowledged."""
        return MarketplaceCapabilities(feed="queue", can_confirm=True)

    async def check(self) -> None:
        """Raises `NotReady` where the folder cannot be read."""
        await self._files()

    async def close(self) -> None:
        """Nothing is held open."""

    async def list_orders(self, token: str | None, limit: int) -> OrderPage:
        """The next `limit` records of the file that `token` names, else of the oldest file."""
        waiting = await self._files()
        if not waiting:
            return OrderPage(token="")
        name, _, begin = (token or "").partition("@")
        if name not in waiting:
            name, begin = waiting[0], "0"
        records = await self._records(name)
        start = int(begin)
        orders, rejected = [], []
        for number, record in enumerate(records[start : start + limit], start + 1):
            try:
                orders.append(_order(record))
            except (KeyError, TypeError, ValueError) as e:
                where = f"{name} record {number}"
                rejected.append(RejectedRecord(where, f"{type(e).__name__}: {e}", json.dumps(record)))
        end = min(start + limit, len(records))
        here = f"{name}@{end}"
        more = end < len(records) or len(waiting) > 1
        return OrderPage(here, tuple(orders), tuple(rejected), next_token=here if more else None)

    async def acknowledge(self, token: str) -> None:
        """The page is committed: after a file's last page the file moves to `done/`."""
        name, _, end = token.partition("@")
        if name in await self._files() and int(end) >= len(await self._records(name)):
            await self._folder.rename(name, f"done/{name}")

    async def get_order(self, external_id: str) -> Order | None:  # noqa: ARG002 - the port's signature
        """A file tells only what it told."""
        return None

    async def confirm_shipment(self, confirmation: Confirmation) -> None:
        """One file per key, so a repeat changes nothing."""
        told = {"order": confirmation.external_id, "number": confirmation.waybill_number}
        await self._folder.write(f"confirmed/{confirmation.key}.json", json.dumps(told).encode())

    async def confirmation_state(self, key: str) -> ConfirmationState:
        """Whether the file of that key stands."""
        try:
            await self._folder.read(f"confirmed/{key}.json", _MOST_BYTES)
        except FileNotFoundError:
            return ConfirmationState.ABSENT
        except OSError:
            return ConfirmationState.UNKNOWN
        return ConfirmationState.CONFIRMED

    async def _files(self) -> list[str]:
        try:
            return [info.name for info in await self._folder.list() if info.regular and info.name.endswith(".json")]
        except OSError as e:
            raise NotReady(f"{self._folder.path} cannot be read: {e.strerror}. Correct its owner or path") from e

    async def _records(self, name: str) -> list[Any]:
        try:
            records = json.loads(await self._folder.read(name, _MOST_BYTES))
        except (OSError, ValueError) as e:
            raise NotReady(f"{name} cannot be read as JSON: {e}. Correct it or take it away") from e
        return records if isinstance(records, list) else [records]


def _order(record: Any) -> Order:
    """One record as an order. Raises `KeyError`, `TypeError` or `ValueError` for one that cannot be read."""
    lines = tuple(OrderLine(str(n), x["sku"], x["title"], int(x["quantity"])) for n, x in enumerate(record["lines"], 1))
    if not lines:
        raise ValueError("the order has no lines")
    to = record["to"]
    consignee = Consignee(to["name"], to["phone"], to["country"], city=to["city"], street=to["street"])
    return Order(record["id"], OrderStatus(record["status"]), consignee, lines)


class CounterSettings(Settings):
    """The numbers that may be issued."""

    prefix: str = Field(default="ACME", pattern=r"[A-Z]{1,8}", description="What each number begins with.")
    last: int = Field(default=99_999_999, ge=0, description="The last number that may be issued.")


class CounterCarrier:
    """Issues numbers from a counter in `ctx.kv`; the same key gives the same number."""

    def __init__(self, ctx: Context, settings: CounterSettings) -> None:
        self._kv = ctx.kv
        self._settings = settings

    def capabilities(self) -> CarrierCapabilities:
        """One service; a repeat with the same key is harmless."""
        return CarrierCapabilities(Idempotency.KEY, ("standard",), can_cancel=True)

    async def check(self) -> None:
        """Raises `StopQueue` when all numbers are issued."""
        if await self._used() >= self._settings.last:
            raise StopQueue("all numbers are issued: raise `last`")

    async def close(self) -> None:
        """Nothing is held open."""

    async def quote(self, parcel: ParcelSpec, country: str) -> tuple[Quote, ...]:  # noqa: ARG002 - the port's signature
        """The one service, without a price."""
        return (Quote("standard"),)

    async def buy(self, request: BuyRequest) -> Waybill:
        """Number and key are kept in one commit, on the condition that nobody took the number meanwhile."""
        if request.service != "standard":
            raise Reject(f"there is no service {request.service!r}: choose standard")
        while (sold := await self.find_by_reference(request.key)) is None:
            counter = await self._kv.get("used")
            number = int(counter or 0) + 1
            if number > self._settings.last:
                raise StopQueue("all numbers are issued: raise `last`")
            text = f"{self._settings.prefix}{number:08d}"
            await self._kv.put({"used": str(number), f"key/{request.key}": text}, expect={"used": counter})
        return sold

    async def find_by_reference(self, key: str) -> Waybill | None:
        """What was sold under this key."""
        number = await self._kv.get(f"key/{key}")
        return None if number is None else Waybill(number, Layout())

    async def cancel(self, number: str, key: str) -> None:
        """A number is never issued again, so there is nothing to take back."""

    async def balance(self) -> Balance:
        """Numbers left."""
        return Balance(self._settings.last - await self._used(), "waybills")

    async def _used(self) -> int:
        return int(await self._kv.get("used") or 0)


class TraySettings(Settings):
    """A folder in place of a printer."""

    folder: str = Field(description="Folder that takes one ZPL file per label. Relative to the configuration.")


class TrayPrinter:
    """Writes each label to a file. It proves nothing: a file is not paper."""

    def __init__(self, ctx: Context, settings: TraySettings) -> None:
        self._folder = ctx.folder(settings.folder)

    def capabilities(self) -> PrinterCapabilities:
        """A file is written in one piece, so the closing token cannot be held back."""
        return PrinterCapabilities(
            language="zpl", dots_per_mm=8, media_mm=(100, 150), splits_token=False, proves=Evidence.ACKNOWLEDGED
        )

    async def check(self) -> None:
        """Raises `NotReady` where the folder cannot be used."""
        try:
            await self._folder.list()
        except OSError as e:
            raise NotReady(f"{self._folder.path} cannot be used: {e.strerror}. Correct its owner or path") from e

    async def close(self) -> None:
        """Nothing is held open."""

    async def status(self) -> PrinterStatus:
        """Unknown, with what to do, rather than an error."""
        try:
            await self.check()
        except NotReady as e:
            return PrinterStatus(PrinterState.UNKNOWN, ("other-error",), str(e))
        return PrinterStatus(PrinterState.IDLE)

    async def submit(self, document: Document, attempt: AttemptRef, gate: Gate) -> SubmitResult:
        """The gate comes before the first byte; `NotReady` before the gate only."""
        if document.language != "zpl":
            raise Reject(f"the folder takes zpl, not {document.language}: correct the printer's language")
        await self.check()
        if not await gate({}):
            return SubmitResult(Receipt(attempt, {}, Evidence.NOTHING), "the gate stayed shut")
        try:
            await self._folder.write(f"{attempt.id}.zpl", document.body + document.token)
        except OSError as e:
            # The write is atomic: what failed left nothing behind.
            return SubmitResult(Receipt(attempt, {}, Evidence.NOTHING), f"nothing was written: {e}")
        return SubmitResult(Receipt(attempt, {}, Evidence.ACKNOWLEDGED))

    async def evidence(self, receipt: Receipt) -> Verdict:
        """All that can be said, also after a restart: whether the file stands."""
        if await self._stands(receipt):
            return Verdict(Outcome.UNCONFIRMED, Evidence.ACKNOWLEDGED, "the file was written; nobody printed it")
        return Verdict(Outcome.REFUTED, Evidence.NOTHING, "no file was written")

    async def cancel(self, receipt: Receipt) -> CancelOutcome:
        """A file that stands may have been printed by somebody."""
        return CancelOutcome.UNKNOWN if await self._stands(receipt) else CancelOutcome.CANCELLED

    async def _stands(self, receipt: Receipt) -> bool:
        return f"{receipt.attempt.id}.zpl" in {info.name for info in await self._folder.list()}


def _marketplace(ctx: Context, settings: Settings) -> DeskMarketplace:
    assert isinstance(settings, DeskSettings)
    return DeskMarketplace(ctx, settings)


def _carrier(ctx: Context, settings: Settings) -> CounterCarrier:
    assert isinstance(settings, CounterSettings)
    return CounterCarrier(ctx, settings)


def _printer(ctx: Context, settings: Settings) -> TrayPrinter:
    assert isinstance(settings, TraySettings)
    return TrayPrinter(ctx, settings)


def _label_printer(ctx: Context, settings: Settings) -> LabelPrinter:
    assert isinstance(settings, LabelSettings)
    return LabelPrinter(ctx, settings)


class AcmePlugin:
    """The hooks of this package."""

    @hookimpl
    def waybilld_plugin_info(self) -> PluginInfo:
        """The name is that of the entry point."""
        return PluginInfo("acme", "1.0", (1, 0), "An example: JSON files, a counter, a folder, an invented printer")

    @hookimpl
    def waybilld_register_marketplaces(self) -> Sequence[MarketplaceSpec]:
        """Orders from JSON files."""
        return [MarketplaceSpec("acme", "JSON files", DeskSettings, _marketplace)]

    @hookimpl
    def waybilld_register_carriers(self) -> Sequence[CarrierSpec]:
        """Numbers from a counter."""
        return [CarrierSpec("acme", "A counter", CounterSettings, _carrier)]

    @hookimpl
    def waybilld_register_printers(self) -> Sequence[PrinterSpec]:
        """Labels into a folder, and on an ACME 1: one call at a time, of which none takes two minutes."""
        return [
            PrinterSpec("acme", "A folder", TraySettings, _printer),
            PrinterSpec("label", "ACME 1", LabelSettings, _label_printer, 1, 120.0, capabilities=capabilities),
        ]

    @hookimpl
    def waybilld_register_languages(self) -> Sequence[LanguageSpec]:
        """What the ACME 1 reads."""
        return [LanguageSpec(LANGUAGE, encode)]


plugin = AcmePlugin()
