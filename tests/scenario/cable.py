"""Pulled cables: two printers, each in a network namespace of its own, and a daemon whose connections end in nothing.

A proxy can only reset or delay; a cable that is pulled says nothing at all, and the kernel goes on as if somebody listened.
Needs root and iproute2 (ip-netns(8)). One seed again: `PYTHONPATH=tests python -m scenario.cable SEED`.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import yaml

from scenario.kill import Ledger
from scenario.kill_audit import verified
from scenario.kill_plant import Daemon, PlantFailed
from scenario.spool_plant import PLUGIN, Cell, Press, configuration, drop_orders, judged, virtual_printers

_ORDERS = 4
_PATIENCE_S = 90.0
_OPEN = (
    "SELECT count(*) FROM job j WHERE kind != 'confirm' AND state NOT IN ('done', 'in_doubt') AND NOT EXISTS"
    " (SELECT 1 FROM \"case\" c WHERE c.shipment = j.shipment AND c.state = 'open' AND c.blocking = 1)"
)


class Cable:
    """A network namespace with one cable into it. `number` tells it from others of this process, from 0 to 63."""

    def __init__(self, number: int) -> None:
        self.name = f"wb{os.getpid()}n{number}"
        self._near, self._far = f"wb{os.getpid() % 100000}h{number}", f"wb{os.getpid() % 100000}p{number}"
        # RFC 2544 section C.2.2: 198.18.0.0/15 is for tests of networks.
        self._host, self.address = f"198.18.{number}.1", f"198.18.{number}.2"

    def lay(self) -> None:
        """Make both; raises `CalledProcessError` where that is not allowed."""
        _ip("netns", "add", self.name)
        _ip("link", "add", self._near, "type", "veth", "peer", "name", self._far, "netns", self.name)
        _ip("addr", "add", f"{self._host}/30", "dev", self._near)
        _ip("link", "set", self._near, "up")
        _ip("-n", self.name, "addr", "add", f"{self.address}/30", "dev", self._far)
        _ip("-n", self.name, "link", "set", self._far, "up")
        _ip("-n", self.name, "link", "set", "lo", "up")

    def pull(self) -> None:
        """Out of the printer: the daemon's machine sees no carrier."""
        _ip("-n", self.name, "link", "set", self._far, "down")

    def plug(self) -> None:
        """Back in."""
        _ip("-n", self.name, "link", "set", self._far, "up")

    def remove(self) -> None:
        """The namespace ends, and the cable with it."""
        subprocess.run(["ip", "netns", "del", self.name], check=False, stderr=subprocess.DEVNULL)


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True)


@dataclass(slots=True)
class Outcome:
    """What a run did and found."""

    findings: list[str] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)


class Cables:
    """One daemon over a pool of two printers; so many times one of the cables is pulled under labels on their way."""

    def __init__(self, folder: Path, seed: int, pulls: int, say: Callable[[str], None]) -> None:
        self._folder, self._dice, self._pulls, self._say = folder, Random(f"cables/{seed}"), pulls, say
        self._ledger = Ledger(folder / "state" / "waybilld.db")
        self.outcome = Outcome()

    def go(self) -> Outcome:
        """All pulls, and the judgement."""
        drop = self._folder / "drop"
        drop.mkdir(parents=True)
        config, log = self._folder / "waybilld.yaml", self._folder / "daemon.log"
        daemon = Daemon(config, log, before=("env", f"PYTHONPATH={PLUGIN}"))
        with self._plant() as (cables, presses):
            settings = configuration([Cell("pool-0", drop, presses)], _settings)
            config.write_text(yaml.safe_dump(settings, allow_unicode=True), "utf-8")
            try:
                daemon.start()
                daemon.await_ready()
                for number in range(self._pulls):
                    self._pull(number, drop, cables)
                code = daemon.stop()
                if code != 0:
                    raise PlantFailed(f"the daemon stopped with {code}: {daemon.said()[-3000:]}")
            finally:
                daemon.abandon()
            findings, counts = judged(self._ledger, presses)
        self.outcome.findings += [*findings, *verified(self._folder)]
        self.outcome.counts.update(counts)
        return self.outcome

    @contextlib.contextmanager
    def _plant(self) -> Iterator[tuple[list[Cable], list[Press]]]:
        cables = [Cable(number) for number in (0, 1)]
        with contextlib.ExitStack() as stack:
            presses: list[Press] = []
            for cable in cables:
                stack.callback(cable.remove)
                cable.lay()
                folder = self._folder / cable.name
                folder.mkdir()
                inside = ("ip", "netns", "exec", cable.name)
                where = ("--host", cable.address, "--name", cable.name)
                presses += stack.enter_context(virtual_printers(folder, 1, 4.0, proxied=False, before=inside, options=where))
            yield cables, presses

    def _pull(self, number: int, drop: Path, cables: list[Cable]) -> None:
        """New labels; a cable is pulled a moment after one of them began, was sent, or at any time; later plugged in."""
        dice, cable = self._dice, self._dice.choice(cables)
        aim = dice.choice(("attempt.sending", "attempt.sent", "order.ingested"))
        seen = self._ledger.last_seq()
        drop_orders(drop, f"pull-{number}.csv", [f"C{number:04d}-{at}" for at in range(_ORDERS)])
        self._until(lambda: self._ledger.has(aim, seen), f"{aim} of pull {number}")
        time.sleep(dice.uniform(0.0, 0.3))
        cable.pull()
        time.sleep(dice.choice((0.1, 1.0, 6.0)) * (0.5 + dice.random()))
        cable.plug()
        self._until(lambda: self._settled((number + 1) * _ORDERS), f"the labels of pull {number}")
        self.outcome.counts["pulls"] += 1
        self._say(f"pull {number} after {aim}, journal {self._ledger.last_seq()}")

    def _settled(self, orders: int) -> bool:
        return self._ledger.orders() == orders and self._ledger.rows(_OPEN)[0][0] == 0

    def _until(self, condition: Callable[[], bool], what: str) -> None:
        until = time.monotonic() + _PATIENCE_S
        while not condition():
            if time.monotonic() > until:
                raise PlantFailed(f"{what} took over {_PATIENCE_S:g} s")
            time.sleep(0.005)


def _settings(press: Press) -> dict[str, object]:
    return {
        **{"status_port": press.status_port, "status_timeout_s": 0.5, "connect_timeout_s": 0.5},
        **{"gate_s": 1.0, "stall_s": 2.0, "user_timeout_s": 2.0},
    }


def main() -> int:
    """Run one seed in a folder that is kept."""
    folder = Path(os.environ.get("TMPDIR", "/tmp")) / f"cables-{os.getpid()}"
    outcome = Cables(folder, int(sys.argv[1]), 10, print).go()
    print(dict(outcome.counts), f"kept in {folder}")
    for text in outcome.findings:
        print(text)
    return 1 if outcome.findings else 0


if __name__ == "__main__":
    sys.exit(main())
