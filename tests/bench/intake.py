"""Orders per second from a 100,000-row file to the database, with the whole daemon running."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

from bench.house import House, config_for, cpu_s, drop, orders_csv, wait_for


def run(rows: int, lines: int = 2) -> dict[str, float]:
    """Drop one file and wait until every order stands in the database, planned and waiting for release."""
    orders = rows // lines
    with tempfile.TemporaryDirectory(prefix="waybilld-bench-") as name, House(Path(name)) as house:
        sinks = house.printers(1)
        daemon = house.daemon(config_for(sinks, labels={"plugins": ["labels"]}, release="manual"))
        text = orders_csv(rows, lines, "I")
        cpu = cpu_s(daemon.pid)
        drop(house.folder, "orders.csv", text)
        started = time.monotonic()
        wait_for(lambda: house.query('SELECT count(*) FROM "order"') == orders, 120, f"{orders} orders")
        ingested = time.monotonic() - started
        wait_for(lambda: house.query("SELECT count(*) FROM shipment WHERE state = 'planned'") == orders, 180, "the plans")
        planned = time.monotonic() - started
        return {
            "rows": rows,
            "orders": orders,
            "seconds": ingested,
            "orders_per_s": orders / ingested,
            "rows_per_s": rows / ingested,
            "checked_and_planned_per_s": orders / planned,
            "daemon_cpu_ms_per_order": (cpu_s(daemon.pid) - cpu) / orders * 1000,
        }
