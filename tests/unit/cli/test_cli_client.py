"""The client of the Unix socket: every way in which a daemon can answer, or not."""

from __future__ import annotations

import json
import re
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from waybilld.cli.client import Api, NotRunning, Refused
from waybilld.cli.exits import Exit
from waybilld.cli.main import run


class OneAnswer:
    """A listener that gives every caller the same bytes, and keeps what it was asked."""

    def __init__(self, path: Path) -> None:
        self.answer = b""
        self.asked: list[bytes] = []
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._socket.bind(str(path))
        self._socket.listen()
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            caller, _ = self._socket.accept()
            with caller:
                asked = caller.recv(65_536)
                while asked != b"stop" and _missing(asked):
                    asked += caller.recv(65_536)
                if asked == b"stop":
                    return
                self.asked.append(asked)
                caller.sendall(self.answer)

    def json(self, status: str, value: object) -> None:
        """Answer with JSON."""
        body = json.dumps(value).encode()
        self.answer = f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body

    def stop(self) -> None:
        """End the thread."""
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as caller:
            caller.connect(self._socket.getsockname())
            caller.sendall(b"stop")
        self._thread.join()
        self._socket.close()


def _missing(asked: bytes) -> bool:
    """Whether a request's body is still on its way."""
    head, _, body = asked.partition(b"\r\n\r\n")
    length = re.search(rb"(?i)content-length: (\d+)", head)
    return length is not None and len(body) < int(length[1])


@pytest.fixture
def peer(config: Path) -> Iterator[OneAnswer]:
    """Something that listens where the daemon would."""
    (config.parent / "rt").mkdir()
    found = OneAnswer(config.parent / "rt" / "api.sock")
    yield found
    found.stop()


def test_asks_with_quoted_queries(peer: OneAnswer, config: Path) -> None:
    """A shop's name with an ampersand must not become another parameter."""
    peer.json("200 OK", {"a": 1})
    api = Api(config.parent / "rt" / "api.sock")
    assert api.get("/x", {"shop": "a&b=中", "blocked": True, "none": None}) == {"a": 1}
    assert peer.asked[0].startswith(b"GET /x?shop=a%26b%3D%E4%B8%AD&blocked=true HTTP/1.1\r\n")
    assert api.post("/y") == {"a": 1}
    assert peer.asked[1].startswith(b"POST /y HTTP/1.1\r\n")


@pytest.mark.parametrize(
    ("status", "value", "code", "words"),
    [
        ("404 Not Found", {"error": "there is no such shipment", "hint": "look"}, Exit.FINDINGS, "no such shipment: look"),
        ("422 Unprocessable", {"error": "limit: too small", "hint": ""}, Exit.USAGE, "limit: too small"),
        ("500 Oh", {"error": "the daemon failed", "hint": "log\x1b[2J"}, Exit.TRY_LATER, r"log\x1b[2J"),
        ("500 Oh", ["no", "such", "shape"], Exit.TRY_LATER, "the daemon answered 500"),
    ],
)
def test_refusals_become_messages(
    peer: OneAnswer, capsys: pytest.CaptureFixture[str], status: str, value: object, code: Exit, words: str
) -> None:
    """The daemon's words reach the person, harmless for the terminal, with the right exit code."""
    peer.json(status, value)
    assert run(["shipments", "show", "1"]) == code
    assert words in capsys.readouterr().err


def test_a_daemon_that_dies_while_it_is_asked(peer: OneAnswer, capsys: pytest.CaptureFixture[str]) -> None:
    """The reading goes on from the database, as if it had not run."""
    peer.answer = b""
    assert run(["orders"]) == Exit.DONE
    seen = capsys.readouterr()
    assert "the daemon is not running" in seen.err
    assert "A-1" in seen.out


def test_a_daemon_that_does_not_answer(peer: OneAnswer, config: Path) -> None:
    """A command must not hang for ever behind a daemon that does."""
    path = config.parent / "rt" / "quiet.sock"
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as quiet:
        quiet.bind(str(path))
        quiet.listen()
        with pytest.raises(TimeoutError):
            Api(path, timeout_s=0.05).get("/x")


def test_nobody_there(config: Path) -> None:
    """No file, or the socket of a daemon that was killed: the same for whoever asks."""
    path = config.parent / "api.sock"
    with pytest.raises(NotRunning):
        Api(path).get("/x")
    socket_file = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    socket_file.bind(str(path))
    socket_file.close()
    with pytest.raises(NotRunning):
        Api(path).get("/x")


def test_refused_keeps_its_status(peer: OneAnswer, config: Path) -> None:
    """Callers of the client decide by the number."""
    peer.json("409 Conflict", {"error": "two of them", "hint": "name one"})
    with pytest.raises(Refused) as refused:
        Api(config.parent / "rt" / "api.sock").post("/x")
    assert (refused.value.status, str(refused.value)) == (409, "two of them: name one")
