"""`waybilld troubles`: the ledger of what went wrong with printing, and a packer's two keystrokes for a bad label."""

from __future__ import annotations

import shlex
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from waybilld.cli import config_option
from waybilld.cli.ages import age_s
from waybilld.cli.client import changing, reading
from waybilld.cli.place import place
from waybilld.cli.text import JSON_OPTION, say, say_json, table, when
from waybilld.core.troubles import LETTERS, WORDS, Cause

if TYPE_CHECKING:
    from waybilld.http.shapes import LabelReply, TroubleReply, TroublesReply
    from waybilld.store.queries.shapes import TroubleRow, TroubleTotal

_HEADINGS = ("began (UTC)", "printer", "cause", "lasted", "labels", "label", "who", "note")
_TOTALS = ("printer", "cause", "troubles", "lasted", "labels")
_WEEK = 7.0


def _since(_context: click.Context, _parameter: click.Parameter, given: str) -> float:
    seconds = age_s(given)
    if seconds is None:
        raise click.BadParameter("such as 24h, 7d or 4w")
    return seconds / 86_400


SINCE = click.option("--since", "days", default="7d", callback=_since, help="How far back: 24h, 7d, 4w; by default 7d.")


@click.group("troubles", invoke_without_command=True)
@config_option
@SINCE
@JSON_OPTION
@click.pass_context
def troubles(context: click.Context, config: Path, days: float, as_json: bool) -> None:
    """Report bad labels, and see what went wrong; without a subcommand, list the troubles of the last week with totals.

    \b
    Examples:
      waybilld troubles --since 24h
      waybilld troubles report S0000017.1        shows the causes, then asks whether to print it again
      waybilld troubles report S0000017.1 m      the label's print is shifted
    """
    if context.invoked_subcommand is None:
        _list(config, days, as_json)


@troubles.command("list")
@config_option
@SINCE
@JSON_OPTION
def list_(config: Path, days: float, as_json: bool) -> None:
    """List troubles, and how often and how long each printer had each cause."""
    _list(config, days, as_json)


def _list(config: Path, days: float, as_json: bool) -> None:
    from waybilld.http.table import TROUBLES
    from waybilld.store.queries import troubles as queries
    from waybilld.store.sql import Runner

    # The outermost ring: nothing inside is given a clock of its own.
    now_us = int(time.time() * 1_000_000)  # noqa: TID251

    def stored(run: Runner) -> TroublesReply:
        rows = queries.since(run, now_us - round(days * 86_400_000_000), now_us)
        return {"troubles": rows, "totals": queries.totals(rows)}

    found: TroublesReply = reading(
        place(config), lambda api: api.get(TROUBLES.url(), {"days": days}), lambda run, _: stored(run)
    )
    if as_json:
        say_json(found)
    elif not found["troubles"]:
        click.echo("none")
    else:
        click.echo(table(_HEADINGS, map(_row, found["troubles"])))
        click.echo()
        click.echo(table(_TOTALS, map(_total, found["totals"])))


def _row(row: TroubleRow) -> tuple[object, ...]:
    by_person = row["source"] == "person"
    lasted = "" if by_person else _lasted(row["seconds"]) if row["ended_at"] else f"{_lasted(row['seconds'])}, still"
    who = row["user"] or "somebody" if by_person else "the printer"
    began = when(row["began_at"])
    return (began, row["printer"], row["cause"], lasted, row["labels"], row["serial"], who, row["note"])


def _total(total: TroubleTotal) -> tuple[object, ...]:
    return (total["printer"], total["cause"], total["troubles"], _lasted(total["seconds"]), total["labels"])


def _lasted(seconds: float) -> str:
    if seconds < 60:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"


@troubles.command("report")
@config_option
@click.argument("serial")
@click.argument("cause", required=False)
@click.option("--note", default="", help="What else there is to say; it is kept for good: name no person.")
@JSON_OPTION
def report(config: Path, serial: str, cause: str | None, note: str, as_json: bool) -> None:
    """Report a bad label by its serial. Without a cause, the causes are shown, one key each; then it is asked whether the
    label is printed again.

    \b
    Examples:
      waybilld troubles report S0000017.1
      waybilld troubles report S0000017.1 f --note "left edge white"
    """
    from waybilld.http.table import LABEL_REPRINT, TROUBLE_REPORT

    where = place(config)
    asks = cause is None
    chosen = _pressed() if cause is None else _named(cause)
    asked = {"serial": serial, "cause": chosen.value, "note": note}
    found: TroubleReply = changing(where, lambda api: api.post(TROUBLE_REPORT.url(), asked))
    if as_json:
        say_json(found)
        return
    say(f"label {serial}: {chosen.value}, from printer {found['printer']}")
    again = f"waybilld labels reprint {shlex.quote(serial)} --reason {chosen.value}"
    if not asks:
        say(f"to print it again: {again}")
    elif _yes():
        body = {"reason": f"{chosen.value}: {note}" if note else chosen.value}
        copy: LabelReply = changing(where, lambda api: api.post(LABEL_REPRINT.url(serial=serial), body))
        say(f"{copy['serial']} is printed; throw {serial} away")


def _pressed() -> Cause:
    """The cause whose key is pressed. Anything that is none is asked again."""
    for letter, cause in LETTERS.items():
        click.echo(f"  {letter}  {cause.value}: {WORDS[cause]}")
    while True:
        click.echo("what is wrong? ", nl=False)
        letter = _key()
        if letter in LETTERS:
            return LETTERS[letter]


def _key() -> str:
    """The next key, shown. Raises `click.Abort` where nothing more can be typed."""
    letter = click.getchar().lower()
    if not letter:
        raise click.Abort
    click.echo(letter if letter.isprintable() else "")
    return letter


def _yes() -> bool:
    click.echo("print it again? y/n ", nl=False)
    return _key() == "y"


def _named(given: str) -> Cause:
    word = given.lower()
    if word in LETTERS:
        return LETTERS[word]
    if word in set(LETTERS.values()):
        return Cause(word)
    keys = ", ".join(f"{letter} {cause.value}" for letter, cause in LETTERS.items())
    raise click.UsageError(f"there is no cause {given}: there are {keys}")
