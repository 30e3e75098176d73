"""Runs over the API: who may, who may not, and what is written down of both."""

from __future__ import annotations

import io
import json
from typing import Any

import pypdfium2
import pytest
from PIL import Image, ImageChops
from twisted.internet.defer import Deferred, fail

from unit.http.http_house import Daemon
from unit.store.store_house import CANARIES, PROVEN, order
from waybilld.core.runs import MOST_STOPS
from waybilld.http.values import HttpError, Peer, Response
from waybilld.services.runs import RunDesk
from waybilld.store import outcomes
from waybilld.store.engine import StoreUnavailable
from waybilld_labels.renderer import draw_shipped
from waybilld_sdk.errors import Retry
from waybilld_sdk.labels import LabelRequest, Page

MEI = Peer(4242, 7001, 7100)
IN_GROUP = Peer(4243, 7002, 7100, (7100, 7700))
OF_GROUP = Peer(4244, 7003, 7700)
ROOT = Peer(1, 0, 0)
STRANGER = Peer(4245, 7009, 7100, (7100,))
DOINGS = [
    ("GET", "/api/v1/runs/1/sheet.pdf", "see the sheet of run 1"),
    ("GET", "/api/v1/runs/1/sheet.png", "see the sheet of run 1"),
    ("POST", "/api/v1/runs", "open a run"),
    ("POST", "/api/v1/runs/1/close", "close run 1"),
]
ASKED = json.dumps({"name": "south", "shipments": [2]}).encode()


def journal(daemon: Daemon) -> list[tuple[str, dict[str, Any]]]:
    """What stands there of runs."""
    rows = daemon.house.rows("SELECT kind, body FROM journal WHERE kind LIKE 'run.%' ORDER BY seq")
    return [(kind, json.loads(body)["facts"]) for kind, body in rows]


def refused(daemon: Daemon, path: str, peer: Peer | None, method: str = "GET", content: bytes = b"") -> HttpError:
    """The error of a request."""
    with pytest.raises(HttpError) as raised:
        daemon.ask(path, method, content, peer)
    return raised.value


def body_of(path: str) -> bytes:
    """What a request to open a run carries."""
    return ASKED if path == "/api/v1/runs" else b""


@pytest.mark.parametrize("peer", [MEI, IN_GROUP, OF_GROUP, ROOT], ids=["user", "supplementary", "primary", "root"])
@pytest.mark.parametrize(("method", "path", "what"), DOINGS)
def test_dispatchers_may(daemon: Daemon, peer: Peer, method: str, path: str, what: str) -> None:
    """By user, by either kind of group, and root: a morning without the sheet is a morning without deliveries."""
    answer: Response = daemon.ask(path, method, body_of(path), peer)
    assert answer.status == 200
    kind, facts = journal(daemon)[-1]
    assert kind in {"run.shown", "run.opened", "run.closed"}
    assert (facts["uid"], facts["stops"]) == (peer.uid, 1)


@pytest.mark.parametrize(("method", "path", "what"), DOINGS)
def test_others_may_not_and_that_is_written_down(daemon: Daemon, method: str, path: str, what: str) -> None:
    """Whoever may use the socket sees masked names; all addresses of the day are another matter, and so is who tried."""
    before = journal(daemon)
    error = refused(daemon, path, STRANGER, method, body_of(path))
    assert (error.status, error.error) == (403, f"user id 7009 is no dispatcher, and may not {what}")
    assert "runs.dispatchers" in error.hint
    assert journal(daemon) == [*before, ("run.refused", {"what": what, "uid": 7009, "user": ""})]
    assert daemon.get("/api/v1/runs/1")["state"] == "open"


@pytest.mark.parametrize(("method", "path", "what"), DOINGS)
def test_nobody_is_let_in_unnamed(daemon: Daemon, method: str, path: str, what: str) -> None:
    """A listener without the kernel's word for who asks must never show an address."""
    assert refused(daemon, path, None, method, body_of(path)).status == 403


