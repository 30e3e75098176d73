"""The lists of labels that somebody should look for, as people read them and ask for them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from unit.cli import cli_house
from unit.store.store_house import House, live_in
from waybilld.cli.exits import Exit
from waybilld.cli.main import run
from waybilld.core.runs import Person
from waybilld.store import copies, scans

Capture = pytest.CaptureFixture[str]
MEI = Person(7001, "mei")


@pytest.fixture
def looked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A daemon that is down, with a label in doubt, and two copies that were to be thrown away, one of them found. The
    serial of the label in doubt."""
    (tmp_path / "made").mkdir()
    house = House(tmp_path / "made")
    live_in(house)
    for serial in ("S1", "S2"):
        house.do(lambda tx, serial=serial: copies.reprint(tx, serial, "jam", MEI))  # type: ignore[misc]
    house.do(lambda tx: scans.scan(tx, "S2", MEI, house.policies))
    serial: str = house.one("SELECT serial FROM label l JOIN attempt a ON a.label = l.id WHERE a.state = 'unconfirmed'")
    house.close()
    monkeypatch.setenv("WAYBILLD_CONFIG", str(cli_house.put(tmp_path, house.path)))
    return serial


def listed(capsys: Capture, *arguments: str) -> list[str]:
    """The first column of a list, without its heading."""
    assert run(["labels", *arguments]) == Exit.DONE
    return [line.split()[0] for line in capsys.readouterr().out.splitlines() if not line.startswith("label")]


def test_labels_in_doubt_by_printer_pool_and_age(looked_for: str, capsys: Capture) -> None:
    """One walks to one printer, one bench, or looks for what the wave left behind."""
    for asked in ([], ["--printer", "zebra-1"], ["--pool", "pool"], ["--older-than", "30m"]):
        assert listed(capsys, "unconfirmed", *asked) == [looked_for]
    for asked in (["--printer", "zebra-2"], ["--pool", "hall"], ["--older-than", "9999w"]):
        assert listed(capsys, "unconfirmed", *asked) == ["none"]
    assert listed(capsys) == [looked_for]


@pytest.mark.usefixtures("looked_for")
def test_intercepts_open_and_found(capsys: Capture) -> None:
    """What is still looked for, and what mei threw away."""
    assert listed(capsys, "intercepts") == listed(capsys, "intercepts", "--open") == ["S1"]
    assert listed(capsys, "intercepts", "--found") == ["S2"]
    assert run(["labels", "intercepts", "--found", "--json"]) == Exit.DONE
    (row,) = json.loads(capsys.readouterr().out)["intercepts"]
    assert (row["serial"], row["state"], row["reason"]) == ("S2", "found", "superseded by S2.2: jam")
    assert run(["labels", "intercepts", "--found"]) == Exit.DONE
    heading, _ = capsys.readouterr().out.splitlines()
    assert "found (UTC)" in heading


@pytest.mark.usefixtures("looked_for")
@pytest.mark.parametrize("age", ["2", "nan", "0h", "-1h", "2 h", "h", "99999h", "١h"])
def test_an_age_that_is_none_is_named(age: str, capsys: Capture) -> None:
    """A list that is silently too long or too short is believed."""
    assert run(["labels", "unconfirmed", f"--older-than={age}"]) == Exit.USAGE
    assert "such as 30m, 2h or 3d" in capsys.readouterr().err
