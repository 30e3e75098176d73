"""`waybilld printers show | load | maintain`: a printer's card, and what people tell of it."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from waybilld.cli import config_option
from waybilld.cli.client import Api, Refused, changing, reading
from waybilld.cli.exits import Exit, Failure
from waybilld.cli.place import Place, place
from waybilld.cli.text import JSON_OPTION, counted, say, say_json, when
from waybilld_sdk.files.words import printable

if TYPE_CHECKING:
    from waybilld.http.shapes import CardReply
    from waybilld.store.queries.shapes import LeftRow
    from waybilld.store.sql import Runner

_MM_PER_KM = 1_000_000
_COARSE_KM = 0.1
_WHATS = ("head-cleaned", "head-replaced", "roller", "other")


@click.command("show")
@config_option
@click.argument("name")
@JSON_OPTION
def show(config: Path, name: str, as_json: bool) -> None:
    """Show a printer's card: what it is, whom to call, what is left of roll, ribbon and head, what was done to it, what went
    wrong, and its newest labels.

    \b
    Examples:
      waybilld printers show bench-1
    """
    from waybilld.http.table import CARD

    where = place(config)
    if name not in {printer.name for printer in where.config.printers}:
        names = ", ".join(printer.name for printer in where.config.printers) or "none"
        raise Failure(Exit.FINDINGS, f"there is no printer {name}: there are {names}")
    found: CardReply = reading(
        where, lambda api: api.get(CARD.url(name=name)), lambda run, _: card_without_daemon(where, run, name)
    )
    if as_json:
        say_json(found)
        return
    for line in _lines(found):
        say(line)


def card_without_daemon(where: Place, run: Runner, name: str) -> CardReply:
    """What configuration and database know of a printer; nobody asks it now."""
    from waybilld.http import care

    # The outermost ring: nothing inside is given a clock of its own.
    now_s = time.time()  # noqa: TID251
    printers = [one for one in care.without_devices(where.config) if one.name == name]
    (one,) = care.tend(run, printers, {}, now_s)
    configured = next(printer for printer in where.config.printers if printer.name == name)
    return care.card(run, one, configured, care.NOTHING, int(now_s * 1_000_000))


def _lines(found: CardReply) -> Iterator[str]:
    reasons = f" ({', '.join(found['reasons'])})" if found["reasons"] else ""
    pool = f", pool {found['pool']}" if found["pool"] else ""
    yield f"printer {found['name']}{pool}: {found['state']}{reasons}"
    if found["advice"]:
        yield f"  {found['advice']}"
    for note in found["notes"]:
        yield f"  {note}"
    device = found["device"]
    for label, value in (
        ("place", found["place"]),
        ("model", found["model"]),
        ("serial", device["serial"]),
        ("firmware", device["firmware"]),
        ("supplier", found["supplier"]),
        ("support", found["support"]),
        ("bought", found["bought"]),
        ("warranty until", found["warranty_end"]),
        ("labels in doubt", _policy(found["unconfirmed"])),
        ("labels drawn for", f"{found['media']} mm" if found["media"] else ""),
        ("printed in its life", _life(found)),
        ("roll", _left(found["roll"])),
        ("ribbon", _left(found["ribbon"])),
        ("print head", _head(found)),
    ):
        if value:
            yield f"{label}: {value}"
    for supply in found["supplies"]:
        level = "" if supply["level_percent"] is None else f"{supply['level_percent']} %"
        yield f"{supply['name'] or supply['kind']}: {level or 'no figure'}{', low' if supply['low'] else ''}"
    yield from _section("maintenance", found["maintenance"], _maintained)
    yield from _section("troubles", found["troubles"], _troubled)
    yield from _section("newest labels", found["newest"], _printed)


def _policy(unconfirmed: str) -> str:
    told = "; what was sent counts as printed, and nothing proves it" if unconfirmed == "accept-sent" else ""
    return unconfirmed + told


def _section(title: str, rows: list[Any], line: Callable[[Any], str]) -> Iterator[str]:
    if rows:
        yield f"{title}:"
        yield from (f"  {line(row)}" for row in rows)


def _life(found: CardReply) -> str:
    labels = "" if found["odometer"] is None else counted(found["odometer"], "label")
    length = "" if found["length_mm"] is None else _km(found["length_mm"] / _MM_PER_KM, found["length_step_mm"] / _MM_PER_KM)
    return ", ".join(filter(None, (labels, length)))


def _km(km: float, step_km: float) -> str:
    """A length as exactly as the device tells it: one that counts whole kilometres leaves out what it has not full."""
    if step_km < _COARSE_KM:
        return f"{km:.3f} km"
    return f"at least {km:g} km" if km >= step_km else f"under {step_km:g} km"


def _left(found: LeftRow | None) -> str:
    if found is None:
        return ""
    media = f" of {found['media']} mm" if found["media"] else ""
    if found["labels"] is None:
        return f"put in {when(found['loaded_at'])} UTC, of unknown length"
    by = {"length": "measured by the device", "odometer": "counted by the device", "labels": "by the labels sent"}
    if found["from_next_look"]:
        by["labels"] = "by the labels sent; the device counts from its next look on, as it could not be asked"
    if found["measured"] == "sensor":
        return f"out{media}, as the device says; put in {when(found['loaded_at'])} UTC by {found['user'] or 'somebody'}"
    told = f"about {counted(found['labels'], 'label')}{media}, {found['metres']} m of {found['full_metres']:g} m"
    put_in = f"put in {when(found['loaded_at'])} UTC by {found['user'] or 'somebody'}"
    return f"{told} left, {by[str(found['measured'])]}; {put_in}"


def _head(found: CardReply) -> str:
    head = found["head"]
    if head is None:
        return ""
    run = f"{head['km']:g} km" if head["step_km"] < _COARSE_KM else _km(head["km"], head["step_km"])
    parts = [f"{run}{'' if head['since_new'] else ' in the life of the device'}"]
    if found["head_life_km"] is not None:
        parts[0] += f" of {found['head_life_km']:g} km"
    if head["metres_a_day"] is not None:
        parts.append(f"{head['metres_a_day']:g} m a day")
    else:
        parts.append("no trend yet: its counters are kept once a day")
    if head["days_left"] is not None:
        parts.append(f"about {head['days_left']} days left")
    return ", ".join(parts)


def _maintained(row: Any) -> str:
    note = f": {row['note']}" if row["note"] else ""
    undone = f"; taken back {when(row['undone_at'])} UTC by {row['undone_user']}" if row["undone_at"] else ""
    return f"{when(row['at'])} UTC {row['what']} by {row['user'] or row['uid']}{note}{undone}"


def _troubled(row: Any) -> str:
    ended = f"for {row['seconds']:g} s" if row["ended_at"] else "and still"
    by = f", reported by {row['user'] or 'somebody'}" if row["source"] == "person" else f" {ended}"
    return f"{when(row['began_at'])} UTC {row['cause']}{by}, {counted(row['labels'], 'label')}"


def _printed(row: Any) -> str:
    reason = f": {row['reason']}" if row["reason"] else ""
    return f"{row['serial']} {row['kind']} {row['outcome']} {row['evidence']}{reason}"


def _measured(_context: click.Context, _parameter: click.Parameter, given: str | None) -> int | None:
    from waybilld.core.rolls import parse_length

    try:
        return None if given is None else parse_length(given)
    except ValueError as e:
        raise click.BadParameter(str(e)) from e


def _sized(_context: click.Context, _parameter: click.Parameter, given: str | None) -> str:
    from waybilld.core.rolls import parse_media

    try:
        return "" if given is None else parse_media(given)
    except ValueError as e:
        raise click.BadParameter(str(e)) from e


@click.command("load")
@config_option
@click.argument("name")
@click.option("--roll", "roll_mm", callback=_measured, metavar="LENGTH", help="Length of the new roll, such as 150m.")
@click.option("--labels", type=click.IntRange(1, 1_000_000), help="Or how many labels are on it.")
@click.option("--ribbon", "ribbon_mm", callback=_measured, metavar="LENGTH", help="Length of the new ribbon, such as 300m.")
@click.option("--media", callback=_sized, metavar="WxH", help="Width by height of one label: 100x150 (mm), 4x6in.")
@click.option("--sure", is_flag=True, help="Ask nothing: these labels are in it, although labels are drawn for others.")
@JSON_OPTION
def load(
    config: Path,
    name: str,
    roll_mm: int | None,
    labels: int | None,
    ribbon_mm: int | None,
    media: str,
    sure: bool,
    as_json: bool,
) -> None:
    """Tell of a new roll or ribbon: what is left of it is reckoned from now on, by the device's own counters where it has
    any. --media alone tells which labels are in it.

    A printer in which other labels are than it is set up for takes none, and its pool goes on without it. Whoever tells the
    same media once more has it print on them.

    \b
    Examples:
      waybilld printers load bench-1 --labels 500 --media 100x150
      waybilld printers load bench-1 --roll 150m --ribbon 300m
      waybilld printers load bench-1 --media 4x6in
    """
    from waybilld.http.table import LOAD

    if roll_mm is not None and labels is not None:
        raise click.UsageError("a roll is told by its length or by its labels: give one of --roll and --labels")
    if roll_mm is None and labels is None and ribbon_mm is None and not media:
        raise click.UsageError("name what was put in: --roll or --labels, --ribbon, or the --media of what is in it")
    asked = {"roll_mm": roll_mm, "labels": labels, "ribbon_mm": ribbon_mm, "media": media, "sure": sure}

    def tell(api: Api) -> CardReply:
        """Whoever tells media that labels are not drawn for is asked back."""
        try:
            told: CardReply = api.post(LOAD.url(name=name), asked)
        except Refused as e:
            if e.status != HTTPStatus.PRECONDITION_REQUIRED or as_json or not _sure(str(e)):
                raise
            told = api.post(LOAD.url(name=name), {**asked, "sure": True})
        return told

    found: CardReply = changing(place(config), tell)
    if as_json:
        say_json(found)
        return
    for wound in ("roll", "ribbon"):
        left = _left(found[wound])
        if left:
            say(f"{wound}: {left}")
    for note in found["notes"]:
        say(f"{name}: {note}")


def _sure(doubt: str) -> bool:
    """Ask a person, where there is one."""
    if not sys.stdin.isatty():
        return False
    click.echo(doubt)
    click.echo("are these labels in it? y/n ", nl=False)
    return click.getchar().lower() == "y"


@click.command("maintain")
@config_option
@click.argument("name")
@click.option("--what", type=click.Choice(_WHATS), help="What was done.")
@click.option("--undo", is_flag=True, help="Take back what was written down last; it stays, and is marked as a mistake.")
@click.option("--note", default="", help="What else there is to say; it is kept for good: name no person.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@JSON_OPTION
def maintain(config: Path, name: str, what: str | None, undo: bool, note: str, yes: bool, as_json: bool) -> None:
    """Write down what was done to a printer, and by whom; from a new print head on, its life is reckoned anew.

    \b
    Examples:
      waybilld printers maintain bench-1 --what head-cleaned
      waybilld printers maintain bench-1 --what head-replaced --note "spare of May"
      waybilld printers maintain bench-1 --undo
    """
    from waybilld.http.table import MAINTAIN, MAINTAIN_UNDO

    if undo == (what is not None) or (undo and note):
        raise click.UsageError("say what was done with --what, or take back what was written down last with --undo")
    where = place(config)
    if undo:
        if not yes:
            _take_back(where, name)
        url, body = MAINTAIN_UNDO.url(name=name), None
    else:
        if what == "head-replaced" and not yes:
            told = f"From now on the print head of {name} counts as new: how far it has run begins at 0 again. Go on?"
            click.confirm(told, abort=True, err=True)
        url, body = MAINTAIN.url(name=name), {"what": what, "note": note}
    found: CardReply = changing(where, lambda api: api.post(url, body))
    if as_json:
        say_json(found)
        return
    rows = found["maintenance"]
    say(f"{name}: {_maintained(max(rows, key=lambda row: row['undone_at'] or '') if undo else rows[0])}")


def _take_back(where: Place, name: str) -> None:
    """Ask whether it is what somebody means to take back. Raises `Failure`, `click.Abort`."""
    from waybilld.http.table import CARD

    found: CardReply = changing(where, lambda api: api.get(CARD.url(name=name)))
    newest = next((row for row in found["maintenance"] if not row["undone_at"]), None)
    if newest is None:
        raise Failure(Exit.FINDINGS, f"nothing is written down of printer {name} that could be taken back")
    head = " How far its head has run counts as it did before that." if newest["what"] == "head-replaced" else ""
    click.confirm(printable(f"Take back: {_maintained(newest)}?{head} Go on?"), abort=True, err=True)
