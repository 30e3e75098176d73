"""Small stand-ins for printers with status bytes, in memory: each reads its language and keeps a tray of what came out.

Written apart from probes and encoders, from the same manuals, and only as far as a raster label goes. A label is known by
the pixels that it is made of, so that one with another's pixels in it is seen.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from waybilld_sdk.testing.context import FakeContext

Now = Callable[[], float]


@dataclass(slots=True)
class Job:
    """A label that waits or is in print: its pixels, and the seconds of printing that it still needs."""

    pixels: bytes
    left_s: float


class SmallPrinter:
    """What all of them have: jobs in print, a fault, power, and connections of which one prefix arrives.

    `tray` holds the pixels of everything that came out. `cut_at`: the connection breaks once so many further bytes were
    written. `lose_at`: what is written after so many further bytes is acknowledged and never arrives, and the connection is
    found broken by whoever reads from it or writes to it next. `now` is the clock; without it, time passes only when asked.
    """

    def __init__(self, print_s: float = 0.2, now: Now | None = None) -> None:
        self.context = FakeContext(dial=self.dial)
        self._now = now or self.context.monotonic
        self.print_s = print_s
        self.jobs: list[Job] = []
        self.tray: list[bytes] = []
        self.fault = False
        self.boots = 0
        self.cut_at: int | None = None
        self.lose_at: int | None = None
        self.said = b""
        self._then = self._now()

    def dial(self, _host: str, _port: int) -> SmallLine:
        return SmallLine(self)

    def pass_time(self) -> None:
        """Print for as long as has passed since the last time."""
        now = self._now()
        left, self._then = now - self._then, now
        while self.jobs and not self.fault and left >= self.jobs[0].left_s:
            left -= self.jobs[0].left_s
            self.tray.append(self.jobs.pop(0).pixels)
            self.came_out()
        if self.jobs and not self.fault:
            self.jobs[0].left_s -= left

    def came_out(self) -> None:
        """A label came out just now."""

    def add(self, pixels: bytes) -> None:
        self.jobs.append(Job(pixels, self.print_s))

    @property
    def printing(self) -> bool:
        return bool(self.jobs) and not self.fault

    def power_cycle(self) -> None:
        """Off and on: what is in memory is lost, and every connection ends."""
        self.pass_time()
        self.boots += 1
        self.jobs, self.said = [], b""
        self.forget()

    def tell(self, command: str) -> None:
        """One of the virtual printer's commands, for the only fault that there is."""
        self.pass_time()
        self.fault = {"head-open": True, "head-close": False}[command]

    def labels_out(self) -> int:
        """Whatever came out. Whether it is a whole label, only its pixels tell."""
        self.pass_time()
        return len(self.tray)

    def forget(self) -> None:
        """The language's share of a loss of power."""
        raise NotImplementedError

    def take(self, data: bytes) -> None:
        """Bytes arrive."""
        raise NotImplementedError


class SmallLine:
    """One connection to a small printer."""

    def __init__(self, printer: SmallPrinter) -> None:
        self._printer, self._boots, self._over = printer, printer.boots, False
        printer.said = b""

    def _check(self) -> None:
        self._printer.pass_time()
        if self._over or self._printer.boots != self._boots:
            raise ConnectionResetError("the connection to the printer was reset")

    async def write(self, data: bytes) -> None:
        self._check()
        printer = self._printer
        for name, breaks in (("cut_at", True), ("lose_at", False)):
            at = getattr(printer, name)
            if at is None:
                continue
            if len(data) >= at:
                printer.take(data[:at])
                setattr(printer, name, None)
                self._over = True
                if breaks:
                    self._check()
                return
            setattr(printer, name, at - len(data))
        printer.take(data)

    async def acked(self, timeout: float) -> bool:
        return timeout >= 0

    async def read(self, limit: int, timeout: float) -> bytes:
        self._printer.pass_time()
        if not self._printer.said:
            self._check()
            # Answers come while one waits.
            step = min(timeout, 0.01)
            for _ in range(round(timeout / step) if step else 0):
                self._printer.context.advance(step)
                self._check()
                if self._printer.said:
                    break
        data, self._printer.said = self._printer.said[:limit], self._printer.said[limit:]
        return data

    async def close(self) -> None:
        self._over = True


class SmallTspl(SmallPrinter):
    """`BITMAP` draws into the image, `CLS` empties it, `PRINT` prints it; lines that are not understood are passed over."""

    def __init__(self, print_s: float = 0.2, now: Now | None = None) -> None:
        super().__init__(print_s, now)
        self.forget()

    def forget(self) -> None:
        self._unread, self._image = b"", b""

    def take(self, data: bytes) -> None:
        self._unread += data
        while self._step():
            pass

    def _step(self) -> bool:
        unread = self._unread
        if picture := re.match(rb"BITMAP \d+,\d+,(\d+),(\d+),\d,", unread):
            size = int(picture[1]) * int(picture[2])
            if len(unread) < picture.end() + size:
                return False
            self._image += unread[picture.end() : picture.end() + size]
            self._unread = unread[picture.end() + size :]
            return True
        line, end, rest = unread.partition(b"\r\n")
        if b"\x1b!?" in line:
            # Answered at once, wherever in a line it stands.
            self._unread = unread.replace(b"\x1b!?", b"", 1)
            self.said += bytes((0x01 * self.fault | 0x20 * self.printing,))
            return True
        if not end:
            return False
        self._unread = rest
        if line == b"CLS":
            self._image = b""
        elif re.fullmatch(rb"PRINT \d+(,\d+)?", line):
            self.add(self._image)
        return True


