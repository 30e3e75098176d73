"""The services' `Store` over the real `Committer`, in one thread: commits happen at moments that the seed chooses."""

from __future__ import annotations

import functools
import sqlite3
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, cast

from twisted.internet.defer import Deferred

from support.sim.base import Ether
from waybilld.store import journal
from waybilld.store.commit import Committer, Group
from waybilld.store.engine import open_writer
from waybilld.store.migrate import upgrade
from waybilld.store.seal import Seal
from waybilld.store.sql import Runner
from waybilld.store.tx import Tx

T = TypeVar("T")
_GROUP_LIMIT = 256
Crash = Callable[[str], bool]
"""Told of a point in the daemon's work; True: the daemon was killed there and then."""


@functools.cache
def _empty_database() -> bytes:
    """A migrated, empty database as bytes: the migrations run once in the life of the test process."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "empty.db"
        upgrade(path)
        connection = sqlite3.connect(path)
        connection.execute("PRAGMA journal_mode=DELETE").fetchall()
        image = connection.serialize()
        connection.close()
    return image


class Disk:
    """The database's file: what was committed outlives every life of the daemon. `full` makes commits fail.

    It stands in the place of an sqlite3 connection. SQLite reports a full disk at any statement;
    the commit is the last one at which it can, when the work of the whole group is done already.
    """

    def __init__(self, image: bytes | None = None) -> None:
        """`image` is a database as `sqlite3.Connection.serialize` gives it; without one it is empty."""
        self.connection = open_writer(":memory:")
        self.connection.deserialize(image or _empty_database())
        self.full = False

    def execute(self, sql: str, *args: Any) -> sqlite3.Cursor:
        """As sqlite3."""
        if self.full and sql == "COMMIT":
            error = sqlite3.OperationalError("database or disk is full")
            error.sqlite_errorname = "SQLITE_FULL"
            raise error
        return self.connection.execute(sql, *args)

    def __getattr__(self, name: str) -> Any:
        """Everything else is the connection's own."""
        return getattr(self.connection, name)

    def runner(self) -> Runner:
        """For checkers: reads what is committed, because no transaction is ever open between two events."""
        return Runner(self.connection)

    def close(self) -> None:
        """The world ends."""
        self.connection.close()


class InlineStore:
    """One life's store. Units wait for the writer's next moment; results and listeners follow some moments later."""

    def __init__(self, ether: Ether, disk: Disk, node: str, seal: Seal, crash: Crash) -> None:
        self._ether = ether
        self._disk = disk
        self._crash = crash
        self._committer = Committer(cast(sqlite3.Connection, disk), node, seal, lambda: int(ether.wall() * 1_000_000))
        self._reader = disk.runner()
        self._listeners: list[Callable[[frozenset[str], int], None]] = []
        self._units: list[tuple[Callable[[Tx], Any], Deferred[Any]]] = []
        self._busy = False
        self._told = journal.last_seq(self._reader)
        self._delivered_at = 0.0
        self.dead = False
        self.refused = ""
        self._graveyard: list[object] = []
        """What a dead life still waits for: kept, because a killed process runs no `finally`."""

    def write(self, unit: Callable[[Tx], T]) -> Deferred[T]:
        """See `Store.write`."""
        done: Deferred[T] = Deferred()
        self._units.append((unit, done))
        self._later()
        return done

    def read(self, query: Callable[[Runner], T]) -> Deferred[T]:
        """See `Store.read`: the snapshot is that of the moment at which the reader comes to it."""
        done: Deferred[T] = Deferred()
        if self.dead:
            self._graveyard.append(done)
        else:
            self._ether.reactor.callLater(self._ether.dice.uniform(0.0001, 0.001), self._query, query, done)
        return done

    def on_commit(self, listener: Callable[[frozenset[str], int], None]) -> None:
        """See `Store.on_commit`."""
        self._listeners.append(listener)

    @property
    def idle(self) -> bool:
        """Nothing waits to be committed."""
        return not self._units and not self._busy

    def _later(self) -> None:
        if self._units and not self._busy and not self.dead:
            self._busy = True
            self._ether.reactor.callLater(self._ether.dice.uniform(0.0002, 0.003), self._commit)

    def _commit(self) -> None:
        self._busy = False
        if self.dead or self._crash("before a commit"):
            return
        batch, self._units = self._units[:_GROUP_LIMIT], self._units[_GROUP_LIMIT:]
        group = self._committer.commit([unit for unit, _ in batch])
        self.refused = group.refused
        self._ether.trace("store", f"{len(batch)} units, journal at {group.last_seq}")
        self._tell_journal(group.last_seq)
        if self._crash("after a commit that nobody heard of"):
            self._graveyard.append(batch)
            return
        now = self._ether.reactor.seconds()
        self._delivered_at = max(self._delivered_at, now + self._ether.dice.uniform(0.0001, 0.002))
        self._ether.reactor.callLater(self._delivered_at - now, self._deliver, group, [done for _, done in batch])
        self._later()

    def _tell_journal(self, seq: int) -> None:
        if self._ether.trace.shown:
            for line in journal.after(self._reader, self._told, seq - self._told):
                what = ", ".join(f"{k}={v}" for k, v in line.facts.items())
                self._ether.trace.note("journal", f"{line.seq} {line.kind} shipment {line.shipment} {what}")
        self._told = seq

    def _deliver(self, group: Group, waiting: list[Deferred[Any]]) -> None:
        for result, done in zip(group.results, waiting, strict=True):
            if self.dead:
                self._graveyard.append(done)
                continue
            if done.called:
                continue
            if result.error is None:
                done.callback(result.value)
            else:
                done.errback(result.error)
        for listener in () if self.dead else self._listeners:
            listener(group.wakes, group.last_seq)

    def _query(self, query: Callable[[Runner], Any], done: Deferred[Any]) -> None:
        if self.dead or done.called:
            self._graveyard.append(done)
            return
        self._disk.connection.execute("PRAGMA query_only=ON")
        value: Any = None
        error: Exception | None = None
        try:
            value = query(self._reader)
        except Exception as e:  # noqa: BLE001 - handed to whoever asked
            error = e
        self._disk.connection.execute("PRAGMA query_only=OFF")
        if error is None:
            done.callback(value)
        else:
            done.errback(error)
