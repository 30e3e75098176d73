"""The daemon's API over its Unix socket; and, where no daemon runs, the same readings from the database itself."""

from __future__ import annotations

import http.client
import json
import socket
from collections.abc import Callable, Mapping
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlencode

import click

from waybilld.cli.exits import Exit, Failure
from waybilld.cli.place import Place
from waybilld_sdk.files.words import printable

if TYPE_CHECKING:
    from waybilld.store.seal import Seal
    from waybilld.store.sql import Runner

T = TypeVar("T")
TIMEOUT_S = 10.0
_SAID = "waybilld.cli.client.said"
_MOST_BYTES = 64 << 20


class NotRunning(Exception):
    """No daemon listens on the socket."""


class Refused(Exception):
    """The daemon answered with an error: what is wrong, and what to do."""

    def __init__(self, status: int, error: str, hint: str) -> None:
        # Advice that comes from a printer is a sentence of its own.
        super().__init__(f"{error.removesuffix('.')}: {hint}" if hint else error)
        self.status = status


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path: Path, timeout_s: float) -> None:
        super().__init__("localhost", timeout=timeout_s)
        self._path = path

    def connect(self) -> None:
        """Connect to the socket in place of a host."""
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self._path))


class Api:
    """Asks the daemon behind one Unix socket. Every call is a connection of its own.

    Raises `NotRunning`, `Refused` for an answer of 400 or more, `TimeoutError` and `OSError` as sockets do.
    """

    def __init__(self, path: Path, timeout_s: float = TIMEOUT_S) -> None:
        self._path = path
        self._timeout_s = timeout_s

    def get(self, path: str, query: Mapping[str, object] | None = None) -> Any:
        """The JSON at a path. None among the query's values leaves the name out."""
        return json.loads(self.get_bytes(path, query))

    def get_bytes(self, path: str, query: Mapping[str, object] | None = None) -> bytes:
        """The answer's bytes as they are."""
        given = {name: _text(value) for name, value in (query or {}).items() if value is not None}
        return self._ask("GET", f"{path}?{urlencode(given)}" if given else path)

    def post(self, path: str, body: Mapping[str, object] | None = None) -> Any:
        """Ask for a change; the JSON that comes back."""
        return json.loads(self._ask("POST", path, None if body is None else json.dumps(body)))

    def _ask(self, method: str, target: str, body: str | None = None) -> bytes:
        connection = _UnixConnection(self._path, self._timeout_s)
        try:
            try:
                connection.request(method, target, body)
            except (FileNotFoundError, ConnectionRefusedError) as e:
                raise NotRunning(f"nobody listens on {self._path}") from e
            try:
                answer = connection.getresponse()
                found = answer.read(_MOST_BYTES)
            except (http.client.HTTPException, ConnectionError) as e:
                raise NotRunning(f"the daemon ended while it was asked ({e})") from e
        finally:
            connection.close()
        if answer.status >= HTTPStatus.BAD_REQUEST:
            raise _refused(answer.status, found)
        return found


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _refused(status: int, body: bytes) -> Refused:
    try:
        told = json.loads(body)
        return Refused(status, str(told["error"]), str(told["hint"]))
    except (ValueError, KeyError, TypeError):
        return Refused(status, f"the daemon answered {status}", "look at its log")


_CODES = {
    HTTPStatus.NOT_FOUND: Exit.FINDINGS,
    HTTPStatus.CONFLICT: Exit.FINDINGS,
    HTTPStatus.GONE: Exit.FINDINGS,
    HTTPStatus.FORBIDDEN: Exit.NOT_RUNNING,
    HTTPStatus.PRECONDITION_REQUIRED: Exit.FINDINGS,
    HTTPStatus.UNPROCESSABLE_ENTITY: Exit.USAGE,
}
"""Exit codes of what the daemon refuses; of everything else it is "try later"."""


def asking(place: Place, ask: Callable[[Api], T], timeout_s: float = TIMEOUT_S) -> T:
    """Ask the running daemon. Raises `NotRunning`, and `Failure` for everything else that can go wrong."""
    try:
        return ask(Api(place.socket, timeout_s))
    except Refused as e:
        raise Failure(_CODES.get(HTTPStatus(e.status), Exit.TRY_LATER), printable(str(e))) from e
    except PermissionError as e:
        raise Failure(
            Exit.NOT_RUNNING, f"you may not use {place.socket}: join the group that owns it, or use the daemon's user"
        ) from e
    except TimeoutError as e:
        raise Failure(Exit.TRY_LATER, f"the daemon did not answer within {timeout_s:g} s: look at its log") from e
    except OSError as e:
        raise Failure(Exit.TRY_LATER, f"{place.socket}: {e.strerror or e}") from e


def reading(place: Place, ask: Callable[[Api], T], offline: Callable[[Runner, Seal | None], T]) -> T:
    """Ask the daemon; where none runs, read the database, and say so in one line on stderr. Raises `Failure`."""
    try:
        return asking(place, ask)
    except NotRunning:
        found = from_database(place, offline)
        say_stored(place)
        return found


def say_stored(place: Place) -> None:
    """Say once, on stderr, that what is shown was read from the database."""
    meta = click.get_current_context().meta
    if not meta.setdefault(_SAID, False):
        meta[_SAID] = True
        click.echo(f"the daemon is not running: this is what stands in {place.database}", err=True)


def from_database(place: Place, offline: Callable[[Runner, Seal | None], T]) -> T:
    """Run a query of `waybilld.store.queries` without a daemon. Raises `Failure` (69) where that cannot be."""
    from waybilld.store.offline import Unreadable, open_seal, read_once

    seal = open_seal(place.config.state)
    try:
        return read_once(place.database, lambda run: offline(run, seal))
    except Unreadable as e:
        raise Failure(Exit.NOT_RUNNING, f"the daemon is not running, and {e}; start it with {place.start}") from e


def changing(place: Place, ask: Callable[[Api], T], timeout_s: float = TIMEOUT_S) -> T:
    """Ask the daemon for what only it can do. Raises `Failure` (69) where none runs."""
    try:
        return asking(place, ask, timeout_s)
    except NotRunning as e:
        raise Failure(Exit.NOT_RUNNING, f"the daemon is not running: start it with {place.start}") from e
