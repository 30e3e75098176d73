"""`waybilld printers`: how the printers are, and what they last printed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from waybilld.cli import config_option
from waybilld.cli.calibrate import calibrate
from waybilld.cli.client import reading
from waybilld.cli.place import Place, place
from waybilld.cli.text import JSON_OPTION, say, say_json, table

if TYPE_CHECKING:
    from waybilld.http.shapes import PrinterRow, PrintersReply
    from waybilld.store.sql import Runner

_HEADINGS = ("printer", "pool", "state", "reasons", "queue", "s/label", "proven", "newest", "counter", "model")


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
    """List the printers: state, what waits for their pool, and the evidence of their newest label."""
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
        if printer["quarantined"]:
            say(f"{printer['name']}: in quarantine: {printer['quarantined']}")
        elif printer["advice"]:
            say(f"{printer['name']}: {printer['advice']}")


def without_daemon(where: Place, run: Runner) -> PrintersReply:
    """What configuration and database know of the printers; nobody asks them now, so their state is unknown."""
    from waybilld.store.queries import overview

    config = where.config
    histories = overview.histories(run, [printer.name for printer in config.printers])
    queues = overview.queues(run)
    pools = {name: pool.name for pool in config.pools for name in pool.printers}
    rows: list[PrinterRow] = [
        {
            "name": printer.name,
            "place": printer.place,
            "pool": pools.get(printer.name, ""),
            "language": "",
            "state": "unknown",
            "reasons": [],
            "advice": "",
            "model": "",
            "serial": "",
            "odometer": None,
            "queue": queues.get(pools.get(printer.name, ""), 0),
            "label_seconds": None,
            "quarantined": "",
            "outcomes": histories[printer.name]["outcomes"],
            "last": histories[printer.name]["last"],
        }
        for printer in config.printers
    ]
    return {"printers": rows}


def _row(printer: PrinterRow) -> tuple[object, ...]:
    last = printer["last"]
    newest = f"{last['serial']} {last['outcome']} {last['evidence']}" if last else None
    return (
        printer["name"],
        printer["pool"],
        printer["state"],
        ", ".join(printer["reasons"]),
        printer["queue"],
        printer["label_seconds"],
        printer["outcomes"].get("proven", 0),
        newest,
        printer["odometer"],
        printer["model"],
    )


printers.add_command(calibrate)
