"""The opening check in the running daemon: gathers what `opening` judges."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from twisted.internet.defer import Deferred

from waybilld.host.guard import PluginBug, Quarantined
from waybilld.host.sheetfile import look_at
from waybilld.host.trial import refusals
from waybilld.http import care, opening
from waybilld.http.app import App
from waybilld.http.handlers.live import look_at_printers
from waybilld.http.opening import Stock, Stored, Trouble
from waybilld.http.papers import papers, planned
from waybilld.http.shapes import CheckReply, FindingRow
from waybilld.http.values import Request, Response, json_response
from waybilld.services.fleet import Instance
from waybilld.store.queries import spares
from waybilld.store.sql import Runner
from waybilld_sdk.context import Limits
from waybilld_sdk.errors import AdapterError, Retry
from waybilld_sdk.files.words import printable
from waybilld_sdk.ports import Carrier
from waybilld_sdk.shipping import Balance

Found = TypeVar("Found")
_LOOK_S = 20.0


async def check(app: App, request: Request) -> Response:  # noqa: ARG001 - a handler's form
    """Everything that somebody should know before the day begins."""
    state, now_s = app.state.path, app.clock.now_s()

    def query(run: Runner) -> Stored:
        return opening.stored(run, state)

    found = await app.store.read(query)
    asked = [Deferred.fromCoroutine(_stock(carrier)) for carrier in app.fleet.carriers.values()]
    files = opening.sheet_files(app.loaded.config)
    looks = await _apart(app, look_at, [file.pattern for file in files])
    labels = planned(app.loaded.config, app.fleet.papers)
    refused = await _apart(app, refusals, app.render, [label.request for label in labels])
    stocks = [await answer for answer in asked]
    looked = await look_at_printers(app)
    now_us = app.clock.now_us()
    shelves = await app.store.read(lambda run: spares.spares(run, now_us))
    rows: list[FindingRow] = [
        *opening.storage(found, now_s),
        *opening.numbers(stocks),
        *opening.printers(looked.rows),
        *opening.backups(looked.rows, app.loaded.config.pools, now_s),
        *care.findings(looked.tended, looked.preflights, shelves),
        *opening.work(found.counts),
        *opening.sheets(files, looks),
        *papers(labels, refused),
        *opening.plugins(_troubles(app)),
    ]
    reply: CheckReply = {"level": opening.worst(rows), "findings": rows}
    return json_response(reply)


async def _apart(app: App, look: Callable[..., Sequence[Found]], *given: object) -> Sequence[Found] | None:
    """`look(*given)` in a worker process; None where no answer came: a server of files may hang, and a renderer too."""
    try:
        return await app.lender.work(look, *given, limits=Limits(_LOOK_S))
    except Retry:
        return None


async def _stock(carrier: Instance[Carrier]) -> Stock:
    try:
        left = await carrier.guard.call("balance", carrier.port.balance, returns=Balance | None)
    except (AdapterError, PluginBug, Quarantined) as e:
        return Stock(carrier.name, None, "", "", str(e))
    if left is None:
        return Stock(carrier.name, None, "", "", "")
    return Stock(carrier.name, left.remaining, left.unit, left.warning, "")


def _troubles(app: App) -> list[Trouble]:
    """What keeps instances from working; printers that merely do not answer show in their own lines."""
    found = []
    for instance in app.fleet.instances():
        name = instance.guard.instance
        if instance.guard.quarantined:
            found.append(Trouble(name, instance.guard.quarantined, quarantined=True))
        elif name in app.troubles and instance.name not in app.fleet.printers:
            found.append(Trouble(name, app.troubles[name]))
    found += [Trouble(name, why) for name, why in app.fleet.left_out.items()]
    found += [Trouble(failure.plugin, failure.reason) for failure in app.plugins.failures]
    return [Trouble(t.name, printable(t.why), t.quarantined) for t in found]
