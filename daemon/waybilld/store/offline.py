"""Reading the database without a daemon: for the command line, which never imports Twisted.

A process that reads here only reads: SQLite's own rules keep it apart from a writer that may be at work.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from waybilld.store.engine import data_version, open_reader
from waybilld.store.schema import SCHEMA_VERSION
from waybilld.store.seal import Seal
from waybilld.store.sql import Runner
from waybilld.store.state import KeyMissing, StateFolder

T = TypeVar("T")


class Unreadable(Exception):
    """The database cannot be read here: one sentence that says why and what to do."""


def read_once(path: Path, query: Callable[[Runner], T]) -> T:
    """Run one query in one snapshot, on a connection that is opened and closed here. Raises `Unreadable`."""
    try:
        connection = open_reader(path)
    except FileNotFoundError as e:
        raise Unreadable(f"there is no database at {path}: the daemon has not run with this configuration yet") from e
    except (PermissionError, sqlite3.OperationalError) as e:
        raise Unreadable(f"{path} cannot be opened ({e}): use the daemon's user") from e
    try:
        found = data_version(connection)
        if found != SCHEMA_VERSION:
            advice = "run `waybilld db upgrade`" if found is None or found < SCHEMA_VERSION else "install the newer waybilld"
            raise Unreadable(f"{path} has schema {found or 'none'}, this program reads {SCHEMA_VERSION}: {advice}")
        connection.execute("BEGIN")
        return query(Runner(connection))
    except sqlite3.DatabaseError as e:
        raise Unreadable(f"{path} cannot be read ({e}): run `waybilld db verify`") from e
    finally:
        connection.close()


def open_seal(state: Path) -> Seal | None:
    """What opens sealed text, None for a user who may not read the key or where it is missing."""
    try:
        key = StateFolder(state).master_key(None)
    except (KeyMissing, OSError):
        return None
    return Seal(key, _never)


def _never(_: int) -> bytes:
    raise RuntimeError("a reader seals nothing")
