"""A page as its own PNG, for previews and for devices that take pictures."""

from __future__ import annotations

from waybilld_labels.languages.parts import check, placed
from waybilld_labels.page.png import from_rows
from waybilld_sdk.labels import Page, PrinterSettings
from waybilld_sdk.printing import Document


def encode(page: Page, settings: PrinterSettings) -> Document:
    """The page's PNG as it is, or with its pixels moved and turned as the settings say. There is no token to withhold.

    Raises `StopQueue` for settings that the format has no way to say, `Hold` for a page that cannot be read.
    """
    check("PNG", page, settings, darkness=None, speed_ips=None, offset=9999)
    if settings.offset_dots == (0, 0) and not settings.upside_down:
        return Document("png", page.png, b"")
    rows = placed(page, settings)
    return Document("png", from_rows(rows.data, rows.width, rows.height), b"")
