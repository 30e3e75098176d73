"""What is read on a calibration label, and the offset in the configuration that comes of it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from waybilld.cli.client import NotRunning, asking
from waybilld.cli.exits import Exit, Failure
from waybilld.cli.place import place
from waybilld.cli.rewriting import Text, rewrite, show
from waybilld.cli.text import say, say_json
from waybilld.core.calibration import NotARead, corrected, snippet
from waybilld_sdk.files.words import printable

if TYPE_CHECKING:
    # What draws is slow to import, and `waybilld printers` lists without it.
    from waybilld.cli.drawing import Drawing
    from waybilld.http.shapes import CardReply

Offset = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to become of the offset: written into the file, without a question, told as JSON."""

    write: bool
    yes: bool
    as_json: bool


def set_offset(config: Path, name: str, left: float, top: float, wish: Wish) -> None:
    """Tell the offset that puts the print right, or write it into the file. Raises `Failure`, `click.Abort`."""
    from waybilld.cli.drawing import drawing
    from waybilld.cli.paper import paper_of

    draws = drawing(config)
    before = paper_of(draws, name).printer.offset_mm
    _same_as_printed(config, name, before)
    try:
        after = corrected(before, left, top)
    except NotARead as e:
        raise Failure(Exit.BAD_DATA, str(e)) from e
    backup = _written(config, name, after, draws, wish) if wish.write and after != before else None
    if wish.as_json:
        written = None if backup is None else str(backup)
        offsets = {"before_mm": [*before], "offset_mm": [*after]}
        say_json({"printer": name, **offsets, "changed": after != before, "written": backup is not None, "backup": written})
    elif after == before:
        click.echo(f"{name} prints where it should: nothing to change")
    elif backup is not None:
        say(f"{config} has the offset of {name} now, and {backup} is what it was")
        say("restart the daemon, and print the label again")
    else:
        click.echo("put this into the configuration, or have it put there with --write:")
        click.echo(snippet(name, after), nl=False)
        click.echo("then restart the daemon, and print the label again")


def _same_as_printed(config: Path, name: str, offset: Offset) -> None:
    """A reading is added to what the label was printed with. Raises `Failure` where that is not what the file says."""
    from waybilld.http.table import CARD

    try:
        card: CardReply = asking(place(config), lambda api: api.get(CARD.url(name=name)))
    except (NotRunning, Failure):
        # Then it was printed by another way, such as -o, from this file.
        return
    if card["offset_mm"] is not None and tuple(card["offset_mm"]) != offset:
        told, file = (f"{across:g}, {down:g} mm" for across, down in (card["offset_mm"], offset))
        text = f"the daemon prints with an offset of {told}, and {config} says {file}"
        raise Failure(Exit.FINDINGS, printable(f"{text}: restart the daemon, print the label again, and read that one"))


def _written(config: Path, name: str, offset: Offset, draws: Drawing, wish: Wish) -> Path:
    from waybilld.config.edit import CannotEdit, with_offset

    before = Text.of(config)
    try:
        after = with_offset(before.text, name, offset)
    except CannotEdit as e:
        text = f"{config} is not changed: {e}; put this in by hand:\n"
        raise Failure(Exit.BAD_DATA, printable(text).rstrip() + "\n" + snippet(name, offset).rstrip()) from e
    _must_load(config, after, draws)
    show(before, after)
    if not wish.yes:
        click.confirm(f"Write this into {printable(str(before.path))}?", abort=True, err=True)
    return rewrite(before, after)


def _must_load(config: Path, text: str, draws: Drawing) -> None:
    """The daemon must start with it. Raises `Failure` (78)."""
    from waybilld.config.errors import ConfigErrors
    from waybilld.config.load import parse
    from waybilld.host.discover import Catalogue
    from waybilld.host.saying import check_languages
    from waybilld_sdk.settings import Misconfigured

    outcome = parse(text, config, Catalogue.of_installed().resolve)
    try:
        if not isinstance(outcome, ConfigErrors):
            printers = [(printer.adapter, printer.settings) for printer in outcome.config.printers]
            check_languages(draws.plugins, printers, config)
            return
    except Misconfigured as e:
        outcome = ConfigErrors(e.mistakes)
    raise Failure(Exit.CONFIG, f"nothing was written, because the daemon would not start with it:\n{outcome}")
