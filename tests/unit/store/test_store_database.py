"""The two threads around the database: groups, the order of results, and how long the reactor is kept by them."""

from __future__ import annotations

import queue
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from waybilld.store import kv
from waybilld.store.commit import Committer
from waybilld.store.database import Database
from waybilld.store.engine import FILE, StoreBroken, open_writer
from waybilld.store.migrate import upgrade
from waybilld.store.seal import Seal
from waybilld.store.tx import Tx


class Turns:
    """A reactor whose turns are taken by the test: each takes what came from threads or was left from the turn before."""

    def __init__(self) -> None:
        self.calls: queue.SimpleQueue[tuple[Callable[..., object], tuple[object, ...]]] = queue.SimpleQueue()
        self.spent_s = 0.0

    def callFromThread(self, call: Callable[..., object], /, *args: object) -> None:
        self.calls.put((call, args))

    def callLater(self, delay: float, call: Callable[..., object], /, *args: object) -> None:
        assert delay == 0
        self.calls.put((call, args))

    def seconds(self) -> float:
        return self.spent_s

    def turn(self) -> float:
        """One call; the seconds that it kept the loop, as those who were called count them."""
        call, args = self.calls.get(timeout=30)
        before = self.spent_s
        call(*args)
        return self.spent_s - before


@pytest.fixture
def turns() -> Turns:
    return Turns()


@pytest.fixture
def database(tmp_path: Path, turns: Turns) -> Iterator[Database]:
    path = tmp_path / FILE
    upgrade(path)

    def broken(error: StoreBroken) -> None:
        raise error

    seal = Seal(bytes(32), lambda n: bytes(n))
    database = Database(path, Committer(open_writer(path), "node-1", seal, lambda: 7), turns, broken)
    yield database
    database.close()


def put(key: str) -> Callable[[Tx], str]:
    """A unit that writes a key and gives it back."""

    def unit(tx: Tx) -> str:
        kv.put(tx, "i", {key: key}, {})
        return key

    return unit


def test_many_results_do_not_keep_the_loop(database: Database, turns: Turns) -> None:
    """A group of 256 results of a millisecond each would stop sockets, timers and the watchdog for a quarter second."""
    got: list[str] = []

    def work(key: str) -> None:
        turns.spent_s += 0.001
        got.append(key)

    keys = [f"{n:03}" for n in range(200)]
    for key in keys:
        database.write(put(key)).addCallback(work)
    told: list[int] = []
    database.on_commit(lambda _wakes, _seq: told.append(len(got)))
    database.start()
    longest = 0.0
    while len(got) < len(keys) or not told:
        longest = max(longest, turns.turn())
    assert got == keys
    assert told == [200], "who listens to commits hears of one after its results"
    assert longest < 0.01


def test_results_keep_the_order_of_their_commits(database: Database, turns: Turns) -> None:
    """Also where a group's results are still handed out when the next group's come."""
    got: list[str] = []

    def work(key: str) -> None:
        turns.spent_s += 0.01
        got.append(key)
        if key == "a":
            database.write(put("c")).addCallback(work)
            until = time.monotonic() + 30
            while turns.calls.empty():
                assert time.monotonic() < until

    for key in "ab":
        database.write(put(key)).addCallback(work)
    database.start()
    while len(got) < 3:
        turns.turn()
    assert got == ["a", "b", "c"]


def test_a_listener_that_raises_stops_nobody(database: Database, turns: Turns) -> None:
    """One bug in a listener must not keep every later result back."""

    def bad(_wakes: frozenset[str], _seq: int) -> None:
        raise ValueError("a bug")

    database.on_commit(bad)
    got: list[Any] = []
    database.write(put("a")).addCallback(got.append)
    database.start()
    with pytest.raises(ValueError, match="a bug"):
        turns.turn()
    database.write(put("b")).addCallback(got.append)
    with pytest.raises(ValueError, match="a bug"):
        turns.turn()
    assert got == ["a", "b"]


def test_a_deleted_key_leaves_the_log_also_when_nothing_more_is_written(tmp_path: Path, turns: Turns) -> None:
    """Two runs closed within a second, and then a quiet night: the second one's addresses must not wait for the morning."""
    path = tmp_path / FILE
    upgrade(path)
    committer = Committer(open_writer(path), "node-1", Seal(bytes(32), lambda n: bytes(n)), lambda: time.time_ns() // 1000)
    database = Database(path, committer, turns, lambda error: None)
    got: list[str] = []

    def shred(key: str) -> Callable[[Tx], str]:
        def unit(tx: Tx) -> str:
            tx.shredded = True
            return put(key)(tx)

        return unit

    database.start()
    for key in ("first", "second"):
        database.write(shred(key)).addCallback(got.append)
        while key not in got:
            turns.turn()
    log = path.with_name(path.name + "-wal")
    until = time.monotonic() + 30
    while committer.owes_scrub or log.stat().st_size:
        assert time.monotonic() < until
        time.sleep(0.05)
    database.close()
