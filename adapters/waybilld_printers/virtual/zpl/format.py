"""Reads one complete format into a label: its size, its graphics and where they stand, and how often it is printed.

Source of every command: Zebra ZPL II Programming Guide, the page of that command.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final

from waybilld_printers.virtual.label import Graphic, Label
from waybilld_printers.virtual.zpl.alerts import Alerts
from waybilld_printers.virtual.zpl.graphics import GraphicField

_COMMAND = re.compile(rb"\^([A-Z][A-Z0-9@])", re.IGNORECASE)
_COUNTED = re.compile(rb"\^GF[BC],(\d{1,8}),\d{0,8},\d{0,8},", re.IGNORECASE)
_TEXT_OR_SHAPE = re.compile(rb"A.|B[0-9A-XZ]|G[BCDES]|F[BDV]|TB|SN|SF|XG|IM|IL")
_MODIFIERS: Final = frozenset((b"FH", b"FR", b"FP", b"FN", b"FC"))
_NO_EFFECT: Final = frozenset((b"FX", b"MN", b"CI", b"PR", b"MD", b"JU", b"BY", b"CF", b"FW"))
_PRINT_MODES: Final = {b"R": 0, b"P": 1, b"T": 2, b"C": 3, b"A": 4, b"D": 5}
_MILLIMETRES: Final = {b"D": 0.0, b"M": 1.0, b"I": 25.4}


@dataclass(slots=True)
class Settings:
    """What stays set from one format to the next, until it is changed or the power goes."""

    dots_per_mm: int
    width: int
    length: int
    home: tuple[int, int] = (0, 0)
    shift: int = 0
    top: int = 0
    upside_down: bool = False
    mirrored: bool = False
    reverse: bool = False
    reprint: bool = True
    print_mode: int = 2
    thermal_transfer: bool = False
    unit_mm: float = 0.0
    """``^MU``: 0 while numbers are dots, else millimetres in one unit."""
    alerts: Alerts = field(default_factory=Alerts)


def read_format(raw: bytes, settings: Settings, complaints: tuple[str, ...] = ()) -> Label:
    """Read a format from its ``^XA`` to its ``^XZ``; ``settings`` are changed as the format asks."""
    reader = _Reader(settings, complaints)
    for name, arguments in _commands(raw):
        reader.command(name, arguments)
    return reader.label(raw)


def _commands(raw: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Command name in upper case and its arguments, one after the other, by jumping from prefix to prefix."""
    body = raw.removesuffix(b"\x03")
    plain = not (b"~" in body or b"\x0f" in body)
    position = body.find(b"^")
    while position >= 0:
        found = _COMMAND.match(body, position)
        counted = _COUNTED.match(body, position)
        if found is None:
            following = body.find(b"^", position + 1)
            yield b"?", b""
        elif counted:
            end = counted.end() + int(counted[1])
            following = body.find(b"^", end)
            yield b"GF", body[found.end() : end]
        else:
            following = body.find(b"^", found.end())
            arguments = body[found.end() : following if following >= 0 else len(body)]
            if not plain:
                # A ~ command has been acted on as it arrived; SI is another way to write ^FS.
                arguments = arguments.partition(b"~")[0].partition(b"\x0f")[0]
            yield found[1].upper(), arguments
        position = following


