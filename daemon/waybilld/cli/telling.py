"""`waybilld labels settle | scan | reprint | release | cancel | move`: what people do with labels."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from waybilld.cli import config_option
from waybilld.cli.client import changing
from waybilld.cli.exits import Exit
from waybilld.cli.place import Place, place
from waybilld.cli.text import JSON_OPTION, say, say_json
from waybilld.core.troubles import Cause

if TYPE_CHECKING:
    from waybilld.http.shapes import LabelReply, ScanReply
    from waybilld.http.table import Endpoint

_SERIAL = click.argument("serial")
YES = click.option("--yes", is_flag=True, help="Do not ask.")


@click.command("settle")
@_SERIAL
@click.option("--printed", "printed", flag_value=True, type=bool, help="You have the label in hand.")
@click.option("--not-printed", "printed", flag_value=False, type=bool, help="You looked, and it is not there.")
@YES
@config_option
@JSON_OPTION
def settle(serial: str, printed: bool | None, yes: bool, config: Path, as_json: bool) -> None:
    """Say of a label in doubt whether it is on paper. One that is not is printed again, the same copy.

    \b
    Examples:
      waybilld labels settle W0000017.1 --printed
      waybilld labels settle W0000017.1 --not-printed
    """
    from waybilld.http.table import LABEL_SETTLE

    if printed is None:
        raise click.UsageError("say what you saw: --printed or --not-printed")
    if not printed and not yes:
        where = "in its printer, on the floor, on the table, on the wrong parcel"
        click.confirm(f"{serial} will be printed again. Have you looked {where}?", abort=True, err=True)
    _post(place(config), LABEL_SETTLE, serial, {"printed": printed}, as_json, "settled")


@click.command("scan")
@click.argument("serials", nargs=-1)
@config_option
@JSON_OPTION
@click.pass_context
def scan(context: click.Context, serials: tuple[str, ...], config: Path, as_json: bool) -> None:
    """The packing scan: settles labels in doubt, verifies their shipments, and says which must not go.

    Without a serial it reads them from standard input, one a line, as hand scanners type them. Exit code 1 where one must
    not go.

    \b
    Examples:
      waybilld labels scan W0000017.1
      waybilld labels scan < scanned.txt
    """
    from waybilld.http.table import LABEL_SCAN

    where = place(config)
    found: list[ScanReply] = []
    for serial in serials or _typed():
        told = _scan(where, LABEL_SCAN.url(serial=serial))
        found.append(told)
        if not as_json:
            say(f"{told['word'].upper():5} {told['serial']}: {told['text']}")
    if as_json:
        say_json({"scans": found})
    if any(told["word"] != "go" for told in found):
        context.exit(Exit.FINDINGS)


def _scan(where: Place, url: str) -> ScanReply:
    told: ScanReply = changing(where, lambda api: api.post(url))
    return told


def _typed() -> Iterable[str]:
    return (line.strip() for line in sys.stdin if line.strip())


@click.command("reprint")
@_SERIAL
@click.option("--reason", required=True, type=click.Choice([cause.value for cause in Cause]), help="The cause.")
@click.option("--note", default="", metavar="TEXT", help="What else is to be known, in a few words.")
@config_option
@JSON_OPTION
def reprint(serial: str, reason: str, note: str, config: Path, as_json: bool) -> None:
    """Print a further copy, with its mark and a serial of its own. The one before is superseded: throw it away.

    Who is no supervisor may ask for as many in a day as `labels.reprint.per_day` says.

    \b
    Examples:
      waybilld labels reprint W0000017.1 --reason faint-or-blank
      waybilld labels reprint W0000017.1 --reason person --note "stuck on the wrong parcel"
    """
    from waybilld.http.table import LABEL_REPRINT

    body = {"reason": f"{reason}: {note}" if note else reason}
    _post(place(config), LABEL_REPRINT, serial, body, as_json, "is printed; throw the one before away")


@click.command("release")
@_SERIAL
@config_option
@JSON_OPTION
def release(serial: str, config: Path, as_json: bool) -> None:
    """Print a label that was given up: it waited too long, or what kept it from printing is mended.

    \b
    Examples:
      waybilld labels release W0000017.1
    """
    from waybilld.http.table import LABEL_RELEASE

    _post(place(config), LABEL_RELEASE, serial, None, as_json, "waits for its printer again")


@click.command("cancel")
@_SERIAL
@YES
@config_option
@JSON_OPTION
def cancel(serial: str, yes: bool, config: Path, as_json: bool) -> None:
    """Drop a label that waits for a printer. Its shipment waits for a person then; a copy can still be asked for.

    \b
    Examples:
      waybilld labels cancel W0000017.1
    """
    from waybilld.http.table import LABEL_CANCEL

    if not yes:
        click.confirm(f"{serial} will not be printed. Go on?", abort=True, err=True)
    _post(place(config), LABEL_CANCEL, serial, None, as_json, "is dropped")


@click.command("move")
@_SERIAL
@click.option("--to", required=True, metavar="NAME", help="Name of a pool, or of one printer.")
@config_option
@JSON_OPTION
def move(serial: str, to: str, config: Path, as_json: bool) -> None:
    """Have another pool, or one printer, print a waiting label.

    \b
    Examples:
      waybilld labels move W0000017.1 --to bench-2
    """
    from waybilld.http.table import LABEL_MOVE

    _post(place(config), LABEL_MOVE, serial, {"to": to}, as_json, f"is for {to}")


def _post(
    where: Place, endpoint: Endpoint, serial: str, body: Mapping[str, object] | None, as_json: bool, said: str
) -> None:
    told: LabelReply = changing(where, lambda api: api.post(endpoint.url(serial=serial), body))
    if as_json:
        say_json(told)
    else:
        say(f"{told['serial']} {said}")
