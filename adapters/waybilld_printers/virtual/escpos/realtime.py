"""Finds the commands that act at the moment they arrive, wherever they stand, pixels included.

Source: Epson ESC/POS Application Programming Guide, ``DLE EOT``, ``DLE ENQ``, ``DLE DC4``: real-time commands are
executed when they are received, also when the printer is offline, the buffer full or an error has occurred; a sequence
of data that looks like one is taken for one.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

COMMAND = re.compile(
    rb"\x10(?:\x04[\x01-\x04]|\x05[\x01\x02]|\x14(?:\x01..|\x02\x01\x08|\x08\x01\x03\x14\x01\x06\x02\x08))", re.DOTALL
)
"""``DLE EOT n``, ``DLE ENQ n``, ``DLE DC4`` functions 1 (pulse), 2 (power off), 8 (clear the buffers)."""

BEGINNING = re.compile(
    rb"\x10(?:\x04|\x05|\x14(?:\x01.?|\x02\x01?|\x08(?:\x01(?:\x03(?:\x14(?:\x01(?:\x06\x02?)?)?)?)?)?)?)?", re.DOTALL
)
"""An unfinished one of them."""

_LONGEST = 10


@dataclass(frozen=True, slots=True)
class Found:
    """A real-time command that ends ``end`` bytes into the data given."""

    command: bytes
    end: int


class Watch:
    """Looks at every byte that arrives; a command may come in pieces."""

    def __init__(self) -> None:
        self._tail = b""

    def look(self, data: bytes) -> Iterator[Found]:
        """The real-time commands that these bytes complete, in order."""
        window = self._tail + data
        before = len(self._tail)
        done = 0
        for found in COMMAND.finditer(window):
            done = found.end()
            yield Found(found[0], done - before)
        starts = range(max(done, len(window) - _LONGEST), len(window))
        self._tail = next((window[at:] for at in starts if BEGINNING.fullmatch(window, at)), b"")
