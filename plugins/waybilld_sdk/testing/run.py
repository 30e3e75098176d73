"""Drive coroutines without an event loop: alone, or side by side in an order that the test chooses."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Generator, Sequence
from typing import Any, TypeVar

T = TypeVar("T")


def _always() -> bool:
    return True


class Pause:
    """A place where a fake's I/O lets others run. `ready` says whether the call may go on."""

    def __init__(self, ready: Callable[[], bool] = _always) -> None:
        self.ready = ready

    def __await__(self) -> Generator[Pause, None, None]:
        yield self


class WouldWaitError(AssertionError):
    """The coroutine waits for something that nothing in this test will ever answer."""


def run_now(work: Coroutine[Any, Any, T]) -> T:
    """The result of a coroutine whose awaits answer at once. Raises what it raises; `WouldWaitError` if it would wait."""
    while True:
        try:
            waits = work.send(None)
        except StopIteration as stop:
            result: T = stop.value
            return result
        if not (isinstance(waits, Pause) and waits.ready()):
            name = getattr(work, "__qualname__", repr(work))
            work.close()
            raise WouldWaitError(f"{name} waits for {waits!r}: await only what the fake context lends")


def in_turn(ready: Sequence[int]) -> int:
    """The default order of `run_together`: whoever has waited longest."""
    return ready[0]


def run_together(*works: Coroutine[Any, Any, T], pick: Callable[[Sequence[int]], int] = in_turn) -> list[T | BaseException]:
    """Run coroutines side by side; one result or exception for each, in the order given.

    At every pause `pick` gets the positions of those that may go on, longest waiting first, and says who does.
    """
    results: list[T | BaseException | None] = [None] * len(works)
    waiting: list[tuple[int, Pause]] = [(position, Pause()) for position in range(len(works))]
    while waiting:
        ready = [position for position, pause in waiting if pause.ready()]
        if not ready:
            for position, _pause in waiting:
                works[position].close()
            raise WouldWaitError(f"calls {[position for position, _pause in waiting]} wait for each other")
        chosen = pick(ready)
        waiting = [entry for entry in waiting if entry[0] != chosen]
        try:
            pause = works[chosen].send(None)
        except StopIteration as stop:
            results[chosen] = stop.value
        except BaseException as error:  # noqa: BLE001 - handed to the test as this call's result
            results[chosen] = error
        else:
            waiting.append((chosen, pause))
    return results  # type: ignore[return-value]  # every position has been filled
