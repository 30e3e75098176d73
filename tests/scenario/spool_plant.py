"""Virtual printers and a configuration for scenarios that ask whose labels lie in the trays, and nothing of their pictures.

The labels' documents are pure functions of their serials (`marked_labels`), so that the trays' digests tell which they are.
"""

from __future__ import annotations

import contextlib
import csv
import functools
import hashlib
import importlib.util
import io
import json
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from scenario.kill import Ledger
from scenario.kill_orders import COLUMNS
from scenario.kill_plant import PlantFailed
from support.fault_proxy import FaultProxy
from support.spool.judge import Came, Known, Tried, judge
from waybilld_printers.virtual import client

PLUGIN = Path(__file__).parents[1] / "support" / "plugin"

_HEAL = ("load", "ribbon-load", "head-close", "resume", "unmute", "unstall", "accept")


@functools.cache
def marked_labels() -> ModuleType:
    """The plugin's own module, which the daemon imports by its entry point."""
    found = importlib.util.spec_from_file_location("marked_labels", PLUGIN / "marked_labels.py")
    assert found is not None and found.loader is not None
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module


class Press:
    """One virtual printer, perhaps behind a proxy. `port` is where its labels go."""

    def __init__(self, entry: client.Json, proxied: bool) -> None:
        self.name, self.host = str(entry["name"]), str(entry["host"])
        self.tray = Path(str(entry["tray"]))
        self.status_port = int(str(entry["status_port"]))
        self._entry = entry
        self.port = int(str(entry["print_port"]))
        self._proxy: FaultProxy | None = None
        if proxied:
            self._proxy = FaultProxy("127.0.0.1", self.port)
            self.port = self._proxy.port

    @property
    def proxy(self) -> FaultProxy:
        """The proxy before its print port."""
        assert self._proxy is not None, f"{self.name} has no proxy"
        return self._proxy

    def close(self) -> None:
        """Stop the proxy."""
        if self._proxy is not None:
            self._proxy.close()

    def tell(self, command: str) -> None:
        """One command of the control port. What a device cannot do now, it does not do."""
        client.tell(self._entry, command)

    def heal(self) -> None:
        """Everything in order again; connections that a fault holds are let go."""
        self.proxy.disarm()
        self.proxy.release()
        for command in _HEAL:
            self.tell(command)

    def digests(self) -> Iterator[str]:
        """What came out, oldest first: SHA-256 of each format; nothing for foreign pieces."""
        path = self.tray / "ledger.jsonl"
        for line in path.read_text("utf-8").splitlines() if path.exists() else ():
            entry = json.loads(line)
            if entry["kind"] == "format":
                yield entry["sha256"]


@contextlib.contextmanager
def virtual_printers(
    folder: Path, count: int, speed: float, *, proxied: bool, before: Sequence[str] = (), options: Sequence[str] = ()
) -> Iterator[list[Press]]:
    """So many printers of one speed (labels a second) in one child process. `proxied`: each behind a fault proxy.

    `before` are words before the command line, `options` further ones of the virtual printer's own.
    """
    ready, log = folder / "printers.json", folder / "printers.log"
    command = [*before, sys.executable, "-m", "waybilld_printers.virtual", "serve", "--count", str(count), "--no-draw"]
    command += ["--speed", str(speed), "--tray", str(folder / "trays"), "--ready-file", str(ready), *options]
    with log.open("wb") as said:
        process = subprocess.Popen(command, stdout=said, stderr=said)
    presses: list[Press] = []
    try:
        until = time.monotonic() + 30
        while not ready.exists():
            if process.poll() is not None or time.monotonic() > until:
                raise PlantFailed(f"the printers did not start: {log.read_text()}")
            time.sleep(0.01)
        presses = [Press(entry, proxied) for entry in json.loads(ready.read_text("utf-8"))["printers"]]
        yield presses
    finally:
        for press in presses:
            press.close()
        process.terminate()
        process.wait(10)