class SmallCpcl(SmallPrinter):
    """A session from `! 0` to `PRINT` or `ABORT`. Text outside of one is printed as text, which `texts` counts."""

    def __init__(self, print_s: float = 0.2, now: Now | None = None) -> None:
        super().__init__(print_s, now)
        self.restarted, self.texts, self._asked = True, 0, 0
        self.forget()

    def forget(self) -> None:
        self._unread, self._image, self._open = b"", b"", False
        self.restarted, self._asked = True, 0

    def came_out(self) -> None:
        for _ in range(0 if self.jobs else self._asked):
            self._answer()
        self._asked = 0 if not self.jobs else self._asked

    def _answer(self) -> None:
        self.said += bytes((0x04 * self.fault | 0x10 * self.restarted,))

    def take(self, data: bytes) -> None:
        self._unread += data
        while self._step():
            pass

    def _step(self) -> bool:
        unread = self._unread
        if not self._open:
            line = unread.partition(b"\r\n")[0]
            if escape := re.search(rb"\x1b([hN])", line):
                # Answered at once, wherever in a line of text it stands.
                self._unread = unread[: escape.start()] + unread[escape.end() :]
                self._escape(escape[1])
                return True
        elif picture := re.match(rb"\0*CG (\d+) (\d+) \d+ \d+ ", unread):
            size = int(picture[1]) * int(picture[2])
            if len(unread) < picture.end() + size:
                return False
            self._image += unread[picture.end() : picture.end() + size]
            self._unread = unread[picture.end() + size :]
            return True
        line, end, rest = unread.partition(b"\r\n")
        if not end:
            return False
        self._unread = rest
        self._line(line.strip(b"\0"))
        return True

    def _escape(self, name: bytes) -> None:
        if name == b"N":
            self.restarted = False
        elif self.printing:
            self._asked += 1
        else:
            self._answer()

    def _line(self, line: bytes) -> None:
        if not self._open:
            self._open = re.fullmatch(rb"! 0 200 200 \d+ 1", line) is not None
            self.texts += bool(line) and not self._open
        elif line == b"PRINT":
            self.add(self._image)
            self._open, self._image = False, b""
        elif line == b"ABORT":
            self._open, self._image = False, b""


class SmallEscpos(SmallPrinter):
    """Pixels go to paper as they arrive; `GS V` cuts, and what is cut off is in the tray. A fault keeps all in memory."""

    def __init__(self, print_s: float = 0.2, now: Now | None = None, *, knows_echo: bool = True) -> None:
        super().__init__(print_s, now)
        self._paper, self._names, self._knows_echo = b"", list[tuple[int, bytes]](), knows_echo
        self.forget()

    def forget(self) -> None:
        """The paper keeps what is on it."""
        self._unread, self._names = b"", []

    def came_out(self) -> None:
        self._names = [(left - 1, name) for left, name in self._names]
        self._echo()

    def _echo(self) -> None:
        for left, name in self._names:
            if left <= 0:
                self.said += b"\x37\x22" + name + b"\x00"
        self._names = [(left, name) for left, name in self._names if left > 0]

    def pass_time(self) -> None:
        super().pass_time()
        while not self.fault and self._step():
            pass

    def take(self, data: bytes) -> None:
        for kind in re.findall(rb"\x10\x04([\x01-\x04])", data):
            opened = {1: 0x08, 2: 0x04}.get(kind[0], 0) if self.fault else 0
            self.said += bytes((0x12 | opened,))
        self._unread += data
        self.pass_time()

    def _step(self) -> bool:
        unread = self._unread
        if picture := re.match(rb"\x1dv0.(..)(..)", unread, re.S):
            size = int.from_bytes(picture[1], "little") * int.from_bytes(picture[2], "little")
            here = unread[8 : 8 + size]
            if len(here) < size:
                return False
            self._paper += here
            self._unread = unread[8 + size :]
            return True
        if unread.startswith(b"\x1dVB") and len(unread) >= 4:
            self._unread = unread[4:]
            if self._paper:
                self.add(self._paper)
                self._paper = b""
            return True
        if unread.startswith(b"\x1d(") and len(unread) >= 5:
            size = int.from_bytes(unread[3:5], "little")
            if len(unread) < 5 + size:
                return False
            if unread[2:3] == b"H" and size == 6 and self._knows_echo:
                self._names.append((len(self.jobs), unread[7:11]))
                self._echo()
            self._unread = unread[5 + size :]
            return True
        if unread.startswith(b"\0"):
            self._unread = unread.lstrip(b"\0")
            return True
        for known, length in ((b"\x1b@", 2), (b"\x10\x04", 3)):
            if unread.startswith(known) and len(unread) >= length:
                self._unread = unread[length:]
                return True
        if unread[:1] in (b"", b"\x1b", b"\x10", b"\x1d") and len(unread) < 8:
            return False
        self._unread = unread[1:]
        return True
