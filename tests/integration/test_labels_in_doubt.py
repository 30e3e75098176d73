"""Labels in doubt as people meet them: a real daemon, a printer that tells nothing, and hands that scan."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from integration.test_api_cli import Running
from integration.test_failover import HEADER, ROW
from waybilld_printers.virtual.tray import ledger


class Blind(Running):
    """Both printers never answer: what they print waits for its scan."""

    def start(self) -> subprocess.Popen[bytes]:
        """As inherited, with a quota of two copies and printers without a word."""
        text = self.config.read_text("utf-8")
        if "raw-none" not in text:
            text = text.replace("settings: {host: 127.0.0.1,", "settings: {profile: raw-none, host: 127.0.0.1,")
            text += "labels: {reprint: {per_day: 2}}\n"
            self.config.write_text(text, "utf-8")
        return super().start()

    def order(self, *numbers: int) -> None:
        """Orders come in."""
        rows = "\n".join([HEADER, *(ROW.format(number) for number in numbers), ""])
        (self.folder / "orders" / f"o{numbers[0]}.part").write_text(rows)
        (self.folder / "orders" / f"o{numbers[0]}.part").rename(self.folder / "orders" / f"o{numbers[0]}.csv")

    def out(self) -> int:
        """Pieces in both trays."""
        return sum(len(ledger(self.folder / name / "tray")) for name in ("left", "right"))

    def states(self) -> dict[str, int]:
        """Shipments by state."""
        found: dict[str, int] = self.api.get("/api/v1/status")["shipments"]
        return found


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Blind]:
    """A daemon whose printers tell nothing."""
    found = Blind(tmp_path)
    yield found
    found.stop()


def test_the_scan_settles_what_the_printer_cannot(running: Blind) -> None:
    """The line never stands still; each label is proven at the packing table, copied, thrown away or printed once more."""
    running.order(*range(1, 6))
    running.until(lambda: running.out() == 5 and len(running.api.get("/api/v1/unconfirmed")["unconfirmed"]) == 5)
    assert running.states() == {"rendered": 5}
    code, told, err = running.cli("labels", "scan", "W0000001.1", "W0000002.1")
    assert (code, told.count("GO"), err) == (0, 2, "")
    assert running.states() == {"rendered": 3, "verified": 2}
    code, told, _ = running.cli("labels", "settle", "W0000003.1", "--printed")
    assert (code, told) == (0, "W0000003.1 settled\n")
    assert running.states() == {"printed": 1, "rendered": 2, "verified": 2}
    code, _, err = running.cli("labels", "settle", "W0000003.1", "--not-printed", "--yes")
    assert code == 1
    assert "is proven printed already" in err

    code, told, _ = running.cli("labels", "settle", "W0000004.1", "--not-printed", "--yes")
    assert code == 0
    running.until(lambda: running.out() == 6)

    code, told, _ = running.cli("labels", "reprint", "W0000003.1", "--reason", "faint-or-blank", "--note", "dead dots")
    assert code == 0
    assert told.startswith("W0000003.2 is printed")
    running.until(lambda: running.out() == 7)
    assert "W0000003.1" in running.cli("labels", "intercepts")[1]
    code, told, _ = running.cli("labels", "scan", "W0000003.1")
    assert code == 1
    assert "throw this away: W0000003.2 has its place" in told
    assert running.cli("labels", "intercepts")[1] == "none\n"
    assert "W0000003.1" in running.cli("labels", "intercepts", "--found")[1]
    running.until(lambda: "W0000003.2" in running.cli("labels", "unconfirmed")[1])
    rows = json.loads(running.cli("labels", "unconfirmed", "--pool", "pool", "--json")[1])["unconfirmed"]
    assert "W0000003.2" in [row["serial"] for row in rows]
    assert running.cli("labels", "unconfirmed", "--older-than", "1h")[1] == "none\n"
    assert running.cli("labels", "scan", "W0000003.2")[0] == 0
    code, told, _ = running.cli("labels", "scan", "W0009999.1", "--json")
    assert (code, json.loads(told)["scans"][0]["word"]) == (1, "stop")
    assert running.cli("db", "verify")[0] == 0


def test_what_waits_can_be_moved_dropped_and_printed_after_all(running: Blind) -> None:
    """A parcel that went another way, and a printer that is wanted for something else."""
    for printer in ("left", "right"):
        assert running.cli("printers", "pause", printer)[0] == 0
    running.order(1, 2, 3)
    running.until(lambda: running.states() == {"rendered": 3})
    assert running.cli("labels", "move", "W0000002.1", "--to", "right") == (0, "W0000002.1 is for right\n", "")
    code, _, err = running.cli("labels", "move", "W0000002.1", "--to", "nowhere")
    assert (code, "there are: left, pool, right" in err) == (1, True)
    assert running.cli("labels", "cancel", "W0000003.1", "--yes")[0] == 0
    assert running.cli("printers", "resume", "left")[0] == 0
    running.until(lambda: len(ledger(running.folder / "left" / "tray")) == 1)
    assert running.cli("printers", "resume", "right")[0] == 0
    running.until(lambda: len(ledger(running.folder / "right" / "tray")) == 1)
    code, _, err = running.cli("labels", "release", "W0000001.1")
    assert (code, "was not given up" in err) == (1, True)
    (case,) = [c for c in running.api.get("/api/v1/cases")["cases"] if c["blocking"]]
    assert case["code"] == "label-dropped"
    assert running.cli("labels", "reprint", "W0000003.1", "--reason", "person")[0] == 0
    running.until(lambda: running.out() == 3)
    assert running.cli("db", "verify")[0] == 0
