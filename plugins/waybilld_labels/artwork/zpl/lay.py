"""Fits a carrier's ZPL into its room. Nothing of it can be scaled or turned, so that it fits as it is, or is held. Where it
is pictures and nothing else every dot is known, and it is laid out as a picture is: for every printer, with a preview."""

from __future__ import annotations

from collections.abc import Callable
from math import ceil, floor

from PIL import Image

from waybilld_labels.artwork.draw import finished
from waybilld_labels.artwork.modules import Remedy
from waybilld_labels.artwork.raster import MOST_PIXELS
from waybilld_labels.artwork.source import CARRIER
from waybilld_labels.artwork.zpl.rewrite import LANGUAGE, Rewritten, rewritten
from waybilld_sdk.errors import Hold
from waybilld_sdk.labels import Finding
from waybilld_sdk.shipping import CommandArtwork

_FORGIVEN = 0.02
"""A label calls itself larger than its stock by so much in many files (4 x 6 in on 100 x 150 mm); its ink must fit."""

_SMALL = 0.75
"""A label that leaves so much room in both directions was probably made for a coarser head: 203 of 300 dpi are 0.68."""


def lay_commands(
    artwork: CommandArtwork, room: tuple[int, int], dots_per_mm: float, remedy: Remedy
) -> tuple[Image.Image | Rewritten, tuple[Finding, ...]]:
    """The label as commands that can be placed in `room` dots, or as dots, and what a person should know. Raises `Hold`."""
    if artwork.language != LANGUAGE:
        raise Hold(
            f"the carrier sent its label as {artwork.language:.20} commands, and only ZPL is read here: "
            "ask the carrier for ZPL, PDF or PNG",
            code="artwork-commands",
        )
    label = rewritten(artwork.body)
    noticed = tuple(_noticed(label, room, dots_per_mm))
    if label.pictures and label.size[0] * label.size[1] <= MOST_PIXELS:
        return finished(_composed(label), noticed, room, dots_per_mm, remedy, CARRIER)
    fits = all(have <= want for have, want in zip(label.reach, room, strict=True))
    if not fits or any(have > want * (1 + _FORGIVEN) for have, want in zip(label.size, room, strict=True)):
        raise Hold(
            f"the carrier's label is {_mm(label.size, dots_per_mm, ceil)} at this printer's resolution, and there is room "
            f"for {_mm(room, dots_per_mm, floor)}: load larger labels, or ask the carrier for labels of this size and "
            "resolution",
            code="artwork-too-large",
        )
    return label, noticed


def _composed(label: Rewritten) -> Image.Image:
    """The pictures on the label's paper, in mode "L"; where one lies over another, both are seen."""
    paper = Image.new("L", label.size, 255)
    for x, y, picture in label.pictures:
        paper.paste(0, (x, y), Image.frombytes("1", (picture.width, picture.height), picture.rows))
    return paper


def _noticed(label: Rewritten, room: tuple[int, int], dots_per_mm: float) -> list[Finding]:
    found = []
    if label.labels > 1:
        text = f"the carrier's ZPL has {label.labels} labels, and only the first is printed"
        found.append(Finding("artwork-pages", text))
    if all(label.declared) and all(have < want * _SMALL for have, want in zip(label.declared, room, strict=True)):
        text = (
            f"the carrier's label is only {_mm(label.declared, dots_per_mm)} at this printer's resolution: if it was "
            "made for another one, ask the carrier for labels of this resolution, or give it printers of the other"
        )
        found.append(Finding("artwork-resolution", text))
    if label.font_files:
        names = ", ".join(label.font_files)
        text = f"the carrier's label asks for the printer's font {names}: look at the first label, printers differ"
        found.append(Finding("artwork-fonts", text))
    if label.beyond_latin:
        text = (
            "the carrier's label has text that is not Latin, and a printer leaves out what its own fonts lack: look at the "
            "first label, and ask the carrier for PDF if something is missing"
        )
        found.append(Finding("artwork-fonts", text))
    return found


def _mm(size: tuple[int, int], dots_per_mm: float, whole: Callable[[float], int] = round) -> str:
    """Rounded so that a label that is one dot too large does not read as large as its room."""
    return f"{whole(size[0] / dots_per_mm)} x {whole(size[1] / dots_per_mm)} mm"
