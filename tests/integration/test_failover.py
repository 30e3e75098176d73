"""Failover as the packing room sees it: a real daemon, two virtual printers, and what lies in their trays."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from integration.test_api_cli import Running
from waybilld_printers.virtual.tray import ledger

HEADER = "order_id,status,name,phone,country,city,street,postcode,sku,title,quantity"
ROW = "F-{},paid,Jo Test,+44 20 7946 0958,GB,London,1 Wharf,E14,MUG,Mug,1"


class Impatient(Running):
    """Gives a printer in trouble one second."""

    speed = "4"

    def start(self) -> subprocess.Popen[bytes]:
        """As inherited, with a pool that does not wait long."""
        text = self.config.read_text("utf-8")
        old = "{name: pool, printers: [left, right]}"
        assert old in text
        self.config.write_text(text.replace(old, old[:-1] + ", failover_s: 1, leave_s: 2}"), "utf-8")
        return super().start()

    def order(self, *numbers: int) -> None:
        """Orders come in."""
        rows = "\n".join([HEADER, *(ROW.format(number) for number in numbers), ""])
        (self.folder / "orders" / f"o{numbers[0]}.part").write_text(rows)
        (self.folder / "orders" / f"o{numbers[0]}.part").rename(self.folder / "orders" / f"o{numbers[0]}.csv")

    def trays(self) -> list[list[dict[str, object]]]:
        """What came out of each printer."""
        return [ledger(self.folder / name / "tray") for name in ("left", "right")]

    def states(self) -> dict[str, int]:
        """Shipments by state."""
        found: dict[str, int] = self.api.get("/api/v1/status")["shipments"]
        return found


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Impatient]:
    """A daemon with two printers in one pool."""
    found = Impatient(tmp_path)
    yield found
    found.stop()


def kinds(running: Impatient) -> list[str]:
    """The kinds of all journal entries."""
    return [entry["kind"] for entry in running.api.get("/api/v1/journal", {"limit": 1000})["entries"]]


def test_a_printer_stops_in_the_middle_of_a_label(running: Impatient) -> None:
    """The label is taken back with proof and comes out of the other printer, after a separator; each lies in a tray once."""
    left, right = running.printers
    right.tell("pause")
    running.order(*range(1, 7))
    running.until(lambda: left.status()["remaining"])
    left.tell("paper-out")
    right.tell("resume")
    running.until(lambda: running.states() == {"printed": 6})
    trays = running.trays()
    assert sum(map(len, trays)) == 7
    assert len({line["sha256"] for tray in trays for line in tray}) == 7
    assert [kinds(running).count(kind) for kind in ("printer.left", "failover.told", "attempt.unconfirmed")] == [1, 1, 0]
    assert running.cli("db", "verify")[0] == 0
    left.tell("load")
    running.until(lambda: "printer.back" in kinds(running))
    running.order(7, 8)
    running.until(lambda: running.states() == {"printed": 8})
    assert sum(map(len, running.trays())) == 9


def test_the_roll_ends_with_a_label(running: Impatient) -> None:
    """Counted, but with an error standing: nobody calls that a proof. The line goes on, and the new roll settles it."""
    left, right = running.printers
    left.tell("load 3")
    right.tell("pause")
    running.order(*range(1, 7))
    running.until(lambda: left.status()["paper_out"])
    right.tell("resume")
    running.until(lambda: running.states() == {"printed": 5, "rendered": 1})
    running.until(lambda: running.api.get("/api/v1/cases")["cases"])
    (case,) = running.api.get("/api/v1/cases")["cases"]
    assert case["code"] == "print-unconfirmed"
    assert "does not show whether the label is whole (Load a new roll of labels and press FEED)" in case["message"]
    left.tell("load")
    running.until(lambda: running.states() == {"printed": 6})
    assert running.api.get("/api/v1/cases")["cases"] == []
    assert sum(map(len, running.trays())) == 6
    assert running.cli("db", "verify")[0] == 0


def test_a_paused_printer_prints_tests_alone(running: Impatient) -> None:
    """After a repair one wants to see a label before the line comes back."""
    code, told, _ = running.cli("printers", "pause", "left", "--reason", "head change")
    assert (code, told) == (0, "left: paused\n")
    code, told, _ = running.cli("printers", "pause", "right")
    assert code == 0
    running.order(1, 2)
    running.until(lambda: running.states() == {"rendered": 2})
    code, told, err = running.cli("printers", "test", "left")
    assert (code, err) == (0, "")
    assert "proven E4" in told
    assert [len(tray) for tray in running.trays()] == [1, 0]
    code, told, err = running.cli("printers", "calibrate", "left")
    assert (code, err) == (0, "")
    assert "proven E4; read its gauges" in told
    assert [len(tray) for tray in running.trays()] == [2, 0]
    told = running.cli("printers")[1]
    assert "head change" in told
    assert "paused" in told
    assert running.cli("printers", "drain", "left")[0] == 0
    assert "left: drained: nothing in it, the plug may be pulled" in running.cli("printers")[1]
    code, told, _ = running.cli("printers", "drill", "pool", "--yes")
    assert (code, "not ready for a failover" in told) == (1, True)
    assert [len(tray) for tray in running.trays()] == [3, 1]
    assert running.cli("printers", "pause", "left")[0] == 0
    assert running.cli("printers", "resume", "right")[0] == 0
    running.until(lambda: running.states() == {"printed": 2})
    assert [len(tray) for tray in running.trays()] == [3, 3]
    code, _, err = running.cli("printers", "pause", "nobody")
    assert code == 1
    assert "there is no printer nobody; there are: left, right" in err
    assert running.cli("db", "verify")[0] == 0


def test_a_drill_shows_who_could_take_over(running: Impatient) -> None:
    """A backup that nobody ever tried is no backup."""
    code, told, err = running.cli("printers", "drill", "pool", "--yes", "--json")
    assert (code, err) == (0, "")
    rows = json.loads(told)
    assert rows["passed"]
    assert [(row["printer"], row["outcome"], row["evidence"]) for row in rows["printers"]] == [
        ("left", "proven", "E4"),
        ("right", "proven", "E4"),
    ]
    assert [len(tray) for tray in running.trays()] == [1, 1]
    running.printers[1].tell("head-open")
    code, told, _ = running.cli("printers", "drill", "pool", "--yes")
    assert code == 1
    assert "Close the print head." in told
    assert "not ready for a failover" in told
