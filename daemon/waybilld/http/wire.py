"""Between twisted.web and the handlers: reads a request into a value, writes the answer, and keeps both bounded."""

from __future__ import annotations

import errno
import socket
import struct
from http import HTTPStatus
from typing import Any, Protocol
from urllib.parse import parse_qsl

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IDelayedCall, IReactorTime
from twisted.logger import Logger
from twisted.web import http

from waybilld.http.app import App
from waybilld.http.values import BODY_LIMIT_BYTES, HttpError, Peer, Request, Response

log = Logger()
_UCRED = struct.Struct("3i")
"""`struct ucred` on Linux: pid, uid, gid (unix(7), SO_PEERCRED)."""
_SO_PEERGROUPS = 59
"""Linux 4.13, asm-generic/socket.h; Python has no name for it."""
_GID = struct.Struct("I")
_MOST_GROUPS = 256
"""What Python's getsockopt has room for: 1024 bytes."""

_BUG = HttpError(
    HTTPStatus.INTERNAL_SERVER_ERROR, "the daemon failed to answer", "its log says why: please report the traceback there"
)
_TOO_LARGE = HttpError(
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"the body is larger than {BODY_LIMIT_BYTES} bytes", "send less at once"
)


MOST_CONNECTIONS = 64
"""Connections that one listener holds at a time: the others' descriptors are needed for printers and the database."""

LIFETIME_S = 60.0
"""Seconds that one connection may last."""


class Answer(Protocol):
    """What a site does with a request. Raises `HttpError`."""

    async def __call__(self, app: App, request: Request) -> Response: ...


class Exchange(http.Request):
    """One request as twisted.web reads it. A body over the limit is dropped as it arrives, and refused."""

    app: App
    answer: Answer

    def gotLength(self, length: int | None) -> None:
        """The body's length is known, or will show."""
        self._taken = 0
        super().gotLength(0 if length is None else min(length, BODY_LIMIT_BYTES))  # type: ignore[no-untyped-call]

    def handleContentChunk(self, data: bytes) -> None:
        """A piece of the body."""
        self._taken += len(data)
        if self._taken <= BODY_LIMIT_BYTES:
            super().handleContentChunk(data)  # type: ignore[no-untyped-call]

    def requestReceived(self, command: bytes, path: bytes, version: bytes) -> None:
        """All of it came. Nobody here takes forms, but twisted.web would take one apart: a whole second for a megabyte."""
        self.requestHeaders.removeHeader(b"content-type")
        super().requestReceived(command, path, version)  # type: ignore[no-untyped-call]

    def process(self) -> None:
        """The whole request is here."""
        running: Deferred[None] = Deferred.fromCoroutine(self._serve())
        # A client that goes away ends its question. `notifyFinish` fails then; cancelling twice is harmless.
        self.notifyFinish().addErrback(lambda _: running.cancel())
        running.addErrback(lambda f: log.failure("an answer could not be written", f) if self._alive() else None)

    def _alive(self) -> bool:
        return not (self.finished or self._disconnected)

    async def _serve(self) -> None:
        try:
            if self._taken > BODY_LIMIT_BYTES:
                raise _TOO_LARGE
            response = await self.answer(self.app, self._request())
        except HttpError as e:
            response = e.response()
        except Exception:  # noqa: BLE001 - said with its traceback: this is our bug
            log.failure("{method} {path} failed", method=_text(self.method), path=_text(self.path))
            response = _BUG.response()
        if self._alive():
            self._write(response)

    def _request(self) -> Request:
        # Not `self.args`: twisted.web mixes a form in the body into it.
        query = dict(parse_qsl(_text(self.uri.partition(b"?")[2]), keep_blank_values=True))
        content = self.content.read() if self.content is not None else b""
        host = _text(self.getHeader(b"host") or b"")
        return Request(_text(self.method), _text(self.path), query, {}, content, host, peer_of(self.channel.transport))

    def _write(self, response: Response) -> None:
        untyped: Any = self
        untyped.setResponseCode(response.status, HTTPStatus(response.status).phrase.encode("ascii"))
        headers = {
            "Content-Type": response.content_type,
            "Content-Length": str(len(response.body)),
            "X-Content-Type-Options": "nosniff",
            "Cache-Control": "no-store",
            **response.headers,
        }
        for name, value in headers.items():
            untyped.setHeader(name.encode("ascii"), value.encode("ascii"))
        if self.method != b"HEAD":
            untyped.write(response.body)
        untyped.finish()


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")


def peer_of(transport: Any) -> Peer | None:
    """Who is at the other end of a Unix socket; None for any other transport."""
    handle = transport.getHandle() if hasattr(transport, "getHandle") else None
    if not isinstance(handle, socket.socket) or handle.family != socket.AF_UNIX:
        return None
    pid, uid, gid = _UCRED.unpack(handle.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _UCRED.size))
    return Peer(pid, uid, gid, _groups(handle))


def _groups(handle: socket.socket) -> tuple[int, ...]:
    """The peer's supplementary groups. None where it has more than fit (ERANGE): then a right that rests on one of them is
    missing, and never given by mistake."""
    try:
        found = handle.getsockopt(socket.SOL_SOCKET, _SO_PEERGROUPS, _MOST_GROUPS * _GID.size)
    except OSError as e:
        if e.errno != errno.ERANGE:
            raise
        return ()
    return tuple([gid for (gid,) in _GID.iter_unpack(found)])


class Site(http.HTTPFactory):
    """A listener's factory: every request goes to `answer`.

    Nothing is written for each request: readings are counted by metrics, changes say themselves in the journal. So
    twisted.web's own access log, which dates by the reactor's clock, is left out with its timer.
    """

    noisy = False

    def __init__(self, reactor: IReactorTime, app: App, answer: Answer) -> None:
        super().__init__(reactor=reactor)
        self._clock = reactor
        self._open = 0
        self._exchange = type("BoundExchange", (Exchange,), {"app": app, "answer": staticmethod(answer)})

    def buildProtocol(self, addr: Any) -> Any:
        """A channel for one connection; None, which closes it at once, while too many are open.

        A connection ends after its lifetime, whatever trickles in: twisted.web's own time-out starts anew with each byte.
        """
        if self._open >= MOST_CONNECTIONS:
            return None
        channel: Any = super().buildProtocol(addr)
        channel.requestFactory = self._exchange
        self._open += 1
        self._bound(channel)
        return channel

    def _bound(self, channel: Any) -> None:
        """End the channel's connection after its lifetime, and count it out when it is gone."""
        made, lost = channel.makeConnection, channel.connectionLost
        timer: list[IDelayedCall] = []

        def connected(transport: Any) -> None:
            timer.append(self._clock.callLater(LIFETIME_S, transport.loseConnection))
            made(transport)

        def gone(reason: Any) -> None:
            self._open -= 1
            if timer and timer[0].active():
                timer[0].cancel()
            lost(reason)

        channel.makeConnection, channel.connectionLost = connected, gone

    def startFactory(self) -> None:
        """No access log, no timer."""

    def stopFactory(self) -> None:
        """Nothing was opened."""

    def log(self, request: http.Request) -> None:
        """See the class."""
