"""The two listeners: TCP for what may be asked without a login, the Unix socket for the whole API."""

from __future__ import annotations

import ipaddress
import json
import os
import socket
import stat
from http import HTTPStatus
from pathlib import Path
from typing import Any

from twisted.internet.defer import Deferred, maybeDeferred
from twisted.internet.error import CannotListenError
from twisted.logger import Logger

from waybilld.config.model import listen_address, socket_path
from waybilld.http import health
from waybilld.http.app import App
from waybilld.http.router import Router
from waybilld.http.routes import ROUTES
from waybilld.http.values import HttpError, Request, Response
from waybilld.http.wire import Site

log = Logger()
LISTEN_FILE = "listen.json"
"""In the runtime folder: where the TCP listener really is, which matters with port 0, and the daemon's process id."""


class ApiServer:
    """Serves the API; a `waybilld.services.base.Service`."""

    name = "http"

    def __init__(self, reactor: Any, app: App) -> None:
        self._reactor = reactor
        self._app = app
        self._public = Router(health.ROUTES)
        self._whole = Router(ROUTES)
        self._ports: list[Any] = []
        self._told: Path | None = None

    async def start(self) -> None:
        """Listen on both. Raises `CannotListenError`."""
        config = self._app.loaded.config
        self._app.started_s = self._app.clock.monotonic()
        try:
            self._listen_unix(socket_path(config.runtime))
            self._listen_tcp(*listen_address(config.listen), config.runtime)
        except CannotListenError:
            await self.stop()
            raise

    def _listen_unix(self, path: Path) -> None:
        try:
            path.parent.mkdir(mode=0o750, parents=True, exist_ok=True)
            _clear(path)
        except OSError as e:
            raise CannotListenError("unix", path, e) from e
        try:
            # Whoever may use the socket is decided before anybody can: it is born with no right for others.
            mask = os.umask(0o007)
            try:
                port = self._reactor.listenUNIX(os.fspath(path), Site(self._reactor, self._app, self._answer), mode=0o660)
            finally:
                os.umask(mask)
        except CannotListenError as e:
            raise CannotListenError("unix", path, e.socketError) from e
        self._ports.append(port)

    def _listen_tcp(self, host: str, port: int, runtime: Path) -> None:
        site = Site(self._reactor, self._app, self._answer_public)
        listening = self._reactor.listenTCP(port, site, interface=host)
        self._ports.append(listening)
        address = listening.getHost()
        self._app.listen = f"[{address.host}]:{address.port}" if ":" in address.host else f"{address.host}:{address.port}"
        told = {"listen": self._app.listen, "host": address.host, "port": address.port, "pid": os.getpid()}
        fresh = runtime / f"{LISTEN_FILE}.new"
        try:
            fresh.write_text(json.dumps(told) + "\n", "utf-8")
            self._told = fresh.replace(runtime / LISTEN_FILE)
        except OSError as e:
            raise CannotListenError(host, address.port, e) from e
        log.info("metrics and health on http://{listen}", listen=self._app.listen)

    async def stop(self) -> None:
        """Take no further connection. Answers that are under way are cut with the process."""
        ports, self._ports = self._ports, []
        for port in ports:
            closed: Deferred[Any] = maybeDeferred(port.stopListening)
            await closed
        if self._told is not None:
            self._told.unlink(missing_ok=True)
            self._told = None

    async def _answer(self, app: App, request: Request) -> Response:
        return await self._whole.dispatch(app, request)

    async def _answer_public(self, app: App, request: Request) -> Response:
        if not known_host(app.listen, request.host):
            raise HttpError(
                HTTPStatus.MISDIRECTED_REQUEST, "this host name is not served here", f"ask http://{app.listen}"
            )
        return await self._public.dispatch(app, request)


def known_host(listen: str, host: str) -> bool:
    """Whether a Host header is one for a listener on `listen`.

    A loopback listener answers to loopback names alone: a web page whose name an attacker points at 127.0.0.1 then reads
    nothing (DNS rebinding). A listener that was put on the network on purpose answers to any name.
    """
    if not _is_loopback(listen.rpartition(":")[0]):
        return True
    name = host.rpartition(":")[0] if not host.endswith("]") and ":" in host else host
    return _is_loopback(name) if host else True


def _is_loopback(name: str) -> bool:
    if name.lower().rstrip(".") == "localhost":
        return True
    try:
        return ipaddress.ip_address(name.strip("[]")).is_loopback
    except ValueError:
        return False


def _clear(path: Path) -> None:
    """Remove the socket of a daemon that ended without doing so. Raises `OSError` for anything else in its place."""
    try:
        mode = path.lstat().st_mode
    except FileNotFoundError:
        return
    if not stat.S_ISSOCK(mode):
        raise FileExistsError(f"{path} is in the way and no socket: move it away")
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(1.0)
        try:
            probe.connect(os.fspath(path))
        except OSError:
            path.unlink()
            return
    # Our own state folder is locked, so this is a daemon on another one that was given the same runtime folder.
    raise FileExistsError("another daemon answers there: give each its own `runtime` folder")
