"""What a worker process does for a pack: its check-off sheet, and every label above a strip with its number."""

from __future__ import annotations

import io
from collections.abc import Sequence

from PIL import Image

from waybilld.core.redact import place_of
from waybilld.host.drawing import RendererBug
from waybilld_sdk.errors import AdapterError
from waybilld_sdk.labels import Bind, LabelRequest, Page, PrinterSettings, Render

_PAPER = 255


def draw_pack(
    render: Render, sheet: LabelRequest, labels: Sequence[tuple[Page, LabelRequest]], bind: Bind
) -> bytes | AdapterError | RendererBug:
    """The pack as one file: the pages of its check-off sheet, then a page for each label. `labels`: a label's own page, and
    the request of the strip below it. All are of the sheet's dots per mm."""
    try:
        pages = [*render(sheet), *(above(page, render(strip)[0]) for page, strip in labels)]
        document = bind(pages, PrinterSettings(sheet.dots_per_mm, sheet.media_mm))
        return document.body + document.token
    except AdapterError as e:
        return e
    except Exception as e:  # noqa: BLE001 - a plugin's bug is this pack's alone
        return RendererBug(f"the pack could not be drawn: {place_of(e)}")


def above(page: Page, strip: Page) -> Page:
    """One page with a label's very pixels, and a strip below them."""
    width, height = max(page.width, strip.width), page.height + strip.height
    joined = Image.new("1", (width, height), _PAPER)
    for part, top in ((page, 0), (strip, page.height)):
        with Image.open(io.BytesIO(part.png), formats=("PNG",)) as opened:
            joined.paste(opened.convert("1"), (0, top))
    buffer = io.BytesIO()
    joined.save(buffer, "PNG", compress_level=1)
    return Page(width, height, buffer.getvalue(), f"{page.key}+{strip.key}")
