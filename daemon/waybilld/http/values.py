"""What handlers take and give: plain values, so that they can be called without a socket."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, TypeVar

from pydantic import BaseModel

M = TypeVar("M", bound=BaseModel)

JSON = "application/json"
TEXT = "text/plain; charset=utf-8"
BODY_LIMIT_BYTES = 1 << 20
"""A longer request body is refused before it is read."""


@dataclass(frozen=True, slots=True)
class Peer:
    """The process at the other end of the Unix socket, as the kernel vouches for it (SO_PEERCRED, unix(7)). `groups` are its
    supplementary groups."""

    pid: int
    uid: int
    gid: int
    groups: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Request:
    """One request. `params` are the path's `{…}`, `query` the query string's pairs, the last of a repeated name winning.

    `host` is the Host header; `peer` is None on TCP. `filters` and `body` are what the route's models made of query and
    body, None for a route without them.
    """

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    params: Mapping[str, str] = field(default_factory=dict)
    content: bytes = b""
    host: str = ""
    peer: Peer | None = None
    filters: BaseModel | None = None
    body: BaseModel | None = None

    def filters_as(self, model: type[M]) -> M:
        """The query as the model that the route declares for it."""
        if not isinstance(self.filters, model):
            raise TypeError(f"the route of {self.path} declares no {model.__name__}")
        return self.filters

    def body_as(self, model: type[M]) -> M:
        """The body as the model that the route declares for it."""
        if not isinstance(self.body, model):
            raise TypeError(f"the route of {self.path} declares no {model.__name__}")
        return self.body

    def asker(self) -> Peer:
        """Who asks. Raises `HttpError` where the kernel vouches for nobody, as over TCP."""
        if self.peer is None:
            raise HttpError(HTTPStatus.FORBIDDEN, "nobody can say who asks", "ask over the Unix socket")
        return self.peer


_ROW_DIGITS = 18
"""More digits than any row's number has; what has more is none."""


def row_number(text: str) -> int | None:
    """A row's number in a path; None for what can be none."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= _ROW_DIGITS else None


@dataclass(frozen=True, slots=True)
class Response:
    """One answer. Give `json_response` plain values, or build bytes of another type here."""

    body: bytes
    content_type: str = JSON
    status: int = HTTPStatus.OK
    headers: Mapping[str, str] = field(default_factory=dict)


class HttpError(Exception):
    """Ends a request: `error` says what is wrong, `hint` what to do; both go to the client as JSON."""

    def __init__(self, status: int, error: str, hint: str = "", headers: Mapping[str, str] | None = None) -> None:
        super().__init__(error)
        self.status = status
        self.error = error
        self.hint = hint
        self.headers = headers or {}

    def response(self) -> Response:
        """The answer that carries it."""
        return json_response({"error": self.error, "hint": self.hint}, self.status, self.headers)


def json_response(value: Any, status: int = HTTPStatus.OK, headers: Mapping[str, str] | None = None) -> Response:
    """Plain values as JSON. Lone surrogates, which a marketplace may send, become escapes that JSON allows."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False)
    try:
        body = text.encode()
    except UnicodeEncodeError:
        body = json.dumps(value, ensure_ascii=True, allow_nan=False).encode()
    return Response(body + b"\n", JSON, status, headers or {})


def text_response(text: str, status: int = HTTPStatus.OK) -> Response:
    """One line for people and probes."""
    return Response(f"{text}\n".encode(), TEXT, status)
