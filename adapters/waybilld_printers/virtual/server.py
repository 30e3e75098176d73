"""Puts a device on three TCP ports: print, status and control. Bytes go in and out here; the device decides.

Backpressure is real: while the device has no room, its connection is not read, the small receive buffer of the socket
fills, and the sender's window closes.
"""

import asyncio
import contextlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from waybilld_printers.virtual import faults
from waybilld_printers.virtual.device import Channel, Device
from waybilld_printers.virtual.interpreter import Call
from waybilld_printers.virtual.listener import Listener, reset
from waybilld_printers.virtual.machine import soonest
from waybilld_printers.virtual.tray import Tray

_PATIENCE = 5.0
"""Seconds that an alert may take to be told."""

_PIECE = 65536
_LINE_LIMIT = 4096


@dataclass(frozen=True, slots=True)
class Ports:
    """Where to listen; 0 lets the kernel choose. ``receive_buffer`` is SO_RCVBUF of print connections in bytes."""

    host: str = "127.0.0.1"
    print_port: int = 0
    status_port: int = 0
    control_port: int = 0
    receive_buffer: int = 16384


class Printer:
    """A device with its ports and its tray. One timer, set to the next moment at which the device changes by itself."""

    def __init__(self, device: Device, tray: Tray | None, ports: Ports) -> None:
        self.device = device
        self.tray = tray
        self.host = ports.host
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None
        self._closed = False
        self._boots = device.boots
        self._counters = device.counters
        self.print_sessions: list[PrintSession] = []
        self.status_sessions: list[StatusSession] = []
        self._calls: set[asyncio.Task[None]] = set()
        self._listeners: list[Listener] = []
        self._print = self._listen(lambda: PrintSession(self), ports.print_port, ports.receive_buffer)
        self._status = self._listen(lambda: StatusSession(self), ports.status_port)
        self._control = self._listen(lambda: ControlSession(self), ports.control_port)

    def _listen(self, factory: Callable[[], asyncio.BaseProtocol], port: int, buffer: int | None = None) -> Listener:
        try:
            listener = Listener(factory, self.host, port, buffer)
        except OSError:
            self.close()
            raise
        self._listeners.append(listener)
        return listener

    def open(self) -> None:
        """Start listening."""
        self._control.set_open(True)
        self.pump()

    def close(self) -> None:
        """Stop: no port, no connection, no timer."""
        self._closed = True
        for session in (*self.print_sessions, *self.status_sessions):
            reset(session.transport)
        for listener in self._listeners:
            listener.close()
        for task in self._calls:
            task.cancel()
        if self._timer:
            self._timer.cancel()

    def describe(self) -> dict[str, object]:
        """Its entry in the ready file."""
        return {
            "name": self.device.config.name,
            "host": self.host,
            "print_port": self._print.port,
            "status_port": self._status.port,
            "control_port": self._control.port,
            "serial": self.device.serial,
            "tray": str(self.tray.folder.resolve()) if self.tray else None,
        }

    def now(self) -> float:
        """Monotonic seconds."""
        return self._loop.time()

    def pump(self) -> None:
        """Bring everything up to now: labels into the tray, ports and connections as the device wants, the timer."""
        if self._closed:
            return
        device, now = self.device, self.now()
        self.collect(now)
        if device.boots != self._boots:
            self._boots = device.boots
            for session in (*self.print_sessions, *self.status_sessions):
                reset(session.transport)
        room = device.room(now)
        self._print.set_open(device.accepts(now, len(self.print_sessions)))
        self._status.set_open(device.is_on and device.has_status_port)
        for place, session in enumerate(self.print_sessions):
            session.set_reading(place == 0 and room > 0)
        for status_session in self.status_sessions:
            status_session.set_reading(not device.is_stalled)
            status_session.send(status_session.channel.ask(b"", now))
        said = device.speak(now)
        reset_due = device.take_reset()
        if self.print_sessions:
            # With nobody there what it says is lost, as on a real line.
            self.print_sessions[0].send(said)
            if reset_due:
                reset(self.print_sessions[0].transport)
        for call in device.calls(now):
            task = self._loop.create_task(_dial(call))
            self._calls.add(task)
            task.add_done_callback(self._calls.discard)
        if self._timer:
            self._timer.cancel()
        due = soonest(device.next_due(), *(session.channel.next_due() for session in self.status_sessions))
        self._timer = None if due is None else self._loop.call_at(due, self.pump)

    def collect(self, now: float) -> None:
        """Write down what came out, which must happen before anything is said about it."""
        for printed in self.device.advance(now):
            if self.tray:
                self.tray.add(printed, self.device.counters)
            self._counters = self.device.counters
        if self.tray and self.device.counters != self._counters:
            self.tray.keep(self.device.counters)
            self._counters = self.device.counters


