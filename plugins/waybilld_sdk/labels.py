"""What a label is made from: fields in, pixels out, then bytes of a printer language.

A page is 1-bit pixels; a document is a page encoded for one printer. Renderers and encoders are pure top-level functions,
so that they can run in a worker process.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from waybilld_sdk.orders import Consignee, Money
from waybilld_sdk.printing import Document, MediaMode, PrinterCapabilities, Sensing, dots_of
from waybilld_sdk.settings import Settings
from waybilld_sdk.shipping import CommandArtwork, DocumentArtwork, Sender

NOBODY = Consignee(name="")
"""The consignee of what is not sent to anybody: pick lists, separators, test labels."""

NO_SENDER = Sender("", "", "")


@dataclass(frozen=True, slots=True)
class LabelLine:
    """One line of goods as the label may show it.

    `short_name` is what the shop calls the goods on labels, empty where it has no such name. `bin` is where the goods lie.
    A `hidden` line is not named on anything that goes on the outside of a parcel. On a run sheet each line is a stop: `sku`
    is its waybill number, `quantity` how many parcels, `consignee` who gets them. On the check-off sheet of a pack each line
    is a label: `quantity` is its number in the pack, `sku` its serial, `title` its waybill number, `bin` its shipment.
    """

    sku: str
    title: str
    quantity: int
    short_name: str = ""
    bin: str = ""
    unit_price: Money | None = None
    hidden: bool = False
    consignee: Consignee = NOBODY


@dataclass(frozen=True, slots=True)
class LabelRequest:
    """Everything that stands on one label or sheet, and the paper that it stands on.

    `kind` says what it is: `waybill`, `slip`, `pick`, `form`, `card`, `invoice`, `separator`, `test`, `calibration`, `run`,
    `pack` (a check-off sheet: `batch` is the pack's number, `sequence` its pool), `pack-strip` (below a label of a pack:
    `sequence` is the label's number).
    `dots_per_mm` and `media_mm` (width, height) come from the printer. `carrier` is the carrier's name as people read it,
    `account` the name of the carrier account in the config, `order_type` the platform's word for the kind of order. `mask`
    asks for the masking of name, phone and room that GB/T 41833-2022 wants. `serial` is the machine-readable print serial of
    this copy; `copy` counts from 1 and a copy above 1 carries a visible mark. `batch` is the wave or batch, `sequence` this
    label's place in it; both may be empty. `texts` are the shop's own sentences by name, such as (`return-policy`, ...).
    With `artwork`, somebody else has drawn the label or sheet already and it is laid out as it is. `template` names one
    template to draw with; empty: the renderer chooses.
    """

    kind: str
    dots_per_mm: float
    media_mm: tuple[float, float]
    carrier: str = ""
    service: str = ""
    waybill_number: str = ""
    sort_codes: tuple[str, ...] = ()
    consignee: Consignee = NOBODY
    sender: Sender = NO_SENDER
    lines: tuple[LabelLine, ...] = ()
    order_refs: tuple[str, ...] = ()
    serial: str = ""
    copy: int = 1
    mask: bool = True
    sequence: str = ""
    buyer_message: str = ""
    shop: str = ""
    account: str = ""
    mode: str = ""
    order_type: str = ""
    batch: str = ""
    paid_at: datetime | None = None
    total: Money | None = None
    texts: tuple[tuple[str, str], ...] = ()
    artwork: DocumentArtwork | CommandArtwork | None = None
    template: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something a renderer noticed and a person should know: a missing glyph, an overflow. `code` is kebab-case."""

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class PageCommands:
    """The part of a page that the printer draws by itself: a carrier's label in a printer language.

    `body` holds field commands only, each let through by an allow-list of that language and placed on this page: positions
    are absolute. `box` is their room in dots (left, top, width, height). An encoder that carries them sets the device's
    defaults before them and again after them, because they set fonts, home and the like; then it puts white over all but the
    box and draws the page's own pixels, because nobody knows how far a device's fonts reach.
    """

    language: str
    body: bytes
    box: tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class Page:
    """One page of pixels: a 1-bit PNG of `width` x `height` dots, black is ink. `key` is a digest of all that made it.

    With `commands`, the pixels are not all of it. The host gives such a page only to languages that `carry` them.
    """

    width: int
    height: int
    png: bytes
    key: str
    findings: tuple[Finding, ...] = field(default=())
    commands: PageCommands | None = None


Render = Callable[[LabelRequest], tuple[Page, ...]]
"""A pure, picklable callable: one page for a label, one or more for a sheet with a table that runs on. Raises `Hold` when
the label must not be printed as it is."""


@dataclass(frozen=True, slots=True)
class TemplateInfo:
    """One template of a renderer, for lists and previews: what it is for and the media (mm) it is made for."""

    name: str
    about: str
    kind: str
    media_mm: tuple[float, float]
    for_artwork: bool = False


@runtime_checkable
class TemplateRenderer(Protocol):
    """A renderer that draws by templates, and can say what is wrong with one before it meets paper."""

    def __call__(self, request: LabelRequest) -> tuple[Page, ...]:
        """The pages of a request, as `Render`."""

    def templates(self) -> tuple[TemplateInfo, ...]:
        """Every template, by name."""

    def lint(self, request: LabelRequest) -> tuple[Finding, ...]:
        """What is wrong with the template that draws `request`: overflow, overlap, symbols that would not scan."""


@dataclass(frozen=True, slots=True)
class RendererSpec:
    """A way to draw labels, named in the config's `labels.renderer`.

    `settings` is the model of `labels.settings`. `configure(settings, folder)`, called once at start and by
    `waybilld config check`, reads what the settings name (relative paths start at `folder`) and gives the callable that
    draws; it raises `Misconfigured` with everything that a person must mend. Without it, `render` draws.
    """

    name: str
    render: Render
    settings: type[Settings] = Settings
    configure: Callable[[Any, Path], Render] | None = None


@dataclass(frozen=True, slots=True)
class PrinterSettings:
    """What the encoder must tell the device with every label, so that no state of the printer matters."""

    dots_per_mm: float
    media_mm: tuple[float, float]
    darkness: int | None = None
    """0 to 30 as in ZPL `~SD`; None leaves the device's own."""
    speed_ips: int | None = None
    offset_dots: tuple[int, int] = (0, 0)
    """Right and down, as the label is read."""
    media_mode: MediaMode | None = None
    sensing: Sensing | None = None
    upside_down: bool = False

    @classmethod
    def of(cls, printer: PrinterCapabilities) -> PrinterSettings:
        """What the encoder tells this printer with every label."""
        right, down = (dots_of(mm, printer.dots_per_mm) for mm in printer.offset_mm)
        return cls(
            printer.dots_per_mm,
            printer.media_mm,
            printer.darkness,
            printer.speed_ips,
            (right, down),
            printer.media_mode,
            printer.sensing,
            printer.upside_down,
        )


LATER_SETTINGS = ("media_mode", "sensing", "upside_down")
"""The settings that an encoder may never have heard of: where one is set, the host asks `LanguageSpec.says` first."""


Encode = Callable[[Page, PrinterSettings], Document]
"""A pure, picklable top-level function: one page in, one document out."""

Bind = Callable[[Sequence[Page], PrinterSettings], Document]
"""A pure, picklable top-level function: the pages of one sheet in, one document out."""


@dataclass(frozen=True, slots=True)
class LanguageSpec:
    """A printer language and its encoder.

    `bind` puts several pages into one file, None where the format holds one. `carries` names the languages whose
    `Page.commands` its documents can hold; a page with others never reaches the encoder. `says` names those of
    `LATER_SETTINGS` that the encoder knows, to obey or to refuse with `StopQueue`; a printer that has another of them set
    never gets as far.
    """

    name: str
    encode: Encode
    bind: Bind | None = None
    carries: frozenset[str] = frozenset()
    says: frozenset[str] = frozenset()