def test_anybody_may_list_and_nobody_reads_an_address_there(daemon: Daemon) -> None:
    """The packing station asks whether its parcels are on a run."""
    daemon.ask("/api/v1/runs/1/sheet.pdf", peer=MEI)
    (listed,) = daemon.get("/api/v1/runs")["runs"]
    shown = daemon.get("/api/v1/runs/1")
    assert (listed["stops"], listed["showings"], listed["opened_user"]) == (1, 1, "mei")
    assert [(one["uid"], one["user"]) for one in shown["shown_to"]] == [(7001, "")]
    assert not [canary for canary in CANARIES if canary in json.dumps([listed, shown, journal(daemon)])]


def drawing(daemon: Daemon, render: Any = draw_shipped) -> list[LabelRequest]:
    """Note what the renderer is asked for."""
    seen: list[LabelRequest] = []

    def noting(request: LabelRequest) -> tuple[Page, ...]:
        seen.append(request)
        pages: tuple[Page, ...] = render(request)
        return pages

    desk = daemon.app.runs
    daemon.app.runs = RunDesk(
        desk._store, desk._seal, desk._lender, noting, desk._languages, desk._dispatchers, desk._own_accounts
    )
    return seen


def test_the_sheet_is_drawn_unmasked_from_the_snapshot(daemon: Daemon) -> None:
    """What the driver reads is what was sealed when the run was opened, in full."""
    seen = drawing(daemon)
    daemon.ask("/api/v1/runs/1/sheet.pdf", peer=MEI)
    (request,) = seen
    (line,) = request.lines
    assert (request.kind, request.mask, request.batch, line.sku) == ("run", False, "north", "N000001")
    assert (line.consignee.name, line.consignee.street) == (CANARIES[0], CANARIES[3])


def long_run(daemon: Daemon, stops: int) -> int:
    """A run of many stops; its number."""
    house = daemon.house
    before = house.one("SELECT max(id) FROM shipment")
    house.until_rendered(*(order(f"L-{at}") for at in range(stops)))
    while (task := house.begin("zebra-2")) is not None:
        assert house.sent(task)
        house.do(lambda tx, task=task: outcomes.proven(tx, task, PROVEN, house.policies))  # type: ignore[misc]
    shipments = [row[0] for row in house.rows("SELECT id FROM shipment WHERE id > ? AND state = 'printed'", before)]
    assert len(shipments) == stops
    asked = json.dumps({"name": "long", "shipments": shipments}).encode()
    return int(json.loads(daemon.ask("/api/v1/runs", "POST", asked, MEI).body)["id"])


def test_pdf_and_pictures_are_the_same_pages(daemon: Daemon) -> None:
    """Whoever looks at the picture must see what the paper says, on every page."""
    number = long_run(daemon, 40)
    document = pypdfium2.PdfDocument(daemon.ask(f"/api/v1/runs/{number}/sheet.pdf", peer=MEI).body)
    assert len(document) > 1
    for at in range(len(document)):
        png = daemon.ask(f"/api/v1/runs/{number}/sheet.png", peer=MEI, page=at + 1)
        assert png.content_type == "image/png"
        with Image.open(io.BytesIO(png.body)) as picture:
            page = document[at].render(scale=300 / 72, grayscale=True).to_pil()
            assert page.size == picture.size
            assert ImageChops.difference(page, picture.convert("L")).getbbox() is None
    count = len(document)
    document.close()
    several = refused(daemon, f"/api/v1/runs/{number}/sheet.png", MEI)
    assert (several.status, f"has {count} pages and a PNG holds one" in several.error) == (409, True)
    with pytest.raises(HttpError, match=f"there is no page {count + 1}"):
        daemon.ask(f"/api/v1/runs/{number}/sheet.png", peer=MEI, page=count + 1)


def test_a_closed_run_is_gone(daemon: Daemon) -> None:
    """410 and what to do: "not found" would send people to look for it."""
    told = json.loads(daemon.ask("/api/v1/runs/1/close", "POST", b"", MEI).body)
    assert (told["state"], told["closed_uid"]) == ("closed", 7001)
    for method, path in (("GET", "/api/v1/runs/1/sheet.pdf"), ("POST", "/api/v1/runs/1/close")):
        error = refused(daemon, path, MEI, method)
        assert (error.status, "nobody can draw it again" in error.error) == (410, True)


