"""Printers' cards, spares and troubles over the API: who did it is written down, and every mistake has its answer."""

from __future__ import annotations

import json
from typing import Any

import pytest

from unit.http.http_house import Daemon, now
from waybilld.http.values import HttpError, Peer
from waybilld_sdk.printing import PrinterState, PrinterStatus, Supply

MEI = Peer(4242, 0, 0)
LOAD, MAINTAIN = "/api/v1/printers/zebra-1/load", "/api/v1/printers/zebra-1/maintenance"


def post(daemon: Daemon, path: str, peer: Peer | None = MEI, **body: object) -> Any:
    """A change."""
    return json.loads(daemon.ask(path, "POST", json.dumps(body).encode(), peer).body)


def refused(daemon: Daemon, path: str, peer: Peer | None = MEI, **body: object) -> HttpError:
    """The error of a change."""
    with pytest.raises(HttpError) as raised:
        post(daemon, path, peer, **body)
    return raised.value


def show(daemon: Daemon, status: PrinterStatus, name: str = "zebra-1") -> None:
    """The printer's lane saw it, and the board told whoever listens."""
    daemon.app.lanes[name].press.show(status)


def test_a_printers_card_from_end_to_end(daemon: Daemon) -> None:
    """Loaded, printed, mended: what a person wants to know before they call anybody."""
    told: dict[str, Any] = {"serial": "S1", "model": "ZT411", "firmware": "V92"}
    show(daemon, PrinterStatus(PrinterState.IDLE, odometer=1000, **told))
    post(daemon, LOAD, labels=500, ribbon_mm=300_000, media="100x150mm")
    show(daemon, PrinterStatus(PrinterState.STOPPED, ("media-jam",), "open it", odometer=1443, **told))
    post(daemon, MAINTAIN, what="head-replaced", note="spare of May")
    card = daemon.get("/api/v1/printers/zebra-1")
    assert (card["state"], card["reasons"], card["advice"]) == ("stopped", ["media-jam"], "open it")
    assert (card["roll"]["labels"], card["roll"]["measured"], card["roll"]["user"]) == (57, "odometer", "root")
    assert card["ribbon"]["metres"] == 232.22
    assert [(m["what"], m["uid"], m["odometer"]) for m in card["maintenance"]] == [("head-replaced", 0, 1443)]
    assert card["head"] == {"km": 0.0, "metres_a_day": None, "days_left": None, "since_new": True, "step_km": 1e-6}
    assert card["notes"] == ["about 57 labels left on the roll, as it was told: have a new roll ready"]
    assert card["media"] == card["roll"]["media"] == "100x150"
    assert card["place"] == "bench zebra-1"
    assert len(card["newest"]) == 4
    (row, other) = daemon.get("/api/v1/printers")["printers"]
    assert (row["roll_labels"], row["notes"], other["roll_labels"]) == (57, card["notes"], None)
    kinds = [kind for (kind,) in daemon.house.rows("SELECT kind FROM journal ORDER BY seq")]
    assert kinds[-3:] == ["printer.loaded", "printer.loaded", "printer.maintained"]


def test_what_was_written_down_by_mistake_is_taken_back(daemon: Daemon) -> None:
    """It stays in the log with who took it back; a second time there is nothing left to take."""
    post(daemon, MAINTAIN, what="head-replaced")
    (row,) = json.loads(daemon.ask(f"{MAINTAIN}/undo", "POST", b"", MEI).body)["maintenance"]
    assert (row["what"], row["undone_user"], row["undone_at"] is not None) == ("head-replaced", "root", True)
    for peer, status in ((MEI, 409), (None, 403)):
        with pytest.raises(HttpError) as raised:
            daemon.ask(f"{MAINTAIN}/undo", "POST", b"", peer)
        assert raised.value.status == status
    (last,) = daemon.house.rows("SELECT kind FROM journal ORDER BY seq DESC LIMIT 1")
    assert last == ("printer.maintenance_undone",)


