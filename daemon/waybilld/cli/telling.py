"""`waybilld labels settle | scan | reprint | release | cancel | move`: what people do with labels."""

from __future__ import annotations

import sys
from collections.abc import Mapping
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
COPY_SAID = "will be printed; keep the one before until it is out, then throw that away"


@click.command("settle")
@_SERIAL
@click.option("--printed", is_flag=True, help="You have it in hand, and only one.")
@click.option("--not-printed", is_flag=True, help="You looked, and it is not there.")
@YES
@config_option
@JSON_OPTION
def settle(serial: str, printed: bool, not_printed: bool, yes: bool, config: Path, as_json: bool) -> None:
    """Say of a label in doubt whether it is on paper. One that is not is printed again, the same copy; if that is said of it
    a second time, a marked copy takes its place, which counts as a reprint that you asked for.

    Of a label that was printed twice, --printed says that you destroyed the other one.

    \b
    Examples:
      waybilld labels settle W0000017.1 --printed
      waybilld labels settle W0000017.1 --not-printed
    """
    from waybilld.http.table import LABEL_SETTLE

    if printed == not_printed:
        said = "both cannot be" if printed else "nothing is settled without one of them"
        raise click.UsageError(f"say what you saw, --printed or --not-printed: {said}")
    where = place(config)
    if not printed and not yes:
        _must_be(where, serial)
        spots = "in its printer, on the floor, on the table, on the wrong parcel"
        click.confirm(f"{serial} will be printed again. Have you looked {spots}?", abort=True, err=True)
    told: LabelReply = changing(where, lambda api: api.post(LABEL_SETTLE.url(serial=serial), {"printed": printed}))
    if as_json:
        say_json(told)
        return
    if told["serial"] != serial:
        say(f"{told['serial']} will be printed; {serial} was not found before, so throw it away wherever it turns up")
    elif printed:
        say(f"{serial} settled: it is on paper")
    else:
        say(f"{serial} settled: it is not on paper, and will be printed again, the same copy")
    say_standstill(told)


@click.command("scan")
@click.argument("codes", nargs=-1)
@config_option
@JSON_OPTION
@click.pass_context
def scan(context: click.Context, codes: tuple[str, ...], config: Path, as_json: bool) -> None:
    """The packing scan: settles labels in doubt, verifies their shipments, and says which must not go.

    A code is what is read off the label: the serial in its QR code, or the waybill number in its bar code. Without one they
    are read from standard input, one a line, as hand scanners type them. Exit code 1 where a label must not go.

    \b
    Examples:
      waybilld labels scan W0000017.1
      waybilld labels scan SF1234567890123
      waybilld labels scan < scanned.txt
    """
    from waybilld.http.table import LABEL_SCAN

    where = place(config)
    found: list[ScanReply] = []
    for code in filter(None, map(str.strip, codes or sys.stdin)):
        told = _scan(where, LABEL_SCAN.url(serial=code))
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
    _post(place(config), LABEL_REPRINT, serial, body, as_json, COPY_SAID)


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

    where = place(config)
    if not yes:
        _must_be(where, serial)
        click.confirm(f"{serial} will not be printed. Go on?", abort=True, err=True)
    _post(where, LABEL_CANCEL, serial, None, as_json, "is dropped")


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
        say_standstill(told)


def say_standstill(told: LabelReply) -> None:
    """Why what was asked for does not come out by itself, where it does not."""
    if told["standstill"]:
        say(f"{told['serial']}: {told['standstill']}")


def _must_be(where: Place, serial: str) -> None:
    """Nobody is asked about a label that there is not. Raises `Failure`."""
    from waybilld.http.table import ONE_LABEL

    changing(where, lambda api: api.get(ONE_LABEL.url(serial=serial)))
