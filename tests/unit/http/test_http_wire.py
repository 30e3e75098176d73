"""HTTP on the wire, without sockets: bytes in, bytes out."""

from __future__ import annotations

import errno
import os
import socket
from typing import Any

import pytest
from twisted.internet.defer import Deferred
from twisted.internet.error import ConnectionDone
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport
from twisted.logger import LogEvent, globalLogPublisher
from twisted.python.failure import Failure

from unit.http.http_house import Daemon
from waybilld.http.app import App
from waybilld.http.values import BODY_LIMIT_BYTES, HttpError, Request, Response, json_response, text_response
from waybilld.http.wire import Peer, Site, peer_of


class Wire:
    """One connection to a site whose answer the test gives."""

    def __init__(self, daemon: Daemon) -> None:
        self.seen: list[Request] = []
        self.clock = Clock()
        self.waiting: Deferred[Response] | None = None
        self.transport = StringTransport()
        self.channel = Site(self.clock, daemon.app, self._answer).buildProtocol(None)
        self.channel.makeConnection(self.transport)

    async def _answer(self, _: App, request: Request) -> Response:
        self.seen.append(request)
        if request.path == "/bug":
            raise RuntimeError("kaputt")
        if request.path == "/no":
            raise HttpError(409, "twice", "once")
        if request.path == "/wait":
            self.waiting = Deferred()
            return await self.waiting
        return json_response({"path": request.path, "bytes": len(request.content), "q": dict(request.query)})

    def send(self, head: str, body: bytes = b"") -> bytes:
        """Send a request, and give what came back."""
        self.transport.clear()
        self.channel.dataReceived(head.replace("\n", "\r\n").encode("latin-1") + b"\r\n\r\n" + body)
        return self.transport.value()

    def close(self) -> None:
        """The client goes away."""
        self.channel.connectionLost(Failure(ConnectionDone()))
        for call in self.clock.getDelayedCalls():
            call.cancel()


@pytest.fixture
def wire(daemon: Daemon) -> Wire:
    return Wire(daemon)


def test_answer_carries_its_headers(wire: Wire) -> None:
    """nosniff and no-store on everything; no header that lets another site's script read."""
    head, _, body = wire.send("GET /a%2Fb?x=1&x=%E4%B8%AD HTTP/1.1\nHost: localhost").partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200 OK")
    assert b"X-Content-Type-Options: nosniff" in head
    assert b"Cache-Control: no-store" in head
    assert b"Access-Control" not in head
    assert body == b'{"path": "/a%2Fb", "bytes": 0, "q": {"x": "\xe4\xb8\xad"}}\n'
    assert f"Content-Length: {len(body)}".encode() in head
    wire.close()


def test_head_has_no_body(wire: Wire) -> None:
    """RFC 9110 section 9.3.2."""
    assert wire.send("HEAD /x HTTP/1.1\nHost: localhost").endswith(b"\r\n\r\n")
    wire.close()


def test_errors_are_json(wire: Wire) -> None:
    """The command line shows `error` and `hint`; a page of HTML would be of no use to it."""
    answer = wire.send("GET /no HTTP/1.1\nHost: localhost")
    assert answer.startswith(b"HTTP/1.1 409 Conflict")
    assert answer.endswith(b'{"error": "twice", "hint": "once"}\n')
    wire.close()


def test_a_bug_is_an_answer_and_a_traceback_in_the_log(wire: Wire) -> None:
    """The client learns nothing of the inside, the log everything."""
    logged: list[LogEvent] = []
    globalLogPublisher.addObserver(logged.append)
    try:
        answer = wire.send("GET /bug HTTP/1.1\nHost: localhost")
    finally:
        globalLogPublisher.removeObserver(logged.append)
    assert answer.startswith(b"HTTP/1.1 500")
    assert b"kaputt" not in answer
    assert any("kaputt" in str(event.get("log_failure")) for event in logged)
    wire.close()


@pytest.mark.parametrize("length", [0, 1, BODY_LIMIT_BYTES])
def test_bodies_up_to_the_limit(wire: Wire, length: int) -> None:
    """The limit itself is still allowed."""
    answer = wire.send(f"POST /x HTTP/1.1\nHost: a\nContent-Length: {length}", b"x" * length)
    assert f'"bytes": {length},'.encode() in answer
    wire.close()


