"""Runs of own delivery: anybody may list them, dispatchers alone open, close and see."""

from __future__ import annotations

from http import HTTPStatus

from waybilld.core.runs import Person
from waybilld.http.app import App
from waybilld.http.asked import LimitQuery, OpenRun, PageQuery
from waybilld.http.handlers.answers import Answers, Rows, refusals, unwritten
from waybilld.http.shapes import RunsReply
from waybilld.http.values import Request, Response, json_response
from waybilld.services.runs import PDF, PNG, NotDispatcher, Undrawable
from waybilld.store.queries import runs as queries
from waybilld.store.runs import CannotGo, NoRun, RunClosed
from waybilld_sdk.errors import AdapterError

_RUNS = Rows("run", "look at `waybilld runs` for their numbers")
_REFUSALS: Answers = {
    NotDispatcher: (
        HTTPStatus.FORBIDDEN,
        "name the user, or a group of theirs, in `runs.dispatchers` of the configuration and restart the daemon; "
        "root and the daemon's own user always may",
    ),
    NoRun: (HTTPStatus.NOT_FOUND, _RUNS.hint),
    RunClosed: (HTTPStatus.GONE, "open a new run over what is still to be delivered"),
    CannotGo: (HTTPStatus.CONFLICT, "leave these out, or mend them, and open the run again"),
    Undrawable: (HTTPStatus.CONFLICT, ""),
    **unwritten("nothing was done, and no sheet is shown that cannot be written down"),
    AdapterError: (HTTPStatus.SERVICE_UNAVAILABLE, "ask again"),
}


async def runs(app: App, request: Request) -> Response:
    """Runs, newest first."""
    most = request.filters_as(LimitQuery).limit
    reply: RunsReply = {"runs": await app.store.read(lambda run: queries.runs(run, most))}
    return json_response(reply)


async def run(app: App, request: Request) -> Response:
    """One run: its stops, and who saw its sheet."""
    return await _RUNS.whole(app, _RUNS.number(request), queries.whole)


async def open_run(app: App, request: Request) -> Response:
    """Open a run over shipments."""
    asked = request.body_as(OpenRun)
    with refusals(_REFUSALS):
        who = await _dispatcher(app, request, "open a run")
        number = await app.runs.open(who, asked.name, asked.shipments)
    return await _RUNS.whole(app, number, queries.whole)


async def close_run(app: App, request: Request) -> Response:
    """Close a run, which shreds its sheet."""
    number = _RUNS.number(request)
    with refusals(_REFUSALS):
        who = await _dispatcher(app, request, f"close run {number}")
        await app.runs.close(who, number)
    return await _RUNS.whole(app, number, queries.whole)


async def sheet_pdf(app: App, request: Request) -> Response:
    """The sheet with all its pages."""
    return Response(await _sheet(app, request, PDF, None), "application/pdf")


async def sheet_png(app: App, request: Request) -> Response:
    """One page of the sheet."""
    return Response(await _sheet(app, request, PNG, request.filters_as(PageQuery).page), "image/png")


async def _sheet(app: App, request: Request, form: str, page: int | None) -> bytes:
    number = _RUNS.number(request)
    with refusals(_REFUSALS):
        who = await _dispatcher(app, request, f"see the sheet of run {number}")
        return await app.runs.sheet(who, number, form, page)


async def _dispatcher(app: App, request: Request, what: str) -> Person:
    peer = request.asker()
    return await app.runs.admit(peer.uid, (peer.gid, *peer.groups), what)
