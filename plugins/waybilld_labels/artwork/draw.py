"""A carrier's finished label as dots, with what a person should know of it."""

from __future__ import annotations

from PIL import Image

from waybilld_labels.artwork.modules import Remedy, checked
from waybilld_labels.artwork.pdf import grey_page
from waybilld_labels.artwork.place import placed
from waybilld_labels.artwork.raster import grey_picture
from waybilld_sdk.errors import Hold
from waybilld_sdk.labels import Finding
from waybilld_sdk.shipping import CommandArtwork, DocumentArtwork


def draw_artwork(
    artwork: DocumentArtwork | CommandArtwork, room: tuple[int, int], dots_per_mm: float, remedy: Remedy
) -> tuple[Image.Image, tuple[Finding, ...]]:
    """The label in mode "1" (0 is ink), not larger than `room` in dots, at its exact size. Raises `Hold`.

    It works on a stranger's bytes in C and C++: call it in a worker process with limits of time and memory.
    """
    if isinstance(artwork, CommandArtwork):
        raise Hold(
            f"the carrier sent its label as {artwork.language} commands, and those cannot be laid out here: "
            "ask the carrier for PDF or PNG",
            code="artwork-commands",
        )
    try:
        return _drawn(artwork, room, dots_per_mm, remedy)
    except MemoryError as error:
        raise Hold(
            "the carrier's label needs more memory than a label may have: ask the carrier for a smaller one",
            code="artwork-unusable",
        ) from error


def _drawn(
    artwork: DocumentArtwork, room: tuple[int, int], dots_per_mm: float, remedy: Remedy
) -> tuple[Image.Image, tuple[Finding, ...]]:
    read = grey_page if artwork.media_type == "application/pdf" else grey_picture
    grey, noticed = read(artwork.body, dots_per_mm)
    page, more = placed(grey, room, dots_per_mm)
    page, last = checked(page, dots_per_mm, remedy)
    return page, (*noticed, *more, *last)
