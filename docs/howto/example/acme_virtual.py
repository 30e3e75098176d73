"""What the ACME 1 label printer reads and says, for the virtual printer: `--language acme_virtual:AcmeLanguage`.

`PICTURE <bytes>` and that many bytes of PNG: kept, prints nothing. `PRINT`: print it. `FORGET`: forget it. `SAY <text>`: say
`SAID <text>` once everything before it has come out. `STATE`: answers at once. Each command is a line; others are ignored.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass

from PIL import Image, ImageChops

from waybilld_printers.virtual.interpreter import Act, Look, PlainInterpreter, Put, Reply
from waybilld_printers.virtual.label import Bitmap, Graphic, Label, Mark, Refused


@dataclass(frozen=True, slots=True)
class Picture:
    """A PNG as it was sent. It is decoded only where somebody wants to see the label."""

    png: bytes

    def decode(self) -> Bitmap:
        """Its dots, of which 1 is ink."""
        try:
            with Image.open(io.BytesIO(self.png), formats=("PNG",)) as picture:
                ink = ImageChops.invert(picture.convert("L")).convert("1")
        except OSError as error:
            raise Refused(f"no picture: {error}") from error
        padded = Image.new("1", (-(-ink.width // 8) * 8, ink.height))
        padded.paste(ink)
        return Bitmap(padded.width // 8, padded.tobytes())


class AcmeLanguage(PlainInterpreter):
    """The firmware. It looks at the device, and says what the device shall do; faults are the device's own business."""

    model, firmware = "ACME 1", "1.0"

    def __init__(self, dots_per_mm: int) -> None:
        self._dots_per_mm = dots_per_mm
        self.clear()

    def clear(self) -> None:
        """Power on."""
        self.drop()

    def drop(self) -> None:
        """Forget the unfinished label."""
        self._unread = self._picture = b""

    @property
    def partial(self) -> bool:
        """A label has begun and not ended."""
        return bool(self._unread or self._picture)

    @property
    def pending(self) -> int:
        """Bytes held of it."""
        return len(self._unread) + len(self._picture)

    def feed(self, data: bytes, look: Look) -> Iterator[Act]:
        """Take print data, in whatever pieces it comes, and yield what it asks for."""
        self._unread += data
        while b"\n" in self._unread:
            line, _, rest = self._unread.partition(b"\n")
            word, _, value = line.partition(b" ")
            if word == b"PICTURE" and value.isdigit():
                if len(rest) < int(value):
                    # The rest of the picture may come on another connection: a cut one stays open.
                    return
                self._picture, rest = rest[: int(value)], rest[int(value) :]
            self._unread = rest
            yield from self._act(word, value, look)

    def _act(self, word: bytes, value: bytes, look: Look) -> Iterator[Act]:
        if word == b"PRINT" and self._picture:
            graphic, self._picture = Graphic(0, 0, "PICTURE", Picture(self._picture)), b""
            yield Put(Label(word, self._dots_per_mm * 104, self._dots_per_mm * 60, (graphic,), ()))
        elif word == b"FORGET":
            self._picture = b""
        elif word == b"SAY":
            yield Put(Mark(b"SAID " + value + b"\n"))
        elif word == b"STATE":
            status = look()
            state = b"open" if status.head_open else b"empty" if status.paper_out else b"ready"
            if not status.muted:
                yield Reply(b"STATE " + state + b"\n")
