"""The shared flush of calls that come side by side."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from waybilld_sdk.batch import Batcher
from waybilld_sdk.errors import AdapterError, Reject, Retry
from waybilld_sdk.testing.context import FakeContext
from waybilld_sdk.testing.run import Pause, run_now, run_together


class Flushes:
    """Remembers what was flushed together; answers with the item doubled, an error for negative items."""

    def __init__(self, limit: int = 256) -> None:
        self.turns: list[list[int]] = []
        self.open = 0
        self.failures: list[Exception] = []
        self.batch: Batcher[int, int] = Batcher(FakeContext(), self.flush, limit)

    async def flush(self, items: Sequence[int]) -> Sequence[int | AdapterError]:
        self.open += 1
        assert self.open == 1, "two flushes at once"
        self.turns.append(list(items))
        try:
            await Pause()
            if self.failures:
                raise self.failures.pop()
            return [Reject("negative") if item < 0 else item * 2 for item in items]
        finally:
            self.open -= 1


def by(order: Sequence[int]) -> Callable[[Sequence[int]], int]:
    """Choose who goes on by a list of numbers, then in turn."""
    rest = list(order)
    return lambda ready: ready[rest.pop(0) % len(ready)] if rest else ready[0]


def test_one_flush_serves_those_who_came_meanwhile() -> None:
    """An fsync for each of a hundred labels would be the bottleneck of the line."""
    flushes = Flushes()
    assert run_together(*(flushes.batch.call(item) for item in range(100))) == [item * 2 for item in range(100)]
    assert len(flushes.turns) == 2


def test_limit_is_kept() -> None:
    """A value of the map holds 64 KiB only."""
    flushes = Flushes(limit=10)
    run_together(*(flushes.batch.call(item) for item in range(100)))
    assert max(len(turn) for turn in flushes.turns) == 10


@given(st.lists(st.integers(-5, 50), max_size=12), st.lists(st.integers(0, 11), max_size=60))
def test_everybody_gets_the_own_answer_in_any_order(items: list[int], order: list[int]) -> None:
    """A parcel must never get the number of another, whoever is quicker."""
    flushes = Flushes(limit=3)
    results = run_together(*(flushes.batch.call(item) for item in items), pick=by(order))
    for item, result in zip(items, results, strict=True):
        assert isinstance(result, Reject) if item < 0 else result == item * 2
    assert sorted(item for turn in flushes.turns for item in turn) == sorted(items)


def test_failed_flush_hurts_only_who_led() -> None:
    """A killed database commit must not leave the other callers waiting for ever."""
    flushes = Flushes()
    flushes.failures = [Retry("database is busy")]
    results = run_together(*(flushes.batch.call(item) for item in (1, 2, 3)))
    assert isinstance(results[0], Retry)
    assert results[1:] == [4, 6]


def test_cancelled_leader_hands_over() -> None:
    """The host ends a call at its deadline; those who wait behind it must go on without it."""
    flushes = Flushes()
    leader = flushes.batch.call(1)
    leader.send(None)
    follower = flushes.batch.call(2)
    follower.send(None)
    leader.close()
    assert run_now(follower) == 4
    assert flushes.turns == [[1], [2]]


def test_cancelled_follower_leaves_nothing_behind() -> None:
    """Nobody may buy a number for a caller that has gone."""
    flushes = Flushes()
    leader, follower = flushes.batch.call(1), flushes.batch.call(2)
    leader.send(None)
    follower.send(None)
    follower.close()
    assert run_now(leader) == 2
    assert flushes.turns == [[1]]


def test_wrong_number_of_answers_is_told() -> None:
    """An adapter that loses an answer must fail loudly, not shift the answers of the others."""

    async def forgetful(_items: Sequence[int]) -> Sequence[int]:
        return []

    with pytest.raises(ValueError, match="zip"):
        run_now(Batcher(FakeContext(), forgetful).call(1))
