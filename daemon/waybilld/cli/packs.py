"""`waybilld packs`: labels as a numbered PDF for another printer, when no label printer works."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from waybilld.cli import config_option, showing
from waybilld.cli.client import changing, reading
from waybilld.cli.exits import Exit, Failure
from waybilld.cli.output import OUTPUT, write
from waybilld.cli.place import Place, place
from waybilld.cli.showing import user
from waybilld.cli.text import JSON_OPTION, say, say_json, when
from waybilld.core.packs import MOST_ITEMS
from waybilld_sdk.files.words import printable

if TYPE_CHECKING:
    from waybilld.http.shapes import PacksReply
    from waybilld.store.queries.shapes import PackItemRow, PackMade, PackRow, PackWhole

_HEADINGS = ("pack", "pool", "state", "labels", "open", "printed", "spoiled", "unused", "made (UTC)", "by", "PDF given")
_MOST = 1000
_DRAWING_S = 100.0
_NUMBER = click.IntRange(1, 2**63 - 1)
_MARKS: tuple[Literal["printed", "spoiled", "unused"], ...] = ("printed", "spoiled", "unused")
_PACK = click.argument("pack", metavar="PACK", type=_NUMBER)


@click.group("packs", invoke_without_command=True)
@config_option
@JSON_OPTION
@click.pass_context
def packs(context: click.Context, config: Path, as_json: bool) -> None:
    """Print labels by hand when no printer of a pool works; without a subcommand, list the packs.

    A pack is a PDF: a check-off sheet, then every label above a strip with its number. Any office printer prints it. The
    labels in it count as sent, so no label printer prints them too; what came out is told back by the sheet.

    \b
    Examples:
      waybilld packs make bench -o pack.pdf
      waybilld packs settle 3 --printed 1-20,22 --spoiled 21
      waybilld packs settle 3 --unused all
      waybilld packs show 3
    """
    if context.invoked_subcommand is None:
        _list(config, as_json)


def _list(config: Path, as_json: bool) -> None:
    from waybilld.http.table import PACKS
    from waybilld.store.queries import packs as queries

    found: PacksReply = reading(
        place(config),
        lambda api: api.get(PACKS.url(), {"limit": _MOST}),
        lambda run, _: {"packs": queries.packs(run, _MOST)},
    )
    showing.say_list(found, found["packs"], _HEADINGS, _row, as_json=as_json)


@packs.command("make")
@config_option
@click.argument("pool")
@OUTPUT
@click.option(
    "--most", type=click.IntRange(1, MOST_ITEMS), default=MOST_ITEMS, show_default=True, help="How many labels at most."
)
def make(config: Path, pool: str, output: Path, most: int) -> None:
    """Take the labels that wait in a pool out of the spool, oldest first, and write them as a PDF.

    Print it at actual size. Labels that only a label printer can draw, from a carrier's ZPL, stay where they are, and each
    is named. Only the file's owner may read it.

    \b
    Examples:
      waybilld packs make bench -o pack.pdf
      waybilld packs make bench --most 50 -o - | lp -o print-scaling=none
    """
    from waybilld.http.table import PACK_MAKE

    where = place(config)
    made: PackMade = changing(where, lambda api: api.post(PACK_MAKE.url(), {"pool": pool, "most": most}))
    for left in made["left"]:
        _tell(f"label {left['serial']} stays in the spool: {left['why']}")
    pack = made["pack"]
    if pack is None:
        raise Failure(Exit.FINDINGS, f"no pack was made: no label of pool {printable(pool)} can go into one")
    number = pack["id"]
    _tell(f"pack {number} has {_labels(pack['labels'])}, and no printer prints them any more")
    _write(where, number, output)
    _tell(f"when they are printed: waybilld packs settle {number} --printed 1-{pack['labels']}")


@packs.command("show")
@config_option
@_PACK
@JSON_OPTION
def show(config: Path, pack: int, as_json: bool) -> None:
    """Tell what is known of every label of a pack, who said so, and who was given its PDF.

    \b
    Examples:
      waybilld packs show 3
    """
    from waybilld.http.table import PACK
    from waybilld.store.queries import packs as queries

    showing.show(config, PACK, pack, queries.whole, _lines, as_json=as_json)


@packs.command("pdf")
@config_option
@_PACK
@OUTPUT
def pdf(config: Path, pack: int, output: Path) -> None:
    """Write the PDF of a pack again: the labels that are not settled yet. Printed twice, they are on paper twice.

    \b
    Examples:
      waybilld packs pdf 3 -o pack.pdf
    """
    _write(place(config), pack, output)


@packs.command("settle")
@config_option
@_PACK
@click.option("--printed", metavar="NUMBERS", default="", help="What came out well: 1-20,22, or all that is still open.")
@click.option("--spoiled", metavar="NUMBERS", default="", help="What came out and cannot be used: a marked copy is printed.")
@click.option("--unused", metavar="NUMBERS", default="", help="What never came out: it waits for a printer again.")
@JSON_OPTION
def settle(config: Path, pack: int, printed: str, spoiled: str, unused: str, as_json: bool) -> None:
    """Tell by the check-off sheet what became of the labels of a pack. What is not named stays open.

    Nothing is settled where something does not add up. `all` is every open number that is not named otherwise.

    \b
    Examples:
      waybilld packs settle 3 --printed 1-20,22 --spoiled 21 --unused 23-25
      waybilld packs settle 3 --spoiled 7 --printed all
    """
    from waybilld.http.table import PACK_SETTLE

    asked = {"printed": printed, "spoiled": spoiled, "unused": unused}
    found: PackWhole = changing(place(config), lambda api: api.post(PACK_SETTLE.url(id=pack), asked))
    if as_json:
        say_json(found)
    else:
        say(_sum(found))


def _write(where: Place, number: int, output: Path) -> None:
    from waybilld.http.table import PACK_PDF

    write(output, changing(where, lambda api: api.get_bytes(PACK_PDF.url(id=number)), _DRAWING_S), private=True)


def _tell(text: str) -> None:
    """To stderr, because the file may go to stdout."""
    click.echo(printable(text), err=True)


def _row(pack: PackRow) -> tuple[object, ...]:
    counts = (pack["labels"], pack["open"], pack["printed"], pack["spoiled"], pack["unused"])
    by = user(pack["made_user"], pack["made_uid"])
    return pack["id"], pack["pool"], pack["state"], *counts, when(pack["made_at"]), by, pack["showings"]


def _lines(found: PackWhole) -> Iterator[str]:
    yield _sum(found)
    yield f"made {when(found['made_at'])} UTC by {user(found['made_user'], found['made_uid'])} from pool {found['pool']}"
    for shown in found["shown_to"]:
        yield f"PDF given {when(shown['at'])} UTC to {user(shown['user'], shown['uid'])}"
    yield from map(_item, found["items"])


def _item(item: PackItemRow) -> str:
    uid = item["settled_uid"]
    by = f", says {user(item['settled_user'] or '', uid)}" if uid is not None else ""
    waybill = item["waybill"] or "no waybill"
    return f"  {item['number']}. {item['serial']}, {waybill}, shipment {item['shipment']}: {item['state']}{by}"


def _sum(found: PackRow) -> str:
    told = ", ".join(f"{found[mark]} {mark}" for mark in _MARKS if found[mark])
    if found["state"] == "closed":
        return f"pack {found['id']}, {_labels(found['labels'])}, is closed: {told}"
    return f"pack {found['id']}, {_labels(found['labels'])}: {told + ', ' if told else ''}{found['open']} still open"


def _labels(count: int) -> str:
    return f"{count} label{'' if count == 1 else 's'}"
