"""Hostile labels of carriers on the daemon's own way: a pool of worker processes with limits of time and memory."""

from __future__ import annotations

import queue
import re
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from twisted.internet.defer import Deferred, gatherResults
from twisted.python.failure import Failure

from support.hostile_artwork import GOOD, HOG, HOSTILE_FILES, Ends, HostileFile
from unit.labels.label_samples import CHINESE
from waybilld.host.draw_apart import draw_apart
from waybilld.host.drawing import Sheets, ToDraw
from waybilld.host.processes import ADDRESS_SPACE_BYTES, WORKER_PROCESSES, Died, Killed, WorkerProcesses
from waybilld_labels.renderer import draw_shipped
from waybilld_sdk.context import Limits
from waybilld_sdk.errors import Hold, Retry
from waybilld_sdk.labels import LabelRequest, Page, Render
from waybilld_sdk.shipping import DocumentArtwork

T = TypeVar("T")
_MOST_SECONDS = 4.0
"""The test's patience with one file; the daemon's own is longer."""
_FIRST_SECONDS = 60.0
_GROWTH_BYTES = 48 << 20
"""What the parent's memory may grow by over the whole corpus: a few copies of the largest file, 10 MiB, that may be sent."""

UNIT = Path(__file__).parents[4] / "systemd" / "waybilld.service"
DAEMON_BYTES = 512 << 20
"""What the daemon itself may need beside its workers; it is measured at some 150 MiB."""

HONEST = ToDraw(replace(CHINESE, artwork=DocumentArtwork("application/pdf", GOOD)), ())


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

    def draw(self, *orders: ToDraw, render: Render = draw_shipped) -> list[Sheets | Exception]:
        """What comes of these orders, asked for side by side."""
        asked = [Deferred.fromCoroutine(draw_apart(self, render, [one])) for one in orders]
        return [drawn for (drawn,) in self.wait(gatherResults(asked))]

    def wait(self, awaited: Deferred[T]) -> T:
        """What it comes to."""
        done: list[Any] = []
        awaited.addBoth(done.append)
        while not done:
            call, args = self._calls.get(timeout=_FIRST_SECONDS * 2)
            call(*args)
        if isinstance(done[0], Failure):
            done[0].raiseException()
        value: T = done[0]
        return value


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


def order(file: HostileFile) -> ToDraw:
    """A label that is this file."""
    return ToDraw(replace(CHINESE, artwork=file.artwork()), ())


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
    good = ToDraw(CHINESE, ())
    orders = (good, replace(good, request=replace(CHINESE, serial="dies")), good)
    with pool(1) as workers:
        drawn = workers.wait(Deferred.fromCoroutine(draw_apart(workers, _dies, orders)))
    assert [type(one) for one in drawn] == [tuple, Died, tuple]
    assert isinstance(drawn[1], Retry)


def _limits() -> tuple[str, int]:
    import resource

    return Path("/proc/self/oom_score_adj").read_text("ascii").strip(), resource.getrlimit(resource.RLIMIT_AS)[0]


def test_a_worker_offers_itself_first_and_all_of_them_fit_the_unit() -> None:
    """Where memory runs out, the kernel must take a worker and systemd must go on: else one carrier's file of three
    kilobytes ends the daemon, and the next start draws the same file again."""
    unit = UNIT.read_text("utf-8")
    with pool(1) as workers:
        adjusted, address_space = workers.wait(workers.processes.run(_limits, limits=Limits(_FIRST_SECONDS)))
    assert adjusted == "1000"
    assert address_space == ADDRESS_SPACE_BYTES
    assert "\nOOMPolicy=continue\n" in unit
    (most,) = re.findall(r"^MemoryMax=(\d+)G$", unit, re.MULTILINE)
    assert int(most) << 30 >= WORKER_PROCESSES * ADDRESS_SPACE_BYTES + DAEMON_BYTES


class Scripted:
    """Worker processes whose tasks end as the test says: with one page, or with an error."""

    def __init__(self) -> None:
        self.tasks: list[Deferred[Any]] = []
        self.sizes: list[int] = []

    def work(self, fn: Callable[..., Any], *args: object, limits: Limits) -> Awaitable[Any]:
        """Keep the task until `end`."""
        self.tasks.append(Deferred())
        orders = args[1]
        assert isinstance(orders, tuple)
        self.sizes.append(len(orders))
        return self.tasks[-1]

    def end(self, at: int, end: Exception | None = None) -> None:
        """A task comes to its end."""
        if end is None:
            self.tasks[at].callback(((),) * self.sizes[at])
        else:
            self.tasks[at].errback(end)


def asked(lender: Scripted, *orders: ToDraw) -> list[Any]:
    """What comes of these orders, once it does."""
    done: list[Any] = []
    Deferred.fromCoroutine(draw_apart(lender, draw_shipped, orders)).addBoth(done.append)
    return done


def test_strangers_files_have_one_process_and_our_labels_do_not_wait_for_it() -> None:
    """Eight files that hang must not take both processes, or every other shop stands still."""
    lender = Scripted()
    asked(lender, *[HONEST] * 8, *[ToDraw(CHINESE, ())] * 20)
    assert sorted(lender.sizes) == [1, 4, 16], "one file, and two chunks of ours"


def test_what_comes_is_in_the_order_in_which_it_was_asked_for() -> None:
    """A print set mixes both kinds: a label that is taken for another goes out on the wrong parcel."""
    lender = Scripted()
    ours, theirs = ToDraw(CHINESE, ()), HONEST
    done = asked(lender, ours, theirs, ours)
    assert lender.sizes == [2, 1]
    slow = Killed("draw_all", "it took too long")
    lender.end(1, slow)
    lender.end(0)
    ((first, second, third),) = done
    assert (first, third) == ((), ())
    assert isinstance(second, Hold)


def test_a_file_whose_process_dies_is_tried_once_more_and_then_held() -> None:
    """The kernel may have taken its process for another's hunger; but one that is drawn for ever stops the others."""
    lender = Scripted()
    done = asked(lender, HONEST)
    died = Died("draw_all", "its process died (exit status -9)")
    lender.end(0, died)
    assert done == []
    lender.end(1, died)
    ((drawn,),) = done
    assert isinstance(drawn, Hold)
    assert "its process died (exit status -9)" in str(drawn)
    assert len(lender.tasks) == 2


def test_a_file_that_takes_too_long_is_not_tried_again() -> None:
    """Its time is its own doing, and twenty seconds more of it would be everybody's."""
    lender = Scripted()
    done = asked(lender, HONEST)
    lender.end(0, Killed("draw_all", "it took longer than 20 s and was stopped"))
    assert isinstance(done[0][0], Hold)
    assert len(lender.tasks) == 1
