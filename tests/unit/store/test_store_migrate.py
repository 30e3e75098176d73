"""Migrations: the declared schema, all or nothing, never backwards."""

from __future__ import annotations

import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, event
from sqlalchemy.engine import Engine

from unit.store.store_house import House
from waybilld.store import migrate, schema
from waybilld.store.engine import data_version, open_reader, open_writer
from waybilld.store.migrate import SchemaMismatch, check_version, is_blank, upgrade
from waybilld.store.verify import verify

NEXT = '''"""A later schema, for tests: a column with data from another, and a table."""
import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    with op.batch_alter_table("parcel") as parcel:
        parcel.add_column(sa.Column("height_mm", sa.Integer(), nullable=True))
        parcel.drop_column("size_mm")
    op.execute("UPDATE parcel SET height_mm = 7")
    op.create_table("later", sa.Column("id", sa.Integer(), primary_key=True), sa.Column("text", sa.Text()))
    op.create_index("ix_later_text", "later", ["text"])
'''


class Cut(Exception):
    """The power went at this statement."""


@contextmanager
def cut_after(count: int) -> Iterator[list[str]]:
    """Raise once `count` statements of any engine have been executed; the statements seen."""
    seen: list[str] = []

    def after(*given: Any) -> None:
        seen.append(given[2])
        if len(seen) == count:
            raise Cut(given[2])

    event.listen(Engine, "after_cursor_execute", after)
    try:
        yield seen
    finally:
        event.remove(Engine, "after_cursor_execute", after)


@pytest.fixture
def later(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A program with one more migration."""
    scripts = tmp_path / "migrations"
    shutil.copytree(migrate._SCRIPTS, scripts, ignore=shutil.ignore_patterns("__pycache__"))
    (scripts / "versions" / "0002_later.py").write_text(NEXT)
    monkeypatch.setattr(migrate, "_SCRIPTS", scripts)
    monkeypatch.setattr(migrate, "SCHEMA_VERSION", "0002")
    return scripts


def dump(path: Path) -> list[str]:
    """Everything in a database, as text."""
    connection = sqlite3.connect(path)
    found = list(connection.iterdump())
    connection.close()
    return found


def test_replayed_migrations_give_the_declared_schema(tmp_path: Path) -> None:
    """A column that the program declares and no migration makes is found on the sysadmin's machine only."""
    path = tmp_path / "db"
    assert upgrade(path) == (None, schema.SCHEMA_VERSION)
    engine = create_engine(f"sqlite:///{path}")
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), schema.metadata) == []
    engine.dispose()


def test_migrations_make_the_declared_partial_indexes(tmp_path: Path) -> None:
    """The promises rest on the WHERE of two unique indexes, which a comparison of names does not see."""
    upgrade(tmp_path / "made")
    engine = create_engine(f"sqlite:///{tmp_path / 'declared'}")
    schema.metadata.create_all(engine)
    engine.dispose()
    assert indexes(tmp_path / "made") == indexes(tmp_path / "declared")


def indexes(path: Path) -> set[str]:
    """The text of every index, without its spelling."""
    connection = sqlite3.connect(path)
    rows = connection.execute("SELECT sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL").fetchall()
    connection.close()
    return {"".join(sql.replace('"', "").split()) for (sql,) in rows}


def test_upgrade_twice_changes_nothing(tmp_path: Path) -> None:
    """The second run must not even open a transaction."""
    upgrade(tmp_path / "db")
    before = dump(tmp_path / "db")
    assert upgrade(tmp_path / "db") == (schema.SCHEMA_VERSION, schema.SCHEMA_VERSION)
    assert dump(tmp_path / "db") == before


def test_cut_after_each_statement_of_the_first_schema_leaves_a_blank_file(tmp_path: Path) -> None:
    """A first start that dies halfway must be able to begin again, at whichever statement it died."""
    with cut_after(-1) as statements:
        upgrade(tmp_path / "whole")
    assert len(statements) > 40
    for count in range(1, len(statements) + 1):
        path = tmp_path / f"cut{count}"
        with cut_after(count), pytest.raises(Cut):
            upgrade(path)
        assert is_blank(path), statements[count - 1]
    upgrade(path)
    assert dump(path) == dump(tmp_path / "whole")


