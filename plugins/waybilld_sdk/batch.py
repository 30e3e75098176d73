"""Calls that come side by side share one durable write.

An fsync costs the same for one record as for a hundred. The first caller leads: it flushes what waits, while later
callers gather for the next turn. Nothing runs in the background, so there is nothing to start, stop or lose.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from waybilld_sdk.context import Context, Signal
from waybilld_sdk.errors import AdapterError

I = TypeVar("I")  # noqa: E741 - the item that goes in
R = TypeVar("R")


@dataclass(slots=True, eq=False)
class _Ticket(Generic[I, R]):
    item: I
    answer: R | AdapterError | None = None
    done: bool = False
    left: bool = False


class Batcher(Generic[I, R]):
    """Gathers items and gives them to `flush` in the order of their arrival: at most `limit` at a time, one flush at a time.

    `flush` answers with one result or one error of the taxonomy for each item. When it raises, only the caller that led
    sees the exception; the items of the others go to the next turn, so `flush` must bear to see an item again.
    """

    def __init__(
        self,
        ctx: Context,
        flush: Callable[[Sequence[I]], Awaitable[Sequence[R | AdapterError]]],
        limit: int = 256,
    ) -> None:
        self._ctx = ctx
        self._flush = flush
        self._limit = limit
        self._waiting: list[_Ticket[I, R]] = []
        self._turn: Signal | None = None

    async def call(self, item: I) -> R:
        """Have one item flushed, and return its result or raise its error."""
        ticket: _Ticket[I, R] = _Ticket(item)
        self._waiting.append(ticket)
        try:
            while not ticket.done:
                if self._turn is None:
                    await self._lead()
                else:
                    await self._turn.wait()
        finally:
            # A caller that gave up (deadline, failed flush) must not leave work behind that nobody waits for.
            ticket.left = True
            if ticket in self._waiting:
                self._waiting.remove(ticket)
        if isinstance(ticket.answer, AdapterError):
            raise ticket.answer
        return ticket.answer  # type: ignore[return-value]  # done and no error: it is an R

    async def _lead(self) -> None:
        turn = self._turn = self._ctx.signal()
        batch = self._waiting[: self._limit]
        del self._waiting[: self._limit]
        try:
            answers = await self._flush([ticket.item for ticket in batch])
            for ticket, answer in zip(batch, answers, strict=True):
                ticket.answer, ticket.done = answer, True
        finally:
            self._waiting[:0] = [ticket for ticket in batch if not (ticket.done or ticket.left)]
            self._turn = None
            turn.fire()
