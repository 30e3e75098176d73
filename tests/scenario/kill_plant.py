"""Virtual printers and daemons as child processes, for scenarios that look at them from outside."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from waybilld_printers.virtual import client

_PROGRAM = (sys.executable, "-m", "waybilld_printers.virtual")
START_LIMIT_S = 60.0
"""Reached only when something is broken."""

_CONFIG = """\
state: {state}
runtime: runtime
listen: 127.0.0.1:0
senders:
  - {{name: main, display_name: 示例商店 Example Store, phone: "010-5550100", address: 示例市样例路 1 号, country: CN}}
warehouses: [{{name: north, country: CN}}]
shops:
  - name: store
    adapter: files
    sender: main
    pool: packing
    warehouses: [north]
    carriers: [own]
    confirm: printed
    poll_seconds: 0.2
    settings: {{folder: {drop}, settle_seconds: 0, max_file_mb: {max_file_mb}, currency: CNY, country: CN}}
carriers:
  - name: own
    adapter: numbered
    settings:
      scheme: s10
      service_indicator: RR
      country: CN
      ranges: [{{first: 10000000, last: 10009999}}]
      services: [standard]
printers:
{printers}
pools: [{{name: packing, printers: [{names}]}}]
"""


class PlantFailed(Exception):
    """A process did not do what the scenario needs of it; the message carries what it said."""


class VirtualDevice:
    """One virtual printer with drawing, as a child process of its own session."""

    def __init__(self, folder: Path, name: str, labels_per_second: float) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.name = name
        self.tray = folder / "tray"
        ready = folder / "ready.json"
        with (folder / "printer.log").open("ab") as said:
            self._process = subprocess.Popen(
                [*_PROGRAM, "--name", name, "--ready-file", ready, "--tray", self.tray, "--speed", str(labels_per_second)],
                stdout=said,
                stderr=said,
                start_new_session=True,
            )
        until = time.monotonic() + START_LIMIT_S
        while not ready.exists():
            if self._process.poll() is not None or time.monotonic() > until:
                raise PlantFailed(f"printer {name} did not start: {(folder / 'printer.log').read_text('utf-8')}")
            time.sleep(0.01)
        self.entry = client.find(ready, None)

    def tell(self, command: str) -> Mapping[str, object]:
        """One command of the control port. Raises `PlantFailed` when the device refuses it."""
        reply = client.tell(self.entry, command)
        if not reply.get("ok"):
            raise PlantFailed(f"{self.name}: {command}: {reply.get('error')}")
        return reply

    def status(self) -> Mapping[str, object]:
        """What the device says of itself."""
        status = self.tell("status")["status"]
        assert isinstance(status, dict)
        return status

    def stop(self) -> None:
        """End it; harmless when it ended already."""
        self._process.terminate()
        self._process.wait(10)


def config_text(devices: list[VirtualDevice], state: str = "state", drop: str = "drop", max_file_mb: int = 64) -> str:
    """The configuration of a daemon over these printers."""
    lines = [
        f"  - {{name: {d.name}, adapter: raw, settings: {{host: 127.0.0.1, port: {d.entry['print_port']}, "
        f"status_port: {d.entry['status_port']}}}}}"
        for d in devices
    ]
    names = ", ".join(d.name for d in devices)
    return _CONFIG.format(printers="\n".join(lines), names=names, state=state, drop=drop, max_file_mb=max_file_mb)


@dataclass(slots=True)
class Daemon:
    """Daemons of one state folder, one after the other. Told over NOTIFY_SOCKET when the running one is ready."""

    config: Path
    log: Path
    before: tuple[str, ...] = ()
    """Words before the command line, such as a program that drops rights and then becomes the daemon."""
    sessions: list[int] = field(default_factory=list)
    _process: subprocess.Popen[bytes] | None = None
    _notify: socket.socket | None = None
    _began: float = 0.0

    def start(self) -> None:
        """Start the next one; returns before it is ready."""
        self._close_notify()
        address = f"\0waybilld-kill-{os.getpid()}-{len(self.sessions)}-{self.config.parent.name}"
        self._notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._notify.bind(address)
        with self.log.open("ab") as said:
            self._began = time.monotonic()
            self._process = subprocess.Popen(
                [*self.before, sys.executable, "-m", "waybilld.run", "--config", str(self.config)],
                stdout=said,
                stderr=said,
                env={**os.environ, "NOTIFY_SOCKET": f"@{address[1:]}"},
                start_new_session=True,
            )
        self.sessions.append(self._process.pid)

    def await_ready(self) -> float:
        """Wait for READY=1; seconds since the start. Raises `PlantFailed` with the end of the log."""
        assert self._notify is not None and self._process is not None
        until = self._began + START_LIMIT_S
        self._notify.settimeout(0.2)
        while time.monotonic() < until:
            try:
                if b"READY=1" in self._notify.recv(4096):
                    return time.monotonic() - self._began
            except TimeoutError:
                if self._process.poll() is not None:
                    break
        raise PlantFailed(f"the daemon did not get ready: {self.said()[-3000:]}")

    def await_end(self) -> int:
        """Wait until it ends by itself; the exit code."""
        assert self._process is not None
        return self._process.wait(START_LIMIT_S)

    def kill(self) -> None:
        """kill -9, and wait until the kernel has buried it. Raises `PlantFailed` if it had ended by itself."""
        assert self._process is not None
        if self._process.poll() is not None:
            raise PlantFailed(f"the daemon ended by itself ({self._process.returncode}): {self.said()[-3000:]}")
        os.kill(self._process.pid, signal.SIGKILL)
        self._process.wait(30)

    def stop(self) -> int:
        """SIGTERM; the exit code."""
        assert self._process is not None
        self._process.terminate()
        return self._process.wait(60)

    def abandon(self) -> None:
        """Leave nothing running, whatever happened before."""
        self._close_notify()
        if self._process is not None and self._process.poll() is None:
            self._process.kill()
            self._process.wait(30)

    def said(self) -> str:
        """Everything that all of them logged."""
        return self.log.read_text("utf-8", "replace")

    def alive(self) -> bool:
        """Whether the last one still runs."""
        return self._process is not None and self._process.poll() is None

    def peak_memory_kib(self) -> int:
        """The most memory that the running one ever held, in KiB (proc(5), VmHWM)."""
        assert self._process is not None
        status = Path(f"/proc/{self._process.pid}/status").read_text("utf-8")
        return int(status.partition("VmHWM:")[2].split()[0])

    def leftovers(self) -> list[str]:
        """Command lines of processes that belong to ended daemons' sessions and still run."""
        mine = set(self.sessions)
        if self.alive():
            mine.discard(self.sessions[-1])
        return [line for session, line in _processes() if session in mine]

    def _close_notify(self) -> None:
        if self._notify is not None:
            self._notify.close()
            self._notify = None


def _processes() -> list[tuple[int, str]]:
    """(session id, command line) of every process that is not a zombie (proc(5), /proc/pid/stat fields 3 and 6)."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            facts = (folder / "stat").read_text("utf-8", "replace")
            line = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace").strip()
        except (FileNotFoundError, ProcessLookupError):
            continue  # it ended while we looked
        fields = facts[facts.rfind(")") + 2 :].split()
        if fields[0] not in {"Z", "X"}:
            found.append((int(fields[3]), line))
    return found
