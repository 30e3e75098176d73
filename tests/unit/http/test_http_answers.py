"""What handlers answer alike."""

from __future__ import annotations

from http import HTTPStatus

import pytest

from unit.http.http_house import Daemon, now
from waybilld.http.handlers.answers import Answers, Rows, refusals, unwritten
from waybilld.http.values import HttpError, Peer, Request
from waybilld.store.engine import StoreUnavailable

RUNS = Rows("run", "look at `waybilld runs` for their numbers")
ANSWERS: Answers = {
    KeyError: (HTTPStatus.NOT_FOUND, "look"),
    LookupError: (HTTPStatus.CONFLICT, "wait"),
    **unwritten("nothing was done"),
}


@pytest.mark.parametrize(
    ("raised", "status", "hint"),
    [
        (KeyError("x"), 404, "look"),
        (IndexError("x"), 409, "wait"),
        (StoreUnavailable("x"), 503, "nothing was done: free space on the disk, then ask again"),
    ],
)
def test_an_error_has_its_status_and_its_own_words(raised: Exception, status: int, hint: str) -> None:
    """The first kind that fits: one that is more special stands before."""
    with pytest.raises(HttpError) as told, refusals(ANSWERS):
        raise raised
    assert (told.value.status, told.value.error, told.value.hint) == (status, str(raised), hint)
    assert told.value.__cause__ is raised


def test_what_is_not_named_is_a_bug_and_goes_on() -> None:
    """An answer for it would hide it; one that is an answer already stays as it is."""
    for other in (ZeroDivisionError(), HttpError(403, "no")):
        with pytest.raises(type(other)) as told, refusals(ANSWERS):
            raise other
        assert told.value is other


@pytest.mark.parametrize("number", ["0x1", "-1", "1" * 19, "١", "", "1.0"])
def test_what_is_no_number_names_no_row(number: str) -> None:
    """It must not reach the database, nor be an internal error."""
    with pytest.raises(HttpError) as told:
        RUNS.number(Request("GET", "/", params={"id": number}))
    assert (told.value.status, told.value.error, told.value.hint) == (404, "there is no such run", RUNS.hint)


def test_one_is_shown_whole_or_is_missing(daemon: Daemon) -> None:
    """Where there is none, the hint says where there are some."""
    assert now(RUNS.whole(daemon.app, 7, lambda _, number: {"id": number})).body == b'{"id": 7}\n'
    with pytest.raises(HttpError) as told:
        now(RUNS.whole(daemon.app, 7, lambda *_: None))
    assert told.value.status == 404


def test_over_tcp_nobody_asks() -> None:
    """A change without a name behind it is nobody's word."""
    assert Request("GET", "/", peer=Peer(1, 2, 3)).asker().uid == 2
    with pytest.raises(HttpError) as told:
        Request("GET", "/").asker()
    assert told.value.status == 403
