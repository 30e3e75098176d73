"""Splits print data into commands, and pictures into the rows that have arrived.

Source: Epson ESC/POS Application Programming Guide, the page of each command for its length. A command that this device
does not know is thought to be two bytes long, as most are that a manual of another model lists; what follows is then
read as commands or text, as on a real device.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from waybilld_printers.virtual.escpos.realtime import BEGINNING, COMMAND

_TEXT = re.compile(rb"[^\x00-\x1f\x7f]+")
_LENGTHS: Final[dict[bytes, int]] = {
    **dict.fromkeys((b"\x1b@", b"\x1b2", b"\x1bi", b"\x1bm", b"\x1bv", b"\x1bS", b"\x1bL", b"\x1b<"), 2),
    **dict.fromkeys((b"\x1b" + bytes([letter]) for letter in b"dJa!-EGMtRr3 =UV{e%"), 3),
    **dict.fromkeys((b"\x1d" + bytes([letter]) for letter in b"aIr!BHhwfb"), 3),
    **dict.fromkeys((b"\x1b$", b"\x1b\\", b"\x1bc", b"\x1dL", b"\x1dW", b"\x1dP", b"\x1d\\"), 4),
    b"\x1bp": 5,
}
"""Whole commands of a fixed length, by their first two bytes."""


@dataclass(frozen=True, slots=True)
class Command:
    """A whole command: its first two bytes, or three for ``GS (`` and a letter, and what follows them."""

    name: bytes
    arguments: bytes
    raw: bytes


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows of a ``GS v 0`` picture that have arrived; ``raw`` holds its head too when they are the first."""

    mode: int
    row_bytes: int
    data: bytes
    raw: bytes


@dataclass(frozen=True, slots=True)
class Text:
    """Characters, which this device does not draw."""

    raw: bytes


@dataclass(frozen=True, slots=True)
class Control:
    """A single control character."""

    raw: bytes


Event = Command | Rows | Text | Control


class Splitter:
    """Bytes may arrive in any pieces, over any number of connections: what is unfinished waits for its rest."""

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        """Forget what is unfinished."""
        self._buffer = bytearray()
        self._picture: tuple[int, int] | None = None
        self._head = b""
        self._left = 0

    @property
    def pending(self) -> int:
        """Bytes held of an unfinished command, or of a picture's row."""
        return len(self._buffer)

    @property
    def in_picture(self) -> bool:
        """Rows are missing."""
        return self._left > 0

    def feed(self, data: bytes) -> Iterator[Event]:
        """Take bytes and yield what they complete, in order."""
        self._buffer += data
        while self._buffer:
            if self._left:
                rows = self._rows()
                if rows is None:
                    return
                yield rows
                continue
            size = self._size()
            if size is None or size > len(self._buffer):
                return
            raw = bytes(self._buffer[:size])
            del self._buffer[:size]
            if raw.startswith(b"\x1dv0"):
                self._begin(raw)
            elif raw[0] in b"\x1b\x1c\x1d":
                cut = 3 if raw.startswith(b"\x1d(") else 2
                yield Command(raw[:cut], raw[cut:], raw)
            elif raw[0] == 0x10:
                # A real-time command: it has been acted on when it arrived.
                continue
            else:
                yield Text(raw) if raw[0] >= 0x20 else Control(raw)

    def _begin(self, head: bytes) -> None:
        row_bytes = head[4] + head[5] * 256
        self._picture, self._head = (head[3], row_bytes), head
        self._left = row_bytes * (head[6] + head[7] * 256)

    def _rows(self) -> Rows | None:
        mode, row_bytes = self._picture or (0, 1)
        size = min(self._left, len(self._buffer) - len(self._buffer) % row_bytes)
        if not size:
            return None
        data = bytes(self._buffer[:size])
        del self._buffer[:size]
        self._left -= size
        head, self._head = self._head, b""
        return Rows(mode, row_bytes, data, head + data)

    def _size(self) -> int | None:
        """The length of the command at the beginning of the buffer; None when more bytes are needed to know it."""
        buffer = self._buffer
        first = buffer[0]
        if first == 0x10:
            found = COMMAND.match(buffer)
            if found:
                return found.end()
            return None if BEGINNING.fullmatch(buffer) else 1
        if first not in b"\x1b\x1c\x1d":
            text = _TEXT.match(buffer)
            return text.end() if text else 1
        if len(buffer) < 2:
            return None
        return self._long_size(bytes(buffer[:2]))

    def _long_size(self, name: bytes) -> int | None:
        buffer = self._buffer
        if name in _LENGTHS:
            return _LENGTHS[name]
        match name:
            case b"\x1dv":
                return 8 if bytes(buffer[2:3]) in (b"0", b"") else 2
            case b"\x1dV":
                return None if len(buffer) < 3 else 3 if buffer[2] in b"\x00\x0101" else 4
            case b"\x1d(" | b"\x1c(":
                return None if len(buffer) < 5 else 5 + buffer[3] + buffer[4] * 256
            case b"\x1d8":
                return None if len(buffer) < 7 else 7 + int.from_bytes(buffer[3:7], "little")
            case b"\x1b*":
                if len(buffer) < 5:
                    return None
                return 5 + (buffer[3] + buffer[4] * 256) * (3 if buffer[2] >= 32 else 1)
            case _:
                return 2
