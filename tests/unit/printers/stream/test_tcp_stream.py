"""The host's TCP stream against plain sockets: acknowledgements, back-pressure, time-outs, cuts, and nothing left behind."""

from __future__ import annotations

import socket
import struct
import time
from collections.abc import Callable, Coroutine, Iterator
from typing import Any

import pytest
from twisted.internet.defer import CancelledError

from support.reactor_thread import ReactorThread, session_reactor
from waybilld.host.stream import CLOSE_WAIT_S, READ_AHEAD, TcpStream, dial

MEGABYTE = 1 << 20


class Peer:
    """The far side: a listening socket with a small receive buffer, and the connection it accepted."""

    def __init__(self) -> None:
        self.listener = socket.socket()
        self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self.listener.bind(("127.0.0.1", 0))
        self.listener.listen(1)
        self.listener.settimeout(10)
        self.port: int = self.listener.getsockname()[1]
        self.connection: socket.socket | None = None

    def accept(self) -> socket.socket:
        self.connection, _ = self.listener.accept()
        self.connection.settimeout(10)
        return self.connection

    def reset(self) -> None:
        assert self.connection is not None
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()

    def close(self) -> None:
        self.listener.close()
        if self.connection is not None:
            self.connection.close()


@pytest.fixture
def thread() -> Iterator[ReactorThread]:
    running = session_reactor()
    yield running
    assert running.leftovers() == []


@pytest.fixture
def peer(thread: ReactorThread) -> Iterator[Peer]:
    far = Peer()
    yield far
    far.close()


@pytest.fixture
def stream(thread: ReactorThread, peer: Peer) -> Iterator[TcpStream]:
    near = thread.call(connecting(thread, peer.port))
    peer.accept()
    yield near
    peer.close()
    thread.call(near.close)


def connecting(
    thread: ReactorThread, port: int, user_timeout: float = 5.0, connect_timeout: float = 2.0
) -> Callable[[], Coroutine[Any, Any, TcpStream]]:
    """A call that dials the loopback."""
    return lambda: dial(
        thread.reactor,
        "127.0.0.1",
        port,
        send_buffer=8192,
        user_timeout=user_timeout,
        connect_timeout=connect_timeout,
    )


def eventually(holds: Callable[[], bool]) -> bool:
    """Wait for something that another thread is about to do, ten seconds at most."""
    until = time.monotonic() + 10
    while not holds() and time.monotonic() < until:
        time.sleep(0.005)
    return holds()


def drain(connection: socket.socket, count: int) -> bytes:
    data = b""
    while len(data) < count and (piece := connection.recv(65536)):
        data += piece
    return data


