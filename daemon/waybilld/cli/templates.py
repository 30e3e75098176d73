"""`waybilld labels templates | lint | encode`, and previews of templates: what a template's author needs."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import click
from PIL import Image, ImageDraw

from waybilld.cli import config_option
from waybilld.cli.drawing import Drawing, drawing
from waybilld.cli.exits import Exit, Failure
from waybilld.cli.output import OUTPUT, write
from waybilld.cli.sample import sample, variations
from waybilld.cli.text import JSON_OPTION, say, say_json, table
from waybilld.host.drawing import Encoder
from waybilld_sdk.errors import AdapterError
from waybilld_sdk.files.words import did_you_mean, printable
from waybilld_sdk.labels import Page, PrinterSettings, TemplateInfo

FOLDER = click.option(
    "--templates", "folder", type=click.Path(path_type=Path, file_okay=False), help="Folder of own templates to try."
)
DPMM = click.option("--dpmm", type=click.FloatRange(5, 24), default=8.0, show_default=True, help="Dots per mm.")
_LINT_DPMM = (8.0, 11.8)


@click.command("templates")
@config_option
@FOLDER
@JSON_OPTION
def templates(config: Path, folder: Path | None, as_json: bool) -> None:
    """List the templates: what each is for, and the media it is made for.

    \b
    Examples:
      waybilld labels templates
      waybilld labels templates --templates ./my-templates --json
    """
    found = drawing(config, folder).templates().templates()
    if as_json:
        say_json([{"name": t.name, "kind": t.kind, "media_mm": t.media_mm, "about": t.about} for t in found])
    else:
        click.echo(
            table(("template", "kind", "media in mm", "about"), ((t.name, t.kind, _media(t), t.about) for t in found))
        )


@click.command("lint")
@config_option
@FOLDER
@click.argument("names", nargs=-1)
@JSON_OPTION
def lint(config: Path, folder: Path | None, names: tuple[str, ...], as_json: bool) -> None:
    """Draw templates at 203 and 300 dpi with ordinary, bare, copied and long labels, and say what would go wrong on paper.

    Overflow, overlap, ink in quiet zones and at unprintable edges, bar codes that do not read back. Exit 1 with findings.

    \b
    Examples:
      waybilld labels lint
      waybilld labels lint my-waybill --templates ./my-templates
    """
    draws = drawing(config, folder)
    found = [row for info in _named(draws, names) for row in _linted(draws, info)]
    if as_json:
        say_json([{"template": name, "dots_per_mm": dpmm, "label": which, "code": code, "message": message}
                  for name, dpmm, which, code, message in found])  # fmt: skip
    else:
        click.echo(table(("template", "dots/mm", "label", "code", "what"), found) if found else "nothing found")
    if found:
        raise click.exceptions.Exit(Exit.FINDINGS)


def _linted(draws: Drawing, info: TemplateInfo) -> list[tuple[str, float, str, str, str]]:
    rows = []
    for dpmm in _LINT_DPMM:
        request = replace(sample(draws.config, dpmm, info.media_mm, info.kind), template=info.name)
        for which, varied in variations(request).items():
            try:
                findings = [(found.code, found.message) for found in draws.templates().lint(varied)]
            except AdapterError as e:
                findings = [(str(getattr(e, "code", "stopped")), str(e))]
            rows += [(info.name, dpmm, which, code, message) for code, message in findings]
    return rows


@click.command("encode")
@config_option
@FOLDER
@click.argument("name")
@click.option("--language", required=True, help="Printer language, such as zpl, tspl, escpos, pdf.")
@DPMM
@click.option("--darkness", type=int, help="0 to 30, where the language can say it.")
@click.option("--speed", type=int, help="Inches per second, where the language can say it.")
@OUTPUT
def encode(
    config: Path,
    folder: Path | None,
    name: str,
    language: str,
    dpmm: float,
    darkness: int | None,
    speed: int | None,
    output: Path,
) -> None:
    """Write a sample of template NAME in a printer's language: the very bytes that a printer would be sent.

    \b
    Examples:
      waybilld labels encode waybill-100x150 --language zpl -o label.zpl
      waybilld labels encode test --language tspl --dpmm 11.8 -o - | nc printer 9100
    """
    draws = drawing(config, folder)
    spec = draws.plugins.languages.get(language)
    if spec is None:
        known = ", ".join(sorted(draws.plugins.languages))
        near = did_you_mean(language, draws.plugins.languages)
        raise Failure(Exit.USAGE, printable(f"no enabled plugin encodes {language}{near} (known: {known})"))
    (info,) = _named(draws, (name,))
    page = pages_of(draws, info, dpmm, None)[0]
    try:
        document = Encoder(spec)(page, PrinterSettings(dpmm, info.media_mm, darkness, speed))
    except AdapterError as e:
        raise Failure(Exit.BAD_DATA, printable(str(e))) from e
    write(output, document.body + document.token)


def pages_of(draws: Drawing, info: TemplateInfo, dpmm: float, media_mm: tuple[float, float] | None) -> tuple[Page, ...]:
    """A sample of a template. Raises `Failure` (65) where the renderer refuses it."""
    request = replace(sample(draws.config, dpmm, media_mm or info.media_mm, info.kind), template=info.name)
    try:
        return draws.render(request)
    except AdapterError as e:
        raise Failure(Exit.BAD_DATA, printable(f"the template {info.name} refused the sample: {e}")) from e


def template_named(draws: Drawing, name: str) -> TemplateInfo:
    """One template. Raises `Failure` (64) for a name that none has."""
    return _named(draws, (name,))[0]


def _named(draws: Drawing, names: Sequence[str]) -> list[TemplateInfo]:
    found = {info.name: info for info in draws.templates().templates()}
    for name in names:
        if name not in found:
            near = did_you_mean(name, found)
            raise Failure(Exit.USAGE, printable(f"there is no template {name}{near} (known: {', '.join(found)})"))
    # A template for carriers' artwork shows nothing without one.
    return [found[name] for name in names] if names else [info for info in found.values() if not info.for_artwork]


_GAP, _CAPTION, _ROW, _TALLEST = 24, 28, 2000, 800


def contact_sheet(draws: Drawing, dpmm: float) -> bytes:
    """One picture (PNG) of every template side by side, each with its name, at a half or less of its dots."""
    tiles = []
    for info in _named(draws, ()):
        with Image.open(io.BytesIO(pages_of(draws, info, dpmm, None)[0].png)) as page:
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


def as_file(draws: Drawing, pages: tuple[Page, ...], info: TemplateInfo, dpmm: float, output: Path) -> None:
    """Write a sample as PNG, or as PDF where the file's name says so; further pages get numbers in their names."""
    pdf = output.suffix.lower() == ".pdf"
    for number, page in enumerate(pages, 1):
        target = output if number == 1 else output.with_stem(f"{output.stem}-{number}")
        if pdf:
            document = draws.plugins.languages["pdf"].encode(page, PrinterSettings(dpmm, info.media_mm))
            write(target, document.body + document.token)
        else:
            write(target, page.png)
    if len(pages) > 1:
        say(f"{len(pages)} pages")


def _media(info: TemplateInfo) -> str:
    return f"{info.media_mm[0]:g} x {info.media_mm[1]:g}"
