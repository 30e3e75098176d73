"""How a plugin presents itself to the host."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from waybilld_sdk.context import Context
from waybilld_sdk.ports import Carrier, Marketplace, Port, Printer
from waybilld_sdk.printing import PrinterCapabilities
from waybilld_sdk.settings import Settings

P = TypeVar("P", bound=Port, covariant=True)


@dataclass(frozen=True, slots=True)
class PluginInfo:
    """Name (kebab-case, unique among enabled plugins), version, and the contract's range: `api` is (major, minor)."""

    name: str
    version: str
    api: tuple[int, int]
    summary: str


# Without slots: `PrinterSpec(...)` calls a subscripted generic, which sets `__orig_class__` on the new object. Python 3.11
# forgives the AttributeError of a frozen dataclass there, but not the TypeError of a frozen one with slots.
@dataclass(frozen=True)
class AdapterSpec(Generic[P]):
    """One kind of adapter: the name that `adapter:` in the config gives, its settings model, and its factory.

    The factory does no I/O; `parallel` is how many calls the host may have open on one instance, `deadline` how many
    seconds one call may last before the host cancels it.
    """

    name: str
    summary: str
    settings: type[Settings]
    factory: Callable[[Context, Settings], P]
    parallel: int = 4
    deadline: float = 30.0


MarketplaceSpec = AdapterSpec[Marketplace]
CarrierSpec = AdapterSpec[Carrier]


@dataclass(frozen=True)
class PrinterSpec(AdapterSpec[Printer]):
    """One kind of printer adapter.

    `capabilities`, a pure function of the checked settings, says what such a printer is without reaching it: previews, lint,
    calibration and `waybilld config check` need it. Without it they know nothing of this adapter's printers.
    """

    capabilities: Callable[[Any], PrinterCapabilities] | None = None
