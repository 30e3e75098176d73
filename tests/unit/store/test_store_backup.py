"""Backups: whole or not there at all, provable, and readable by nobody who lacks the key."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sqlite3
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unit.store.store_house import CANARIES, House, order
from waybilld.store.backup import MARKER, BackupFailed, backup, superseded
from waybilld.store.engine import StoreBroken, open_reader
from waybilld.store.sql import Runner
from waybilld.store.state import StateFolder
from waybilld.store.verify import verify

NOW = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)


def test_backup_verifies_like_its_source(lived: House, tmp_path: Path) -> None:
    """A backup is for the day when nothing else is left: it must open, verify, and be what its digest says."""
    folder = tmp_path / "backups"
    done = backup(StateFolder(tmp_path), folder, NOW)
    assert done.path == folder / "waybilld-20260304T050607Z.db"
    data = done.path.read_bytes()
    assert done.bytes == len(data)
    assert Path(f"{done.path}.sha256").read_text() == f"{hashlib.sha256(data).hexdigest()}  {done.path.name}\n"
    assert {path.name for path in folder.iterdir()} == {done.path.name, f"{done.path.name}.sha256"}
    assert done.path.stat().st_mode & 0o077 == 0
    reader = open_reader(done.path)
    assert verify(Runner(reader), lived.seal, full=True) == []
    reader.close()


def test_restored_backup_goes_on(lived: House, tmp_path: Path) -> None:
    """A backup that cannot be worked on is a museum piece: put in the database's place, the journal goes on after it."""
    done = backup(StateFolder(tmp_path), tmp_path / "backups", NOW)
    fresh = tmp_path / "restored"
    fresh.mkdir()
    shutil.copyfile(done.path, fresh / "waybilld.db")
    house = House(fresh, seed=9)
    house.until_rendered(order("after"))
    assert verify(house.run, house.seal, full=True) == []
    house.close()


def test_backup_is_one_moment_while_the_daemon_writes(house: House, tmp_path: Path) -> None:
    """Nobody stops the packing line for a backup: what is written meanwhile is in it wholly or not at all."""
    house.ingest(*(order(f"A-{n}") for n in range(300)))
    started, stop = threading.Event(), threading.Event()

    def write() -> None:
        for number in range(5000):
            house.ingest(order(f"B-{number}"))
            started.set()
            if stop.is_set():
                return

    writer = threading.Thread(target=write)
    writer.start()
    assert started.wait(30)
    copies = [backup(StateFolder(tmp_path), tmp_path / "b", NOW + timedelta(seconds=n)) for n in range(4)]
    stop.set()
    writer.join()
    for copy in copies:
        reader = open_reader(copy.path)
        assert verify(Runner(reader), house.seal) == []
        reader.close()


def test_marker_tells_of_the_newest_backup(lived: House, tmp_path: Path) -> None:
    """`waybilld check` warns by it when backups stopped."""
    done = backup(StateFolder(tmp_path), tmp_path / "b", NOW)
    told = json.loads((tmp_path / MARKER).read_text())
    assert told == {"at": NOW.isoformat(), "path": str(done.path), "sha256": done.sha256, "bytes": done.bytes}


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can write for another account")
def test_backup_by_root_leaves_the_state_folder_to_its_owner(lived: House, tmp_path: Path) -> None:
    """Root's cron job must not hide the marker from the daemon, nor bar the backup that the service's upgrade makes."""
    (tmp_path / "master.key").write_bytes(bytes(32))
    os.chown(tmp_path, 65534, 65534)
    inside = backup(StateFolder(tmp_path), tmp_path / "backups", NOW, with_key=True).path
    outside = backup(StateFolder(tmp_path), tmp_path.with_name(f"{tmp_path.name}-away"), NOW).path
    own = [inside.parent, inside, Path(f"{inside}.sha256"), Path(f"{inside}.key"), tmp_path / MARKER]
    assert {(path.stat().st_uid, path.stat().st_gid) for path in own} == {(65534, 65534)}
    assert outside.stat().st_uid == 0


def test_backup_holds_no_readable_personal_data_and_no_key(lived: House, tmp_path: Path) -> None:
    """Backups travel: without the key the copy alone must not show an address."""
    StateFolder(tmp_path).key.write_bytes(b"k" * 32)
    done = backup(StateFolder(tmp_path), tmp_path / "b", NOW)
    data = done.path.read_bytes()
    assert [c for c in CANARIES if c.encode() in data] == []
    assert done.key is None
    assert b"k" * 32 not in data


