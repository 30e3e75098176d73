"""Readings that the database alone answers: the same verbs that the command line runs without a daemon."""

from __future__ import annotations

from http import HTTPStatus

from waybilld.host.preview import picture
from waybilld.http.app import App
from waybilld.http.asked import JournalQuery, LabelQuery, LimitQuery, OrdersQuery
from waybilld.http.openapi import document
from waybilld.http.shapes import CasesReply, InterceptsReply, JournalReply, QuarantineReply, UnconfirmedReply
from waybilld.http.standing import how
from waybilld.http.table import ENDPOINTS
from waybilld.http.values import HttpError, Request, Response, json_response, row_number
from waybilld.store import journal as journal_store
from waybilld.store.queries import cases as case_queries
from waybilld.store.queries import orders as order_queries
from waybilld.store.queries import overview, shipments
from waybilld.store.queries.orders import OrderFilter
from waybilld.store.queries.shapes import OrderRow
from waybilld.store.seal import Shredded
from waybilld.store.sql import Runner


async def orders(app: App, request: Request) -> Response:
    """A page of orders."""
    asked = request.filters_as(OrdersQuery)
    wanted = OrderFilter(
        shop=asked.shop,
        external_id=asked.external_id,
        state=asked.state.value if asked.state else None,
        blocked=asked.blocked,
        after=asked.after,
        limit=asked.limit,
    )
    found = await app.store.read(lambda run: order_queries.orders(run, app.seal, wanted))
    for row in found["orders"]:
        _say_how(app, row)
    return json_response(found)


async def order(app: App, request: Request) -> Response:
    """One order."""
    shop, number = request.params["shop"], request.params["external_id"]
    found = await app.store.read(lambda run: order_queries.order(run, app.seal, shop, number))
    if found is None:
        raise HttpError(HTTPStatus.NOT_FOUND, "this shop has no such order", "look at `waybilld orders`")
    _say_how(app, found)
    return json_response(found)


def _say_how(app: App, order: OrderRow) -> None:
    """Of a label that is in a printer which does not print, say what is to be done about that printer."""
    for brief in order["shipments"]:
        lane = app.lanes.get(brief["printer"] or "")
        if lane is not None and not lane.press.usable:
            brief["waits"] = f"{brief['waits']}, which {how(lane)}"


async def shipment(app: App, request: Request) -> Response:
    """One shipment's story."""
    number = _shipment_number(request)
    found = await app.store.read(lambda run: shipments.shipment(run, app.seal, number))
    if found is None:
        raise _no_shipment()
    return json_response(found)


async def label(app: App, request: Request) -> Response:
    """A shipment's newest label as a picture."""
    number = _shipment_number(request)
    asked = request.filters_as(LabelQuery)

    def drawn(run: Runner) -> bytes | None:
        page = shipments.label_page(run, app.seal, number, asked.variant, asked.serial)
        return None if page is None else picture(page)

    try:
        png = await app.store.read(drawn)
    except Shredded as e:
        raise HttpError(HTTPStatus.GONE, str(e)) from e
    if png is None:
        hint = "`waybilld shipments show` tells how far it is, and the serial and paper of everything that was drawn"
        raise HttpError(HTTPStatus.NOT_FOUND, "no such label was drawn for this shipment", hint)
    return Response(png, "image/png")


async def journal(app: App, request: Request) -> Response:
    """Journal entries."""
    asked = request.filters_as(JournalQuery)

    def query(run: Runner) -> JournalReply:
        entries = overview.journal_lines(run, asked.after, asked.limit, asked.shipment)
        return {"entries": entries, "last_seq": journal_store.last_seq(run)}

    return json_response(await app.store.read(query))


async def intercepts(app: App, request: Request) -> Response:
    """Copies that must not go on a parcel."""
    most = request.filters_as(LimitQuery).limit
    reply: InterceptsReply = {"intercepts": await app.store.read(lambda run: case_queries.intercepts(run, most))}
    return json_response(reply)


async def unconfirmed(app: App, request: Request) -> Response:
    """Labels that may or may not be on paper."""
    most = request.filters_as(LimitQuery).limit
    reply: UnconfirmedReply = {"unconfirmed": await app.store.read(lambda run: case_queries.unconfirmed(run, most))}
    return json_response(reply)


async def cases(app: App, request: Request) -> Response:
    """Open cases."""
    most = request.filters_as(LimitQuery).limit
    reply: CasesReply = {"cases": await app.store.read(lambda run: case_queries.open_cases(run, most))}
    return json_response(reply)


async def quarantine(app: App, request: Request) -> Response:
    """Records that could not be read."""
    most = request.filters_as(LimitQuery).limit
    reply: QuarantineReply = {"quarantine": await app.store.read(lambda run: case_queries.quarantine(run, most))}
    return json_response(reply)


async def openapi(app: App, request: Request) -> Response:  # noqa: ARG001 - a handler's form
    """The route table as OpenAPI."""
    return json_response(document(ENDPOINTS))


def _shipment_number(request: Request) -> int:
    number = row_number(request.params["id"])
    if number is None:
        raise _no_shipment()
    return number


def _no_shipment() -> HttpError:
    return HttpError(HTTPStatus.NOT_FOUND, "there is no such shipment", "look at `waybilld orders` for their numbers")
