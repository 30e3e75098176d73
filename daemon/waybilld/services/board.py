"""What every lane last saw of its printer and what people told it, for those who must know of all printers at once."""

from __future__ import annotations

from collections.abc import Callable

from waybilld.core.failover import Post, relief_for, serves
from waybilld.core.printers import Mode
from waybilld_sdk.printing import PrinterStatus

TURN_S = 0.002
"""About what a label costs the daemon. Lanes whose labels end together would send the next ones together, each held up by
all the others, and so end together again: a hundred lanes of two labels a second came to 68 % of that, and to 90 % with
turns. It lets through 500 labels a second, which is more than one daemon can do."""

Listener = Callable[[str, PrinterStatus], None]


class Board:
    """Each printer's newest status by the printer's name. Listeners are told every status, also one that is no news; those
    who wait for a change are woken when a printer becomes usable or unusable. Neither may raise or block."""

    def __init__(self) -> None:
        self.seen: dict[str, PrinterStatus] = {}
        self.modes: dict[str, Mode] = {}
        self._misfits: dict[str, str] = {}
        self.untold: set[str] = set()
        """Pools in which no separator has named yet what a printer was left with."""
        self._posts: dict[str, Post] = {}
        self._usable: set[str] = set()
        self._unseen: set[str] = set()
        """Printers that no lane has looked at yet: they may work."""
        self._next_turn_s = 0.0
        self._listeners: list[Listener] = []
        self._waiting: list[Callable[[], None]] = []

    def turn_s(self, now_s: float) -> float:
        """Seconds until a lane that comes at `now_s` (monotonic) may go on to its next label: lanes that come together go on
        one after the other, and end one after the other from then on."""
        wait = max(0.0, self._next_turn_s - now_s)
        self._next_turn_s = now_s + wait + TURN_S
        return wait

    def post(self, printer: str, post: Post) -> None:
        """A lane serves a printer that stands there."""
        self._posts[printer] = post
        self._unseen.add(printer)

    def listen(self, listener: Listener) -> None:
        """Tell `listener` every status from now on."""
        self._listeners.append(listener)

    def on_change(self, wake: Callable[[], None]) -> None:
        """Call `wake` whenever another printer may have to take labels, or a person told a printer something."""
        self._waiting.append(wake)

    def show(self, printer: str, status: PrinterStatus, *, usable: bool) -> None:
        """A lane saw its printer."""
        self.seen[printer] = status
        unseen = printer in self._unseen
        self._unseen.discard(printer)
        for listener in self._listeners:
            listener(printer, status)
        if unseen or usable != (printer in self._usable):
            (self._usable.add if usable else self._usable.discard)(printer)
            self.changed()

    def changed(self) -> None:
        """Something changed that lanes decide by."""
        for wake in self._waiting:
            wake()

    def mode(self, printer: str) -> Mode:
        """What people told a printer."""
        return self.modes.get(printer, Mode.OPEN)

    def tell(self, printer: str, mode: Mode) -> None:
        """A person told a printer something; it stands in the database already."""
        self.modes[printer] = mode
        self.changed()

    def fit(self, printer: str, needs: str) -> None:
        """Other labels are in a printer than `needs`, or the right ones again (empty)."""
        if needs != self.needs(printer):
            self._misfits[printer] = needs
            self.changed()

    def needs(self, printer: str) -> str:
        """The media that must be put into a printer before it takes a label, as `100x150`; empty where none must."""
        return self._misfits.get(printer, "")

    def working(self) -> set[str]:
        """The printers that take labels now."""
        return {name for name in self._usable if self.mode(name) is Mode.OPEN and not self.needs(name)}

    def serves(self, printer: str) -> tuple[str, ...]:
        """The pools whose labels a printer takes now. No backup steps in for a printer that nobody has asked yet."""
        return serves(printer, self._posts, self.working() | self._unseen)

    def relief_for(self, printer: str) -> bool:
        """Whether another printer could take this one's labels now."""
        return relief_for(printer, self._posts, self.working())
