"""The opening check in the running daemon: gathers what `opening` judges."""

from __future__ import annotations

from collections.abc import Sequence

from twisted.internet.defer import Deferred

from waybilld.host.guard import PluginBug, Quarantined
from waybilld.host.sheetfile import Look, look_at
from waybilld.http import opening
from waybilld.http.app import App
from waybilld.http.handlers.live import printer_rows
from waybilld.http.opening import SheetFile, Stock, Stored, Trouble
from waybilld.http.shapes import CheckReply, FindingRow
from waybilld.http.values import Request, Response, json_response
from waybilld.services.fleet import Instance
from waybilld.store.sql import Runner
from waybilld_sdk.context import Limits
from waybilld_sdk.errors import AdapterError, Retry
from waybilld_sdk.files.words import printable
from waybilld_sdk.ports import Carrier
from waybilld_sdk.shipping import Balance

_LOOK_S = 10.0


async def check(app: App, request: Request) -> Response:  # noqa: ARG001 - a handler's form
    """Everything that somebody should know before the day begins."""
    state, now_s = app.state.path, app.clock.now_s()

    def query(run: Runner) -> Stored:
        return opening.stored(run, state)

    found = await app.store.read(query)
    asked = [Deferred.fromCoroutine(_stock(carrier)) for carrier in app.fleet.carriers.values()]
    files = opening.sheet_files(app.loaded.config)
    looks = await _looks(app, files)
    stocks = [await answer for answer in asked]
    rows: list[FindingRow] = [
        *opening.storage(found, now_s),
        *opening.numbers(stocks),
        *opening.printers(await printer_rows(app)),
        *opening.work(found.counts),
        *opening.sheets(files, looks),
        *opening.plugins(_troubles(app)),
    ]
    reply: CheckReply = {"level": opening.worst(rows), "findings": rows}
    return json_response(reply)


async def _looks(app: App, files: Sequence[SheetFile]) -> Sequence[Look] | None:
    """How the files look; None where no answer came, because a server of files on the network may hang."""
    try:
        return await app.lender.work(look_at, [file.pattern for file in files], limits=Limits(_LOOK_S)) if files else ()
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
