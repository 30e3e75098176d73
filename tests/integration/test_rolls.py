"""What is left on the rolls, as the packing room sees it: a daemon over a Zebra that counts and a TSPL that does not."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from integration.test_api_cli import Running
from support.virtual_printer import VirtualPrinter
from waybilld.cli.exits import Exit

HEADER = "order_id,status,name,phone,country,city,street,postcode,sku,title,quantity"
ROW = "R-{},paid,Jo Test,+44 20 7946 0958,GB,London,1 Wharf,E14,MUG,Mug,1"


class Mixed(Running):
    """`left` is a Zebra, `right` a TSPL printer."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.left, self.right = self.printers

    def start(self) -> Any:
        """As inherited, with another printer for the second one."""
        self.printers[1].stop()
        self.printers[1] = VirtualPrinter(self.folder / "tspl", "--speed", self.speed, "--language", "tspl")
        lines = self.config.read_text("utf-8").splitlines()
        right = f"  - {{name: right, adapter: raw, settings: {{host: 127.0.0.1, port: {self.printers[1].print_port}"
        lines = [f"{right}, profile: tspl-203}}}}" if "name: right" in line else line for line in lines]
        self.config.write_text("\n".join(lines), "utf-8")
        return super().start()

    def row(self, name: str) -> dict[str, Any]:
        """A printer's line of the list."""
        (row,) = (row for row in self.api.get("/api/v1/printers")["printers"] if row["name"] == name)
        return dict(row)

    def left_on(self, name: str) -> Any:
        """How many labels are left on its roll."""
        return self.row(name)["roll_labels"]

    def load(self, name: str, **told: object) -> dict[str, Any]:
        """Somebody puts a roll in; the card afterwards."""
        return dict(self.api.post(f"/api/v1/printers/{name}/load", told))

    def test(self, name: str) -> None:
        """Print a label."""
        self.api.post(f"/api/v1/printers/{name}/test")

    def order(self, *numbers: int) -> None:
        """Orders come in."""
        rows = "\n".join([HEADER, *(ROW.format(number) for number in numbers), ""])
        (self.folder / "orders" / "o.part").write_text(rows)
        (self.folder / "orders" / "o.part").rename(self.folder / "orders" / f"o{numbers[0]}.csv")


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mixed]:
    """The packing room."""
    found = Mixed(tmp_path_factory.mktemp("rolls"))
    try:
        found.until(lambda: {found.row(name)["state"] for name in ("left", "right")} == {"idle"})
        yield found
    finally:
        found.stop()


def test_a_roll_in_a_printer_that_counts(room: Mixed) -> None:
    """From what the printer says at that moment: what others printed before costs it nothing, what they print later does."""
    for _ in range(20):
        room.left.tell("feed")
    room.load("left", labels=500, media="100x150mm")
    assert room.left_on("left") == 500
    for printed in (1, 2, 3):
        room.test("left")
        assert room.left_on("left") == 500 - printed
    for _ in range(4):
        room.left.tell("feed")
    room.until(lambda: room.left_on("left") == 493)


def test_a_roll_in_a_printer_that_knows_kilometres(room: Mixed) -> None:
    """Its kilometres stand still for 6,500 labels: the labels sent are what is known, and the card says no more."""
    room.load("right", labels=500)
    for printed in (1, 2, 3, 4):
        room.test("right")
        assert room.left_on("right") == 500 - printed
    _, card, _ = room.cli("printers", "show", "right")
    assert "about 496 labels" in card
    assert "by the labels sent" in card
    assert "measured by the device" not in card
    assert "0.000 km" not in card
    assert "under 1 km" in card


def test_a_wave_a_roll_that_ends_and_the_wrong_labels(room: Mixed) -> None:
    """The preflight reckons with what is there: an empty printer has nothing, and one with other labels takes none."""
    for name, labels in (("left", 3), ("right", 2)):
        room.api.post(f"/api/v1/printers/{name}/pause", {"reason": "the wave is counted"})
        room.load(name, labels=labels)
    room.order(1, 2, 3, 4, 5, 6, 7, 8)
    short = "pool pool: these 8 labels end 3 labels after the roll does"
    room.until(lambda: room.api.get("/api/v1/printers")["notes"] == [short])
    room.left.tell("paper-out")
    room.until(lambda: room.left_on("left") == 0)
    _, listed, _ = room.cli("printers")
    (line,) = (line for line in listed.splitlines() if line.startswith("left "))
    assert " out " in line
    short = "pool pool: these 8 labels end 6 labels after the roll does"
    assert room.api.get("/api/v1/printers")["notes"] == [short]

    code, _, why = room.cli("printers", "load", "right", "--labels", "500", "--media", "4x6")
    assert (code, "right is set up for 100x150 mm" in why) == (Exit.FINDINGS, True)
    assert room.left_on("right") == 2, "nothing was written"
    assert room.cli("printers", "load", "right", "--labels", "500", "--media", "100x180", "--sure")[0] == Exit.DONE
    room.api.post("/api/v1/printers/right/resume", {})
    row = room.row("right")
    assert (row["state"], "media-needed" in row["reasons"]) == ("stopped", True)
    assert row["advice"].startswith("Load 100x150 mm, or tell waybilld what is in it")
    before = room.right.labels_out()
    room.until(lambda: [row["ended_at"] for row in room.api.get("/api/v1/troubles")["troubles"]] == [None])
    room.left.tell("load 500")
    room.load("left", labels=500)
    room.api.post("/api/v1/printers/left/resume", {})
    room.until(lambda: room.api.get("/api/v1/status")["shipments"] == {"printed": 8})
    assert room.right.labels_out() == before, "the pool goes on with the printer that has the right labels"
    room.until(lambda: room.left_on("left") == 492)

    assert room.cli("printers", "load", "right", "--media", "100x180")[0] == Exit.DONE
    room.test("right")
    assert (room.right.labels_out(), room.left_on("right")) == (before + 1, 499)


def test_the_ledger_of_that_day(room: Mixed) -> None:
    """Paper out is over when the printer says so; and what is counted is what the database holds."""
    (row,) = room.api.get("/api/v1/troubles", {"days": 1})["troubles"]
    assert (row["printer"], row["cause"], row["ended_at"] is not None, row["labels"]) == ("left", "paper-out", True, 0)
    assert room.cli("db", "verify")[0] == Exit.DONE
