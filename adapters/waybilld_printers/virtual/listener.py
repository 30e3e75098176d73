"""A TCP port that can be closed and opened again without ever being lost to somebody else."""

import asyncio
import contextlib
import socket
from collections.abc import Callable

_BACKLOG = 64


class Listener:
    """While closed, the port stays bound but does not listen: the kernel refuses every connection."""

    def __init__(
        self, factory: Callable[[], asyncio.BaseProtocol], host: str, port: int, receive_buffer: int | None = None
    ) -> None:
        self._factory = factory
        self._receive_buffer = receive_buffer
        self._tasks: set[asyncio.Task[object]] = set()
        self._socket = self._bind(host, port)
        self._address: tuple[str, int] = self._socket.getsockname()[:2]
        self._open = False

    @property
    def port(self) -> int:
        return self._address[1]

    def _bind(self, host: str, port: int) -> socket.socket:
        new = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
        new.setblocking(False)
        new.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if self._receive_buffer is not None:
            # Accepted connections inherit it; a small one makes a full device visible to the sender as a closed window.
            new.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, self._receive_buffer)
        try:
            new.bind((host, port))
        except OSError:
            new.close()
            raise
        return new

    def set_open(self, wanted: bool) -> None:
        """Listen, or refuse. Connections that exist are not touched."""
        if wanted and not self._open:
            self._socket.listen(_BACKLOG)
            asyncio.get_running_loop().add_reader(self._socket, self._accept)
        elif self._open and not wanted:
            self.close()
            self._socket = self._bind(*self._address)
        self._open = wanted

    def close(self) -> None:
        if self._open:
            asyncio.get_running_loop().remove_reader(self._socket)
        self._socket.close()

    def _accept(self) -> None:
        loop = asyncio.get_running_loop()
        with contextlib.suppress(BlockingIOError, ConnectionError):
            while True:
                connection, _peer = self._socket.accept()
                connection.setblocking(False)
                task: asyncio.Task[object] = loop.create_task(loop.connect_accepted_socket(self._factory, connection))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)


def reset(transport: asyncio.BaseTransport | None) -> None:
    """Close a connection the hard way: the peer sees RST, and what was on its way is lost."""
    if not isinstance(transport, asyncio.Transport):
        return
    connection: socket.socket | None = transport.get_extra_info("socket")
    if connection is not None and not transport.is_closing():
        with contextlib.suppress(OSError):
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
    transport.abort()
