"""What a printer language is to the device: bytes go in, acts come out. The body of the device knows no language.

An interpreter is pure but for its own memory: it looks at the device through a function and touches nothing. Acts are
data, and the device carries each out before it asks for the next one, so that a question behind a label is answered
with that label in the queue.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto
from typing import Protocol

from waybilld_printers.virtual.label import Step
from waybilld_printers.virtual.status import Setup, Status

Look = Callable[[], Status]
"""The device as it is at this moment."""


@dataclass(frozen=True, slots=True)
class Reply:
    """Bytes for the connection that the question came from."""

    data: bytes


@dataclass(frozen=True, slots=True)
class Put:
    """A step for the engine's queue."""

    step: Step


@dataclass(frozen=True, slots=True)
class Call:
    """An alert that the device tells by dialling out over TCP: ``ERROR CONDITION: HEAD OPEN [when] [serial]``."""

    host: str
    port: int
    kind: str
    condition: str
    serial: str

    def line(self, when: datetime) -> bytes:
        """The line at a moment of the device's own clock, which knows no time zone."""
        return f"{self.kind}: {self.condition} [{when:%Y-%m-%d %H:%M:%S}] [{self.serial}]\r\n".encode()


class Key(Enum):
    """Commands that are like keys on the device."""

    PAUSE = auto()
    RESUME = auto()
    FEED = auto()
    """A blank label comes out, not counted."""
    CANCEL_ALL = auto()
    """The label in print is finished, all else is forgotten."""
    CANCEL_ONE = auto()
    """The format in print, else the oldest that waits, is forgotten; the device pauses."""
    DROP = auto()
    """Everything is forgotten, the label in print as well."""
    RESTART = auto()
    """As if switched off and on."""
    ZERO_USER_COUNT = auto()


Act = Reply | Put | Key


class Asker(Protocol):
    """The questions of one status connection, which may arrive in pieces."""

    def ask(self, data: bytes, look: Look) -> Iterator[bytes]:
        """The answers that these bytes complete."""


class Interpreter(Protocol):
    """One printer language as the device's firmware speaks it."""

    model: str
    """The model that it is made after, where the device's configuration names none."""
    firmware: str
    urgent_room: int
    """Bytes that are read beyond a full buffer, because commands that act at once may be among them."""

    @property
    def partial(self) -> bool:
        """A label has begun and not ended."""

    @property
    def pending(self) -> int:
        """Bytes held of an unfinished label or command."""

    @property
    def setup(self) -> Setup: ...

    def feed(self, data: bytes, look: Look) -> Iterator[Act]:
        """Take print data and yield what it asks for."""

    def clear(self) -> None:
        """Forget everything, as a loss of power does."""

    def drop(self) -> None:
        """Forget the unfinished label, and no more."""

    def asker(self) -> Asker | None:
        """A new status connection; None when such devices have no port for status."""

    def notice(self, look: Look) -> bytes:
        """What the device says by itself on the print connection, as it is now. Asked after every change."""

    def calls(self, look: Look) -> list[Call]:
        """What the device dials out for, as it is now. Asked after every change."""


class PlainInterpreter:
    """What most languages have in common: no port for status, nothing said without being asked, no alerts."""

    model = "plain"
    firmware = "1.0"
    urgent_room = 0

    @property
    def setup(self) -> Setup:
        """Nothing that shows."""
        return Setup(label_length=0)

    def asker(self) -> Asker | None:
        return None

    def notice(self, look: Look) -> bytes:
        del look
        return b""

    def calls(self, look: Look) -> list[Call]:
        del look
        return []
