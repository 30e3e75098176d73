"""Children of a bench: fast virtual printers and the daemon, with their CPU seconds apart."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import yaml

HERE = Path(__file__).parent
_TICK = os.sysconf("SC_CLK_TCK")


@dataclass
class House:
    """A folder with its children. Use as a context manager."""

    folder: Path
    children: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def __enter__(self) -> House:
        self.folder.mkdir(parents=True, exist_ok=True)
        return self

    def __exit__(self, *_: object) -> None:
        for child in reversed(self.children):
            if child.poll() is None:
                child.send_signal(signal.SIGTERM)
        for child in reversed(self.children):
            try:
                child.wait(timeout=30)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()

    def spawn(self, name: str, *command: str, env: dict[str, str] | None = None) -> subprocess.Popen[bytes]:
        """Start a child whose output goes to NAME.log."""
        log = (self.folder / f"{name}.log").open("wb")
        child = subprocess.Popen(command, stdout=log, stderr=log, cwd=self.folder, env={**os.environ, **(env or {})})
        self.children.append(child)
        return child

    def printers(self, count: int, *options: str, instant: bool = True) -> list[dict[str, object]]:
        """Virtual printers that parse, count and answer, but draw nothing; what their ready file says.

        `instant`: their labels take no time; else `options` say how fast they are.
        """
        ready = self.folder / "printers.json"
        self.spawn(
            "printers",
            sys.executable,
            "-m",
            "waybilld_printers.virtual",
            "serve",
            "--count",
            str(count),
            "--no-draw",
            *(["--instant"] if instant else []),
            "--ready-file",
            str(ready),
            *options,
        )
        wait_for(ready.exists, 20, "the virtual printers")
        return list(json.loads(ready.read_text())["printers"])

    def daemon(self, config: dict[str, object], plugin_path: bool = False) -> subprocess.Popen[bytes]:
        """The daemon on this configuration; returns when it answers."""
        path = self.folder / "waybilld.yaml"
        path.write_text(yaml.safe_dump(config, allow_unicode=True, sort_keys=False), "utf-8")
        env = {"PYTHONPATH": str(HERE / "plugin") + os.environ.get("BENCH_PATH", "")} if plugin_path else None
        child = self.spawn("daemon", sys.executable, "-m", "waybilld.run", "--config", str(path), env=env)
        log = self.folder / "daemon.log"
        wait_for(lambda: b"ready: epoch" in log.read_bytes() or child.poll() is not None, 60, "the daemon")
        if child.poll() is not None:
            raise RuntimeError(f"the daemon ended:\n{log.read_text()}")
        return child

    def query(self, sql: str) -> int:
        """One number from the daemon's database."""
        return int(self.text(sql) or 0)

    def text(self, sql: str) -> str:
        """One value from the daemon's database as text, empty where there is none."""
        connection = sqlite3.connect(f"file:{self.folder}/state/waybilld.db?mode=ro", uri=True)
        try:
            found = connection.execute(sql).fetchone()
        finally:
            connection.close()
        return "" if found is None or found[0] is None else str(found[0])


def wait_for(done: Callable[[], bool], seconds: float, what: str, every_s: float = 0.05) -> float:
    """Wait until `done`, asked every `every_s`; the seconds it took. Raises `TimeoutError`."""
    started = time.monotonic()
    while not done():
        if time.monotonic() - started > seconds:
            raise TimeoutError(f"{what} took over {seconds:g} s")
        time.sleep(every_s)
    return time.monotonic() - started


def cpu_s(pid: int) -> float:
    """CPU seconds of a process and of the children that it has waited for."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, fields[11:15])) / _TICK


def descendants(pid: int) -> list[int]:
    """The processes below one."""
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        for child in (task / "children").read_text().split():
            found += [int(child), *descendants(int(child))]
    return found


def tree_cpu_s(pid: int) -> dict[int, float]:
    """CPU seconds by process of a whole tree."""
    return {p: cpu_s(p) for p in [pid, *descendants(pid)]}


def config_for(printers: list[dict[str, object]], *, labels: dict[str, object], release: str = "auto") -> dict[str, object]:
    """A shop, a number range and all these printers in one pool."""
    names = [str(p["name"]) for p in printers]
    return {
        "state": "state",
        "runtime": "runtime",
        "listen": "127.0.0.1:0",
        "senders": [
            {
                "name": "main",
                "display_name": "示例商店 Example Store",
                "phone": "010-5550100",
                "address": "示例市样例路 1 号",
            }
        ],
        "warehouses": [{"name": "north", "country": "CN"}],
        "shops": [
            {
                "name": "store",
                "adapter": "files",
                "sender": "main",
                "pool": "packing",
                "warehouses": ["north"],
                "carriers": ["own-numbers"],
                "confirm": "printed",
                "release": release,
                "poll_seconds": 0.2,
                "settings": {
                    "folder": "drop",
                    "settle_seconds": 0.2,
                    "currency": "CNY",
                    "country": "CN",
                    "page_orders": 500,
                },
            }
        ],
        "carriers": [
            {
                "name": "own-numbers",
                "adapter": "numbered",
                "settings": {
                    "scheme": "s10",
                    "service_indicator": "RR",
                    "country": "CN",
                    "ranges": [{"first": 10000000, "last": 19999999}],
                    "services": ["standard"],
                },
            }
        ],
        "printers": [
            {
                "name": name,
                "adapter": "raw",
                "settings": {"host": p["host"], "port": p["print_port"], "status_port": p["status_port"]},
            }
            for name, p in zip(names, printers, strict=True)
        ],
        "pools": [{"name": "packing", "printers": names}],
        "labels": labels,
    }


def orders_csv(rows: int, lines: int, prefix: str) -> str:
    """A generic order export: `rows` rows, `lines` to an order."""
    head = "订单编号,订单状态,付款时间,收货人,手机,省,市,区,详细地址,sku,商品名称,数量,单价\n"
    body = (
        f"{prefix}{i // lines},已付款,2026-11-22 10:00:00,王小明,13800000001,广东省,深圳市,南山区,"
        f"科技园路 {i // lines % 97} 号 2 栋 502 室,SKU-{i % 50},陶瓷茶杯,{1 + i % 3},19.90\n"
        for i in range(rows)
    )
    return head + "".join(body)


def drop(folder: Path, name: str, text: str) -> None:
    """Put a whole file into the drop folder."""
    part = folder / "drop" / f"{name}.part"
    part.parent.mkdir(parents=True, exist_ok=True)
    part.write_text(text, "utf-8")
    part.rename(folder / "drop" / name)
