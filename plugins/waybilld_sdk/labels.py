"""What a label is made from: fields in, pixels out, then bytes of a printer language.

A page is 1-bit pixels; a document is a page encoded for one printer. Renderers and encoders are pure top-level functions,
so that they can run in a worker process.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from waybilld_sdk.orders import Consignee
from waybilld_sdk.printing import Document
from waybilld_sdk.shipping import Sender


@dataclass(frozen=True, slots=True)
class LabelLine:
    """One line of goods as the label may show it."""

    sku: str
    title: str
    quantity: int


@dataclass(frozen=True, slots=True)
class LabelRequest:
    """Everything that stands on one waybill label, and the paper it stands on.

    `dots_per_mm` and `media_mm` (width, height) come from the printer. `mask` asks for the masking of name, phone and
    room that GB/T 41833-2022 wants. `serial` is the machine-readable print serial of this copy; `copy` counts from 1 and
    a copy above 1 carries a visible mark. `sequence` is this label's place in its batch, or empty.
    """

    kind: str
    dots_per_mm: float
    media_mm: tuple[float, float]
    carrier: str
    service: str
    waybill_number: str
    sort_codes: tuple[str, ...]
    consignee: Consignee
    sender: Sender
    lines: tuple[LabelLine, ...]
    order_refs: tuple[str, ...]
    serial: str
    copy: int
    mask: bool
    sequence: str = ""
    buyer_message: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something a renderer noticed and a person should know: a missing glyph, an overflow. `code` is kebab-case."""

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Page:
    """One page of pixels: a 1-bit PNG of `width` x `height` dots, black is ink. `key` is a digest of all that made it."""

    width: int
    height: int
    png: bytes
    key: str
    findings: tuple[Finding, ...] = field(default=())


Render = Callable[[LabelRequest], Page]
"""A pure, picklable top-level function. Raises `Hold` when the label must not be printed as it is."""


@dataclass(frozen=True, slots=True)
class RendererSpec:
    """A way to draw labels, named in the config's `labels.renderer`."""

    name: str
    render: Render


@dataclass(frozen=True, slots=True)
class PrinterSettings:
    """What the encoder must tell the device with every label, so that no state of the printer matters."""

    dots_per_mm: float
    media_mm: tuple[float, float]
    darkness: int | None = None
    """0 to 30 as in ZPL `~SD`; None leaves the device's own."""
    speed_ips: int | None = None
    offset_dots: tuple[int, int] = (0, 0)


Encode = Callable[[Page, PrinterSettings], Document]
"""A pure, picklable top-level function: one page in, one document out."""


@dataclass(frozen=True, slots=True)
class LanguageSpec:
    """A printer language and its encoder."""

    name: str
    encode: Encode
