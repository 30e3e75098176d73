"""A device with its ports in memory, for unit tests: no sockets, and time passes only when the test's clock is moved.

What `dial` gives has the methods of `waybilld_sdk.context.Stream`; this module knows them by name only, as the device
imports nothing else of ours. The connection rules are those of the real server: the oldest print connection is read, later
ones wait until it is closed, and what was sent arrives in order, up to the byte at which the connection broke, then nothing.
"""

import io
import math
from dataclasses import replace
from typing import Protocol

from PIL import Image, ImageChops

from waybilld_printers.virtual.device import Device, DeviceConfig
from waybilld_printers.virtual.drawing import draw
from waybilld_printers.virtual.faults import perform, read_script
from waybilld_printers.virtual.machine import Printed

UNREAD_BYTES = 24576
"""What kernels hold of a connection that the device does not read: 8 KiB on our side, 16 KiB on its."""

GIVE_UP_S = 60.0
"""Seconds after which a write that nobody takes fails, as TCP_USER_TIMEOUT does it."""

_STEP_S = 0.05
_LEAST_STEP_S = 0.001


class Clock(Protocol):
    """A clock that stands still until it is moved; `waybilld_sdk.testing.context.FakeContext` is one."""

    def monotonic(self) -> float:
        """Seconds that never step."""

    def advance(self, seconds: float) -> None:
        """Let time pass."""


class MemoryPrinter:
    """A device behind `dial`. `device` is for the test to look into, `tell` for the test to break it.

    `meant`: the bytes of the one label that is sent to it, so that nothing else counts as a whole label. A printer of
    continuous paper (ESC/POS) needs it: half a label that is cut off is a piece like any other there.
    """

    def __init__(self, config: DeviceConfig, clock: Clock, *, meant: bytes = b"", status_port: int = 9200) -> None:
        self.clock = clock
        self.device = Device(config, now=clock.monotonic())
        self.printed: list[Printed] = []
        """What came out, as of the last `labels_out`."""
        self.received = b""
        """Print data that was sent, whether the device has read it or not."""
        self._meant = _ink_of(config, meant) if meant else None
        self._status_port = status_port
        self._boots = self.device.boots
        self._lines: list[PrintLine] = []

    def now(self) -> float:
        """Monotonic seconds."""
        return self.clock.monotonic()

    def dial(self, host: str, port: int) -> "PrintLine | StatusLine":
        """A connection to the status port, or, by any other number, to the print port. Raises `ConnectionRefusedError`."""
        self.pump()
        if port == self._status_port:
            if not (self.device.is_on and self.device.has_status_port):
                raise ConnectionRefusedError(f"no connection to {host}:{port}: refused")
            return self.status_line()
        if not self.device.accepts(self.now(), len(self._lines)):
            raise ConnectionRefusedError(f"no connection to {host}:{port}: refused")
        line = self.print_line()
        self._lines.append(line)
        self.device.connected(self.now())
        return line

    def print_line(self) -> "PrintLine":
        """A new print connection; tests put lines with troubles of their own here."""
        return PrintLine(self)

    def status_line(self) -> "StatusLine":
        """A new status connection, likewise."""
        return StatusLine(self)

    def labels_out(self) -> int:
        """Whole labels in the tray that were sent on the print port."""
        self.pump()
        self.printed += self.device.advance(self.now())
        return sum(self._is_whole(printed) for printed in self.printed)

    def _is_whole(self, printed: Printed) -> bool:
        return printed.kind == "format" and (self._meant is None or _ink(printed) == self._meant)

    def tell(self, command: str) -> None:
        """One command of the control port, as `paper-out`. Raises `ValueError` where it cannot be done."""
        reply = perform(self.device, command, self.now())
        if not reply["ok"]:
            raise ValueError(f"{command}: {reply['error']}")
        self.pump()

    def follow(self, script: str) -> None:
        """Follow a fault script from now on. Raises `ScriptError` with every mistake in it."""
        self.device.run_script(read_script(self.device, script, "script"), self.now())

    def room(self) -> int:
        """Bytes of print data that the device takes now."""
        return self.device.room(self.now())

    def until_next(self) -> float:
        """Seconds until the device changes by itself, for those who wait for that; infinite when it will not."""
        due = self.device.next_due()
        return math.inf if due is None else max(due - self.now(), _LEAST_STEP_S)

    def pump(self) -> None:
        """Bring the connections up to now: the device reads, answers, hangs up."""
        device, now = self.device, self.now()
        device.room(now)
        self._lines[1:] = [line for line in self._lines[1:] if not line.over or line.unread]
        while not self._rebooted() and self._lines:
            first = self._lines[0]
            while first.unread and not device.reset_due and (room := self.room()) > 0:
                data, first.unread = first.unread[:room], first.unread[room:]
                answer = device.receive(data, now)
                if self._rebooted():
                    return
                first.hear(b"" if device.reset_due else answer)
            if device.take_reset():
                first.over, first.unread = True, b""
            if not first.over or first.unread:
                first.hear(device.speak(now))
                return
            self._lines.remove(first)
            device.hung_up()
        # With nobody there what it says is lost, as on a real line.
        device.take_reset()
        device.speak(now)

    def _rebooted(self) -> bool:
        """Switched off and on: every connection is gone."""
        if self.device.boots == self._boots:
            return False
        self._boots = self.device.boots
        for line in self._lines:
            line.over, line.unread = True, b""
        self._lines.clear()
        return True


