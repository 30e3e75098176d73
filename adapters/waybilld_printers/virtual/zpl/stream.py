"""Splits the byte stream of a print connection into formats, control commands and questions.

Bytes may arrive in any pieces, over any number of connections: an unfinished format waits for its rest. Sources: Zebra
ZPL II Programming Guide, ``^XA``, ``^XZ`` (also written as the control characters STX and ETX), ``~JA``, ``~JX``,
``^GF`` ("all control prefixes are ignored until the total number of bytes needed is sent") and the chapter on SGD
commands.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

FORMAT_LIMIT = 8 * 1024 * 1024
"""Bytes; a longer format is thrown away, so that a sender cannot fill the memory."""

_ARGUMENT_LIMIT = 1024
_OUTSIDE = re.compile(rb"[\^~!{\x02]")
_INSIDE = re.compile(rb"[\^~\x03]")
_CONTROL = re.compile(
    rb"~(?:(?P<bare>HS|HI|JA|JX|JP|PP|PS|JR)|(?P<query>HQ)(?P<topic>[A-Z]{2})"
    rb"|(?P<name>[A-Z][A-Z0-9])(?P<argument>[^\^~\r\n\x03]{0,1024})(?=[\^~\r\n\x03]))",
    re.IGNORECASE,
)
_CONTROL_NAME = re.compile(rb"~(?:[A-Z](?:[A-Z0-9]|\Z)|\Z)", re.IGNORECASE)
_COMMAND_NAME = re.compile(rb"\^[A-Z][A-Z0-9@]", re.IGNORECASE)
_COUNTED = re.compile(rb"\^GF[BC],(\d{1,8}),\d{0,8},\d{0,8},", re.IGNORECASE)
_COUNTED_START = re.compile(rb"\^GF[BC](?:,\d{0,8}){0,3}\Z", re.IGNORECASE)
_SGD = re.compile(
    rb'! U1 (?:getvar "(?P<get>[^"\r\n^~]{0,256})"'
    rb'|(?P<change>setvar|do) "(?P<name>[^"\r\n^~]{0,256})" "(?P<value>[^"\r\n^~]{0,512})")[ \r\n]'
)
_JSON_START = b"{}{"
_SGD_START = b"! U1 "
_SGD_BREAK = re.compile(rb"[\r\n^~]")
_BLANKS = b" \t\r\n\0"


@dataclass(frozen=True, slots=True)
class Format:
    """A complete format with its bytes exactly as they came, and what was wrong on the way."""

    raw: bytes
    complaints: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Control:
    """A ``~`` command, without its prefix, in upper case: ``HS``, ``JA``, ``HQ`` with the argument ``ES``."""

    name: str
    argument: str


@dataclass(frozen=True, slots=True)
class Question:
    """An SGD ``getvar`` for a name."""

    name: str


@dataclass(frozen=True, slots=True)
class Change:
    """An SGD ``setvar`` or ``do``."""

    verb: str
    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Json:
    """SGD in JSON: names, each with the value to set, or None to ask for it."""

    pairs: tuple[tuple[str, str | None], ...]


Event = Format | Control | Question | Change | Json


class Splitter:
    """The receiving half of the language. It never looks at single bytes: it jumps from prefix to prefix.

    ``json`` False: the JSON form of SGD is unknown, and stray.
    """

    __slots__ = ("_binary_left", "_buffer", "_complaints", "_has_json", "_inside", "_oversize", "_scan", "_start", "_stray")

    def __init__(self, *, json: bool = True) -> None:
        self._has_json = json
        self.clear()

    def clear(self) -> None:
        """Forget everything, as a loss of power does."""
        self._buffer = bytearray()
        self._scan = self._start = self._binary_left = self._stray = 0
        self._inside = self._oversize = False
        self._complaints: list[str] = []

    @property
    def partial(self) -> bool:
        """True between ``^XA`` and ``^XZ``."""
        return self._inside

    @property
    def pending(self) -> int:
        """Bytes held of an unfinished format or command."""
        return len(self._buffer) - (self._start if self._inside else self._scan)

    def complain(self, text: str) -> None:
        """Note something for the ledger line of this format, or of the next one."""
        self._complaints.append(text)

    def feed(self, data: bytes) -> Iterator[Event]:
        """Take bytes and yield what they complete, in order. ``~JA`` and ``~JX`` have dropped the partial format."""
        self._buffer += data
        while (event := self._next()) is not None:
            yield event
        self._trim()

    def _trim(self) -> None:
        if self._inside and (self._oversize or self._scan - self._start > FORMAT_LIMIT):
            self._oversize = True
            self._start = self._scan
        keep = self._start if self._inside else self._scan
        if keep:
            del self._buffer[:keep]
            self._scan -= keep
            self._start = 0

    def _next(self) -> Event | None:
        """The next event; None when more bytes are needed."""
        while True:
            if self._binary_left:
                step = min(self._binary_left, len(self._buffer) - self._scan)
                self._binary_left -= step
                self._scan += step
            found = (_INSIDE if self._inside else _OUTSIDE).search(self._buffer, self._scan)
            end = found.start() if found else len(self._buffer)
            if not self._inside:
                self._stray += len(self._buffer[self._scan : end].translate(None, _BLANKS))
            self._scan = end
            if found is None:
                return None
            event = self._inside_prefix(found[0]) if self._inside else self._outside_prefix(found[0])
            if event is not False:
                return event

    def _outside_prefix(self, prefix: bytes) -> Event | Literal[False] | None:
        """Act on the prefix at the scan position. False: consumed, go on; None: more bytes are needed."""
        if prefix == b"~":
            return self._control()
        if prefix == b"!":
            return self._sgd()
        if prefix == b"{":
            return self._json()
        if prefix == b"^" and len(self._buffer) - self._scan < 3:
            return None
        if prefix == b"\x02" or self._buffer[self._scan : self._scan + 3].upper() == b"^XA":
            self._inside, self._start = True, self._scan
            self._scan += len(prefix) if prefix == b"\x02" else 3
        else:
            self._skip_stray()
        return False

    def _inside_prefix(self, prefix: bytes) -> Event | Literal[False] | None:
        if prefix == b"~":
            return self._control()
        if prefix == b"\x03":
            return self._end(1)
        if len(self._buffer) - self._scan < 3:
            return None
        name = self._buffer[self._scan + 1 : self._scan + 3].upper()
        if name == b"XZ":
            return self._end(3)
        if name == b"GF":
            return self._graphic()
        if name == b"XA":
            self.complain("^XA inside a format")
        self._scan += 3 if _COMMAND_NAME.match(self._buffer, self._scan) else 1
        return False

    def _graphic(self) -> Literal[False] | None:
        """Step over a ``^GF``; the data of a binary one is counted, not searched for prefixes."""
        counted = _COUNTED.match(self._buffer, self._scan)
        if counted:
            self._scan, self._binary_left = counted.end(), int(counted[1])
        elif len(self._buffer) - self._scan < 4 or _COUNTED_START.match(self._buffer, self._scan):
            return None
        else:
            self._scan += 3
        return False

    def _end(self, length: int) -> Format | Literal[False]:
        self._scan += length
        self._inside = False
        if self._oversize or self._scan - self._start > FORMAT_LIMIT:
            self._oversize = False
            self.complain(f"a format over {FORMAT_LIMIT} bytes was discarded")
            return False
        if self._stray:
            self._complaints.insert(0, f"{self._stray} stray bytes before the format")
        complaints, self._complaints, self._stray = tuple(self._complaints), [], 0
        return Format(bytes(self._buffer[self._start : self._scan]), complaints)

    def _control(self) -> Control | Literal[False] | None:
        found = _CONTROL.match(self._buffer, self._scan)
        if found is None:
            unfinished = _CONTROL_NAME.match(self._buffer, self._scan)
            if unfinished and len(self._buffer) - self._scan <= _ARGUMENT_LIMIT + 3:
                return None
            self.complain("stray ~")
            self._scan += 1
            return False
        self._scan = found.end()
        name = (found["bare"] or found["query"] or found["name"]).decode().upper()
        argument = (found["topic"] or found["argument"] or b"").decode("latin-1").upper()
        if name in ("JA", "JX"):
            self._inside = self._oversize = False
            self._complaints = []
        return Control(name, argument)

    def _sgd(self) -> Question | Change | Literal[False] | None:
        found = _SGD.match(self._buffer, self._scan)
        if found:
            self._scan = found.end()
            if found["get"] is not None:
                return Question(found["get"].decode("latin-1"))
            change, name, value = (found[group].decode("latin-1") for group in ("change", "name", "value"))
            return Change(change, name, value)
        start = bytes(self._buffer[self._scan : self._scan + len(_SGD_START)])
        waiting = _SGD_START.startswith(start) and not _SGD_BREAK.search(self._buffer, self._scan)
        if waiting and len(self._buffer) - self._scan <= _ARGUMENT_LIMIT:
            return None
        self._skip_stray()
        return False

    def _json(self) -> Json | Literal[False] | None:
        """``{}{"name":null}``: an empty object, then the one that asks."""
        text = bytes(self._buffer[self._scan : self._scan + _ARGUMENT_LIMIT])
        if not self._has_json or not (text.startswith(_JSON_START) or _JSON_START.startswith(text)):
            self._skip_stray()
            return False
        for end in [found.end() for found in re.finditer(rb"}", text[len(_JSON_START) :])]:
            try:
                pairs = json.loads(text[2 : len(_JSON_START) + end])
            except ValueError:
                continue
            self._scan += len(_JSON_START) + end
            return Json(tuple((name, None if value is None else str(value)) for name, value in pairs.items()))
        if len(text) == _ARGUMENT_LIMIT:
            self._skip_stray()
            return False
        return None

    def _skip_stray(self) -> None:
        self._stray += 1
        self._scan += 1
