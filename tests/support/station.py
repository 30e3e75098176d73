"""A whole small station as child processes: a virtual printer, a daemon, a drop folder, and what can be seen of them."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from scenario.kill import Ledger
from scenario.kill_plant import Daemon, VirtualDevice, config_text

PATIENCE_S = 60.0
"""Reached only when something is broken."""

HEADER = "order_id,status,name,phone,country,province,city,district,street,sku,title,quantity"
NOT_ALMIGHTY = ("setpriv", "--bounding-set", "-dac_override,-dac_read_search") if os.geteuid() == 0 else ()
"""Root may read and write everything; without these two capabilities (capabilities(7)) permissions bind it too."""


def order_file(*ids: str) -> bytes:
    """A good export with these orders."""
    rows = [f"{id_},paid,测试甲,19900000000,CN,样例省,示例市,样例区,样例路 1 号,CUP,陶瓷杯,1" for id_ in ids]
    return "\n".join([HEADER, *rows, ""]).encode()


def until(condition: Callable[[], bool], what: str, daemon: Daemon) -> None:
    """Ask again and again until it is so; fail with the daemon's log when it never is."""
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline and daemon.alive(), f"{what}\n{daemon.said()[-4000:]}"
        time.sleep(0.02)


@dataclass
class Station:
    """A running daemon with one printer and its drop folder."""

    folder: Path
    drop: Path
    daemon: Daemon
    device: VirtualDevice
    ledger: Ledger

    def put(self, name: str, data: bytes) -> None:
        """Drop a file as programs do that finish it before it gets its name."""
        unfinished = self.drop / f"{name}.part"
        unfinished.write_bytes(data)
        unfinished.rename(self.drop / name)

    def confirmed(self, *ids: str) -> bool:
        """Whether these orders are printed and confirmed."""
        sql = (
            'SELECT DISTINCT o.external_id FROM "order" o JOIN order_line l ON l."order" = o.id'
            " JOIN shipment_line sl ON sl.order_line = l.id JOIN shipment s ON s.id = sl.shipment"
            " WHERE s.confirmed_at_us IS NOT NULL"
        )
        return set(ids) <= {str(row[0]) for row in self.ledger.rows(sql)}

    def why(self, name: str) -> str:
        """Wait for a refused file, and read the reason that stands beside it."""
        refused = self.drop / "rejected" / name
        until(refused.exists, f"{name} was not refused", self.daemon)
        assert not (self.drop / name).exists()
        return (self.drop / "rejected" / f"{name}.why.txt").read_text("utf-8")

    def listen(self) -> str:
        """Address of the daemon's HTTP listener."""
        told = json.loads((self.folder / "runtime" / "listen.json").read_text("utf-8"))
        return str(told["listen"])

    def verify(self) -> None:
        """`waybilld db verify` finds nothing."""
        program = [sys.executable, "-m", "waybilld.cli.main", "db", "verify", "--config", str(self.daemon.config)]
        ran = subprocess.run(program, capture_output=True, text=True, check=False)
        assert ran.returncode == 0, ran.stdout + ran.stderr


@contextlib.contextmanager
def station(
    folder: Path, *before: str, state: str = "state", drop: str = "drop", max_file_mb: int = 64
) -> Iterator[Station]:
    """Start a printer and a daemon, and end both. `before` are words before the daemon's command line."""
    device = VirtualDevice(folder / "fast", "fast", 30.0)
    config = folder / "waybilld.yaml"
    daemon = Daemon(config, folder / "daemon.log", before=before)
    try:
        config.write_text(config_text([device], state, drop, max_file_mb), "utf-8")
        (folder / drop).mkdir(exist_ok=True)
        daemon.start()
        daemon.await_ready()
        yield Station(folder, folder / drop, daemon, device, Ledger(folder / state / "waybilld.db"))
        assert daemon.stop() == 0
    finally:
        daemon.abandon()
        device.stop()
