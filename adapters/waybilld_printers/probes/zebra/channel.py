"""One question to a Zebra printer over a stream, and the status connection that is kept for such questions."""

from __future__ import annotations

from typing import TypeVar

from waybilld_printers.probes.card import NO_CARD, Card
from waybilld_printers.probes.zebra.card import CARD_GETVAR, CARD_JSON
from waybilld_printers.probes.zebra.observation import Observation
from waybilld_printers.probes.zebra.wire import ANSWER_LIMIT, GETVAR, JSON, Dialect, Garbled
from waybilld_sdk.context import Context, Stream

T = TypeVar("T")

SILENCE = Observation()
"""No answer."""

TRIAL_S = 0.25
"""How long an unknown status port may take to answer in the first dialect before the next one is tried."""

_READ_BYTES = 4096
_SEND_BUFFER_BYTES = 4096


async def converse(ctx: Context, stream: Stream, dialect: Dialect[T], timeout: float) -> tuple[T, bool]:
    """Put one question and wait up to `timeout` seconds: what was answered, and whether the answer was whole.

    After an answer that is not whole the stream must not be asked again, because the rest may still come. Raises
    `EOFError` and `ConnectionError` as the stream does, and `Garbled`.
    """
    await stream.write(dialect.question)
    data = b""
    until = ctx.monotonic() + timeout
    while (left := until - ctx.monotonic()) > 0:
        piece = await stream.read(_READ_BYTES, left)
        data += piece
        if len(data) > ANSWER_LIMIT:
            raise Garbled(f"more than {ANSWER_LIMIT} bytes in answer to one question")
        if piece and (looked := dialect.read(data)) is not None:
            return looked, True
    return dialect.rest(data), False


class StatusChannel:
    """The status port of one printer: one connection, kept open, asked one question at a time.

    Link-OS printers take only JSON on port 9200 (ZPL II Programming Guide, "JSON"); other devices with a status port speak
    SGD `getvar`. The first one that answers is kept until the object is dropped.
    """

    def __init__(self, ctx: Context, host: str, port: int, *, connect_timeout: float, timeout: float) -> None:
        self._ctx, self._host, self._port = ctx, host, port
        self._connect_timeout, self._timeout = connect_timeout, timeout
        self._stream: Stream | None = None
        self._dialects: tuple[Dialect[Observation], ...] = (JSON, GETVAR)

    async def look(self) -> Observation:
        """One look at the device; `SILENCE` when it cannot be reached or understood. Never raises for what a device does."""
        for dialect in self._dialects:
            kept = self._stream is not None
            looked = await self._once(dialect)
            if looked is None and kept:
                # The device had closed the kept connection meanwhile; that is no news about the device.
                looked = await self._once(dialect)
            if looked is None:
                return SILENCE
            if not looked.silent:
                self._dialects = (dialect,)
                return looked
        return SILENCE

    async def card(self) -> Card:
        """What the device tells of itself, in the dialect that it was heard to speak; `NO_CARD` before that."""
        if len(self._dialects) != 1:
            return NO_CARD
        return await self._once(CARD_JSON if self._dialects[0] is JSON else CARD_GETVAR) or NO_CARD

    async def _once(self, dialect: Dialect[T]) -> T | None:
        """None: the connection could not be made or ended before the answer was whole."""
        timeout = self._timeout if len(self._dialects) == 1 else min(self._timeout, TRIAL_S)
        whole = False
        try:
            looked, whole = await converse(self._ctx, await self._open(), dialect, timeout)
            return looked
        except (OSError, EOFError):
            return None
        except Garbled as garbled:
            self._ctx.log.warn("a printer's status was not understood", port=self._port, why=str(garbled))
            return dialect.rest(b"")
        finally:
            if not whole:
                await self.close()

    async def _open(self) -> Stream:
        if self._stream is None:
            self._stream = await self._ctx.dial(
                self._host,
                self._port,
                send_buffer=_SEND_BUFFER_BYTES,
                user_timeout=self._timeout,
                connect_timeout=self._connect_timeout,
            )
        return self._stream

    async def close(self) -> None:
        """Give the connection back. Never raises."""
        stream, self._stream = self._stream, None
        if stream is not None:
            await stream.close()