def judged(ledger: Ledger, presses: Sequence[Press]) -> tuple[list[str], Counter[str]]:
    """The ledger against the trays: what is wrong, and counts."""
    rows = ledger.rows
    listed = {row[0] for row in rows("SELECT label FROM \"case\" WHERE state = 'open'")}
    listed |= {row[0] for row in rows("SELECT label FROM intercept WHERE state = 'open'")}
    labels: list[Known] = []
    digests: dict[str, str] = {}
    names: dict[object, str] = {}
    for number, serial, copy, shipment, superseded in rows("SELECT id, serial, copy, shipment, superseded_by FROM label"):
        names[number] = str(serial)
        labels.append(Known(str(serial), number in listed, shipment is not None and superseded is None))
        digests |= {digest: str(serial) for digest in _digests(str(serial), int(str(copy)))}
    tried = [Tried(names[row[0]], str(row[1]), str(row[2])) for row in rows("SELECT label, printer, state FROM attempt")]
    came = [Came(digests.get(digest, ""), press.name) for press in presses for digest in press.digests()]
    counts = Counter(one.state for one in tried)
    counts.update(labels=len(labels), on_paper=len(came), failovers=len(rows("SELECT id FROM failover")))
    return [f"{problem} ({_order_of(ledger, problem)})" for problem in judge(labels, tried, came)], counts


def _order_of(ledger: Ledger, problem: str) -> str:
    found = ledger.rows(
        "SELECT o.external_id FROM label l JOIN shipment_line sl ON sl.shipment = l.shipment JOIN order_line ol"
        ' ON ol.id = sl.order_line JOIN "order" o ON o.id = ol."order" WHERE l.serial = ?',
        problem.partition(" ")[0],
    )
    return f"order {found[0][0]}" if found else "no order"


_MOST_QUESTIONS = 400
"""A printer without a status port is asked within the format; the questions lie between body and token."""


def _digests(serial: str, copy: int) -> Iterator[str]:
    labels = marked_labels()
    whole = hashlib.sha256(labels.body(serial, copy))
    for _ in range(_MOST_QUESTIONS):
        closed = whole.copy()
        closed.update(labels.TOKEN)
        yield closed.hexdigest()
        whole.update(b"~HS")


def drop_orders(folder: Path, name: str, orders: Sequence[str]) -> None:
    """Put a file of one-line orders into a shop's folder."""
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS, lineterminator="\r\n", restval="")
    writer.writeheader()
    for order in orders:
        writer.writerow(
            {"order_id": order, "status": "paid", "name": "测试甲", "phone": "13800000001", "country": "CN"}
            | {"province": "样例省", "city": "示例市", "district": "样例区", "street": "样例路 1 号", "line_id": "1"}
            | {"sku": "SKU-1", "title": "Cup", "quantity": "1", "unit_price": "1.00", "currency": "CNY"}
        )
    part = folder / f"{name}.part"
    part.write_text(out.getvalue(), "utf-8")
    part.rename(folder / name)


@dataclass(slots=True)
class Cell:
    """A pool with its printers, the third of which is a backup, and its shop's folder."""

    name: str
    drop: Path
    presses: list[Press]


def configuration(cells: Sequence[Cell], settings: Callable[[Press], Mapping[str, object]]) -> dict[str, object]:
    """A daemon over these pools; the policy for unconfirmed labels changes from pool to pool."""
    policies = ("hold", "settle-by-scan", "reprint-marked")
    return {
        "state": "state",
        "runtime": "runtime",
        "listen": "127.0.0.1:0",
        "senders": [{"name": "main", "display_name": "示例商店", "phone": "010-5550100", "address": "样例路 1 号"}],
        "warehouses": [{"name": "north", "country": "CN"}],
        "shops": [_shop(cell) for cell in cells],
        "carriers": [_CARRIER],
        "printers": [
            {
                "name": press.name,
                "adapter": "raw",
                "unconfirmed": policies[at % len(policies)],
                "settings": {
                    "host": press.host,
                    "port": press.port,
                    "media_mm": [50, 25],
                    "speed_ips": 14,
                    **settings(press),
                },
            }
            for at, cell in enumerate(cells)
            for press in cell.presses
        ],
        "pools": [
            {
                "name": cell.name,
                "printers": [press.name for press in cell.presses[:2]],
                "backups": [press.name for press in cell.presses[2:]],
                "failover_s": 0.5,
                "leave_s": 1.0,
            }
            for cell in cells
        ],
        "labels": {"plugins": ["marked"], "renderer": "marked"},
    }


def _shop(cell: Cell) -> dict[str, object]:
    return {
        "name": f"shop-{cell.name}",
        "adapter": "files",
        "sender": "main",
        "pool": cell.name,
        "warehouses": ["north"],
        "carriers": ["own"],
        "confirm": "never",
        "poll_seconds": 0.2,
        "settings": {"folder": str(cell.drop), "settle_seconds": 0, "currency": "CNY", "country": "CN"},
    }


_CARRIER = {
    "name": "own",
    "adapter": "numbered",
    "settings": {
        "scheme": "s10",
        "service_indicator": "RR",
        "country": "CN",
        "ranges": [{"first": 10000000, "last": 19999999}],
        "services": ["standard"],
    },
}
