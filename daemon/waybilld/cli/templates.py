"""`waybilld labels templates | lint | encode`: what a template's author needs beside previews."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import product
from pathlib import Path

import click

from waybilld.cli import config_option
from waybilld.cli.drawing import Drawing, Mistaken, drawing
from waybilld.cli.exits import Exit, Failure
from waybilld.cli.output import OUTPUT, write
from waybilld.cli.paper import PRINTER, PaperOf, paper_of
from waybilld.cli.previews import DPMM, WHICH, WITH, Wish, lost, pages_of, request_for
from waybilld.cli.sample import LABELS
from waybilld.cli.text import JSON_OPTION, say_json, table
from waybilld.host.drawing import Encoder
from waybilld.host.trial import refusals
from waybilld_sdk.errors import AdapterError
from waybilld_sdk.files.words import did_you_mean, printable
from waybilld_sdk.labels import PrinterSettings, TemplateInfo

FOLDER = click.option(
    "--templates", "folder", type=click.Path(path_type=Path, file_okay=False), help="Folder of own templates to try."
)
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
    found = _drawing(config, folder, as_json=as_json).templates().templates()
    if as_json:
        say_json([{"name": t.name, "kind": t.kind, "media_mm": t.media_mm, "about": t.about} for t in found])
    else:
        click.echo(
            table(("template", "kind", "media in mm", "about"), ((t.name, t.kind, _media(t), t.about) for t in found))
        )


@click.command("lint")
@config_option
@FOLDER
@WITH
@PRINTER
@click.argument("names", nargs=-1)
@JSON_OPTION
def lint(
    config: Path,
    folder: Path | None,
    given: Mapping[str, str],
    printer: str | None,
    names: tuple[str, ...],
    as_json: bool,
) -> None:
    """Draw templates at 203 and 300 dpi with ordinary, bare, copied and long labels, and say what would go wrong on paper.

    Overflow, overlap, ink in quiet zones and at unprintable edges, bar codes that do not read back, waybills without number,
    print serial, consignee or mark of a copy. Exit 1 with findings. `labels preview --label` shows the same labels. With
    --printer the labels are drawn for that printer's paper, and ink that its offset or margins lose is a finding too. With
    --json, mistakes in templates are JSON too: `{"ok": false, "errors": [...]}`, as of `config check`.

    \b
    Examples:
      waybilld labels lint
      waybilld labels lint my-waybill --templates ./my-templates --with mode=express
      waybilld labels lint --printer bench-1
    """
    draws = _drawing(config, folder, as_json=as_json)
    paper = None if printer is None else paper_of(draws, printer)
    fitting = (info for info in _named(draws, names) if names or paper is None or _fits(draws, info, paper))
    found = [one for info in fitting for one in _linted(draws, info, given, paper)]
    if as_json:
        say_json([asdict(one) for one in found])
    elif found:
        click.echo(table(("template", "label", "dots/mm", "code", "what"), (one.row for one in found)))
    else:
        click.echo("nothing found")
    if found:
        raise click.exceptions.Exit(Exit.FINDINGS)


@dataclass(frozen=True, slots=True)
class _Found:
    """One finding of a template, and the labels and resolutions at which it came."""

    template: str
    code: str
    message: str
    labels: tuple[str, ...]
    dots_per_mm: tuple[float, ...]

    @property
    def row(self) -> tuple[str, str, str, str, str]:
        """As people read it."""
        labels = "all" if len(self.labels) == len(LABELS) else ", ".join(self.labels)
        dpmm = "all" if len(self.dots_per_mm) == len(_LINT_DPMM) else ", ".join(f"{one:g}" for one in self.dots_per_mm)
        return self.template, labels, dpmm, self.code, self.message


def _fits(draws: Drawing, info: TemplateInfo, paper: PaperOf) -> bool:
    """Whether a template is made for a printer's paper at all."""
    wish = Wish(paper.printer.dots_per_mm, paper.printer.media_mm)
    return not refusals(draws.render, (request_for(draws, info, wish),))[0]


