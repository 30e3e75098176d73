"""A full disk, under the state folder and under the drop folder: said once, nothing lost, and it goes on by itself."""

from __future__ import annotations

import csv
import urllib.error
import urllib.request
from collections import Counter
from pathlib import Path

import pytest

from support.small_disk import SmallDisk, may_mount, run_where_mounting_is_allowed, small_disk
from support.station import Station, order_file, station, until

FULL = "database or disk is full"
"""SQLite's words for SQLITE_FULL (sqlite.org/rescode.html)."""


def test_the_state_folder_s_disk_fills_up_and_is_freed_again(request: pytest.FixtureRequest, tmp_path: Path) -> None:
    """Intake must stop, the daemon must stay and say why, and every order must get through once there is space."""
    if not may_mount():
        run_where_mounting_is_allowed(request.node.nodeid)
        return
    with small_disk(tmp_path / "disk", 24) as disk, station(tmp_path, state="disk/state") as one:
        one.put("before.csv", order_file("BEFORE-1"))
        until(lambda: one.confirmed("BEFORE-1"), "the first order was not printed", one.daemon)
        ids = [f"FULL-{number}" for number in range(40)]
        disk.fill()
        one.put("during.csv", order_file(*ids))
        until(lambda: FULL in one.daemon.said(), "nobody said that the disk is full", one.daemon)
        until(lambda: _readiness(one) == 503, "the daemon still says that it is ready", one.daemon)
        _stays_quiet(one)
        disk.free()
        until(lambda: one.confirmed(*ids), "not every order was printed after space was freed", one.daemon)
        until(lambda: (one.drop / "done" / "during.csv").exists(), "the file is not done", one.daemon)
        until(lambda: _readiness(one) == 200, "the daemon still says that it is not ready", one.daemon)
        one.verify()
        assert _told(one) == Counter(["BEFORE-1", *ids])
        assert one.device.status()["odometer"] == len(ids) + 1


def test_the_drop_folder_s_disk_fills_up_and_is_freed_again(request: pytest.FixtureRequest, tmp_path: Path) -> None:
    """Printing must go on; rejected rows and confirmations must be written, each once, when there is space again."""
    if not may_mount():
        run_where_mounting_is_allowed(request.node.nodeid)
        return
    with small_disk(tmp_path / "drop", 1) as disk, station(tmp_path) as one:
        one.put("before.csv", order_file("BEFORE-1"))
        until(lambda: one.confirmed("BEFORE-1"), "the first order was not printed", one.daemon)
        ids = [f"FULL-{number}" for number in range(10)]
        unfinished = one.drop / "during.csv.part"
        unfinished.write_bytes(order_file(*ids, "BAD-1").replace(b"BAD-1,paid", b"BAD-1,perhaps"))
        _fill_to_the_brim(disk, one.drop / "shipped")
        unfinished.rename(one.drop / "during.csv")
        until(lambda: one.device.status()["odometer"] == len(ids) + 1, "printing stopped for a full drop folder", one.daemon)
        until(lambda: "No space left on device" in one.daemon.said(), "nobody said that the disk is full", one.daemon)
        _stays_quiet(one)
        disk.free()
        until(lambda: one.confirmed(*ids), "not every order was confirmed after space was freed", one.daemon)
        until(lambda: (one.drop / "done" / "during.csv").exists(), "the file is not done", one.daemon)
        assert len((one.drop / "rejected" / "during.csv.csv").read_text("utf-8-sig").splitlines()) == 2
        assert _told(one) == Counter(["BEFORE-1", *ids])
        one.verify()


def test_a_start_on_a_full_disk_says_so_and_works_later(request: pytest.FixtureRequest, tmp_path: Path) -> None:
    """After a restart at the worst moment the service manager must hear "later", and nothing may be damaged."""
    if not may_mount():
        run_where_mounting_is_allowed(request.node.nodeid)
        return
    with small_disk(tmp_path / "disk", 24) as disk, station(tmp_path, state="disk/state") as one:
        one.put("before.csv", order_file("BEFORE-1"))
        until(lambda: one.confirmed("BEFORE-1"), "the first order was not printed", one.daemon)
        assert one.daemon.stop() == 0
        disk.fill()
        one.daemon.start()
        assert one.daemon.await_end() == 75
        last = one.daemon.said().splitlines()[-5:]
        assert any("cannot be written now" in line and "free space" in line for line in last), last
        assert "Traceback" not in one.daemon.said()
        disk.free()
        one.daemon.start()
        one.daemon.await_ready()
        one.put("after.csv", order_file("AFTER-1"))
        until(lambda: one.confirmed("AFTER-1"), "the next order was not printed", one.daemon)
        one.verify()


def _fill_to_the_brim(disk: SmallDisk, shipped: Path) -> None:
    """Fill the disk, and also the last page of the confirmations, into which a few more lines would fit."""
    disk.fill()
    for path in shipped.iterdir():
        room = -path.stat().st_size % 4096
        with path.open("ab") as stream:
            stream.write(b"\r\n" * (room // 2))


def _stays_quiet(one: Station) -> None:
    """Nobody repeats himself: while the disk stays full, the log grows by a few lines only."""
    said = len(one.daemon.said().splitlines())
    looks = iter(range(150))
    until(lambda: next(looks, None) is None, "", one.daemon)  # about three seconds
    more = one.daemon.said().splitlines()[said:]
    assert len(more) <= 6, "\n".join(more)


def _readiness(one: Station) -> int:
    """The status of /readyz."""
    try:
        with urllib.request.urlopen(f"http://{one.listen()}/readyz", timeout=10) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code


def _told(one: Station) -> Counter[str]:
    """How often each order stands in the confirmations."""
    told: Counter[str] = Counter()
    for path in (one.drop / "shipped").glob("shipped-*.csv"):
        with path.open(encoding="utf-8-sig", newline="") as stream:
            told.update(row["order_id"] for row in csv.DictReader(stream) if row["order_id"])
    return told
