"""Sends labels to worker processes, so that one which kills its process takes no other along.

A carrier's label is a stranger's file in C and C++ code, and may ask for minutes or gigabytes: each is drawn by itself, one
after the other, so that they never have more than one worker process; one that takes too long, or whose process dies twice,
is held. Labels of our own go many at a time; when their process dies, each is drawn by itself.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Protocol

from twisted.internet.defer import CancelledError, Deferred, DeferredList
from twisted.python.failure import Failure

from waybilld.host.drawing import Sheets, ToDraw, draw_all
from waybilld.host.processes import Died, Killed
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


async def draw_apart(lender: Works, render: Render, orders: Sequence[ToDraw]) -> list[Sheets | Exception]:
    """The sheets of each order or why there are none, in their order. A label that cannot be drawn within the limits of time
    and memory is a `Hold` if the carrier drew it, else a `Retry`. Raises `CancelledError` when it is cancelled."""
    ours = [at for at, order in enumerate(orders) if not order.foreign]
    theirs = [at for at, order in enumerate(orders) if order.foreign]
    shares = [ours[at : at + _CHUNK] for at in range(0, len(ours), _CHUNK)]
    running = [Deferred.fromCoroutine(_chunk(lender, render, [orders[at] for at in share])) for share in shares]
    if theirs:
        shares.append(theirs)
        running.append(Deferred.fromCoroutine(_one_by_one(lender, render, [orders[at] for at in theirs])))
    drawn: dict[int, Sheets | Exception] = {}
    for (_, result), share in zip(await DeferredList(running, consumeErrors=True), shares, strict=True):
        if isinstance(result, Failure):
            if result.check(CancelledError):
                result.raiseException()
            error = result.value
            result = [error if isinstance(error, Exception) else RuntimeError(str(error))] * len(share)
        drawn.update(zip(share, result, strict=True))
    return [drawn[at] for at in range(len(orders))]


async def _chunk(lender: Works, render: Render, chunk: Sequence[ToDraw]) -> Sequence[Sheets | Exception]:
    if len(chunk) > 1:
        try:
            drawn: Sequence[Sheets | Exception] = await lender.work(
                draw_all, render, tuple(chunk), limits=Limits(_CHUNK_SECONDS)
            )
        except Killed:
            pass
        else:
            return drawn
    return [await _our_own(lender, render, order) for order in chunk]


async def _our_own(lender: Works, render: Render, order: ToDraw) -> Sheets | Exception:
    try:
        return await _alone(lender, render, order)
    except Killed as error:
        return error


async def _one_by_one(lender: Works, render: Render, orders: Sequence[ToDraw]) -> Sequence[Sheets | Exception]:
    return [await _theirs(lender, render, order) for order in orders]


async def _theirs(lender: Works, render: Render, order: ToDraw) -> Sheets | Exception:
    try:
        try:
            return await _alone(lender, render, order)
        except Died:
            # Perhaps of another's hunger: where memory runs out, the kernel asks for workers first.
            return await _alone(lender, render, order)
    except Killed as error:
        return Hold(
            f"{order.name} is more than can be drawn within the limits of time and memory ({error.how}): put a simpler one "
            "in its place",
            code="artwork-unusable",
        )


async def _alone(lender: Works, render: Render, order: ToDraw) -> Sheets | Exception:
    drawn: Sheets | Exception
    (drawn,) = await lender.work(draw_all, render, (order,), limits=Limits(_ALONE_SECONDS))
    return drawn
