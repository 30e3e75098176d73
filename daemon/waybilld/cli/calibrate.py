"""`waybilld printers calibrate`: a label with rulers, and from what is read on it the printer's offset."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from waybilld.cli import config_option
from waybilld.cli.client import changing
from waybilld.cli.exits import Exit, Failure
from waybilld.cli.output import write
from waybilld.cli.place import place
from waybilld.cli.text import say
from waybilld.core.calibration import NotARead, corrected, snippet
from waybilld_sdk.files.words import printable

if TYPE_CHECKING:
    # What draws is slow to import, and `waybilld printers` lists without it.
    from waybilld.cli.drawing import Drawing
    from waybilld.cli.paper import PaperOf
    from waybilld.http.shapes import TestReply
    from waybilld_sdk.labels import Page

_PATIENCE_S = 60.0


@click.command("calibrate")
@config_option
@click.argument("name")
@click.option("--left", type=float, metavar="MM", help="What the label's gauge shows at the left edge of the paper.")
@click.option("--top", type=float, metavar="MM", help="What the label's gauge shows at the top edge of the paper.")
@click.option(
    "-o",
    "output",
    type=click.Path(path_type=Path, allow_dash=True),
    help="Write the calibration label: .png is a picture, any other name the bytes for the printer.",
)
def calibrate(config: Path, name: str, left: float | None, top: float | None, output: Path | None) -> None:
    """Find the offset with which printer NAME prints where the label says.

    First print the calibration label. Then type what its gauges show: the answer is what to put into the configuration.
    Print and read again until both show 0.

    \b
    Examples:
      waybilld printers calibrate bench-1
      waybilld printers calibrate bench-1 -o label.png
      waybilld printers calibrate bench-1 --left 0.3 --top -0.4
    """
    read = left is not None or top is not None
    if read and output is not None:
        raise click.UsageError("write the label with -o FILE, or type what it shows with --left and --top")
    if not read and output is None:
        _print(config, name)
        return
    from waybilld.cli.drawing import drawing
    from waybilld.cli.paper import paper_of

    draws = drawing(config)
    paper = paper_of(draws, name)
    if output is not None:
        write(output, _label(draws, paper, picture=output.suffix.lower() == ".png"))
        return
    try:
        offset = corrected(paper.printer.offset_mm, left or 0.0, top or 0.0)
    except NotARead as e:
        raise Failure(Exit.BAD_DATA, str(e)) from e
    if offset == paper.printer.offset_mm:
        click.echo(f"{name} prints where it should: nothing to change")
        return
    click.echo("put this into the configuration, restart the daemon, and print the label again:")
    click.echo(snippet(name, offset), nl=False)


def _print(config: Path, name: str) -> None:
    """Have the daemon print it, as any label."""
    from waybilld.http.table import PRINTER_CALIBRATE

    told: TestReply = changing(place(config), lambda api: api.post(PRINTER_CALIBRATE.url(name=name)), _PATIENCE_S)
    say(f"{told['printer']}: {told['serial']} {told['outcome']} {told['evidence']}; read its gauges, then type them:")
    say(f"waybilld printers calibrate {name} --left … --top …")


def _label(draws: Drawing, paper: PaperOf, *, picture: bool) -> bytes:
    """The calibration label, as a picture or for the printer as it is configured now: readings are added to its offset."""
    from waybilld.host.drawing import Encoder
    from waybilld_sdk.errors import AdapterError
    from waybilld_sdk.labels import PrinterSettings

    page = calibration_page(draws, paper)
    if picture:
        return page.png
    spec = draws.plugins.languages.get(paper.printer.language)
    if spec is None:
        raise Failure(Exit.CONFIG, f"no enabled plugin encodes {paper.printer.language}: name one in labels.plugins")
    try:
        document = Encoder(spec)(page, PrinterSettings.of(paper.printer))
    except AdapterError as e:
        raise Failure(Exit.BAD_DATA, printable(str(e))) from e
    return document.body + document.token


def calibration_page(draws: Drawing, paper: PaperOf) -> Page:
    """The label for one printer. Raises `Failure` (65) where the renderer draws none."""
    from waybilld_sdk.errors import AdapterError
    from waybilld_sdk.labels import LabelRequest

    what = paper.printer
    texts = (("printer", paper.name), ("now", paper.told))
    try:
        (page,) = draws.render(LabelRequest("calibration", what.dots_per_mm, what.media_mm, texts=texts))
    except AdapterError as e:
        renderer = draws.config.labels.renderer
        raise Failure(Exit.BAD_DATA, printable(f"the renderer {renderer} draws no calibration label: {e}")) from e
    return page
