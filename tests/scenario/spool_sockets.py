"""Faults at random bytes over real sockets: one daemon, many pools, each with a run of its own after the other.

Daemon and virtual printers are child processes; a fault proxy stands before every print port. The labels' documents are
pure functions of their serials (`marked_labels`), so that the trays' digests tell which labels lie in them. A seed decides
the plan of a run; what meets at its moments depends on the machine.

One run again: `PYTHONPATH=tests python -m scenario.spool_sockets SEED`.
"""

from __future__ import annotations

import contextlib
import csv
import functools
import hashlib
import importlib.util
import io
import json
import os
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random
from types import ModuleType

import yaml

from scenario.kill import Ledger
from scenario.kill_orders import COLUMNS
from scenario.kill_plant import Daemon, PlantFailed
from support.fault_proxy import Fault, FaultProxy
from support.spool.judge import Came, Known, Tried, judge
from waybilld_printers.virtual import client

PLUGIN = Path(__file__).parents[1] / "support" / "plugin"
PATIENCE_S = 90.0
"""Longer than any fault lasts and than a printer that came and went is kept out of the line."""

_PRINTERS = (1, 2, 3, 2)
"""How many printers stand in the pools, by turns; the third is a backup."""

_HEAL = ("load", "ribbon-load", "head-close", "resume", "unmute", "unstall", "accept")
_OPEN = (
    "SELECT count(*) FROM job j JOIN shipment_line sl ON sl.shipment = j.shipment JOIN order_line ol"
    ' ON ol.id = sl.order_line JOIN "order" o ON o.id = ol."order" WHERE o.external_id LIKE ? AND j.kind != \'confirm\''
    " AND j.state != 'done' AND NOT (j.kind = 'print' AND j.state = 'in_doubt') AND NOT EXISTS"
    " (SELECT 1 FROM \"case\" c WHERE c.shipment = j.shipment AND c.state = 'open' AND c.blocking = 1)"
)
"""Jobs of a run's orders that nobody blocks and that are not done."""


@functools.cache
def marked_labels() -> ModuleType:
    """The plugin's own module, which the daemon imports by its entry point."""
    found = importlib.util.spec_from_file_location("marked_labels", PLUGIN / "marked_labels.py")
    assert found is not None and found.loader is not None
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module


Tell = Callable[[str], None]
Act = Callable[[Tell, Random, Callable[[bytes], None]], None]
"""Does something to a device: by its control port, or by bytes on its print connection."""


def _says(*commands: str) -> Act:
    def act(tell: Tell, dice: Random, send: Callable[[bytes], None]) -> None:
        for command in commands:
            tell(command)

    return act


def _power(tell: Tell, dice: Random, send: Callable[[bytes], None]) -> None:
    tell(f"power-cycle {dice.choice((0.05, 0.5, 2.0))}")


def _swap(tell: Tell, dice: Random, send: Callable[[bytes], None]) -> None:
    tell(f"swap SWAPPED{dice.randint(100, 999)} {dice.randint(0, 9999)}")
    tell("power-cycle 0.5")


def _foreign(tell: Tell, dice: Random, send: Callable[[bytes], None]) -> None:
    tell(dice.choice(("feed", "feed", "feed uncounted")))


FAULTS: dict[str, Callable[[int, Random, Tell], Fault]] = {
    "cut": lambda at, dice, tell: Fault("reset", at),
    "half-close": lambda at, dice, tell: Fault("half_close", at),
    "stalled cable": lambda at, dice, tell: Fault("stall", at),
    "trickle": lambda at, dice, tell: Fault("trickle", at, dice.uniform(0.001, 0.05), dice.randint(1, 20)),
    "slow drain": lambda at, dice, tell: Fault("trickle", at, dice.uniform(0.01, 0.1), dice.randint(200, 2000)),
    **{
        name: functools.partial(lambda act, at, dice, tell: Fault("call", at, act=lambda send: act(tell, dice, send)), act)
        for name, act in {
            "reset": _says("reset-at 1"),
            "stall": _says("stall"),
            "paper out": _says("paper-out"),
            "ribbon out": _says("ribbon-out"),
            "head open": _says("head-open"),
            "pause": _says("pause"),
            "power cycle": _power,
            "buffer lost": lambda tell, dice, send: send(b"~JA"),
            "foreign print": _foreign,
            "mute": _says("mute"),
            "refused": _says("refuse", "reset-at 1"),
            "serial swapped": _swap,
        }.items()
    },
}
"""What strikes after so many bytes, by its name."""


class Press:
    """One virtual printer behind its proxy."""

    def __init__(self, entry: client.Json) -> None:
        self.name = str(entry["name"])
        self.tray = Path(str(entry["tray"]))
        self.status_port = int(str(entry["status_port"]))
        self._entry = entry
        self.proxy = FaultProxy("127.0.0.1", int(str(entry["print_port"])))

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


