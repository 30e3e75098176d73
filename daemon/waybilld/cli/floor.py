"""`waybilld printers pause | drain | resume | test | drill`: what people do with printers."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from waybilld.cli import config_option
from waybilld.cli.client import changing
from waybilld.cli.exits import Exit
from waybilld.cli.place import place
from waybilld.cli.text import JSON_OPTION, say, say_json, table

if TYPE_CHECKING:
    from waybilld.http.shapes import DrillReply, DrillRow, ModeReply, TestReply
    from waybilld.http.table import Endpoint

_PATIENCE_S = 60.0
REASON = click.option("--reason", default="", metavar="TEXT", help="Why, in a few words, for other people.")


@click.command("pause")
@click.argument("name")
@REASON
@config_option
@JSON_OPTION
def pause(name: str, reason: str, config: Path, as_json: bool) -> None:
    """Give a printer no more labels. A label that it cannot finish goes to another printer at once.

    \b
    Examples:
      waybilld printers pause bench-1 --reason "roll change"
    """
    from waybilld.http.table import PRINTER_PAUSE

    _tell(PRINTER_PAUSE, name, reason, config, as_json)


@click.command("drain")
@click.argument("name")
@REASON
@config_option
@JSON_OPTION
def drain(name: str, reason: str, config: Path, as_json: bool) -> None:
    """Let a printer finish the print set of its order, and give it no more labels.

    \b
    Examples:
      waybilld printers drain bench-1 --reason "goes to repair"
    """
    from waybilld.http.table import PRINTER_DRAIN

    _tell(PRINTER_DRAIN, name, reason, config, as_json)


@click.command("resume")
@click.argument("name")
@REASON
@config_option
@JSON_OPTION
def resume(name: str, reason: str, config: Path, as_json: bool) -> None:
    """Give a printer labels again.

    \b
    Examples:
      waybilld printers resume bench-1
    """
    from waybilld.http.table import PRINTER_RESUME

    _tell(PRINTER_RESUME, name, reason, config, as_json)


def _tell(endpoint: Endpoint, name: str, reason: str, config: Path, as_json: bool) -> None:
    body = {"reason": reason}
    told: ModeReply = changing(place(config), lambda api: api.post(endpoint.url(name=name), body))
    if as_json:
        say_json(told)
    else:
        say(f"{told['printer']}: {told['mode']}")


@click.command("test")
@click.argument("name")
@config_option
@JSON_OPTION
@click.pass_context
def test(context: click.Context, name: str, config: Path, as_json: bool) -> None:
    """Print a test label, also on a paused printer, and say what proves that it came out.

    Exit code 1 where it is not proven and the printer could have proven it.

    \b
    Examples:
      waybilld printers test bench-1
    """
    from waybilld.http.table import PRINTER_TEST

    told: TestReply = changing(place(config), lambda api: api.post(PRINTER_TEST.url(name=name)), _PATIENCE_S)
    if as_json:
        say_json(told)
    else:
        why = f": {told['reason']}" if told["reason"] else ""
        say(f"{told['printer']}: {told['serial']} {told['outcome']} {told['evidence']} in {told['seconds']:.1f} s{why}")
    if told["outcome"] == "refuted":
        context.exit(Exit.FINDINGS)


def _told(row: DrillRow) -> str:
    name = row["printer"]
    return "" if row["mode"] == "open" else f"{row['mode']}: takes no labels before `waybilld printers resume {name}`"


_HEADINGS = ("printer", "role", "outcome", "evidence", "seconds", "remark")


@click.command("drill")
@click.argument("pool")
@click.option("--yes", is_flag=True, help="Do not ask; a drill uses a label on each printer.")
@config_option
@JSON_OPTION
@click.pass_context
def drill(context: click.Context, pool: str, yes: bool, config: Path, as_json: bool) -> None:
    """Rehearse a failover: a label on each printer of a pool, in the order in which they stand in for each other.

    Exit code 1 where a printer took no label, could not prove what it could have proven, or is paused: then it would take
    nothing over.

    \b
    Examples:
      waybilld printers drill packing
      waybilld printers drill packing --yes --json
    """
    from waybilld.http.table import POOL_DRILL

    where = place(config)
    if not yes:
        click.confirm(f"A label comes out of every printer of pool {pool} and of its backups. Go on?", abort=True, err=True)
    told: DrillReply = changing(where, lambda api: api.post(POOL_DRILL.url(name=pool)), _PATIENCE_S)
    if as_json:
        say_json(told)
    else:
        rows = (
            (
                row["printer"],
                "backup" if row["backup"] else "own",
                row["outcome"] or "no label",
                row["evidence"],
                f"{row['seconds']:.1f}",
                "; ".join(filter(None, (_told(row), row["reason"], row["paper"]))),
            )
            for row in told["printers"]
        )
        click.echo(table(_HEADINGS, rows))
        say(f"pool {pool}: {'ready for a failover' if told['passed'] else 'not ready for a failover'}")
    if not told["passed"]:
        context.exit(Exit.FINDINGS)
