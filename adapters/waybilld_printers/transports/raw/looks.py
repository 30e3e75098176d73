"""Looking at a Zebra printer, by its status port or on the print line itself, and remembering the newest look."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TypeVar

from waybilld_printers.probes.card import NO_CARD, Card
from waybilld_printers.probes.zebra.card import CARD_GETVAR
from waybilld_printers.probes.zebra.channel import SILENCE, StatusChannel, converse
from waybilld_printers.probes.zebra.observation import Observation
from waybilld_printers.probes.zebra.wire import PRINT_PORT, WITHIN_FORMAT, Dialect, Garbled
from waybilld_printers.transports.raw.line import Line
from waybilld_printers.transports.raw.settings import RawSettings
from waybilld_sdk.context import Context

T = TypeVar("T")

FRESH_S = 1.0
"""A look younger than this still stands, when nothing was sent after it."""

CARD_S = 60.0
"""What the device tells of itself is asked anew after so long, and with every status while it may explain a fault."""

_FIRST_PAUSE_S, _LAST_PAUSE_S = 0.001, 0.1


class Looks:
    """Every look at one device goes through here. `newest` is `SILENCE` until the first one."""

    def __init__(self, ctx: Context, settings: RawSettings, line: Line) -> None:
        self._ctx, self._settings, self._line = ctx, settings, line
        self._channel: StatusChannel | None = None
        if settings.status_port is not None:
            self._channel = StatusChannel(
                ctx,
                settings.host,
                settings.status_port,
                connect_timeout=settings.connect_timeout_s,
                timeout=settings.status_timeout_s,
            )
        self.newest = SILENCE
        self._card = NO_CARD
        self._taken_at: float | None = None
        self._card_at: float | None = None
        self._card_odometer: int | None = None

    @property
    def card(self) -> Card:
        """What the device told of itself last; without its length once labels came out after that was read."""
        if self.newest.odometer == self._card_odometer:
            return self._card
        return replace(self._card, length_mm=None)

    @property
    def fresh(self) -> bool:
        """The newest look still stands."""
        return self._taken_at is not None and self._ctx.monotonic() - self._taken_at < FRESH_S

    def outdate(self) -> None:
        """Something is sent to the device: what was seen before it no longer stands."""
        self._taken_at = None

    async def take(self, *, within_format: bool = False) -> Observation:
        """Look now. Never raises for what the device does.

        `within_format`: a format is open on the print line. There the line alone answers only with its flags, so that
        serial, counter and uptime are those of the look before; one connection at a time prints, so they cannot have moved.
        """
        if self._channel is not None:
            look = await self._channel.look()
        else:
            look = await self._on_line(WITHIN_FORMAT if within_format else PRINT_PORT)
            if within_format and look.flags is not None:
                last = self.newest
                look = replace(look, serial=last.serial, odometer=last.odometer, uptime_s=last.uptime_s)
        self.newest = look
        self._taken_at = None if within_format else self._ctx.monotonic()
        return look

    async def renew_card(self) -> None:
        """Ask what the device tells of itself, unless that is known and young. Only between two labels."""
        age_s = math.inf if self._card_at is None else self._ctx.monotonic() - self._card_at
        fault = self.newest.flags is None or any(sign.stops for sign in self._card.signs)
        if self.newest.silent or (age_s < CARD_S and not fault):
            return
        self._card = await (self._on_line(CARD_GETVAR) if self._channel is None else self._channel.card())
        self._card_at, self._card_odometer = self._ctx.monotonic(), self.newest.odometer

    async def _on_line(self, dialect: Dialect[T]) -> T:
        whole = False
        try:
            told, whole = await converse(self._ctx, await self._line.open(), dialect, self._settings.status_timeout_s)
            return told
        except (OSError, EOFError):
            return dialect.rest(b"")
        except Garbled as garbled:
            self._ctx.log.warn("a printer's status was not understood", port=self._settings.port, why=str(garbled))
            return dialect.rest(b"")
        finally:
            if not whole:
                await self._line.drop()

    async def close(self) -> None:
        """Give the status connection back. Never raises."""
        if self._channel is not None:
            await self._channel.close()


class Patience:
    """Asks again and again for so many seconds: `while await patience.more()` sleeps between two looks."""

    def __init__(self, ctx: Context, seconds: float) -> None:
        self._ctx = ctx
        self._until = ctx.monotonic() + seconds
        self._pause = _FIRST_PAUSE_S

    async def more(self) -> bool:
        """False once the time is over; else True after a pause, each twice as long as the one before."""
        if self._ctx.monotonic() >= self._until:
            return False
        await self._ctx.sleep(self._pause)
        self._pause = min(self._pause * 2, _LAST_PAUSE_S)
        return True


@dataclass(frozen=True, slots=True)
class Steady:
    """How many looks at one attempt were equal, and since when, in monotonic seconds."""

    attempt: str = ""
    look: Observation = SILENCE
    looks: int = 0
    since: float = 0.0

    def after(self, attempt: str, look: Observation, now: float) -> Steady:
        """With one more look."""
        if attempt == self.attempt and look.same_as(self.look):
            return replace(self, looks=self.looks + 1)
        return Steady(attempt, look, 1, now)
