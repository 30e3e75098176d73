"""Somebody else's finished document as dots, with what a person should know of it."""

from __future__ import annotations

from PIL import Image

from waybilld_labels.artwork.modules import Remedy, checked
from waybilld_labels.artwork.pdf import grey_page, pages
from waybilld_labels.artwork.place import placed
from waybilld_labels.artwork.raster import grey_picture
from waybilld_labels.artwork.source import CARRIER, Source
from waybilld_sdk.labels import Finding
from waybilld_sdk.shipping import DocumentArtwork

_PDF = "application/pdf"


def draw_artwork(
    artwork: DocumentArtwork,
    room: tuple[int, int],
    dots_per_mm: float,
    remedy: Remedy,
    source: Source,
    at: int = 0,
) -> tuple[Image.Image, tuple[Finding, ...]]:
    """Its page `at` in mode "1" (0 is ink), not larger than `room` in dots, at its exact size. Raises `Hold`.

    It works on a stranger's bytes in C and C++: call it in a worker process with limits of time and memory.
    """
    if artwork.media_type == _PDF:
        grey, noticed = grey_page(artwork.body, dots_per_mm, source, at)
    else:
        grey, noticed = grey_picture(artwork.body, dots_per_mm, source)
    return finished(grey, noticed, room, dots_per_mm, remedy, source)


def pages_of(artwork: DocumentArtwork, source: Source) -> int:
    """How many pages a document has. Raises `Hold`."""
    return pages(artwork.body, source) if artwork.media_type == _PDF else 1


def finished(
    grey: Image.Image,
    noticed: tuple[Finding, ...],
    room: tuple[int, int],
    dots_per_mm: float,
    remedy: Remedy,
    source: Source,
) -> tuple[Image.Image, tuple[Finding, ...]]:
    """A picture in mode "L" fitted into its room, a carrier's bar codes checked: those of a sheet steer no parcel. Raises
    `Hold`."""
    page, more = placed(grey, room, dots_per_mm, source)
    if source is not CARRIER:
        return page, (*noticed, *more)
    page, last = checked(page, dots_per_mm, remedy)
    return page, (*noticed, *more, *last)
