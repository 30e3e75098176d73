"""`waybilld printers calibrate`: a label with rulers, and from what is read on it the printer's offset."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from waybilld.cli import config_option
from waybilld.cli.client import changing
from waybilld.cli.exits import Exit, Failure
from waybilld.cli.offsets import Wish, set_offset
from waybilld.cli.output import must_be_file, write
from waybilld.cli.place import place
from waybilld.cli.text import JSON_OPTION, say, say_json
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
@click.option("--write", "writes", is_flag=True, help="Write the offset into the configuration file, after a look.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option(
    "-o",
    "output",
    type=click.Path(path_type=Path, allow_dash=True),
    help="Write the calibration label: .png is a picture, any other name the bytes for the printer.",
)
@JSON_OPTION
def calibrate(
    config: Path,
    name: str,
    left: float | None,
    top: float | None,
    writes: bool,
    yes: bool,
    output: Path | None,
    as_json: bool,
) -> None:
    """Find the offset with which printer NAME prints where the label says, and put it into the configuration.

    First print the calibration label. Then type what its gauges show: the answer is the offset, which --write puts into the
    file, where comments and all else stay as they are and a copy of what it was is kept. Restart the daemon, print and read
    again until both show 0.

    \b
    Examples:
      waybilld printers calibrate bench-1
      waybilld printers calibrate bench-1 -o label.png
      waybilld printers calibrate bench-1 --left 0.3 --top -0.4
      waybilld printers calibrate bench-1 --left 0.3 --top -0.4 --write
    """
    read = left is not None or top is not None
    if read and output is not None:
        raise click.UsageError("write the label with -o FILE, or type what it shows with --left and --top")
    if writes and not read:
        raise click.UsageError("nothing is written without a reading: type what the label shows with --left and --top")
    if output is not None:
        _draw(config, name, output, as_json=as_json)
    elif read:
        set_offset(config, name, left or 0.0, top or 0.0, Wish(writes, yes, as_json))
    else:
        _print(config, name, as_json=as_json)


def _draw(config: Path, name: str, output: Path, *, as_json: bool) -> None:
    """Write it into a file."""
    from waybilld.cli.drawing import drawing
    from waybilld.cli.paper import paper_of

    must_be_file(output, as_json=as_json)
    draws = drawing(config)
    data = _label(draws, paper_of(draws, name), picture=output.suffix.lower() == ".png")
    write(output, data, as_json=as_json)
    if as_json:
        say_json({"printer": name, "path": str(output), "bytes": len(data)})


def _print(config: Path, name: str, *, as_json: bool) -> None:
    """Have the daemon print it, as any label."""
    from waybilld.http.table import PRINTER_CALIBRATE

    told: TestReply = changing(place(config), lambda api: api.post(PRINTER_CALIBRATE.url(name=name)), _PATIENCE_S)
    if as_json:
        say_json(told)
        return
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
