"""Bring a database to the schema of this program: one transaction, all or nothing, never backwards."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.util.exc import CommandError
from sqlalchemy import create_engine, event
from sqlalchemy.engine import Connection
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry

from waybilld.store.engine import data_version, open_writer
from waybilld.store.schema import SCHEMA_VERSION

LOCK_PATIENCE_S = 5.0
"""How long an upgrade waits for somebody else's lock."""

_SCRIPTS = Path(__file__).parent / "migrations"


class SchemaMismatch(Exception):
    """The database is older or newer than this program."""


def check_version(connection: sqlite3.Connection, path: Path) -> None:
    """Raise `SchemaMismatch` with what to do, unless the database has exactly this program's schema."""
    found = data_version(connection)
    if found == SCHEMA_VERSION:
        return
    if found is None or found < SCHEMA_VERSION:
        raise SchemaMismatch(
            f"{path}: the database has schema {found or 'none'}, this program needs {SCHEMA_VERSION}: "
            "stop the daemon and run `waybilld db upgrade`"
        )
    raise SchemaMismatch(
        f"{path}: the database has schema {found}, which is newer than this program's {SCHEMA_VERSION}: "
        "install the newer waybilld again, or restore the backup made before its upgrade"
    )


def is_blank(path: Path) -> bool:
    """Whether there is no database yet, or the empty file that a first start leaves which was killed early."""
    if not path.exists():
        return True
    connection = open_writer(path)
    try:
        return data_version(connection) is None and not connection.execute("PRAGMA schema_version").fetchone()[0]
    finally:
        connection.close()


def upgrade(path: Path) -> tuple[str | None, str]:
    """Create or upgrade the database at `path`; (revision before, revision after).

    Raises `SchemaMismatch` for a newer database. A crash at any point leaves the old schema: SQLite's DDL is
    transactional once the driver's own transaction handling is off (docs.sqlalchemy.org, SQLite dialect, "Serializable
    isolation / Savepoints / Transactional DDL").
    """
    if path.exists():
        connection = open_writer(path)
        try:
            before = data_version(connection)
            if before is not None and before > SCHEMA_VERSION:
                check_version(connection, path)
        finally:
            connection.close()
    else:
        before = None
        # Made here and not by SQLite, which gives the log beside it the same rights: order numbers stand there unsealed.
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600))
    if before != SCHEMA_VERSION:
        _run(path)
    return before, SCHEMA_VERSION


def _run(path: Path) -> None:
    engine = create_engine(f"sqlite:///{path}", connect_args={"isolation_level": None, "timeout": LOCK_PATIENCE_S})

    @event.listens_for(engine, "connect")
    def _durable(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA synchronous=FULL")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS).replace("%", "%%"))
    try:
        with engine.begin() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
    except CommandError as e:
        raise SchemaMismatch(f"{path}: this program knows no way from the database's schema to its own: {e}") from e
    finally:
        engine.dispose()
