"""The adapters as services hold them: each instance with its guard, and the printers of each pool with what fits them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from waybilld.core.failover import DEFAULT_PATIENCE, Patience, Post
from waybilld.core.unconfirmed import Unconfirmed
from waybilld.host.guard import Guard
from waybilld.store.attempts import Device
from waybilld_sdk.labels import Encode, PrinterSettings
from waybilld_sdk.ports import Carrier, Marketplace, Port, Printer
from waybilld_sdk.printing import PrinterCapabilities
from waybilld_sdk.shipping import ParcelSpec, Quote

P = TypeVar("P", bound=Port)


@dataclass(frozen=True, slots=True)
class Instance(Generic[P]):
    """One configured instance: its name in the config, the adapter's name, the object and its guard."""

    name: str
    adapter: str
    port: P
    guard: Guard


@dataclass(frozen=True, slots=True)
class Encoding:
    """How a page becomes a document of one kind of printer. `key` names language settings in the document's row."""

    language: str
    key: str
    settings: PrinterSettings
    encode: Encode


@dataclass(frozen=True, slots=True)
class Paper:
    """One kind of page that a pool needs, with every encoding of it."""

    variant: str
    dots_per_mm: float
    media_mm: tuple[float, float]
    encodings: tuple[Encoding, ...]


@dataclass(frozen=True, slots=True)
class PoolPrinter:
    """A printer in its pool."""

    instance: Instance[Printer]
    device: Device
    capabilities: PrinterCapabilities
    encoding: Encoding
    unconfirmed: Unconfirmed = Unconfirmed.HOLD
    patience: Patience = DEFAULT_PATIENCE


@dataclass(frozen=True, slots=True)
class Fleet:
    """Everything that the services work with."""

    shops: dict[str, Instance[Marketplace]] = field(default_factory=dict)
    carriers: dict[str, Instance[Carrier]] = field(default_factory=dict)
    printers: dict[str, PoolPrinter] = field(default_factory=dict)
    left_out: dict[str, str] = field(default_factory=dict)
    """Why an instance of the configuration is not among them: its adapter could not be built, or cannot be used."""

    def instances(self) -> tuple[Instance[Any], ...]:
        """Every instance, whatever its kind."""
        return (*self.shops.values(), *self.carriers.values(), *(p.instance for p in self.printers.values()))

    def papers(self, pool: str) -> tuple[Paper, ...]:
        """The distinct pages that a pool's printers need, its backups included."""
        return papers(p for p in self.printers.values() if p.device.pool == pool or pool in p.device.backs)

    def posts(self) -> dict[str, Post]:
        """Where each printer stands."""
        return {name: Post(p.device.pool, p.device.backs) for name, p in self.printers.items()}

    async def quotes(self, account: str, parcel: ParcelSpec, country: str) -> tuple[Quote, ...]:
        """What one carrier account offers; nothing when it is not configured. Raises what a guarded call raises."""
        carrier = self.carriers.get(account)
        if carrier is None:
            return ()
        return await carrier.guard.call("quote", lambda: carrier.port.quote(parcel, country), returns=tuple)


def papers(printers: Iterable[PoolPrinter]) -> tuple[Paper, ...]:
    """Group printers by the page that they need."""
    found: dict[str, Paper] = {}
    for printer in printers:
        caps, variant = printer.capabilities, printer.device.variant
        known = found.get(variant)
        encodings = known.encodings if known else ()
        if printer.encoding.key not in {e.key for e in encodings if e.language == printer.encoding.language}:
            encodings = (*encodings, printer.encoding)
        found[variant] = Paper(variant, caps.dots_per_mm, caps.media_mm, encodings)
    return tuple(found.values())


def variant_of(capabilities: PrinterCapabilities) -> str:
    """The name of the page that a printer needs: dots per mm and media."""
    width, height = capabilities.media_mm
    return f"{capabilities.dots_per_mm:g}/{width:g}x{height:g}"


def settings_key(settings: PrinterSettings) -> str:
    """A short name of encoder settings: equal settings, equal documents."""
    right, down = settings.offset_dots
    told = f"{settings.dots_per_mm:g}/{settings.media_mm}/{settings.darkness}/{settings.speed_ips}/{right},{down}"
    return f"{told}/{settings.media_mode}/{settings.sensing}/{'upside-down' if settings.upside_down else 'upright'}"
