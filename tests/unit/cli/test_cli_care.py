"""Cards, rolls, spares and troubles as people type them: what is sent, what is said, and what is no word for the daemon."""

from __future__ import annotations

import io
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from unit.cli.test_cli_client import OneAnswer
from unit.store.store_house import House
from waybilld.cli.exits import Exit
from waybilld.cli.main import run
from waybilld.core.rolls import Counters, Wound
from waybilld.core.runs import Person
from waybilld.core.troubles import LETTERS, WORDS, Cause
from waybilld.store import care, spares, troubles

Capture = pytest.CaptureFixture[str]
MEI = Person(7001, "mei")
CARD: dict[str, Any] = {
    "name": "zebra-1", "pool": "pool", "place": "bench 1", "state": "idle", "reasons": ["wrong-media"], "advice": "",
    "unconfirmed": "accept-sent", "offset_mm": [0.0, 0.0],
    "model": "ZT411", "device": {"serial": "S1", "model": "ZT411", "firmware": "V92", "since": None},
    "supplier": "Labels Ltd", "support": "contract 4711", "bought": None, "warranty_end": "2028-02-29", "media": "100x150",
    "odometer": 1443, "length_mm": 2_500_000, "length_step_mm": 10, "head_life_km": 50.0,
    "roll": {"loaded_at": "2026-01-02T08:00:00.000000Z", "user": "mei", "full_metres": 76.5, "labels": 57, "metres": 8.72,
             "measured": "odometer", "media": "100x150", "from_next_look": False},
    "ribbon": {"loaded_at": "2026-01-02T08:00:00.000000Z", "user": "", "full_metres": None, "labels": None, "metres": None,
               "measured": None, "media": "", "from_next_look": False},
    "head": {"km": 45.2, "metres_a_day": 1000.0, "days_left": 4, "since_new": True, "step_km": 1e-6},
    "supplies": [{"kind": "toner", "name": "Black", "level_percent": 4, "low": True}],
    "notes": ["about 57 labels left on the roll, as it was told: have a new roll ready"],
    "maintenance": [{"at": "2026-01-02T09:00:00.000000Z", "uid": 7001, "user": "mei", "what": "roller", "note": "worn",
                     "odometer": 5, "length_mm": None, "undone_at": None, "undone_user": ""}],
    "troubles": [{"id": 1, "printer": "zebra-1", "cause": "jam", "source": "device",
                  "began_at": "2026-01-02T09:00:00.000000Z", "ended_at": None, "seconds": 60.0, "labels": 2,
                  "user": "", "note": "", "serial": None}],
    "newest": [{"serial": "S1.1", "kind": "waybill", "shipment": 1, "outcome": "proven", "evidence": "E4", "reason": None}],
}  # fmt: skip
SPARE = {"warehouse": "main", "item": "100x150", "kind": "roll", "on_hand": 4, "reorder_at": 5, "used_a_day": 2.0,
         "days_left": 2, "order_now": True}  # fmt: skip


@pytest.fixture
def peer(config: Path) -> Iterator[OneAnswer]:
    """Something that listens where the daemon would."""
    (config.parent / "rt").mkdir()
    found = OneAnswer(config.parent / "rt" / "api.sock")
    yield found
    found.stop()


def sent(peer: OneAnswer) -> tuple[str, Any]:
    """Path and body of what the daemon was asked."""
    (asked,) = peer.asked
    head, _, body = asked.partition(b"\r\n\r\n")
    return head.split(b" ")[1].decode(), json.loads(body)


def keys(monkeypatch: pytest.MonkeyPatch, typed: str) -> None:
    """What a person presses, one after the other."""
    left = list(typed)
    monkeypatch.setattr("click.getchar", lambda: left.pop(0) if left else "")


