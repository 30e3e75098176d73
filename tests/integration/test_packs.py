"""Every printer is down: labels printed from a pack by the real daemon, and told back; then a printer is there again."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pypdfium2
import pytest
import zxingcpp
from PIL import Image, ImageChops, ImageOps

from integration.test_api_cli import ORDERS, Running
from waybilld.core.packs import Item, check_off
from waybilld_labels.renderer import draw_shipped

HEADER = ORDERS.splitlines()[0]
MORE = "\n".join(
    f"B-{at},paid,Canaria Testperson,+44 20 7946 0958,GB,London,1 Canary Wharf Lane,E14 5AB,MUG,Mug,1" for at in (1, 2, 3)
)


class Stranded(Running):
    """A station whose printers both refuse every connection."""

    def refuse(self) -> None:
        """Nobody can reach a printer any more."""
        for printer in self.printers:
            printer.tell("refuse")
        self.until(lambda: not {p["state"] for p in self.api.get("/api/v1/printers")["printers"]} & {"idle", "processing"})

    def accept(self) -> None:
        """They are there again."""
        for printer in self.printers:
            printer.tell("accept")

    def waits(self, labels: int) -> bool:
        """Whether so many labels wait for a printer, and nothing else is under way."""
        status = self.api.get("/api/v1/status")
        return bool(status["jobs"] == {"print/ready": labels})

    def came_out(self) -> int:
        """Labels in both trays."""
        return sum(printer.labels_out() for printer in self.printers)


@pytest.fixture
def stranded(tmp_path: Path) -> Iterator[Stranded]:
    """Five labels wait, and no printer answers."""
    found = Stranded(tmp_path)
    try:
        found.refuse()
        lines = [line for line in ORDERS.splitlines() if line.startswith(("A-1", "A-2"))]
        (tmp_path / "orders" / "a.csv").write_text("\n".join([HEADER, *lines, MORE, ""]), "utf-8")
        found.until(lambda: found.waits(5))
        yield found
    finally:
        found.stop()


def pages_of(pdf: bytes) -> list[Image.Image]:
    """Every page at the labels' own resolution, 8 dots per mm."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        return [page.render(scale=8 * 25.4 / 72, grayscale=True).to_pil() for page in document]
    finally:
        document.close()


def same(one: Image.Image, other: Image.Image) -> bool:
    """Whether two pictures are the same, dot for dot."""
    return one.size == other.size and ImageChops.difference(one.convert("L"), other.convert("L")).getbbox() is None


def test_a_day_without_printers(stranded: Stranded, tmp_path: Path) -> None:
    """The line goes on by hand, nothing is printed by two, and what was not printed comes out when a printer is back."""
    code, out, _ = stranded.cli("check", "--json")
    finding = next(one for one in json.loads(out)["findings"] if one["subject"] == "pool pool")
    assert (code, finding["level"], finding["text"]) == (1, "stop", "no printer works, and 5 labels wait")
    assert "waybilld packs make pool" in finding["todo"]

    path = tmp_path / "pack.pdf"
    code, out, err = stranded.cli("packs", "make", "pool", "-o", str(path))
    assert (code, out) == (0, f"wrote {path}\n")
    assert "pack 1 has 5 labels, and no printer prints them any more" in err
    assert "waybilld packs settle 1 --printed 1-5" in err
    assert path.stat().st_mode & 0o777 == 0o600

    sheet, *labels = pages_of(path.read_bytes())
    items = json.loads(stranded.cli("packs", "show", "1", "--json")[1])["items"]
    wanted = check_off(1, "pool", [Item(i["number"], i["serial"], i["waybill"], i["shipment"]) for i in items], 8.0)
    (drawn,) = draw_shipped(wanted)
    (tmp_path / "sheet.png").write_bytes(drawn.png)
    assert same(sheet, Image.open(tmp_path / "sheet.png"))
    for item, label in zip(items, labels, strict=True):
        preview = tmp_path / f"{item['number']}.png"
        preview.write_bytes(stranded.api.get_bytes(f"/api/v1/shipments/{item['shipment']}/label.png"))
        with Image.open(preview) as previewed:
            assert label.size == (previewed.width, previewed.height + 96)
            assert same(label.crop((0, 0, *previewed.size)), previewed), "the same pixels as would have been printed"
        read = {found.text for found in zxingcpp.read_barcodes(label)}
        assert {item["waybill"], item["serial"]} <= read
        assert ImageOps.invert(label.crop((0, previewed.height, label.width, label.height))).getbbox() is not None

    assert stranded.cli("packs", "pdf", "1", "-o", str(tmp_path / "again.pdf"))[0] == 0
    assert (tmp_path / "again.pdf").read_bytes() == path.read_bytes()
    assert stranded.cli("packs", "make", "pool", "-o", str(tmp_path / "none.pdf"))[0] == 1
    assert not (tmp_path / "none.pdf").exists()

    # A restart must not settle, and a printer that is back must not print, what people hold in their hands.
    stranded.process.terminate()
    stranded.process.wait()
    stranded.start()
    stranded.accept()
    code, _, err = stranded.cli("packs", "settle", "1", "--printed", "1-9", "--unused", "2")
    assert (code, "the pack has the numbers 1 to 5" in err) == (64, True)
    code, out, _ = stranded.cli("packs", "settle", "1", "--printed", "1-2", "--spoiled", "3")
    assert (code, out) == (0, "pack 1, 5 labels: 2 printed, 1 spoiled, 2 still open\n")
    unconfirmed = stranded.cli("labels", "unconfirmed")[1]
    assert [word in unconfirmed for word in (items[2]["serial"], items[3]["serial"], "pack-1/4")] == [False, True, True]
    stranded.until(lambda: stranded.came_out() == 1)

    code, out, _ = stranded.cli("packs", "settle", "1", "--unused", "all")
    assert (code, out) == (0, "pack 1, 5 labels, is closed: 2 printed, 1 spoiled, 2 unused\n")
    stranded.until(lambda: stranded.api.get("/api/v1/status")["shipments"] == {"printed": 5})
    assert stranded.came_out() == 3
    code, _, err = stranded.cli("packs", "pdf", "1", "-o", str(tmp_path / "late.pdf"))
    assert (code, "every label of pack 1 is settled" in err) == (1, True)
    shown = json.loads(stranded.cli("packs", "show", "1", "--json")[1])
    assert [one["uid"] for one in shown["shown_to"]] == [os.geteuid()] * 2
    story = stranded.cli("shipments", "show", str(items[2]["shipment"]))[1]
    assert "number 3 of pack 1 came out and cannot be used, says" in story
    tail = stranded.cli("journal", "tail", "-n", "60")[1]
    for words in ("pack 1 made of 5 labels of pool pool by", "the PDF of pack 1 given to", "every label of pack 1 is settled"):
        assert words in tail
    assert stranded.cli("db", "verify", "--full")[0] == 0