class _Reader:
    __slots__ = ("complaints", "graphics", "origin", "pause_every", "printable", "quantity", "settings", "typeset")

    def __init__(self, settings: Settings, complaints: tuple[str, ...]) -> None:
        self.settings = settings
        self.complaints: dict[str, None] = dict.fromkeys(complaints)
        self.graphics: list[Graphic] = []
        self.origin = (0, 0)
        self.typeset = False
        self.quantity = 1
        self.pause_every = 0
        self.printable = False

    def command(self, name: bytes, arguments: bytes) -> None:
        """Take one command; what cannot be read, or is not drawn, becomes a complaint."""
        handler = _HANDLERS.get(name)
        if handler is not None:
            try:
                handler(self, arguments)
            except ValueError:
                self.complain(f"not understood: ^{name.decode()}{arguments[:40].decode('latin-1').strip()}")
        elif _TEXT_OR_SHAPE.fullmatch(name):
            self.printable = True
            self.complain(f"not drawn: ^{name.decode()}")
        elif name in _MODIFIERS:
            self.complain(f"not drawn: ^{name.decode()}")
        elif name not in _NO_EFFECT:
            self.complain(f"unknown command: ^{name.decode('latin-1')}")

    def complain(self, text: str) -> None:
        self.complaints[text] = None

    def label(self, raw: bytes) -> Label:
        """What the commands so far print; `raw` is the whole format as it came, for the tray."""
        settings = self.settings
        return Label(
            raw=raw,
            quantity=self.quantity,
            pause_every=self.pause_every,
            width=settings.width,
            length=settings.length,
            graphics=tuple(self.graphics),
            upside_down=settings.upside_down,
            mirrored=settings.mirrored,
            reprint=settings.reprint,
            printable=self.printable,
            complaints=tuple(self.complaints),
        )

    def dots(self, text: bytes, default: int = 0) -> int:
        """A length in dots, in the units of ``^MU``."""
        text = text.strip()
        if not text:
            return default
        unit = self.settings.unit_mm
        return round(float(text) * unit * self.settings.dots_per_mm) if unit else int(text)

    def pair(self, arguments: bytes) -> tuple[int, int]:
        first, second, *_ = [*arguments.split(b","), b"", b""]
        return self.dots(first), self.dots(second)

    def field_origin(self, arguments: bytes) -> None:
        self.origin, self.typeset = self.pair(arguments), False

    def field_typeset(self, arguments: bytes) -> None:
        self.origin, self.typeset = self.pair(arguments), True

    def field_end(self, _arguments: bytes) -> None:
        self.origin, self.typeset = (0, 0), False

    def graphic(self, arguments: bytes) -> None:
        self.printable = True
        settings = self.settings
        x = settings.home[0] + self.origin[0] - settings.shift
        y = settings.home[1] + self.origin[1] + settings.top
        self.graphics.append(
            Graphic(x, y, "^GF", GraphicField(arguments), "reverse" if settings.reverse else "paint", self.typeset)
        )

    def width(self, arguments: bytes) -> None:
        self.settings.width = max(2, min(32000, self.dots(arguments, self.settings.width)))

    def length(self, arguments: bytes) -> None:
        self.settings.length = max(1, min(32000, self.dots(arguments.split(b",")[0], self.settings.length)))

    def home(self, arguments: bytes) -> None:
        self.settings.home = self.pair(arguments)

    def shift(self, arguments: bytes) -> None:
        self.settings.shift = self.dots(arguments)

    def top(self, arguments: bytes) -> None:
        self.settings.top = max(-120, min(120, self.dots(arguments)))

    def orientation(self, arguments: bytes) -> None:
        self.settings.upside_down = _choice(arguments, b"NI") == b"I"

    def mirror(self, arguments: bytes) -> None:
        self.settings.mirrored = _choice(arguments, b"NY") == b"Y"

    def reverse(self, arguments: bytes) -> None:
        self.settings.reverse = _choice(arguments, b"NY") == b"Y"

    def reprint(self, arguments: bytes) -> None:
        self.settings.reprint = _choice(arguments, b"NY") == b"Y"

    def media_mode(self, arguments: bytes) -> None:
        self.settings.print_mode = _PRINT_MODES[_choice(arguments.split(b",")[0], b"RPTCAD")]

    def media_type(self, arguments: bytes) -> None:
        self.settings.thermal_transfer = _choice(arguments, b"TD") == b"T"

    def units(self, arguments: bytes) -> None:
        unit, *conversion = arguments.split(b",")
        self.settings.unit_mm = _MILLIMETRES[_choice(unit or b"D", b"DMI")]
        if any(part.strip() for part in conversion) and len(set(conversion)) > 1:
            self.complain("not supported: dpi conversion of ^MU")

    def print_quantity(self, arguments: bytes) -> None:
        quantity, every, _replicates, override, *_ = [*arguments.split(b","), b"", b"", b"", b""]
        self.quantity = max(1, min(99_999_999, int(quantity.strip() or b"1")))
        self.pause_every = 0 if override.strip().upper() == b"Y" else int(every.strip() or b"0")

    def alert(self, arguments: bytes) -> None:
        self.settings.alerts.format_command(arguments.decode("latin-1"))

    def no_alert(self, arguments: bytes) -> None:
        self.settings.alerts.halt(arguments.decode("latin-1"))

    def start(self, _arguments: bytes) -> None:
        """``^XA`` and ``^XZ`` frame the format; the splitter has dealt with them."""


def _choice(text: bytes, allowed: bytes) -> bytes:
    letter = text.strip().upper()
    if len(letter) != 1 or letter not in allowed:
        raise ValueError(letter)
    return letter


_HANDLERS: Final[dict[bytes, Callable[[_Reader, bytes], None]]] = {
    b"XA": _Reader.start,
    b"XZ": _Reader.start,
    b"FO": _Reader.field_origin,
    b"FT": _Reader.field_typeset,
    b"FS": _Reader.field_end,
    b"GF": _Reader.graphic,
    b"PW": _Reader.width,
    b"LL": _Reader.length,
    b"LH": _Reader.home,
    b"LS": _Reader.shift,
    b"LT": _Reader.top,
    b"PO": _Reader.orientation,
    b"PM": _Reader.mirror,
    b"LR": _Reader.reverse,
    b"JZ": _Reader.reprint,
    b"MM": _Reader.media_mode,
    b"MT": _Reader.media_type,
    b"MU": _Reader.units,
    b"PQ": _Reader.print_quantity,
    b"SX": _Reader.alert,
    b"SQ": _Reader.no_alert,
}
