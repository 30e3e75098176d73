"""Folded rows in bounded memory: those touched lately in a dictionary, the others in a private temporary file.

SQLite's empty file name is a temporary database on disk that is deleted when it is closed (sqlite.org/inmemorydb.html,
"Temporary Databases"). It is scratch space: losing it loses nothing.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence

from sqlalchemy import Column, Integer, MetaData, Table, Text, bindparam, insert, select
from sqlalchemy.dialects import sqlite
from sqlalchemy.schema import CreateTable

from waybilld.core.fold import Row
from waybilld.store.sql import Prepared, Runner

_t = Table(
    "folded",
    MetaData(),
    Column("kind", Text, primary_key=True),
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("row", Text, nullable=False),
    sqlite_with_rowid=False,
)
_PUT = Prepared(
    insert(_t).prefix_with("OR REPLACE").values(kind=bindparam("kind"), id=bindparam("id"), row=bindparam("row"))
)
_GET = Prepared(select(_t.c.row).where(_t.c.kind == bindparam("kind")).where(_t.c.id == bindparam("id_")))
_ALL = Prepared(select(_t.c.id, _t.c.row).where(_t.c.kind == bindparam("kind")).order_by(_t.c.id))


class FoldedRows:
    """Rows by table and id. `hot` is how many rows may stand in memory."""

    def __init__(self, columns: Mapping[str, Sequence[str]], hot: int = 40_000) -> None:
        self._columns = columns
        self._most = hot
        self._hot: dict[tuple[str, int], Row] = {}
        self._highest = dict.fromkeys(columns, 0)
        self._connection = sqlite3.connect("", isolation_level=None)
        for pragma in ("journal_mode=OFF", "synchronous=OFF", "cache_size=-16000"):
            self._connection.execute(f"PRAGMA {pragma}").fetchall()
        self._connection.execute(str(CreateTable(_t).compile(dialect=sqlite.dialect())))
        self._run = Runner(self._connection)

    def get(self, table: str, row_id: int) -> Row | None:
        """A row, None where none was put."""
        row = self._hot.get((table, row_id))
        if row is not None or row_id > self._highest[table]:
            return row
        found = self._run.row(_GET, kind=table, id_=row_id)
        return self._row(table, found[0]) if found else None

    def put(self, table: str, row_id: int, row: Row) -> None:
        """Keep a row in place of the one before."""
        self._hot[table, row_id] = row
        self._highest[table] = max(self._highest[table], row_id)
        if len(self._hot) > self._most:
            self._flush()

    def ordered(self, table: str) -> Iterator[tuple[int, Row]]:
        """All rows of a table by rising id. Nothing may be put meanwhile."""
        self._flush()
        for row_id, text in self._run.each(_ALL, kind=table):
            yield row_id, self._row(table, text)

    def close(self) -> None:
        """Give the temporary file back."""
        self._connection.close()

    def _row(self, table: str, text: str) -> Row:
        return dict(zip(self._columns[table], json.loads(text), strict=True))

    def _flush(self) -> None:
        self._connection.execute("BEGIN")
        self._run.many(
            _PUT,
            (
                {"kind": table, "id": row_id, "row": json.dumps([row[column] for column in self._columns[table]])}
                for (table, row_id), row in self._hot.items()
            ),
        )
        self._connection.execute("COMMIT")
        self._hot.clear()
