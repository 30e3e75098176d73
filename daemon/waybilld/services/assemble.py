"""From configuration and plugins to the instances that services work with."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, TypeVar

from twisted.internet.defer import Deferred
from twisted.logger import Logger

from waybilld.config.model import Config, ConfirmAt, Release
from waybilld.config.model import Instance as Configured
from waybilld.core.breaker import Breaker
from waybilld.core.failover import DEFAULT_PATIENCE, Patience
from waybilld.core.lifecycle import State
from waybilld.core.policy import GoodsOnLabels, Policies, PrintItem, ShopPolicy
from waybilld.core.redact import place_of
from waybilld.core.unconfirmed import default_policy
from waybilld.host.context import InstanceContext, InstanceLog, Lender
from waybilld.host.discover import Plugins
from waybilld.host.drawing import Encoder
from waybilld.host.guard import Bounds, Guard, PluginBug, Quarantined, Watch
from waybilld.services.clock import Clock
from waybilld.services.fleet import Encoding, Fleet, Instance, PoolPrinter, settings_key, variant_of
from waybilld.store import kv
from waybilld.store.attempts import Device
from waybilld.store.database import Store
from waybilld.store.engine import StoreUnavailable
from waybilld.store.sql import Runner
from waybilld_sdk.errors import AdapterError, NotReady, StopQueue
from waybilld_sdk.labels import PrinterSettings
from waybilld_sdk.plugin import AdapterSpec
from waybilld_sdk.ports import Marketplace, Port, Printer
from waybilld_sdk.shipping import Sender

log = Logger()
P = TypeVar("P", bound=Port)
_CONFIRM = {
    ConfirmAt.PRINTED: State.PRINTED,
    ConfirmAt.VERIFIED: State.VERIFIED,
    ConfirmAt.HANDED_OVER: State.HANDED_OVER,
    ConfirmAt.NEVER: None,
}
_MEMORY = "host"


class Unencodable(LookupError):
    """A configured printer speaks a language that no enabled plugin encodes: the configuration must be mended."""


class StoreKv:
    """An instance's `ctx.kv` over the database."""

    def __init__(self, store: Store, instance: str) -> None:
        self._store = store
        self._instance = instance

    async def get(self, key: str) -> str | None:
        """The value, or None."""
        return await self._store.read(lambda run: kv.get(run, self._instance, key))

    async def put(self, values: Any, expect: Any) -> bool:
        """Compare and set in one durable commit. Raises `NotReady` where the database takes no changes now."""
        try:
            return await self._store.write(lambda tx: kv.put(tx, self._instance, values, expect))
        except StoreUnavailable as e:
            # Nothing happened, and it is no fault of the adapter that called: let the host ask again later.
            raise NotReady(str(e)) from e


class GuardMemory:
    """Keeps breakers and quarantines over restarts."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._known: dict[str, dict[str, Any]] = {}

    def load(self, run: Runner, instances: list[str]) -> None:
        """Read what earlier runs kept."""
        for instance in instances:
            text = kv.get(run, _MEMORY, instance)
            if text:
                self._known[instance] = json.loads(text)

    def keep(self, instance: str, breaker: Breaker, quarantined: str) -> None:
        """Write one guard's state; a failure to do so costs only a slower restart."""
        text = json.dumps({"breaker": asdict(breaker), "quarantined": quarantined})
        done = self._store.write(lambda tx: kv.put(tx, _MEMORY, {instance: text}, {}))
        done.addErrback(lambda f: f.trap(StoreUnavailable))
        done.addErrback(lambda f: log.failure("the guard's state was not kept", f))

    def breaker(self, instance: str) -> Breaker:
        """The breaker as it was kept."""
        kept = self._known.get(instance)
        return Breaker(**kept["breaker"]) if kept else Breaker()

    def quarantined(self, instance: str) -> str:
        """Why the instance is in quarantine; empty when it is not."""
        kept = self._known.get(instance)
        return str(kept["quarantined"]) if kept else ""


def policies(config: Config) -> Policies:
    """The shops' policies as values."""
    senders = {s.name: Sender(s.display_name, s.phone, s.address, s.country or "", s.postcode) for s in config.senders}
    countries = {warehouse.name: warehouse.country for warehouse in config.warehouses}
    return Policies(
        {
            shop.name: ShopPolicy(
                name=shop.name,
                pool=shop.pool,
                warehouses=shop.warehouses,
                carriers=shop.carriers,
                sender=senders[shop.sender],
                confirm_at=_CONFIRM[shop.confirm],
                release_automatically=shop.release is Release.AUTO,
                mask=shop.mask,
                country=senders[shop.sender].country or countries.get(shop.warehouses[0], ""),
                texts=tuple(shop.texts.items()),
                print_sets={
                    mode: tuple(PrintItem(item.label, item.pool, str(item.file or "")) for item in items)
                    for mode, items in shop.print.items()
                },
                goods=GoodsOnLabels(shop.short_names, frozenset(shop.hidden_goods)),
            )
            for shop in config.shops
        }
    )


