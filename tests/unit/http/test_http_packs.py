"""Packs over the API: made, given, told back; and what is refused."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
from PIL import Image, ImageChops
from twisted.internet.defer import fail

from unit.http.http_house import Daemon, daemon_over
from unit.store.store_house import CANARIES, House, order
from waybilld.core.packs import MOST_ITEMS
from waybilld.http import opening
from waybilld.http.shapes import PrinterRow
from waybilld.http.values import HttpError, Peer
from waybilld.store import pages
from waybilld.store.engine import FILE, StoreUnavailable
from waybilld.store.migrate import upgrade
from waybilld_labels.renderer import draw_shipped
from waybilld_sdk.errors import Retry
from waybilld_sdk.labels import LabelRequest, Page

ADA = Peer(4242, 7002, 7100)


def drawn(at: int) -> Page:
    """A label that can really be drawn."""
    return draw_shipped(LabelRequest("test", 8.0, (100.0, 150.0), serial=f"T{at:07d}.1"))[0]


@pytest.fixture(scope="session")
def waiting_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database in which three labels wait."""
    folder = tmp_path_factory.mktemp("packs")
    upgrade(folder / FILE)
    house, keep = House(folder), pages.Rendered
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            "unit.store.store_house.Rendered",
            lambda variant, page, documents: keep(variant, replace(drawn(1), key=page.key), documents),
        )
        house.until_rendered(order("A-1"), order("A-2"), order("A-3"))
    house.close()
    return house.path


@pytest.fixture
def daemon(tmp_path: Path, waiting_database: Path) -> Iterator[Daemon]:
    """A daemon over it."""
    found = daemon_over(tmp_path, waiting_database)
    yield found
    found.house.close()


def post(daemon: Daemon, path: str, body: dict[str, Any], peer: Peer | None = ADA) -> Any:
    """The JSON that comes of a change."""
    return json.loads(daemon.ask(path, "POST", json.dumps(body).encode(), peer).body)


def make(daemon: Daemon, **body: Any) -> Any:
    """A pack."""
    return post(daemon, "/api/v1/packs", {"pool": "pool", **body})


def refused(daemon: Daemon, path: str, body: dict[str, Any] | None = None, peer: Peer | None = ADA) -> HttpError:
    """The error of a request."""
    content = b"" if body is None else json.dumps(body).encode()
    with pytest.raises(HttpError) as raised:
        daemon.ask(path, "GET" if body is None else "POST", content, peer)
    return raised.value


def test_a_pack_is_a_sheet_and_the_very_labels_with_their_numbers(daemon: Daemon) -> None:
    """Promise 10 holds for paper that people print, too; and the strip below says which line of the sheet it is."""
    made = make(daemon, most=2)
    assert (made["pack"]["labels"], made["pack"]["open"], made["left"]) == (2, 2, [])
    answer = daemon.ask("/api/v1/packs/1/pack.pdf", peer=ADA)
    assert answer.content_type == "application/pdf"
    document = pypdfium2.PdfDocument(answer.body)
    sizes = [tuple(round(side * 25.4 / 72) for side in page.get_size()) for page in document]
    assert sizes == [(210, 297), (100, 162), (100, 162)]
    seen = [page.render(scale=8 * 25.4 / 72, grayscale=True).to_pil() for page in document]
    document.close()
    with Image.open(io.BytesIO(drawn(1).png)) as label:
        for page in seen[1:]:
            assert ImageChops.difference(page.crop((0, 0, *label.size)), label.convert("L")).getbbox() is None
    strips = [page.crop((0, 1200, 800, 1296)) for page in seen[1:]]
    assert ImageChops.difference(*strips).getbbox() is not None


