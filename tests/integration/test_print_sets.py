"""A print set through the real daemon: waybills on one printer, slips and forms on another, each page with its proof."""

from __future__ import annotations

import json
import sqlite3
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from integration.test_api_cli import Running

ORDERS = 6
HEADER = "order_id,status,name,phone,country,city,street,postcode,sku,title,quantity"
ROW = "B-{},paid,Jo Test,+44 20 7946 0958,GB,London,1 Wharf,E14,MUG,Mug,1"
CHANGES = (
    ("    pool: pool\n", "    pool: labels\n    texts: {return-policy: Send it back within 30 days.}\n" + "    print:\n"
     "      default: [{label: waybill}, {label: slip, pool: paper}, {label: form, pool: paper}]\n"),
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
        return super().start()

    def printed(self) -> list[tuple[str, str]]:
        """(printer, serial) of every proven attempt, in the order in which they were made."""
        (database,) = (path for path in (self.folder / "state").iterdir() if path.suffix in {".db", ".sqlite"})
        with sqlite3.connect(f"file:{database}?mode=ro", uri=True) as connection:
            sql = "SELECT a.printer, l.serial FROM attempt a JOIN label l ON l.id = a.label WHERE a.state = 'proven'"
            return connection.execute(f"{sql} ORDER BY a.id").fetchall()


@pytest.fixture
def running(tmp_path: Path) -> Iterator[WithSlips]:
    """A daemon that prints sets."""
    found = WithSlips(tmp_path)
    yield found
    found.stop()


def test_each_kind_comes_out_of_its_own_printer_in_the_sets_order(running: WithSlips) -> None:
    """The packer takes one label from the left and one slip and form from the right, again and again."""
    rows = "\n".join([HEADER, *(ROW.format(at) for at in range(ORDERS)), ""])
    (running.folder / "orders" / "o.csv").write_text(rows)
    running.until(lambda: len(running.printed()) == 3 * ORDERS)
    made = running.printed()
    waybills, sheets = ([serial for on, serial in made if on == printer] for printer in ("left", "right"))
    assert sorted(waybills) == [f"W{at:07d}.1" for at in range(1, ORDERS + 1)]
    assert sheets == [f"{kind}{waybill[1:]}" for waybill in waybills for kind in "SF"]
    assert [printer.labels_out() for printer in running.printers] == [ORDERS, 2 * ORDERS]
    code, out, err = running.cli("db", "verify", "--json")
    assert code == 0, err
    assert json.loads(out)["findings"] == []
