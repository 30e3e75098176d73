"""The renderer `standard`: a request in, its pages out, by the template that was chosen for it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache, lru_cache, partial
from pathlib import Path

from waybilld_labels.artwork.draw import pages_of
from waybilld_labels.artwork.lay import lay
from waybilld_labels.artwork.modules import Remedy
from waybilld_labels.artwork.source import CARRIER, SHEET
from waybilld_labels.calibration import page as calibration
from waybilld_labels.fonts.faces import digests
from waybilld_labels.layout.compiled import Compiled
from waybilld_labels.layout.engine import DrawArtwork, Drawn, Engine, Paper
from waybilld_labels.lint.check import look
from waybilld_labels.lint.needs import lacking, unmarked
from waybilld_labels.lint.readback import installed, unread
from waybilld_labels.page.png import from_rows
from waybilld_labels.template.choose import choose
from waybilld_labels.template.fields import fields_of
from waybilld_labels.template.library import Library, Ready
from waybilld_labels.template.load import load
from waybilld_labels.template.settings import Choice, RendererSettings
from waybilld_sdk.errors import Hold
from waybilld_sdk.files.explain import Finding as Wrong
from waybilld_sdk.files.words import did_you_mean, printable, quoted
from waybilld_sdk.labels import Finding, LabelRequest, Page, Render, TemplateInfo
from waybilld_sdk.settings import Misconfigured
from waybilld_sdk.shipping import DocumentArtwork

ENGINE_VERSION = "engine-2"
"""Raised with every change of the engine, or of what it does with a carrier's commands, that moves a dot."""


@dataclass(frozen=True, slots=True)
class StandardRenderer:
    """Draws requests with the templates of a library. Travels to worker processes, where each template is compiled once."""

    library: Library
    choices: tuple[Choice, ...] = ()
    read_back: bool = False
    artwork_modules: Remedy = Remedy.WARN

    def __call__(self, request: LabelRequest) -> tuple[Page, ...]:
        """The pages of a request.

        Raises `Hold`, with a code of `docs/reference/label.md`, when it must not be printed as it is: an address or a sort
        code does not fit, a bar code would not scan, no template is made for the paper. What was shortened or has no glyph
        is a finding of the page. Raises `StopQueue` when the label font is not installed. A calibration label has no
        template: a ruler that somebody may move is none.
        """
        if request.kind == calibration.KIND:
            return (calibration.draw(request),)
        template = choose(request, self.library, self.choices)
        drawn = _drawn(template, request, self.artwork_modules)
        if self.read_back:
            _read_back(drawn)
        return _pages(template, request, drawn)

    def templates(self) -> tuple[TemplateInfo, ...]:
        """Every template, by name."""
        found = sorted(self.library.templates.items())
        return tuple(TemplateInfo(name, one.about, one.kind, one.media_mm, one.for_artwork) for name, one in found)

    def lint(self, request: LabelRequest) -> tuple[Finding, ...]:
        """What is wrong with the template that draws `request`, page by page. Raises as drawing does."""
        template = choose(request, self.library, self.choices)
        engine = engine_of(template)
        fields = fields_of(request, engine.compiled.names)
        places = engine.places(Paper(request.media_mm, request.dots_per_mm), fields)
        pages = _drawn(template, request, self.artwork_modules)
        foreign = template.for_artwork
        found = [finding for page in pages for finding in look(page, places, request.dots_per_mm, foreign=foreign)]
        if request.kind == "waybill" and request.artwork is None:
            found += lacking(request, pages, engine.compiled.shown(placed.cell for _, placed in places))
        if request.kind == "waybill" and request.copy == 1:
            found += unmarked(pages, _drawn(template, replace(request, copy=2), self.artwork_modules))
        return tuple(dict.fromkeys(found))


def draw(template: Ready, request: LabelRequest) -> tuple[Page, ...]:
    """The pages of a request by one template. Raises as the renderer does."""
    return _pages(template, request, _drawn(template, request, Remedy.WARN))


