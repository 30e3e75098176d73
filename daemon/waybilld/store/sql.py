"""One small runner: SQLAlchemy Core statements, compiled to text once, executed on the DBAPI cursor.

Compiling at each execution would cost five times the statement itself; writing SQL by hand would bind the verbs to one
dialect.
"""

from __future__ import annotations

import functools
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from sqlalchemy import Column, ColumnElement, Table, bindparam, insert, or_, update
from sqlalchemy.dialects import sqlite
from sqlalchemy.sql import ClauseElement
from sqlalchemy.sql.compiler import SQLCompiler

_DIALECT = sqlite.dialect(paramstyle="named")

Params = Mapping[str, Any]


class Prepared:
    """A statement's text and the values of its literals; bind parameters are given at each run."""

    __slots__ = ("literals", "text")

    def __init__(self, statement: ClauseElement) -> None:
        compiled = statement.compile(dialect=_DIALECT)
        assert isinstance(compiled, SQLCompiler)
        self.text = str(compiled)
        # A literal None is a value too; what a run must give is marked as required.
        self.literals = {name: bind.effective_value for bind, name in compiled.bind_names.items() if not bind.required}


def one_of(column: Column[str], values: Iterable[str]) -> ColumnElement[bool]:
    """`column` has one of these values, written out: an expanding IN could not be compiled ahead."""
    return or_(*(column == value for value in values))


@functools.cache
def insert_into(table: Table, columns: tuple[str, ...]) -> Prepared:
    """INSERT of these columns."""
    return Prepared(insert(table).values({c: bindparam(c) for c in columns}))


@functools.cache
def update_by_id(table: Table, columns: tuple[str, ...]) -> Prepared:
    """UPDATE of these columns where the id is `id_`."""
    return Prepared(update(table).where(table.c.id == bindparam("id_")).values({c: bindparam(c) for c in columns}))


class Runner:
    """Runs prepared statements on one connection."""

    __slots__ = ("_connection",)

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def run(self, prepared: Prepared, **params: Any) -> int:
        """Execute for its effect; the number of rows changed."""
        return self._connection.execute(prepared.text, {**prepared.literals, **params}).rowcount

    def insert(self, prepared: Prepared, **params: Any) -> int:
        """Insert one row; its id. Twice as quick as RETURNING, which a driver without `lastrowid` would need."""
        found = self._connection.execute(prepared.text, {**prepared.literals, **params}).lastrowid
        assert found is not None
        return found

    def many(self, prepared: Prepared, rows: Iterable[Params]) -> None:
        """Execute once per row."""
        self._connection.executemany(prepared.text, [{**prepared.literals, **row} for row in rows])

    def rows(self, prepared: Prepared, **params: Any) -> list[tuple[Any, ...]]:
        """All rows as tuples."""
        return self._connection.execute(prepared.text, {**prepared.literals, **params}).fetchall()

    def each(self, prepared: Prepared, **params: Any) -> Iterator[tuple[Any, ...]]:
        """Row after row, for results that are too large to hold."""
        yield from self._connection.execute(prepared.text, {**prepared.literals, **params})

    def row(self, prepared: Prepared, **params: Any) -> tuple[Any, ...] | None:
        """The first row, or None."""
        found: tuple[Any, ...] | None = self._connection.execute(prepared.text, {**prepared.literals, **params}).fetchone()
        return found

    def dicts(self, prepared: Prepared, **params: Any) -> list[dict[str, Any]]:
        """All rows as dictionaries by column name: for readers, not for hot verbs."""
        cursor = self._connection.execute(prepared.text, {**prepared.literals, **params})
        names = [d[0] for d in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor]
