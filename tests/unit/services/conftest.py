"""What the services' tests share: the log's failures, which must be asked for or else are errors."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from typing import cast

import pytest
from twisted.logger import ILogObserver, LogEvent, LogLevel, formatEvent, globalLogPublisher


@pytest.fixture
def log_failures() -> list[str]:
    """Filled with every error that is logged; a test that asks for it expects some."""
    return []


@pytest.fixture(autouse=True)
def no_silent_errors(request: pytest.FixtureRequest) -> Iterator[None]:
    """An error in the log that a test did not ask for fails it, lost failures of Deferreds included."""
    expected: list[str] | None = None
    if "log_failures" in request.fixturenames:
        expected = request.getfixturevalue("log_failures")
    found: list[str] = []

    def observe(event: LogEvent) -> None:
        if event["log_level"] >= LogLevel.error:
            failure = event.get("log_failure")
            found.append(f"{formatEvent(event)} {failure.getErrorMessage() if failure else ''}")
            if expected is not None:
                expected.append(found[-1])

    globalLogPublisher.addObserver(cast(ILogObserver, observe))
    try:
        yield
        gc.collect()
    finally:
        globalLogPublisher.removeObserver(cast(ILogObserver, observe))
    if expected is None:
        assert found == []
