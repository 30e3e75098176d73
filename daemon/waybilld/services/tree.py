"""Which services make up the line from order to label, in the order of their start.

The daemon and the simulation share this composition: it names no reactor, no socket and no thread.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from twisted.logger import Logger

from waybilld.config.model import Config, Printer
from waybilld.config.people import dispatchers
from waybilld.core.cards import Fitted
from waybilld.core.policy import OWN_DELIVERY
from waybilld.core.rolls import media_name
from waybilld.host.context import Lender
from waybilld.host.discover import Plugins
from waybilld.services.assemble import policies
from waybilld.services.balances import Balances
from waybilld.services.base import Service
from waybilld.services.board import Board
from waybilld.services.caredesk import CareDesk
from waybilld.services.caretaker import Caretaker
from waybilld.services.clock import Clock
from waybilld.services.fleet import Fleet, PoolPrinter
from waybilld.services.handlers.apart import RenderApart
from waybilld.services.handlers.buy import Buy
from waybilld.services.handlers.confirm import Confirm
from waybilld.services.handlers.copy import Copy, CopyApart
from waybilld.services.handlers.decide import deciders
from waybilld.services.handlers.render import Account, Render
from waybilld.services.houselabels import HouseLabels
from waybilld.services.keeper import Keeper
from waybilld.services.labeldesk import LabelDesk
from waybilld.services.lane import Lane
from waybilld.services.meters import Meters
from waybilld.services.packs import PackDesk
from waybilld.services.poller import Poller
from waybilld.services.runs import RunDesk
from waybilld.services.worker import Worker
from waybilld.store import failovers, jobs, leases, outcomes
from waybilld.store.database import Store
from waybilld.store.seal import Seal
from waybilld.store.tx import Tx
from waybilld_sdk.labels import Render as RenderFunction

log = Logger()
_HOUR_US = 3_600_000_000


@dataclass(frozen=True, slots=True)
class Ground:
    """What all services of one run stand on."""

    config: Config
    plugins: Plugins
    fleet: Fleet
    store: Store
    lender: Lender
    clock: Clock
    meters: Meters
    epoch: int
    render: RenderFunction
    board: Board


def take_over(tx: Tx, owner: str, program: str, config: Config) -> int:
    """Begin a new epoch and settle what a dead daemon left claimed; the epoch's number.

    Each lane settles by itself what was left open on its own printer; here, what no lane serves any more.
    """
    served = {name for pool in config.pools for name in (*pool.printers, *pool.backups)}
    epoch = leases.begin_epoch(tx, owner, program)
    recovered = jobs.recover(tx)
    if recovered:
        log.info("recovered jobs of an ended daemon: {counts}", counts=recovered)
    stranded = outcomes.strand(tx, served, policies(config))
    if stranded:
        log.warn("labels were open on printers that left the configuration: {printers}", printers=", ".join(stranded))
    unbound = jobs.unbind(tx, served)
    if unbound:
        log.warn("labels were moved to printers that left the configuration: {printers}", printers=", ".join(unbound))
    failovers.settle_gone(tx, served)
    return epoch


def lanes_on(ground: Ground) -> dict[str, Lane]:
    """One lane per printer, by the printer's name."""
    g, rules = ground, policies(ground.config)
    printers = g.fleet.printers.items()
    house, within_us = HouseLabels(g.lender, g.render), g.config.labels.print_within_hours * _HOUR_US
    return {
        name: Lane(one, rules, g.store, g.lender, g.clock, g.meters, g.epoch, g.board, house, within_us)
        for name, one in printers
    }


def desk_on(ground: Ground, seal: Seal) -> RunDesk:
    """Where dispatchers open, see and close runs of own delivery."""
    g = ground
    own = frozenset(carrier.name for carrier in g.config.carriers if carrier.mode == OWN_DELIVERY)
    allowed = dispatchers(g.config.runs.dispatchers)
    return RunDesk(g.store, seal, g.lender, g.render, g.plugins.languages, allowed, own)


def label_desk_on(ground: Ground) -> LabelDesk:
    """Where people scan and settle labels, and ask for copies."""
    g, reprint = ground, ground.config.labels.reprint
    supervisors = dispatchers(reprint.supervisors)
    return LabelDesk(g.store, g.lender, g.fleet, policies(g.config), reprint.per_day, supervisors)


def pack_desk_on(ground: Ground, seal: Seal) -> PackDesk:
    """Where people make packs of labels, print them, and tell what came out."""
    g = ground
    within_us = g.config.labels.print_within_hours * _HOUR_US
    rules = policies(g.config)
    return PackDesk(g.store, seal, g.lender, g.clock, g.render, g.plugins.languages, rules, g.epoch, within_us)


def fitted_on(config: Config, fleet: Fleet) -> dict[str, Fitted]:
    """Each printer that works, with what labels are drawn for on it."""
    return {one.name: fitted(one, fleet.printers[one.name]) for one in config.printers if one.name in fleet.printers}


def fitted(config: Printer, printer: PoolPrinter) -> Fitted:
    """A printer as those who care for it see it."""
    media_mm, card = printer.capabilities.media_mm, config.card
    pitch_mm = media_mm[1] + config.gap_mm
    return Fitted(config.name, printer.device.pool, media_name(media_mm), pitch_mm, card.head_life_km, card.warranty_end)


def care_on(ground: Ground, lanes: Mapping[str, Lane]) -> CareDesk:
    """Where people tell what they do to printers, with the caretaker who watches them."""
    g, printers = ground, fitted_on(ground.config, ground.fleet)
    caretaker = Caretaker(printers, g.board, g.store, g.clock, g.meters)
    names = tuple(warehouse.name for warehouse in g.config.warehouses)
    return CareDesk(printers, names, caretaker, g.store, g.lender, g.meters, lambda name: lanes[name].wake())


def line_on(ground: Ground, lanes: Mapping[str, Lane], caretaker: Caretaker) -> list[Service]:
    """First the caretaker, who must miss no status. Then lanes, so that orphaned attempts are adopted early; then workers,
    pollers, accounts and retention."""
    g, rules = ground, policies(ground.config)
    accounts = {carrier.name: Account(carrier.title or carrier.name, carrier.mode) for carrier in g.config.carriers}
    render = Render(rules, g.fleet, g.plugins, g.render, g.lender, g.clock, g.config.retention.pages_days, accounts)
    handlers: list[Any] = [
        *deciders(rules, g.plugins, g.clock, g.fleet),
        Buy(rules, g.fleet, g.config.node),
        render,
        RenderApart(render),
        Copy(render),
        CopyApart(render),
        Confirm(g.fleet, g.clock),
    ]
    seconds = {shop.name: shop.poll_seconds for shop in g.config.shops}
    return [
        caretaker,
        *lanes.values(),
        *(Worker(handler, g.clock, g.store, g.epoch) for handler in handlers),
        *(Poller(shop, rules, g.store, g.clock, g.meters, seconds[name]) for name, shop in g.fleet.shops.items()),
        Balances(g.fleet.carriers, g.clock, g.meters),
        Keeper(g.config.retention, g.store, g.clock),
    ]
