"""Samples of templates as pictures: what `waybilld labels preview` draws without a daemon."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import click
from PIL import Image, ImageDraw

from waybilld.cli.drawing import Drawing
from waybilld.cli.exits import Exit, Failure
from waybilld.cli.output import write
from waybilld.cli.paper import PaperOf
from waybilld.cli.sample import FIELDS, LABELS, sample, variations, with_artwork, with_fields
from waybilld.host import onpaper
from waybilld_sdk.errors import AdapterError
from waybilld_sdk.files.words import did_you_mean, printable
from waybilld_sdk.labels import Finding, LabelRequest, Page, PrinterSettings, TemplateInfo, TemplateRenderer

DPMM = click.option(
    "--dpmm", type=click.FloatRange(6, 24), default=8.0, show_default=True, help="Dots per mm, 6 to 24: 8 is 203 dpi."
)
WHICH = click.option(
    "--label", "which", type=click.Choice(LABELS), default=LABELS[0], show_default=True, help="Which of lint's labels."
)


def _given(_context: click.Context, _option: click.Parameter, values: tuple[str, ...]) -> Mapping[str, str]:
    given = dict(value.partition("=")[::2] for value in values)
    for name in given:
        if name not in FIELDS:
            near = did_you_mean(name, FIELDS) or f" (known: {', '.join(FIELDS)})"
            raise click.BadParameter(printable(f"samples have no field {name!r}{near}"))
    if any("=" not in value for value in values):
        raise click.BadParameter("write NAME=VALUE, such as mode=express")
    return given


WITH = click.option(
    "--with",
    "given",
    metavar="NAME=VALUE",
    multiple=True,
    callback=_given,
    help="Set a field of the sample, such as mode, shop, account, service or order_type; may be repeated.",
)


@dataclass(frozen=True, slots=True)
class Wish:
    """What a sample shall be: dots per mm, media in mm (None: the template's), which label, fields set, and the printer on
    whose paper it is shown."""

    dots_per_mm: float
    media_mm: tuple[float, float] | None = None
    which: str = LABELS[0]
    given: Mapping[str, str] = field(default_factory=dict)
    paper: PaperOf | None = None


def request_for(draws: Drawing, info: TemplateInfo, wish: Wish) -> LabelRequest:
    """The sample that a template is tried with. Raises `AdapterError` where what is laid out in it cannot be drawn."""
    media_mm = wish.media_mm or info.media_mm
    base = replace(sample(draws.config, wish.dots_per_mm, media_mm, info.kind), template=info.name)
    request = with_fields(variations(base)[wish.which], wish.given)
    return with_artwork(request, draws.render) if info.for_artwork else request


def pages_of(draws: Drawing, info: TemplateInfo, wish: Wish) -> tuple[Page, ...]:
    """A sample of a template. Raises `Failure` (65) where the renderer refuses it."""
    try:
        return draws.render(request_for(draws, info, wish))
    except AdapterError as e:
        raise refused(info, e) from e


def refused(info: TemplateInfo, error: AdapterError) -> Failure:
    """What ends a command whose sample was not drawn."""
    return Failure(Exit.BAD_DATA, printable(f"the template {info.name} refused the sample: {error}"))


def preview_template(draws: Drawing, info: TemplateInfo, wish: Wish, output: Path) -> None:
    """Write a sample of a template, and tell what lint finds in it. Raises `Failure` (65) where the renderer refuses it."""
    try:
        request = request_for(draws, info, wish)
        pages, findings = draws.render(request), draws.templates().lint(request)
    except AdapterError as e:
        raise refused(info, e) from e
    _shown(draws, pages, wish, output)
    tell((*findings, *lost(pages, wish.paper)))


def preview_chosen(draws: Drawing, wish: Wish, output: Path) -> None:
    """Write a sample waybill by the template that the renderer chooses, and tell what is found in it."""
    base = sample(draws.config, wish.dots_per_mm, wish.media_mm or (100.0, 150.0))
    request = with_fields(variations(base)[wish.which], wish.given)
    try:
        pages = draws.render(request)
        findings = draws.render.lint(request) if isinstance(draws.render, TemplateRenderer) else _findings(pages)
    except AdapterError as e:
        raise Failure(
            Exit.BAD_DATA, printable(f"the renderer {draws.config.labels.renderer} refused the sample: {e}")
        ) from e
    _shown(draws, pages, wish, output)
    tell((*findings, *lost(pages, wish.paper)))


def _shown(draws: Drawing, pages: Sequence[Page], wish: Wish, output: Path) -> None:
    """Write pages as they are, or on the printer's paper."""
    if wish.paper is not None:
        pages = [replace(page, png=on_paper(page.png, wish.paper)) for page in pages]
    as_file(draws, pages, wish.dots_per_mm, output)


def on_paper(png: bytes, paper: PaperOf) -> bytes:
    """A page on the printer's paper, with what the printer is told under it."""
    return onpaper.picture(png, paper.printer, f"{paper.name}: {paper.told}")


def lost(pages: Sequence[Page], paper: PaperOf | None) -> tuple[Finding, ...]:
    """What of the pages a printer does not print; nothing where none is named."""
    if paper is None:
        return ()
    return tuple(dict.fromkeys(finding for page in pages for finding in onpaper.look(page.png, paper.printer)))


def _findings(pages: Sequence[Page]) -> tuple[Finding, ...]:
    return tuple(dict.fromkeys(finding for page in pages for finding in page.findings))


def tell(findings: Iterable[Finding]) -> None:
    """Say on stderr what a person should know of a picture, but not that nobody read its bar codes, which lint says."""
    for finding in findings:
        if finding.code != "not-read-back":
            click.echo(printable(f"{finding.code}: {finding.message}"), err=True)


_GAP, _CAPTION, _ROW, _TALLEST = 24, 28, 2000, 800


def contact_sheet(draws: Drawing, dpmm: float) -> bytes:
    """One picture (PNG) of every template side by side, each with its name, at a half or less of its dots."""
    tiles = []
    for info in draws.templates().templates():
        with Image.open(io.BytesIO(pages_of(draws, info, Wish(dpmm))[0].png)) as page:
            tiles.append((info.name, page.convert("L").reduce(max(2, -(-page.height // _TALLEST)))))
    places, x, y, high = [], _GAP, _GAP, 0
    for name, tile in sorted(tiles, key=lambda one: one[1].height):
        if x + tile.width > _ROW and x > _GAP:
            x, y, high = _GAP, y + high + _CAPTION + _GAP, 0
        places.append((name, tile, x, y))
        x, high = x + tile.width + _GAP, max(high, tile.height)
    sheet = Image.new("L", (_ROW + _GAP, y + high + _CAPTION + _GAP), 208)
    pen = ImageDraw.Draw(sheet)
    for name, tile, left, top in places:
        sheet.paste(tile, (left, top + _CAPTION))
        pen.text((left, top + 6), name, fill=0)
    buffer = io.BytesIO()
    sheet.save(buffer, "PNG", optimize=True)
    return buffer.getvalue()


def must_be_picture(output: Path, *, pdf: bool) -> None:
    """Refuse a file name whose ending promises another format. Raises `click.UsageError`."""
    endings = (".png", ".pdf") if pdf else (".png",)
    if str(output) != "-" and output.suffix.lower() not in endings:
        raise click.UsageError(printable(f"{output}: the file's name must end in {' or '.join(endings)}, or be -"))


def as_file(draws: Drawing, pages: Sequence[Page], dpmm: float, output: Path) -> None:
    """Write pages as one PDF where the file's name says so, else as PNG, further pages with numbers in their names."""
    if output.suffix.lower() == ".pdf":
        spec = draws.plugins.languages.get("pdf")
        if spec is None or spec.bind is None:
            raise Failure(Exit.USAGE, "no enabled plugin writes PDF: write a picture, such as -o sample.png")
        media_mm = (pages[0].width / dpmm, pages[0].height / dpmm)
        document = spec.bind(pages, PrinterSettings(dpmm, media_mm))
        write(output, document.body + document.token)
    else:
        piped = str(output) == "-"
        for number, page in enumerate(pages[:1] if piped else pages, 1):
            write(output if number == 1 else output.with_stem(f"{output.stem}-{number}"), page.png)
        if piped and len(pages) > 1:
            click.echo(f"page 1 of {len(pages)}: name a file to have all of them", err=True)
            return
    if len(pages) > 1:
        click.echo(f"{len(pages)} pages")
