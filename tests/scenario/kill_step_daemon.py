"""The daemon, which kills itself (SIGKILL) at the n-th time that it comes to one step of a print attempt.

    python kill_step_daemon.py STEP N python -m waybilld.run --config FILE

Steps are the commits of an attempt, just before and just after SQLite's COMMIT, and every write to a printer, before it, in
the middle of it, after it, and after its acknowledgement.
"""

from __future__ import annotations

import os
import signal
import sqlite3
import sys
from typing import Any

_COMMITS = ("attempt.sending", "attempt.sent", "attempt.proven")
_WRITES = ("question", "body", "token")
STEPS = (
    *(f"commit {kind}: {when}" for kind in _COMMITS for when in ("before", "after")),
    *(f"write {what}: {when}" for what in _WRITES for when in ("before", "half", "after")),
    "write body: acknowledged",
    "write token: acknowledged",
)


class _Trap:
    """Counts how often the daemon comes to its step."""

    def __init__(self, step: str, times: int) -> None:
        self.step, self._left = step, times
        self.kinds: set[str] = set()
        """Kinds of journal entries of the transaction that is open."""

    def at(self, step: str) -> None:
        """The daemon is there."""
        if step != self.step:
            return
        self._left -= 1
        if self._left == 0:
            os.kill(os.getpid(), signal.SIGKILL)


class _Connection:
    """The writer's sqlite3 connection, with an eye on its commits."""

    def __init__(self, connection: sqlite3.Connection, trap: _Trap) -> None:
        self._connection, self._trap = connection, trap

    def execute(self, sql: str, *values: Any) -> sqlite3.Cursor:
        """As sqlite3."""
        if sql != "COMMIT":
            if sql.startswith(("BEGIN", "ROLLBACK")):
                self._trap.kinds.clear()
            return self._connection.execute(sql, *values)
        kinds = [kind for kind in _COMMITS if kind in self._trap.kinds]
        for kind in kinds:
            self._trap.at(f"commit {kind}: before")
        done = self._connection.execute(sql, *values)
        for kind in kinds:
            self._trap.at(f"commit {kind}: after")
        return done

    def __getattr__(self, name: str) -> Any:
        """Everything else is the connection's own."""
        return getattr(self._connection, name)


def _lay(trap: _Trap) -> None:
    from waybilld.host.stream import TcpStream
    from waybilld.store.commit import Committer
    from waybilld.store.tx import Tx

    entry, begin, write, acked = Tx.entry, Committer.__init__, TcpStream.write, TcpStream.acked
    last: dict[int, str] = {}

    def noted(self: Tx, kind: str, **facts: Any) -> Any:
        trap.kinds.add(kind)
        return entry(self, kind, **facts)

    def opened(self: Committer, connection: Any, *given: Any) -> None:
        begin(self, connection, *given)
        self._connection = _Connection(connection, trap)  # type: ignore[assignment]

    async def writes(self: TcpStream, data: bytes) -> None:
        what = "body" if data.startswith(b"^XA") else "token" if data == b"^XZ" else "question"
        last[id(self)] = what
        trap.at(f"write {what}: before")
        if trap.step == f"write {what}: half":
            half = (len(data) + 1) // 2
            await write(self, data[:half])
            trap.at(trap.step)
            data = data[half:]
        await write(self, data)
        trap.at(f"write {what}: after")

    async def acknowledged(self: TcpStream, timeout: float) -> bool:
        found = await acked(self, timeout)
        trap.at(f"write {last.get(id(self), '')}: acknowledged")
        return found

    Tx.entry, Committer.__init__ = noted, opened  # type: ignore[method-assign,assignment]
    TcpStream.write, TcpStream.acked = writes, acknowledged  # type: ignore[method-assign]


def main(arguments: list[str]) -> int:
    """Lay the trap and become the daemon; its exit code."""
    step, times, *_, config = arguments
    _lay(_Trap(step, int(times)))
    from waybilld.run import main as run

    return int(run(["--config", config]))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
