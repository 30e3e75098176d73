"""One TCP connection to a device, as the SDK's `Stream`: small buffers, real acknowledgements, prompt failure.

A successful `send` means only that the kernel holds the bytes: with default buffers it took megabytes for a peer that read
nothing. So the send buffer is kept small, and `acked` asks the kernel how many bytes the peer's TCP has not acknowledged
(tcp(7), SIOCOUTQ). A dead peer is noticed by TCP_USER_TIMEOUT (RFC 5482) and keep-alive (RFC 9293, 3.8.4).
"""

from __future__ import annotations

import fcntl
import math
import socket
import struct
import termios
from collections.abc import Callable
from typing import Protocol as Shape
from typing import cast

from twisted.internet.defer import Deferred
from twisted.internet.error import ConnectError, ConnectionDone, DNSLookupError
from twisted.internet.error import TimeoutError as ConnectTimeoutError
from twisted.internet.protocol import ClientFactory, Protocol
from twisted.python.failure import Failure

KEEPALIVE_IDLE_S, KEEPALIVE_INTERVAL_S, KEEPALIVE_COUNT = 10, 5, 3
"""A silent dead peer is noticed after 10 + 3 x 5 seconds."""

READ_AHEAD = 65536
"""Bytes that are kept for `read`; then reading from the socket pauses, so that a chattering peer cannot fill the memory."""

CLOSE_WAIT_S = 0.5
"""How long `close` waits for the peer to close its half before it aborts, which also drops bytes still in the kernel."""

_FIRST_PAUSE_S, _LAST_PAUSE_S = 0.001, 0.02
_TCP_CLOSE = 7  # TCP_CLOSE of linux/tcp_states.h, the first byte of struct tcp_info


class Timer(Shape):
    """A call that is due later."""

    def active(self) -> bool: ...

    def cancel(self) -> None: ...


class Clock(Shape):
    """The part of a reactor that tells time."""

    def seconds(self) -> float: ...

    def callLater(self, delay: float, call: Callable[..., object], /, *args: object) -> Timer: ...


class Reactor(Clock, Shape):
    """What `dial` needs of a reactor; Twisted's reactors have it."""

    def connectTCP(self, host: str, port: int, factory: ClientFactory, timeout: float, /) -> object: ...


class _Transport(Shape):
    """The part of Twisted's TCP transport that is used here."""

    def write(self, data: bytes) -> None: ...

    def registerProducer(self, producer: object, streaming: bool) -> None: ...

    def unregisterProducer(self) -> None: ...

    def pauseProducing(self) -> None: ...

    def resumeProducing(self) -> None: ...

    def loseWriteConnection(self) -> None: ...

    def abortConnection(self) -> None: ...

    def getHandle(self) -> socket.socket: ...


class _Signal:
    """Something that one coroutine waits for, at most so long. It leaves no timer behind, also when cancelled."""

    __slots__ = ("_clock", "_waiting")

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._waiting: Deferred[bool] | None = None

    def fire(self, happened: bool = True) -> None:
        waiting, self._waiting = self._waiting, None
        if waiting is not None:
            waiting.callback(happened)

    async def wait(self, timeout: float | None) -> bool:
        """True when fired, False after `timeout` seconds (None: no limit)."""
        if self._waiting is not None:
            raise RuntimeError("two calls wait on one stream at once; a printer connection has one user")
        waiting: Deferred[bool] = Deferred()
        self._waiting = waiting
        timer = None if timeout is None else self._clock.callLater(timeout, self.fire, False)
        try:
            return await waiting
        finally:
            if self._waiting is waiting:
                self._waiting = None
            if timer is not None and timer.active():
                timer.cancel()


class _Wire(Protocol):
    """Twisted's side of a stream: it keeps what came, and what ended the connection."""

    def __init__(self, clock: Clock, peer: str) -> None:
        self.peer = peer
        self.came = bytearray()
        self.lost: ConnectionError | None = None
        self.ended_in_order = False
        self.data, self.drained, self.ended = _Signal(clock), _Signal(clock), _Signal(clock)
        self._drains = 0

    @property
    def link(self) -> _Transport:
        return cast(_Transport, self.transport)

    def dataReceived(self, data: bytes) -> None:
        self.came += data
        if len(self.came) > READ_AHEAD:
            self.link.pauseProducing()
        self.data.fire()

    def connectionLost(self, reason: Failure | None = None) -> None:
        why = reason.getErrorMessage().rstrip(".") if reason is not None else "closed"
        self.ended_in_order = reason is not None and isinstance(reason.value, ConnectionDone)
        self.lost = ConnectionResetError(f"the connection to {self.peer} ended: {why}")
        for signal in (self.data, self.drained, self.ended):
            signal.fire()

    async def drain(self, rest: bytes) -> None:
        """Give Twisted the bytes that the kernel did not take at once, and wait until the kernel has them all.

        Twisted calls a pull producer once on registration and again each time its buffer has run empty.
        """
        self._drains = 0
        self.link.write(rest)
        self.link.registerProducer(self, False)
        try:
            await self.drained.wait(None)
        finally:
            if self.lost is None:
                self.link.unregisterProducer()

    def resumeProducing(self) -> None:
        self._drains += 1
        if self._drains > 1:
            self.drained.fire()

    def stopProducing(self) -> None:
        """Twisted's word that the connection is gone; `connectionLost` follows and wakes whoever waits."""


