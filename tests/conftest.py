"""What holds for every test: nothing that failed is lost, and no timer is left behind on the process's own reactor.

Tests that use the reactor in a thread ask it for leftovers themselves: see support/reactor_thread.py.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from support.leftovers import LostFailures, leftover_timers


@pytest.fixture(scope="session")
def lost_failures() -> Iterator[LostFailures]:
    """The one listener of this session."""
    lost = LostFailures()
    lost.watch()
    yield lost
    lost.stop()


@pytest.fixture(autouse=True, scope="module")
def nothing_lost_in_module(lost_failures: LostFailures) -> Iterator[None]:
    """A whole collection takes long, so that it is done once a module: it finds what the tests' own look missed."""
    yield
    found = lost_failures.take(2)
    if found:
        pytest.fail("a test of this module lost failures:\n" + "\n".join(found), pytrace=False)


@pytest.fixture(autouse=True)
def nothing_lost(lost_failures: LostFailures) -> Iterator[None]:
    """A failure that nobody handles is an error that nobody sees; a timer that outlives its test strikes the next one."""
    yield
    problems = [*lost_failures.take(0), *leftover_timers()]
    if problems:
        pytest.fail("left behind:\n" + "\n".join(problems), pytrace=False)
