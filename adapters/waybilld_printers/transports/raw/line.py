"""The one connection to a device's print port, and the order in which calls use the device."""

from __future__ import annotations

from collections import deque
from types import TracebackType

from waybilld_printers.transports.raw.settings import RawSettings
from waybilld_sdk.context import Context, Signal, Stream


class Line:
    """Opened when needed, kept while it is used, closed when idle: many printers serve one connection at a time."""

    def __init__(self, ctx: Context, settings: RawSettings) -> None:
        self._ctx, self._settings = ctx, settings
        self._stream: Stream | None = None
        self._used_at = 0.0
        self.held = False
        """Somebody listens on the connection: it is not closed for being idle."""

    async def open(self) -> Stream:
        """The connection, made anew where there is none or the device has closed it. Raises as `Context.dial` does."""
        if self._stream is not None and not await self._usable(self._stream):
            await self.drop()
        if self._stream is None:
            self._stream = await self._ctx.dial(
                self._settings.host,
                self._settings.port,
                send_buffer=self._settings.send_buffer,
                user_timeout=self._settings.user_timeout_s,
                connect_timeout=self._settings.connect_timeout_s,
            )
        self.used()
        return self._stream

    async def _usable(self, stream: Stream) -> bool:
        try:
            await drain(stream)
        except (OSError, EOFError):
            return False
        return True

    def used(self) -> None:
        """Note that the connection is in use now."""
        self._used_at = self._ctx.monotonic()

    async def tidy(self) -> None:
        """Close the connection if it has been idle for too long. Never while a label is under way."""
        idle_s = self._ctx.monotonic() - self._used_at
        if self._stream is not None and not self.held and idle_s >= self._settings.keep_open_s:
            await self.drop()

    async def drop(self) -> None:
        """Close the connection, with whatever the kernel still holds for it. Never raises."""
        stream, self._stream = self._stream, None
        if stream is not None:
            await stream.close()


async def drain(stream: Stream) -> None:
    """Drop what the device said unasked, so that no old answer passes for a new one.

    Raises `EOFError` or `ConnectionError` when the connection is known to be over. Does not wait.
    """
    while await stream.read(4096, 0.0):
        pass


class Turn:
    """Lets one call at a time use the device, first come, first served: `async with turn`."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx
        self._waiting: deque[Signal] = deque()
        self.taken = False

    async def __aenter__(self) -> None:
        if not self.taken:
            self.taken = True
            return
        mine = self._ctx.signal()
        self._waiting.append(mine)
        try:
            await mine.wait()
        except BaseException:
            # Cancelled while waiting, or just as the turn came: then it goes to the next in line.
            if mine in self._waiting:
                self._waiting.remove(mine)
            else:
                self._pass_on()
            raise

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._pass_on()

    def _pass_on(self) -> None:
        if self._waiting:
            self._waiting.popleft().fire()
        else:
            self.taken = False
