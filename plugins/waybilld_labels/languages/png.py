"""A page as its own PNG, for previews and for devices that take pictures."""

from __future__ import annotations

from waybilld_sdk.labels import Page, PrinterSettings
from waybilld_sdk.printing import Document


def encode(page: Page, _settings: PrinterSettings) -> Document:
    """The page's PNG as it is. There is no closing token to withhold."""
    return Document("png", page.png, b"")