def _drawn(template: Ready, request: LabelRequest, remedy: Remedy) -> list[Drawn]:
    engine, paper = engine_of(template), Paper(request.media_mm, request.dots_per_mm)
    removed: dict[str, int] = {}
    fields = fields_of(request, engine.compiled.names, removed)
    pages = [page for laid in _laid(request, remedy) for page in engine.draw(paper, fields, laid)]
    pages[0].report.removed.update(removed)
    return pages


def _laid(request: LabelRequest, remedy: Remedy) -> Iterator[DrawArtwork | None]:
    """What lays out each page that somebody else drew: of a waybill the first alone, of a sheet every one."""
    artwork, source = request.artwork, CARRIER if request.kind == "waybill" else SHEET
    if artwork is None:
        yield None
        return
    count = pages_of(artwork, source) if source is SHEET and isinstance(artwork, DocumentArtwork) else 1
    for at in range(count):
        yield partial(lay, artwork, dots_per_mm=request.dots_per_mm, remedy=remedy, source=source, at=at)


def _pages(template: Ready, request: LabelRequest, drawn: list[Drawn]) -> tuple[Page, ...]:
    key = key_of(template, request)
    return tuple(
        Page(
            page.width,
            page.height,
            from_rows(page.rows, page.width, page.height),
            f"{key}-{at}",
            page.report.findings(),
            page.commands,
        )
        for at, page in enumerate(drawn, 1)
    )


def _read_back(drawn: list[Drawn]) -> None:
    for page in drawn:
        names = unread(page.rows, page.width, page.height, page.report.symbols)
        if names:
            raise Hold(
                f"the bar code of {', '.join(names)} does not read back from the drawn label: choose larger labels or "
                "another template",
                code="barcode-unreadable",
            )


def configure(settings: RendererSettings, folder: Path) -> Render:
    """The renderer with its templates read. Raises `Misconfigured` with every mistake in them, or else in the settings."""
    own = folder / settings.templates if settings.templates is not None else None
    if own is not None and not own.is_dir():
        why = f"the folder of templates cannot be read: {printable(str(own))} is no folder: correct the path, or make it"
        raise Misconfigured(findings=(Wrong(("templates",), why),))
    library = load(own)
    wrong = [
        Wrong(("choose", at, "template"), _no_template(choice.template, library))
        for at, choice in enumerate(settings.choose)
        if choice.template not in library.templates
    ]
    if settings.read_back and not installed():
        why = "the reader of bar codes is not installed: install waybilld[readback], or set it to false"
        wrong.append(Wrong(("read_back",), why))
    if wrong:
        raise Misconfigured(findings=tuple(wrong))
    return StandardRenderer(library, settings.choose, settings.read_back, settings.artwork_modules)


def _no_template(name: str, library: Library) -> str:
    advice = did_you_mean(name, library.templates) or ": `waybilld labels templates` lists them"
    return f"there is no template {quoted(name)}{advice}"


def draw_shipped(request: LabelRequest) -> tuple[Page, ...]:
    """The pages of a request by the shipped templates alone."""
    return shipped()(request)


@cache
def shipped() -> StandardRenderer:
    """The renderer with the shipped templates alone."""
    return StandardRenderer(load(None))


@lru_cache(maxsize=32)
def engine_of(template: Ready) -> Engine:
    """A template ready to draw, kept for the next label."""
    return Engine(Compiled(template))


def key_of(template: Ready, request: LabelRequest) -> str:
    """SHA-256, in hex, over everything that decides pixels and commands: same key, same page."""
    artwork = request.artwork
    body = (type(artwork).__name__, hashlib.sha256(artwork.body).hexdigest()) if artwork is not None else ""
    named = (ENGINE_VERSION, template.digest, digests(), body, replace(request, artwork=None))
    # Escapes carry every text there is, a lone surrogate too.
    return hashlib.sha256(repr(named).encode("ascii", "backslashreplace")).hexdigest()
