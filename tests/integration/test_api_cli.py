"""The daemon as people start it, asked through its socket, its port and the command line."""

from __future__ import annotations

import http.client
import json
import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from support.virtual_printer import VirtualPrinter
from waybilld.cli.client import Api, NotRunning

LIMIT_S = 60.0
CONFIG = """\
state: state
runtime: rt
listen: 127.0.0.1:0
senders:
  - {{name: store, display_name: Sample Store, phone: "010", address: Road 1, country: GB}}
warehouses:
  - {{name: main, country: GB}}
shops:
  - name: shop
    adapter: files
    sender: store
    pool: pool
    warehouses: [main]
    carriers: [numbers]
    confirm: printed
    poll_seconds: 0.2
    settings: {{folder: orders, settle_seconds: 0.1}}
carriers:
  - name: numbers
    adapter: numbered
    settings:
      {{scheme: s10, service_indicator: RR, country: GB, ranges: [{{first: 1, last: 40}}], services: [std], warn_below: 5}}
printers:
  - {{name: left, adapter: raw, settings: {{host: 127.0.0.1, port: {0}, status_port: {1}}}}}
  - {{name: right, adapter: raw, settings: {{host: 127.0.0.1, port: {2}, status_port: {3}}}}}
pools:
  - {{name: pool, printers: [left, right]}}
"""
ORDERS = """\
order_id,status,name,phone,country,city,street,postcode,sku,title,quantity
A-1,paid,Canaria Testperson,+44 20 7946 0958,GB,London,1 Canary Wharf Lane,E14 5AB,MUG,Mug,2
A-1,paid,Canaria Testperson,+44 20 7946 0958,GB,London,1 Canary Wharf Lane,E14 5AB,PLATE,Plate,1
A-2,paid,示例收件人,13800000001,CN,示例市,示例路 1 号,100000,TEA,茶,1
A-3,unpaid,Canaria Testperson,+44 20 7946 0958,GB,London,1 Canary Wharf Lane,E14 5AB,MUG,Mug,1
A-4,paid,,,,,,,MUG,Mug,many
"""


class Running:
    """A daemon over two virtual printers; `cli` runs one command beside it."""

    speed = "20"
    """Labels a second of each printer."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.printers = [VirtualPrinter(folder / name, "--speed", self.speed) for name in ("left", "right")]
        ports = [port for printer in self.printers for port in (printer.print_port, printer.status_port)]
        self.config = folder / "w.yaml"
        self.config.write_text(CONFIG.format(*ports), "utf-8")
        self.api = Api(folder / "rt" / "api.sock")
        self.log = folder / "log.txt"
        self.process = self.start()

    def start(self) -> subprocess.Popen[bytes]:
        """Start the daemon as a person does, and wait until it is ready."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(self._command("run"), stderr=log, stdout=log)
        self.until(lambda: self.api.get("/api/v1/status")["ready"])
        return self.process

    def _command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "waybilld.cli.main", "--config", str(self.config), *arguments]

    def cli(self, *arguments: str) -> tuple[int, str, str]:
        """Exit code, stdout and stderr of one command."""
        environment = {**os.environ, "PYTHONUTF8": "1"}
        done = subprocess.run(self._command(*arguments), capture_output=True, timeout=LIMIT_S, env=environment)
        return done.returncode, done.stdout.decode(), done.stderr.decode()

    def until(self, holds: Any) -> Any:
        """Ask again until the answer is true, or the time is over."""
        end = time.monotonic() + LIMIT_S
        while time.monotonic() < end:
            try:
                if found := holds():
                    return found
            except NotRunning:
                assert self.process.poll() is None, self.log.read_text()
            time.sleep(0.05)
        raise AssertionError(f"not within {LIMIT_S:g} s; the log says:\n{self.log.read_text()}")

    def stop(self) -> None:
        """End everything that was started here."""
        if self.process.poll() is None:
            self.process.terminate()
        self.process.wait(LIMIT_S)
        for printer in self.printers:
            printer.stop()


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A daemon that has printed the sample orders."""
    found = Running(tmp_path_factory.mktemp("api"))
    try:
        (found.folder / "orders" / "a.csv").write_text(ORDERS, "utf-8")
        found.until(lambda: found.api.get("/api/v1/status")["shipments"] == {"printed": 2})
        found.until(lambda: not found.api.get("/api/v1/status")["jobs"])
        yield found
    finally:
        found.stop()


def over_tcp(running: Running, path: str, **headers: str) -> tuple[int, str]:
    """Ask the port that the daemon says it listens on."""
    told = json.loads((running.folder / "rt" / "listen.json").read_text())
    assert told["listen"] == running.api.get("/api/v1/status")["listen"]
    connection = http.client.HTTPConnection(told["host"], told["port"], timeout=10)
    try:
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


def test_the_port_serves_health_and_metrics_only(running: Running) -> None:
    """Whoever reaches the port may know that labels are printed, but not whose."""
    assert over_tcp(running, "/healthz") == (200, "ok\n")
    assert over_tcp(running, "/readyz") == (200, "ok\n")
    # The gauges follow the journal a moment later.
    running.until(lambda: 'waybilld_shipments{state="printed"} 2.0' in over_tcp(running, "/metrics")[1])
    assert over_tcp(running, "/api/v1/orders")[0] == 404
    assert over_tcp(running, "/metrics", Host="evil.example")[0] == 421


def test_the_socket_is_for_owner_and_group(running: Running) -> None:
    """Its mode is the whole access control until people can log in."""
    mode = (running.folder / "rt" / "api.sock").stat().st_mode
    assert (stat.S_ISSOCK(mode), stat.S_IMODE(mode)) == (True, 0o660)
    assert stat.S_IMODE((running.folder / "rt").stat().st_mode) == 0o750


def test_orders_from_the_file_to_the_evidence(running: Running) -> None:
    """What the operator sees on a good day: two printed with evidence, one unpaid, one bad row with its place."""
    code, out, err = running.cli("orders")
    assert (code, err) == (0, "")
    rows = {line.split()[0]: line.split() for line in out.splitlines()[1:]}
    assert rows["A-1"][5] == rows["A-2"][5] == "printed"
    assert "none (unpaid)" in out
    quarantine = running.api.get("/api/v1/quarantine")["quarantine"]
    assert len(quarantine) == 1
    assert "a.csv" in quarantine[0]["place"]


def test_the_whole_story_of_one_parcel(running: Running) -> None:
    """Support reads this aloud to a customer; it holds numbers, printer and evidence, and no personal data."""
    code, out, _ = running.cli("shipments", "show", "--order", "A-1")
    assert code == 0
    for words in ("order A-1 of shop shop came in with 2 lines", "waybill RR", "evidence E4", "was told that the parcel"):
        assert words in out
    assert "Canar" not in out
    assert "for C*" in out
    told = json.loads(running.cli("shipments", "show", "--order", "A-1", "--json")[1])
    assert told["parcels"][0]["waybills"][0]["number"] in out


def test_the_preview_is_what_came_out(running: Running, tmp_path: Path) -> None:
    """Promise 10: the same pixels. The bytes come from the store that the printed document was made from."""
    code, _, err = running.cli("labels", "preview", "1", "-o", str(tmp_path / "l.png"))
    assert (code, err) == (0, "")
    png = (tmp_path / "l.png").read_bytes()
    assert png == running.api.get_bytes("/api/v1/shipments/1/label.png")
    assert (int.from_bytes(png[16:20]), int.from_bytes(png[20:24])) == (800, 1200)


def test_printers_and_check(running: Running) -> None:
    """The morning's two commands: all well but for the backup that nobody made."""
    printers = {row["name"]: row for row in json.loads(running.cli("printers", "--json")[1])["printers"]}
    assert sum(row["outcomes"].get("proven", 0) for row in printers.values()) == 2
    assert sum(printer.labels_out() for printer in running.printers) == 2
    code, out, _ = running.cli("check", "--json")
    told = json.loads(out)
    levels = {finding["subject"]: finding["level"] for finding in told["findings"]}
    assert {subject for subject, level in levels.items() if level != "ok"} == {"backup"}
    assert (code, told["running"]) == (1, True)