def test_the_same_bytes_until_something_is_settled_then_the_rest(daemon: Daemon) -> None:
    """Who loses the file prints it again; who has told of a label cannot get it out of the pack a second time."""
    make(daemon)
    first = daemon.ask("/api/v1/packs/1/pack.pdf", peer=ADA).body
    assert daemon.ask("/api/v1/packs/1/pack.pdf", peer=ADA).body == first
    post(daemon, "/api/v1/packs/1/settle", {"printed": "2"})
    document = pypdfium2.PdfDocument(daemon.ask("/api/v1/packs/1/pack.pdf", peer=ADA).body)
    assert len(document) == 3
    document.close()
    told = daemon.get("/api/v1/packs/1")
    assert [item["state"] for item in told["items"]] == ["open", "printed", "open"]
    assert [(one["uid"], told["showings"]) for one in told["shown_to"]] == [(7002, 3)] * 3
    assert daemon.get("/api/v1/packs")["packs"][0]["printed"] == 1
    assert not any(canary in json.dumps(told) for canary in CANARIES)


def test_who_asks_stands_in_the_journal(daemon: Daemon) -> None:
    """A label on paper is personal data: who took it must be found afterwards. Nobody, nothing."""
    for path, body in (("/api/v1/packs", {"pool": "pool"}), ("/api/v1/packs/1/settle", {"printed": "1"})):
        assert refused(daemon, path, body, None).status == 403
    make(daemon)
    assert refused(daemon, "/api/v1/packs/1/pack.pdf", peer=None).status == 403
    daemon.ask("/api/v1/packs/1/pack.pdf", peer=ADA)
    entries = [e for e in daemon.get("/api/v1/journal")["entries"] if e["kind"] in ("pack.made", "pack.shown")]
    assert [(e["kind"], e["facts"]["uid"]) for e in entries] == [("pack.made", 7002), ("pack.shown", 7002)]
    assert entries[0]["text"].startswith("pack 1 made of 3 labels of pool pool by user")


def test_a_sheet_that_does_not_add_up_is_refused_with_what_is_wrong(daemon: Daemon) -> None:
    """The person with the sheet must read which line to look at again."""
    make(daemon)
    error = refused(daemon, "/api/v1/packs/1/settle", {"printed": "1-2", "spoiled": "2,9"})
    assert error.status == 422
    assert "number 2 is named as printed and as spoiled" in str(error)
    assert "the pack has the numbers 1 to 3, and no 9" in str(error)
    assert daemon.get("/api/v1/packs/1")["open"] == 3


def test_what_is_not_there_and_what_is_over(daemon: Daemon) -> None:
    """Each refusal has its own code, which the command line turns into its own exit."""
    assert refused(daemon, "/api/v1/packs/1").status == 404
    assert refused(daemon, "/api/v1/packs/x").status == 404
    assert refused(daemon, "/api/v1/packs/1/pack.pdf").status == 404
    assert refused(daemon, "/api/v1/packs/1/settle", {"printed": "1"}).status == 404
    assert refused(daemon, "/api/v1/packs", {"pool": "elsewhere"}).hint == "the configuration has pool"
    assert refused(daemon, "/api/v1/packs", {"pool": "pool", "most": MOST_ITEMS + 1}).status == 422
    make(daemon)
    assert make(daemon) == {"pack": None, "left": []}
    assert post(daemon, "/api/v1/packs/1/settle", {"printed": "all"})["state"] == "closed"
    assert refused(daemon, "/api/v1/packs/1/pack.pdf").status == 410


def test_without_a_file_no_label_leaves_the_spool(daemon: Daemon) -> None:
    """Where no plugin binds a PDF, a pack would only take labels away from the printers."""
    daemon.languages.clear()
    assert refused(daemon, "/api/v1/packs", {"pool": "pool"}).status == 409
    assert daemon.house.rows("SELECT state FROM job WHERE kind = 'print'") == [("ready",)] * 3


def test_a_file_that_cannot_be_written_down_is_not_given(daemon: Daemon) -> None:
    """Disk full: better no paper than paper of which nobody knows."""
    make(daemon)
    daemon.store.answer = lambda _: fail(StoreUnavailable("the disk is full"))
    assert refused(daemon, "/api/v1/packs/1/pack.pdf").status == 503


