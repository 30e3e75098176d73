"""What people do with printers."""

from __future__ import annotations

from http import HTTPStatus

from waybilld.core.printers import Mode
from waybilld.http.app import App
from waybilld.http.asked import Tell
from waybilld.http.handlers.answers import Answers, refusals, unwritten
from waybilld.http.shapes import DrillReply, ModeReply, TestReply
from waybilld.http.values import Request, Response, json_response
from waybilld.services.errands import Report
from waybilld.services.floor import NoPrinter, NotPrinted, passed

_REFUSALS: Answers = {
    NoPrinter: (HTTPStatus.NOT_FOUND, "see `waybilld printers` for names and pools"),
    NotPrinted: (HTTPStatus.CONFLICT, "see to the printer, then ask again"),
    **unwritten(),
}


async def pause(app: App, request: Request) -> Response:
    """No more labels for a printer."""
    return await _tell(app, request, Mode.PAUSED)


async def drain(app: App, request: Request) -> Response:
    """What it has begun, and then no more."""
    return await _tell(app, request, Mode.DRAINING)


async def resume(app: App, request: Request) -> Response:
    """Labels again."""
    return await _tell(app, request, Mode.OPEN)


async def _tell(app: App, request: Request, mode: Mode) -> Response:
    name, reason = request.params["name"], request.body_as(Tell).reason
    asker = request.asker()
    with refusals(_REFUSALS):
        await app.floor.tell(asker.uid, name, mode, reason)
    reply: ModeReply = {"printer": name, "mode": mode.value}
    return json_response(reply)


async def test(app: App, request: Request) -> Response:
    """A test label."""
    name = request.params["name"]
    with refusals(_REFUSALS):
        return _reported(name, await app.floor.test(name))


async def calibrate(app: App, request: Request) -> Response:
    """A calibration label."""
    name = request.params["name"]
    with refusals(_REFUSALS):
        return _reported(name, await app.floor.calibrate(name))


def _reported(name: str, report: Report) -> Response:
    reply: TestReply = {
        "printer": name,
        "serial": report.serial,
        "outcome": report.outcome,
        "evidence": f"E{int(report.evidence)}",
        "reason": report.reason,
        "seconds": round(report.seconds, 3),
    }
    return json_response(reply)


async def drill(app: App, request: Request) -> Response:
    """A label on each printer of a pool."""
    pool = request.params["name"]
    with refusals(_REFUSALS):
        rows = await app.floor.drill(pool)
    proves = {name: lane.printer.capabilities.proves for name, lane in app.lanes.items()}
    reply: DrillReply = {
        "pool": pool,
        "passed": passed(rows, proves),
        "printers": [
            {
                "printer": row.printer,
                "backup": row.backup,
                "outcome": row.outcome,
                "evidence": f"E{int(row.evidence)}",
                "reason": row.reason,
                "seconds": round(row.seconds, 3),
                "paper": row.paper,
                "mode": row.mode.value,
            }
            for row in rows
        ],
    }
    return json_response(reply)