def test_wrong_media_is_a_reason_and_a_finding(daemon: Daemon) -> None:
    """Labels of another size go through, and every parcel of the wave gets half of one."""
    show(daemon, PrinterStatus(PrinterState.IDLE))
    for media in ("4x6", "100x180"):
        asked = refused(daemon, LOAD, labels=500, media=media)
        assert (asked.status, asked.error) == (428, f"labels of {media} mm are told, and zebra-1 is set up for 100x150 mm")
        assert "4x6in" in asked.hint
    post(daemon, LOAD, labels=500, media="100x180", sure=True)
    (row, _) = daemon.get("/api/v1/printers")["printers"]
    assert (row["state"], row["reasons"]) == ("stopped", ["media-needed", "wrong-media"])
    assert row["advice"].startswith("Load 100x150 mm, or tell waybilld what is in it")
    assert not daemon.app.lanes["zebra-1"].press.usable
    (found,) = [f for f in daemon.get("/api/v1/check")["findings"] if f["subject"] == "supplies of zebra-1"]
    assert found["level"] == "warn"
    assert "labels of 100x180 mm are in it, and labels are drawn for 100x150 mm: it takes none" in found["text"]
    post(daemon, LOAD, media="100x180")
    card = daemon.get("/api/v1/printers/zebra-1")
    assert (card["state"], card["reasons"], card["roll"]["labels"]) == ("idle", ["wrong-media"], 500)
    assert daemon.app.lanes["zebra-1"].press.usable, "said twice, it is meant"
    post(daemon, LOAD, media="4x6in")
    assert daemon.get("/api/v1/printers/zebra-1")["reasons"] == []


def test_a_printer_without_labels_has_none_left(daemon: Daemon) -> None:
    """Whatever the sum says, the list and the preflight must not promise labels that are not there."""
    show(daemon, PrinterStatus(PrinterState.IDLE, odometer=10))
    post(daemon, LOAD, labels=500)
    show(daemon, PrinterStatus(PrinterState.STOPPED, ("media-empty-error",), odometer=11))
    (row, _) = daemon.get("/api/v1/printers")["printers"]
    card = daemon.get("/api/v1/printers/zebra-1")
    assert (row["roll_labels"], card["roll"]["measured"]) == (0, "sensor")
    assert row["notes"] == ["it has no labels left, as it says itself: put a new roll in, and say how long it is"]


def test_preflight_in_list_and_check(daemon: Daemon) -> None:
    """What waits for the pool does not fit on its rolls: said before the roll ends."""
    waiting = daemon.get("/api/v1/printers")["printers"][0]["queue"]
    assert waiting > 0
    assert daemon.get("/api/v1/printers")["notes"] == []
    show(daemon, PrinterStatus(PrinterState.IDLE, odometer=10))
    post(daemon, LOAD, labels=2)
    show(daemon, PrinterStatus(PrinterState.IDLE, odometer=12))
    (note,) = daemon.get("/api/v1/printers")["notes"]
    assert f"end {waiting} label" in note
    subjects = [f["subject"] for f in daemon.get("/api/v1/check")["findings"]]
    assert {"supplies of zebra-1", "rolls of pool pool"} <= set(subjects)


def test_ink_and_toner(daemon: Daemon) -> None:
    """Of an office printer, as it tells it."""
    show(daemon, PrinterStatus(PrinterState.IDLE, supplies=(Supply("toner", "Black", 4), Supply("toner", "Cyan", 80))))
    card = daemon.get("/api/v1/printers/zebra-1")
    assert [(s["name"], s["level_percent"], s["low"]) for s in card["supplies"]] == [("Black", 4, True), ("Cyan", 80, False)]
    assert card["notes"] == ["Black: 4 % left: have a new one ready"]


def test_the_shelf(daemon: Daemon) -> None:
    """Kept, filled, emptied; the check says when to order, and a metric how many there are."""
    path = "/api/v1/supplies/main/100x150%20mm"
    post(daemon, path, reorder_at=5, kind="roll")
    post(daemon, f"{path}/move", doing="add", amount=6)
    assert not [f for f in daemon.get("/api/v1/check")["findings"] if f["subject"] == "spares of main"]
    (row,) = post(daemon, f"{path}/move", doing="take", amount=2)["supplies"]
    assert (row["item"], row["on_hand"], row["order_now"]) == ("100x150 mm", 4, True)
    (found,) = [f for f in daemon.get("/api/v1/check")["findings"] if f["subject"] == "spares of main"]
    assert found["text"] == "100x150 mm: 4 left, for about 2 days, to be ordered at 5"
    labels = {"warehouse": "main", "item": "100x150 mm"}
    assert daemon.meters.registry.get_sample_value("waybilld_spares", labels) == 4


