"""A private cupsd in a scratch tree: its own queues, its own backends, no root and no D-Bus needed.

Its files follow cupsd.conf(5) and cups-files.conf(5). Run as root, it drops to the user `lp`, because cupsd runs its
backends as the user that is configured, and refuses to do so as root.
"""

from __future__ import annotations

import contextlib
import grp
import http.client
import os
import pwd
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

BINARY = Path("/usr/sbin/cupsd")
SERVER_BIN = Path("/usr/lib/cups")
PACKAGES = ("cups-daemon", "cups-client", "cups", "cups-ipp-utils")
START_LIMIT_S = 20.0

FAULT_BACKEND = """\
#!/bin/sh
# Behaves as its device URI says: fault:/DO?key=value. Without arguments it lists itself, as backend(7) asks.
[ $# -eq 0 ] && { echo 'network fault "Unknown" "A backend for tests"'; exit 0; }
echo "$1 $3 $DEVICE_URI" >> "$TMPDIR/../../backend.log"
what=${DEVICE_URI#fault:/}; what=${what%%\\?*}
case "$what" in
    exit*) cat "${6:--}" > /dev/null; exit "${what#exit}" ;;
    early*) exit "${what#early}" ;;
    state*) reason=${what#state-}; echo "STATE: +$reason" >&2; cat "${6:--}" > /dev/null; sleep 2
        echo "STATE: -$reason" >&2; exit 0 ;;
    slow) cat "${6:--}" > /dev/null; sleep 3; exit 0 ;;
    keep*) cat "${6:--}" >> "$TMPDIR/../../${what#keep-}"; exit 0 ;;
    *) echo "ERROR: unknown $what" >&2; exit 1 ;;
esac
"""


def missing() -> str:
    """Why no private cupsd can be run here; empty when one can."""
    absent = [str(path) for path in (BINARY, SERVER_BIN / "backend" / "socket") if not path.exists()]
    return f"{' and '.join(absent)} is missing: apt install {' '.join(PACKAGES)}" if absent else ""


@dataclass(frozen=True, slots=True)
class Queue:
    """One queue: where it prints to, and what cupsd does when that fails."""

    device_uri: str
    error_policy: str = "abort-job"


