"""`waybilld runs` as people type it: what is asked before, what ends how, and who may read the file."""

from __future__ import annotations

import io
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from unit.cli.test_cli_client import OneAnswer
from waybilld.cli.exits import Exit
from waybilld.cli.main import run

Capture = pytest.CaptureFixture[str]
WHOLE = {
    "id": 3, "name": "north", "state": "open", "stops": 2, "showings": 1, "opened_at": "2026-01-02T08:00:00.000000Z",
    "opened_uid": 7001, "opened_user": "mei", "closed_at": None, "closed_uid": None, "closed_user": None,
    "stop_list": [{"place": 1, "shipment": 17, "state": "printed", "waybills": ["N1"]}],
    "shown_to": [{"at": "2026-01-02T08:05:00.000000Z", "uid": 7002, "user": ""}],
}  # fmt: skip


@pytest.fixture
def peer(config: Path) -> Iterator[OneAnswer]:
    """Something that listens where the daemon would."""
    (config.parent / "rt").mkdir()
    found = OneAnswer(config.parent / "rt" / "api.sock")
    yield found
    found.stop()


@pytest.mark.usefixtures("config")
@pytest.mark.parametrize(
    "arguments", [["open", "--name", "north", "2"], ["close", "1", "--yes"], ["sheet", "1", "-o", "x.pdf"]], ids=" ".join
)
def test_without_a_daemon_nothing_is_changed_or_shown(arguments: list[str], capsys: Capture) -> None:
    """A sheet that nobody wrote down must not come out of the database by itself."""
    assert run(["runs", *arguments]) == Exit.NOT_RUNNING
    assert "the daemon is not running: start it with" in capsys.readouterr().err
    assert not Path("x.pdf").exists()


@pytest.mark.parametrize(("typed", "asked", "code"), [("n\n", 0, 130), ("", 0, 130), ("y\n", 1, 0)])
def test_closing_asks_because_it_shreds(
    peer: OneAnswer, monkeypatch: pytest.MonkeyPatch, capsys: Capture, typed: str, asked: int, code: int
) -> None:
    """One wrong number, and another driver's sheet is gone for good."""
    peer.json("200 OK", {**WHOLE, "state": "closed"})
    monkeypatch.setattr("sys.stdin", io.StringIO(typed))
    assert run(["runs", "close", "3"]) == code
    assert len(peer.asked) == asked
    assert "nobody can draw it again" in capsys.readouterr().err


def test_close_goes_ahead_with_yes(peer: OneAnswer, capsys: Capture) -> None:
    """A script at the end of the day has nobody to answer."""
    peer.json("200 OK", {**WHOLE, "state": "closed"})
    assert run(["runs", "close", "3", "--yes"]) == Exit.DONE
    assert peer.asked[0].startswith(b"POST /api/v1/runs/3/close ")
    assert "destroy the paper, too" in capsys.readouterr().out


def test_open_sends_the_stops_in_order(peer: OneAnswer, capsys: Capture) -> None:
    """The order of the numbers is the order of the tour."""
    peer.json("200 OK", WHOLE)
    assert run(["runs", "open", "--name", "north", "21", "17"]) == Exit.DONE
    assert peer.asked[0].endswith(b'{"name": "north", "shipments": [21, 17]}')
    assert "run 3 is open with 2 stops" in capsys.readouterr().out


def test_show_tells_who_saw_it(peer: OneAnswer, capsys: Capture) -> None:
    """The one question after a leak."""
    peer.json("200 OK", WHOLE)
    assert run(["runs", "show", "3"]) == Exit.DONE
    out = capsys.readouterr().out
    for words in ("run 3, north, 2 stops: open", "by mei (id 7001)", "08:05:00 UTC to user id 7002", "1. shipment 17, N1"):
        assert words in out
    peer.json("200 OK", {**WHOLE, "closed_at": "2026-01-05T08:00:00.000000Z"})
    run(["runs", "show", "3"])
    assert "by retention, because nobody did" in capsys.readouterr().out


@pytest.mark.parametrize("there", [False, True])
def test_only_the_owner_may_read_the_sheet(peer: OneAnswer, tmp_path: Path, there: bool) -> None:
    """On a shared office machine a sheet with 40 addresses must not be everybody's, whatever stood there before."""
    peer.answer = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n%PDF"
    out = tmp_path / "run.pdf"
    if there:
        out.write_text("yesterday's, and longer")
        out.chmod(0o644)
    assert run(["runs", "sheet", "3", "-o", str(out)]) == Exit.DONE
    assert peer.asked[0].startswith(b"GET /api/v1/runs/3/sheet.pdf ")
    assert (out.read_bytes(), stat.S_IMODE(out.stat().st_mode)) == (b"%PDF", 0o600)


def test_a_picture_by_the_files_name(peer: OneAnswer, tmp_path: Path) -> None:
    """The form is what the name says, and nothing else has to be learnt."""
    peer.answer = b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\npng"
    assert run(["runs", "sheet", "3", "--page", "2", "-o", str(tmp_path / "RUN.PNG")]) == Exit.DONE
    assert peer.asked[0].startswith(b"GET /api/v1/runs/3/sheet.png?page=2 ")


@pytest.mark.usefixtures("config")
@pytest.mark.parametrize("arguments", [["-o", "run.txt"], ["-o", "run"], ["-o", "run.pdf", "--page", "1"]], ids=" ".join)
def test_a_form_that_there_is_not(arguments: list[str]) -> None:
    """Said before anything is shown and written down."""
    assert run(["runs", "sheet", "3", *arguments]) == Exit.USAGE


@pytest.mark.parametrize(
    ("status", "code"),
    [
        ("403 Forbidden", Exit.NOT_RUNNING),
        ("404 Not Found", Exit.FINDINGS),
        ("409 Conflict", Exit.FINDINGS),
        ("410 Gone", Exit.FINDINGS),
        ("503 Service Unavailable", Exit.TRY_LATER),
    ],
)
def test_each_refusal_has_its_exit_code(peer: OneAnswer, capsys: Capture, tmp_path: Path, status: str, code: Exit) -> None:
    """A script must tell "not you" from "not any more" from "not now"; and no file is left behind."""
    peer.json(status, {"error": "no", "hint": "do this"})
    assert run(["runs", "sheet", "3", "-o", str(tmp_path / "run.pdf")]) == code
    assert capsys.readouterr().err == "no: do this\n"
    assert not (tmp_path / "run.pdf").exists()
