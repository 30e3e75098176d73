"""Runs of own delivery: anybody may list them, dispatchers alone open, close and see."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus

from waybilld.core.runs import Person
from waybilld.http.app import App
from waybilld.http.asked import LimitQuery, OpenRun, PageQuery
from waybilld.http.shapes import RunsReply
from waybilld.http.values import HttpError, Request, Response, json_response, row_number
from waybilld.services.runs import PDF, PNG, NotDispatcher, Undrawable
from waybilld.store.engine import StoreUnavailable
from waybilld.store.queries import runs as queries
from waybilld.store.runs import CannotGo, NoRun, RunClosed
from waybilld_sdk.errors import AdapterError


async def runs(app: App, request: Request) -> Response:
    """Runs, newest first."""
    most = request.filters_as(LimitQuery).limit
    reply: RunsReply = {"runs": await app.store.read(lambda run: queries.runs(run, most))}
    return json_response(reply)


async def run(app: App, request: Request) -> Response:
    """One run: its stops, and who saw its sheet."""
    return await _whole(app, _number(request))


async def open_run(app: App, request: Request) -> Response:
    """Open a run over shipments."""
    asked = request.body_as(OpenRun)
    with _refusals():
        who = await _dispatcher(app, request, "open a run")
        number = await app.runs.open(who, asked.name, asked.shipments)
    return await _whole(app, number)


async def close_run(app: App, request: Request) -> Response:
    """Close a run, which shreds its sheet."""
    number = _number(request)
    with _refusals():
        who = await _dispatcher(app, request, f"close run {number}")
        await app.runs.close(who, number)
    return await _whole(app, number)


async def sheet_pdf(app: App, request: Request) -> Response:
    """The sheet with all its pages."""
    return Response(await _sheet(app, request, PDF, None), "application/pdf")


async def sheet_png(app: App, request: Request) -> Response:
    """One page of the sheet."""
    return Response(await _sheet(app, request, PNG, request.filters_as(PageQuery).page), "image/png")


async def _sheet(app: App, request: Request, form: str, page: int | None) -> bytes:
    number = _number(request)
    with _refusals():
        who = await _dispatcher(app, request, f"see the sheet of run {number}")
        return await app.runs.sheet(who, number, form, page)


async def _whole(app: App, number: int) -> Response:
    found = await app.store.read(lambda run: queries.whole(run, number))
    if found is None:
        raise _no_run()
    return json_response(found)


async def _dispatcher(app: App, request: Request, what: str) -> Person:
    peer = request.peer
    if peer is None:
        raise HttpError(HTTPStatus.FORBIDDEN, "nobody can say who asks", "ask over the Unix socket")
    return await app.runs.admit(peer.uid, (peer.gid, *peer.groups), what)


@contextmanager
def _refusals() -> Iterator[None]:
    """What runs raise, as answers."""
    try:
        yield
    except NotDispatcher as e:
        hint = (
            "name the user, or a group of theirs, in `runs.dispatchers` of the configuration and restart the daemon; "
            "root and the daemon's own user always may"
        )
        raise HttpError(HTTPStatus.FORBIDDEN, str(e), hint) from e
    except NoRun as e:
        raise _no_run() from e
    except RunClosed as e:
        raise HttpError(HTTPStatus.GONE, str(e), "open a new run over what is still to be delivered") from e
    except CannotGo as e:
        raise HttpError(HTTPStatus.CONFLICT, str(e), "leave these out, or mend them, and open the run again") from e
    except Undrawable as e:
        raise HttpError(HTTPStatus.CONFLICT, str(e)) from e
    except StoreUnavailable as e:
        hint = "nothing was done, and no sheet is shown that cannot be written down: free space on the disk, then ask again"
        raise HttpError(HTTPStatus.SERVICE_UNAVAILABLE, str(e), hint) from e
    except AdapterError as e:
        raise HttpError(HTTPStatus.SERVICE_UNAVAILABLE, str(e), "ask again") from e


def _number(request: Request) -> int:
    number = row_number(request.params["id"])
    if number is None:
        raise _no_run()
    return number


def _no_run() -> HttpError:
    return HttpError(HTTPStatus.NOT_FOUND, "there is no such run", "look at `waybilld runs` for their numbers")