class PrivateCups:
    """One cupsd with its queues. `kill` ends it as a crash does; `start` begins it again on the same files."""

    def __init__(self, root: Path, queues: Mapping[str, Queue], *, careful: bool = True, config: str = "") -> None:
        """`careful`: what it accepted is on the disk before it says so (`DirtyCleanInterval 0`, `SyncOnClose`). `config`:
        further lines of its cupsd.conf."""
        reason = missing()
        if reason:
            raise RuntimeError(reason)
        self.root = root
        self.port = free_port()
        self.socket = root / "cups.sock"
        self._process: subprocess.Popen[bytes] | None = None
        self._lay_out(queues, careful, config)
        self.start()

    @property
    def pid(self) -> int:
        """Its process."""
        assert self._process is not None
        return self._process.pid

    @property
    def server(self) -> str:
        """Where it listens, as clients are told."""
        return str(self.socket)

    def _lay_out(self, queues: Mapping[str, Queue], careful: bool, config: str) -> None:
        root = self.root
        for name in ("etc", "state", "spool", "tmp", "cache", "log", "bin"):
            (root / name).mkdir(parents=True, exist_ok=True)
        (root / "spool" / "tmp").mkdir(exist_ok=True)
        for name in ("filter", "daemon", "notifier", "cgi-bin", "monitor", "driver"):
            target = root / "bin" / name
            if (SERVER_BIN / name).exists() and not target.exists():
                target.symlink_to(SERVER_BIN / name)
        backends = root / "bin" / "backend"
        backends.mkdir(exist_ok=True)
        for name in ("socket", "ipp", "http", "https", "ipps"):
            if (SERVER_BIN / "backend" / name).exists() and not (backends / name).exists():
                shutil.copy(SERVER_BIN / "backend" / name, backends / name)
                (backends / name).chmod(0o755)
        (backends / "fault").write_text(FAULT_BACKEND)
        (backends / "fault").chmod(0o755)
        user, group, system = _identity()
        (root / "etc" / "cups-files.conf").write_text(
            f"ServerRoot {root}/etc\nStateDir {root}/state\nRequestRoot {root}/spool\nTempDir {root}/spool/tmp\n"
            f"CacheDir {root}/cache\nAccessLog {root}/log/access\nErrorLog {root}/log/error\nPageLog {root}/log/page\n"
            f"ServerBin {root}/bin\nUser {user}\nGroup {group}\nSystemGroup {system}\nSandboxing relaxed\n"
            f"SyncOnClose {'Yes' if careful else 'No'}\n"
        )
        (root / "etc" / "cupsd.conf").write_text(
            f"Listen 127.0.0.1:{self.port}\nListen {self.socket}\nBrowsing No\nWebInterface No\nDefaultAuthType None\n"
            "MaxJobs 0\nMaxClients 200\nLogLevel info\nPreserveJobHistory Yes\n"
            f"{'DirtyCleanInterval 0' if careful else ''}\n{config}\n"
            "<Location />\nOrder allow,deny\nAllow all\n</Location>\n"
            "<Policy default>\n<Limit All>\nOrder allow,deny\nAllow all\n</Limit>\n</Policy>\n"
        )
        (root / "etc" / "printers.conf").write_text(
            "".join(
                f"<Printer {name}>\nDeviceURI {queue.device_uri}\nState Idle\nAccepting Yes\n"
                f"ErrorPolicy {queue.error_policy}\n</Printer>\n"
                for name, queue in queues.items()
            )
        )
        (root / "etc" / "printers.conf").chmod(0o600)
        if os.geteuid() == 0:
            lp = pwd.getpwnam("lp")
            for path in (root, *root.rglob("*")):
                os.chown(path, lp.pw_uid, lp.pw_gid, follow_symlinks=False)

    def start(self) -> None:
        """Run it, and wait until it answers."""
        binary = self.root / "cupsd"
        if not binary.exists():
            # Profiles of AppArmor go by the binary's path: a copy is not bound by the one of the system's cupsd.
            shutil.copy(BINARY, binary)
        self.socket.unlink(missing_ok=True)
        with (self.root / "log" / "console").open("ab") as log:
            self._process = subprocess.Popen(
                [
                    str(binary), "-f", "-c", str(self.root / "etc/cupsd.conf"),
                    "-s", str(self.root / "etc/cups-files.conf"),
                ],
                stdout=log,
                stderr=log,
                **({"user": "lp", "group": "lp", "extra_groups": []} if os.geteuid() == 0 else {}),
            )  # fmt: skip
        until = time.monotonic() + START_LIMIT_S
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > until:
                raise RuntimeError(f"cupsd did not start: {self.log()[-3000:]}")
            time.sleep(0.02)

    def admin(self, program: str, *arguments: str) -> None:
        """Run one of CUPS's own commands against it, as a person does. Raises when that fails."""
        subprocess.run([program, "-h", f"127.0.0.1:{self.port}", *arguments], check=True, capture_output=True, timeout=20)

    def kill(self) -> None:
        """SIGKILL, as a crash; its backends live on as orphans until `reap`."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    def stop(self) -> None:
        """End it and everything that it started."""
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(10)
            except subprocess.TimeoutExpired:
                self.kill()
        self.reap()

    def reap(self) -> None:
        """Kill the backends that outlived it, and wait until they are gone."""
        until = time.monotonic() + START_LIMIT_S
        while (left := self.orphans()) and time.monotonic() < until:
            for pid in left:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            time.sleep(0.02)

    def orphans(self) -> list[int]:
        """Processes that run a program of its tree."""
        found = []
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit():
                with contextlib.suppress(OSError):
                    command = (entry / "cmdline").read_bytes()
                    environment = (entry / "environ").read_bytes()
                    inside = str(self.root).encode()
                    if inside in command or b"TMPDIR=" + inside in environment:
                        found.append(int(entry.name))
        return [pid for pid in found if self._process is None or pid != self._process.pid]

    def backend_log(self) -> list[str]:
        """One line for each time that the fault backend ran: job, title, device URI."""
        path = self.root / "backend.log"
        return path.read_text().splitlines() if path.exists() else []

    def log(self) -> str:
        """What it wrote."""
        return "".join(
            (self.root / "log" / name).read_text(errors="replace")
            for name in ("console", "error")
            if (self.root / "log" / name).exists()
        )

    def _answers(self) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=1)
        try:
            connection.request("GET", "/")
            connection.getresponse().read()
        except OSError:
            return False
        finally:
            connection.close()
        return self.socket.exists()


def _identity() -> tuple[str, str, str]:
    """User, group, and a system group that differs from it, which cupsd insists on."""
    if os.geteuid() == 0:
        return "lp", "lp", "root"
    user, group = pwd.getpwuid(os.geteuid()).pw_name, grp.getgrgid(os.getegid()).gr_name
    return user, group, "root" if group != "root" else "lp"


def free_port() -> int:
    """A port that nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
