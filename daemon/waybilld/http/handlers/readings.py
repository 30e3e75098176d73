"""Readings that the database alone answers: the same verbs that the command line runs without a daemon."""

from __future__ import annotations

from http import HTTPStatus

from waybilld.host.preview import picture
from waybilld.http.app import App
from waybilld.http.asked import InterceptsQuery, JournalQuery, LabelQuery, LimitQuery, OrdersQuery, UnconfirmedQuery
from waybilld.http.handlers.answers import Rows
from waybilld.http.openapi import document
from waybilld.http.shapes import CasesReply, InterceptsReply, JournalReply, QuarantineReply, UnconfirmedReply
from waybilld.http.table import ENDPOINTS
from waybilld.http.values import HttpError, Request, Response, json_response
from waybilld.store import journal as journal_store
from waybilld.store.queries import cases as case_queries
from waybilld.store.queries import labels as label_queries
from waybilld.store.queries import orders as order_queries
from waybilld.store.queries import overview, shipments
from waybilld.store.queries.labels import DoubtFilter
from waybilld.store.queries.orders import OrderFilter
from waybilld.store.seal import Shredded
from waybilld.store.sql import Runner

_SHIPMENTS = Rows("shipment", "look at `waybilld orders` for their numbers")


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
    return json_response(await app.store.read(lambda run: order_queries.orders(run, app.seal, wanted)))


async def order(app: App, request: Request) -> Response:
    """One order."""
    shop, number = request.params["shop"], request.params["external_id"]
    found = await app.store.read(lambda run: order_queries.order(run, app.seal, shop, number))
    if found is None:
        raise HttpError(HTTPStatus.NOT_FOUND, "this shop has no such order", "look at `waybilld orders`")
    return json_response(found)


async def shipment(app: App, request: Request) -> Response:
    """One shipment's story."""
    number = _SHIPMENTS.number(request)
    return await _SHIPMENTS.whole(app, number, lambda run, at: shipments.shipment(run, app.seal, at))


async def label(app: App, request: Request) -> Response:
    """A shipment's newest label as a picture."""
    number = _SHIPMENTS.number(request)
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
    asked = request.filters_as(InterceptsQuery)
    found = await app.store.read(lambda run: label_queries.intercepts(run, asked.limit, asked.state))
    reply: InterceptsReply = {"intercepts": found}
    return json_response(reply)


async def unconfirmed(app: App, request: Request) -> Response:
    """Labels that may or may not be on paper."""
    asked = request.filters_as(UnconfirmedQuery)
    wanted = DoubtFilter.of_age(asked.printer, asked.pool, asked.older_than_s, app.clock.now_us())
    found = await app.store.read(lambda run: label_queries.unconfirmed(run, asked.limit, wanted))
    reply: UnconfirmedReply = {"unconfirmed": found}
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
