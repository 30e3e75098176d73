"""Worker processes: CPU-heavy and blocking C code runs where it can be killed.

Processes are forked by a clean server, never from the daemon, because a fork would copy the database's connection.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import resource
import signal
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeoutError
from pathlib import Path
from typing import TypeVar

from pebble import ProcessExpired, ProcessPool
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorFromThreads

from waybilld_sdk.context import Limits
from waybilld_sdk.errors import Retry

T = TypeVar("T")
WORKER_PROCESSES = 2
ADDRESS_SPACE_BYTES = 1200 << 20
"""One worker's memory. Measured within it: an A3 page at 12 dots/mm asks for 270 MiB, 39 million dots for 289, an A4 page at
600 dpi for 321, and a page with a picture of 16,000 x 16,000 dots in colours for 856. `MemoryMax` of the systemd unit is
enough for the daemon and this many workers."""
_TASKS_PER_PROCESS = 20_000
_FIRST_TO_DIE = "1000"
"""The highest `oom_score_adj`: proc_pid_oom_score_adj(5)."""


def _prepare(address_space_bytes: int) -> None:
    """In each new worker: bounded memory, no core files, the terminal's ^C left to the daemon, and an end at once. Where
    memory runs out, the kernel takes a worker, which is replaced, and not the daemon.

    The pool's own handler of SIGTERM waits until C code returns to Python; until then, 3 s, no worker would get a task.
    """
    resource.setrlimit(resource.RLIMIT_AS, (address_space_bytes, address_space_bytes))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # A container may show /proc as read-only: there the kernel chooses by size, which is a worker as well.
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text(_FIRST_TO_DIE, "ascii")
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)


class Killed(Retry):
    """A worker process took too long and was killed, or died, as `how` says. Another follows."""

    def __init__(self, name: str, how: str) -> None:
        super().__init__(f"{name} came to no end: {how}")
        self.how = how


class Died(Killed):
    """A worker process died: of what it was doing, or because memory ran out, whoever used it up, and the kernel took it."""


class WorkerProcesses:
    """A pool of killable processes; results arrive in the reactor's thread."""

    def __init__(self, reactor: IReactorFromThreads, workers: int) -> None:
        self._reactor = reactor
        self._pool = ProcessPool(
            max_workers=workers,
            max_tasks=_TASKS_PER_PROCESS,
            initializer=_prepare,
            initargs=(ADDRESS_SPACE_BYTES,),
            context=multiprocessing.get_context("forkserver"),
        )

    def run(self, fn: Callable[..., T], *args: object, limits: Limits) -> Deferred[T]:
        """Run `fn(*args)` in a worker. Fails with what `fn` raised, or `Killed` when its process was killed or died."""
        future: Future[T] = self._pool.schedule(fn, args=args, timeout=limits.seconds)

        def cancel(_: Deferred[T]) -> None:
            future.cancel()

        done: Deferred[T] = Deferred(cancel)
        future.add_done_callback(lambda f: self._reactor.callFromThread(self._finish, f, done, fn.__name__, limits))
        return done

    def _finish(self, future: Future[T], done: Deferred[T], name: str, limits: Limits) -> None:
        if done.called:
            return
        if future.cancelled():
            done.cancel()
            return
        error = future.exception()
        if error is None:
            done.callback(future.result())
        elif isinstance(error, FutureTimeoutError):
            done.errback(Killed(name, f"it took longer than {limits.seconds:g} s and was stopped"))
        elif isinstance(error, ProcessExpired):
            done.errback(Died(name, f"its process died (exit status {error.exitcode})"))
        else:
            done.errback(error)

    def close(self) -> None:
        """Stop all workers, finished or not. Blocks shortly."""
        self._pool.stop()
        self._pool.join(timeout=5)
