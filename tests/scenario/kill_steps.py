"""kill -9 at every step of an attempt: one life of the daemon for each, on a pool of two printers, and the truth afterwards.

Every life gets new labels and settles first what the life before left in the middle. One seed again:
`PYTHONPATH=tests python -m scenario.kill_steps SEED`.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import yaml

from scenario.kill import Ledger
from scenario.kill_audit import verified
from scenario.kill_plant import Daemon, PlantFailed
from scenario.kill_step_daemon import STEPS
from scenario.spool_plant import PLUGIN, Cell, Press, configuration, drop_orders, judged, virtual_printers

_LAUNCHER = Path(__file__).with_name("kill_step_daemon.py")
_ORDERS = 4
_PATIENCE_S = 40.0

Kill = tuple[str, int]
"""A step, and at the how-manieth time."""


def each_once(seed: int) -> tuple[Kill, ...]:
    """Every step once, in the seed's order."""
    steps = list(STEPS)
    Random(f"steps/{seed}").shuffle(steps)
    return tuple((step, 1) for step in steps)


def drawn(seed: int, kills: int) -> tuple[Kill, ...]:
    """Steps as the seed draws them, at their first to third time."""
    dice = Random(f"steps/{seed}")
    return tuple((dice.choice(STEPS), dice.choice((1, 1, 2, 3))) for _ in range(kills))


@dataclass(slots=True)
class Outcome:
    """What a run did and found."""

    findings: list[str] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0


class KillSteps:
    """One state folder, one pool, one life for each kill."""

    def __init__(self, folder: Path, kills: Sequence[Kill], say: Callable[[str], None]) -> None:
        self._folder, self._kills, self._say = folder, kills, say
        self._ledger = Ledger(folder / "state" / "waybilld.db")
        self._environment = ("env", f"PYTHONPATH={PLUGIN}")
        self._daemon = Daemon(folder / "waybilld.yaml", folder / "daemon.log")
        self.outcome = Outcome()

    def go(self) -> Outcome:
        """All lives, the last one to its end, and the judgement."""
        began = time.monotonic()
        drop = self._folder / "drop"
        drop.mkdir(parents=True)
        with virtual_printers(self._folder, 2, 8.0, proxied=False) as presses:
            config = configuration([Cell("pool-0", drop, presses)], _settings)
            self._daemon.config.write_text(yaml.safe_dump(config, allow_unicode=True), "utf-8")
            try:
                for life, kill in enumerate(self._kills):
                    drop_orders(drop, f"life-{life}.csv", [f"L{life:04d}-{at}" for at in range(_ORDERS)])
                    self._live(kill)
                self._last_life(len(self._kills) * _ORDERS)
            finally:
                self._daemon.abandon()
            findings, counts = judged(self._ledger, presses)
        self.outcome.findings += [*findings, *verified(self._folder)]
        self.outcome.counts.update(counts)
        self.outcome.seconds = time.monotonic() - began
        return self.outcome

    def _live(self, kill: Kill) -> None:
        step, times = kill
        self._daemon.before = (*self._environment, sys.executable, str(_LAUNCHER), step, str(times))
        self._daemon.start()
        try:
            code = self._daemon.await_end()
        except subprocess.TimeoutExpired as late:
            raise PlantFailed(f"nobody came to {step!r} for the {times}. time: {self._daemon.said()[-2000:]}") from late
        if code != -9:
            raise PlantFailed(f"the daemon ended by itself ({code}): {self._daemon.said()[-3000:]}")
        self.outcome.counts["kills"] += 1
        self._say(f"{step}, {times}: killed, journal {self._ledger.last_seq()}")

    def _last_life(self, orders: int) -> None:
        self._daemon.before = self._environment
        self._daemon.start()
        self._daemon.await_ready()
        until = time.monotonic() + _PATIENCE_S
        while (left := self._left(orders)) and time.monotonic() < until:
            time.sleep(0.05)
        if left:
            self.outcome.findings.append(f"not settled after {_PATIENCE_S:g} s: {left}")
        code = self._daemon.stop()
        if code != 0:
            raise PlantFailed(f"the daemon stopped with {code}: {self._daemon.said()[-3000:]}")

    def _left(self, orders: int) -> list[tuple[object, ...]]:
        """What is not done yet; orders that have not even come in count as one line."""
        missing = orders - self._ledger.orders()
        left = self._ledger.rows(
            "SELECT id, kind, state, reason FROM job j WHERE state NOT IN ('done', 'in_doubt') AND NOT EXISTS"
            " (SELECT 1 FROM \"case\" c WHERE c.shipment = j.shipment AND c.state = 'open' AND c.blocking = 1)"
        )
        return [("orders missing", missing), *left] if missing else left


def _settings(press: Press) -> dict[str, object]:
    return {"status_port": press.status_port}


def main() -> int:
    """Run one seed in a folder that is kept."""
    folder = Path(os.environ.get("TMPDIR", "/tmp")) / f"kill-steps-{os.getpid()}"
    outcome = KillSteps(folder, drawn(int(sys.argv[1]), 25), print).go()
    print(dict(outcome.counts), f"{outcome.seconds:.1f} s, kept in {folder}")
    for text in outcome.findings:
        print(text)
    return 1 if outcome.findings else 0


if __name__ == "__main__":
    sys.exit(main())