def test_a_card_in_words(peer: OneAnswer, capsys: Capture) -> None:
    """On one screen, what somebody wants to know before they call."""
    peer.json("200 OK", CARD)
    assert run(["printers", "show", "zebra-1"]) == Exit.DONE
    out = capsys.readouterr().out
    for words in (
        "printer zebra-1, pool pool: idle (wrong-media)",
        "  about 57 labels left on the roll, as it was told: have a new roll ready",
        "serial: S1",
        "labels in doubt: accept-sent; what was sent counts as printed, and nothing proves it",
        "support: contract 4711",
        "warranty until: 2028-02-29",
        "printed in its life: 1443 labels, 2.500 km",
        "roll: about 57 labels of 100x150 mm, 8.72 m of 76.5 m left, counted by the device; put in 2026-01-02 08:00:00 UTC",
        "ribbon: put in 2026-01-02 08:00:00 UTC, of unknown length",
        "print head: 45.2 km of 50 km, 1000 m a day, about 4 days left",
        "Black: 4 %, low",
        "  2026-01-02 09:00:00 UTC roller by mei: worn",
        "  2026-01-02 09:00:00 UTC jam and still, 2 labels",
        "  S1.1 waybill proven E4",
    ):
        assert words in out, words
    assert "bought" not in out


@pytest.mark.parametrize(
    ("typed", "asked"),
    [
        (["--labels", "500"], {"roll_mm": None, "labels": 500, "ribbon_mm": None, "media": "", "sure": False}),
        (
            ["--roll", "150m", "--ribbon", "450ft", "--media", "100 x 150"],
            {"roll_mm": 150_000, "labels": None, "ribbon_mm": 137_160, "media": "100x150", "sure": False},
        ),
        (
            ["--media", "4x6in", "--sure"],
            {"roll_mm": None, "labels": None, "ribbon_mm": None, "media": "101.6x152.4", "sure": True},
        ),
    ],
)
def test_a_new_roll(peer: OneAnswer, capsys: Capture, typed: list[str], asked: dict[str, Any]) -> None:
    """As it says on the box."""
    peer.json("200 OK", CARD)
    assert run(["printers", "load", "zebra-1", *typed]) == Exit.DONE
    assert sent(peer) == ("/api/v1/printers/zebra-1/load", asked)
    assert "roll: about 57 labels" in capsys.readouterr().out


def test_what_a_device_knows_only_roughly_is_said_so(peer: OneAnswer, capsys: Capture) -> None:
    """ "0.000 km" of a printer that counts whole kilometres is a head that nobody thinks of until it dies."""
    rough = {"km": 0.0, "metres_a_day": None, "days_left": None, "since_new": False, "step_km": 1.0}
    roll = {**CARD["roll"], "measured": "labels", "from_next_look": True}
    peer.json("200 OK", {**CARD, "length_mm": 0, "length_step_mm": 1_000_000, "head": rough, "roll": roll})
    assert run(["printers", "show", "zebra-1"]) == Exit.DONE
    out = capsys.readouterr().out
    assert "printed in its life: 1443 labels, under 1 km" in out
    assert "print head: under 1 km in the life of the device of 50 km, no trend yet" in out
    assert "by the labels sent; the device counts from its next look on, as it could not be asked" in out


