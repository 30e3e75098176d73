"""Lays out what somebody else drew, document or commands, within the memory that a worker process has."""

from __future__ import annotations

from PIL import Image

from waybilld_labels.artwork.draw import draw_artwork
from waybilld_labels.artwork.modules import Remedy
from waybilld_labels.artwork.source import Source
from waybilld_labels.artwork.zpl.lay import lay_commands
from waybilld_labels.artwork.zpl.rewrite import Rewritten
from waybilld_sdk.errors import Hold
from waybilld_sdk.labels import Finding
from waybilld_sdk.shipping import CommandArtwork, DocumentArtwork


def lay(
    artwork: DocumentArtwork | CommandArtwork,
    room: tuple[int, int],
    dots_per_mm: float,
    remedy: Remedy,
    source: Source,
    at: int,
) -> tuple[Image.Image | Rewritten, tuple[Finding, ...]]:
    """Page `at` in mode "1" (0 is ink) or as commands, not larger than `room` in dots, at its exact size, and what a person
    should know of it. Raises `Hold`.

    It works on a stranger's bytes in C and C++: call it in a worker process with limits of time and memory.
    """
    try:
        if isinstance(artwork, CommandArtwork):
            return lay_commands(artwork, room, dots_per_mm, remedy)
        return draw_artwork(artwork, room, dots_per_mm, remedy, source, at)
    except MemoryError as error:
        raise Hold(
            f"{source.whose} file needs more memory than there is for one: {source.ask} a smaller one",
            code="artwork-unusable",
        ) from error
