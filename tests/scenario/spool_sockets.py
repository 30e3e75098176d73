"""Faults at random bytes over real sockets: one daemon, many pools, each with a run of its own after the other.

Daemon and virtual printers are child processes; a fault proxy stands before every print port. The labels' documents are
pure functions of their serials (`marked_labels`), so that the trays' digests tell which labels lie in them. A seed decides
the plan of a run; what meets at its moments depends on the machine.

One run again: `PYTHONPATH=tests python -m scenario.spool_sockets SEED`.
"""

from __future__ import annotations

import functools
import os
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random

import yaml

from scenario.kill import Ledger
from scenario.kill_plant import Daemon, PlantFailed
from scenario.spool_plant import (
    PLUGIN,
    Cell,
    Press,
    configuration,
    drop_orders,
    judged,
    marked_labels,
    virtual_printers,
)
from support.fault_proxy import Fault

PATIENCE_S = 90.0
"""Longer than any fault lasts and than a printer that came and went is kept out of the line."""

_PRINTERS = (1, 2, 3, 2)
"""How many printers stand in the pools, by turns; the third is a backup."""

_OPEN = (
    "SELECT count(*) FROM job j JOIN shipment_line sl ON sl.shipment = j.shipment JOIN order_line ol"
    ' ON ol.id = sl.order_line JOIN "order" o ON o.id = ol."order" WHERE o.external_id LIKE ? AND j.kind != \'confirm\''
    " AND j.state != 'done' AND NOT (j.kind = 'print' AND j.state = 'in_doubt') AND NOT EXISTS"
    " (SELECT 1 FROM \"case\" c WHERE c.shipment = j.shipment AND c.state = 'open' AND c.blocking = 1)"
)
"""Jobs of a run's orders that nobody blocks and that are not done."""


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
        numbers = [_PRINTERS[at % len(_PRINTERS)] for at in range(self._cells)]
        with virtual_printers(self._folder, sum(numbers), 8.0, proxied=True) as presses:
            cells, dice = self._deal(presses, numbers), Random(f"settings/{self._seeds[0]}")
            daemon.config.write_text(
                yaml.safe_dump(configuration(cells, lambda press: _settings(press, dice)), allow_unicode=True), "utf-8"
            )
            try:
                daemon.start()
                daemon.await_ready()
                with ThreadPoolExecutor(len(cells)) as threads:
                    dealt = [(cell, self._seeds[at :: self._cells]) for at, cell in enumerate(cells)]
                    for running in [threads.submit(self._runs, cell, seeds) for cell, seeds in dealt]:
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

    def _deal(self, presses: Sequence[Press], numbers: Sequence[int]) -> list[Cell]:
        left, cells = list(presses), []
        for at, number in enumerate(numbers):
            mine, left = left[:number], left[number:]
            drop = self._folder / f"drop-{at}"
            drop.mkdir()
            cells.append(Cell(f"pool-{at}", drop, mine))
        return cells

    def _judge(self, presses: Sequence[Press]) -> None:
        findings, counts = judged(self._ledger, presses)
        self.outcome.findings += findings
        self.outcome.counts.update(counts)

    # ---- one run ----------------------------------------------------------------------------------------------------

    def _runs(self, cell: Cell, seeds: Sequence[int]) -> None:
        for seed in seeds:
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
        drop_orders(cell.drop, f"run-{seed}.csv", orders)
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


def _byte(dice: Random) -> int:
    """Somewhere in a label of any size, and every other time around a closing token, where the truth is hardest."""
    labels = marked_labels()
    whole = len(labels.body("W0000001.1", 1, dice.choice(labels.SIZES[:3])))
    return max(1, dice.randint(1, whole) if dice.random() < 0.5 else whole + dice.randint(-2, 4))


def _heal(cell: Cell) -> None:
    for press in cell.presses:
        press.heal()


def _traceback(said: str) -> str:
    at = said.index("Traceback")
    return said[max(0, at - 500) : at + 3000]


def _settings(press: Press, dice: Random) -> dict[str, object]:
    """How a printer is reached is the seed's choice; its times are short, so that no run waits long."""
    return {
        "status_port": dice.choice((press.status_port, press.status_port, None)),
        "keep_open_s": dice.choice((0, 1, 30)),
        **{"status_timeout_s": 0.5, "gate_s": 1.0, "stall_s": 2.0, "user_timeout_s": 2.0},
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
