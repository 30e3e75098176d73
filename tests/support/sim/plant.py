"""What a simulated daemon is configured with: a shop, two carriers, the raw printers, and the plugins that bring them."""

from __future__ import annotations

import functools
from collections.abc import Iterable
from dataclasses import replace
from random import Random

from support.sim.courier import Depot, carrier_spec
from support.sim.labels import Drawing, encode
from support.sim.market import Platform, marketplace_spec
from waybilld.config.model import Carrier, Config, ConfirmAt, Labels, Pool, Printer, Sender, Shop, Warehouse
from waybilld.core.unconfirmed import Unconfirmed
from waybilld.host.discover import Catalogue, Plugins
from waybilld_carriers.numbered.settings import NumberedSettings, NumberRange
from waybilld_printers.transports.cups.settings import Beside, CupsSettings
from waybilld_printers.transports.raw.settings import RawSettings
from waybilld_sdk.labels import LanguageSpec, RendererSpec
from waybilld_sdk.settings import Settings


def configuration(dice: Random, printers: Iterable[str], media_mm: tuple[float, float], *, fair: bool = True) -> Config:
    """One shop, a pool, and its last printer as a backup of that pool. Which carrier the shop prefers, how often it is
    polled, how its printers are reached, what they can prove and what becomes of labels in doubt is the seed's choice; with
    `fair` all printers can prove, none is a backup, and none stands behind CUPS."""
    accounts = ["own", "courier"]
    dice.shuffle(accounts)
    numbers = NumberedSettings(
        scheme="s10", ranges=[NumberRange(first=1, last=99_999)], service_indicator="RR", country="CN"
    )
    shop = Shop(
        name="shop",
        adapter="sim",
        settings=Settings(),
        sender="main",
        pool="pack",
        warehouses=("north",),
        carriers=tuple(accounts),
        confirm=ConfirmAt.PRINTED,
        poll_seconds=dice.choice((0.3, 2.0)),
    )
    names = tuple(printers)
    return Config(
        node="sim",
        shops=(shop,),
        carriers=(Carrier(name="own", adapter="numbered", settings=numbers), Carrier(name="courier", adapter="courier")),
        printers=tuple(_printer(dice, n, media_mm, fair=fair) for n in names),
        pools=(_pool(dice, names, fair=fair),),
        warehouses=(Warehouse(name="north", country="CN"),),
        senders=(Sender(name="main", display_name="示例商店", phone="010-5550100", address="示例路 1 号"),),
        labels=Labels(plugins=(), renderer="sim"),
    )


def _pool(dice: Random, names: tuple[str, ...], *, fair: bool) -> Pool:
    if fair:
        return Pool(name="pack", printers=names)
    failover_s, leave_s = dice.choice((0.0, 1.0, 5.0)), dice.choice((1.0, 4.0, 20.0))
    if dice.random() < 0.5:
        return Pool(name="pack", printers=names, failover_s=failover_s, leave_s=leave_s)
    return Pool(name="pack", printers=names[:-1], backups=names[-1:], failover_s=failover_s, leave_s=leave_s)


def _printer(dice: Random, name: str, media_mm: tuple[float, float], *, fair: bool) -> Printer:
    if fair:
        return Printer(name=name, adapter="raw", settings=_raw(dice, name, media_mm, "zebra-203"))
    profile = "raw-none" if dice.random() < 0.15 else "zebra-203"
    policy = dice.choice((None, None, *Unconfirmed))
    if dice.random() < 0.25:
        return Printer(name=name, adapter="cups", settings=_queue(dice, name, media_mm), unconfirmed=policy)
    return Printer(name=name, adapter="raw", settings=_raw(dice, name, media_mm, profile), unconfirmed=policy)


def _raw(dice: Random, host: str, media_mm: tuple[float, float], profile: str) -> RawSettings:
    return RawSettings(
        host=host,
        profile=profile,
        status_port=dice.choice((9200, 9200, None)),
        media_mm=media_mm,
        speed_ips=14,
        keep_open_s=dice.choice((0.0, 5.0, 30.0)),
    )


def _queue(dice: Random, name: str, media_mm: tuple[float, float]) -> CupsSettings:
    """A queue of the printer's name; with its status port beside it, or with nothing that proves."""
    return CupsSettings(
        queue=name,
        server="/simulated/cups.sock",
        media_mm=media_mm,
        speed_ips=14,
        beside=dice.choice((None, Beside(host=name))),
        stall_s=dice.choice((5.0, 60.0)),
    )


def darker(config: Config, darkness: int) -> Config:
    """The configuration after somebody edited the first printer's darkness."""
    edited, *others = config.printers
    settings = edited.settings.model_copy(update={"darkness": darkness})
    return config.model_copy(update={"printers": (edited.model_copy(update={"settings": settings}), *others)})


@functools.cache
def _installed() -> Plugins:
    catalogue = Catalogue.of_installed()
    catalogue.resolve("carrier", "numbered")
    catalogue.resolve("printer", "raw")
    catalogue.resolve("printer", "cups")
    catalogue.resolve("plugin", "labels")
    return catalogue.plugins(("rules",), ())


def plugins(platform: Platform, depot: Depot, drawing: Drawing | None) -> Plugins:
    """The installed plugins, with the simulation's marketplace and carrier. `drawing` None: the real labels are drawn."""
    found = _installed()
    languages, renderers = dict(found.languages), dict(found.renderers)
    renderers["sim"] = renderers["standard"]
    if drawing is not None:
        languages["zpl"] = LanguageSpec("zpl", encode)
        renderers["sim"] = RendererSpec("sim", drawing.render)
    return replace(
        found,
        marketplaces={"sim": marketplace_spec(platform)},
        carriers={**found.carriers, "courier": carrier_spec(depot)},
        languages=languages,
        renderers=renderers,
    )