def instance_names(config: Config) -> list[str]:
    """The guards' names of everything configured: `shop.NAME`, `carrier.NAME`, `printer.NAME`."""
    lists = (("shop", config.shops), ("carrier", config.carriers), ("printer", config.printers))
    return [f"{kind}.{item.name}" for kind, items in lists for item in items]


class Assembler:
    """Builds instances: context, guard, adapter."""

    def __init__(self, store: Store, lender: Lender, clock: Clock, watch: Watch, memory: GuardMemory, base: Path) -> None:
        self._store = store
        self._lender = lender
        self._clock = clock
        self._watch = watch
        self._memory = memory
        self._base = base

    def fleet(self, config: Config, plugins: Plugins) -> Fleet:
        """Every instance of the configuration; one whose adapter fails here is left out alone.

        Raises `LookupError` for a printer whose language no plugin encodes.
        """
        pool_of = {name: pool for pool in config.pools for name in pool.printers}
        backs = {p.name: tuple(pool.name for pool in config.pools if p.name in pool.backups) for p in config.printers}
        fleet = Fleet()
        for shop in config.shops:
            with self._alone(fleet, f"shop.{shop.name}"):
                fleet.shops[shop.name] = self._shop(shop, plugins)
        for carrier in config.carriers:
            with self._alone(fleet, f"carrier.{carrier.name}"):
                fleet.carriers[carrier.name] = self._instance("carrier", carrier, plugins.carriers[carrier.adapter])
        for printer in config.printers:
            pool = pool_of.get(printer.name)
            if pool is not None or backs[printer.name]:
                with self._alone(fleet, f"printer.{printer.name}"):
                    instance = self._instance("printer", printer, plugins.printers[printer.adapter])
                    found = self._printer(instance, pool.name if pool else "", backs[printer.name], plugins)
                    policy = printer.unconfirmed or default_policy(found.capabilities.proves)
                    patience = Patience(pool.failover_s, pool.leave_s) if pool else DEFAULT_PATIENCE
                    fleet.printers[printer.name] = replace(found, unconfirmed=policy, patience=patience)
        return fleet

    @contextmanager
    def _alone(self, fleet: Fleet, full: str) -> Iterator[None]:
        """A plugin that fails here keeps its own instance from working, and no other."""
        try:
            yield
        except (Unencodable, KeyboardInterrupt, SystemExit):
            raise
        except StopQueue as e:
            fleet.left_out[full] = str(e)
        except Exception as e:  # noqa: BLE001 - other people's code
            fleet.left_out[full] = f"its adapter could not be built: {place_of(e)}"

    def _shop(self, configured: Configured, plugins: Plugins) -> Instance[Marketplace]:
        instance = self._instance("shop", configured, plugins.marketplaces[configured.adapter])
        if instance.port.capabilities().feed != "queue":
            raise StopQueue("its adapter gives orders by windows of time, and only queue feeds can be read so far")
        return instance

    def _instance(self, kind: str, configured: Configured, spec: AdapterSpec[P]) -> Instance[P]:
        full = f"{kind}.{configured.name}"
        context = InstanceContext(full, StoreKv(self._store, full), InstanceLog(full), self._lender, self._base)
        guard = Guard(
            full,
            Bounds(spec.parallel, spec.deadline),
            self._clock.reactor,
            self._clock.now_s,
            self._watch,
            self._memory,
            self._memory.breaker(full),
            self._memory.quarantined(full),
        )
        return Instance(configured.name, configured.adapter, spec.factory(context, configured.settings), guard)

    def _printer(
        self, instance: Instance[Printer], pool: str, backs: tuple[str, ...], plugins: Plugins
    ) -> PoolPrinter:
        capabilities = instance.port.capabilities()
        language = plugins.languages.get(capabilities.language)
        if language is None:
            known = ", ".join(sorted(plugins.languages)) or "none"
            raise Unencodable(
                f"printer {instance.name} speaks {capabilities.language}, and no enabled plugin encodes it: "
                f"name one in labels.plugins (languages known: {known})"
            )
        settings = PrinterSettings.of(capabilities)
        key = settings_key(settings)
        device = Device(instance.name, pool, capabilities.language, key, variant_of(capabilities), backs)
        return PoolPrinter(instance, device, capabilities, Encoding(capabilities.language, key, settings, Encoder(language)))


async def check_all(fleet: Fleet) -> dict[str, str]:
    """Ask every instance whether it can work, side by side; what is wrong by instance name, empty when all are well."""
    troubles: dict[str, str] = {}

    async def one(instance: Instance[Any]) -> None:
        try:
            await instance.guard.call("check", instance.port.check)
        except (AdapterError, PluginBug, Quarantined) as e:
            troubles[instance.guard.instance] = str(e)

    for done in [Deferred.fromCoroutine(one(instance)) for instance in fleet.instances()]:
        await done
    return troubles


async def close_all(fleet: Fleet) -> None:
    """Give every instance's resources back."""
    for instance in fleet.instances():
        try:
            await instance.port.close()
        except Exception:  # noqa: BLE001 - the others must be closed too
            log.failure("{instance} did not close cleanly", instance=instance.guard.instance)