@pytest.mark.parametrize("number", ["7", "x", "9" * 30])
def test_no_such_run(daemon: Daemon, number: str) -> None:
    """A mistyped number."""
    for method, path in (("GET", ""), ("GET", "/sheet.pdf"), ("POST", "/close")):
        assert refused(daemon, f"/api/v1/runs/{number}{path}", MEI, method).status == 404


def test_shipments_that_cannot_go_are_all_named(daemon: Daemon) -> None:
    """One message with everything that is in the way."""
    asked = json.dumps({"name": "south", "shipments": [1, 4, 99]}).encode()
    error = refused(daemon, "/api/v1/runs", MEI, "POST", asked)
    assert error.status == 409
    for words in ("shipment 1: it stands on run 1", "shipment 4: it is", "shipment 99: there is no"):
        assert words in error.error


@pytest.mark.parametrize(
    "asked",
    [
        {"name": "", "shipments": [2]},
        {"name": "a\nb", "shipments": [2]},
        {"name": " a", "shipments": [2]},
        {"name": "x" * 41, "shipments": [2]},
        {"name": "a", "shipments": []},
        {"name": "a", "shipments": ["2"]},
        {"name": "a", "shipments": [0]},
        {"name": "a", "shipments": list(range(1, MOST_STOPS + 2))},
        {"name": "a", "shipments": [2], "driver": "bo"},
    ],
)
def test_a_wrong_request_is_told_before_anything_happens(daemon: Daemon, asked: dict[str, object]) -> None:
    """A name with control characters would stand in the journal for ever."""
    assert refused(daemon, "/api/v1/runs", MEI, "POST", json.dumps(asked).encode()).status == 422


def test_without_a_journal_entry_there_is_no_sheet(daemon: Daemon) -> None:
    """On a full disk the showing cannot be written down: then nobody sees it."""
    daemon.store.answer = lambda _: fail(StoreUnavailable("the disk is full"))
    error = refused(daemon, "/api/v1/runs/1/sheet.pdf", MEI)
    assert (error.status, error.error) == (503, "the disk is full")
    assert refused(daemon, "/api/v1/runs/1/sheet.pdf", STRANGER).status == 503


def test_a_run_that_is_closed_while_it_is_drawn_is_not_shown(daemon: Daemon) -> None:
    """Two dispatchers: what one has shredded the other must not get a second later."""

    def closing(request: LabelRequest) -> tuple[Page, ...]:
        daemon.ask("/api/v1/runs/1/close", "POST", b"", MEI)
        return draw_shipped(request)

    drawing(daemon, closing)
    assert refused(daemon, "/api/v1/runs/1/sheet.pdf", MEI).status == 410
    assert daemon.get("/api/v1/runs/1")["showings"] == 0


def test_a_sheet_that_cannot_be_drawn_says_why(daemon: Daemon) -> None:
    """A template's mistake is the dispatcher's to hand on; of a bug only its place is told, never the address in it."""

    def broken(request: LabelRequest) -> tuple[Page, ...]:
        raise ValueError(request.lines[0].consignee.street)

    drawing(daemon, broken)
    error = refused(daemon, "/api/v1/runs/1/sheet.pdf", MEI)
    assert (error.status, "ValueError" in error.error) == (409, True)
    assert not [canary for canary in CANARIES if canary in error.error]
    daemon.app.runs._languages = {}
    assert "no enabled plugin makes a PDF" in refused(daemon, "/api/v1/runs/1/sheet.pdf", MEI).error


def test_a_name_service_that_does_not_answer_keeps_nobody_out(daemon: Daemon) -> None:
    """The kernel's numbers decide; the name is for people, and may come too late."""

    class Slow:
        def work(self, fn: Any, *args: Any, limits: Any) -> Deferred[Any]:
            return fail(Retry("too slow"))

    daemon.app.runs._lender = Slow()  # type: ignore[assignment]
    daemon.ask("/api/v1/runs", "POST", ASKED, MEI)
    assert journal(daemon)[-1][1]["user"] == ""
    assert refused(daemon, "/api/v1/runs/1/sheet.pdf", MEI).status == 503
