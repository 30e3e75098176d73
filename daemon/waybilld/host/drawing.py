"""What a worker process does for labels: draw pages and encode them. Top-level and stateless, so it can be sent there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from waybilld.core.redact import place_of
from waybilld.host.sheetfile import read_sheet
from waybilld_sdk.errors import AdapterError, Hold
from waybilld_sdk.labels import Bind, Encode, LabelRequest, LanguageSpec, Page, PrinterSettings, Render
from waybilld_sdk.printing import Document


@dataclass(frozen=True, slots=True)
class Order:
    """One label or sheet to draw, and the (language, settings key, settings, encoder) of each document to make of it.
    `files` are the paths of what somebody else drew: each is laid out as the request's artwork, one behind the other."""

    request: LabelRequest
    encodings: tuple[tuple[str, str, PrinterSettings, Encode], ...]
    files: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Drawn:
    """A page and its documents: (language, settings key, document)."""

    page: Page
    documents: tuple[tuple[str, str, Document], ...]


Sheets = tuple[Drawn, ...]
"""The pages that came of one order, in their order."""


@dataclass(frozen=True, slots=True)
class Encoder:
    """A language's encoder behind the host's guard: a page with commands that the language does not carry would come out as
    a label on which they are missing, and an encoder that was written before there were any would not notice."""

    spec: LanguageSpec

    def __call__(self, page: Page, settings: PrinterSettings) -> Document:
        """`page` as a document. Raises `Hold` for commands that it cannot hold, and what the encoder raises."""
        if page.commands is not None and page.commands.language not in self.spec.carries:
            theirs, ours = page.commands.language.upper(), self.spec.name.upper()
            raise Hold(
                f"the carrier's label is {theirs}, and this printer speaks {ours}: give this carrier a pool of {theirs} "
                "printers, or ask it for PDF",
                code="artwork-commands",
            )
        return self.spec.encode(page, settings)


class RendererBug(Exception):
    """A renderer or encoder raised something outside the SDK's taxonomy."""


def draw_all(render: Render, orders: tuple[Order, ...]) -> tuple[Sheets | Exception, ...]:
    """Draw and encode each; an error is that one's alone."""
    return tuple(_draw(render, order) for order in orders)


def _draw(render: Render, order: Order) -> Sheets | Exception:
    try:
        return tuple(Drawn(page, _documents(page, order)) for request in _requests(order) for page in render(request))
    except AdapterError as e:
        return e
    except Exception as e:  # noqa: BLE001 - a plugin's bug is this label's alone
        return RendererBug(f"the label could not be drawn: {place_of(e)}")


def _requests(order: Order) -> Iterator[LabelRequest]:
    if not order.files:
        yield order.request
    for path in order.files:
        yield replace(order.request, artwork=read_sheet(path))


def _documents(page: Page, order: Order) -> tuple[tuple[str, str, Document], ...]:
    return tuple((language, key, encode(page, given)) for language, key, given, encode in order.encodings)


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
