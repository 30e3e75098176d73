"""The listeners: where they listen, who may use them, what happens when they cannot."""

from __future__ import annotations

import json
import os
import socket
import stat
from pathlib import Path
from typing import Any

import pytest
from twisted.internet.address import IPv4Address
from twisted.internet.error import CannotListenError
from twisted.internet.testing import MemoryReactorClock

from unit.http.http_house import Daemon, now
from waybilld.http.server import LISTEN_FILE, ApiServer, known_host
from waybilld.http.values import HttpError, Request


class Port:
    """What a reactor gives for a listener."""

    def __init__(self, address: IPv4Address) -> None:
        self.address = address

    def getHost(self) -> IPv4Address:
        """Where it listens."""
        return self.address

    def stopListening(self) -> None:
        """Nothing is open."""


class Reactor(MemoryReactorClock):
    """Listens in memory; `taken` makes the TCP port taken."""

    taken = False

    def listenTCP(self, port: int, factory: Any, backlog: int = 50, interface: str = "") -> Any:
        """As a reactor."""
        if self.taken:
            raise CannotListenError(interface, port, OSError(98, "Address already in use"))
        super().listenTCP(port or 4711, factory, backlog, interface)
        return Port(IPv4Address("TCP", interface, port or 4711))


def test_listens_on_both_and_says_where(daemon: Daemon) -> None:
    """Port 0 is of use only when somebody can find out which port it became."""
    reactor = Reactor()
    server = ApiServer(reactor, daemon.app)
    now(server.start())
    runtime = daemon.app.loaded.config.runtime
    assert stat.S_IMODE(runtime.stat().st_mode) == 0o750
    assert json.loads((runtime / LISTEN_FILE).read_text())["port"] == 4711
    assert daemon.app.listen == "127.0.0.1:4711"
    ((path, _, _, mode, _),) = reactor.unixServers
    assert (path, mode) == (os.fspath(runtime / "api.sock"), 0o660)
    now(server.stop())
    assert not (runtime / LISTEN_FILE).exists()


def test_a_taken_port_is_said_and_nothing_is_left(daemon: Daemon) -> None:
    """`run.py` makes exit 75 of it; a socket left behind would look like a running daemon."""
    reactor = Reactor()
    reactor.taken = True
    with pytest.raises(CannotListenError) as refused:
        now(ApiServer(reactor, daemon.app).start())
    assert "Address already in use" in str(refused.value.socketError)
    assert not (daemon.app.loaded.config.runtime / LISTEN_FILE).exists()


def test_a_runtime_folder_that_cannot_be_made(daemon: Daemon) -> None:
    """One clear message that names the place, no traceback."""
    daemon.app.loaded.config.runtime.write_text("a file")
    with pytest.raises(CannotListenError) as refused:
        now(ApiServer(Reactor(), daemon.app).start())
    assert "rt" in str(refused.value.port)


def socket_at(path: Path) -> socket.socket:
    """A bound socket."""
    found = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    found.bind(os.fspath(path))
    return found


def test_the_socket_of_a_dead_daemon_is_replaced(daemon: Daemon) -> None:
    """After kill -9 the file is still there; nobody should have to remove it by hand."""
    runtime = daemon.app.loaded.config.runtime
    runtime.mkdir()
    socket_at(runtime / "api.sock").close()
    server = ApiServer(Reactor(), daemon.app)
    now(server.start())
    assert not (runtime / "api.sock").exists(), "the stale socket was not removed before listening"
    now(server.stop())


def test_the_socket_of_a_living_daemon_is_left_alone(daemon: Daemon) -> None:
    """Two daemons with one runtime folder by mistake: the second must not take the first one's callers."""
    runtime = daemon.app.loaded.config.runtime
    runtime.mkdir()
    with socket_at(runtime / "api.sock") as living:
        living.listen()
        with pytest.raises(CannotListenError) as refused:
            now(ApiServer(Reactor(), daemon.app).start())
        assert "another daemon" in str(refused.value.socketError)
        assert (runtime / "api.sock").exists()


def test_another_file_in_its_place_is_not_deleted(daemon: Daemon) -> None:
    """It may be somebody's work."""
    runtime = daemon.app.loaded.config.runtime
    runtime.mkdir()
    (runtime / "api.sock").write_text("mine")
    with pytest.raises(CannotListenError):
        now(ApiServer(Reactor(), daemon.app).start())
    assert (runtime / "api.sock").read_text() == "mine"


@pytest.mark.parametrize(
    ("listen", "host", "served"),
    [
        ("127.0.0.1:8631", "127.0.0.1:8631", True),
        ("127.0.0.1:8631", "localhost:8631", True),
        ("127.0.0.1:8631", "LOCALHOST.", True),
        ("127.0.0.1:8631", "[::1]:8631", True),
        ("127.0.0.1:8631", "[::1]", True),
        ("[::1]:8631", "localhost", True),
        ("127.0.0.1:8631", "", True),
        ("127.0.0.1:8631", "evil.example:8631", False),
        ("127.0.0.1:8631", "127.0.0.1.evil.example", False),
        ("127.0.0.1:8631", "10.0.0.1", False),
        ("192.0.2.1:8631", "metrics.example", True),
    ],
)
def test_host_names(listen: str, host: str, served: bool) -> None:
    """A web page must not read a workstation's metrics by pointing its own name at 127.0.0.1."""
    assert known_host(listen, host) is served


def test_tcp_serves_health_and_nothing_else(daemon: Daemon) -> None:
    """Until people can log in, whoever reaches the port may know that the daemon lives, and no order."""
    server = ApiServer(Reactor(), daemon.app)
    now(server.start())
    for path, status in (("/healthz", 200), ("/metrics", 200), ("/readyz", 200)):
        assert now(server._answer_public(daemon.app, Request("GET", path, host="localhost"))).status == status
    for path in ("/api/v1/status", "/api/v1/orders", "/api/v1/openapi.json"):
        with pytest.raises(HttpError) as refused:
            now(server._answer_public(daemon.app, Request("GET", path, host="localhost")))
        assert refused.value.status == 404
    with pytest.raises(HttpError) as refused:
        now(server._answer_public(daemon.app, Request("GET", "/metrics", host="evil.example")))
    assert refused.value.status == 421
    now(server.stop())