def test_a_bad_label(daemon: Daemon) -> None:
    """The packer's two keystrokes arrive in the ledger, with the printer that nobody typed."""
    told = post(daemon, "/api/v1/troubles", serial="S1", cause="misalignment")
    assert told == {"printer": "zebra-1", "cause": "misalignment", "serial": "S1"}
    found = daemon.get("/api/v1/troubles", days=1)
    assert [(t["cause"], t["source"], t["user"]) for t in found["troubles"]] == [("misalignment", "person", "root")]
    assert [(t["printer"], t["cause"], t["labels"]) for t in found["totals"]] == [("zebra-1", "misalignment", 1)]
    assert [t["serial"] for t in daemon.get("/api/v1/printers/zebra-1")["troubles"]] == ["S1"]
    labels = {"printer": "zebra-1", "cause": "misalignment"}
    assert daemon.meters.registry.get_sample_value("waybilld_troubles_total", labels) == 1


SPARE = "/api/v1/supplies/main/none/move"


@pytest.mark.parametrize(
    ("path", "body", "status", "words"),
    [
        ("/api/v1/printers/stranger/load", {"labels": 5}, 404, "there is no printer stranger: there are zebra-1, zebra-2"),
        (LOAD, {}, 422, "nothing was put in"),
        (LOAD, {"labels": 5, "roll_mm": 5000}, 422, "one of the two"),
        (LOAD, {"labels": 5, "media": "big"}, 422, "width by height"),
        (LOAD, {"roll_mm": 50}, 409, "at least one label"),
        (LOAD, {"labels": 1_000_000}, 409, "at most 10 km"),
        (MAINTAIN, {"what": "painted"}, 422, "head-cleaned"),
        (SPARE, {"doing": "take", "amount": 1}, 404, "warehouse main keeps no item none: there are none"),
        ("/api/v1/supplies/moon/x", {"reorder_at": 1}, 404, "there is no warehouse moon: there are main"),
        ("/api/v1/supplies/main/%20x", {"reorder_at": 1}, 409, "one line"),
        ("/api/v1/supplies/main/x%0Ay", {"reorder_at": 1}, 409, "one line"),
        ("/api/v1/troubles", {"serial": "S99", "cause": "jam"}, 404, "no label with this serial"),
        ("/api/v1/troubles", {"serial": "S1", "cause": "gremlins"}, 422, "misalignment"),
        ("/api/v1/troubles", {"serial": "S6", "cause": "jam"}, 404, "no label"),
        ("/api/v1/troubles", {"serial": "S1", "cause": "unknown"}, 422, "what devices show"),
    ],
)
def test_every_mistake_has_its_answer(daemon: Daemon, path: str, body: dict[str, Any], status: int, words: str) -> None:
    """A packer at the bench reads one sentence; and nothing was written."""
    before = daemon.house.one("SELECT max(seq) FROM journal")
    error = refused(daemon, path, **body)
    assert (error.status, words in error.error) == (status, True), error.error
    assert daemon.house.one("SELECT max(seq) FROM journal") == before


@pytest.mark.parametrize(
    ("path", "body"),
    [
        (LOAD, {"labels": 5}),
        (MAINTAIN, {"what": "roller"}),
        ("/api/v1/supplies/main/x", {"reorder_at": 1}),
        ("/api/v1/troubles", {"serial": "S1", "cause": "jam"}),
    ],
)
def test_nobody_changes_anything_unnamed(daemon: Daemon, path: str, body: dict[str, Any]) -> None:
    """A ledger without names is one that nobody answers for."""
    assert refused(daemon, path, None, **body).status == 403


def test_of_a_stranger_there_is_no_card(daemon: Daemon) -> None:
    """Nor a bundle."""
    for path in ("/api/v1/printers/stranger", "/api/v1/support?printer=stranger"):
        with pytest.raises(HttpError) as raised:
            daemon.ask(path.partition("?")[0], **({"printer": "stranger"} if "?" in path else {}))
        assert raised.value.status == 404


def test_the_caretaker_starts_from_the_database(daemon: Daemon) -> None:
    """So that what another start wrote down is known before the first look."""
    now(daemon.caretaker.start())
    assert daemon.caretaker.counters("zebra-1").odometer is None
    now(daemon.caretaker.stop())
