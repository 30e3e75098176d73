"""Readings that need the running daemon: how it is, and how its printers are."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass

import waybilld
from waybilld.core.printers import Mode
from waybilld.core.rolls import Preflight
from waybilld.http.app import App
from waybilld.http.care import Tended, pool_notes, preflights, told_notes
from waybilld.http.handlers.care import tend
from waybilld.http.health import why_not_ready
from waybilld.http.shapes import PrinterBrief, PrinterRow, PrintersReply, StatusReply
from waybilld.http.values import Request, Response, json_response
from waybilld.services.lane import Lane
from waybilld.store import printers as told_printers
from waybilld.store.printers import Told
from waybilld.store.queries import overview
from waybilld.store.queries.shapes import PrinterHistory, instant_of
from waybilld.store.sql import Runner


async def status(app: App, request: Request) -> Response:  # noqa: ARG001 - a handler's form
    """The daemon as a whole."""
    why = await why_not_ready(app)
    names = list(app.lanes)
    counts, histories = await app.store.read(lambda run: (overview.counts(run), overview.histories(run, names)))
    uptime_s = app.clock.monotonic() - app.started_s
    reply: StatusReply = {
        **counts,
        "pid": os.getpid(),
        "epoch": app.epoch,
        "node": app.loaded.config.node,
        "version": waybilld.__version__,
        "started_at": instant_of(app.clock.now_us() - int(uptime_s * 1_000_000)),
        "uptime_seconds": round(uptime_s, 3),
        "ready": not why,
        "why_not_ready": why,
        "listen": app.listen,
        "config": str(app.loaded.path.absolute()),
        "state": str(app.state.path),
        "printers": [_brief(lane, histories[name]) for name, lane in app.lanes.items()],
    }
    return json_response(reply)


async def printers(app: App, request: Request) -> Response:  # noqa: ARG001 - a handler's form
    """Every configured printer."""
    looked = await look_at_printers(app)
    reply: PrintersReply = {"printers": looked.rows, "notes": pool_notes(looked.preflights)}
    return json_response(reply)


@dataclass(frozen=True, slots=True)
class Looked:
    """The printers as one look showed them."""

    rows: list[PrinterRow]
    tended: list[Tended]
    preflights: Mapping[str, Preflight]


@dataclass(frozen=True, slots=True)
class _Stored:
    """What the database knows of the printers; `drained` are those that were to drain and have nothing in them."""

    queues: dict[str, int]
    histories: dict[str, PrinterHistory]
    told: dict[str, Told]
    inside: dict[str, str]
    drained: set[str]


async def look_at_printers(app: App) -> Looked:
    """Every configured printer: its lane's view, its history, and what it needs."""
    names = list(app.lanes)

    def query(run: Runner) -> tuple[_Stored, list[Tended]]:
        told, inside = told_printers.told(run), overview.inside(run)
        draining = {name for name, one in told.items() if one.mode is Mode.DRAINING and name not in inside}
        drained = {name for name in draining & app.lanes.keys() if app.lanes[name].owes_nothing(run)}
        return _Stored(overview.queues(run), overview.histories(run, names), told, inside, drained), tend(app, run)

    stored, tended = await app.store.read(query)
    places = {printer.name: printer.place for printer in app.loaded.config.printers}
    needs = {one.printer.name: one for one in tended}
    rows = [
        _row(lane, places.get(name, ""), stored, needs[name]) for name, lane in app.lanes.items()
    ]
    working = frozenset(
        row["name"] for row in rows if row["state"] in ("idle", "processing") and row["mode"] == Mode.OPEN
    )
    return Looked(rows, tended, preflights(tended, stored.queues, working))


def _brief(lane: Lane, history: PrinterHistory) -> PrinterBrief:
    return {
        "name": lane.printer.instance.name,
        "state": lane.status.state.value,
        "reasons": list(lane.status.reasons),
        "advice": lane.status.advice,
        "proven": history["outcomes"].get("proven", 0),
    }


def said(told: Told | None) -> tuple[str, str]:
    """What people told a printer, and why, as lists show it."""
    if told is None or told.mode is Mode.OPEN:
        return Mode.OPEN.value, ""
    return told.mode.value, f"{told.reason or 'no reason given'} ({told.user})"


def _row(lane: Lane, place: str, stored: _Stored, needs: Tended) -> PrinterRow:
    device, shown = lane.printer.device, lane.status
    mode, why = said(stored.told.get(device.name))
    history = stored.histories[device.name]
    return {
        "name": device.name,
        "place": place,
        "pool": device.pool,
        "backs": list(device.backs),
        "language": device.language,
        "mode": mode,
        "told": why,
        "unconfirmed": lane.printer.unconfirmed.value,
        "state": shown.state.value,
        "reasons": [*shown.reasons, *needs.reasons],
        "advice": shown.advice,
        "model": shown.model,
        "serial": shown.serial,
        "odometer": shown.odometer,
        "queue": stored.queues.get(device.pool, 0),
        "has": stored.inside.get(device.name),
        "drained": device.name in stored.drained,
        "label_seconds": round(lane.label_s, 4) if lane.label_s else None,
        "quarantined": lane.printer.instance.guard.quarantined,
        "outcomes": history["outcomes"],
        "last": history["last"],
        "roll_labels": needs.labels_left,
        "notes": told_notes(needs),
    }
