"""The router: what finds a handler, what is refused, and with which words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unit.http.http_house import Daemon, now
from waybilld.http import table
from waybilld.http.app import App
from waybilld.http.asked import Strict
from waybilld.http.router import Route, Router
from waybilld.http.routes import ROUTES
from waybilld.http.table import ENDPOINTS
from waybilld.http.values import HttpError, Request, Response, text_response


def test_every_entry_has_its_handler_in_order() -> None:
    """A path that the reference promises and nobody answers would be found by a customer."""
    assert tuple(route.endpoint for route in ROUTES) == ENDPOINTS
    assert len({(e.method, e.path) for e in ENDPOINTS}) == len({e.name for e in ENDPOINTS}) == len(ENDPOINTS)


@pytest.mark.parametrize(
    ("method", "path", "query", "status", "word"),
    [
        ("GET", "/api/v1/nothing", {}, 404, "nothing at this path"),
        ("GET", "/", {}, 404, "nothing at this path"),
        ("GET", "/api/v1/orders/a/b/c", {}, 404, "nothing at this path"),
        ("POST", "/api/v1/orders", {}, 405, "POST"),
        ("GET", "/api/v1/plugins/x/release", {}, 405, "GET"),
        ("GET", "/api/v1/status", {"x": "1"}, 400, "takes no query"),
        ("GET", "/api/v1/orders", {"limit": "0", "state": "lost-it", "shp": "a"}, 422, "limit"),
        ("GET", "/api/v1/orders", {"limit": "ten"}, 422, "limit"),
        ("GET", "/api/v1/orders", {"after": "99999999999999999999"}, 422, "after"),
        ("GET", "/api/v1/orders", {"blocked": "maybe"}, 422, "blocked"),
        ("GET", "/api/v1/shipments/abc", {}, 404, "no such shipment"),
        ("GET", "/api/v1/shipments/9999999999999999999999", {}, 404, "no such shipment"),
        ("GET", "/api/v1/shipments/4242", {}, 404, "no such shipment"),
        ("GET", "/api/v1/orders/shop/none", {}, 404, "no such order"),
    ],
)
def test_refusals(daemon: Daemon, method: str, path: str, query: dict[str, str], status: int, word: str) -> None:
    """Every wrong request gets its own code and words; none reaches a handler or the database."""
    with pytest.raises(HttpError) as refused:
        daemon.ask(path, method, **query)
    assert refused.value.status == status
    assert word in refused.value.error


def test_all_mistakes_of_a_query_at_once(daemon: Daemon) -> None:
    """Somebody who writes a script should not have to find them one by one, and nothing sent is sent back."""
    with pytest.raises(HttpError) as refused:
        daemon.ask("/api/v1/orders", limit="0", state="elsewhere", nonsense="secret-value")
    for name in ("limit", "state", "nonsense"):
        assert name in refused.value.error
    assert "secret-value" not in refused.value.error


def test_a_body_nobody_asked_for_is_refused(daemon: Daemon) -> None:
    """Ignoring it would let a client believe that it changed something."""
    with pytest.raises(HttpError) as refused:
        daemon.ask("/api/v1/plugins/printer.zebra-1/release", "POST", content=b"{}")
    assert refused.value.status == 400


def test_allowed_methods_are_told(daemon: Daemon) -> None:
    """RFC 9110 section 15.5.6: a 405 names what is allowed."""
    with pytest.raises(HttpError) as refused:
        daemon.ask("/healthz", "DELETE")
    assert refused.value.response().headers == {"Allow": "GET"}


class Wanted(Strict):
    """A body for the test."""

    count: int


async def _echo(_: App, request: Request) -> Response:
    assert isinstance(request.body, Wanted)
    return text_response(str(request.body.count))


def test_bodies_are_checked_strictly(daemon: Daemon) -> None:
    """A number in quotes is a mistake, not a number: silently corrected input hides the client's bug."""
    router = Router([Route(table.Endpoint("echo", "POST", "/echo", "text/plain", "", body=Wanted), _echo)])

    def ask(content: bytes) -> Response:
        response: Response = now(router.dispatch(daemon.app, Request("POST", "/echo", content=content)))
        return response

    assert ask(b'{"count": 3}').body == b"3\n"
    for wrong in (b'{"count": "3"}', b'{"count": 3, "more": 1}', b"[]", b"{", b"", b"\xff"):
        with pytest.raises(HttpError) as refused:
            ask(wrong)
        assert refused.value.status == 422


@given(st.text(min_size=1), st.text(min_size=1))
def test_paths_come_back_as_they_were_given(shop: str, number: str) -> None:
    """Order numbers hold slashes, percent signs and Chinese; each must find its own order and no other."""
    seen: list[dict[str, str]] = []

    async def keep(_: App, request: Request) -> Response:
        seen.append(dict(request.params))
        return text_response("")

    shop, number = (text.encode("utf-8", "replace").decode() for text in (shop, number))
    path = table.ORDER.url(shop=shop, external_id=number)
    assert path.isascii()
    router = Router([Route(table.ORDER, keep)])
    now(router.dispatch(None, Request("GET", path)))  # type: ignore[arg-type]
    assert seen == [{"shop": shop, "external_id": number}]


@given(st.text(), st.dictionaries(st.text(), st.text(), max_size=3))
def test_any_path_ends_in_an_answer_or_a_refusal(path: str, query: dict[str, str]) -> None:
    """A path that makes the router itself raise would be a traceback in the log for every scanner."""
    router = Router([])
    with pytest.raises(HttpError):
        now(router.dispatch(None, Request("GET", path, query)))  # type: ignore[arg-type]
