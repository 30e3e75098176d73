"""`waybilld runs`: the driver's run sheet, for dispatchers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from waybilld.cli import config_option, showing
from waybilld.cli.client import changing, reading
from waybilld.cli.output import OUTPUT, write
from waybilld.cli.place import place
from waybilld.cli.showing import user
from waybilld.cli.text import JSON_OPTION, say, say_json, when

if TYPE_CHECKING:
    from waybilld.http.shapes import RunsReply
    from waybilld.store.queries.shapes import RunRow, RunWhole

_HEADINGS = ("run", "name", "state", "stops", "opened (UTC)", "by", "closed (UTC)", "shown")
_MOST = 1000
_DRAWING_S = 60.0
_NUMBER = click.IntRange(1, 2**63 - 1)


@click.group("runs", invoke_without_command=True)
@config_option
@JSON_OPTION
@click.pass_context
def runs(context: click.Context, config: Path, as_json: bool) -> None:
    """Open, show and close the runs of own delivery; without a subcommand, list them.

    Labels of own delivery are masked; the run sheet has the full addresses. It is for the users and groups that the
    configuration names in `runs.dispatchers`, and for root and the daemon's own user. Each showing is in the journal.

    \b
    Examples:
      waybilld runs
      waybilld runs open --name north-morning 17 21 18
      waybilld runs sheet 3 -o run.pdf
      waybilld runs close 3
    """
    if context.invoked_subcommand is None:
        _list(config, as_json)


def _list(config: Path, as_json: bool) -> None:
    from waybilld.http.table import RUNS
    from waybilld.store.queries import runs as queries

    found: RunsReply = reading(
        place(config), lambda api: api.get(RUNS.url(), {"limit": _MOST}), lambda run, _: {"runs": queries.runs(run, _MOST)}
    )
    showing.say_list(found, found["runs"], _HEADINGS, _row, as_json=as_json)


@runs.command("open")
@config_option
@click.option("--name", required=True, help="What stands on the sheet, such as north-morning; it is kept: name no person.")
@click.argument("shipments", metavar="SHIPMENT...", type=_NUMBER, nargs=-1, required=True)
@JSON_OPTION
def open_run(config: Path, name: str, shipments: tuple[int, ...], as_json: bool) -> None:
    """Open a run over shipments, in the order of its stops.

    They must be printed or verified, of a carrier whose mode is own-delivery, not waiting for a person, and on no other open
    run; else nothing is opened, and every reason is told. The addresses are kept as they are now: an order that changes
    later does not change what the driver holds.

    \b
    Examples:
      waybilld runs open --name north-morning 17 21 18
    """
    from waybilld.http.table import RUN_OPEN

    asked = {"name": name, "shipments": list(shipments)}
    found: RunWhole = changing(place(config), lambda api: api.post(RUN_OPEN.url(), asked))
    if as_json:
        say_json(found)
    else:
        say(f"run {found['id']} is open with {_stops(found)}: waybilld runs sheet {found['id']} -o run.pdf")


@runs.command("show")
@config_option
@click.argument("run", type=_NUMBER)
@JSON_OPTION
def show(config: Path, run: int, as_json: bool) -> None:
    """Tell a run's stops, and who was shown its sheet when; nothing of the people that it goes to.

    \b
    Examples:
      waybilld runs show 3
    """
    from waybilld.http.table import RUN
    from waybilld.store.queries import runs as queries

    showing.show(config, RUN, run, queries.whole, _lines, as_json=as_json)


@runs.command("sheet")
@config_option
@click.argument("run", type=_NUMBER)
@OUTPUT
@click.option("--page", type=click.IntRange(1, 1000), help="Which page, where a PNG is asked for and there are several.")
def sheet(config: Path, run: int, output: Path, page: int | None) -> None:
    """Write the sheet of an open run, with every address in full: all pages as PDF, or one as PNG, by the file's name.

    Only the file's owner may read it. The daemon keeps no picture of it; whoever prints it destroys it after the run.

    \b
    Examples:
      waybilld runs sheet 3 -o run.pdf
      waybilld runs sheet 3 --page 2 -o run-2.png
      waybilld runs sheet 3 -o - | lp
    """
    from waybilld.http.table import RUN_PDF, RUN_PNG

    png = output.suffix.lower() == ".png"
    if not png and output.suffix.lower() != ".pdf" and str(output) != "-":
        raise click.UsageError("the file's name must end in .pdf or .png")
    if page is not None and not png:
        raise click.UsageError("--page goes with a PNG: a PDF has all pages")
    endpoint, query = (RUN_PNG, {"page": page}) if png else (RUN_PDF, None)
    where = place(config)
    write(output, changing(where, lambda api: api.get_bytes(endpoint.url(id=run), query), _DRAWING_S), private=True)


@runs.command("close")
@config_option
@click.argument("run", type=_NUMBER)
@click.option("--yes", is_flag=True, help="Do not ask.")
@JSON_OPTION
def close(config: Path, run: int, yes: bool, as_json: bool) -> None:
    """Close a run after the tour, which shreds its sheet: nobody can draw it again.

    \b
    Examples:
      waybilld runs close 3
      waybilld runs close 3 --yes
    """
    from waybilld.http.table import RUN_CLOSE

    if not yes:
        click.confirm(f"Close run {run}? Its sheet is shredded, and nobody can draw it again", abort=True, err=True)
    found: RunWhole = changing(place(config), lambda api: api.post(RUN_CLOSE.url(id=run)))
    if as_json:
        say_json(found)
    else:
        say(f"run {run} is closed and its sheet is shredded; destroy the paper, too")


def _row(run: RunRow) -> tuple[object, ...]:
    opened, closed = when(run["opened_at"]), when(run["closed_at"])
    by = user(run["opened_user"], run["opened_uid"])
    return run["id"], run["name"], run["state"], run["stops"], opened, by, closed, run["showings"]


def _lines(found: RunWhole) -> Iterator[str]:
    yield f"run {found['id']}, {found['name']}, {_stops(found)}: {found['state']}"
    yield f"opened {when(found['opened_at'])} UTC by {user(found['opened_user'], found['opened_uid'])}"
    for shown in found["shown_to"]:
        yield f"sheet shown {when(shown['at'])} UTC to {user(shown['user'], shown['uid'])}"
    if found["closed_at"]:
        closer = found["closed_uid"]
        by = user(found["closed_user"] or "", closer) if closer is not None else "retention, because nobody did"
        yield f"closed and shredded {when(found['closed_at'])} UTC by {by}"
    for stop in found["stop_list"]:
        waybills = ", ".join(stop["waybills"]) or "no waybill"
        yield f"  {stop['place']}. shipment {stop['shipment']}, {waybills}, {stop['state']}"


def _stops(found: RunRow) -> str:
    return f"{found['stops']} stop{'' if found['stops'] == 1 else 's'}"
