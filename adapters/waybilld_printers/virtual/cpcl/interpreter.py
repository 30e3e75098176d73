"""CPCL as a device's firmware: a session from ``!`` to ``PRINT`` is a label; between sessions escape commands answer.

Source: Zebra CPCL Programming Manual, the page of each command. Of ``ESC h`` it says that an answer means that the label
before is finished, and gives a bit for busy: here it is answered at once, with that bit. ``ON-OUT-OF-PAPER`` is ``PURGE
2`` until a session says otherwise: a label that an error interrupts is gone. No page says that this ends with its
session, so it stays until the power goes.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from waybilld_printers.virtual.cpcl import replies
from waybilld_printers.virtual.cpcl.stream import Escape, Event, Line, Picture, Splitter, Start
from waybilld_printers.virtual.interpreter import Act, Key, Look, PlainInterpreter, Put, Reply
from waybilld_printers.virtual.label import Bitmap, Graphic, Label
from waybilld_printers.virtual.status import Setup

SESSION_LIMIT = 8 * 1024 * 1024
"""Bytes; a longer session is thrown away."""

_COMMAND = re.compile(r"(\S+)\s*(.*)", re.DOTALL)
_NOT_DRAWN: Final = re.compile(
    r"V?TEXT(90|180|270)?|T(90|180|270)?|VT|CONCAT|VCONCAT|ML|MULTILINE|V?BARCODE|V?B|V?EG|V?CG|VEXPANDED-GRAPHICS"
    r"|VCOMPRESSED-GRAPHICS|BOX|LINE|L|INVERSE-LINE|IL|PATTERN|PCX|SCALE-TEXT|ST|VST|SCALE-TO-FIT|STF"
)
_NO_EFFECT: Final = re.compile(
    r";.*|FORM|TONE|SPEED|CONTRAST|PREFEED|POSTFEED|PRESENT-AT|GAP-SENSE|BAR-SENSE|COUNTRY|ENCODING|LEFT|IN-DOTS|PACE|NO-PACE"
    r"|SETFF|ON-FEED|REVERSE|SETMAG|SETBOLD|SETSP|LMARGIN|BEEP|WAIT|LABEL|JOURNAL|LT"
)


@dataclass(frozen=True, slots=True)
class Dots:
    """The bytes of an ``EG`` or ``CG``: black dots are ones."""

    row_bytes: int
    data: bytes

    def decode(self) -> Bitmap:
        return Bitmap(self.row_bytes, self.data)


class CpclInterpreter(PlainInterpreter):
    """The print channel; there is no other."""

    model = "ZQ520"
    firmware = "V81.20.21Z"

    def __init__(self, dots_per_mm: int) -> None:
        self._dots_per_mm = dots_per_mm
        self._splitter = Splitter()
        self.clear()

    def clear(self) -> None:
        self._reset = True
        self._reprint = False
        self._width = self._dots_per_mm * 104
        self.drop()

    def drop(self) -> None:
        self._splitter.clear()
        self._raw = bytearray()
        self._complaints: dict[str, None] = {}
        self._graphics: list[Graphic] = []
        self._utilities = False
        self._offset, self._length, self._quantity = 0, self._dots_per_mm * 152, 1

    @property
    def partial(self) -> bool:
        return self._splitter.in_session

    @property
    def pending(self) -> int:
        return len(self._raw) + self._splitter.pending

    @property
    def setup(self) -> Setup:
        return Setup(self._length)

    def feed(self, data: bytes, look: Look) -> Iterator[Act]:
        for event in self._splitter.feed(data):
            yield from self._event(event, look)

    def _event(self, event: Event, look: Look) -> Iterator[Act]:
        match event:
            case Escape():
                yield from self._escape(event.name, look)
            case Start():
                self._start(event)
            case Picture():
                self._keep(event.raw)
                self._picture(event)
            case Line():
                self._keep(event.raw)
                yield from self._line(event.text)

    def _keep(self, raw: bytes) -> None:
        self._raw += raw
        if len(self._raw) > SESSION_LIMIT:
            self._raw.clear()
            self._graphics = []
            self._complain(f"a session over {SESSION_LIMIT} bytes was discarded")

    def _complain(self, text: str) -> None:
        self._complaints[text] = None

    def _escape(self, name: bytes, look: Look) -> Iterator[Act]:
        status = look()
        match name:
            case b"h" if not status.muted:
                yield Reply(replies.short(status, reset=self._reset))
            case b"i" if not status.muted:
                yield Reply(replies.extended(status))
            case b"v":
                yield Reply(replies.about(status))
            case b"N":
                self._reset = False
            case b"JRU":
                yield Reply(replies.user_count(status))
            case b"JWaccNVMU":
                yield Key.ZERO_USER_COUNT
            case b"h" | b"i":
                pass
            case _:
                self._complain(f"unknown command: ESC {name.decode('latin-1')}")

    def _start(self, event: Start) -> None:
        if self._splitter.stray:
            self._complain(f"{self._splitter.stray} stray bytes before the session")
            self._splitter.stray = 0
        self._raw = bytearray(event.raw)
        words = event.text.split()
        self._utilities = not words or not words[0].lstrip("-").isdigit()
        if self._utilities:
            if words and words[0].upper() in ("U", "U1"):
                # A session of one line.
                self._complain(f"not supported: ! {words[0]}")
                self._splitter.end_session()
            return
        numbers = [int(word) if word.lstrip("-").isdigit() else None for word in words]
        offset, across, along, height, quantity, *_ = [*numbers, None, None, None, None]
        if across != along or across != {8: 200, 12: 300}.get(self._dots_per_mm, across):
            self._complain(f"not supported: a resolution of {across} x {along}")
        self._offset = offset or 0
        self._length = max(1, min(32000, height or 1))
        self._quantity = max(1, min(1024, quantity or 1))

    def _picture(self, picture: Picture) -> None:
        name = {"EXPANDED-GRAPHICS": "EG", "COMPRESSED-GRAPHICS": "CG"}.get(picture.name, picture.name)
        if picture.data is None:
            self._complain(f"refused: {name} with a character that is no digit")
            return
        if picture.row_bytes and picture.rows:
            source = Dots(picture.row_bytes, picture.data)
            self._graphics.append(Graphic(self._offset + picture.x, picture.y, name, source))

    def _line(self, text: str) -> Iterator[Act]:
        found = _COMMAND.fullmatch(text)
        if found is None:
            return
        name, arguments = found[1].upper(), found[2]
        if name in ("PRINT", "END", "ABORT"):
            yield from self._end(name)
        elif name in ("PW", "PAGE-WIDTH") and arguments.isdigit():
            self._width = max(8, min(32000, int(arguments)))
        elif name == "ON-OUT-OF-PAPER" and arguments.split()[:1] in (["WAIT"], ["PURGE"]):
            self._reprint = arguments.split()[0] == "WAIT"
        elif _NOT_DRAWN.fullmatch(name):
            self._complain(f"not drawn: {name}")
        elif not _NO_EFFECT.fullmatch(name):
            self._complain(f"unknown command: {name[:40]}")

    def _end(self, name: str) -> Iterator[Act]:
        self._splitter.end_session()
        raw, complaints, graphics = bytes(self._raw), tuple(self._complaints), tuple(self._graphics)
        self._raw, self._graphics = bytearray(), []
        if self._utilities or name != "PRINT":
            return
        self._complaints = {}
        yield Put(
            Label(
                raw=raw,
                width=self._width,
                length=self._length,
                graphics=graphics,
                complaints=complaints,
                quantity=self._quantity,
                reprint=self._reprint,
            )
        )