def test_a_renderer_that_cannot_draw_the_sheet_leaves_the_pack_to_be_settled(daemon: Daemon) -> None:
    """It has no template of that kind, or a bug: the labels go back by `--unused all`."""
    make(daemon)

    def clumsy(request: LabelRequest) -> tuple[Page, ...]:
        raise Retry("no template") if request.kind == "pack" else ZeroDivisionError

    daemon.app.packs._render = clumsy
    assert (error := refused(daemon, "/api/v1/packs/1/pack.pdf")).status == 409
    assert (str(error), error.hint.endswith("waybilld packs settle 1 --unused all")) == ("no template", True)
    assert post(daemon, "/api/v1/packs/1/settle", {"unused": "all"})["unused"] == 3
    assert daemon.house.rows("SELECT state FROM job WHERE kind = 'print'") == [("ready",)] * 3


def row(state: str, queue: int) -> PrinterRow:
    """A printer of the pool `bench`."""
    return {
        "name": "one",
        "place": "",
        "pool": "bench",
        "backs": [],
        "language": "zpl",
        "mode": "open",
        "told": "",
        "unconfirmed": "hold",
        "state": state,
        "reasons": ["connecting-to-device"] if state == "unknown" else [],
        "advice": "",
        "model": "",
        "serial": "",
        "odometer": None,
        "queue": queue,
        "has": None,
        "drained": False,
        "roll_labels": None,
        "notes": [],
        "label_seconds": None,
        "quarantined": "",
        "outcomes": {},
        "last": None,
    }


@pytest.mark.parametrize(
    ("state", "queue", "said"),
    [
        ("idle", 3, None),
        ("unknown", 0, "no printer works"),
        ("stopped", 1, "no printer works, and 1 label waits"),
        ("unknown", 3, "no printer works, and 3 labels wait"),
    ],
)
def test_the_check_says_when_to_make_a_pack(state: str, queue: int, said: str | None) -> None:
    """Nobody looks into a manual in the hour in which every printer is down."""
    found = [one for one in opening.printers([row(state, queue)]) if one["subject"] == "pool bench"]
    assert [one["text"] for one in found] == ([said] if said else [])
    assert [("waybilld packs make bench" in one["todo"]) for one in found] == ([queue > 0] if said else [])


SUPERVISOR = Peer(4242, 7001, 7100)


def test_spoiled_labels_are_copies_that_somebody_asked_for(daemon: Daemon) -> None:
    """A pack is no way around the quota, two copies a day here; and what is refused is refused as a whole."""
    make(daemon)
    error = refused(daemon, "/api/v1/packs/1/settle", {"printed": "", "spoiled": "all"})
    assert (error.status, error.hint) == (403, "nothing of the pack was taken back")
    assert "has asked for 2 copies in 24 hours, and may for 2" in str(error)
    assert daemon.get("/api/v1/packs/1")["open"] == 3
    assert post(daemon, "/api/v1/packs/1/settle", {"spoiled": "1-2"})["spoiled"] == 2
    assert refused(daemon, "/api/v1/packs/1/settle", {"spoiled": "3"}).status == 403
    assert post(daemon, "/api/v1/packs/1/settle", {"spoiled": "3"}, SUPERVISOR)["state"] == "closed"


def test_a_label_that_comes_back_unused_again_and_again_gets_a_mark(daemon: Daemon) -> None:
    """Each time its PDF may have been printed: three identical labels of one parcel, and no scan tells them apart."""
    for number in (1, 2):
        make(daemon, most=1)
        daemon.ask(f"/api/v1/packs/{number}/pack.pdf", peer=ADA)
        assert post(daemon, f"/api/v1/packs/{number}/settle", {"unused": "all"})["unused"] == 1
    assert daemon.house.rows("SELECT serial, superseded_by IS NULL FROM label WHERE shipment = 1 ORDER BY id") == [
        ("S1", 0),
        ("S1.2", 1),
    ]
    assert daemon.house.rows("SELECT uid FROM reprint") == [(7002,)]


def test_a_bad_label_of_a_pack_is_one_series(daemon: Daemon) -> None:
    """Every label of a pack has a name of its own in a printer's place: as a metric's label it would grow for ever."""
    make(daemon)
    for at in (1, 2):
        post(daemon, "/api/v1/troubles", {"serial": f"S{at}", "cause": "jam"})
    told = daemon.meters.exposition().decode()
    assert 'waybilld_troubles_total{cause="jam",printer="pack"} 2.0' in told
    assert "pack-1" not in told
