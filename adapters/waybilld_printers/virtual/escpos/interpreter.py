"""ESC/POS as a device's firmware: a printer of continuous paper, which prints what has arrived and waits for no end.

Source: Epson ESC/POS Application Programming Guide, the page of each command. Where a piece of paper comes off, and
what its bytes are: it ends with a cut, or, where no cutter is used, with the next ``ESC @``, because a person tears
there. Its bytes begin with the ``ESC @`` before its first print, so that what is said between two labels belongs to none.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from waybilld_printers.virtual.escpos import replies
from waybilld_printers.virtual.escpos.realtime import Watch
from waybilld_printers.virtual.escpos.stream import Command, Control, Event, Rows, Splitter, Text
from waybilld_printers.virtual.interpreter import Act, Key, Look, PlainInterpreter, Put, Reply
from waybilld_printers.virtual.label import Bitmap, Cut, Graphic, Mark, Strip
from waybilld_printers.virtual.status import Setup

_LINE_MM = 25.4 / 6
"""The line spacing after ``ESC @``: a sixth of an inch."""

_NO_EFFECT: Final = re.compile(rb"\x1b[!\-EGMtRr =UV{e%cp$\\<S]|\x1d[!BHhwfbPW\\]|\x1c[.&]")


@dataclass(frozen=True, slots=True)
class RasterRows:
    """Rows of a ``GS v 0``; ``mode`` bit 0 doubles the width, bit 1 the height."""

    mode: int
    row_bytes: int
    data: bytes

    def decode(self) -> Bitmap:
        if not self.mode & 3:
            return Bitmap(self.row_bytes, self.data)
        rows = [self.data[at : at + self.row_bytes] for at in range(0, len(self.data), self.row_bytes)]
        if self.mode & 1:
            rows = [_twice_as_wide(row) for row in rows]
        if self.mode & 2:
            rows = [row for row in rows for _ in range(2)]
        return Bitmap(self.row_bytes * (1 + (self.mode & 1)), b"".join(rows))


class EscposInterpreter(PlainInterpreter):
    """The print channel; there is no other. Its paper is as wide as the other languages', so that the same labels fit."""

    model = "TM-T88VI"
    firmware = "11.06 ESC/POS"
    urgent_room = 64

    def __init__(self, dots_per_mm: int) -> None:
        self._dots_per_mm = dots_per_mm
        self._width = dots_per_mm * 104
        self._splitter = Splitter()
        self.clear()

    def clear(self) -> None:
        self._watch = Watch()
        self._power_off_allowed = True
        self._printed = False
        self._sends: int = 0
        self._sent = b""
        self.drop()

    def drop(self) -> None:
        self._splitter.clear()
        self._raw = b""
        self._notes: dict[str, None] = {}
        self._initialize()

    def _initialize(self) -> None:
        self._spacing = round(_LINE_MM * self._dots_per_mm)
        self._margin = self._justified = 0

    @property
    def partial(self) -> bool:
        return self._printed or self._splitter.in_picture

    @property
    def pending(self) -> int:
        return len(self._raw) + self._splitter.pending

    @property
    def setup(self) -> Setup:
        return Setup(self._dots_per_mm * 152, print_mode=3)

    def notice(self, look: Look) -> bytes:
        """Automatic status back: at once when it is switched on, then whenever it changes."""
        if not self._sends:
            return b""
        now = replies.automatic(look())
        changed, self._sent = now != self._sent, now
        return now if changed else b""

    def feed(self, data: bytes, look: Look) -> Iterator[Act]:
        done = 0
        for found in self._watch.look(data):
            yield from self._read(data[done : found.end], look)
            done = found.end
            yield from self._at_once(found.command, look)
        yield from self._read(data[done:], look)

    def _at_once(self, command: bytes, look: Look) -> Iterator[Act]:
        match command[1:]:
            case b"\x04\x01" | b"\x04\x02" | b"\x04\x03" | b"\x04\x04":
                status = look()
                if not status.muted:
                    yield Reply(replies.real_time(command[2], status))
            case b"\x05\x02" if look().jammed:
                # Effective only in an error that can be recovered from.
                self.drop()
                yield Key.DROP
            case b"\x14\x02\x01\x08" if self._power_off_allowed:
                # A person has to switch it on again; here that happens at once.
                yield Reply(replies.POWER_OFF)
                yield Key.RESTART
            case b"\x14\x08\x01\x03\x14\x01\x06\x02\x08":
                self.drop()
                yield Key.DROP
                yield Reply(replies.CLEARED)

    def _read(self, data: bytes, look: Look) -> Iterator[Act]:
        for event in self._splitter.feed(data):
            yield from self._event(event, look)

    def _event(self, event: Event, look: Look) -> Iterator[Act]:
        self._raw += event.raw
        match event:
            case Rows():
                yield self._strip(event)
            case Text():
                self._note("not drawn: text")
            case Control(raw=b"\n"):
                yield self._advance(self._spacing)
            case Command():
                handler = _HANDLERS.get(event.name)
                if handler is not None:
                    yield from handler(self, event, look)
                elif not _NO_EFFECT.fullmatch(event.name):
                    self._note(f"unknown command: {_readable(event.name)}")

    def _note(self, text: str) -> None:
        self._notes[text] = None

    def _taken(self) -> tuple[bytes, tuple[str, ...]]:
        """Bytes and complaints since the last step."""
        taken = self._raw, tuple(self._notes)
        self._raw, self._notes = b"", {}
        return taken

    # Paper.

    def _strip(self, rows: Rows) -> Act:
        source = RasterRows(rows.mode, rows.row_bytes, rows.data)
        wide, high = 1 + (rows.mode & 1), 1 + (rows.mode >> 1 & 1)
        free = self._width - self._margin - rows.row_bytes * 8 * wide
        left = self._margin + max(0, free) * self._justified // 2
        raw, notes = self._taken()
        self._printed = True
        count = len(rows.data) // rows.row_bytes * high
        return Put(Strip(raw, self._width, count, (Graphic(left, 0, "GS v 0", source),), notes))

    def _advance(self, rows: int) -> Act:
        raw, notes = self._taken()
        return Put(Strip(raw, self._width, rows, (), notes))

    def _cut(self, command: Command, _look: Look) -> Iterator[Act]:
        if len(command.arguments) > 1:
            yield self._advance(command.arguments[1])
        raw, notes = self._taken()
        self._printed = False
        if notes:
            yield Put(Strip(b"", self._width, 0, (), notes))
        yield Put(Cut(raw))

    def _start(self, command: Command, _look: Look) -> Iterator[Act]:
        """``ESC @``. What was printed before it and not cut is torn off there."""
        if self._printed:
            self._printed = False
            yield Put(Cut(b"", by_hand=True))
        self._raw = command.raw
        self._initialize()

    def _lines(self, command: Command, _look: Look) -> Iterator[Act]:
        yield self._advance(command.arguments[0] * self._spacing)

    def _dots(self, command: Command, _look: Look) -> Iterator[Act]:
        yield self._advance(command.arguments[0])

    # Settings.

    def _space(self, command: Command, _look: Look) -> Iterator[Act]:
        self._spacing = command.arguments[0]
        yield from ()

    def _usual_space(self, _command: Command, _look: Look) -> Iterator[Act]:
        self._spacing = round(_LINE_MM * self._dots_per_mm)
        yield from ()

    def _justify(self, command: Command, _look: Look) -> Iterator[Act]:
        self._justified = {0: 0, 48: 0, 1: 1, 49: 1, 2: 2, 50: 2}.get(command.arguments[0], self._justified)
        yield from ()

    def _left(self, command: Command, _look: Look) -> Iterator[Act]:
        self._margin = command.arguments[0] + command.arguments[1] * 256
        yield from ()

    def _real_time(self, command: Command, _look: Look) -> Iterator[Act]:
        """``GS ( D``: pairs of function and on or off; function 2 is the power."""
        pairs = command.arguments[3:]
        if command.arguments[2:3] == b"\x14":
            for function, value in zip(pairs[::2], pairs[1::2], strict=False):
                if function in (2, 50):
                    self._power_off_allowed = value in (1, 49)
        yield from ()

    # Questions in the order of the data: answered when what stands before them has been printed.

    def _respond(self, command: Command, _look: Look) -> Iterator[Act]:
        function, identity = command.arguments[2:4], command.arguments[4:]
        if function == b"00" and len(identity) == 4 and all(32 <= byte <= 126 for byte in identity):
            yield Put(Mark(replies.process_id(identity)))
        else:
            self._note("not understood: GS ( H")

    def _about(self, command: Command, look: Look) -> Iterator[Act]:
        answer = replies.about(command.arguments[0], look())
        if answer is None:
            self._note(f"not understood: GS I {command.arguments[0]}")
        else:
            yield Put(Mark(answer))

    def _paper(self, command: Command, look: Look) -> Iterator[Act]:
        if command.arguments[0] in (1, 49):
            yield Put(Mark(replies.paper(look())))

    def _automatic(self, command: Command, _look: Look) -> Iterator[Act]:
        self._sends, self._sent = command.arguments[0], b""
        yield from ()


