"""Backups of a live database: one consistent file, proven before it gets its name, with a digest beside it.

SQLite's backup interface (sqlite.org/backup.html) copies page by page on one read snapshot, so a daemon writes on meanwhile.
The copy is checked, written through to the disk and renamed: a file with a backup's name is a whole one.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from waybilld.store.engine import StoreBroken, classify, open_reader
from waybilld.store.state import StateFolder

MARKER = "last-backup.json"
"""File in the state folder by which `waybilld check` knows the newest backup: `{"at", "path", "sha256", "bytes"}`, `at` in
ISO 8601, UTC."""

_NAME = re.compile(r"waybilld-\d{8}T\d{6}Z\.db")
_CHUNK_BYTES = 1 << 20
_STEP_PAGES = 1024

Report = Callable[[int, int], None]
"""`report(pages done, pages in all)`."""


class BackupFailed(Exception):
    """No backup was made; the message says why and what to do. What stood in the folder before still stands."""


@dataclass(frozen=True, slots=True)
class Backup:
    """A finished backup. `key` is the copied master key, None where it was left out; `removed` are the rotated ones."""

    at: datetime
    path: Path
    sha256: str
    bytes: int
    key: Path | None
    removed: tuple[Path, ...]


def backup(
    state: StateFolder,
    folder: Path,
    now: datetime,
    *,
    with_key: bool = False,
    keep: int | None = None,
    report: Report | None = None,
) -> Backup:
    """Copy the database of `state` into `folder` and tell of it in the state folder's marker.

    `now` (UTC) names the file. `keep` leaves only that many backups of ours in the folder, the newest; other files are not
    touched. `with_key` copies the master key beside it. Raises `BackupFailed`, and `StoreBroken` when the copy is not sound.
    """
    name = f"waybilld-{now:%Y%m%dT%H%M%SZ}.db"
    target, part = folder / name, folder / f".{name}.part"
    if target.exists():
        raise BackupFailed(f"{target} exists already: wait a second, then try again")
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        try:
            _copy(state.database, part, report)
            digest, size = _digest(part)
            part.rename(target)
        finally:
            part.unlink(missing_ok=True)
        _write(Path(f"{target}.sha256"), f"{digest}  {name}\n".encode())
        key = None
        if with_key:
            key = Path(f"{target}.key")
            _write(key, state.key.read_bytes())
        removed = rotate(folder, keep) if keep is not None else ()
        done = Backup(now, target, digest, size, key, removed)
        _write(state.path / MARKER, _marker(done))
        _hand_over(state.path, (folder, target, Path(f"{target}.sha256"), *((key,) if key else ()), state.path / MARKER))
    except OSError as e:
        where = e.filename or folder
        raise BackupFailed(f"the backup could not be written: {where}: {e.strerror}") from e
    except sqlite3.Error as e:
        if isinstance(classify(e), StoreBroken):
            raise _unsound(str(e)) from e
        raise BackupFailed(f"the backup could not be made: {e}: is {folder} full?") from e
    return done


def _hand_over(state: Path, written: Iterable[Path]) -> None:
    """What root writes into the state folder belongs to the daemon's account: it must read the marker and add backups."""
    owner = state.stat()
    if os.geteuid() != 0 or owner.st_uid == 0:
        return
    for path in written:
        if path.resolve().is_relative_to(state.resolve()):
            os.chown(path, owner.st_uid, owner.st_gid, follow_symlinks=False)


def _copy(database: Path, part: Path, report: Report | None) -> None:
    source = open_reader(database)
    # Made here and not by SQLite, so that nobody else may read it from its first byte on.
    os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600))
    copy = sqlite3.connect(part, isolation_level=None)
    try:
        # An open read transaction keeps the copy on one snapshot: else each commit of the daemon would start it anew.
        source.execute("BEGIN")
        source.execute("SELECT 1 FROM sqlite_master").fetchone()
        source.backup(
            copy,
            pages=_STEP_PAGES,
            progress=(lambda _, left, total: report(total - left, total)) if report else None,
        )
        # A backup is one file: without this it would ask for a log beside it as soon as it is opened.
        copy.execute("PRAGMA journal_mode=DELETE").fetchall()
        (verdict,) = copy.execute("PRAGMA integrity_check").fetchone()
    finally:
        copy.close()
        source.close()
    if verdict != "ok":
        raise _unsound(verdict)


def _unsound(why: str) -> StoreBroken:
    return StoreBroken(f"the database is damaged ({why}): run `waybilld db verify`, and keep the older backups")


def _digest(path: Path) -> tuple[str, int]:
    """SHA-256 and size; the file is on the disk when this returns."""
    whole = hashlib.sha256()
    size = 0
    with path.open("rb") as file:
        os.fsync(file.fileno())
        while chunk := file.read(_CHUNK_BYTES):
            whole.update(chunk)
            size += len(chunk)
    return whole.hexdigest(), size


def _write(path: Path, data: bytes) -> None:
    """Write a small file whole or not at all, readable by its owner only."""
    fresh = path.with_name(f".{path.name}.part")
    try:
        fd = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        with os.fdopen(fd, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        fresh.rename(path)
    finally:
        fresh.unlink(missing_ok=True)
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def superseded(names: Sequence[str], keep: int) -> tuple[str, ...]:
    """Which of a folder's file names are backups of ours beyond the newest `keep`."""
    ours = sorted((name for name in names if _NAME.fullmatch(name)), reverse=True)
    return tuple(ours[keep:])


def rotate(folder: Path, keep: int) -> tuple[Path, ...]:
    """Delete our backups beyond the newest `keep`, with what stands beside them; what was deleted."""
    removed = []
    for name in superseded([path.name for path in folder.iterdir()], keep):
        path = folder / name
        for beside in (path, Path(f"{path}.sha256"), Path(f"{path}.key")):
            beside.unlink(missing_ok=True)
        removed.append(path)
    return tuple(removed)


def _marker(done: Backup) -> bytes:
    told = {"at": done.at.isoformat(), "path": str(done.path.absolute()), "sha256": done.sha256, "bytes": done.bytes}
    return (json.dumps(told, indent=2) + "\n").encode()
