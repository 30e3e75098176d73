"""The commands of one label, each looked at and written anew, and what is known of the label from them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from waybilld_labels.artwork.zpl import graphic
from waybilld_labels.artwork.zpl.allowed import RULES, Fate, Rule, why_refused
from waybilld_labels.artwork.zpl.extent import Extent
from waybilld_labels.artwork.zpl.tokens import Command, refused
from waybilld_labels.artwork.zpl.values import read, written

MOST_DATA = 3072
"""Bytes of one `^FD`: Zebra ZPL II Programming Guide, that page."""

Piece = bytes | tuple[int, int]
"""A command, or a home position in dots, which moves with the label."""

Picture = tuple[int, int, graphic.Bitmap]
"""Where a picture's top left corner stands, and the picture."""

_UTF_8 = "28"
_ESCAPE_MARK = "_"
_BEYOND_LATIN = re.compile("[\u0250-\u1fff\u2100-\U0010ffff]")
"""Everything but Latin, common punctuation and currency signs: what the fonts that printers come with may lack."""


@dataclass(slots=True)
class Fields:
    """A label in the making. `width` and `length` are what it declares, 0 for nothing; `only_pictures`: every dot of it is
    known."""

    pieces: list[Piece] = field(default_factory=lambda: [(0, 0)])
    extent: Extent = field(default_factory=Extent)
    width: int = 0
    length: int = 0
    encoding: str = "0"
    draws: bool = False
    graphics_left: int = graphic.MOST_BYTES
    font_files: list[str] = field(default_factory=list)
    pictures: list[Picture] = field(default_factory=list)
    only_pictures: bool = True
    beyond_latin: bool = False
    _mark: str = ""

    def take(self, command: Command) -> None:
        """Look at a command and keep what is to be kept of it. Raises `Hold`."""
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
        reverses = command.name == "FR" or (command.name == "LR" and self.pieces[-1] != b"^LRN")
        if reverses or (rule.draws and command.name != "GF"):
            self.only_pictures = False

    def _plain(self, command: Command, rule: Rule) -> None:
        values = read(command, rule)
        numbers = [int(value) if value.isdecimal() else 0 for value in values]
        if command.name == "LH":
            if self.extent.in_field:
                raise refused("^LH", command.at, "it stands inside of a field, where printers do not agree on what it moves")
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
        elif command.name in {"FH", "FS"}:
            self._mark = (values[0] or _ESCAPE_MARK) if values else ""
        self.extent.add(command.name, values)
        if rule.fate is Fate.KEPT:
            self.pieces.append(written(command.name, values))

    def _home(self, x: int, y: int) -> None:
        self.extent.home(x, y)
        if self.pieces == [(0, 0)]:
            self.pieces = []
        self.pieces.append((x, y))

    def _picture(self, command: Command) -> None:
        try:
            found = graphic.bitmap(command.data, self.graphics_left)
        except graphic.Broken as error:
            raise refused("^GF", command.at, str(error)) from error
        self.graphics_left -= len(found.rows)
        self.extent.shape(found.ink_width, found.height)
        corner = self.extent.corner
        if corner is None:
            self.only_pictures = False
        else:
            self.pictures.append((*corner, found))
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
            text = self._unescaped(data).decode("utf-8", "ignore")
            self.beyond_latin = self.beyond_latin or _BEYOND_LATIN.search(text) is not None
        else:
            text = self._unescaped(data).decode("latin-1")
        self.extent.text(text)
        return data

    def _unescaped(self, data: bytes) -> bytes:
        """What the printer sees behind the escapes of `^FH`."""
        if not self._mark:
            return data
        escape = re.compile(re.escape(self._mark.encode("ascii")) + rb"([0-9A-Fa-f]{2})")
        return escape.sub(lambda found: bytes.fromhex(found[1].decode("ascii")), data)


def fields_of(label: Iterable[Command]) -> Fields:
    """The commands between `^XA` and `^XZ`, each looked at. Raises `Hold`, which names the first that is not let through."""
    made = Fields()
    for command in label:
        made.take(command)
    if made.draws and made.pieces[-1] != b"^FS":
        made.pieces.append(b"^FS")
    return made
