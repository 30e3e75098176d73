"""Labels per second end to end: order row to proven, over 8 fast printers."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

from bench.house import House, config_for, drop, orders_csv, tree_cpu_s, wait_for

_PROVEN = "SELECT count(*) FROM attempt WHERE state = 'proven'"


def run(kind: str, orders: int, printers: int = 8) -> dict[str, float]:
    """Drop `orders` orders and wait until every label is proven; figures by name."""
    with tempfile.TemporaryDirectory(prefix="waybilld-bench-") as name, House(Path(name)) as house:
        sinks = house.printers(printers)
        labels = {"plugins": ["prepared" if kind == "prepared" else "labels"]}
        labels["renderer"] = "prepared" if kind == "prepared" else "standard"
        daemon = house.daemon(config_for(sinks, labels=labels), plugin_path=True)
        drop(house.folder, "warm.csv", orders_csv(16, 1, "W"))
        wait_for(lambda: house.query(_PROVEN) == 16, 60, "the first labels")
        before, sinks_before = tree_cpu_s(daemon.pid), tree_cpu_s(house.children[0].pid)
        started = time.monotonic()
        drop(house.folder, "orders.csv", orders_csv(orders, 1, "B"))
        wait_for(lambda: house.query(_PROVEN) == orders + 16, 240, f"{orders} labels")
        seconds = time.monotonic() - started
        after, sinks_after = tree_cpu_s(daemon.pid), tree_cpu_s(house.children[0].pid)
        own = after[daemon.pid] - before[daemon.pid]
        workers = sum(after.values()) - sum(before.values()) - own
        sink = sum(sinks_after.values()) - sum(sinks_before.values())
        return {
            "labels": orders,
            "seconds": seconds,
            "labels_per_s": orders / seconds,
            "daemon_cpu_ms_per_label": own / orders * 1000,
            "workers_cpu_ms_per_label": workers / orders * 1000,
            "sinks_cpu_ms_per_label": sink / orders * 1000,
        }


if __name__ == "__main__":
    import json
    import sys

    print(json.dumps(run(sys.argv[1], int(sys.argv[2])), indent=1))
