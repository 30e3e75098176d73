"""What handlers answer alike: rows that people name by their number, and errors that desks raise."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from waybilld.http.app import App
from waybilld.http.values import HttpError, Request, Response, json_response, row_number
from waybilld.store.engine import StoreUnavailable
from waybilld.store.sql import Runner

Answers = Mapping[type[Exception], tuple[HTTPStatus, str]]
"""Status and hint by the kind of error, whose own message says what is wrong; the first kind that fits holds."""


@contextmanager
def refusals(answers: Answers) -> Iterator[None]:
    """What is raised inside, as `HttpError`; what `answers` does not name goes on as it is."""
    try:
        yield
    except tuple(answers) as e:
        status, hint = next(answer for kind, answer in answers.items() if isinstance(e, kind))
        raise HttpError(status, str(e), hint) from e


def unwritten(what: str = "") -> Answers:
    """The answer where the database takes nothing; `what` follows from that, such as that nothing was written."""
    mend = "free space on the disk, then ask again"
    return {StoreUnavailable: (HTTPStatus.SERVICE_UNAVAILABLE, f"{what}: {mend}" if what else mend)}


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows of a kind, each named by its number in a path's `{id}`; `hint` says where people find those numbers."""

    what: str
    hint: str

    def number(self, request: Request) -> int:
        """The number. Raises `HttpError` for what can be none."""
        number = row_number(request.params["id"])
        if number is None:
            raise self.missing()
        return number

    def missing(self) -> HttpError:
        """The answer where there is none of that number."""
        return HttpError(HTTPStatus.NOT_FOUND, f"there is no such {self.what}", self.hint)

    async def whole(self, app: App, number: int, query: Callable[[Runner, int], Any]) -> Response:
        """All about one, as `query` reads it. Raises `HttpError` where there is none."""
        found = await app.store.read(lambda run: query(run, number))
        if found is None:
            raise self.missing()
        return json_response(found)
