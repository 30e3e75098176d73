"""What a broken connection may have left in the device, and its removal before anything else is sent."""

from __future__ import annotations

from math import ceil

from waybilld_printers.probes.probe import Probe
from waybilld_printers.transports.raw.line import Line
from waybilld_printers.transports.raw.settings import RawSettings


class Leftover:
    """Half a label without its end. `suspected` until it has been taken away.

    The next label would be taken for the rest of it: its first bytes for missing pixels, what follows them for commands.
    """

    def __init__(self, settings: RawSettings, line: Line, probe: Probe) -> None:
        self._settings, self._line, self._probe = settings, line, probe
        self.suspected = False

    async def clear(self) -> bool:
        """Take it away. True once the device's TCP has acknowledged that, and with it everything that came before.

        What is sent next comes after it, because a device serves one connection after the other.
        """
        self.suspected = True
        try:
            stream = await self._line.open()
            await stream.write(self._probe.flush(self._picture_bytes()))
            cleared = await stream.acked(self._settings.stall_s)
        except (OSError, EOFError):
            cleared = False
        if not cleared:
            await self._line.drop()
        self.suspected = not cleared
        return cleared

    def _picture_bytes(self) -> int:
        """Of the largest picture that a label of this printer's size can hold."""
        width, height = (ceil(side * self._settings.kind.dots_per_mm) for side in self._settings.media_mm)
        return ceil(width / 8) * height