def _twice_as_wide(row: bytes) -> bytes:
    bits = "".join(digit * 2 for digit in f"{int.from_bytes(row):0{len(row) * 8}b}")
    return int(bits, 2).to_bytes(len(row) * 2)


def _readable(name: bytes) -> str:
    return {0x1B: "ESC", 0x1C: "FS", 0x1D: "GS"}[name[0]] + " " + " ".join(name[1:].decode("latin-1"))


_HANDLERS: Final[dict[bytes, Callable[[EscposInterpreter, Command, Look], Iterator[Act]]]] = {
    b"\x1b@": EscposInterpreter._start,
    b"\x1bd": EscposInterpreter._lines,
    b"\x1bJ": EscposInterpreter._dots,
    b"\x1b3": EscposInterpreter._space,
    b"\x1b2": EscposInterpreter._usual_space,
    b"\x1ba": EscposInterpreter._justify,
    b"\x1bi": EscposInterpreter._cut,
    b"\x1bm": EscposInterpreter._cut,
    b"\x1dV": EscposInterpreter._cut,
    b"\x1dL": EscposInterpreter._left,
    b"\x1dI": EscposInterpreter._about,
    b"\x1dr": EscposInterpreter._paper,
    b"\x1da": EscposInterpreter._automatic,
    b"\x1d(D": EscposInterpreter._real_time,
    b"\x1d(H": EscposInterpreter._respond,
}
