"""A print set through the real daemon: waybills on one printer, all else on another, each page with its proof."""

from __future__ import annotations

import json
import sqlite3
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from integration.test_api_cli import Running
from unit.labels.artwork.pdf_maker import box, pdf
from waybilld.cli.client import Refused

ORDERS = 6
HEADER = "order_id,status,name,phone,country,city,street,postcode,sku,title,quantity"
ROW = "B-{},paid,Jo Test,+44 20 7946 0958,GB,London,1 Wharf,E14,MUG,Mug,1"
CHANGES = (
    ("    pool: pool\n", "    pool: labels\n    texts: {return-policy: Send it back within 30 days.}\n" + "    print:\n"
     "      default: [{label: waybill}, {label: slip, pool: paper}, {label: form, pool: paper},\n"
     "        {label: card, pool: paper, file: card.png}, {label: invoice, pool: paper, file: 'invoices/{order}.pdf'}]\n"),
    ("  - {name: pool, printers: [left, right]}\n",
     "  - {name: labels, printers: [left]}\n  - {name: paper, printers: [right]}\n"),
)  # fmt: skip


class WithSlips(Running):
    """Printer `left` prints waybills, printer `right` everything else."""

    def start(self) -> subprocess.Popen[bytes]:
        """As inherited, with a print set and a pool for each printer."""
        text = self.config.read_text("utf-8")
        for old, new in CHANGES:
            assert old in text
            text = text.replace(old, new)
        self.config.write_text(text, "utf-8")
        Image.new("1", (400, 300), 1).save(self.folder / "card.png", dpi=(203, 203))
        (self.folder / "invoices").mkdir()
        for number in range(1, ORDERS):
            self.invoice(number)
        return super().start()

    def invoice(self, number: int) -> None:
        """The invoice of an order comes, of as many pages as its number says."""
        written = self.folder / "invoices" / f"B-{number}.part"
        written.write_bytes(pdf(box(10, 10, 60, 100), (90, 140), pages=max(1, number)))
        written.rename(written.with_suffix(".pdf"))

    def printed(self) -> list[tuple[str, str]]:
        """(printer, serial) of every proven attempt, in the order in which they were made."""
        (database,) = (path for path in (self.folder / "state").iterdir() if path.suffix in {".db", ".sqlite"})
        with sqlite3.connect(f"file:{database}?mode=ro", uri=True) as connection:
            sql = "SELECT a.printer, l.serial FROM attempt a JOIN label l ON l.id = a.label WHERE a.state = 'proven'"
            return connection.execute(f"{sql} ORDER BY a.id").fetchall()


def sheets_of(number: str, pages: int) -> list[str]:
    """Serials of what is printed beside a waybill: slip, form, card, and a record for each page of the invoice."""
    return [f"S{number}", f"F{number}", f"C{number}", f"I{number}", *(f"I{number}-{page}" for page in range(2, pages + 1))]


@pytest.fixture
def running(tmp_path: Path) -> Iterator[WithSlips]:
    """A daemon that prints sets."""
    found = WithSlips(tmp_path)
    yield found
    found.stop()


def test_each_kind_comes_out_of_its_own_printer_in_the_sets_order(running: WithSlips) -> None:
    """The packer takes one label from the left and its sheets from the right, again and again; a late invoice holds its own
    order alone."""
    rows = "\n".join([HEADER, *(ROW.format(at) for at in range(ORDERS)), ""])
    (running.folder / "orders" / "o.csv").write_text(rows)
    early = 4 * (ORDERS - 1) + sum(range(1, ORDERS))
    running.until(lambda: len(running.printed()) == early)
    late = running.api.get("/api/v1/orders?external_id=B-0")["orders"][0]["shipments"][0]["id"]
    assert "B-0.pdf is not there" in running.cli("shipments", "show", str(late))[1]
    assert "B-0.pdf is not there" in running.cli("orders")[1]
    (running.folder / "invoices" / "B-0.pdf").write_bytes(b"half a")
    running.until(lambda: "B-0.pdf: the sheet's PDF cannot be read" in running.cli("orders")[1])
    running.invoice(0)
    running.until(lambda: len(running.printed()) == early + 5)
    made = running.printed()
    waybills, sheets = ([serial for on, serial in made if on == printer] for printer in ("left", "right"))
    assert sorted(waybills) == [f"W{at:07d}.1" for at in range(1, ORDERS + 1)]
    pages = {f"W{at + 1:07d}.1": max(1, at) for at in range(ORDERS)}
    assert sheets == [serial for waybill in waybills for serial in sheets_of(waybill[1:], pages[waybill])]
    assert [printer.labels_out() for printer in running.printers] == [ORDERS, len(sheets)]
    where = "/api/v1/shipments/1/label.png"
    waybill, slip = (running.api.get_bytes(where, {"serial": serial}) for serial in (None, "S0000001.1"))
    assert waybill
    assert slip
    assert waybill != slip
    picture = running.folder / "slip.png"
    assert running.cli("labels", "preview", "1", "--serial", "S0000001.1", "-o", str(picture))[0] == 0
    assert picture.read_bytes() == slip
    with pytest.raises(Refused, match="no such label was drawn for this shipment"):
        running.api.get_bytes(where, {"serial": "S0000002.1"})
    code, out, err = running.cli("db", "verify", "--json")
    assert code == 0, err
    assert json.loads(out)["findings"] == []
