"""Printers' cards, rolls and maintenance, spares and troubles. Who may use the socket may say what was done, and it is
written down who said it."""

from __future__ import annotations

from http import HTTPStatus

from waybilld.core.troubles import Cause
from waybilld.http import care
from waybilld.http.app import App
from waybilld.http.asked import LoadRoll, Maintain, MoveSpare, ReportTrouble, SetSpare, SupportQuery, TroublesQuery
from waybilld.http.care import Shown, Tended
from waybilld.http.handlers.answers import Answers, refusals, unwritten
from waybilld.http.shapes import CardReply, SuppliesReply, SupportReply, TroubleReply, TroublesReply
from waybilld.http.support import gather
from waybilld.http.values import Request, Response, json_response
from waybilld.services.caredesk import OtherMedia, Roll, UnknownName
from waybilld.store.queries import spares as spare_queries
from waybilld.store.queries import troubles as trouble_queries
from waybilld.store.spares import NoItem, TooMany
from waybilld.store.sql import Runner
from waybilld.store.troubles import NeverSent, NoLabel

_DAY_US = 86_400_000_000
_REFUSALS: Answers = {
    UnknownName: (HTTPStatus.NOT_FOUND, "correct the name, or add it to the configuration"),
    NoItem: (HTTPStatus.NOT_FOUND, "correct the name, or keep it: `waybilld supplies set`"),
    NoLabel: (HTTPStatus.NOT_FOUND, "type what stands on the label, such as S0000017.1"),
    TooMany: (HTTPStatus.CONFLICT, ""),
    NeverSent: (HTTPStatus.CONFLICT, ""),
    OtherMedia: (
        HTTPStatus.PRECONDITION_REQUIRED,
        "name the unit if it is not mm (`--media 4x6in`); if these labels are in it, say that you are sure",
    ),
    ValueError: (HTTPStatus.CONFLICT, "correct the number or the name"),
    **unwritten("nothing was written"),
}


def shown(app: App) -> dict[str, Shown]:
    """What each device shows now."""
    told = app.care.caretaker
    return {
        name: Shown(told.counters(name), told.supplies(name), told.empty(name), told.cured()) for name in app.lanes
    }


def tend(app: App, run: Runner) -> list[Tended]:
    """Every printer with what people should be told of it."""
    return care.tend(run, app.care.printers.values(), shown(app), app.clock.now_s())


async def card(app: App, request: Request) -> Response:
    """Everything about one printer."""
    return await _card(app, request.params["name"])


async def load(app: App, request: Request) -> Response:
    """A roll or a ribbon was put in."""
    name, given = request.params["name"], request.body_as(LoadRoll)
    with refusals(_REFUSALS):
        roll = Roll(given.roll_mm, given.labels, given.ribbon_mm, given.media, given.sure)
        await app.care.load(request.asker().uid, name, roll)
    return await _card(app, name)


async def maintain(app: App, request: Request) -> Response:
    """Something was done to a printer."""
    name, given = request.params["name"], request.body_as(Maintain)
    with refusals(_REFUSALS):
        await app.care.maintain(request.asker().uid, name, given.what, given.note)
    return await _card(app, name)


async def _card(app: App, name: str) -> Response:
    with refusals(_REFUSALS):
        printer = app.care.fitted(name)
    lane, seen = app.lanes[name], shown(app)[name]
    configured = next(one for one in app.loaded.config.printers if one.name == name)
    now_s, now_us = app.clock.now_s(), app.clock.now_us()

    def query(run: Runner) -> CardReply:
        (one,) = care.tend(run, [printer], {name: seen}, now_s)
        found = care.card(run, one, configured, seen, now_us)
        status = lane.status
        found["state"], found["advice"] = status.state.value, status.advice
        found["reasons"] = [*status.reasons, *found["reasons"]]
        return found

    return json_response(await app.store.read(query))


async def supplies(app: App, request: Request) -> Response:  # noqa: ARG001 - a handler's form
    """What lies on the shelves."""
    return await _supplies(app)


async def set_spare(app: App, request: Request) -> Response:
    """Keep an item, and say when to order it."""
    given = request.body_as(SetSpare)
    with refusals(_REFUSALS):
        where = request.params["warehouse"], request.params["item"]
        await app.care.set_spare(request.asker().uid, *_named(*where), given.kind, given.reorder_at)
    return await _supplies(app)


async def move_spare(app: App, request: Request) -> Response:
    """Pieces came, went or were counted."""
    given = request.body_as(MoveSpare)
    with refusals(_REFUSALS):
        where = request.params["warehouse"], request.params["item"]
        await app.care.move_spare(request.asker().uid, *_named(*where), given.doing, given.amount)
    return await _supplies(app)


async def _supplies(app: App) -> Response:
    now_us = app.clock.now_us()
    reply: SuppliesReply = {"supplies": await app.store.read(lambda run: spare_queries.spares(run, now_us))}
    return json_response(reply)


async def troubles(app: App, request: Request) -> Response:
    """What went wrong lately, and the totals."""
    now_us = app.clock.now_us()
    since_us = now_us - round(request.filters_as(TroublesQuery).days * _DAY_US)
    cured = app.care.caretaker.cured()
    rows = await app.store.read(lambda run: trouble_queries.since(run, since_us, now_us, cured))
    reply: TroublesReply = {"troubles": rows, "totals": trouble_queries.totals(rows)}
    return json_response(reply)


async def report(app: App, request: Request) -> Response:
    """A person found a label bad."""
    given = request.body_as(ReportTrouble)
    with refusals(_REFUSALS):
        printer = await app.care.report(request.asker().uid, given.serial, given.cause, given.note)
    reply: TroubleReply = {"printer": printer, "cause": Cause(given.cause).value, "serial": given.serial}
    return json_response(reply)


async def support(app: App, request: Request) -> Response:
    """Diagnostics without personal data."""
    asked = request.filters_as(SupportQuery)
    if asked.printer is not None:
        with refusals(_REFUSALS):
            app.care.fitted(asked.printer)
    now_us, ready = app.clock.now_us(), app.ready
    statuses = {name: lane.status for name, lane in app.lanes.items()}

    def query(run: Runner) -> SupportReply:
        config, tended = app.loaded.config, tend(app, run)
        days, only = asked.days, asked.printer
        return gather(
            run, config, tended, shown(app), statuses, ready=ready, days=days, now_us=now_us, printer=only
        )

    return json_response(await app.store.read(query))


def _named(warehouse: str, item: str) -> tuple[str, str]:
    if not (0 < len(item) <= 40 and item.isprintable() and item == item.strip()):
        raise ValueError("an item's name is one line of at most 40 characters without blanks around it")
    return warehouse, item
