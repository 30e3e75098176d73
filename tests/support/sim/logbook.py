"""What the daemon logs while a world runs: part of its trace, and a list of what no fault excuses."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from twisted.logger import ILogObserver, LogLevel, formatEvent, globalLogPublisher
from zope.interface import implementer

from support.sim.base import Trace

_EXPECTED = ("plugin bug in shop.shop.list_orders: ValueError", "could not be drawn: RuntimeError at labels.py")
"""Errors that faults put into plugins: to be logged as such."""


@implementer(ILogObserver)
class Logbook:
    """An observer of Twisted's log for the time of one run."""

    def __init__(self, trace: Trace) -> None:
        self._trace = trace
        self.bugs: list[str] = []

    @contextmanager
    def open(self) -> Iterator[None]:
        """Listen."""
        globalLogPublisher.addObserver(self)
        try:
            yield
        finally:
            globalLogPublisher.removeObserver(self)

    def __call__(self, event: Any) -> None:
        """See ILogObserver."""
        text = formatEvent(event).replace("\n", " | ")
        failure = event.get("log_failure")
        self._trace("log", f"{event['log_level'].name} {text}")
        if event["log_level"] < LogLevel.error:
            return
        detail = f"{text}\n{failure.getTraceback()}" if failure is not None else text
        if not any(known in detail for known in _EXPECTED):
            self.bugs.append(f"logged as an error: {detail}")
