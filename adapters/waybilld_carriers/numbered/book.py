"""The durable book of issued numbers: which serials are gone, and which key got which number.

The serials of a namespace that are gone stand in one value as spans, so that ranges may be added, extended or reordered
in the configuration without issuing a number twice. Every change is one compare-and-swap, so that two instances on the
same store never give out the same serial either.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from waybilld_carriers.numbered.wire import Scheme, Span, draw, holds, joined, left
from waybilld_sdk.context import Context
from waybilld_sdk.errors import AdapterError, Reject, Retry, StopQueue

_ROUNDS = 50


class Book:
    """The issued numbers of one account, in the instance's `kv`."""

    def __init__(self, ctx: Context, scheme: Scheme, ranges: Sequence[Span]) -> None:
        self._ctx = ctx
        self._scheme = scheme
        self._ranges = list(ranges)
        self._used_key = f"used:{scheme.namespace()}"

    async def number_of(self, key: str) -> str | None:
        """The number that a key got, None when it got none."""
        return await self._ctx.kv.get(f"key:{key}")

    async def remaining(self) -> int:
        """How many numbers were never issued."""
        return left(self._ranges, _spans(await self._ctx.kv.get(self._used_key)))

    async def is_issued(self, number: str) -> bool:
        """Whether this account issued the number, whatever became of it."""
        serial = self._scheme.serial(number)
        return serial is not None and holds(_spans(await self._ctx.kv.get(self._used_key)), serial)

    async def give_back(self, number: str, key: str) -> None:
        """Mark a number as cancelled. It is never issued again."""
        await self._ctx.kv.put({f"void:{number}": key}, {})

    async def issue(self, keys: Sequence[str]) -> Sequence[str | AdapterError]:
        """A number for each key, in one commit: the old number for a key that has one, else a new one.

        `StopQueue` in place of a number when the ranges are used up, `Reject` for a key whose number was given back.
        """
        owned: dict[str, str | AdapterError] = {}
        for _round in range(_ROUNDS):
            text = await self._ctx.kv.get(self._used_key)
            used = _spans(text)
            wanted = [key for key in dict.fromkeys(keys) if key not in owned]
            serials = draw(self._ranges, used, len(wanted))
            fresh = dict(zip(wanted, map(self._scheme.number, serials), strict=False))
            values = {f"key:{key}": number for key, number in fresh.items()}
            expect: dict[str, str | None] = {self._used_key: text, **dict.fromkeys(values)}
            if not fresh or await self._ctx.kv.put({self._used_key: _text(joined(used, serials)), **values}, expect):
                late = {key: await self._owned(key) or self._used_up() for key in wanted[len(fresh) :]}
                answers = {**owned, **fresh, **late}
                return [answers[key] for key in keys]
            # Somebody else was quicker, or a key was served before: only asking tells which.
            for key in wanted:
                answer = await self._owned(key)
                if answer is not None:
                    owned[key] = answer
        return [Retry("the book of numbers is written by too many at once: ask again", after=0.5)] * len(keys)

    async def _owned(self, key: str) -> str | AdapterError | None:
        """The number that a key got before; None when it got none."""
        number = await self.number_of(key)
        if number is not None and await self._ctx.kv.get(f"void:{number}") is not None:
            return Reject(f"the waybill {number} was given back: buy with a new key")
        return number

    def _used_up(self) -> StopQueue:
        return StopQueue(
            f"all waybill numbers of {self._ctx.instance} ({self._scheme.namespace()}) are used up: "
            "ask the carrier or GS1 for a new range and add it to the account's `ranges`"
        )


def _spans(text: str | None) -> list[Span]:
    return [(first, last) for first, last in json.loads(text)] if text else []


def _text(spans: Sequence[Span]) -> str:
    return json.dumps(spans, separators=(",", ":"))
