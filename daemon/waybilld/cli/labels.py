"""`waybilld labels`: look at what is printed, and deal with it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from waybilld.cli import config_option
from waybilld.cli.client import reading
from waybilld.cli.doubtful import intercepts, list_unconfirmed, unconfirmed
from waybilld.cli.drawing import Drawing, drawing
from waybilld.cli.exits import Exit, Failure
from waybilld.cli.output import OUTPUT, write
from waybilld.cli.paper import PRINTER, paper_of
from waybilld.cli.place import place
from waybilld.cli.previews import (
    DPMM,
    WHICH,
    WITH,
    Wish,
    contact_sheet,
    must_be_picture,
    on_paper,
    preview_chosen,
    preview_template,
    tell,
)
from waybilld.cli.sample import LABELS
from waybilld.cli.telling import cancel, move, release, reprint, scan, settle
from waybilld.cli.templates import FOLDER, encode, lint, template_named, templates
from waybilld.cli.text import JSON_OPTION
from waybilld.host.onpaper import look
from waybilld.host.preview import finding_of, picture
from waybilld_sdk.files.words import printable

if TYPE_CHECKING:
    from waybilld.store.seal import Seal
    from waybilld.store.sql import Runner


@click.group("labels", invoke_without_command=True)
@config_option
@JSON_OPTION
@click.pass_context
def labels(context: click.Context, config: Path, as_json: bool) -> None:
    """Preview labels; without a subcommand, list those that may or may not be on paper."""
    if context.invoked_subcommand is None:
        list_unconfirmed(place(config), as_json=as_json)


class _Shipment(click.IntRange):
    """A shipment's number."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The number. Fails where it is none."""
        try:
            return super().convert(value, param, ctx)
        except click.BadParameter:
            self.fail(printable(f"{value!r} is no shipment's number: `waybilld shipments` lists them"), param, ctx)


@labels.command("preview")
@config_option
@click.argument("shipment", type=_Shipment(1, 2**63 - 1), required=False)
@OUTPUT
@click.option("--serial", metavar="SERIAL", help="What else is printed for it, such as S0000017.1.  [default: its waybill]")
@click.option("--variant", metavar="NAME", help="Dots per mm and media, such as 8/100x150; else the first that was drawn.")
@click.option("--sample", is_flag=True, help="Draw a sample label; needs neither a daemon nor a shipment.")
@click.option("--template", "name", help="Draw a sample of this template.")
@click.option("--all", "every", is_flag=True, help="Draw every template side by side, into one picture.")
@FOLDER
@WHICH
@WITH
@DPMM
@click.option("--media", metavar="WxH", help="Size of the sample in mm.  [default: the template's, or 100x150]")
@PRINTER
def preview(
    config: Path,
    shipment: int | None,
    output: Path,
    serial: str | None,
    variant: str | None,
    sample: bool,
    name: str | None,
    every: bool,
    folder: Path | None,
    which: str,
    given: Mapping[str, str],
    dpmm: float,
    media: str | None,
    printer: str | None,
) -> None:
    """Write a label as a picture: the very pixels that are printed for that shipment, or a sample.

    What the printer draws by itself, from a carrier's ZPL, is hatched. The file's name ends in .png, or in .pdf for samples
    at their exact size. What lint finds in a sample is told on stderr. With --printer the label lies on that printer's
    paper: its edge, the margins that the head does not reach shaded, the print moved as it is told to; red is lost.

    \b
    Examples:
      waybilld labels preview 17 -o label.png
      waybilld labels preview 17 --serial S0000017.1 -o slip.png
      waybilld labels preview --sample --dpmm 12 --media 76x130 -o sample.png
      waybilld labels preview 17 --printer bench-1 -o on-paper.png
      waybilld labels preview --template my-waybill --templates ./my-templates -o sample.png
      waybilld labels preview --template my-waybill --label long --with mode=express -o long.pdf
      waybilld labels preview --all -o templates.png
    """
    asked = sum((sample, name is not None, every, shipment is not None))
    if asked != 1:
        only = "only one of " if asked else ""
        raise click.UsageError(f"name {only}a shipment's number, --template, --all or --sample")
    must_be_picture(output, pdf=(sample or name is not None) and printer is None)
    if printer is not None and (every or media or variant):
        raise click.UsageError("--printer shows one label on that printer's paper: leave out --all, --media and --variant")
    if (every or shipment is not None) and (given or which != LABELS[0]):
        raise click.UsageError("--label and --with are for samples of one template")
    if shipment is None and (serial or variant):
        raise click.UsageError("--serial and --variant are for what was drawn for a shipment: name its number")
    if shipment is not None:
        _preview_stored(config, output, shipment, variant, serial, printer)
        return
    draws = drawing(config, folder)
    wish = Wish(dpmm, _size(media) if media else None, which, given)
    if printer is not None:
        paper = paper_of(draws, printer)
        wish = Wish(paper.printer.dots_per_mm, paper.printer.media_mm, which, given, paper)
    _preview_sample(output, draws, name, wish, every=every)


def _preview_stored(
    config: Path, output: Path, shipment: int, variant: str | None, serial: str | None, printer: str | None
) -> None:
    paper = None if printer is None else paper_of(drawing(config), printer)
    if paper is not None:
        from waybilld.services.fleet import variant_of

        variant = variant_of(paper.printer)
    png = _stored(config, shipment, variant, serial)
    write(output, png if paper is None else on_paper(png, paper))
    if paper is not None:
        tell(look(png, paper.printer))
    if finding := finding_of(png):
        click.echo(printable(finding), err=True)


def _preview_sample(output: Path, draws: Drawing, name: str | None, wish: Wish, *, every: bool) -> None:
    if every:
        write(output, contact_sheet(draws, wish.dots_per_mm))
    elif name is not None:
        preview_template(draws, template_named(draws, name), wish, output)
    else:
        preview_chosen(draws, wish, output)


def _size(media: str) -> tuple[float, float]:
    match = re.fullmatch(r"([0-9]{1,3}(?:\.[0-9]+)?)x([0-9]{1,3}(?:\.[0-9]+)?)", media, re.ASCII)
    if match is None:
        raise click.BadParameter("write width x height in mm, such as 100x150", param_hint="--media")
    return float(match[1]), float(match[2])


def _stored(config: Path, shipment: int, variant: str | None, serial: str | None) -> bytes:
    from waybilld.http.table import LABEL

    where = place(config)

    def offline(run: Runner, seal: Seal | None) -> bytes | None:
        from waybilld.store.queries.shipments import label_page
        from waybilld.store.seal import Shredded

        if seal is None:
            raise Failure(Exit.NOT_RUNNING, f"labels are sealed: use the daemon's user, or start it with {where.start}")
        try:
            page = label_page(run, seal, shipment, variant, serial)
        except Shredded as e:
            raise Failure(Exit.FINDINGS, str(e)) from e
        return None if page is None else picture(page)

    asked = {"variant": variant, "serial": serial}
    png = reading(where, lambda api: api.get_bytes(LABEL.url(id=shipment), asked), offline)
    if png is None:
        text = f"no such label was drawn for shipment {shipment}: `waybilld shipments show {shipment}` lists what there is"
        raise Failure(Exit.FINDINGS, text)
    return png


for command in (unconfirmed, intercepts, settle, scan, reprint, release, cancel, move):
    labels.add_command(command)
labels.add_command(templates)
labels.add_command(lint)
labels.add_command(encode)
