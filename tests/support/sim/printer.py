"""A virtual printer on the simulated network: the device of `waybilld_printers.virtual`, its two ports and its tray."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field

from support.sim.base import Ether
from support.sim.wire import Link
from waybilld_printers.virtual.device import Channel, Device, DeviceConfig, Printed

PRINT_PORT, STATUS_PORT = 9100, 9200


@dataclass(frozen=True, slots=True)
class Piece:
    """One piece of media in the tray. `raw` is the whole format; empty for a foreign piece."""

    at: float
    printer: str
    odometer: int
    serial: str
    raw: bytes


@dataclass(slots=True)
class Network:
    """The way to one printer and back. `slow_*` is the moment until which nothing passes in that direction."""

    ether: Ether
    latency_s: float
    slow_towards: float = 0.0
    slow_back: float = 0.0
    trickle: tuple[int, float] | None = None
    """(bytes, seconds): so many bytes pass towards the device at a time, and so long after the ones before."""

    def towards(self) -> float:
        """Seconds to the device."""
        gap = self.trickle[1] if self.trickle else 0.0
        return max(0.0, self.slow_towards - self.ether.reactor.seconds()) + self._latency() + gap

    def most(self) -> int | None:
        """See `Weather.most`."""
        return self.trickle[0] if self.trickle else None

    def back(self) -> float:
        """Seconds back."""
        return max(0.0, self.slow_back - self.ether.reactor.seconds()) + self._latency()

    def _latency(self) -> float:
        return self.latency_s * self.ether.dice.uniform(0.5, 1.5)


@dataclass(frozen=True, slots=True)
class Strike:
    """What happens once the device has read `at` bytes of a connection, and before it reads the next one."""

    link: Link
    at: int
    act: Callable[[], None]


@dataclass(slots=True)
class _Session:
    link: Link
    channel: Channel
    boots: int
    asked: bool = field(default=False)


class SimPrinter:
    """Serves a device. Only the oldest print connection is read, as the virtual printer's own server does."""

    def __init__(self, ether: Ether, name: str, config: DeviceConfig, latency_s: float) -> None:
        self.name = name
        self.network = Network(ether, latency_s)
        # It was switched on long before the world began, as printers are in the middle of a day.
        self.device = Device(config, now=-ether.dice.uniform(3_600.0, 1_000_000.0))
        self.tray: list[Piece] = []
        self.cut_in: int | None = None
        """After so many further bytes of print data the connection is reset; the last of them does not arrive."""
        self.drain: tuple[int, float] | None = None
        """(bytes, seconds): so many bytes are read of the print connection at a time, and so long after the ones before."""
        self.strikes: list[Strike] = []
        self.took: Callable[[], None] = lambda: None
        """Told after the device has taken print data."""
        self._ether = ether
        self._taking = False
        self._print: list[_Session] = []
        self._status: list[_Session] = []
        self._timer: object | None = None
        self._pumping = False
        self._read_at = 0.0

    def accept(self, port: int, send_buffer: int, user_timeout: float) -> Link | None:
        """A new connection; None when the device refuses it."""
        device = self.device
        wanted = device.accepts(self._now(), len(self._print)) if port == PRINT_PORT else device.has_status_port
        if not device.is_on or not wanted:
            return None
        link = Link(self._ether, self.network, send_buffer, user_timeout, lambda _: self.pump())
        sessions = self._print if port == PRINT_PORT else self._status
        if port == PRINT_PORT:
            device.connected(self._now())
        sessions.append(_Session(link, device.channel(), device.boots))
        return link

    def reset_all(self, why: str) -> None:
        """Cut every connection."""
        for session in (*self._print, *self._status):
            session.link.reset(why)
        self.pump()

    def pump(self) -> None:
        """Bring everything up to now."""
        if self._pumping:
            return
        self._pumping = True
        try:
            while self._step():
                pass
        finally:
            self._pumping = False
        self._collect()
        self._say()
        self._set_timer()
        took, self._taking = self._taking, False
        if took:
            self.took()

    def _step(self) -> bool:
        """One thing that can be done now; False when nothing can."""
        self._collect()
        device = self.device
        for session in (*self._print, *self._status):
            if session.boots != device.boots:
                session.link.reset("the device lost power")
        if self._print and self._print[0].link.gone:
            device.hung_up()
        self._print = [s for s in self._print if not s.link.gone]
        self._status = [s for s in self._status if not s.link.gone]
        return (bool(self._print) and self._read_print(self._print[0])) or any(map(self._read_status, self._status))

    def _read_print(self, session: _Session) -> bool:
        link, device, now = session.link, self.device, self._now()
        count = min(len(link.unread), device.room(now))
        if self.drain and count:
            if now < self._read_at:
                return False
            count, self._read_at = min(count, self.drain[0]), now + self.drain[1]
        due = next((s for s in self.strikes if s.link is link and s.at <= link.read_here + len(link.unread)), None)
        if due is not None:
            count = min(count, max(0, due.at - link.read_here))
        if count:
            cut = self.cut_in is not None and count >= self.cut_in
            if cut and self.cut_in is not None:
                count, self.cut_in = self.cut_in - 1, None
            elif self.cut_in is not None:
                self.cut_in -= count
            data = bytes(link.unread[:count])
            del link.unread[:count]
            link.read_here += count
            boots = device.boots
            answer = device.receive(data, now)
            self._taking = True
            self._collect()
            if cut:
                link.reset("cut at a byte")
            elif device.boots == boots:
                link.arrive_back(answer)
            link.taken()
        if due is not None and link.read_here >= due.at:
            self.strikes.remove(due)
            due.act()
            return True
        if count:
            return True
        if link.ended and not link.unread:
            link.shut()
            return True
        return False

    def _read_status(self, session: _Session) -> bool:
        link, device, now = session.link, self.device, self._now()
        device.room(now)
        if device.is_stalled:
            return False
        if link.unread:
            data = bytes(link.unread)
            link.unread.clear()
            answer = session.channel.ask(data, now)
            # What came out is in the tray before anybody can read the odometer.
            self._collect()
            link.arrive_back(answer)
            link.taken()
            return True
        if link.ended:
            link.shut()
            return True
        return False

    def _say(self) -> None:
        """What the device says by itself, and a reset that a script has for it; with nobody there both are lost."""
        said, reset = self.device.speak(self._now()), self.device.take_reset()
        if self._print and said:
            self._print[0].link.arrive_back(said)
        if self._print and reset:
            self._print[0].link.reset("reset by the device")

    def _collect(self) -> None:
        for printed in self.device.advance(self._now()):
            self._keep(printed)

    def _keep(self, printed: Printed) -> None:
        raw = printed.label.raw if printed.label else b""
        self.tray.append(Piece(printed.at, self.name, printed.odometer, self.device.serial, raw))
        what = hashlib.sha256(raw).hexdigest()[:12] if raw else "a foreign label"
        self._ether.trace(self.name, f"comes out: {what}, odometer {printed.odometer}")

    def _set_timer(self) -> None:
        if self._timer is not None and self._timer.active():  # type: ignore[attr-defined]
            self._timer.cancel()  # type: ignore[attr-defined]
        due = self.device.next_due()
        if self.drain and self._print and self._print[0].link.unread and self._now() < self._read_at:
            due = min(self._read_at, due or self._read_at)
        self._timer = None
        if due is not None:
            self._timer = self._ether.reactor.callLater(max(0.0, due - self._now()), self.pump)

    def _now(self) -> float:
        return self._ether.reactor.seconds()
