"""Splits print data into command lines, pictures and commands that act at once.

Sources: TSC TSPL/TSPL2 Programming Manual, document conventions (CR LF ends a command line; ``<ESC>`` polls at once,
``~`` only when the printer is ready), ``BITMAP`` (counted bytes follow the fifth comma), ``<ESC>!?``, ``<ESC>!S``.
No manual says whether ``<ESC>!`` is looked for in counted bytes: here it is not, so that a picture cannot reset the
device, and a picture that was cut off swallows every question until the power goes.
"""

import re
from collections.abc import Generator, Iterator
from dataclasses import dataclass

LINE_LIMIT = 4096
"""Bytes; a longer command line is thrown away."""

PICTURE_LIMIT = 8 * 1024 * 1024
"""Bytes of one picture; a ``BITMAP`` that announces more is refused, and its bytes are read as commands."""

_ESCAPE = 0x1B
_END = re.compile(rb"\r?\n|\r(?=[^\n])|\x1b")
_BITMAP = re.compile(rb"\s*BITMAP\b([^,]*),([^,]*),([^,]*),([^,]*),([^,]*),", re.IGNORECASE)
_BITMAP_START = re.compile(rb"\s*BITMAP\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Urgent:
    """The letter after ``<ESC>!``."""

    letter: bytes


@dataclass(frozen=True, slots=True)
class Line:
    """A command line as it came, its end included."""

    raw: bytes

    @property
    def text(self) -> str:
        return self.raw.decode("latin-1").strip()


@dataclass(frozen=True, slots=True)
class Picture:
    """A ``BITMAP`` with its counted bytes; the five numbers as they were written."""

    raw: bytes
    numbers: tuple[str, ...]
    data: bytes


Event = Urgent | Line | Picture


class Splitter:
    """Bytes may arrive in any pieces, over any number of connections: what is unfinished waits for its rest."""

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        """Forget what is unfinished."""
        self._rest = b""
        self._line = bytearray()
        self._numbers: tuple[str, ...] = ()
        self._data = bytearray()
        self._left = 0

    @property
    def pending(self) -> int:
        """Bytes held of an unfinished command."""
        return len(self._rest) + len(self._line) + len(self._data)

    @property
    def in_picture(self) -> bool:
        """Counted bytes are missing."""
        return self._left > 0

    def feed(self, data: bytes) -> Iterator[Event]:
        """Take bytes and yield what they complete, in order."""
        data, self._rest = self._rest + data, b""
        at = 0
        while at < len(data):
            if self._left:
                piece = data[at : at + self._left]
                at += len(piece)
                self._data += piece
                self._left -= len(piece)
                if not self._left:
                    yield self._picture()
                continue
            if data[at] == _ESCAPE:
                # A status question may stand anywhere, even within a line.
                if len(data) - at < 3 and b"\x1b!".startswith(data[at : at + 2]):
                    self._rest = data[at:]
                    return
                if data[at + 1 : at + 2] == b"!":
                    yield Urgent(data[at + 2 : at + 3])
                    at += 3
                    continue
            at = yield from self._in_line(data, at)

    def _in_line(self, data: bytes, at: int) -> Generator[Event, None, int]:
        """Read on to the end of the line, or of the head of a picture; return where to go on."""
        found = _END.search(data, at + (data[at] == _ESCAPE))
        end = found.start() if found else len(data)
        if found is None and data.endswith(b"\r") and end - at:
            # Whether a line feed belongs to it, the next byte tells.
            self._rest, end = b"\r", end - 1
        before = len(self._line)
        self._line += data[at:end]
        head = _BITMAP.match(self._line) if _BITMAP_START.match(self._line) else None
        size = _size(head) if head else 0
        if head and size:
            self._numbers = tuple(number.decode("latin-1").strip() for number in head.groups())
            self._left = size
            taken = head.end() - before
            del self._line[head.end() :]
            return at + taken
        if found is None or found[0] == b"\x1b":
            if len(self._line) > LINE_LIMIT:
                del self._line[LINE_LIMIT:]
            return len(data) if found is None else end
        self._line += found[0]
        line, self._line = bytes(self._line), bytearray()
        yield Line(line)
        return found.end()

    def _picture(self) -> Picture:
        picture = Picture(bytes(self._line + self._data), self._numbers, bytes(self._data))
        self._line, self._data = bytearray(), bytearray()
        return picture


def _size(head: re.Match[bytes]) -> int:
    """Bytes that follow the head of a picture; 0 when its numbers make no sense."""
    width, height = head[3].strip(), head[4].strip()
    if not width.isdigit() or not height.isdigit():
        return 0
    size = int(width) * int(height)
    return size if size <= PICTURE_LIMIT else 0