def test_an_open_head_shows_up_with_advice(running: Running) -> None:
    """The packer must read what to do, not a status code."""
    running.printers[0].tell("head-open")
    try:
        row = running.until(lambda: next((p for p in _printers(running) if p["state"] == "stopped"), None))
        assert row["name"] == "left"
        assert any(reason.startswith("cover-open") for reason in row["reasons"])
        assert row["advice"]
        assert row["advice"] in running.cli("printers")[1]
    finally:
        running.printers[0].tell("head-close")
    running.until(lambda: all(printer["state"] == "idle" for printer in _printers(running)))


def _printers(running: Running) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = running.api.get("/api/v1/printers")["printers"]
    return rows


def test_release_and_journal(running: Running) -> None:
    """A change goes through, and the tail shows what stands in the journal."""
    assert running.cli("plugins", "release", "printer.left")[:2] == (0, "printer.left was in no quarantine\n")
    assert running.cli("plugins", "release", "nobody")[0] == 1
    lines = running.cli("journal", "tail", "-n", "5", "--json")[1].splitlines()
    last = running.api.get("/api/v1/journal", {"limit": 1})["last_seq"]
    assert [json.loads(line)["seq"] for line in lines] == list(range(last - 4, last + 1))


def test_a_killed_daemon_is_replaced_on_the_same_socket(running: Running) -> None:
    """After kill -9 the commands still read, and the next start takes the socket over by itself."""
    pid = running.api.get("/api/v1/status")["pid"]
    assert pid == running.process.pid, "waybilld run must be the daemon itself, not its parent"
    os.kill(pid, signal.SIGKILL)
    running.process.wait(LIMIT_S)
    code, out, err = running.cli("orders")
    assert (code, "the daemon is not running" in err, "A-1" in out) == (0, True, True)
    assert running.cli("check")[0] == 69
    assert running.cli("plugins", "release", "printer.left")[0] == 69
    running.start()
    status = running.api.get("/api/v1/status")
    assert (status["epoch"], status["shipments"]) == (2, {"printed": 2})


def test_a_second_daemon_is_turned_away(running: Running) -> None:
    """Exit 75 and one line; the first one goes on undisturbed."""
    code, _, err = running.cli("run")
    assert code == 75
    assert "another waybilld" in err
    assert running.api.get("/api/v1/status")["ready"] is True
