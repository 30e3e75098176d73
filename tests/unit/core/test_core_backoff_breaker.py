"""Waiting: neither too short for the other side, nor for ever for ours."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from waybilld.core import breaker
from waybilld.core.backoff import DEFAULT, DOUBT, Backoff
from waybilld.core.breaker import FIRST_PAUSE_S, LONGEST_PAUSE_S, THRESHOLD, Breaker

ANY = st.builds(
    Backoff,
    first=st.floats(0.01, 60),
    factor=st.floats(1, 10),
    longest=st.floats(60, 86_400),
    tries=st.integers(0, 50),
)


@given(backoff=ANY, tried=st.integers(0, 60), jitter=st.floats(0, 1))
def test_delay_is_bounded_and_ends(backoff: Backoff, tried: int, jitter: float) -> None:
    """A delay of zero hammers the other side, one without bound is a job that nobody sees again."""
    delay = backoff.delay(tried, jitter)
    assert (delay is None) == (tried >= backoff.tries)
    if delay is not None:
        rounding = 1e-9
        assert 0.8 * backoff.first * (1 - rounding) <= delay <= 1.2 * backoff.longest * (1 + rounding)


@given(backoff=ANY, jitter=st.floats(0, 1))
def test_delays_only_grow(backoff: Backoff, jitter: float) -> None:
    """The longer something is broken, the less often it is asked."""
    delays = [d for tried in range(1, backoff.tries) if (d := backoff.delay(tried, jitter)) is not None]
    assert delays == sorted(delays)


@pytest.mark.parametrize(
    ("backoff", "shortest_h", "longest_h"), [(DEFAULT, 1.0, 2.0), (DOUBT, 3.0, 8.0)], ids=["default", "doubt"]
)
def test_patience_in_all(backoff: Backoff, shortest_h: float, longest_h: float) -> None:
    """An outage of an hour is ridden out; after a working day a person is asked."""
    total = sum(backoff.delay(tried, 0.5) or 0.0 for tried in range(1, backoff.tries))
    assert shortest_h <= total / 3600 <= longest_h


def failing(times: int, start: float = 1000.0) -> tuple[Breaker, float]:
    """A breaker after failures, each as soon as a call may be made again; and the time then."""
    state, now = Breaker(), start
    for _ in range(times):
        now = max(now, state.until)
        state = breaker.failed(state, now)
    return state, now


def test_breaker_stays_closed_below_its_threshold() -> None:
    """One hiccup must not stop a shop."""
    state, now = failing(THRESHOLD - 1)
    assert state.closed(now)


def test_breaker_opens_and_lets_one_trial_through_after_the_pause() -> None:
    """A dead service is left alone, and noticed when it is back."""
    state, now = failing(THRESHOLD)
    assert not state.closed(now)
    assert not state.closed(now + FIRST_PAUSE_S - 0.01)
    assert state.closed(now + FIRST_PAUSE_S)


@given(st.integers(THRESHOLD, 200))
def test_pauses_double_up_to_the_longest(times: int) -> None:
    """A service that is down all night is asked four times an hour, not every ten seconds."""
    state, now = failing(times)
    assert state.until - now == min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2.0 ** (times - THRESHOLD))


def test_success_closes_it_wholly() -> None:
    """After an outage the first new hiccup must not count as the next one of the outage."""
    state, _ = failing(THRESHOLD + 3)
    assert breaker.succeeded(state) == Breaker()
    assert breaker.succeeded(Breaker()) == Breaker()


def test_clock_that_stepped_back_does_not_lock_an_instance_out() -> None:
    """The pause is kept in wall-clock time over restarts: a clock set back by a year would close a shop for a year."""
    state, now = failing(THRESHOLD)
    assert state.closed(now - 365 * 86_400)
