"""Fits a carrier's ZPL into its room: nothing of it can be scaled or turned, so that it fits as it is, or is held."""

from __future__ import annotations

from waybilld_labels.artwork.zpl.rewrite import LANGUAGE, Rewritten, rewritten
from waybilld_sdk.errors import Hold
from waybilld_sdk.labels import Finding
from waybilld_sdk.shipping import CommandArtwork

_FORGIVEN = 0.02
"""A label calls itself larger than its stock by so much in many files (4 x 6 in on 100 x 150 mm); its ink must fit."""

_SMALL = 0.75
"""A label that leaves so much room in both directions was probably made for a coarser head: 203 of 300 dpi are 0.68."""


def lay_commands(
    artwork: CommandArtwork, room: tuple[int, int], dots_per_mm: float
) -> tuple[Rewritten, tuple[Finding, ...]]:
    """The label as commands that can be placed in `room` dots, and what a person should know. Raises `Hold`."""
    if artwork.language != LANGUAGE:
        raise Hold(
            f"the carrier sent its label as {artwork.language:.20} commands, and only ZPL is read here: "
            "ask the carrier for ZPL, PDF or PNG",
            code="artwork-commands",
        )
    label = rewritten(artwork.body)
    fits = all(have <= want for have, want in zip(label.reach, room, strict=True))
    if not fits or any(have > want * (1 + _FORGIVEN) for have, want in zip(label.size, room, strict=True)):
        raise Hold(
            f"the carrier's label is {_mm(label.size, dots_per_mm)} at this printer's resolution, and there is room for "
            f"{_mm(room, dots_per_mm)}: load larger labels, or ask the carrier for labels of this size and resolution",
            code="artwork-too-large",
        )
    return label, tuple(_noticed(label, room, dots_per_mm))


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
    return found


def _mm(size: tuple[int, int], dots_per_mm: float) -> str:
    return f"{size[0] / dots_per_mm:.0f} x {size[1] / dots_per_mm:.0f} mm"
