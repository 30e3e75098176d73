"""SQLite facts: how connections are opened, which versions are safe, and what its errors mean for us.

Sources: sqlite.org/wal.html (one writer, checkpoints), sqlite.org/pragma.html#pragma_synchronous (FULL in WAL: a commit is
durable once it returns), sqlite.org/rescode.html. Releases 3.7.0 to 3.51.2 can corrupt a WAL when two connections
checkpoint at once; here only the writer ever checkpoints.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path

MINIMUM = (3, 35, 0)
"""First release with RETURNING (sqlite.org/lang_returning.html)."""

FILE = "waybilld.db"

BUSY_TIMEOUT_MS = 5000
"""How long the writer waits for a lock that another process holds."""


class StoreUnavailable(Exception):
    """The database cannot take changes now (disk full, file system read-only); nothing of the unit happened."""


class StoreBroken(Exception):
    """The database or its disk failed in a way that cannot be repaired by going on: the process must end."""


_PASSING = frozenset({"SQLITE_FULL", "SQLITE_READONLY", "SQLITE_BUSY", "SQLITE_NOMEM", "SQLITE_CANTOPEN"})
_NO_ROOM_FOR_INDEX = frozenset({"SQLITE_IOERR_SHMSIZE", "SQLITE_IOERR_SHMMAP", "SQLITE_IOERR_SHMOPEN"})
"""The log's index in shared memory could not be made or enlarged, typically on a full disk (sqlite.org/rescode.html,
SQLITE_IOERR_SHMSIZE). It holds nothing of its own: nothing is damaged."""


def classify(error: sqlite3.Error) -> Exception:
    """What an SQLite error means: `StoreUnavailable` (nothing happened, later is fine), `StoreBroken`, or itself."""
    name = getattr(error, "sqlite_errorname", "") or ""
    base = "_".join(name.split("_")[:2])
    if name in _NO_ROOM_FOR_INDEX:
        return StoreUnavailable(
            f"the database cannot be written now: no room for its log's index, is the disk full? ({name})"
        )
    if base in _PASSING:
        return StoreUnavailable(f"the database cannot be written now: {error} ({name})")
    if base in {"SQLITE_IOERR", "SQLITE_CORRUPT", "SQLITE_NOTADB"}:
        return StoreBroken(f"the database failed: {error} ({name})")
    return error


def check_library() -> None:
    """Raise `StoreBroken` when the linked SQLite is too old."""
    if sqlite3.sqlite_version_info < MINIMUM:
        want = ".".join(map(str, MINIMUM))
        raise StoreBroken(f"SQLite {sqlite3.sqlite_version} is too old: waybilld needs {want} or newer")


def open_writer(path: Path | str) -> sqlite3.Connection:
    """The one connection that writes and checkpoints. Autocommit: transactions are begun by hand."""
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, cached_statements=512)
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        f"busy_timeout={BUSY_TIMEOUT_MS}",
        # Zeroes what is deleted inside a page, which is where data keys lie, but writes no freed page only to blank it:
        # documents are sealed anyway, and blanking them would double what a label writes.
        "secure_delete=FAST",
        "wal_autocheckpoint=4000",
        "cache_size=-16000",
    ):
        connection.execute(f"PRAGMA {pragma}").fetchall()
    return connection


def open_reader(path: Path) -> sqlite3.Connection:
    """A connection that can only read and never checkpoints. Raises `FileNotFoundError` where no database is."""
    if not path.exists():
        raise FileNotFoundError(f"there is no database at {path}")
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None, check_same_thread=False
    )
    for pragma in ("query_only=ON", "wal_autocheckpoint=0", "busy_timeout=5000"):
        connection.execute(f"PRAGMA {pragma}").fetchall()
    return connection


def data_version(connection: sqlite3.Connection) -> str | None:
    """The schema revision that the database stands at, None for an empty one."""
    try:
        found = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    except sqlite3.OperationalError as e:
        if "no such table" in str(e):
            return None
        raise
    return str(found[0]) if found else None
