"""A carrier's ZPL written anew: only fields, each command from the allow-list, to be put into a document of ours.

What comes out holds no byte that was not read and checked, and writing it anew a second time changes nothing; the encoder
asks for that before it sends anything (`verified`), whoever made the page.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from waybilld_labels.artwork.zpl.allowed import RULES
from waybilld_labels.artwork.zpl.fields import Picture, Piece, fields_of
from waybilld_labels.artwork.zpl.tokens import Command, commands, refused, unusable
from waybilld_labels.artwork.zpl.values import read
from waybilld_sdk.labels import PageCommands

LANGUAGE = "zpl"
MOST_LABELS = 20
DEFAULTS = "^CI0^CFA,9,5^BY2,3,10^FWN,0^LRN"
"""What a printer has at power-up of everything that kept commands leave set (the guide, their pages). It is said before the
carrier's part, which was made for such a printer, and after it, so that the next job finds nothing of it."""


@dataclass(frozen=True, slots=True)
class Rewritten:
    """A carrier's label as commands that are ours to place. `pieces` are commands, or a home position to count from ours.

    `declared` is the size that the label gives itself, 0 where it says none; `reach` is how far its ink goes, as far as that
    is known. Dots. `labels` counts those in the file, and only the first is here. `beyond_latin`: it has text that a
    printer's own fonts may lack. `pictures` are set where they are all of the label, which then is drawn without a printer.
    """

    pieces: tuple[Piece, ...]
    declared: tuple[int, int]
    reach: tuple[int, int]
    labels: int
    font_files: tuple[str, ...]
    beyond_latin: bool
    pictures: tuple[Picture, ...]

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in dots: what the label declares, or reaches where that is more."""
        return max(self.declared[0], self.reach[0]), max(self.declared[1], self.reach[1])

    def at(self, left: int, top: int, room: tuple[int, int]) -> PageCommands:
        """The commands in so much room at a place of our page: in its middle, or from its corner on where the label does not
        say how wide it is, because then its fields count from the edge of the paper."""
        sides = zip(self.declared, self.reach, room, strict=True)
        width, height = (min(max(declared, reach), space) if declared else space for declared, reach, space in sides)
        left += (room[0] - width) // 2
        return PageCommands(LANGUAGE, written_at(self.pieces, left, top), (left, top, width, height))


def written_at(pieces: Iterable[Piece], left: int, top: int) -> bytes:
    """Commands with their home positions counted from a place."""
    return b"".join(
        b"^LH%d,%d" % (left + piece[0], top + piece[1]) if isinstance(piece, tuple) else piece for piece in pieces
    )


def rewritten(body: bytes) -> Rewritten:
    """The first label of a file. Raises `Hold`, which names the first command that is not let through and its byte."""
    labels = list(_labels(commands(body)))
    if not labels:
        raise unusable("has no label in it (^XA to ^XZ)", "fetch the label again")
    if len(labels) > MOST_LABELS:
        raise unusable(f"has {len(labels)} labels, and an order has one", "ask the carrier for the label alone")
    # The others are not printed, and read all the same: a file that tries to do harm is not to be trusted in any part.
    first, *_ = [fields_of(label) for label in labels]
    if not first.draws:
        raise unusable("draws nothing", "fetch the label again")
    return Rewritten(
        tuple(first.pieces),
        (first.width, first.length),
        (first.extent.right, first.extent.bottom),
        len(labels),
        tuple(dict.fromkeys(first.font_files)),
        first.beyond_latin,
        tuple(first.pictures) if first.only_pictures else (),
    )


def verified(body: bytes) -> bytes:
    """The same commands, if they are such as `Rewritten.at` gives. Raises `Hold` for all others."""
    if written_at(fields_of(commands(body)).pieces, 0, 0) != body:
        raise unusable("on a page was not written by the allow-list", "render the label again")
    return body


def _labels(found: Iterable[Command]) -> Iterator[list[Command]]:
    """The commands between each `^XA` and its `^XZ`."""
    label: list[Command] | None = None
    last = 0
    for command in found:
        last = command.at
        if command.name == "XA":
            if label is not None:
                raise refused("^XA", command.at, "the label before it has no end")
            read(command, RULES["XA"])
            label = []
        elif label is None:
            raise refused(f"^{command.name}", command.at, "it stands outside of a label")
        elif command.name == "XZ":
            read(command, RULES["XZ"])
            yield label
            label = None
        else:
            label.append(command)
    if label is not None:
        raise unusable(f"breaks off after byte {last}: its last label has no end (^XZ)", "fetch the label again")
