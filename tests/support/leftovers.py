"""Finds what a test leaves behind in its own process: failures that nobody handled, and timers."""

from __future__ import annotations

import gc
import sys

from twisted.logger import LogEvent, globalLogPublisher

_DEFERREDS = "twisted.internet.defer"


def leftover_timers() -> list[str]:
    """The delayed calls of the process's reactor, where a test caused one to be installed; they are cancelled."""
    reactor = sys.modules.get("twisted.internet.reactor")
    timers = reactor.getDelayedCalls() if reactor is not None else []
    described = [str(timer) for timer in timers]
    for timer in timers:
        timer.cancel()
    return described


class LostFailures:
    """Failures that a Deferred held when it was thrown away. Only the collector of garbage can find them."""

    def __init__(self) -> None:
        self._found: list[str] = []

    def watch(self) -> None:
        """Begin to listen to Twisted's log."""
        globalLogPublisher.addObserver(self._notice)

    def stop(self) -> None:
        """Listen no more."""
        globalLogPublisher.removeObserver(self._notice)

    def _notice(self, event: LogEvent) -> None:
        if event.get("log_namespace") == _DEFERREDS and event.get("log_failure") is not None:
            self._found.append(event["log_failure"].getTraceback())

    def take(self, generation: int) -> list[str]:
        """What was lost since the last call, after collecting objects up to this generation."""
        gc.collect(generation)
        found, self._found = self._found, []
        return found