def _ink_of(config: DeviceConfig, data: bytes) -> bytes:
    """What a label looks like that comes out undisturbed. Raises `ValueError` where these bytes are not one label."""
    device = Device(replace(config, labels_per_second=None, buffer_bytes=2 * len(data)))
    device.receive(data, 0.0)
    printed = device.advance(0.0)
    if len(printed) != 1:
        raise ValueError(f"`meant` must be the bytes of one label; these print {len(printed)}")
    return _ink(printed[0])


def _ink(printed: Printed) -> bytes:
    """Its dots without the white around them."""
    if printed.label is None:
        return b""
    picture, _ = draw(printed.label)
    with Image.open(io.BytesIO(picture)) as page:
        ink = ImageChops.invert(page.convert("L"))
        return ink.crop(ink.getbbox()).tobytes()


class _Line:
    """What both kinds of connection share."""

    def __init__(self, printer: MemoryPrinter) -> None:
        self._printer = printer
        self._boots = printer.device.boots
        self._answers = b""
        self.over = False
        """Closed by us, or reset by the device."""

    def _check(self) -> None:
        self._printer.pump()
        if self.over or self._printer.device.boots != self._boots:
            self.over = True
            raise ConnectionResetError("the connection to the device was reset")

    def hear(self, data: bytes) -> None:
        """The device said this."""
        self._answers += data

    def _listen(self) -> None:
        """What the device has to say by now."""

    def _until_next(self) -> float:
        return self._printer.until_next()

    async def acked(self, timeout: float) -> bool:
        """The device's kernel acknowledges what it holds, whether the device reads it or not."""
        del timeout
        self._check()
        return True

    async def read(self, limit: int, timeout: float) -> bytes:
        self._check()
        self._listen()
        while not self._answers and timeout > 0:
            step = min(timeout, self._until_next())
            self._printer.clock.advance(step)
            timeout -= step
            self._check()
            self._listen()
        data, self._answers = self._answers[:limit], self._answers[limit:]
        return data

    async def close(self) -> None:
        self.over = True
        self._printer.pump()


class PrintLine(_Line):
    """A connection to the print port. A reset in the middle of a write is found by whoever writes, reads or waits next."""

    unread = b""
    """What the device has not read yet. It reads that also after we have closed."""

    async def write(self, data: bytes) -> None:
        self._check()
        self._printer.received += data
        self.unread += data
        self._printer.pump()
        waited = 0.0
        while len(self.unread) > UNREAD_BYTES:
            if waited > GIVE_UP_S:
                self.over, self.unread = True, b""
                raise ConnectionAbortedError(f"the device took nothing for {GIVE_UP_S:g} s")
            self._printer.clock.advance(_STEP_S)
            waited += _STEP_S
            self._check()


class StatusLine(_Line):
    """A connection to the status port."""

    def __init__(self, printer: MemoryPrinter) -> None:
        super().__init__(printer)
        self._channel = printer.device.channel()

    def _listen(self) -> None:
        self._answers += self._channel.ask(b"", self._printer.now())

    def _until_next(self) -> float:
        due = self._channel.next_due()
        later = super()._until_next()
        return later if due is None else min(later, max(due - self._printer.now(), _LEAST_STEP_S))

    async def write(self, data: bytes) -> None:
        self._check()
        self._answers += self._channel.ask(data, self._printer.now())
