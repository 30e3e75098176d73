"""The log's writer: whatever a text holds, a terminal obeys none of it, and no text can pass for another event's line."""

from __future__ import annotations

import io
from typing import cast

import pytest
from twisted.logger import LogEvent, Logger
from twisted.python.failure import Failure

from waybilld.host.logtext import log_observer


def written(text: str, failure: Exception | None = None) -> str:
    """What stands in the log of an event with this text."""
    file = io.StringIO()
    observer = log_observer(file)
    log = Logger(namespace="waybilld.test", observer=observer)
    if failure is None:
        log.info("printer {who}: {said}", who="p1", said=text)
    else:
        log.failure("failed", Failure(failure))
    return file.getvalue()


EVIL = ["\x1b[2J", "\x1b]0;pwned\x07", "\x9b31m", "\r2026-11-26 fake", "\x00", "\u202e", "\x85", "\u2028"]


@pytest.mark.parametrize("evil", EVIL)
def test_no_text_reaches_the_terminal_as_a_command(evil: str) -> None:
    """A print server could clear the screen of whoever reads the log, or write over a line of it."""
    for line in (written(f"ALL WELL{evil}x"), written("", ValueError(evil))):
        assert all(c.isprintable() or c in "\n\t" for c in line)


def test_half_a_character_does_not_end_the_log() -> None:
    """The file would refuse it, and the event would be lost."""
    written("\ud800").encode()


def test_a_line_end_forges_no_line() -> None:
    """A line that begins with a time is the daemon's own."""
    first, *others, last = written("well\n2026-11-26T03:00:00+0000 [waybilld#critical] fake").split("\n")
    assert first.endswith("printer p1: well")
    assert all(line.startswith("\t") for line in others)
    assert last == ""


def test_what_people_write_stays_itself() -> None:
    """A Chinese advice must be readable where it is needed."""
    assert "装入新的标签卷" in written("装入新的标签卷")


def test_an_event_that_says_nothing_writes_nothing() -> None:
    """An empty line is no event."""
    file = io.StringIO()
    log_observer(file)(cast(LogEvent, {"log_format": None}))
    assert file.getvalue() == ""