def test_cut_after_each_statement_of_an_upgrade_leaves_the_old_database(lived: House, later: Path, tmp_path: Path) -> None:
    """An upgrade that fails must leave the old program a database that it can work on, with every order in it."""
    old = tmp_path / "old"
    old.mkdir()
    lived.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    shutil.copyfile(lived.path, old / "db")
    before = dump(old / "db")
    whole = tmp_path / "whole"
    shutil.copyfile(lived.path, whole)
    with cut_after(-1) as statements:
        assert upgrade(whole) == ("0001", "0002")
    assert len(statements) > 10
    for count in range(1, len(statements) + 1):
        with cut_after(count), pytest.raises(Cut):
            upgrade(old / "db")
        assert dump(old / "db") == before, statements[count - 1]
    upgrade(old / "db")
    assert dump(old / "db") == dump(whole)
    connection = sqlite3.connect(whole)
    assert connection.execute("SELECT count(*), sum(height_mm) FROM parcel").fetchone() == (6, 42)
    connection.close()


KILLED = """
import os, signal, sys
from pathlib import Path
from sqlalchemy import event
from sqlalchemy.engine import Engine
from waybilld.store import migrate
left = [int(sys.argv[2])]

@event.listens_for(Engine, "after_cursor_execute")
def after(*given):
    left[0] -= 1
    if left[0] == 0:
        os.kill(os.getpid(), signal.SIGKILL)

migrate.upgrade(Path(sys.argv[1]))
"""


@pytest.mark.parametrize("count", [3, 17, 34])
def test_killed_upgrade_leaves_the_old_schema(tmp_path: Path, count: int) -> None:
    """The same with a process that really dies, so that nothing can roll back politely."""
    path = tmp_path / "db"
    done = subprocess.run([sys.executable, "-c", KILLED, str(path), str(count)], check=False, timeout=60)
    assert done.returncode == -signal.SIGKILL
    assert is_blank(path)
    assert upgrade(path) == (None, schema.SCHEMA_VERSION)
    house = House(tmp_path)
    house.until_printed()
    assert verify(house.run, house.seal) == []
    house.close()


def test_newer_database_is_refused_untouched(house: House, tmp_path: Path) -> None:
    """A downgraded program on a newer database would write rows that the newer one cannot read."""
    house.connection.execute("UPDATE alembic_version SET version_num = '9999'")
    before = dump(house.path)
    with pytest.raises(SchemaMismatch, match="newer than this program's 0001: install the newer waybilld again"):
        upgrade(house.path)
    assert dump(house.path) == before


@pytest.mark.parametrize(("found", "advice"), [("0000", "waybilld db upgrade"), ("9999", "install the newer waybilld")])
def test_other_schema_is_refused_at_start(house: House, found: str, advice: str) -> None:
    """The daemon must not start on a schema that it does not know; the message must say which way out there is."""
    check_version(house.connection, house.path)
    house.connection.execute("UPDATE alembic_version SET version_num = ?", (found,))
    with pytest.raises(SchemaMismatch, match=advice):
        check_version(house.connection, house.path)


def test_file_without_a_schema_is_no_database_yet(tmp_path: Path) -> None:
    """An empty file is a first start that died; a file with tables of somebody else is not."""
    path = tmp_path / "db"
    assert is_blank(path)
    open_writer(path).close()
    assert is_blank(path)
    connection = open_writer(path)
    assert data_version(connection) is None
    connection.execute("CREATE TABLE somebody (id INTEGER)")
    connection.close()
    assert not is_blank(path)


def test_reader_cannot_write(house: House) -> None:
    """Checks, backups and previews run beside the daemon: none of them may ever change a byte."""
    reader = open_reader(house.path)
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        reader.execute("DELETE FROM journal")
    reader.close()


def test_reader_does_not_make_a_database(tmp_path: Path) -> None:
    """A typing error in `state` must not leave an empty database behind."""
    with pytest.raises(FileNotFoundError, match="no database"):
        open_reader(tmp_path / "none")
    assert list(tmp_path.iterdir()) == []
