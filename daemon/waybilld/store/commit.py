"""Group commit: many units of work, one transaction, one fsync.

A unit that raises takes back only itself: the group is then run again with a savepoint for each. An error of the database
itself takes back the whole group: nobody is told "done" before the commit returned.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from waybilld.core.canonical import GENESIS
from waybilld.store import schema
from waybilld.store.engine import BUSY_TIMEOUT_MS, StoreBroken, StoreUnavailable, classify
from waybilld.store.seal import Seal
from waybilld.store.sql import Prepared, Runner
from waybilld.store.tx import Head, Tx

Unit = Callable[[Tx], Any]

_LAST = Prepared(select(schema.journal.c.seq, schema.journal.c.hash).order_by(schema.journal.c.seq.desc()).limit(1))

_SCRUB_AGAIN_US = 1_000_000
"""Between two tries to empty the log: each writes what it holds into the database."""

_UNIT_AT_FAULT = (sqlite3.IntegrityError, sqlite3.DataError, sqlite3.ProgrammingError, sqlite3.InterfaceError)
"""What the unit gave is at fault, not the database: a second live row, or a value that SQLite cannot hold."""


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one unit: its value, or the error that took it back."""

    value: Any = None
    error: Exception | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """What became of a group: results in the units' order, the kinds of work woken, and the journal's last seq.

    `refused` says why the database took nothing of it; `at_us` is the instant. `changed`: the commit wrote something, which
    an empty one on a full disk does not have to.
    """

    results: tuple[Result, ...]
    wakes: frozenset[str]
    last_seq: int
    at_us: int
    changed: bool = False
    refused: str = ""


class Committer:
    """The writing side of one database. Not thread-safe: one thread owns it."""

    def __init__(self, connection: sqlite3.Connection, node: str, seal: Seal, now_us: Callable[[], int]) -> None:
        self._connection = connection
        self._runner = Runner(connection)
        self._node = node
        self._seal = seal
        self._now_us = now_us
        self._head = self._read_head()
        # A process that was killed may have shredded just before.
        self._to_scrub = True
        self._scrub_at_us = 0

    @property
    def owes_scrub(self) -> bool:
        """Whether a deleted data key may still stand in the log: another commit, if only of nothing, empties it."""
        return self._to_scrub

    def commit(self, units: Sequence[Unit]) -> Group:
        """Run all units and commit them together. Raises `StoreBroken`; then the process must end."""
        saved = Head(self._head.seq, self._head.hash)
        changes = self._connection.total_changes
        try:
            results, wakes = self._together(units) or self._apart(units, saved)
            self._scrub()
        except sqlite3.Error as e:
            self._take_back(saved)
            cause = classify(e)
            if isinstance(cause, StoreUnavailable):
                failed = tuple(Result(error=cause) for _ in units)
                return Group(failed, frozenset(), self._head.seq, self._now_us(), refused=str(cause))
            raise cause if isinstance(cause, StoreBroken) else StoreBroken(str(cause)) from e
        changed = self._connection.total_changes != changes
        return Group(tuple(results), frozenset(wakes), self._head.seq, self._now_us(), changed)

    def _together(self, units: Sequence[Unit]) -> tuple[list[Result], set[str]] | None:
        """All units without savepoints, which would copy every page that a unit touches first; None when one raised.

        A unit has no effect but on its transaction, so that it may be run again.
        """
        wakes: set[str] = set()
        results = []
        shredded = False
        self._connection.execute("BEGIN IMMEDIATE")
        for unit in units:
            tx = self._tx()
            try:
                results.append(Result(unit(tx)))
            except sqlite3.Error as e:
                if not isinstance(e, _UNIT_AT_FAULT):
                    raise
                return None
            except Exception:  # noqa: BLE001 - whose it is shows when they are run apart
                return None
            self._head = tx.head
            wakes |= tx.wakes
            shredded |= tx.shredded
        self._connection.execute("COMMIT")
        self._to_scrub |= shredded
        return results, wakes

    def _apart(self, units: Sequence[Unit], saved: Head) -> tuple[list[Result], set[str]]:
        """All units again, each in a savepoint: those that raise take back only themselves."""
        self._take_back(saved)
        wakes: set[str] = set()
        self._connection.execute("BEGIN IMMEDIATE")
        results = [self._one(unit, wakes) for unit in units]
        self._connection.execute("COMMIT")
        return results, wakes

    def _one(self, unit: Unit, wakes: set[str]) -> Result:
        tx = self._tx()
        self._connection.execute("SAVEPOINT unit")
        try:
            value = unit(tx)
        except Exception as e:
            if isinstance(e, sqlite3.Error) and not isinstance(e, _UNIT_AT_FAULT):
                raise
            self._connection.execute("ROLLBACK TO unit")
            self._connection.execute("RELEASE unit")
            return Result(error=e)
        self._connection.execute("RELEASE unit")
        self._head = tx.head
        wakes |= tx.wakes
        self._to_scrub |= tx.shredded
        return Result(value=value)

    def _scrub(self) -> None:
        """After a commit that shredded, and after the first one: empty the log, whose older frames hold deleted data keys.

        A reader that looks at the state before keeps the log as it is (sqlite.org/pragma.html, wal_checkpoint): it is tried
        again after a later commit, and nobody waits for it.
        """
        now_us = self._now_us()
        if not self._to_scrub or 0 <= now_us - self._scrub_at_us < _SCRUB_AGAIN_US:
            return
        self._scrub_at_us = now_us
        self._connection.execute("PRAGMA busy_timeout=0").fetchall()
        try:
            (busy, _, _) = self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            self._to_scrub = bool(busy)
        except sqlite3.Error as e:
            # The commit stands: only a broken database is a reason not to go on.
            if isinstance(classify(e), StoreBroken):
                raise
        finally:
            self._connection.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}").fetchall()

    def _tx(self) -> Tx:
        return Tx(self._runner, Head(self._head.seq, self._head.hash), self._node, self._now_us(), self._seal)

    def _take_back(self, saved: Head) -> None:
        self._head = saved
        if self._connection.in_transaction:
            self._connection.execute("ROLLBACK")

    def _read_head(self) -> Head:
        found = self._runner.row(_LAST)
        return Head(int(found[0]), str(found[1])) if found else Head(0, GENESIS)

    def close(self) -> None:
        """Checkpoint what the log holds and close the connection."""
        try:
            self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        except sqlite3.Error as e:
            # All of it stands in the log, and the next start reads it there: a full disk is no reason to fail now.
            if not isinstance(classify(e), StoreUnavailable):
                raise
        finally:
            self._connection.close()
