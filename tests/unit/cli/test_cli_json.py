"""What commands that write a file or change something tell programs: one JSON document, and where the file is."""

from __future__ import annotations

import json
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from unit.cli.test_cli_client import OneAnswer
from waybilld.cli.exits import Exit
from waybilld.cli.main import run

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def peer(config: Path) -> Iterator[OneAnswer]:
    """Something that listens where the daemon would."""
    (config.parent / "rt").mkdir()
    found = OneAnswer(config.parent / "rt" / "api.sock")
    yield found
    found.stop()


def told(capsys: Capture, *typed: str, code: int = Exit.DONE) -> Any:
    """The JSON that a command says, and nothing else on stdout."""
    assert run([*typed, "--json"]) == code
    return json.loads(capsys.readouterr().out)


def test_a_run_sheet(peer: OneAnswer, capsys: Capture, tmp_path: Path) -> None:
    """The sheet itself is never in the answer: it holds addresses."""
    peer.answer = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n%PDF"
    out = tmp_path / "run.pdf"
    assert told(capsys, "runs", "sheet", "3", "-o", str(out)) == {"run": 3, "path": str(out), "bytes": 4}
    error = told(capsys, "runs", "sheet", "3", "-o", "-", code=Exit.USAGE)
    assert error == {"error": "--json goes to stdout: name a file with -o", "exit": 64}


def test_a_pack(peer: OneAnswer, capsys: Capture, tmp_path: Path) -> None:
    """Its number is what the next command needs; and a pack that is not made is an error that can be read."""
    left = [{"serial": "W9.1", "why": "the carrier's ZPL"}]
    peer.json("200 OK", {"pack": {"id": 3, "labels": 1}, "left": left})
    out = str(tmp_path / "pack.pdf")
    found = told(capsys, "packs", "make", "bench", "-o", out)
    assert (found["pack"]["id"], found["left"], found["path"]) == (3, left, out)
    assert told(capsys, "packs", "pdf", "3", "-o", out) == {"pack": 3, "path": out}
    peer.json("200 OK", {"pack": None, "left": left})
    error = told(capsys, "packs", "make", "bench", "-o", out, code=Exit.FINDINGS)
    assert error["error"].startswith("no pack was made")


def test_a_release(peer: OneAnswer, capsys: Capture) -> None:
    """Empty where it was in no quarantine."""
    peer.json("200 OK", {"instance": "printer.a", "was": ""})
    assert told(capsys, "plugins", "release", "a") == {"instance": "printer.a", "was": ""}


def test_an_upgrade_with_nothing_to_do(config: Path, capsys: Capture) -> None:
    """A deployment that runs it every time must see whether it did anything."""
    found = told(capsys, "db", "upgrade")
    assert found["before"] == found["after"]
    assert (found["backup"], found["path"].startswith(str(config.parent))) == (None, True)


@pytest.mark.usefixtures("config")
def test_a_support_bundle(capsys: Capture, tmp_path: Path) -> None:
    """Where it is, and what is in it."""
    out = tmp_path / "b.tar.gz"
    found = told(capsys, "support-bundle", "-o", str(out))
    with tarfile.open(out) as tar:
        assert found["files"] == sorted(Path(name).name for name in tar.getnames())
    assert (found["path"], found["bytes"]) == (str(out), out.stat().st_size)
