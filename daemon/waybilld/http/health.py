"""What may be asked without a login: metrics, whether the loop turns, and whether the daemon does its work."""

from __future__ import annotations

import math
import sqlite3
from http import HTTPStatus

from prometheus_client import CONTENT_TYPE_LATEST
from twisted.internet.defer import TimeoutError as DeadlineError

from waybilld.http.app import App
from waybilld.http.router import Route
from waybilld.http.table import HEALTHZ, METRICS, READYZ
from waybilld.http.values import Request, Response, text_response
from waybilld.store import kv
from waybilld.store.engine import StoreUnavailable
from waybilld.store.queries import labels, overview
from waybilld.store.tx import Tx

DATABASE_S = 2.0
"""How long the database may take to answer before the daemon counts as not ready."""


FRESH_S = 1.0
"""How long an answer of the database stands for others who ask."""


async def metrics(app: App, request: Request) -> Response:  # noqa: ARG001 - a handler's form
    """The exposition that Prometheus scrapes. What waits for a person is counted for it; NaN while it cannot be."""
    asked = app.store.read(lambda run: (overview.blocked(run), labels.in_doubt(run)))
    asked.addTimeout(DATABASE_S, app.clock.reactor)
    try:
        blocked, in_doubt = await asked
        app.meters.blocked.set(blocked)
        app.meters.in_doubt(in_doubt, app.lanes)
    except (DeadlineError, sqlite3.Error):
        # A scrape must answer above all when the database does not: the other metrics tell why.
        app.meters.blocked.set(math.nan)
        app.meters.in_doubt(None, app.lanes)
    return Response(app.meters.exposition(), CONTENT_TYPE_LATEST)


async def healthz(app: App, request: Request) -> Response:  # noqa: ARG001 - a handler's form
    """An answer at all proves that the loop turns."""
    return text_response("ok")


async def readyz(app: App, request: Request) -> Response:  # noqa: ARG001 - a handler's form
    """200 while the daemon works, else 503 with the reason in one line."""
    why = await why_not_ready(app)
    return text_response(why, HTTPStatus.SERVICE_UNAVAILABLE) if why else text_response("ok")


async def why_not_ready(app: App) -> str:
    """Why the daemon cannot work now; empty when it can. The answer of the last second stands: asking costs an fsync."""
    if not app.ready:
        return "starting or stopping"
    now = app.clock.monotonic()
    if app.readiness is None or now - app.readiness[0] >= FRESH_S:
        app.readiness = (now, await _ask_database(app))
    return app.readiness[1]


async def _ask_database(app: App) -> str:
    """Have the writer commit a mark: an empty commit would need no space."""
    asked = app.store.write(_mark)
    asked.addTimeout(DATABASE_S, app.clock.reactor)
    try:
        await asked
    except DeadlineError:
        return f"the database did not answer within {DATABASE_S:g} s: look at the disk, then at the log"
    except StoreUnavailable as e:
        return str(e)
    return app.store.refused


def _mark(tx: Tx) -> None:
    """The smallest real change: its commit proves that the writer lives and that the disk takes something."""
    kv.put(tx, "host", {"readyz": "asked"}, {})


ROUTES = (Route(METRICS, metrics), Route(HEALTHZ, healthz), Route(READYZ, readyz))