def _linted(draws: Drawing, info: TemplateInfo, given: Mapping[str, str], paper: PaperOf | None) -> list[_Found]:
    found: dict[tuple[str, str], list[tuple[str, float]]] = {}
    resolutions = _LINT_DPMM if paper is None else (paper.printer.dots_per_mm,)
    media_mm = None if paper is None else paper.printer.media_mm
    for dpmm, which in product(resolutions, LABELS):
        try:
            request = request_for(draws, info, Wish(dpmm, media_mm, which, given))
            findings = draws.templates().lint(request)
            if paper is not None:
                findings += lost(draws.render(request), paper)
            told = [(finding.code, finding.message) for finding in findings]
        except AdapterError as e:
            told = [(str(getattr(e, "code", "stopped")), str(e))]
        for one in told:
            found.setdefault(one, []).append((which, dpmm))
    return [
        _Found(info.name, *said, *(tuple(dict.fromkeys(column)) for column in zip(*places, strict=True)))
        for said, places in found.items()
    ]


@click.command("encode")
@config_option
@FOLDER
@click.argument("name")
@click.option("--language", required=True, help="Printer language, such as zpl, tspl, escpos, pdf.")
@DPMM
@WHICH
@WITH
@click.option("--darkness", type=click.IntRange(0, 30), help="0 to 30, where the language can say it.")
@click.option("--speed", type=click.IntRange(1), help="Inches per second, where the language can say it.")
@OUTPUT
def encode(
    config: Path,
    folder: Path | None,
    name: str,
    language: str,
    dpmm: float,
    which: str,
    given: Mapping[str, str],
    darkness: int | None,
    speed: int | None,
    output: Path,
) -> None:
    """Write a sample of template NAME in a printer's language: the very bytes that a printer would be sent.

    Several pages are documents one behind the other, in PDF one document.

    \b
    Examples:
      waybilld labels encode waybill-100x150 --language zpl -o label.zpl
      waybilld labels encode test --language tspl --dpmm 11.8 -o - | nc printer 9100
    """
    draws = drawing(config, folder)
    spec = draws.plugins.languages.get(language)
    if spec is None:
        known = ", ".join(sorted(draws.plugins.languages))
        near = f", did you mean {language.lower()!r}?" if language.lower() in draws.plugins.languages else ""
        raise Failure(Exit.USAGE, printable(f"no enabled plugin encodes {language}{near} (known: {known})"))
    (info,) = _named(draws, (name,))
    pages = pages_of(draws, info, Wish(dpmm, None, which, given))
    if language == "png" and len(pages) > 1:
        raise Failure(Exit.USAGE, f"a PNG holds one page, and this sample has {len(pages)}: write pdf, or labels preview")
    settings = PrinterSettings(dpmm, info.media_mm, darkness, speed)
    encoded = Encoder(spec)
    try:
        documents = [spec.bind(pages, settings)] if spec.bind else [encoded(page, settings) for page in pages]
    except AdapterError as e:
        raise Failure(Exit.BAD_DATA, printable(str(e))) from e
    write(output, b"".join(document.body + document.token for document in documents))
    if len(pages) > 1:
        click.echo(f"{len(pages)} pages", err=True)


def template_named(draws: Drawing, name: str) -> TemplateInfo:
    """One template. Raises `Failure` (64) for a name that none has."""
    return _named(draws, (name,))[0]


def _named(draws: Drawing, names: Sequence[str]) -> list[TemplateInfo]:
    found = {info.name: info for info in draws.templates().templates()}
    for name in names:
        if name not in found:
            near = did_you_mean(name, found)
            raise Failure(Exit.USAGE, printable(f"there is no template {name}{near} (known: {', '.join(found)})"))
    return [found[name] for name in names] if names else list(found.values())


def _drawing(config: Path, folder: Path | None, *, as_json: bool) -> Drawing:
    """The renderer; mistakes in templates as JSON where that is asked for."""
    try:
        return drawing(config, folder)
    except Mistaken as e:
        if not as_json:
            raise
        say_json({"ok": False, "errors": [asdict(mistake) for mistake in e.mistakes]})
        raise click.exceptions.Exit(e.code) from e


def _media(info: TemplateInfo) -> str:
    return f"{info.media_mm[0]:g} x {info.media_mm[1]:g}"
