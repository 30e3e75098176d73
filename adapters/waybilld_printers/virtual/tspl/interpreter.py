"""TSPL as a device's firmware: lines set up an image, ``PRINT`` prints it, ``<ESC>!`` acts at once.

Source: TSC TSPL/TSPL2 Programming Manual, the page of each command. What it leaves open is taken the harsher way: the
image stays after ``PRINT`` until ``CLS``, so that a job without ``CLS`` is printed over the one before.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final

from waybilld_printers.virtual.interpreter import Act, Key, Look, PlainInterpreter, Put, Reply
from waybilld_printers.virtual.label import Bitmap, Graphic, Label, Mark, Mode
from waybilld_printers.virtual.status import Setup, Status
from waybilld_printers.virtual.tspl import replies
from waybilld_printers.virtual.tspl.stream import Event, Line, Picture, Splitter, Urgent

JOB_LIMIT = 8 * 1024 * 1024
"""Bytes of one job; the memory for images is no larger, and what is more is thrown away with a complaint."""

_COMMAND = re.compile(r"(~?!?[A-Za-z@]+)\s*(.*)", re.DOTALL)
_LENGTH = re.compile(r"(-?[\d.]+)\s*(mm|dot)?", re.IGNORECASE)
_MODES: Final[dict[str, Mode]] = {"0": "replace", "1": "paint", "2": "reverse"}
_NOT_DRAWN: Final = re.compile(
    "TEXT|BLOCK|BARCODE|TLC39|QRCODE|DMATRIX|M?PDF417|MAXICODE|AZTEC|CODABLOCK|RSS"
    "|BAR|BOX|CIRCLE|ELLIPSE|DIAGONAL|REVERSE|ERASE|PUTBMP|PUTPCX"
)
_NO_EFFECT: Final = re.compile("GAP|BLINE|OFFSET|SPEED|DENSITY|CODEPAGE|COUNTRY|SOUND|BEEP|DELAY|LIMITFEED")


@dataclass(frozen=True, slots=True)
class BitmapData:
    """The counted bytes of a ``BITMAP``: its white dots are ones."""

    row_bytes: int
    data: bytes

    def decode(self) -> Bitmap:
        return Bitmap(self.row_bytes, bytes(255 - byte for byte in self.data))


@dataclass(slots=True)
class _Settings:
    """What stays set from one job to the next."""

    dots_per_mm: int
    width: int
    length: int
    reference: tuple[int, int] = (0, 0)
    shift: int = 0
    upside_down: bool = False
    mirrored: bool = False
    reprint: bool = True
    """``SET REPRINT``; no manual found says what it is before the first ``SET``."""
    thermal_transfer: bool = False
    graphics: list[Graphic] = field(default_factory=list)


class TsplInterpreter(PlainInterpreter):
    """The print channel; there is no other."""

    model = "TE200"
    firmware = "A1.99 EZ"
    urgent_room = 64

    def __init__(self, dots_per_mm: int) -> None:
        self._dots_per_mm = dots_per_mm
        self._splitter = Splitter()
        self.clear()

    def clear(self) -> None:
        dots = self._dots_per_mm
        self._settings = _Settings(dots, width=dots * 104, length=dots * 152)
        self._urgent = True
        self.drop()

    def drop(self) -> None:
        self._splitter.clear()
        self._raw = bytearray()
        self._complaints: dict[str, None] = {}
        self._begun = self._ordered = False
        self._settings.graphics = []

    @property
    def partial(self) -> bool:
        return self._begun or self._splitter.in_picture

    @property
    def pending(self) -> int:
        return len(self._raw) + self._splitter.pending

    @property
    def setup(self) -> Setup:
        return Setup(self._settings.length, thermal_transfer=self._settings.thermal_transfer)

    def feed(self, data: bytes, look: Look) -> Iterator[Act]:
        for event in self._splitter.feed(data):
            yield from self._event(event, look)

    def _event(self, event: Event, look: Look) -> Iterator[Act]:
        match event:
            case Urgent(letter=letter):
                yield from self._act_at_once(letter, look)
            case Picture():
                self._keep(event.raw)
                self._bitmap(event)
            case Line(text=text) if text:
                self._keep(event.raw)
                yield from self._command(text, look)
            case Line() if self._raw:
                # The line end behind a picture, or an empty line within a job.
                self._keep(event.raw)

    def _keep(self, raw: bytes) -> None:
        self._raw += raw
        if len(self._raw) > JOB_LIMIT:
            self._raw.clear()
            self._settings.graphics = []
            self._complain(f"a job over {JOB_LIMIT} bytes was discarded")

    def _complain(self, text: str) -> None:
        self._complaints[text] = None

    def _act_at_once(self, letter: bytes, look: Look) -> Iterator[Act]:
        if not self._urgent:
            return
        match letter:
            case b"?":
                yield from _unless_muted(replies.bits, look)
            case b"S":
                yield from _unless_muted(replies.extended, look)
            case b"R" | b"C":
                yield Key.RESTART
            case b"P":
                yield Key.PAUSE
            case b"O":
                yield Key.RESUME
            case b"F":
                yield Key.FEED
            case b".":
                self.drop()
                yield Key.CANCEL_ALL
            case b"D":
                self._urgent = False
            case _:
                self._complain(f"unknown command: <ESC>!{letter.decode('latin-1')}")

    def _command(self, text: str, look: Look) -> Iterator[Act]:
        found = _COMMAND.fullmatch(text)
        name, arguments = (found[1].upper(), found[2]) if found else ("?", text)
        handler = _HANDLERS.get(name)
        try:
            if handler is not None:
                handler(self, arguments)
            elif name in _ACTS:
                yield from _ACTS[name](self, arguments, look)
            elif _NOT_DRAWN.fullmatch(name):
                self._begun = True
                self._complain(f"not drawn: {name}")
            elif not _NO_EFFECT.fullmatch(name):
                self._complain(f"unknown command: {name if found else text[:20]}")
        except ValueError:
            self._complain(f"not understood: {text[:40]}")

    # Setting up.

    def _bitmap(self, picture: Picture) -> None:
        self._begun = True
        x, y, width, _rows, mode = picture.numbers
        if mode not in _MODES or not x.lstrip("-").isdigit() or not y.lstrip("-").isdigit():
            self._complain(f"not understood: BITMAP {','.join(picture.numbers)}"[:60])
            return
        left, top = self._settings.reference
        source = BitmapData(int(width), picture.data)
        at = (left + int(x), top + self._settings.shift + int(y))
        self._settings.graphics.append(Graphic(*at, "BITMAP", source, _MODES[mode]))

    def _dots(self, text: str) -> int:
        """A length in dots: inches without a unit."""
        found = _LENGTH.fullmatch(text.strip())
        if found is None:
            raise ValueError(text)
        scale = {"mm": float(self._dots_per_mm), "dot": 1.0}.get((found[2] or "").lower(), 25.4 * self._dots_per_mm)
        return round(float(found[1]) * scale)

    def _size(self, arguments: str) -> None:
        width, _, length = arguments.partition(",")
        self._settings.width = max(8, min(32000, self._dots(width)))
        if length:
            self._settings.length = max(1, min(32000, self._dots(length)))

    def _cls(self, _arguments: str) -> None:
        self._begun = True
        self._settings.graphics = []

    def _direction(self, arguments: str) -> None:
        direction, _, mirror = arguments.partition(",")
        self._settings.upside_down = _choice(direction, "01") == "1"
        self._settings.mirrored = _choice(mirror or "0", "01") == "1"

    def _reference(self, arguments: str) -> None:
        x, y = arguments.split(",")
        self._settings.reference = int(x), int(y)

    def _shift(self, arguments: str) -> None:
        self._settings.shift = int(arguments.split(",")[-1])

    def _set(self, arguments: str) -> None:
        name, _, value = arguments.upper().partition(" ")
        if name == "REPRINT":
            self._settings.reprint = {"ON": True, "OFF": False}.get(value.strip(), self._settings.reprint)
        elif name == "RIBBON":
            self._settings.thermal_transfer = value.strip() != "OFF"

    def _misread(self, arguments: str) -> None:
        """A ``BITMAP`` whose numbers do not say how many bytes follow."""
        raise ValueError(arguments)

    def _end_of_job(self, _arguments: str) -> None:
        self._ordered = True

    def _enable(self, _arguments: str) -> None:
        self._urgent = True

    # Doing.

    def _print(self, arguments: str, _look: Look) -> Iterator[Act]:
        sets, _, copies = arguments.partition(",")
        quantity = int(sets) * int(copies or "1")
        if not 1 <= quantity <= 99_999_999:
            raise ValueError(arguments)
        settings, raw, complaints = self._settings, bytes(self._raw), tuple(self._complaints)
        self._raw, self._complaints = bytearray(), {}
        self._begun = self._ordered = False
        yield Put(
            Label(
                raw=raw,
                width=settings.width,
                length=settings.length,
                graphics=tuple(settings.graphics),
                complaints=complaints,
                quantity=quantity,
                upside_down=settings.upside_down,
                mirrored=settings.mirrored,
                reprint=settings.reprint,
            )
        )

    def _out(self, arguments: str, _look: Look) -> Iterator[Act]:
        """``OUT "text"``: after ``EOJ`` only when everything before it is done."""
        text = arguments.strip().strip('"').encode("latin-1") + b"\r\n"
        yield Put(Mark(text)) if self._ordered else Reply(text)

    def _model(self, _arguments: str, look: Look) -> Iterator[Act]:
        yield Put(Mark(replies.model(look())))

    def _mileage(self, _arguments: str, look: Look) -> Iterator[Act]:
        yield Put(Mark(replies.mileage(look())))

    def _feed(self, _arguments: str, _look: Look) -> Iterator[Act]:
        yield Key.FEED

    def _initial(self, _arguments: str, _look: Look) -> Iterator[Act]:
        yield Key.RESTART


def _choice(text: str, allowed: str) -> str:
    text = text.strip()
    if len(text) != 1 or text not in allowed:
        raise ValueError(text)
    return text


def _unless_muted(answer: Callable[[Status], bytes], look: Look) -> Iterator[Act]:
    status = look()
    if not status.muted:
        yield Reply(answer(status))


_HANDLERS: Final[dict[str, Callable[[TsplInterpreter, str], None]]] = {
    "SIZE": TsplInterpreter._size,
    "BITMAP": TsplInterpreter._misread,
    "CLS": TsplInterpreter._cls,
    "DIRECTION": TsplInterpreter._direction,
    "REFERENCE": TsplInterpreter._reference,
    "SHIFT": TsplInterpreter._shift,
    "SET": TsplInterpreter._set,
    "EOJ": TsplInterpreter._end_of_job,
    "~!E": TsplInterpreter._enable,
}
_ACTS: Final[dict[str, Callable[[TsplInterpreter, str, Look], Iterator[Act]]]] = {
    "PRINT": TsplInterpreter._print,
    "OUT": TsplInterpreter._out,
    "~!T": TsplInterpreter._model,
    "~!@": TsplInterpreter._mileage,
    "FORMFEED": TsplInterpreter._feed,
    "INITIALPRINTER": TsplInterpreter._initial,
}
