"""Hostile labels of carriers on the daemon's own way: a pool of worker processes with limits of time and memory."""

from __future__ import annotations

import queue
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from twisted.internet.defer import Deferred

from support.hostile_artwork import GOOD, HOG, HOSTILE_FILES, Ends, HostileFile
from unit.labels.label_samples import CHINESE
from waybilld.host.draw_apart import draw_apart
from waybilld.host.drawing import Order, Sheets
from waybilld.host.processes import WorkerProcesses
from waybilld_labels.renderer import draw_shipped
from waybilld_sdk.context import Limits
from waybilld_sdk.errors import Hold, Retry
from waybilld_sdk.labels import LabelRequest, Page, Render
from waybilld_sdk.shipping import DocumentArtwork

_MOST_SECONDS = 4.0
"""The test's patience with one file; the daemon's own is longer."""
_FIRST_SECONDS = 60.0
_GROWTH_BYTES = 48 << 20
"""What the parent's memory may grow by over the whole corpus: a few copies of the largest file, 10 MiB, that may be sent."""

HONEST = Order(replace(CHINESE, artwork=DocumentArtwork("application/pdf", GOOD)), ())


class Pool:
    """The daemon's worker processes, waited for in this thread; tasks get `seconds` where the daemon gives more."""

    def __init__(self, workers: int) -> None:
        self._calls: queue.Queue[tuple[Callable[..., object], tuple[object, ...]]] = queue.Queue()
        self.processes = WorkerProcesses(self, workers)  # type: ignore[arg-type]
        self.seconds = _FIRST_SECONDS

    def callFromThread(self, call: Callable[..., object], *args: object) -> None:
        """As the reactor's."""
        self._calls.put((call, args))

    def work(self, fn: Callable[..., Any], *args: object, limits: Limits) -> Awaitable[Any]:
        """As the daemon lends it."""
        return self.processes.run(fn, *args, limits=Limits(min(limits.seconds, self.seconds)))

    def draw(self, *orders: Order, render: Render = draw_shipped) -> list[Sheets | Exception]:
        """What comes of these orders."""
        done: list[Any] = []
        Deferred.fromCoroutine(draw_apart(self, render, orders)).addBoth(done.append)
        while not done:
            call, args = self._calls.get(timeout=_FIRST_SECONDS * 2)
            call(*args)
        (drawn,) = done
        assert isinstance(drawn, list), drawn
        return drawn


@contextmanager
def pool(workers: int) -> Iterator[Pool]:
    """Workers that have drawn already, so that a slow start is nobody's fault."""
    made = Pool(workers)
    try:
        made.draw(*[HONEST] * workers)
        made.seconds = _MOST_SECONDS
        yield made
    finally:
        made.processes.close()


def resident() -> int:
    """Bytes of this process that are in memory."""
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    return pages * 4096


def order(file: HostileFile) -> Order:
    """A label that is this file."""
    return Order(replace(CHINESE, artwork=file.artwork()), ())


def verdict(file: HostileFile, drawn: Sheets | Exception) -> str:
    """What is wrong with this end of a file; empty where nothing is."""
    said = str(drawn)
    if isinstance(drawn, tuple):
        page = drawn[0].page
        fits = (page.width, page.height) == (800, 1200)
        return "" if file.ends is Ends.ANYHOW and fits else f"{file.kind}, {file.name}: came out as a label"
    if not isinstance(drawn, Hold) or not drawn.code.startswith("artwork-") or len(said) < 40:
        return f"{file.kind}, {file.name}: {type(drawn).__name__}: {said}"
    killed = "limits of time and memory" in said
    return "" if killed == (file.ends is Ends.KILLED) else f"{file.kind}, {file.name}: {said}"


def test_every_hostile_file_ends_and_the_next_label_comes_out() -> None:
    """One carrier's broken file must not stop the labels of all others, nor eat the memory that the database lives in."""
    assert len(HOSTILE_FILES) >= 40
    with pool(2) as workers:
        (due,) = workers.draw(HONEST)
        assert isinstance(due, tuple)
        # Those that use up the patience stand side by side.
        orders = [(file, order(file)) for file in sorted(HOSTILE_FILES, key=lambda file: file.ends)]
        before, most, wrong = resident(), 0, []
        for at in range(0, len(orders), 2):
            pair = orders[at : at + 2]
            *bad, good = workers.draw(*[hostile for _, hostile in pair], HONEST)
            wrong += [found for (file, _), drawn in zip(pair, bad, strict=True) if (found := verdict(file, drawn))]
            assert good == due
            most = max(most, resident() - before)
    assert wrong == []
    assert most < _GROWTH_BYTES


def test_a_process_that_eats_its_memory_is_replaced() -> None:
    """The limit of memory is the worker's own: the daemon beside it loses nothing but that one label's time."""
    with pool(1) as workers:
        workers.seconds = _FIRST_SECONDS
        before = resident()
        hog, good = workers.draw(order(HOG), HONEST)
        assert resident() - before < _GROWTH_BYTES
    assert isinstance(hog, Hold)
    assert "died" in str(hog)
    assert isinstance(good, tuple)


def _dies(request: LabelRequest) -> tuple[Page, ...]:
    """A renderer whose process dies of one label."""
    if request.serial == "dies":
        import os

        os._exit(3)
    return draw_shipped(request)


def test_a_label_of_ours_that_kills_its_process_takes_no_other_along() -> None:
    """Labels are drawn many at a time: seven good ones must not be tried again and given up with the bad one."""
    good = Order(CHINESE, ())
    with pool(1) as workers:
        drawn = workers.draw(good, replace(good, request=replace(CHINESE, serial="dies")), good, render=_dies)
    assert [type(one) for one in drawn] == [tuple, *[type(drawn[1])], tuple]
    assert isinstance(drawn[1], Retry)
    assert "died" in str(drawn[1])
