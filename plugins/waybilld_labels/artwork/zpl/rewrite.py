"""A carrier's ZPL written anew: only fields, each command from the allow-list, to be put into a document of ours.

What comes out holds no byte that was not read and checked, and writing it anew a second time changes nothing; the encoder
asks for that before it sends anything (`verified`), whoever made the page.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from waybilld_labels.artwork.zpl import graphic
from waybilld_labels.artwork.zpl.allowed import RULES, Fate, Rule, why_refused
from waybilld_labels.artwork.zpl.extent import Extent
from waybilld_labels.artwork.zpl.tokens import Command, commands, refused, unusable
from waybilld_labels.artwork.zpl.values import read, written
from waybilld_sdk.labels import PageCommands

LANGUAGE = "zpl"
MOST_LABELS = 20
MOST_DATA = 3072
"""Bytes of one `^FD`: Zebra ZPL II Programming Guide, that page."""

DEFAULTS = "^CI0^CFA,9,5^BY2,3,10^FWN,0^LRN"
"""What a printer has at power-up of everything that kept commands leave set (the guide, their pages). It is said before the
carrier's part, which was made for such a printer, and after it, so that the next job finds nothing of it."""

_UTF_8 = "28"


@dataclass(frozen=True, slots=True)
class Rewritten:
    """A carrier's label as commands that are ours to place. `pieces` are commands, or a home position to count from ours.

    `declared` is the size that the label gives itself, 0 where it says none; `reach` is how far its ink goes, as far as that
    is known. Dots. `labels` counts those in the file, and only the first is here.
    """

    pieces: tuple[bytes | tuple[int, int], ...]
    declared: tuple[int, int]
    reach: tuple[int, int]
    labels: int
    font_files: tuple[str, ...]

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in dots: what the label declares, or reaches where that is more."""
        return max(self.declared[0], self.reach[0]), max(self.declared[1], self.reach[1])

    def at(self, left: int, top: int, room: tuple[int, int]) -> PageCommands:
        """The commands with their origin at a place of our page, where there is so much room."""
        width, height = (min(pair) for pair in zip(self.size, room, strict=True))
        return PageCommands(LANGUAGE, self.body(left, top), (left, top, width, height))

    def body(self, left: int, top: int) -> bytes:
        """The commands alone."""
        return b"".join(
            b"^LH%d,%d" % (left + piece[0], top + piece[1]) if isinstance(piece, tuple) else piece for piece in self.pieces
        )


def rewritten(body: bytes) -> Rewritten:
    """The first label of a file. Raises `Hold`, which names the first command that is not let through and its byte."""
    labels = list(_labels(commands(body)))
    if not labels:
        raise unusable("has no label in it (^XA to ^XZ)", "fetch the label again")
    if len(labels) > MOST_LABELS:
        raise unusable(f"has {len(labels)} labels, and an order has one", "ask the carrier for the label alone")
    # The others are not printed, and read all the same: a file that tries to do harm is not to be trusted in any part.
    first, *_ = [_fields(label) for label in labels]
    if not first.draws:
        raise unusable("draws nothing", "fetch the label again")
    return Rewritten(
        tuple(first.pieces),
        (first.width, first.length),
        (first.extent.right, first.extent.bottom),
        len(labels),
        tuple(dict.fromkeys(first.font_files)),
    )


def verified(body: bytes) -> bytes:
    """The same commands, if they are such as `Rewritten.body` gives. Raises `Hold` for all others."""
    again = _fields(commands(body))
    if Rewritten(tuple(again.pieces), (0, 0), (0, 0), 1, ()).body(0, 0) != body:
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


@dataclass(slots=True)
class _Fields:
    """A label in the making."""

    pieces: list[bytes | tuple[int, int]] = field(default_factory=lambda: [(0, 0)])
    extent: Extent = field(default_factory=Extent)
    width: int = 0
    length: int = 0
    encoding: str = "0"
    draws: bool = False
    graphics_left: int = graphic.MOST_BYTES
    font_files: list[str] = field(default_factory=list)

    def take(self, command: Command) -> None:
        rule = RULES.get(command.name)
        if rule is None or command.name in {"XA", "XZ"}:
            raise refused(f"^{command.name}", command.at, why_refused(command.name))
        if command.name == "GF":
            self._picture(command)
        elif rule.data:
            if rule.fate is Fate.KEPT:
                self.pieces.append(b"^%b%b" % (command.name.encode("ascii"), self._data(command)))
        elif rule.parameters is not None:
            self._plain(command, rule)
        self.draws = self.draws or rule.draws

    def _plain(self, command: Command, rule: Rule) -> None:
        values = read(command, rule)
        numbers = [int(value) if value.isdecimal() else 0 for value in values]
        if command.name == "LH":
            self._home(*numbers)
            return
        if command.name == "PW":
            self.width = numbers[0]
        elif command.name == "LL":
            self.length = numbers[0]
        elif command.name == "CI":
            self.encoding = values[0] or "0"
        elif command.name == "A@" and values[3]:
            self.font_files.append(values[3])
        self.extent.add(command.name, values)
        if rule.fate is Fate.KEPT:
            self.pieces.append(written(command.name, values))

    def _home(self, x: int, y: int) -> None:
        self.extent.home = (x, y)
        if self.pieces == [(0, 0)]:
            self.pieces = []
        self.pieces.append((x, y))

    def _picture(self, command: Command) -> None:
        try:
            found = graphic.bitmap(command.data, self.graphics_left)
        except graphic.Broken as error:
            raise refused("^GF", command.at, str(error)) from error
        self.graphics_left -= len(found.rows)
        self.extent.shape(found.width, found.height)
        self.pieces.append(b"^GF" + found.parameters())

    def _data(self, command: Command) -> bytes:
        """A field's text without line breaks, which printers ignore in it and which begin commands of other languages."""
        data = command.data.replace(b"\r", b"").replace(b"\n", b"")
        name = f"^{command.name}"
        if len(data) > MOST_DATA:
            raise refused(name, command.at, f"it has {len(data)} bytes of data, and a field takes {MOST_DATA}")
        if b"\t" in data:
            raise refused(name, command.at, "its data has a control character")
        if self.encoding == _UTF_8:
            try:
                data.decode("utf-8")
            except UnicodeDecodeError as error:
                raise refused(name, command.at, "its data is no UTF-8, as ^CI28 says it is") from error
        return data


def _fields(label: Iterable[Command]) -> _Fields:
    made = _Fields()
    for command in label:
        made.take(command)
    if made.draws and made.pieces[-1] != b"^FS":
        made.pieces.append(b"^FS")
    return made
