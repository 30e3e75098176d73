"""A loopback proxy between an adapter and a device that breaks connections at an exact byte, stalls them, or slows them."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

_PIECE = 65536
_POLL_S = 0.05
_RECEIVE_BUFFER = 4096  # small, so that the proxy's kernel acknowledges little that the proxy has not read


@dataclass(frozen=True, slots=True)
class Fault:
    """What happens to the next connection after `at` bytes from the adapter have gone through.

    `reset`: the adapter gets a reset, the device an orderly end. `half_close`: the adapter sees the end of what the device
    says, and nothing more goes through. `stall`: nothing more is read. `trickle`: `piece` bytes each `interval_s` seconds.
    `call`: everything goes through, but `act` is called between two bytes, with what sends bytes to the device. `told`
    hears of the fault as it strikes.
    """

    kind: Literal["reset", "half_close", "stall", "trickle", "call"]
    at: int = 0
    interval_s: float = 0.0
    piece: int = 1
    act: Callable[[Callable[[bytes], None]], None] = lambda _: None
    told: Callable[[], None] = lambda: None


class FaultProxy:
    """Listens on `port` and forwards to the device. A fault is used up by the first connection that meets it; one that ends
    before the fault's byte leaves it, with the bytes that are still to come, to the next."""

    def __init__(self, host: str, port: int) -> None:
        self._target = (host, port)
        self._fault: Fault | None = None
        self._armed = 0
        self._lock = threading.Lock()
        self._pairs: list[_Pair] = []
        self._closing = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BUFFER)
        self._listener.settimeout(_POLL_S)
        self.port: int = self._listener.getsockname()[1]
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    def arm(self, fault: Fault) -> None:
        """The next connection that carries bytes from the adapter meets this fault, also one that is open already."""
        with self._lock:
            self._fault = fault
            self._armed += 1

    def disarm(self) -> None:
        """No fault waits any more, also not one that a connection has taken and not met yet."""
        with self._lock:
            self._fault = None
            self._armed += 1

    def release(self) -> None:
        """End the connections that a fault is holding, as when a hanging switch is restarted."""
        with self._lock:
            pairs, self._pairs = self._pairs, []
        for pair in pairs:
            pair.end()

    def close(self) -> None:
        """Stop, with every connection reset."""
        self._closing.set()
        for thread in list(self._threads):
            thread.join(5)
        self._listener.close()

    def _take(self) -> tuple[Fault, int] | None:
        """The fault that waits, with the number of its arming."""
        with self._lock:
            fault, self._fault = self._fault, None
            return (fault, self._armed) if fault is not None else None

    def _give_back(self, fault: Fault, armed: int) -> None:
        with self._lock:
            if armed == self._armed:
                self._fault = fault

    def _stands(self, armed: int) -> bool:
        """Nothing was armed or disarmed since."""
        return armed == self._armed

    def _accept(self) -> None:
        while not self._closing.is_set():
            try:
                near, _ = self._listener.accept()
            except TimeoutError:
                continue
            try:
                far = socket.create_connection(self._target, timeout=5)
            except OSError:
                _reset(near)
                continue
            pair = _Pair(self, near, far)
            with self._lock:
                self._pairs.append(pair)
            for work in (pair.forward, pair.backward):
                thread = threading.Thread(target=work, daemon=True)
                self._threads.append(thread)
                thread.start()


class _Pair:
    """One proxied connection: `near` is the adapter's side, `far` the device's."""

    def __init__(self, proxy: FaultProxy, near: socket.socket, far: socket.socket) -> None:
        self._proxy, self._near, self._far = proxy, near, far
        self._over = threading.Event()
        for one in (near, far):
            one.settimeout(_POLL_S)
            one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def end(self) -> None:
        """Let go of both sides; the threads see it within a moment."""
        self._over.set()

    def forward(self) -> None:
        """Adapter to device, with the fault."""
        fault, armed, through = None, 0, 0
        while not self._ended():
            if (data := _receive(self._near)) is None:
                continue
            if not data:
                with contextlib.suppress(OSError):
                    self._far.shutdown(socket.SHUT_WR)
                break
            if (taken := self._proxy._take()) is not None:
                (fault, armed), through = taken, 0
            if fault is not None and not self._proxy._stands(armed):
                fault = None
            if fault is not None and through + len(data) >= fault.at:
                self._send(self._far, data[: fault.at - through])
                fault.told()
                self._strike(fault, data[fault.at - through :])
                if fault.kind != "call":
                    return
                fault = None
                continue
            self._send(self._far, data)
            through += len(data)
        if fault is not None:
            self._proxy._give_back(replace(fault, at=max(1, fault.at - through)), armed)

    def backward(self) -> None:
        """Device to adapter."""
        while not self._ended():
            if (data := _receive(self._far)) is None:
                continue
            if not data:
                break
            self._send(self._near, data)
        self._over.set()
        for one in (self._near, self._far):
            _reset(one) if self._proxy._closing.is_set() else _end(one)

    def _strike(self, fault: Fault, rest: bytes) -> None:
        if fault.kind == "reset":
            _reset(self._near)
            _end(self._far)
            self._over.set()
        elif fault.kind == "half_close":
            with contextlib.suppress(OSError):
                self._near.shutdown(socket.SHUT_WR)
                self._far.shutdown(socket.SHUT_WR)
        elif fault.kind == "call":
            fault.act(lambda data: self._send(self._far, data))
            self._send(self._far, rest)
        elif fault.kind == "stall":
            while not self._ended():
                self._over.wait(_POLL_S)
        else:
            self._trickle(fault, rest)

    def _trickle(self, fault: Fault, rest: bytes) -> None:
        while not self._ended():
            for place in range(0, len(rest), fault.piece):
                if self._over.wait(fault.interval_s):
                    return
                self._send(self._far, rest[place : place + fault.piece])
            rest = _receive(self._near) or b""

    def _send(self, to: socket.socket, data: bytes) -> None:
        while data and not self._ended():
            try:
                data = data[to.send(data) :]
            except TimeoutError:
                continue
            except OSError:
                self._over.set()

    def _ended(self) -> bool:
        return self._over.is_set() or self._proxy._closing.is_set()


def _receive(source: socket.socket) -> bytes | None:
    """Bytes, b"" at the end, None when nothing came for a moment."""
    try:
        return source.recv(_PIECE)
    except TimeoutError:
        return None
    except OSError:
        return b""


def _end(one: socket.socket) -> None:
    with contextlib.suppress(OSError):
        one.shutdown(socket.SHUT_RDWR)
    one.close()


def _reset(one: socket.socket) -> None:
    with contextlib.suppress(OSError):
        one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    one.close()