@dataclass(slots=True)
class Cell:
    """A pool with its printers, its shop's folder, and the runs that are made in it."""

    name: str
    drop: Path
    presses: list[Press]
    runs: list[int]


@dataclass(slots=True)
class Outcome:
    """What a round of runs did and found."""

    findings: list[str] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    struck: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0


class Sockets:
    """One daemon over `cells` pools; the seeds are dealt out to them."""

    def __init__(self, folder: Path, seeds: Sequence[int], cells: int, say: Callable[[str], None]) -> None:
        self._folder, self._say = folder, say
        self._seeds, self._cells = seeds, min(cells, len(seeds))
        self._ledger = Ledger(folder / "state" / "waybilld.db")
        self.outcome = Outcome()
        self._lock = threading.Lock()

    def go(self) -> Outcome:
        """All runs, and the judgement."""
        began = time.monotonic()
        self._folder.mkdir(parents=True, exist_ok=True)
        daemon = Daemon(self._folder / "waybilld.yaml", self._folder / "daemon.log", before=("env", f"PYTHONPATH={PLUGIN}"))
        with self._printers() as cells:
            presses = [press for cell in cells for press in cell.presses]
            daemon.config.write_text(yaml.safe_dump(_config(cells, self._seeds[0]), allow_unicode=True), "utf-8")
            try:
                daemon.start()
                daemon.await_ready()
                with ThreadPoolExecutor(len(cells)) as threads:
                    for running in [threads.submit(self._runs, cell) for cell in cells]:
                        running.result()
                code = daemon.stop()
                if code != 0:
                    raise PlantFailed(f"the daemon stopped with {code}: {daemon.said()[-3000:]}")
            finally:
                daemon.abandon()
            self._judge(presses)
        if "Traceback" in daemon.said():
            self.outcome.findings.append(f"the daemon logged a traceback: {_traceback(daemon.said())}")
        self.outcome.seconds = time.monotonic() - began
        return self.outcome

    @contextlib.contextmanager
    def _printers(self) -> Iterator[list[Cell]]:
        ready = self._folder / "printers.json"
        numbers = [_PRINTERS[at % len(_PRINTERS)] for at in range(self._cells)]
        command = [sys.executable, "-m", "waybilld_printers.virtual", "serve", "--count", str(max(2, sum(numbers)))]
        command += ["--no-draw", "--speed", "8", "--tray", str(self._folder / "trays"), "--ready-file", str(ready)]
        presses: list[Press] = []
        with (self._folder / "printers.log").open("wb") as log:
            process = subprocess.Popen(command, stdout=log, stderr=log)
        try:
            until = time.monotonic() + 30
            while not ready.exists():
                if process.poll() is not None or time.monotonic() > until:
                    raise PlantFailed(f"the printers did not start: {(self._folder / 'printers.log').read_text()}")
                time.sleep(0.01)
            presses = [Press(entry) for entry in json.loads(ready.read_text("utf-8"))["printers"]]
            left, cells = list(presses), []
            for at, number in enumerate(numbers):
                mine, left = left[:number], left[number:]
                drop = self._folder / f"drop-{at}"
                drop.mkdir()
                cells.append(Cell(f"pool-{at}", drop, mine, list(self._seeds[at :: self._cells])))
            yield cells
        finally:
            for press in presses:
                press.proxy.close()
            process.terminate()
            process.wait(10)

    # ---- one run ----------------------------------------------------------------------------------------------------

    def _runs(self, cell: Cell) -> None:
        for seed in cell.runs:
            self._run(cell, seed)

    def _run(self, cell: Cell, seed: int) -> None:
        dice = Random(f"sockets/{seed}")
        orders = [f"R{seed:06d}-{at}" for at in range(dice.randint(2, 4))]
        name = dice.choice(sorted(FAULTS))
        at = _byte(dice)
        lasts_s = dice.choice((0.05, 0.5, 4.0)) * (0.5 + dice.random())
        struck = threading.Event()
        for press in cell.presses:
            # Whichever carries the byte first meets the fault.
            fault = FAULTS[name](at, dice, press.tell)
            press.proxy.arm(replace(fault, told=functools.partial(self._struck, cell, press, struck)))
        _drop(cell.drop, f"run-{seed}.csv", orders)
        began, cleared, settled = time.monotonic(), 0.0, False
        while not settled:
            time.sleep(0.05)
            now = time.monotonic()
            if struck.is_set() and not cleared and now - began > lasts_s:
                cleared = now
                _heal(cell)
            if not struck.is_set():
                began = now
            settled = self._is_settled(orders) and (bool(cleared) or not struck.is_set())
            if now - (cleared or began) > PATIENCE_S:
                self._found(f"seed {seed} ({name}, byte {at} in {cell.name}): not settled after {PATIENCE_S:g} s")
                break
        _heal(cell)
        with self._lock:
            self.outcome.counts["runs"] += 1
            if struck.is_set():
                self.outcome.struck[name] += 1
        self._say(f"seed {seed}: {name} at byte {at} in {cell.name}, {'struck' if struck.is_set() else 'missed'}")

    @staticmethod
    def _struck(cell: Cell, where: Press, struck: threading.Event) -> None:
        for press in cell.presses:
            if press is not where:
                press.proxy.disarm()
        struck.set()

    def _is_settled(self, orders: Sequence[str]) -> bool:
        run = orders[0].partition("-")[0] + "-%"
        known = self._ledger.rows('SELECT count(*) FROM "order" WHERE external_id LIKE ?', run)
        if not known or known[0][0] != len(orders):
            return False
        return self._ledger.rows(_OPEN, run)[0][0] == 0

    def _found(self, text: str) -> None:
        with self._lock:
            self.outcome.findings.append(text)

    # ---- the judgement ----------------------------------------------------------------------------------------------

    def _judge(self, presses: Sequence[Press]) -> None:
        rows = self._ledger.rows
        listed = {row[0] for row in rows("SELECT label FROM \"case\" WHERE state = 'open'")}
        listed |= {row[0] for row in rows("SELECT label FROM intercept WHERE state = 'open'")}
        labels, digests = [], {}
        names: dict[object, str] = {}
        for number, serial, copy, shipment, superseded in rows(
            "SELECT id, serial, copy, shipment, superseded_by FROM label"
        ):
            names[number] = str(serial)
            labels.append(Known(str(serial), number in listed, shipment is not None and superseded is None))
            digests |= {digest: str(serial) for digest in _digests(str(serial), int(str(copy)))}
        tried = [Tried(names[row[0]], str(row[1]), str(row[2])) for row in rows("SELECT label, printer, state FROM attempt")]
        came = [Came(digests.get(digest, ""), press.name) for press in presses for digest in press.digests()]
        for problem in judge(labels, tried, came):
            self._found(f"{problem} ({self._order_of(problem)})")
        self.outcome.counts["labels"] = len(labels)
        self.outcome.counts["on_paper"] = len(came)
        self.outcome.counts["failovers"] = int(str(rows("SELECT count(*) FROM failover")[0][0]))
        self.outcome.counts.update(one.state for one in tried)

    def _order_of(self, problem: str) -> str:
        serial = problem.partition(" ")[0]
        found = self._ledger.rows(
            "SELECT o.external_id FROM label l JOIN shipment_line sl ON sl.shipment = l.shipment JOIN order_line ol"
            ' ON ol.id = sl.order_line JOIN "order" o ON o.id = ol."order" WHERE l.serial = ?',
            serial,
        )
        return f"order {found[0][0]}" if found else "no order"


