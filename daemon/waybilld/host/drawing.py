"""What a worker process does for labels: draw pages and encode them. Top-level and stateless, so it can be sent there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from waybilld.core.redact import place_of
from waybilld.host.sheetfile import SheetWaits, read_sheet
from waybilld_sdk.errors import AdapterError, Hold, StopQueue
from waybilld_sdk.labels import (
    LATER_SETTINGS,
    Bind,
    Encode,
    LabelRequest,
    LanguageSpec,
    Page,
    PrinterSettings,
    Render,
)
from waybilld_sdk.printing import Document

MOST_DRAWN_BYTES = 32 << 20
"""What one order's pages and documents may bring back: the daemon holds it in memory until it is committed. A page of
noise as PNG and as ZPL comes to 2 MB."""


@dataclass(frozen=True, slots=True)
class ToDraw:
    """One label or sheet to draw, and the (language, settings key, settings, encoder) of each document to make of it.
    `files` are the paths of what somebody else drew: each is laid out as the request's artwork, one behind the other."""

    request: LabelRequest
    encodings: tuple[tuple[str, str, PrinterSettings, Encode], ...]
    files: tuple[str, ...] = ()

    @property
    def foreign(self) -> bool:
        """Whether somebody else drew it."""
        return self.request.artwork is not None or bool(self.files)

    @property
    def name(self) -> str:
        """What people call it."""
        if self.files:
            return f"the file {self.files[0]}"
        return "the carrier's label" if self.foreign else f"the {self.request.kind}"


@dataclass(frozen=True, slots=True)
class Drawn:
    """A page and its documents: (language, settings key, document)."""

    page: Page
    documents: tuple[tuple[str, str, Document], ...]

    @property
    def size(self) -> int:
        """Bytes of pixels, commands and documents."""
        commands = len(self.page.commands.body) if self.page.commands is not None else 0
        return len(self.page.png) + commands + sum(len(d.body) + len(d.token) for _, _, d in self.documents)


Sheets = tuple[Drawn, ...]
"""The pages that came of one order, in their order."""


@dataclass(frozen=True, slots=True)
class Encoder:
    """A language's encoder behind the host's guard: one that was written before there were a carrier's commands, or one of
    the `LATER_SETTINGS`, would not notice them, and the label would come out without the commands or the wrong way up."""

    spec: LanguageSpec

    def __call__(self, page: Page, settings: PrinterSettings) -> Document:
        """`page` as a document. Raises `Hold` for commands that it cannot hold, `StopQueue` for a setting that it does not
        know, and what the encoder raises."""
        unsaid = [name for name in LATER_SETTINGS if getattr(settings, name) and name not in self.spec.says]
        if unsaid:
            words, language = ", ".join(name.replace("_", " ") for name in unsaid), self.spec.name.upper()
            raise StopQueue(f"{language} cannot say these printer settings: {words}: take them out of the config")
        if page.commands is not None and page.commands.language not in self.spec.carries:
            theirs, ours = page.commands.language.upper(), self.spec.name.upper()
            raise Hold(
                f"the carrier's label is {theirs}, and this printer speaks {ours}: give this carrier a pool of {theirs} "
                "printers, or ask it for PDF",
                code="artwork-commands",
            )
        return self.spec.encode(page, settings)


class RendererBug(Exception):
    """A renderer or encoder raised something outside the SDK's taxonomy, or gave what no renderer or encoder may give."""


def draw_all(render: Render, orders: tuple[ToDraw, ...]) -> tuple[Sheets | Exception, ...]:
    """Draw and encode each; an error is that one's alone."""
    return tuple(_draw(render, order) for order in orders)


def _draw(render: Render, order: ToDraw) -> Sheets | Exception:
    drawn: list[Drawn] = []
    try:
        for page in _pages(render, order):
            drawn.append(Drawn(page, _documents(page, order)))
            if sum(one.size for one in drawn) > MOST_DRAWN_BYTES:
                return _too_large(order)
        return tuple(drawn)
    except (AdapterError, RendererBug) as e:
        return e
    except Exception as e:  # noqa: BLE001 - a plugin's bug is this label's alone
        return RendererBug(f"{order.name} could not be drawn: {place_of(e)}")


def _pages(render: Render, order: ToDraw) -> Iterator[Page]:
    if not order.files:
        yield from _drawn_by(render, order.request)
    for path in order.files:
        artwork = read_sheet(path)
        try:
            yield from _drawn_by(render, replace(order.request, artwork=artwork))
        except Hold as error:
            raise SheetWaits(f"the file {path}: {error}") from error


def _drawn_by(render: Render, request: LabelRequest) -> tuple[Page, ...]:
    """A renderer is somebody else's code: without a page, a parcel would go without its label."""
    pages: object = render(request)
    if not isinstance(pages, tuple) or not pages or not all(isinstance(page, Page) for page in pages):
        given = "no page" if pages == () else type(pages).__name__
        raise RendererBug(f"the renderer gave {given} for a {request.kind:.20}, not a tuple of pages: tell its author")
    return pages


def _too_large(order: ToDraw) -> Hold:
    what = f"{order.name} comes to more than {MOST_DRAWN_BYTES >> 20} MiB as pages and documents for its printers"
    if order.foreign:
        return Hold(f"{what}: put one of fewer pages or of plainer pictures in its place", code="artwork-unusable")
    return Hold(f"{what}: print it in parts, or on fewer kinds of printers", code="label-overflow")


def _documents(page: Page, order: ToDraw) -> tuple[tuple[str, str, Document], ...]:
    return tuple((language, key, _encoded(encode, page, said, language)) for language, key, said, encode in order.encodings)


def _encoded(encode: Encode, page: Page, settings: PrinterSettings, language: str) -> Document:
    """An encoder is somebody else's code too."""
    document: object = encode(page, settings)
    sound = isinstance(document, Document) and isinstance(document.body, bytes) and isinstance(document.token, bytes)
    if not isinstance(document, Document) or not sound or document.language != language:
        given = type(document).__name__
        raise RendererBug(f"the encoder of {language} gave {given}, not a Document of {language} in bytes: tell its author")
    return document


@dataclass(frozen=True, slots=True)
class SheetFile:
    """A drawn sheet as a file, and how many pages the whole sheet has."""

    data: bytes
    pages: int


def draw_sheet(
    render: Render, request: LabelRequest, bind: Bind | None, page: int
) -> SheetFile | AdapterError | RendererBug:
    """A sheet as one file of all its pages, or, without `bind`, its page `page` as PNG; no bytes where it has fewer."""
    try:
        pages = render(request)
        if bind is not None:
            document = bind(pages, PrinterSettings(request.dots_per_mm, request.media_mm))
            return SheetFile(document.body + document.token, len(pages))
        return SheetFile(pages[page - 1].png if page <= len(pages) else b"", len(pages))
    except AdapterError as e:
        return e
    except Exception as e:  # noqa: BLE001 - a plugin's bug is this sheet's alone
        return RendererBug(f"the sheet could not be drawn: {place_of(e)}")


def encode_page(encode: Encode, page: Page, settings: PrinterSettings) -> Document:
    """Encode one page for a printer that it was not prepared for."""
    return encode(page, settings)