def test_the_socket_is_set_up_for_a_printer(thread: ReactorThread, stream: TcpStream) -> None:
    """Large buffers and endless retransmission are how a dead printer "takes" a label."""
    handle = stream._wire.link.getHandle()

    def option(level: int, name: int) -> int:
        return handle.getsockopt(level, name)

    assert option(socket.SOL_SOCKET, socket.SO_SNDBUF) == 2 * 8192
    assert option(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == 5000
    assert option(socket.IPPROTO_TCP, socket.TCP_NODELAY)
    assert option(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
    assert option(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE) == 10


def test_small_bytes_arrive_and_are_acknowledged(thread: ReactorThread, peer: Peer, stream: TcpStream) -> None:
    """The plain path of every label."""

    async def work() -> bool:
        await stream.write(b"^XA")
        await stream.write(b"^XZ")
        return await stream.acked(5)

    assert thread.call(work)
    assert peer.connection is not None
    assert drain(peer.connection, 6) == b"^XA^XZ"


def test_a_full_kernel_holds_the_writer_until_the_peer_reads(thread: ReactorThread, peer: Peer, stream: TcpStream) -> None:
    """Without back-pressure a label is "sent" that stands in our own memory."""
    data = bytes(range(256)) * (MEGABYTE // 256)
    writing = thread.start(lambda: stream.write(data))
    assert not eventually_soon(writing.done)
    assert peer.connection is not None
    assert drain(peer.connection, len(data)) == data
    writing.result()
    assert thread.call(lambda: stream.acked(5))


def eventually_soon(holds: Callable[[], bool]) -> bool:
    """True if it happens within a fifth of a second; used for what must not happen."""
    until = time.monotonic() + 0.2
    while not holds() and time.monotonic() < until:
        time.sleep(0.005)
    return holds()


def test_unread_bytes_are_not_acknowledged(thread: ReactorThread, peer: Peer, stream: TcpStream) -> None:
    """`acked` is the difference between "in our kernel" and "with the printer"."""
    writing = thread.start(lambda: stream.write(b"x" * MEGABYTE))
    assert not eventually_soon(writing.done)
    assert peer.connection is not None
    # Let just enough through that the rest fits into our kernel: written, and not acknowledged.
    taken = 0
    while not writing.done():
        taken += len(peer.connection.recv(4096))
        eventually_soon(writing.done) if taken > MEGABYTE - 40000 else None
    began = time.monotonic()
    assert thread.call(lambda: stream.acked(0.3)) is False
    assert 0.25 < time.monotonic() - began < 2
    drain(peer.connection, MEGABYTE - taken)
    assert thread.call(lambda: stream.acked(5)) is True


@pytest.mark.parametrize("what", ["write", "read"])
def test_a_reset_wakes_whoever_waits(thread: ReactorThread, peer: Peer, stream: TcpStream, what: str) -> None:
    """A lane that sleeps through a reset sends nothing for a whole time-out."""

    async def work() -> None:
        if what == "write":
            await stream.write(b"x" * MEGABYTE)
        else:
            await stream.read(10, 30)

    waiting = thread.start(work)
    assert not eventually_soon(waiting.done)
    began = time.monotonic()
    peer.reset()
    with pytest.raises(ConnectionError, match=r"127\.0\.0\.1"):
        waiting.result()
    assert time.monotonic() - began < 2
    for again in (lambda: stream.write(b"x"), lambda: stream.acked(1), lambda: stream.read(1, 1)):
        with pytest.raises(ConnectionError):
            thread.call(again)


def test_a_reset_wakes_the_wait_for_acknowledgement(thread: ReactorThread, peer: Peer, stream: TcpStream) -> None:
    """After a reset nobody knows what arrived: neither True nor a full time-out is an answer."""
    assert peer.connection is not None
    thread.call(lambda: stream.write(b"x" * 4096))

    async def fill() -> bool:
        while await stream.acked(0.05):
            await stream.write(b"x" * 4096)
        return await stream.acked(30)

    waiting = thread.start(fill)
    assert not eventually_soon(waiting.done)
    began = time.monotonic()
    peer.reset()
    with pytest.raises(ConnectionError):
        waiting.result()
    assert time.monotonic() - began < 2


def test_a_window_that_stays_shut_ends_the_connection(thread: ReactorThread, peer: Peer) -> None:
    """A stalled printer must cost the user time-out, not the kernel's quarter of an hour."""
    near = thread.call(connecting(thread, peer.port, user_timeout=1.0))
    peer.accept()
    began = time.monotonic()
    with pytest.raises(ConnectionError):
        thread.call(lambda: near.write(b"x" * MEGABYTE))
    assert 0.9 < time.monotonic() - began < 8


def test_reading_gives_what_came_then_the_end(thread: ReactorThread, peer: Peer, stream: TcpStream) -> None:
    """An answer that arrives together with the end of the connection is an answer."""
    assert peer.connection is not None
    began = time.monotonic()
    assert thread.call(lambda: stream.read(10, 0.1)) == b""
    assert time.monotonic() - began < 2
    assert thread.call(lambda: stream.read(10, 0.0)) == b""
    peer.connection.sendall(b"hello world")
    peer.connection.close()
    assert eventually(lambda: stream._wire.lost is not None)
    assert thread.call(lambda: stream.read(5, 5)) == b"hello"
    assert thread.call(lambda: stream.read(50, 5)) == b" world"
    with pytest.raises(EOFError, match="closed"):
        thread.call(lambda: stream.read(5, 5))


def test_a_chatterer_does_not_fill_the_memory(thread: ReactorThread, peer: Peer, stream: TcpStream) -> None:
    """A device, or somebody in its place, may send without end."""
    connection = peer.connection
    assert connection is not None
    connection.setblocking(False)
    sent, quiet = 0, 0
    while quiet < 50:
        try:
            sent += connection.send(b"x" * 65536)
            quiet = 0
        except BlockingIOError:
            quiet += 1
            time.sleep(0.002)
    assert len(stream._wire.came) < READ_AHEAD + 2 * 65536
    assert sent > READ_AHEAD
    got = 0
    while got < sent:
        got += len(thread.call(lambda: stream.read(MEGABYTE, 5)))
    assert got == sent


def test_two_waits_at_once_are_a_mistake_that_is_told(thread: ReactorThread, stream: TcpStream) -> None:
    """Two readers would steal each other's answers."""
    first = thread.start(lambda: stream.read(1, 30))
    with pytest.raises(RuntimeError, match="one user"):
        thread.call(lambda: stream.read(1, 1))
    first.cancel()
    with pytest.raises(CancelledError):
        first.result()


def test_close_waits_for_the_peer_that_still_reads(thread: ReactorThread, peer: Peer, stream: TcpStream) -> None:
    """A printer reads its last label after our end; closing harder would cut it off."""
    assert peer.connection is not None
    thread.call(lambda: stream.write(b"^XZ"))
    closing = thread.start(stream.close)
    assert drain(peer.connection, 100) == b"^XZ"
    peer.connection.close()
    began = time.monotonic()
    closing.result()
    assert time.monotonic() - began < CLOSE_WAIT_S
    thread.call(stream.close)


def test_close_aborts_what_nobody_takes(thread: ReactorThread, peer: Peer, stream: TcpStream) -> None:
    """Bytes of a given-up label must not reach the printer when it wakes up."""
    assert peer.connection is not None
    writing = thread.start(lambda: stream.write(b"x" * MEGABYTE))
    assert not eventually_soon(writing.done)
    writing.cancel()
    with pytest.raises(CancelledError):
        writing.result()
    began = time.monotonic()
    thread.call(stream.close)
    assert time.monotonic() - began < CLOSE_WAIT_S + 1
    with pytest.raises(ConnectionResetError):
        drain(peer.connection, MEGABYTE)


def test_nobody_listening_is_told_with_the_address(thread: ReactorThread) -> None:
    """The sysadmin needs to know which printer, and that nothing was sent."""
    free = Peer()
    free.close()
    with pytest.raises(ConnectionError, match=rf"no connection to 127\.0\.0\.1:{free.port}"):
        thread.call(connecting(thread, free.port))


def _full(peer: Peer) -> list[socket.socket]:
    """Connections that fill the peer's queue, so that the next one gets no answer."""
    fillers = []
    for _ in range(4):
        filler = socket.socket()
        filler.setblocking(False)
        filler.connect_ex(("127.0.0.1", peer.port))
        fillers.append(filler)
    return fillers


def test_a_connection_without_answer_times_out(thread: ReactorThread, peer: Peer) -> None:
    """A printer that is off does not refuse, it is silent."""
    fillers = _full(peer)
    began = time.monotonic()
    with pytest.raises(TimeoutError, match=r"within 0\.3 s"):
        thread.call(connecting(thread, peer.port, connect_timeout=0.3))
    assert time.monotonic() - began < 5
    for filler in fillers:
        filler.close()


def test_a_cancelled_dial_leaves_nothing(thread: ReactorThread, peer: Peer) -> None:
    """The host's deadline may strike while a connection is being made."""
    fillers = _full(peer)
    dialling = thread.start(connecting(thread, peer.port, connect_timeout=30))
    assert not eventually_soon(dialling.done)
    dialling.cancel()
    with pytest.raises(CancelledError):
        dialling.result()
    for filler in fillers:
        filler.close()


def test_a_name_that_nobody_knows_is_told(thread: ReactorThread) -> None:
    """A typing slip in the configuration."""
    with pytest.raises(ConnectionError, match=r"no connection to printer\.invalid:9100"):
        thread.call(
            lambda: dial(thread.reactor, "printer.invalid", 9100, send_buffer=8192, user_timeout=1, connect_timeout=20)
        )
