"""What people tell of labels as they type it: what is asked before, and what is said and what is not yet true."""

from __future__ import annotations

import io
import json
import termios
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from unit.cli.test_cli_client import OneAnswer
from waybilld.cli.exits import Exit
from waybilld.cli.main import run

Capture = pytest.CaptureFixture[str]
LABEL = {"serial": "W1.1", "kind": "waybill", "shipment": 1, "copy": 1, "superseded_by": None, "standstill": ""}
"""An answer to every question that is put here."""


@pytest.fixture
def peer(config: Path) -> Iterator[OneAnswer]:
    """Something that listens where the daemon would."""
    (config.parent / "rt").mkdir()
    found = OneAnswer(config.parent / "rt" / "api.sock")
    found.json("200 OK", LABEL)
    yield found
    found.stop()


def posts(peer: OneAnswer) -> list[tuple[str, Any]]:
    """Path and body of each change that was asked for."""
    asked = [one.partition(b"\r\n\r\n") for one in peer.asked if one.startswith(b"POST")]
    return [(head.split(b" ")[1].decode(), json.loads(body) if body else None) for head, _, body in asked]


@pytest.mark.parametrize("sides", [[], ["--printed", "--not-printed"]], ids=["neither", "both"])
@pytest.mark.parametrize("more", [[], ["--yes"]], ids=["", "yes"])
def test_a_label_is_settled_by_a_word_and_not_by_its_absence(
    peer: OneAnswer, capsys: Capture, sides: list[str], more: list[str]
) -> None:
    """Who forgets the word must not have a label on paper printed again without a mark."""
    assert run(["labels", "settle", "W1.1", *sides, *more]) == Exit.USAGE
    assert "--printed or --not-printed" in capsys.readouterr().err
    assert peer.asked == []


@pytest.mark.parametrize(
    ("side", "printed", "said"),
    [
        ("--printed", True, "W1.1 settled: it is on paper\n"),
        ("--not-printed", False, "W1.1 settled: it is not on paper, and will be printed again, the same copy\n"),
    ],
)
def test_what_settling_comes_to_is_said(peer: OneAnswer, capsys: Capture, side: str, printed: bool, said: str) -> None:
    """The two answers have very different ends."""
    assert run(["labels", "settle", "W1.1", side, "--yes"]) == Exit.DONE
    assert posts(peer) == [("/api/v1/labels/W1.1/settle", {"printed": printed})]
    assert capsys.readouterr().out == said


@pytest.mark.parametrize("typed", [["settle", "W1.9", "--not-printed"], ["cancel", "W1.9"]], ids=" ".join)
def test_nobody_is_asked_about_a_label_that_there_is_not(
    peer: OneAnswer, capsys: Capture, monkeypatch: pytest.MonkeyPatch, typed: list[str]
) -> None:
    """Somebody who looked under the table for a typing slip does not look the next time."""
    peer.json("404 Not Found", {"error": "there is no label W1.9", "hint": "copy it"})
    monkeypatch.setattr("sys.stdin", io.StringIO("y\n"))
    assert run(["labels", *typed]) == Exit.FINDINGS
    seen = capsys.readouterr()
    assert seen.err == "there is no label W1.9: copy it\n"
    assert posts(peer) == []


@pytest.mark.parametrize("typed", [["settle", "W1.1", "--not-printed"], ["cancel", "W1.1"]], ids=" ".join)
def test_no_is_an_answer(peer: OneAnswer, monkeypatch: pytest.MonkeyPatch, typed: list[str]) -> None:
    """And has the exit code of what a person stopped."""
    monkeypatch.setattr("sys.stdin", io.StringIO("n\n"))
    assert run(["labels", *typed]) == 130
    assert posts(peer) == []


def test_a_copy_is_not_said_to_be_out_before_it_is(peer: OneAnswer, capsys: Capture) -> None:
    """Who throws the first one away while every printer stands still has none."""
    still = "nothing prints it yet: printer zebra-1 is paused (roll change): waybilld printers resume zebra-1"
    peer.json("200 OK", {"serial": "W1.2", "standstill": still})
    assert run(["labels", "reprint", "W1.1", "--reason", "jam"]) == Exit.DONE
    assert capsys.readouterr().out.splitlines() == [
        "W1.2 will be printed; keep the one before until it is out, then throw that away",
        f"W1.2: {still}",
    ]


def test_scanners_end_their_lines_in_their_own_ways(
    peer: OneAnswer, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A carriage return in the code would be a code that nobody knows."""
    peer.json("200 OK", {"serial": "W1.1", "word": "go", "text": "shipment 1 is verified"})
    monkeypatch.setattr("sys.stdin", io.StringIO("SF12ab\r\n \nW1.1 \n", newline=""))
    assert run(["labels", "scan"]) == Exit.DONE
    assert run(["labels", "scan", "SF12ab\r"]) == Exit.DONE
    assert [path for path, _ in posts(peer)] == [f"/api/v1/labels/{code}/scan" for code in ("SF12ab", "W1.1", "SF12ab")]
    assert capsys.readouterr().out == "GO    W1.1: shipment 1 is verified\n" * 3


@pytest.mark.parametrize("error", [OSError(6, "No such device or address: '/dev/tty'"), termios.error(25, "no tty")])
def test_a_bad_label_is_reported_without_a_terminal(
    peer: OneAnswer, capsys: Capture, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    """From cron or over ssh without one: a sentence, and nothing is sent."""

    def getchar() -> str:
        raise error

    monkeypatch.setattr("click.getchar", getchar)
    assert run(["troubles", "report", "W1.1"]) == Exit.USAGE
    assert "there is no terminal to ask at: name the cause" in capsys.readouterr().err
    assert peer.asked == []


def test_errors_are_json_where_json_was_asked_for(peer: OneAnswer, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    """A script reads one kind of thing, whatever happens; and finds nothing else on stdout."""
    peer.json("409 Conflict", {"error": "Close the print head.", "hint": "then ask again"})
    told = []
    monkeypatch.setattr("sys.stdin", io.StringIO("n\n"))
    for typed in (["release", "W1.1"], ["settle", "W1.1"], ["release"], ["release", "W1.1", "--shout"]):
        code = run(["labels", *typed, "--json"])
        seen = capsys.readouterr()
        assert seen.err == ""
        told.append((code, json.loads(seen.out)))
    assert told[0] == (1, {"error": "Close the print head: then ask again", "exit": 1})
    assert [(code, error["exit"]) for code, error in told[1:]] == [(64, 64)] * 3
    peer.json("200 OK", LABEL)
    monkeypatch.setattr("sys.stdin", io.StringIO("n\n"))
    assert run(["labels", "cancel", "W1.1", "--json"]) == 130
    assert json.loads(capsys.readouterr().out) == {"error": "stopped", "exit": 130}