def test_longer_bodies_are_refused_and_not_kept(wire: Wire) -> None:
    """Anybody who may use the socket could otherwise fill the daemon's memory or disk."""
    length = BODY_LIMIT_BYTES + 1
    assert wire.send(f"POST /x HTTP/1.1\nHost: a\nContent-Length: {length}", b"x" * length).startswith(b"HTTP/1.1 413")
    chunk = b"10000\r\n" + b"x" * 65_536 + b"\r\n"
    answer = wire.send("POST /x HTTP/1.1\nHost: a\nTransfer-Encoding: chunked", chunk * 20 + b"0\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 413")
    assert wire.seen == []
    wire.close()


def test_forms_are_bytes_like_everything_else(wire: Wire) -> None:
    """A multipart parser would be a needless way in, and could mix body fields into the query."""
    head = "POST /x HTTP/1.1\nHost: a\nContent-Type: application/x-www-form-urlencoded\nContent-Length: 3"
    assert b'"bytes": 3, "q": {}' in wire.send(head, b"a=1")
    wire.close()


def test_a_client_that_goes_away_ends_its_question(wire: Wire) -> None:
    """Nothing is written to a connection that is gone, and nothing is left waiting for it."""
    assert wire.send("GET /wait HTTP/1.1\nHost: a") == b""
    assert wire.waiting is not None
    wire.close()
    assert wire.waiting.called
    assert wire.transport.value() == b""


def test_the_kernel_says_who_asks() -> None:
    """Changes are logged with who made them; a header that says so could be forged."""
    ours, theirs = socket.socketpair(socket.AF_UNIX)
    with ours, theirs:
        transport = type("Transport", (), {"getHandle": lambda self: ours})()
        assert peer_of(transport) == Peer(os.getpid(), os.getuid(), os.getgid(), tuple(os.getgroups()))
    with socket.socket() as tcp:
        assert peer_of(type("Transport", (), {"getHandle": lambda self: tcp})()) is None
    assert peer_of(object()) is None


class Popular(socket.socket):
    """A peer whose groups cannot be had."""

    error = 0

    def getsockopt(self, *asked: Any) -> Any:
        """As socket(7)."""
        if asked[1] == 59:
            raise OSError(self.error, "of the kernel")
        return super().getsockopt(*asked)


@pytest.mark.parametrize(("error", "told"), [(errno.ERANGE, ()), (errno.ENOTCONN, None)])
def test_groups_that_have_no_room_give_no_right(error: int, told: tuple[int, ...] | None) -> None:
    """A right must never be given by mistake; and any other failure is no reason to guess."""
    ours, theirs = socket.socketpair(socket.AF_UNIX)
    with Popular(fileno=ours.detach()) as popular, theirs:
        popular.error = error
        transport = type("Transport", (), {"getHandle": lambda self: popular})()
        if told is None:
            with pytest.raises(OSError, match="of the kernel"):
                peer_of(transport)
        else:
            assert peer_of(transport) == Peer(os.getpid(), os.getuid(), os.getgid(), told)


def test_lone_surrogates_do_not_break_an_answer() -> None:
    """JSON may hold them as escapes, UTF-8 may not."""
    assert json_response({"a": "\ud800"}).body == b'{"a": "\\ud800"}\n'
    assert text_response("ok").body == b"ok\n"


@pytest.mark.parametrize(
    "form", ["multipart/form-data; boundary=\xff", "multipart/form-data; boundary=b", "application/x-www-form-urlencoded"]
)
def test_a_form_is_not_taken_apart(wire: Wire, form: str) -> None:
    """A megabyte of form fields, which any web page may post to a loopback port, held the loop for a second."""
    body = b'--b\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n' * 3 + b"--b--\r\n"
    answer = wire.send(f"POST /x HTTP/1.1\nHost: h\nContent-Type: {form}\nContent-Length: {len(body)}", body)
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert wire.seen[0].content == body
    wire.close()