def _byte(dice: Random) -> int:
    """Somewhere in a label of any size, and every other time around a closing token, where the truth is hardest."""
    labels = marked_labels()
    whole = len(labels.body("W0000001.1", 1, dice.choice(labels.SIZES[:3])))
    return max(1, dice.randint(1, whole) if dice.random() < 0.5 else whole + dice.randint(-2, 4))


def _heal(cell: Cell) -> None:
    for press in cell.presses:
        press.heal()


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


def _traceback(said: str) -> str:
    at = said.index("Traceback")
    return said[max(0, at - 500) : at + 3000]


def _drop(folder: Path, name: str, orders: Sequence[str]) -> None:
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


def _config(cells: Sequence[Cell], seed: int) -> dict[str, object]:
    dice = Random(f"config/{seed}")
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
                    **{"host": "127.0.0.1", "port": press.proxy.port, "media_mm": [50, 25], "speed_ips": 14},
                    "status_port": dice.choice((press.status_port, press.status_port, None)),
                    "keep_open_s": dice.choice((0, 1, 30)),
                    **{"status_timeout_s": 0.5, "gate_s": 1.0, "stall_s": 2.0, "user_timeout_s": 2.0},
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


def main() -> int:
    """Run the seeds of the command line, in a folder that is kept."""
    seeds = [int(text) for text in sys.argv[1:]]
    folder = Path(os.environ.get("TMPDIR", "/tmp")) / f"spool-sockets-{os.getpid()}"
    outcome = Sockets(folder, seeds, 20, print).go()
    print(dict(outcome.counts), dict(outcome.struck), f"{outcome.seconds:.1f} s, kept in {folder}")
    for text in outcome.findings:
        print(text)
    return 1 if outcome.findings else 0


if __name__ == "__main__":
    sys.exit(main())
