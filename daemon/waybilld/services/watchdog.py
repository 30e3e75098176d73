"""Two watchdogs: a thread that ends a blocked loop and names who blocks it, and a feed that proves progress to systemd."""

from __future__ import annotations

import json
import os
import sys
import threading
import traceback
from collections.abc import Callable
from pathlib import Path

from twisted.logger import Logger

from waybilld.services.base import Loop
from waybilld.services.clock import Clock
from waybilld.services.meters import Meters
from waybilld.services.notify import Notifier
from waybilld.store.database import Store
from waybilld.store.engine import StoreUnavailable
from waybilld.store.tx import Tx

log = Logger()
BLOCKED_S = 5.0
_BEAT_S = 0.25
_MOST_LAG_S = 1.0
_MOST_COMMIT_S = 5.0
MARKER = "blocked.json"


class Running:
    """Who has the loop now: the adapter whose step is under way."""

    def __init__(self, meters: Meters) -> None:
        self._meters = meters
        self._now = ("", "")

    def stepping(self, who: tuple[str, str]) -> tuple[str, str]:
        """See `waybilld.host.guard.Watch`."""
        before, self._now = self._now, who
        return before

    def left(self, instance: str, op: str, outcome: str, seconds: float) -> None:
        """A call to an adapter ended."""
        self._meters.left(instance, op, outcome, seconds)

    def now(self) -> tuple[str, str]:
        """(instance, operation) that has the loop, empty when no adapter has it."""
        return self._now


class LoopWatchdog:
    """Ends the process when the reactor's thread has not come back for five seconds.

    The thread writes a marker file with instance, operation and stack; the next start puts that instance in quarantine.
    """

    def __init__(
        self, marker: Path, running: Running, monotonic: Callable[[], float], end: Callable[[int], None] = os._exit
    ) -> None:
        self._marker = marker
        self._running = running
        self._monotonic = monotonic
        self._end = end
        self._beat = monotonic()
        self._stopped = threading.Event()
        self._reactor_thread = threading.get_ident()
        self._thread = threading.Thread(target=self._watch, name="loop-watchdog", daemon=True)

    def start(self) -> None:
        """Begin to watch; call it in the reactor's thread."""
        self._reactor_thread = threading.get_ident()
        self.beat()
        self._thread.start()

    def beat(self) -> None:
        """The loop turns."""
        self._beat = self._monotonic()

    def stop(self) -> None:
        """Stop watching."""
        self._stopped.set()

    def _watch(self) -> None:
        while not self._stopped.wait(_BEAT_S):
            if self._monotonic() - self._beat > BLOCKED_S:
                self._blocked()
                return

    def _blocked(self) -> None:
        instance, op = self._running.now()
        frame = sys._current_frames().get(self._reactor_thread)
        stack = traceback.format_stack(frame) if frame else []
        record = {"instance": instance, "op": op, "stack": stack}
        advice = f"see {self._marker}"
        try:
            self._marker.write_text(json.dumps(record, indent=1), "utf-8")
        except OSError as e:
            # Without the marker the next start quarantines nobody; hanging on would be worse.
            advice = f"{self._marker} could not be written ({e.strerror}):\n{''.join(stack)}"
        sys.stderr.write(f"the loop was blocked for {BLOCKED_S:g} s in {instance or 'no adapter'} {op}; {advice}\n")
        self._end(70)


def _nothing(_: Tx) -> None:
    """An empty unit: its commit proves that the writer lives."""


class Heartbeat(Loop):
    """Beats for the loop watchdog, measures the reactor's lag, and pets systemd's watchdog only while there is progress."""

    def __init__(
        self,
        clock: Clock,
        store: Store,
        meters: Meters,
        notifier: Notifier,
        watchdog: LoopWatchdog | None,
        pet_s: float | None,
    ) -> None:
        super().__init__("heartbeat", clock)
        self._store = store
        self._meters = meters
        self._notifier = notifier
        self._watchdog = watchdog
        self._pet_s = pet_s
        self._committed_at = clock.monotonic()
        self._asked_at: float | None = None

    async def run(self) -> None:
        """Beat until stopped."""
        pet_due = self.clock.monotonic()
        while not self.stopping:
            began = self.clock.monotonic()
            await self.pause(_BEAT_S)
            lag = max(0.0, self.clock.monotonic() - began - _BEAT_S)
            self._meters.reactor_lag.observe(lag)
            if self._watchdog is not None:
                self._watchdog.beat()
            if self._pet_s is not None and self.clock.monotonic() >= pet_due:
                self._prove_writer()
                pet_due = self.clock.monotonic() + self._pet_s
                if lag < _MOST_LAG_S and self.clock.monotonic() - self._committed_at < _MOST_COMMIT_S + self._pet_s:
                    self._notifier.send("WATCHDOG=1")

    def _prove_writer(self) -> None:
        """Ask the writer for an empty commit; its answer, also that of a full disk, is the progress."""
        if self._asked_at is not None:
            return
        self._asked_at = self.clock.monotonic()

        def answered(_: object) -> None:
            self._asked_at = None
            self._committed_at = self.clock.monotonic()

        done = self._store.write(_nothing)
        done.addErrback(lambda f: f.trap(StoreUnavailable))
        done.addCallback(answered)


def take_marker(path: Path) -> list[tuple[str, str]]:
    """(instance, reason) of an instance that blocked the loop of the last run; the marker is kept under another name."""
    try:
        record = json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return []
    except ValueError:
        record = None
    path.replace(path.with_suffix(".last.json"))
    instance = record.get("instance") if isinstance(record, dict) else None
    if not isinstance(instance, str) or not instance:
        return []
    return [(instance, f"it blocked the loop for {BLOCKED_S:g} s in {record.get('op')}; see {path.stem}.last.json")]
