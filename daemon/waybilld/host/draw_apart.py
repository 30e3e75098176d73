"""Sends labels to worker processes, so that one which kills its process takes no other along.

A carrier's label is a stranger's file in C and C++ code, and may ask for minutes or gigabytes: each is drawn by itself, and
one that kills its process is held. Labels of our own go many at a time; when their process dies, each is drawn by itself.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import Any, Protocol

from twisted.internet.defer import CancelledError, Deferred, DeferredList
from twisted.python.failure import Failure

from waybilld.host.drawing import Order, Sheets, draw_all
from waybilld.host.processes import Killed
from waybilld_sdk.context import Limits
from waybilld_sdk.errors import Hold
from waybilld_sdk.labels import Render

_CHUNK = 16
_CHUNK_SECONDS = 60.0
_ALONE_SECONDS = 20.0
"""A hundred times what an honest carrier's label takes on a slow machine."""


class Works(Protocol):
    """What lends worker processes."""

    def work(self, fn: Callable[..., Any], *args: object, limits: Limits) -> Awaitable[Any]:
        """Run `fn(*args)` in one."""


async def draw_apart(lender: Works, render: Render, orders: Sequence[Order]) -> list[Sheets | Exception]:
    """The sheets of each order or why there are none, in their order. A label that cannot be drawn within the limits of time
    and memory is a `Hold` if the carrier drew it, else a `Retry`. Raises `CancelledError` when it is cancelled."""
    chunks = list(_chunks(orders))
    running = [Deferred.fromCoroutine(_chunk(lender, render, chunk)) for chunk in chunks]
    drawn: list[Sheets | Exception] = []
    for (_, result), chunk in zip(await DeferredList(running, consumeErrors=True), chunks, strict=True):
        if isinstance(result, Failure):
            if result.check(CancelledError):
                result.raiseException()
            error = result.value
            drawn.extend([error if isinstance(error, Exception) else RuntimeError(str(error))] * len(chunk))
        else:
            drawn.extend(result)
    return drawn


def _chunks(orders: Sequence[Order]) -> Iterator[tuple[Order, ...]]:
    """Consecutive orders together, carriers' own labels apart."""
    chunk: list[Order] = []
    for order in orders:
        apart = _foreign(order)
        if chunk and (apart or len(chunk) == _CHUNK):
            yield tuple(chunk)
            chunk = []
        if apart:
            yield (order,)
        else:
            chunk.append(order)
    if chunk:
        yield tuple(chunk)


async def _chunk(lender: Works, render: Render, chunk: tuple[Order, ...]) -> Sequence[Sheets | Exception]:
    if len(chunk) == 1:
        return (await _alone(lender, render, chunk[0]),)
    try:
        drawn: Sequence[Sheets | Exception] = await lender.work(draw_all, render, chunk, limits=Limits(_CHUNK_SECONDS))
    except Killed:
        return [await _alone(lender, render, order) for order in chunk]
    return drawn


async def _alone(lender: Works, render: Render, order: Order) -> Sheets | Exception:
    try:
        (drawn,) = await lender.work(draw_all, render, (order,), limits=Limits(_ALONE_SECONDS))
    except Killed as error:
        if not _foreign(order):
            return error
        what = f"the file {order.files[0]}" if order.files else "the carrier's label"
        return Hold(
            f"{what} is more than can be drawn within the limits of time and memory ({error.how}): put a simpler one in its "
            "place",
            code="artwork-unusable",
        )
    return drawn  # type: ignore[no-any-return]


def _foreign(order: Order) -> bool:
    """Whether somebody else drew it."""
    return order.request.artwork is not None or bool(order.files)
