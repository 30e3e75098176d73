"""`waybilld journal`: what happened, in the order in which it happened."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from waybilld.cli import config_option
from waybilld.cli.client import NotRunning, asking, from_database, say_stored
from waybilld.cli.exits import Exit, Failure
from waybilld.cli.place import Place, place
from waybilld.cli.text import JSON_OPTION, say, when

if TYPE_CHECKING:
    from waybilld.http.shapes import JournalReply
    from waybilld.store.queries.shapes import StoryLine

_FOLLOW_S = 0.5
_PAGE = 1000


@click.group("journal", invoke_without_command=True)
@config_option
@JSON_OPTION
@click.pass_context
def journal(context: click.Context, config: Path, as_json: bool) -> None:
    """Show the journal; without a subcommand, its newest entries.

    \b
    Examples:
      waybilld journal
      waybilld journal tail --follow
    """
    if context.invoked_subcommand is None:
        context.invoke(tail, config=config, number=20, follow=False, as_json=as_json)


@journal.command("tail")
@config_option
@click.option("-n", "number", type=click.IntRange(1, _PAGE), default=20, show_default=True, help="How many entries.")
@click.option("-f", "--follow", is_flag=True, help="Go on with what happens, until ^C.")
@JSON_OPTION
def tail(config: Path, number: int, follow: bool, as_json: bool) -> None:
    """Show the newest entries, one a line.

    \b
    Examples:
      waybilld journal tail -n 100
      waybilld journal tail --follow
      waybilld journal tail --follow --json   one JSON object a line
    """
    where = place(config)
    try:
        found = _ask(where, None, number)
    except NotRunning:
        _print(_stored(where, number), as_json)
        if follow:
            raise Failure(Exit.NOT_RUNNING, f"nothing follows without a daemon: start it with {where.start}") from None
        say_stored(where)
        return
    _print(found["entries"], as_json)
    seen = found["last_seq"]
    pause = threading.Event()
    while follow:
        pause.wait(_FOLLOW_S)
        try:
            found = _ask(where, seen, _PAGE)
        except NotRunning:
            raise Failure(Exit.NOT_RUNNING, "the daemon ended") from None
        _print(found["entries"], as_json)
        seen = found["entries"][-1]["seq"] if found["entries"] else seen


def _ask(where: Place, after: int | None, limit: int) -> JournalReply:
    from waybilld.http.table import JOURNAL

    found: JournalReply = asking(where, lambda api: api.get(JOURNAL.url(), {"after": after, "limit": limit}))
    return found


def _stored(where: Place, number: int) -> list[StoryLine]:
    from waybilld.store.queries.overview import journal_lines

    return from_database(where, lambda run, _: journal_lines(run, None, number, None))


def _print(entries: Iterable[StoryLine], as_json: bool) -> None:
    for line in entries:
        if as_json:
            click.echo(json.dumps(line))
        else:
            about = f"  shipment {line['shipment']}" if line["shipment"] is not None else ""
            say(f"{line['seq']:>8}  {when(line['at'])}{about}  {line['text']}")
