"""One small runner: SQLAlchemy Core statements, compiled to text once, executed on the DBAPI cursor.

Compiling at each execution would cost five times the statement itself; writing SQL by hand would bind the verbs to one
dialect.
"""

from __future__ import annotations

import functools
import re
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from sqlalchemy import Column, ColumnElement, Table, bindparam, insert, or_, update
from sqlalchemy.dialects import sqlite
from sqlalchemy.sql import ClauseElement
from sqlalchemy.sql.compiler import SQLCompiler

_DIALECT = sqlite.dialect(paramstyle="named")

_PLACE = re.compile(r":(\w+)")

Params = Mapping[str, Any]


class Prepared:
    """A statement's text, with its constants written out; bind parameters are given at each run.

    A constant that is bound instead would cost dearly: to see that a partial index will do, SQLite must know the value, so
    it would prepare the statement anew each time that the value is bound (sqlite.org/c3ref/prepare.html, on `?` in WHERE).
    """

    __slots__ = ("text",)

    def __init__(self, statement: ClauseElement) -> None:
        compiled = statement.compile(dialect=_DIALECT)
        assert isinstance(compiled, SQLCompiler)
        # What a run must give is marked as required; everything else is a constant of the statement, a None too.
        constants = {name: bind.effective_value for bind, name in compiled.bind_names.items() if not bind.required}
        self.text = _PLACE.sub(lambda m: _written(constants[m[1]]) if m[1] in constants else m[0], str(compiled))


def _written(value: object) -> str:
    """A constant as SQL text. Only the program's own constants come here, never a value from outside."""
    if value is None:
        return "NULL"
    if isinstance(value, str):
        return "'" + str(value).replace("'", "''") + "'"
    if isinstance(value, int):
        return str(int(value))
    raise TypeError(f"a statement cannot hold a constant of type {type(value).__name__}")


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
        return self._connection.execute(prepared.text, params).rowcount

    def insert(self, prepared: Prepared, **params: Any) -> int:
        """Insert one row; its id. Twice as quick as RETURNING, which a driver without `lastrowid` would need."""
        found = self._connection.execute(prepared.text, params).lastrowid
        assert found is not None
        return found

    def many(self, prepared: Prepared, rows: Iterable[Params]) -> None:
        """Execute once per row."""
        self._connection.executemany(prepared.text, rows)

    def rows(self, prepared: Prepared, **params: Any) -> list[tuple[Any, ...]]:
        """All rows as tuples."""
        return self._connection.execute(prepared.text, params).fetchall()

    def each(self, prepared: Prepared, **params: Any) -> Iterator[tuple[Any, ...]]:
        """Row after row, for results that are too large to hold."""
        yield from self._connection.execute(prepared.text, params)

    def row(self, prepared: Prepared, **params: Any) -> tuple[Any, ...] | None:
        """The first row, or None."""
        found: tuple[Any, ...] | None = self._connection.execute(prepared.text, params).fetchone()
        return found

    def dicts(self, prepared: Prepared, **params: Any) -> list[dict[str, Any]]:
        """All rows as dictionaries by column name: for readers, not for hot verbs."""
        cursor = self._connection.execute(prepared.text, params)
        names = [d[0] for d in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor]