async def _dial(call: Call) -> None:
    """Tell an alert. Whoever is not there misses it: devices do not try again."""
    with contextlib.suppress(OSError, TimeoutError):
        async with asyncio.timeout(_PATIENCE):
            _reader, writer = await asyncio.open_connection(call.host, call.port)
            try:
                writer.write(call.line(datetime.now()))
                await writer.drain()
            finally:
                writer.close()
                await writer.wait_closed()


class _Session:
    """What print and status connections share: the transport, and reading or not."""

    transport: asyncio.Transport | None = None
    _reading = True

    def attach(self, transport: asyncio.BaseTransport) -> None:
        if not isinstance(transport, asyncio.Transport):
            raise TypeError("a stream transport is needed")
        self.transport = transport

    def set_reading(self, wanted: bool) -> None:
        if self.transport is None or wanted == self._reading or self.transport.is_closing():
            return
        self._reading = wanted
        if wanted:
            self.transport.resume_reading()
        else:
            self.transport.pause_reading()

    def send(self, data: bytes) -> None:
        if data and self.transport is not None:
            self.transport.write(data)


class PrintSession(_Session, asyncio.BufferedProtocol):
    """A connection to the print port. Only the oldest is read; the others wait until it is closed."""

    def __init__(self, printer: Printer) -> None:
        self._printer = printer
        self._buffer = bytearray(_PIECE)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.attach(transport)
        sessions = self._printer.print_sessions
        refused = self._printer.device.exclusive and len(sessions) > 0
        sessions.append(self)
        self._printer.device.connected(self._printer.now())
        if refused:
            # Two that knocked at the same moment: the kernel has accepted both.
            reset(self.transport)
        self._printer.pump()

    def connection_lost(self, exc: Exception | None) -> None:
        del exc
        if self._printer.print_sessions[0] is self:
            self._printer.device.hung_up()
        self._printer.print_sessions.remove(self)
        self._printer.pump()

    def get_buffer(self, sizehint: int) -> memoryview:
        del sizehint
        # Never more than the device has room for; one byte at least, because an empty buffer is an error.
        room = self._printer.device.room(self._printer.now())
        return memoryview(self._buffer)[: max(1, min(room, _PIECE))]

    def buffer_updated(self, nbytes: int) -> None:
        device, now = self._printer.device, self._printer.now()
        boots = device.boots
        answer = device.receive(bytes(self._buffer[:nbytes]), now)
        self._printer.collect(now)
        if device.boots == boots and not device.reset_due:
            self.send(answer)
        self._printer.pump()


class StatusSession(_Session, asyncio.Protocol):
    """A connection to the status port: any number, each with its own unfinished question."""

    def __init__(self, printer: Printer) -> None:
        self._printer = printer
        self.channel: Channel = printer.device.channel()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.attach(transport)
        self._printer.status_sessions.append(self)
        self._printer.pump()

    def connection_lost(self, exc: Exception | None) -> None:
        del exc
        self._printer.status_sessions.remove(self)

    def data_received(self, data: bytes) -> None:
        answer = self.channel.ask(data, self._printer.now())
        # What came out is written down before the answer leaves: nobody reads an odometer unknown to the ledger.
        self._printer.pump()
        self.send(answer)


class ControlSession(asyncio.Protocol):
    """A connection to the control port: one command a line, one JSON object a line in reply."""

    def __init__(self, printer: Printer) -> None:
        self._printer = printer
        self._rest = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if isinstance(transport, asyncio.Transport):
            self._transport = transport

    def data_received(self, data: bytes) -> None:
        if self._transport is None:
            return
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            reply = faults.perform(self._printer.device, line.decode("utf-8", "replace").strip(), self._printer.now())
            # When the reply arrives, the ports and the tray are as the command wants them.
            self._printer.pump()
            self._transport.write(json.dumps(reply).encode() + b"\n")
        if len(self._rest) > _LINE_LIMIT:
            self._transport.abort()
