"""Labels a second to one lane and to a hundred, on printers of rated speed: how much of that speed one daemon holds.

The labels are rendered and encoded before the clock starts, while the printers are paused: what is measured is claiming,
sending, proving and recording. The printers parse, count and answer, and draw nothing.
"""

from __future__ import annotations

import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from bench.house import House, config_for, drop, orders_csv, tree_cpu_s, wait_for
from waybilld_printers.virtual import client

_PROVEN = "SELECT count(*) FROM attempt WHERE state = 'proven'"
_WAITING = "SELECT count(*) FROM job WHERE kind = 'print' AND state = 'ready'"
_WARM_S = 4.0
"""After so long every lane has learned how long a label takes."""


def run(lanes: int, speed: float, seconds: float, status_port: bool = True) -> dict[str, float]:
    """`lanes` printers of `speed` labels a second each, measured for `seconds`; figures by name."""
    labels = int(lanes * speed * (seconds + _WARM_S + 2))
    with tempfile.TemporaryDirectory(prefix="waybilld-bench-") as name, House(Path(name)) as house:
        sinks = house.printers(lanes, "--speed", str(speed), instant=False)
        for sink in sinks if not status_port else []:
            sink["status_port"] = None
        with ThreadPoolExecutor(8) as threads:
            list(threads.map(lambda sink: client.tell(sink, "pause"), sinks))
            how: dict[str, object] = {"plugins": ["prepared"], "renderer": "prepared"}
            daemon = house.daemon(config_for(sinks, labels=how), plugin_path=True)
            drop(house.folder, "orders.csv", orders_csv(labels, 1, "L"))
            wait_for(lambda: house.query(_WAITING) >= labels, 300, f"{labels} rendered labels")
            list(threads.map(lambda sink: client.tell(sink, "resume"), sinks))
        # Until each lane has seen that its printer goes on.
        wait_for(lambda: house.query(_PROVEN) >= lanes, 60, "the first label of each lane")
        time.sleep(_WARM_S)
        before, sinks_before = tree_cpu_s(daemon.pid), tree_cpu_s(house.children[0].pid)
        began, first = time.monotonic(), house.query(_PROVEN)
        time.sleep(seconds)
        took, proven = time.monotonic() - began, house.query(_PROVEN) - first
        after, sinks_after = tree_cpu_s(daemon.pid), tree_cpu_s(house.children[0].pid)
        own = after[daemon.pid] - before[daemon.pid]
        workers = sum(after.values()) - sum(before.values()) - own
        sink_s = sum(sinks_after.values()) - sum(sinks_before.values())
        return {
            "lanes": lanes,
            "rated_per_s": lanes * speed,
            "labels_per_s": proven / took,
            "held_percent": proven / took / (lanes * speed) * 100,
            "daemon_cpu_ms_per_label": own / max(1, proven) * 1000,
            "workers_cpu_ms_per_label": workers / max(1, proven) * 1000,
            "sinks_cpu_ms_per_label": sink_s / max(1, proven) * 1000,
            "daemon_core_percent": own / took * 100,
        }


if __name__ == "__main__":
    import json
    import sys

    print(json.dumps(run(int(sys.argv[1]), float(sys.argv[2]), float(sys.argv[3])), indent=1))