def test_key_is_copied_when_asked_for(lived: House, tmp_path: Path) -> None:
    """Whoever wants one folder that restores everything must be able to have it, for the owner's eyes only."""
    StateFolder(tmp_path).key.write_bytes(b"k" * 32)
    done = backup(StateFolder(tmp_path), tmp_path / "b", NOW, with_key=True)
    assert done.key is not None
    assert done.key.read_bytes() == b"k" * 32
    assert done.key.stat().st_mode & 0o077 == 0


def test_rotation_keeps_the_newest_and_touches_nothing_else(lived: House, tmp_path: Path) -> None:
    """A rotation that deletes a stranger's file, or the only good backup, is worse than a full disk."""
    folder = tmp_path / "b"
    folder.mkdir()
    (folder / "waybilld-old.db").write_text("somebody's own")
    StateFolder(tmp_path).key.write_bytes(b"k" * 32)
    made = [backup(StateFolder(tmp_path), folder, NOW + timedelta(days=day), keep=2, with_key=True) for day in range(4)]
    left = sorted(path.name for path in folder.iterdir())
    newest = [name for done in made[2:] for name in (f"{done.path.name}{end}" for end in ("", ".key", ".sha256"))]
    assert left == sorted([*newest, "waybilld-old.db"])
    assert made[3].removed == (made[1].path,)


@given(days=st.sets(st.integers(0, 400)), keep=st.integers(1, 9), others=st.sets(st.text(max_size=12)))
def test_superseded_are_all_but_the_newest(days: set[int], keep: int, others: set[str]) -> None:
    """Whatever lies in the folder, the newest N of ours stay."""
    names = {day: f"waybilld-{NOW + timedelta(days=day):%Y%m%dT%H%M%SZ}.db" for day in days}
    gone = set(superseded([*names.values(), *others], keep))
    assert gone == {names[day] for day in sorted(days)[:-keep]}


def _blocked_by_file(tmp_path: Path) -> Path:
    (tmp_path / "file").write_text("")
    return tmp_path / "file" / "sub"


def _there_already(tmp_path: Path) -> Path:
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "waybilld-20260304T050607Z.db").write_text("the last one")
    return tmp_path / "b"


@pytest.mark.parametrize(("place", "said"), [(_blocked_by_file, "could not be written"), (_there_already, "exists already")])
def test_failed_backup_says_why_and_leaves_nothing(
    lived: House, tmp_path: Path, place: Callable[[Path], Path], said: str
) -> None:
    """Half a file with a backup's name would be trusted one day."""
    folder = place(tmp_path)
    before = sorted(folder.iterdir()) if folder.is_dir() else []
    with pytest.raises(BackupFailed, match=said):
        backup(StateFolder(tmp_path), folder, NOW)
    assert (sorted(folder.iterdir()) if folder.is_dir() else []) == before
    assert not (tmp_path / MARKER).exists()


def test_damaged_source_is_refused_and_rotates_nothing(lived: House, tmp_path: Path) -> None:
    """A copy of a broken file must not push the last good backup out."""
    folder = tmp_path / "b"
    good = backup(StateFolder(tmp_path), folder, NOW)
    lived.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    (root,) = lived.rows("SELECT rootpage FROM sqlite_master WHERE name = 'attempt'")[0]
    (size,) = lived.rows("PRAGMA page_size")[0]
    with lived.path.open("r+b") as file:
        file.seek((root - 1) * size)
        file.write(b"\xff" * 200)
    with pytest.raises(StoreBroken, match="keep the older backups"):
        backup(StateFolder(tmp_path), folder, NOW + timedelta(days=1), keep=1)
    assert good.path.exists()
    assert len(list(folder.iterdir())) == 2


def test_backup_opens_without_files_beside_it(lived: House, tmp_path: Path) -> None:
    """On read-only media a copy that wants a log beside it cannot be opened at all."""
    done = backup(StateFolder(tmp_path), tmp_path / "b", NOW)
    connection = sqlite3.connect(f"{done.path.as_uri()}?mode=ro", uri=True)
    assert connection.execute("PRAGMA journal_mode").fetchone() == ("delete",)
    assert connection.execute("SELECT count(*) FROM shipment").fetchone() == (6,)
    connection.close()
