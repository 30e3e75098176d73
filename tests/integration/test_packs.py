"""Every printer is down: labels printed from a pack by the real daemon, and told back; then a printer is there again."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
import zxingcpp
from PIL import Image, ImageChops, ImageOps

from integration.test_api_cli import ORDERS, Running
from waybilld.cli.packs import packs
from waybilld.core.packs import Item, check_off
from waybilld_labels.renderer import draw_shipped

HOW_TO = (Path(__file__).parents[2] / "docs" / "howto" / "all-printers-down.md").read_text("utf-8")
HEADER = ORDERS.splitlines()[0]
MORE = "\n".join(
    f"B-{at},paid,Canaria Testperson,+44 20 7946 0958,GB,London,1 Canary Wharf Lane,E14 5AB,MUG,Mug,1" for at in (1, 2, 3)
)


class Stranded(Running):
    """A station whose printers are both without power."""

    def switch_off(self) -> None:
        """Nobody can reach a printer any more."""
        for printer in self.printers:
            printer.tell("power-cycle 3600")
        self.until(lambda: all(map(_found_out, self.api.get("/api/v1/printers")["printers"])))

    def switch_on(self) -> None:
        """They are there again."""
        for printer in self.printers:
            printer.tell("power-cycle 0")

    def waits(self, labels: int) -> bool:
        """Whether so many labels wait for a printer, and nothing else is under way."""
        status = self.api.get("/api/v1/status")
        return bool(status["jobs"] == {"print/ready": labels})

    def advice(self) -> list[dict[str, str]]:
        """What the opening check says of five labels that wait."""
        return [one for one in self.api.get("/api/v1/check")["findings"] if "5 labels wait" in one["text"]]

    def came_out(self) -> int:
        """Labels in both trays."""
        return sum(printer.labels_out() for printer in self.printers)


def _found_out(printer: dict[str, Any]) -> bool:
    """Whether the daemon has tried to reach it, in vain."""
    return printer["state"] == "unknown" and printer["advice"] != "not asked yet"


@pytest.fixture
def stranded(tmp_path: Path) -> Iterator[Stranded]:
    """Five labels wait, and no printer answers."""
    found = Stranded(tmp_path)
    try:
        found.switch_off()
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


def picture(png: bytes) -> Image.Image:
    """A PNG, opened."""
    return Image.open(io.BytesIO(png))


def same(one: Image.Image, other: Image.Image) -> bool:
    """Whether two pictures are the same, dot for dot."""
    return one.size == other.size and ImageChops.difference(one.convert("L"), other.convert("L")).getbbox() is None


def by_the_book(said: str, pack: str = "1") -> bool:
    """Whether the how-to shows what was said; its pack is the first."""
    return f"    {said.strip()}\n".replace(f"pack {pack},", "pack 1,") in HOW_TO


def test_the_how_tos_commands_are_commands() -> None:
    """In that hour nobody reads `--help`."""
    commands = re.findall(r"^    waybilld packs ?(.*)$|`waybilld packs (.*?)`", HOW_TO, re.MULTILINE)
    assert len(commands) >= 6
    for line in (one or other for one, other in commands):
        name, *arguments = line.split() or [""]
        if name:
            packs.commands[name].make_context(name, arguments)


def packed(stranded: Stranded, path: Path) -> int:
    """A pack of all five labels. A lane may be trying to reach its printer for one just when the pack is made: then people
    leave all of it unused, and make another."""
    for _ in range(20):
        code, out, err = stranded.cli("packs", "make", "pool", "-o", str(path))
        assert (code, out) == (0, f"wrote {path}\n")
        made = re.match(r"(?:label .*\n)*pack (\d+) has (\d) labels?, and no printer prints them any more\n", err)
        assert made is not None, err
        assert f"waybilld packs settle {made[1]} --printed 1-{made[2]}" in err
        if made[2] == "5":
            return int(made[1])
        stranded.api.post(f"/api/v1/packs/{made[1]}/settle", {"unused": "all"})
        stranded.until(lambda: stranded.waits(5))
    raise AssertionError("no pack got all of the labels")


def test_a_day_without_printers(stranded: Stranded, tmp_path: Path) -> None:
    """The line goes on by hand, nothing is printed by two, and what was not printed comes out when a printer is back."""
    advised = stranded.until(stranded.advice)
    assert [(one["subject"], one["level"]) for one in advised] == [("pool pool", "stop")]
    assert by_the_book("stop: pool pool: " + advised[0]["todo"])

    path = tmp_path / "pack.pdf"
    pack = str(packed(stranded, path))
    assert path.stat().st_mode & 0o777 == 0o600
    sheet, *labels = pages_of(path.read_bytes())
    items = stranded.api.get(f"/api/v1/packs/{pack}")["items"]
    named = [Item(one["number"], one["serial"], one["waybill"], one["shipment"]) for one in items]
    (drawn,) = draw_shipped(check_off(int(pack), "pool", named, 8.0))
    assert same(sheet, picture(drawn.png))
    for item, label in zip(items, labels, strict=True):
        previewed = picture(stranded.api.get_bytes(f"/api/v1/shipments/{item['shipment']}/label.png"))
        assert label.size == (previewed.width, previewed.height + 96)
        assert same(label.crop((0, 0, *previewed.size)), previewed), "the same pixels as would have been printed"
        assert ImageOps.invert(label.crop((0, previewed.height, *label.size))).getbbox() is not None
        assert {item["waybill"], item["serial"]} <= {found.text for found in zxingcpp.read_barcodes(label)}
    assert stranded.api.get_bytes(f"/api/v1/packs/{pack}/pack.pdf") == path.read_bytes()

    # A restart must not settle, and a printer that is back must not print, what people hold in their hands.
    stranded.process.terminate()
    stranded.process.wait()
    stranded.start()
    stranded.switch_on()
    code, _, err = stranded.cli("packs", "settle", pack, "--printed", "1-9", "--unused", "2")
    assert (code, by_the_book(err, pack)) == (64, True)
    code, out, _ = stranded.cli("packs", "settle", pack, "--printed", "1-2", "--spoiled", "3", "--yes")
    assert (code, out) == (0, f"pack {pack}, 5 labels: 2 printed, 1 spoiled, 2 still open\n")
    assert by_the_book(out, pack)
    unconfirmed = {one["serial"]: one["printer"] for one in stranded.api.get("/api/v1/unconfirmed")["unconfirmed"]}
    assert unconfirmed == {items[3]["serial"]: f"pack-{pack}/4", items[4]["serial"]: f"pack-{pack}/5"}
    stranded.until(lambda: stranded.came_out() == 1)

    code, out, _ = stranded.cli("packs", "settle", pack, "--unused", "all", "--yes")
    assert (code, out) == (0, f"pack {pack}, 5 labels, is closed: 2 printed, 1 spoiled, 2 unused\n")
    assert by_the_book(out, pack)
    stranded.until(lambda: stranded.api.get("/api/v1/status")["shipments"] == {"printed": 5})
    assert stranded.came_out() == 3
    code, _, err = stranded.cli("packs", "pdf", pack, "-o", str(tmp_path / "late.pdf"))
    assert (code, f"every label of pack {pack} is settled" in err) == (1, True)
    shown = stranded.cli("packs", "show", pack)[1]
    assert (shown.count("PDF given"), shown.count(": unused, says")) == (2, 2)
    story = stranded.api.get(f"/api/v1/shipments/{items[2]['shipment']}")["story"]
    assert any(f"number 3 of pack {pack} came out and cannot be used, says" in line["text"] for line in story)
    assert stranded.cli("db", "verify", "--full")[0] == 0
