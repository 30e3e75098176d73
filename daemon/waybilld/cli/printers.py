"""`waybilld printers`: how the printers are, and what they last printed."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from waybilld.cli import config_option
from waybilld.cli.calibrate import calibrate
from waybilld.cli.care import load, maintain, show
from waybilld.cli.client import reading
from waybilld.cli.floor import drain, drill, pause, resume, test
from waybilld.cli.place import Place, place
from waybilld.cli.text import JSON_OPTION, say, say_json, table
from waybilld.core.troubles import is_out

if TYPE_CHECKING:
    from waybilld.http.shapes import PrinterRow, PrintersReply
    from waybilld.store.sql import Runner

_HEADINGS = (
    "printer", "pool", "state", "reasons", "queue", "has", "s/label", "proven", "newest", "counter", "left", "in doubt",
    "model",
)  # fmt: skip


@click.group("printers", invoke_without_command=True)
@config_option
@JSON_OPTION
@click.pass_context
def printers(context: click.Context, config: Path, as_json: bool) -> None:
    """Show and steer the printers; without a subcommand, list state, queue and the evidence of each one's newest label.

    \b
    Examples:
      waybilld printers
      waybilld printers --json
    """
    if context.invoked_subcommand is None:
        _list(config, as_json)


@printers.command("list")
@config_option
@JSON_OPTION
def list_(config: Path, as_json: bool) -> None:
    """List the printers: state, what waits for their pool, the label that each has in it, the evidence of its newest one,
    and what becomes of a label that is in doubt (with `accept-sent` what was sent counts as printed; nothing proves it).

    \b
    Examples:
      waybilld printers list
      waybilld printers list --json
    """
    _list(config, as_json)


def _list(config: Path, as_json: bool) -> None:
    from waybilld.http.table import PRINTERS

    where = place(config)
    found: PrintersReply = reading(where, lambda api: api.get(PRINTERS.url()), lambda run, _: without_daemon(where, run))
    if as_json:
        say_json(found)
        return
    click.echo(table(_HEADINGS, (_row(printer) for printer in found["printers"])))
    for printer in found["printers"]:
        if printer["mode"] != "open":
            say(f"{printer['name']}: {_mode(printer)}: {printer['told']}; waybilld printers resume {printer['name']}")
        if printer["quarantined"]:
            say(f"{printer['name']}: in quarantine: {printer['quarantined']}")
        elif printer["advice"]:
            say(f"{printer['name']}: {printer['advice']}")
        for note in printer["notes"]:
            say(f"{printer['name']}: {note}")
    for note in found["notes"]:
        say(note)


def _mode(printer: PrinterRow) -> str:
    return "drained: nothing in it, the plug may be pulled" if printer["drained"] else printer["mode"]


def without_daemon(where: Place, run: Runner) -> PrintersReply:
    """What configuration and database know of the printers; nobody asks them now, so their state is unknown."""
    from waybilld.http import care
    from waybilld.store import printers as told_printers
    from waybilld.store.queries import overview

    config = where.config
    # The outermost ring: nothing inside is given a clock of its own.
    now_s = time.time()  # noqa: TID251
    needs = {one.printer.name: one for one in care.tend(run, care.without_devices(config), {}, now_s)}
    histories = overview.histories(run, [printer.name for printer in config.printers])
    queues, inside = overview.queues(run), overview.inside(run)
    pools = {name: pool.name for pool in config.pools for name in pool.printers}
    told = told_printers.told(run)
    rows: list[PrinterRow] = [
        {
            "name": printer.name,
            "place": printer.place,
            "pool": pools.get(printer.name, ""),
            "backs": [pool.name for pool in config.pools if printer.name in pool.backups],
            "language": "",
            "mode": told[printer.name].mode.value if printer.name in told else "open",
            "told": told[printer.name].reason if printer.name in told else "",
            "unconfirmed": printer.unconfirmed.value if printer.unconfirmed else "",
            "state": "unknown",
            "reasons": [],
            "advice": "",
            "model": "",
            "serial": "",
            "odometer": None,
            "queue": queues.get(pools.get(printer.name, ""), 0),
            "has": inside.get(printer.name),
            "drained": False,
            "label_seconds": None,
            "quarantined": "",
            "outcomes": histories[printer.name]["outcomes"],
            "last": histories[printer.name]["last"],
            "roll_labels": needs[printer.name].labels_left,
            "notes": care.told_notes(needs[printer.name]),
        }
        for printer in config.printers
    ]
    found = care.preflights(list(needs.values()), queues, frozenset())
    return {"printers": rows, "notes": care.pool_notes(found)}


def _row(printer: PrinterRow) -> tuple[object, ...]:
    last = printer["last"]
    newest = f"{last['serial']} {last['outcome']} {last['evidence']}" if last else None
    return (
        printer["name"],
        ", ".join(filter(None, (printer["pool"], *(f"({pool})" for pool in printer["backs"])))),
        printer["state"] if printer["mode"] == "open" else "drained" if printer["drained"] else printer["mode"],
        ", ".join(printer["reasons"]),
        printer["queue"],
        printer["has"],
        printer["label_seconds"],
        printer["outcomes"].get("proven", 0),
        newest,
        printer["odometer"],
        "out" if is_out(printer["reasons"]) else printer["roll_labels"],
        printer["unconfirmed"],
        printer["model"],
    )


for command in (show, load, maintain, pause, drain, resume, test, drill, calibrate):
    printers.add_command(command)
