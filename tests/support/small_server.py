"""A small printer behind a loopback port, one connection at a time, in threads of its own as the fault proxy is."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable
from typing import TypeVar

from support.small_printers import SmallPrinter

T = TypeVar("T")
_POLL_S = 0.002
_PIECE = 65536


class SmallServer:
    """Listens on `port`. The printer is touched only through `do`, and its clock is the real one."""

    def __init__(self, kind: type[SmallPrinter], print_s: float) -> None:
        self._printer = kind(print_s, now=time.monotonic)
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(_POLL_S)
        self.port: int = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def do(self, work: Callable[[SmallPrinter], T]) -> T:
        """The result of something done with the printer, after the time that has passed."""
        with self._lock:
            self._printer.pass_time()
            return work(self._printer)

    def close(self) -> None:
        self._closing.set()
        self._thread.join(5)
        self._listener.close()

    def _serve(self) -> None:
        while not self._closing.is_set():
            try:
                connection, _ = self._listener.accept()
            except TimeoutError:
                continue
            with connection:
                connection.settimeout(_POLL_S)
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self._talk(connection)

    def _talk(self, connection: socket.socket) -> None:
        def step(printer: SmallPrinter) -> bytes:
            printer.take(data)
            said, printer.said = printer.said, b""
            return said

        data = b""
        self.do(lambda printer: setattr(printer, "said", b""))
        while not self._closing.is_set():
            try:
                data = connection.recv(_PIECE)
                if not data:
                    return
            except TimeoutError:
                data = b""
            except OSError:
                return
            try:
                connection.sendall(self.do(step))
            except OSError:
                return