class TcpStream:
    """See `waybilld_sdk.context.Stream`. One coroutine uses it at a time."""

    def __init__(self, clock: Clock, wire: _Wire) -> None:
        self._clock = clock
        self._wire = wire
        self._pause = wire.ended

    async def write(self, data: bytes) -> None:
        """Hand bytes to the kernel, waiting while its buffer is full. Raises `ConnectionError` when cut."""
        self._alive()
        try:
            sent = self._wire.link.getHandle().send(data)
        except BlockingIOError:
            sent = 0
        except OSError as broken:
            self._wire.link.abortConnection()
            raise ConnectionResetError(f"the connection to {self._wire.peer} broke while sending: {broken}") from broken
        if sent < len(data):
            await self._wire.drain(data[sent:])
            self._alive()

    async def acked(self, timeout: float) -> bool:
        """Wait until the peer's TCP acknowledged every byte written; False after `timeout` seconds.

        Raises `ConnectionError` when the connection ends first: then nobody knows what arrived.
        """
        pause, left = _FIRST_PAUSE_S, timeout
        while True:
            self._alive()
            if self._unacknowledged() == 0:
                return True
            if left <= 0:
                return False
            before = self._clock.seconds()
            await self._pause.wait(min(pause, left))
            left -= max(self._clock.seconds() - before, 1e-6)
            pause = min(pause * 2, _LAST_PAUSE_S)

    async def read(self, limit: int, timeout: float) -> bytes:
        """Up to `limit` bytes as they come; b"" when nothing came within `timeout` seconds. `EOFError` at the end.

        Bytes that came before the end are still given. Raises `ConnectionError` when the connection broke.
        """
        wire = self._wire
        if not wire.came and wire.lost is None and timeout > 0:
            await wire.data.wait(timeout)
        if wire.came:
            was_full = len(wire.came) > READ_AHEAD
            data = bytes(wire.came[:limit])
            del wire.came[:limit]
            if was_full and len(wire.came) <= READ_AHEAD and wire.lost is None:
                wire.link.resumeProducing()
            return data
        if wire.lost is None:
            return b""
        if wire.ended_in_order:
            raise EOFError(f"{wire.peer} closed the connection")
        raise wire.lost

    async def close(self) -> None:
        """Close in order: half-close, wait shortly for the peer, then abort. Never raises; may be repeated."""
        wire = self._wire
        if wire.lost is not None:
            return
        wire.link.resumeProducing()
        wire.link.loseWriteConnection()
        try:
            await wire.ended.wait(CLOSE_WAIT_S)
        finally:
            if wire.lost is None:
                wire.link.abortConnection()

    def _alive(self) -> None:
        if self._wire.lost is not None:
            raise self._wire.lost

    def _unacknowledged(self) -> int:
        """Bytes that the peer's TCP has not acknowledged."""
        handle = self._wire.link.getHandle()
        if handle.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0] == _TCP_CLOSE:
            raise ConnectionResetError(f"the connection to {self._wire.peer} was reset")
        answer = fcntl.ioctl(handle.fileno(), termios.TIOCOUTQ, b"\0\0\0\0")
        return int(struct.unpack("i", answer)[0])


class _Connector(Shape):
    """The part of Twisted's connector that is used here."""

    transport: object

    def disconnect(self) -> None: ...


class _Dialler(ClientFactory):
    """Makes one connection; its outcome is `done`."""

    noisy = False

    def __init__(self, clock: Clock, peer: str, send_buffer: int, user_timeout: float) -> None:
        self._clock, self._peer = clock, peer
        self._send_buffer, self._user_timeout = send_buffer, user_timeout
        self._connector: _Connector | None = None
        self._settled = False
        self.done: Deferred[TcpStream] = Deferred(self._cancel)

    def _cancel(self, _: Deferred[TcpStream]) -> None:
        self._settled = True
        if self._connector is not None:
            self._connector.disconnect()

    def startedConnecting(self, connector: object) -> None:
        """Called before the SYN leaves: the buffer size holds from the first byte."""
        self._connector = cast(_Connector, connector)
        handle: socket.socket | None = getattr(self._connector.transport, "socket", None)
        if handle is not None:
            handle.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, self._send_buffer)

    def buildProtocol(self, _addr: object) -> Protocol:
        wire = _Wire(self._clock, self._peer)
        wire.factory = self
        wire.connectionMade = lambda: self._connected(wire)  # type: ignore[method-assign]
        return wire

    def _connected(self, wire: _Wire) -> None:
        _tune(wire.link.getHandle(), self._send_buffer, self._user_timeout)
        self._settled = True
        self.done.callback(TcpStream(self._clock, wire))

    def clientConnectionFailed(self, _connector: object, reason: Failure) -> None:
        if not self._settled:
            self._settled = True
            self.done.errback(reason)


def _tune(handle: socket.socket, send_buffer: int, user_timeout: float) -> None:
    handle.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, send_buffer)
    handle.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    handle.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, math.ceil(user_timeout * 1000))
    handle.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    handle.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, KEEPALIVE_IDLE_S)
    handle.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, KEEPALIVE_INTERVAL_S)
    handle.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPCNT, KEEPALIVE_COUNT)


async def dial(
    reactor: Reactor, host: str, port: int, *, send_buffer: int, user_timeout: float, connect_timeout: float
) -> TcpStream:
    """Open one TCP connection to an IPv4 or IPv6 address, or to a name that has an IPv4 address.

    `send_buffer` in bytes (SO_SNDBUF; Linux doubles it for its own bookkeeping), times in seconds. Raises `TimeoutError`
    or `ConnectionError` with a sentence that names host and port; then surely no byte was sent.
    """
    peer = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    dialler = _Dialler(reactor, peer, send_buffer, user_timeout)
    reactor.connectTCP(host, port, dialler, connect_timeout)
    try:
        return await dialler.done
    except ConnectTimeoutError as late:
        raise TimeoutError(f"{peer} did not answer within {connect_timeout:g} s") from late
    except (ConnectError, DNSLookupError) as failed:
        raise ConnectionRefusedError(f"no connection to {peer}: {failed}") from failed