def test_other_media_than_labels_are_drawn_for_are_asked_about(
    peer: OneAnswer, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """4x6 was meant in inches. A script gets no question, and is told what to do."""
    doubt = {"error": "labels of 4x6 mm are told, and zebra-1 is set up for 100x150 mm", "hint": "name the unit"}
    peer.json("428 Precondition Required", doubt)
    assert run(["printers", "load", "zebra-1", "--labels", "5", "--media", "4x6"]) == Exit.FINDINGS
    assert "set up for 100x150 mm" in capsys.readouterr().err
    monkeypatch.setattr("sys.stdin.isatty", lambda: True)
    keys(monkeypatch, "n")
    assert run(["printers", "load", "zebra-1", "--labels", "5", "--media", "4x6"]) == Exit.FINDINGS
    keys(monkeypatch, "y")
    run(["printers", "load", "zebra-1", "--labels", "5", "--media", "4x6"])
    sure = [json.loads(asked.partition(b"\r\n\r\n")[2])["sure"] for asked in peer.asked]
    assert sure == [False, False, False, True]


@pytest.mark.usefixtures("config")
@pytest.mark.parametrize(
    "typed",
    [
        ["printers", "load", "zebra-1"],
        ["printers", "load", "zebra-1", "--roll", "150"],
        ["printers", "load", "zebra-1", "--roll", "150m", "--labels", "500"],
        ["printers", "load", "zebra-1", "--labels", "5", "--media", "big"],
        ["printers", "maintain", "zebra-1", "--what", "painted"],
        ["printers", "maintain", "zebra-1"],
        ["printers", "maintain", "zebra-1", "--what", "roller", "--undo"],
        ["printers", "maintain", "zebra-1", "--undo", "--note", "slip"],
        ["supplies", "take", "100x150", "-1"],
        ["supplies", "set", "100x150"],
        ["troubles", "--since", "yesterday"],
        ["troubles", "--since", "0d"],
        ["troubles", "report", "S1.1", "z"],
    ],
    ids=" ".join,
)
def test_what_cannot_be_meant_is_said_before_anything_is_sent(typed: list[str]) -> None:
    """A typing slip must not become a row that stands for ever."""
    assert run(typed) == Exit.USAGE


@pytest.mark.usefixtures("config")
@pytest.mark.parametrize(
    "typed",
    [
        ["printers", "load", "zebra-1", "--labels", "5"],
        ["printers", "maintain", "zebra-1", "--what", "roller"],
        ["supplies", "add", "100x150", "5"],
        ["supplies", "set", "100x150", "--reorder-at", "5"],
        ["troubles", "report", "S1.1", "j"],
    ],
    ids=" ".join,
)
def test_changes_need_the_daemon(typed: list[str], capsys: Capture) -> None:
    """And say how to start it."""
    assert run(typed) == Exit.NOT_RUNNING
    assert "the daemon is not running: start it with" in capsys.readouterr().err


def test_maintenance(peer: OneAnswer, capsys: Capture) -> None:
    """One line when it was done."""
    peer.json("200 OK", CARD)
    assert run(["printers", "maintain", "zebra-1", "--what", "roller", "--note", "worn"]) == Exit.DONE
    assert sent(peer) == ("/api/v1/printers/zebra-1/maintenance", {"what": "roller", "note": "worn"})
    assert "zebra-1: 2026-01-02 09:00:00 UTC roller by mei: worn" in capsys.readouterr().out


HEAD = ["printers", "maintain", "zebra-1", "--what", "head-replaced"]


@pytest.mark.parametrize(("answer", "code"), [("n\n", 130), ("\n", 130), ("y\n", 0)])
def test_a_new_head_is_asked_about(
    peer: OneAnswer, capsys: Capture, monkeypatch: pytest.MonkeyPatch, answer: str, code: int
) -> None:
    """On the wrong printer it would hide for months how worn that head is."""
    peer.json("200 OK", CARD)
    monkeypatch.setattr("sys.stdin", io.StringIO(answer))
    assert run(HEAD) == code
    assert "the print head of zebra-1 counts as new" in capsys.readouterr().err
    assert len(peer.asked) == (code == 0)
    assert run([*HEAD, "--yes"]) == Exit.DONE


def test_maintenance_is_taken_back(peer: OneAnswer, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    """After a look at what it is that goes."""
    row = CARD["maintenance"][0]
    undone = {**row, "undone_at": "2026-01-03T08:00:00.000000Z", "undone_user": "ada"}
    peer.json("200 OK", {**CARD, "maintenance": [{**row, "what": "head-replaced"}, undone]})
    monkeypatch.setattr("sys.stdin", io.StringIO("y\n"))
    assert run(["printers", "maintain", "zebra-1", "--undo"]) == Exit.DONE
    asked = [one.split(b" ")[:2] for one in peer.asked]
    assert asked == [
        [b"GET", b"/api/v1/printers/zebra-1"],
        [b"POST", b"/api/v1/printers/zebra-1/maintenance/undo"],
    ]
    seen = capsys.readouterr()
    assert "Take back: 2026-01-02 09:00:00 UTC head-replaced by mei: worn? How far its head has run counts" in seen.err
    assert seen.out == "zebra-1: 2026-01-02 09:00:00 UTC roller by mei: worn; taken back 2026-01-03 08:00:00 UTC by ada\n"
    peer.json("200 OK", {**CARD, "maintenance": [undone]})
    assert run(["printers", "maintain", "zebra-1", "--undo"]) == Exit.FINDINGS


PACK: dict[str, Any] = {
    "id": 3, "pool": "bench", "state": "open", "labels": 4, "open": 3, "printed": 1, "spoiled": 0, "unused": 0,
    "showings": 1, "made_at": "2026-01-02T08:00:00.000000Z", "made_uid": 1, "made_user": "mei", "closed_at": None,
    "items": [
        {"number": number, "serial": f"W{number}.1", "shipment": number, "waybill": "", "state": state,
         "settled_at": None, "settled_uid": None, "settled_user": None}
        for number, state in enumerate(("printed", "open", "open", "open"), 1)
    ],
    "shown_to": [],
}  # fmt: skip


@pytest.mark.parametrize(
    ("told", "said"),
    [
        (["--unused", "all"], "3 labels of pool bench will be printed by its printers as soon as one works. Go on?"),
        (
            ["--unused", "2", "--spoiled", "3"],
            "1 label of pool bench will be printed by its printers as soon as one works; a marked copy of 1 label will be "
            "printed. Go on?",
        ),
        (["--printed", "all"], ""),
        (["--printed", "1", "--unused", "1"], ""),
    ],
)
def test_what_a_pack_has_printed_is_said_before_it_is(
    peer: OneAnswer, capsys: Capture, monkeypatch: pytest.MonkeyPatch, told: list[str], said: str
) -> None:
    """A whole pack that is printed a second time is two hundred labels for the bin; what adds up to none needs no word."""
    peer.json("200 OK", PACK)
    monkeypatch.setattr("sys.stdin", io.StringIO("n\n"))
    assert run(["packs", "settle", "3", *told]) == (130 if said else Exit.DONE)
    assert said in capsys.readouterr().err
    assert sum(one.startswith(b"POST") for one in peer.asked) == (0 if said else 1)
    assert run(["packs", "settle", "3", *told, "--yes"]) == Exit.DONE


@pytest.mark.parametrize(
    ("typed", "path", "body"),
    [
        (["take", "100x150"], "/move", {"doing": "take", "amount": 1}),
        (["add", "100x150", "20"], "/move", {"doing": "add", "amount": 20}),
        (["count", "100x150", "17", "--warehouse", "main"], "/move", {"doing": "count", "amount": 17}),
        (["set", "100x150", "--reorder-at", "5", "--kind", "ribbon"], "", {"kind": "ribbon", "reorder_at": 5}),
    ],
)
def test_the_shelf(peer: OneAnswer, capsys: Capture, typed: list[str], path: str, body: dict[str, Any]) -> None:
    """In the only warehouse, without naming it."""
    peer.json("200 OK", {"supplies": [SPARE]})
    assert run(["supplies", *typed]) == Exit.DONE
    assert sent(peer) == (f"/api/v1/supplies/main/100x150{path}", body)
    assert "100x150 in main: 4 left, for about 2 days: order now" in capsys.readouterr().out


def test_which_warehouse(config: Path, capsys: Capture) -> None:
    """Where there are two, the wrong shelf is half of all mistakes."""
    one = "  - {name: main, country: GB}\n"
    config.write_text(config.read_text().replace(one, one + one.replace("main", "x")))
    assert run(["supplies", "take", "100x150"]) == Exit.USAGE
    assert "name the warehouse with --warehouse: there are main, x" in capsys.readouterr().err


REPORTED = {"printer": "zebra-1", "cause": "misalignment", "serial": "S1.1", "standstill": ""}
"""The peer gives one answer to both questions; the copy's serial would be S1.2."""


def test_two_keystrokes(peer: OneAnswer, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    """Scan, one key for the cause, one for the reprint; a slip of the finger is asked again."""
    peer.json("200 OK", REPORTED)
    keys(monkeypatch, "7My")
    assert run(["troubles", "report", "S1.1"]) == Exit.DONE
    paths = [asked.split(b" ")[1].decode() for asked in peer.asked]
    bodies = [json.loads(asked.partition(b"\r\n\r\n")[2]) for asked in peer.asked]
    assert paths[1] == "/api/v1/labels/S1.1/reprint"
    assert bodies == [{"serial": "S1.1", "cause": "misalignment", "note": ""}, {"reason": "misalignment"}]
    out = capsys.readouterr().out
    assert all(f"  {letter}  {cause.value}: " in out for letter, cause in LETTERS.items())
    assert out.splitlines()[-1] == "S1.1 will be printed; keep the one before until it is out, then throw that away"


@pytest.mark.parametrize("typed", ["mn", "m"])
def test_no_reprint_unless_it_is_wanted(
    peer: OneAnswer, capsys: Capture, monkeypatch: pytest.MonkeyPatch, typed: str
) -> None:
    """What was reported stays reported, whatever is answered afterwards."""
    peer.json("200 OK", REPORTED)
    keys(monkeypatch, typed)
    run(["troubles", "report", "S1.1"])
    assert len(peer.asked) == 1
    assert "reprint" not in capsys.readouterr().out


def test_nothing_is_reported_without_a_cause(peer: OneAnswer, monkeypatch: pytest.MonkeyPatch) -> None:
    """The terminal was closed in the middle."""
    keys(monkeypatch, "7")
    assert run(["troubles", "report", "S1.1"]) == 130
    assert peer.asked == []


@pytest.mark.parametrize("word", ["m", "M", "misalignment"])
def test_a_cause_by_letter_or_word(peer: OneAnswer, capsys: Capture, word: str) -> None:
    """For scripts and for fingers; and the way to the reprint is told."""
    peer.json("200 OK", REPORTED)
    assert run(["troubles", "report", "S1.1 x", word, "--note", "left edge"]) == Exit.DONE
    assert sent(peer)[1] == {"serial": "S1.1 x", "cause": "misalignment", "note": "left edge"}
    assert "to print it again: waybilld labels reprint 'S1.1 x' --reason misalignment" in capsys.readouterr().out


def test_lists_from_the_database(config: Path, capsys: Capture, tmp_path: Path) -> None:
    """With the daemon down, what stands there is shown all the same."""
    house = House(config.parent / "state")
    house.now_us = int(time.time()) * 1_000_000
    house.do(lambda tx: care.load(tx, "zebra-1", Wound.ROLL, 15_300, 153.0, Counters(), "100x150", MEI))
    house.do(lambda tx: spares.set_item(tx, "main", "100x150", None, 5, MEI))
    house.do(lambda tx: troubles.open_trouble(tx, "zebra-1", Cause.JAM, tx.now_us - 3 * 3_600_000_000))
    house.do(lambda tx: troubles.report(tx, "S1", Cause.DATA, "", MEI))
    house.close()
    run(["printers"])
    assert "zebra-1  pool  unknown" in capsys.readouterr().out
    run(["printers", "show", "zebra-1"])
    out = capsys.readouterr().out
    assert "roll: about 100 labels of 100x150 mm, 15.3 m of 15.3 m left, by the labels sent" in out
    run(["supplies"])
    assert "order now" in capsys.readouterr().out
    run(["troubles"])
    lines = capsys.readouterr().out.splitlines()
    assert any("jam" in line and "3.0 h, still" in line for line in lines)
    assert any("data" in line and "mei" in line for line in lines)
    run(["check"])
    assert "spares of main" in capsys.readouterr().out
    assert run(["printers", "show", "stranger"]) == Exit.FINDINGS


def test_the_page_for_packers_has_every_key() -> None:
    """The list beside the bench is printed from that page: a key that is another one there is a wrong cause for ever."""
    page = (Path(__file__).parents[3] / "docs" / "howto" / "printers-care.md").read_text("utf-8")
    rows = [f"| `{letter}` | {cause.value} | {WORDS[cause]} |" for letter, cause in LETTERS.items()]
    assert "\n".join(rows) in page
