"""The fixtures of conftest.py that hold for every test: they must find what they exist to find."""

from __future__ import annotations

from twisted.internet.defer import fail

from support.leftovers import LostFailures, leftover_timers


def test_a_failure_that_nobody_handled_is_found(lost_failures: LostFailures) -> None:
    """Without this, an error in a callback would leave the suite green."""
    fail(ValueError("nobody looked"))
    found = lost_failures.take(2)
    assert len(found) == 1
    assert "nobody looked" in found[0]


def test_a_failure_in_a_ring_of_objects_is_found(lost_failures: LostFailures) -> None:
    """What refers to itself is only freed by a collection, which must therefore take place."""
    ring: list[object] = [fail(ValueError("in a ring"))]
    ring.append(ring)
    del ring
    assert "in a ring" in lost_failures.take(2)[0]


def test_a_timer_that_is_left_is_found_and_stopped() -> None:
    """A timer of one test would otherwise fire in the middle of another."""
    from twisted.internet import reactor

    reactor.callLater(3600, print)
    assert len(leftover_timers()) == 1
    assert leftover_timers() == []
