"""Waking coroutines that wait for each other, without waking them inside each other.

A Deferred runs its waiter at once, inside whoever fires it. When that waiter frees the next one, a hundred of them stand
on each other's stack and Python's recursion limit loses one silently. So wakings queue, and only the outermost caller
drains the queue.
"""

from __future__ import annotations

from collections import deque

from twisted.internet.defer import Deferred


class Wakeups:
    """The queue. One for the process: what it guards against is one thread's stack."""

    def __init__(self) -> None:
        self._queue: deque[Deferred[None]] = deque()
        self._draining = False

    def fire(self, waiting: Deferred[None]) -> None:
        """Fire a Deferred now, or soon when another firing is under way. One that was cancelled meanwhile is let be."""
        self._queue.append(waiting)
        if self._draining:
            return
        self._draining = True
        try:
            while self._queue:
                done = self._queue.popleft()
                if not done.called:
                    done.callback(None)
        finally:
            self._draining = False


WAKEUPS = Wakeups()


class Signal:
    """The SDK's `Signal`: fired once, it stays so."""

    def __init__(self) -> None:
        self._fired = False
        self._waiting: list[Deferred[None]] = []

    def fire(self) -> None:
        """Wake everybody who waits."""
        self._fired = True
        waiting, self._waiting = self._waiting, []
        for done in waiting:
            WAKEUPS.fire(done)

    async def wait(self) -> None:
        """Return once fired."""
        if not self._fired:
            done: Deferred[None] = Deferred()
            self._waiting.append(done)
            await done


class Bulkhead:
    """At most `slots` calls at a time; the others wait their turn."""

    def __init__(self, slots: int) -> None:
        self._free = slots
        self._waiting: deque[Deferred[None]] = deque()

    async def acquire(self) -> None:
        """Take a slot. Cancelling the wait gives the turn to the next."""
        if self._free > 0:
            self._free -= 1
            return
        turn: Deferred[None] = Deferred(self._gave_up)
        self._waiting.append(turn)
        await turn

    def _gave_up(self, turn: Deferred[None]) -> None:
        if turn in self._waiting:
            self._waiting.remove(turn)
        else:
            # Its turn had come but not reached it yet.
            self.release()

    def release(self) -> None:
        """Give the slot back, or on to whoever waits longest."""
        if self._waiting:
            WAKEUPS.fire(self._waiting.popleft())
        else:
            self._free += 1
