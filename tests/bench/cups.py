"""The peer: a private cupsd with raw queues to the same kind of sinks, given the same document job by job.

An unprivileged cupsd in a scratch tree needs no D-Bus and no root. Jobs go in by IPP Print-Job (RFC 8011, 4.2.1) over kept
connections, which costs the submitter next to nothing, so the figure is cupsd's own. `DirtyCleanInterval 0` makes it keep
what it accepted over a crash, as waybilld does.
"""

from __future__ import annotations

import contextlib
import http.client
import os
import pwd
import shutil
import statistics
import struct
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from bench.house import House, cpu_s, descendants, wait_for
from waybilld_printers.virtual import client

BINARY = Path("/usr/sbin/cupsd")
SOCKET_BACKEND = Path("/usr/lib/cups/backend/socket")
CLASS = "all"
PACKAGES = ("cups-daemon", "cups")


def install() -> None:
    """Install cupsd and its socket backend where they are missing. Raises `RuntimeError` where that is not allowed."""
    if BINARY.exists() and SOCKET_BACKEND.exists():
        return
    if os.geteuid() != 0:
        raise RuntimeError(f"the bench beside CUPS needs the packages {' '.join(PACKAGES)}: install them with apt")
    subprocess.run(["apt-get", "update", "-qq"], check=True, stdout=subprocess.DEVNULL)
    command = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *PACKAGES]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def _tree(root: Path, port: int, sinks: list[dict[str, object]]) -> None:
    for name in ("etc", "state", "spool", "tmp", "cache", "log"):
        (root / name).mkdir()
    (root / "spool" / "tmp").mkdir()
    (root / "etc" / "cups-files.conf").write_text(
        f"ServerRoot {root}/etc\nStateDir {root}/state\nRequestRoot {root}/spool\nTempDir {root}/spool/tmp\n"
        f"CacheDir {root}/cache\nAccessLog {root}/log/access\nErrorLog {root}/log/error\nPageLog {root}/log/page\n"
        "ServerBin /usr/lib/cups\nUser lp\nGroup lp\nSystemGroup root\nSandboxing relaxed\nSyncOnClose Yes\n"
    )
    (root / "etc" / "cupsd.conf").write_text(
        f"Listen 127.0.0.1:{port}\nBrowsing No\nWebInterface No\nDefaultAuthType None\nMaxJobs 0\nMaxClients 200\n"
        "LogLevel warn\nDirtyCleanInterval 0\nPreserveJobHistory No\n"
        "<Location />\nOrder allow,deny\nAllow all\n</Location>\n"
        "<Policy default>\n<Limit All>\nOrder allow,deny\nAllow all\n</Limit>\n</Policy>\n"
    )
    queues = "".join(
        f"<Printer q{i}>\nDeviceURI socket://{sink['host']}:{sink['print_port']}/?contimeout=5\nState Idle\nAccepting Yes\n"
        "ErrorPolicy abort-job\n</Printer>\n"
        for i, sink in enumerate(sinks)
    )
    (root / "etc" / "printers.conf").write_text(queues)
    # One class over all queues: a job goes to the first member that is idle and does not fail.
    members = "".join(f"Printer q{i}\n" for i in range(len(sinks)))
    (root / "etc" / "classes.conf").write_text(f"<Class {CLASS}>\nState Idle\nAccepting Yes\n{members}</Class>\n")
    lp = pwd.getpwnam("lp")
    for path in [root, *root.rglob("*")]:
        if os.geteuid() == 0:
            os.chown(path, lp.pw_uid, lp.pw_gid)


def _attribute(tag: int, name: str, value: str) -> bytes:
    n, v = name.encode(), value.encode()
    return struct.pack(">BH", tag, len(n)) + n + struct.pack(">H", len(v)) + v


def print_job(queue: str, number: int, document: bytes, kind: str = "printers") -> bytes:
    """An IPP Print-Job request to a queue, or to one of `classes`."""
    return (
        struct.pack(">BBHI", 2, 0, 0x0002, number)
        + b"\x01"
        + _attribute(0x47, "attributes-charset", "utf-8")
        + _attribute(0x48, "attributes-natural-language", "en")
        + _attribute(0x45, "printer-uri", f"ipp://localhost/{kind}/{queue}")
        + _attribute(0x42, "requesting-user-name", "bench")
        + _attribute(0x42, "job-name", f"bench-{number}")
        + _attribute(0x49, "document-format", "application/vnd.cups-raw")
        + b"\x03"
        + document
    )


