"""A carrier's finished document as dots, with what a person should know of it."""

from __future__ import annotations

from PIL import Image

from waybilld_labels.artwork.modules import Remedy, checked
from waybilld_labels.artwork.pdf import grey_page
from waybilld_labels.artwork.place import placed
from waybilld_labels.artwork.raster import grey_picture
from waybilld_sdk.labels import Finding
from waybilld_sdk.shipping import DocumentArtwork


def draw_artwork(
    artwork: DocumentArtwork, room: tuple[int, int], dots_per_mm: float, remedy: Remedy
) -> tuple[Image.Image, tuple[Finding, ...]]:
    """The label in mode "1" (0 is ink), not larger than `room` in dots, at its exact size. Raises `Hold`.

    It works on a stranger's bytes in C and C++: call it in a worker process with limits of time and memory.
    """
    read = grey_page if artwork.media_type == "application/pdf" else grey_picture
    grey, noticed = read(artwork.body, dots_per_mm)
    return finished(grey, noticed, room, dots_per_mm, remedy)


def finished(
    grey: Image.Image, noticed: tuple[Finding, ...], room: tuple[int, int], dots_per_mm: float, remedy: Remedy
) -> tuple[Image.Image, tuple[Finding, ...]]:
    """A picture in mode "L" fitted into its room, its bar codes checked. Raises `Hold`."""
    page, more = placed(grey, room, dots_per_mm)
    page, last = checked(page, dots_per_mm, remedy)
    return page, (*noticed, *more, *last)
