"""The database as services see it: `write` a unit, `read` a query, hear of commits.

One thread writes and gathers whatever waits into one commit; one thread reads. Results come back to the reactor in one hop
per group.
"""

from __future__ import annotations

import queue
import threading
from collections import deque
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, Protocol, TypeVar

from twisted.internet.defer import Deferred
from twisted.logger import Logger

from waybilld.store.commit import Committer, Group
from waybilld.store.engine import StoreBroken, open_reader
from waybilld.store.sql import Runner
from waybilld.store.tx import Tx

T = TypeVar("T")
log = Logger()
_GROUP_LIMIT = 256
_CALM_US = 5_000_000
"""Without a refusal for so long, a commit proves that there is space again: small ones succeed between large ones that do
not."""
_GATHER_S = 0.002
"""Where the last group held several units, more are on their way: waiting for them so long saves more than it costs.
Eight units of lanes in one group cost a third less than in four groups of two, because most pages that they change are the
same."""
_SCRUB_S = 1.1
"""After so long without work a deleted data key is taken out of the log, where a later commit would have done it."""
_TURN_S = 0.005
"""So long results may keep the reactor before everything else has its turn."""
_STOP = object()


class Reactor(Protocol):
    """What is used of a reactor."""

    def callFromThread(self, call: Callable[..., object], /, *args: object) -> object: ...

    def callLater(self, delay: float, call: Callable[..., object], /, *args: object) -> object: ...

    def seconds(self) -> float: ...


class Store(Protocol):
    """What services need of a database; the simulation has its own."""

    refused: str
    """Why the database takes no changes now; empty when it does."""

    def write(self, unit: Callable[[Tx], T]) -> Deferred[T]:
        """Commit one unit; fires after the commit. Fails with the unit's own error, or `StoreUnavailable`."""

    def read(self, query: Callable[[Runner], T]) -> Deferred[T]:
        """Run a query on a connection that can only read."""

    def on_commit(self, listener: Callable[[frozenset[str], int], None]) -> None:
        """Call `listener(wakes, last_seq)` after every commit."""


class Database:
    """A `Store` over one SQLite file. `broken` is called in the reactor when the database failed for good."""

    def __init__(
        self, path: Path, committer: Committer, reactor: Reactor, broken: Callable[[StoreBroken], None]
    ) -> None:
        self._path = path
        self._committer = committer
        self._reactor = reactor
        self._broken = broken
        self._listeners: list[Callable[[frozenset[str], int], None]] = []
        self._refused_at_us = 0
        self.refused = ""
        self._units: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._stopped = threading.Event()
        self._results: deque[Callable[[], None]] = deque()
        self._delivering = False
        self._queries: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._threads = [
            threading.Thread(target=self._write_loop, name="store-writer", daemon=True),
            threading.Thread(target=self._read_loop, name="store-reader", daemon=True),
        ]

    def start(self) -> None:
        """Start both threads."""
        for thread in self._threads:
            thread.start()

    def write(self, unit: Callable[[Tx], T]) -> Deferred[T]:
        """See `Store.write`."""
        done: Deferred[T] = Deferred()
        self._units.put((unit, done))
        return done

    def read(self, query: Callable[[Runner], T]) -> Deferred[T]:
        """See `Store.read`."""
        done: Deferred[T] = Deferred()
        self._queries.put((query, done))
        return done

    def on_commit(self, listener: Callable[[frozenset[str], int], None]) -> None:
        """See `Store.on_commit`."""
        self._listeners.append(listener)

    def close(self) -> None:
        """Finish what is queued, checkpoint, and join the threads. Blocks; call it once the services have stopped."""
        self._stopped.set()
        self._units.put(_STOP)
        self._queries.put(_STOP)
        for thread in self._threads:
            thread.join(timeout=30)

    def _write_loop(self) -> None:
        stopping, crowded = False, False
        while not stopping:
            try:
                batch = [self._units.get(timeout=_SCRUB_S if self._committer.owes_scrub else None)]
            except queue.Empty:
                batch = []
            if crowded:
                self._stopped.wait(_GATHER_S)
            while len(batch) < _GROUP_LIMIT and not self._units.empty():
                batch.append(self._units.get_nowait())
            if _STOP in batch:
                stopping = True
                batch = [b for b in batch if b is not _STOP]
            crowded = len(batch) > 1
            if batch or not stopping:
                try:
                    group = self._committer.commit([unit for unit, _ in batch])
                except StoreBroken as e:
                    self._reactor.callFromThread(self._fail, e, [done for _, done in batch])
                    return
            if batch:
                self._reactor.callFromThread(self._deliver, group, [done for _, done in batch])
        self._committer.close()

    def _read_loop(self) -> None:
        connection = open_reader(self._path)
        runner = Runner(connection)
        while (item := self._queries.get()) is not _STOP:
            query, done = item
            try:
                connection.execute("BEGIN")
                value = query(runner)
            except Exception as e:  # noqa: BLE001 - handed to whoever asked
                self._reactor.callFromThread(done.errback, e)
            else:
                self._reactor.callFromThread(done.callback, value)
            finally:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
        connection.close()

    def _deliver(self, group: Group, waiting: list[Deferred[Any]]) -> None:
        self._notice(group)
        for result, done in zip(group.results, waiting, strict=True):
            if result.error is None:
                self._results.append(partial(done.callback, result.value))
            else:
                self._results.append(partial(done.errback, result.error))
        self._results.append(partial(self._tell, group))
        if not self._delivering:
            self._delivering = True
            self._hand_out()

    def _hand_out(self) -> None:
        """Hand results out in the order of their commits, for one turn; the rest follows in the next one."""
        until = self._reactor.seconds() + _TURN_S
        try:
            while self._results and self._reactor.seconds() < until:
                self._results.popleft()()
        finally:
            self._delivering = bool(self._results)
            if self._delivering:
                self._reactor.callLater(0, self._hand_out)

    def _tell(self, group: Group) -> None:
        for listener in self._listeners:
            listener(group.wakes, group.last_seq)

    def _notice(self, group: Group) -> None:
        """Say it once when the database stops to take changes, and once when it goes on; whoever waits need not."""
        if group.refused:
            if not self.refused:
                advice = "everything waits and nothing is lost; free space on the disk of {folder}"
                log.warn(f"{{why}}: {advice}", why=group.refused, folder=str(self._path.parent))
            self.refused, self._refused_at_us = group.refused, group.at_us
        elif self.refused and group.changed and group.at_us - self._refused_at_us > _CALM_US:
            self.refused = ""
            log.info("the database takes changes again")

    def _fail(self, error: StoreBroken, waiting: list[Deferred[Any]]) -> None:
        self._broken(error)
        for done in waiting:
            done.errback(error)
