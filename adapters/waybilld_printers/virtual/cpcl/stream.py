"""Splits print data into the lines and pictures of sessions, and the escape commands between them.

Sources: Zebra CPCL Programming Manual, section 1 (a session begins with ``!`` and ends with ``PRINT``; lines end with CR
LF), section 7 (``EG``: two hexadecimal digits a byte, ``CG``: bytes as they are, width times height of them), section
11 (escape commands "should not be used while in a control/utility session": in one they are text like any other).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

LINE_LIMIT = 4096
"""Bytes; a longer line is thrown away."""

PICTURE_LIMIT = 8 * 1024 * 1024
"""Bytes of one picture; one that announces more is read as lines."""

_LINE_END = re.compile(rb"\r?\n|\r(?=[^\n])")
_GRAPHICS = re.compile(
    rb"(EG|CG|EXPANDED-GRAPHICS|COMPRESSED-GRAPHICS)[ \t]+(\d{1,5})[ \t]+(\d{1,5})[ \t]+(-?\d{1,5})[ \t]+(-?\d{1,5})[ \t]",
    re.IGNORECASE,
)
_GRAPHICS_START = re.compile(rb"(EG|CG|EXPANDED-GRAPHICS|COMPRESSED-GRAPHICS)[ \t][-\d \t]*", re.IGNORECASE)
_ESCAPE = re.compile(rb"\x1b(JRU|JWaccNVMU|[^J])", re.DOTALL)
_ESCAPE_START = re.compile(rb"\x1b(J(R|W(a(c(c(N(VM?)?)?)?)?)?)?)?")
_BETWEEN = re.compile(rb"[!\x1b]")
_BLANKS = b" \t\r\n\0\x0c"
_NOT_HEX = re.compile(rb"[^0-9A-Fa-f \t\r\n]")


@dataclass(frozen=True, slots=True)
class Escape:
    """What stands behind an ESC between sessions."""

    name: bytes


@dataclass(frozen=True, slots=True)
class Start:
    """The first line of a session, ``!`` left out."""

    text: str
    raw: bytes


@dataclass(frozen=True, slots=True)
class Line:
    """A line within a session, its end included in ``raw``."""

    text: str
    raw: bytes


@dataclass(frozen=True, slots=True)
class Picture:
    """An ``EG`` or ``CG``: bytes a row, rows, where, and its dots; ``data`` is None when the digits are none."""

    name: str
    row_bytes: int
    rows: int
    x: int
    y: int
    data: bytes | None
    raw: bytes


Event = Escape | Start | Line | Picture


class Splitter:
    """Bytes may arrive in any pieces, over any number of connections: what is unfinished waits for its rest."""

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        """Forget what is unfinished; the next byte stands between two sessions."""
        self._buffer = bytearray()
        self.in_session = False
        self.stray = 0
        """Bytes that stood between sessions and were no escape command: a real device prints them as text."""

    @property
    def pending(self) -> int:
        return len(self._buffer)

    def end_session(self) -> None:
        """The line just given was the last one."""
        self.in_session = False

    def feed(self, data: bytes) -> Iterator[Event]:
        """Take bytes and yield what they complete, in order."""
        self._buffer += data
        while self._buffer:
            event = self._inside() if self.in_session else self._between()
            if event is None:
                return
            if not isinstance(event, bool):
                yield event

    def _between(self) -> Event | bool | None:
        """The next thing between sessions; True: something was skipped; None: more bytes are needed."""
        found = _BETWEEN.search(self._buffer)
        end = found.start() if found else len(self._buffer)
        if end:
            self.stray += len(self._take(end).translate(None, _BLANKS))
            return True
        if self._buffer[0] == 0x1B:
            escape = _ESCAPE.match(self._buffer)
            if escape:
                return Escape(self._take(escape.end())[1:])
            if not _ESCAPE_START.fullmatch(self._buffer):
                self.stray += len(self._take(1))
                return True
            return None
        raw = self._line()
        if raw is None:
            return None
        self.in_session = True
        return Start(_text(raw[1:]), raw)

    def _inside(self) -> Event | None:
        head = _GRAPHICS.match(self._buffer)
        if head and int(head[2]) * int(head[3]) <= PICTURE_LIMIT:
            return self._picture(head)
        if len(self._buffer) <= LINE_LIMIT and _GRAPHICS_START.fullmatch(self._buffer):
            return None
        raw = self._line()
        return None if raw is None else Line(_text(raw), raw)

    def _picture(self, head: re.Match[bytes]) -> Picture | None:
        name, row_bytes, rows = head[1].decode().upper(), int(head[2]), int(head[3])
        size, start = row_bytes * rows, head.end()
        data: bytes | None
        if name in ("CG", "COMPRESSED-GRAPHICS"):
            if len(self._buffer) < start + size:
                return None
            end = start + size
            data = bytes(self._buffer[start:end])
        else:
            if len(self._buffer) < start + size * 2:
                return None
            strange = _NOT_HEX.search(self._buffer, start)
            digits = bytes(self._buffer[start : strange.start() if strange else None])
            enough = _end_of_digits(digits, size * 2)
            if enough is None and strange is None:
                return None
            end = start + (len(digits) if enough is None else enough)
            data = None if enough is None else bytes.fromhex(digits[:enough].translate(None, _BLANKS).decode())
        x, y = int(head[4]), int(head[5])
        return Picture(name, row_bytes, rows, x, y, data, self._take(end))

    def _line(self) -> bytes | None:
        """The line at the beginning of the buffer, its end included."""
        found = _LINE_END.search(self._buffer)
        if found:
            return self._take(found.end())
        return self._take(LINE_LIMIT) if len(self._buffer) > LINE_LIMIT else None

    def _take(self, count: int) -> bytes:
        taken = bytes(self._buffer[:count])
        del self._buffer[:count]
        return taken


def _end_of_digits(text: bytes, count: int) -> int | None:
    """Where so many digits end, blanks between them not counted; None when they are fewer."""
    if len(text) < count or len(text.translate(None, _BLANKS)) < count:
        return None
    low, high = count, len(text)
    while low < high:
        middle = (low + high) // 2
        if len(text[:middle].translate(None, _BLANKS)) < count:
            low = middle + 1
        else:
            high = middle
    return low


def _text(raw: bytes) -> str:
    return raw.decode("latin-1").strip()