def run(document: bytes, jobs: int, printers: int = 8) -> dict[str, float]:
    """Send `jobs` copies of `document` through cupsd to `printers` sinks; figures by name."""
    with _cupsd(printers, "--instant") as (house, pid, port, _):
        return _measure(house, pid, port, document, jobs, printers)


def run_class(document: bytes, rounds: int) -> dict[str, float]:
    """A class of two queues, the first of which leads to a printer that is off: how long until a job came out of the other.

    For a member of a class that refuses the connection the `socket` backend waits some seconds and fails, and cupsd gives
    the job to the next member (CUPS documentation, "Printer Classes").
    """
    times: list[float] = []
    with _cupsd(2, "--speed", "20") as (house, _, port, sinks):
        client.tell(sinks[0], "power-cycle 3600")
        connection = http.client.HTTPConnection("127.0.0.1", port)
        for number in range(1, rounds + 1):
            began = time.monotonic()
            _send(connection, f"/classes/{CLASS}", print_job(CLASS, number, document, "classes"), number)
            wait_for(lambda number=number: _printed(house) >= number, 120, "the job on the other printer", every_s=0.005)
            times.append(time.monotonic() - began)
    spread = {"median_ms": statistics.median(times) * 1000, "longest_ms": max(times) * 1000}
    return {"rounds": rounds, **spread, "printing_ms": 50}


@contextlib.contextmanager
def _cupsd(printers: int, *speed: str) -> Iterator[tuple[House, int, int, list[dict[str, object]]]]:
    """A private cupsd before so many sinks: the house, its process, its port, the sinks."""
    install()
    with tempfile.TemporaryDirectory(prefix="waybilld-cups-") as name, House(Path(name) / "house") as house:
        root = Path(name) / "cups"
        root.mkdir()
        Path(name).chmod(0o755)
        sinks = house.printers(printers, "--tray", str(house.folder / "trays"), *speed, instant=False)
        port = _free_port()
        _tree(root, port, sinks)
        user = {"user": "lp", "group": "lp", "extra_groups": []} if os.geteuid() == 0 else {}
        binary = shutil.copy(BINARY, root / "cupsd")
        log = (house.folder / "cupsd.log").open("wb")
        cupsd = subprocess.Popen(
            [binary, "-f", "-c", str(root / "etc/cupsd.conf"), "-s", str(root / "etc/cups-files.conf")],
            stdout=log,
            stderr=log,
            **user,  # type: ignore[call-overload]
        )
        house.children.append(cupsd)
        wait_for(lambda: _answers(port) or cupsd.poll() is not None, 20, "cupsd")
        if cupsd.poll() is not None:
            raise RuntimeError(f"cupsd ended: {(house.folder / 'cupsd.log').read_text()}")
        yield house, cupsd.pid, port, sinks


def _printed(house: House) -> int:
    return sum(path.read_bytes().count(b"\n") for path in (house.folder / "trays").rglob("ledger.jsonl"))


def _send(connection: http.client.HTTPConnection, path: str, request: bytes, number: int) -> None:
    connection.request("POST", path, request, {"Content-Type": "application/ipp"})
    status = struct.unpack(">H", connection.getresponse().read()[2:4])[0]
    if status > 2:
        raise RuntimeError(f"cupsd refused job {number} with IPP status {status:#06x}")


def _measure(house: House, pid: int, port: int, document: bytes, jobs: int, printers: int) -> dict[str, float]:
    cpu = cpu_s(pid)
    connection = http.client.HTTPConnection("127.0.0.1", port)
    started = time.monotonic()
    for number in range(1, jobs + 1):
        queue = f"q{number % printers}"
        _send(connection, f"/printers/{queue}", print_job(queue, number, document), number)
    submitted = time.monotonic() - started
    wait_for(lambda: _printed(house) >= jobs, 120, f"{jobs} jobs")
    seconds = time.monotonic() - started
    spent = cpu_s(pid) + sum(cpu_s(p) for p in descendants(pid)) - cpu
    return {
        "labels": jobs,
        "seconds": seconds,
        "submit_seconds": submitted,
        "labels_per_s": jobs / seconds,
        "cupsd_cpu_ms_per_label": spent / jobs * 1000,
    }


def _answers(port: int) -> bool:
    try:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=1)
        connection.request("GET", "/")
        connection.getresponse().read()
    except OSError:
        return False
    return True


def _free_port() -> int:
    import socket

    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return int(s.getsockname()[1])
