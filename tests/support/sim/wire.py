"""One simulated TCP connection between the daemon and a device.

What holds of TCP holds here: bytes arrive in order and as a prefix of what was sent; after a reset nothing more arrives on
either side; the loss of the connection is told by an event of its own, never inside a call. Kernel buffers are finite, so
that a device that reads nothing stops its sender.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from twisted.internet.defer import Deferred

from support.sim.base import Ether

WINDOW_BYTES = 16_384
"""What the device's kernel takes before the device reads."""

SEGMENT_BYTES = 1_460
CLOSE_WAIT_S = 0.5
"""As the daemon's own stream: how long an orderly close waits for the peer."""


class Weather(Protocol):
    """The network between the daemon and one device."""

    def towards(self) -> float:
        """Seconds that a segment takes to the device."""

    def most(self) -> int | None:
        """Bytes that may be on their way to the device at once; None: as many as its window takes."""

    def back(self) -> float:
        """Seconds that a segment or an acknowledgement takes back."""


class Link:
    """Both ends of one connection. The daemon's end is a `Stream` of the SDK; the device's end is driven by its server."""

    def __init__(
        self, ether: Ether, weather: Weather, send_buffer: int, user_timeout: float, changed: Callable[[Link], None]
    ) -> None:
        self._ether = ether
        self._weather = weather
        self._room = 2 * send_buffer
        self._user_timeout = user_timeout
        self._changed = changed
        # The device's end.
        self.unread = bytearray()
        self.read_here = 0
        """Bytes that the device has read."""
        self.ended = False
        """The daemon's side was closed in order, and everything before that has arrived."""
        self.gone = False
        """The device's end does not exist any more."""
        # On the way.
        self._unsent = bytearray()
        self._flying = 0
        self._there_at = self._here_at = 0.0
        self._closing = False
        self._told_end = False
        self._flight_lost = False
        # The daemon's end.
        self.written = 0
        """Bytes that the daemon has written."""
        self._unacked = 0
        self._progress_at = 0.0
        self._came = bytearray()
        self._lost: Exception | None = None
        self._waiting: list[Deferred[None]] = []
        self.dead = False
        """The daemon was killed: nobody is there to be told."""

    @property
    def over(self) -> bool:
        """Neither end exists any more."""
        return self.gone and self._lost is not None

    # ---- the SDK's Stream -----------------------------------------------------------------------------------------

    async def write(self, data: bytes) -> None:
        """See `waybilld_sdk.context.Stream`."""
        self._alive()
        if not self._unacked:
            self._progress_at = self._now()
            self._ether.reactor.callLater(self._user_timeout, self._watch_progress)
        self._unsent += data
        self.written += len(data)
        self._unacked += len(data)
        self._push()
        while len(self._unsent) > self._room:
            await self._news(None)
            self._alive()

    async def acked(self, timeout: float) -> bool:
        """See `waybilld_sdk.context.Stream`."""
        until = self._now() + timeout
        while True:
            self._alive()
            if not self._unacked:
                return True
            left = until - self._now()
            if left <= 0:
                return False
            await self._news(left)

    async def read(self, limit: int, timeout: float) -> bytes:
        """See `waybilld_sdk.context.Stream`."""
        until = self._now() + timeout
        while not self._came and self._lost is None and (left := until - self._now()) > 0:
            await self._news(left)
        if self._came:
            data = bytes(self._came[:limit])
            del self._came[:limit]
            return data
        if self._lost is not None:
            raise self._lost
        return b""

    async def close(self) -> None:
        """See `waybilld_sdk.context.Stream`."""
        if self._lost is not None:
            return
        self._closing = True
        self._push()
        until = self._now() + CLOSE_WAIT_S
        try:
            while self._lost is None and (left := until - self._now()) > 0:
                await self._news(left)
        finally:
            if self._lost is None:
                self.abort("closed here")

    async def finish(self, timeout: float) -> None:
        """Send nothing more and wait for the device's end of the connection, in order or not; without one, give it up after
        `timeout` seconds. What is not taken yet is waited for without end."""
        self._closing = True
        self._push()
        until = self._now() + timeout
        while self._lost is None and ((left := until - self._now()) > 0 or self._unacked):
            await self._news(left if left > 0 else None)
        if self._lost is None:
            self.abort("nothing more was said")

    # ---- the network ----------------------------------------------------------------------------------------------

    def arrive_back(self, data: bytes) -> None:
        """The device sends."""
        if data and not self.gone:
            self._back(self._take, data)

    def shut(self) -> None:
        """The device closes in order: what it sent before still arrives."""
        if not self.gone:
            self.gone = True
            self._back(self._lose, EOFError("the device closed the connection"), even_if_gone=True)

    def half_close(self) -> None:
        """The device's side says that it is done; what is on the way towards it still arrives, and then an end."""
        if not self.gone:
            self._back(self._lose, EOFError("the device closed its half of the connection"), even_if_gone=True)
            if self._ether.chance(0.5):
                self._unsent.clear()
            self._closing = True
            self._push()

    def reset(self, why: str) -> None:
        """Cut: what is on the way is lost, the device's end is gone at once, ours hears of it after a moment."""
        if self.gone:
            return
        self.gone = True
        self._unsent.clear()
        self.unread.clear()
        self._back(self._lose, ConnectionResetError(f"the connection was reset: {why}"), even_if_gone=True)

    def abort(self, why: str) -> None:
        """The daemon's kernel gives the connection up at once. What has reached the device's kernel may still be read."""
        self._unsent.clear()
        self._lose(ConnectionResetError(f"the connection was given up: {why}"))
        self._flight_lost = self._ether.chance(0.5)
        if not self.gone and self._ether.chance(0.5):
            self.unread.clear()
        self._there(self._fin)

    def die(self) -> None:
        """The daemon's process ended: its kernel resets or closes, and nobody reads any more."""
        self.dead = True
        if self._lost is not None:
            return
        if self._ether.chance(0.5):
            self.abort("the process ended")
        else:
            self._closing = True
            self._push()
        self._lost = self._lost or ConnectionResetError("the process ended")

    def taken(self) -> None:
        """The device has read: the window opens."""
        self._push()

    def _push(self) -> None:
        while self._unsent and not self.gone:
            window = min(SEGMENT_BYTES, WINDOW_BYTES - len(self.unread) - self._flying)
            most = self._weather.most()
            if most is not None:
                window = min(window, most - self._flying)
            if window <= 0:
                break
            segment = bytes(self._unsent[:window])
            del self._unsent[:window]
            self._flying += len(segment)
            self._there(self._arrived, segment)
        if self._closing and not self._unsent and not self._told_end and not self.gone:
            self._told_end = True
            self._there(self._fin)

    def _there(self, act: Callable[..., None], *args: object) -> None:
        self._there_at = max(self._there_at, self._now() + self._weather.towards())
        self._ether.reactor.callLater(self._there_at - self._now(), act, *args)

    def _back(self, act: Callable[..., None], value: object, *, even_if_gone: bool = False) -> None:
        self._here_at = max(self._here_at, self._now() + self._weather.back())

        def arrive() -> None:
            if even_if_gone or not self.gone:
                act(value)

        self._ether.reactor.callLater(self._here_at - self._now(), arrive)

    def _arrived(self, segment: bytes) -> None:
        if self.gone or self._flight_lost:
            return
        self._flying -= len(segment)
        self.unread += segment
        self._back(self._acknowledged, len(segment))
        self._changed(self)

    def _fin(self) -> None:
        if not self.gone:
            self.ended = True
            self._changed(self)

    def _acknowledged(self, count: int) -> None:
        self._unacked -= count
        self._progress_at = self._now()
        self._push()
        self._tell()

    def _watch_progress(self) -> None:
        if not self._unacked or self._lost is not None or self.dead:
            return
        silent = self._now() - self._progress_at
        if silent >= self._user_timeout - 1e-6:
            self.abort("nothing was acknowledged within the user time-out")
        else:
            self._ether.reactor.callLater(self._user_timeout - silent, self._watch_progress)

    # ---- the daemon's end -----------------------------------------------------------------------------------------

    def _take(self, data: bytes) -> None:
        if self._lost is None:
            self._came += data
            self._tell()

    def _lose(self, error: Exception) -> None:
        if self._lost is None:
            self._lost = error
            self._tell()

    def _tell(self) -> None:
        if self.dead:
            return
        waiting, self._waiting = self._waiting, []
        for one in waiting:
            # As an event of its own: whoever waits must not run inside whatever happens here.
            self._ether.reactor.callLater(0, self._wake, one)

    def _wake(self, one: Deferred[None]) -> None:
        if not self.dead and not one.called:
            one.callback(None)

    async def _news(self, timeout: float | None) -> None:
        mine: Deferred[None] = Deferred()
        self._waiting.append(mine)
        timer = None if timeout is None else self._ether.reactor.callLater(timeout, self._wake, mine)
        try:
            await mine
        finally:
            if timer is not None and timer.active():
                timer.cancel()
            if mine in self._waiting:
                self._waiting.remove(mine)

    def _alive(self) -> None:
        if self._lost is not None:
            if isinstance(self._lost, EOFError):
                raise ConnectionResetError("the device closed the connection")
            raise self._lost

    def _now(self) -> float:
        return self._ether.reactor.seconds()
