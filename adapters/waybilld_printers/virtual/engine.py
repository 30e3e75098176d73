"""The print engine: takes labels in order, needs time for each, stops for errors. No clock: every call says ``now``.

Sources: Zebra ZPL II Programming Guide, ``~PP`` ("stops printing after the current label is complete"), ``~JA``
(likewise), ``^JZ`` ("reprints a partially printed label ... as soon as the error condition is corrected"), ``^PQ``.
"""

from collections import deque
from dataclasses import dataclass

from waybilld_printers.virtual.label import Label


@dataclass(frozen=True, slots=True)
class Out:
    """A label that came out, complete, at a moment in seconds."""

    label: Label
    at: float


class Engine:
    """Prints one label after the other. Callers bring it up to ``now`` with ``run`` before they change anything."""

    def __init__(self, seconds_per_label: float, media_left: int | None) -> None:
        self.seconds_per_label = seconds_per_label
        self.media_left = media_left
        self.paper_out = media_left == 0
        self.head_open = self.ribbon_out = self.paused = False
        self.waiting_bytes = 0
        self._queue: deque[Label] = deque()
        self._current: Label | None = None
        self._left = 0
        self._due: float | None = None
        self._frozen = False
        self._rest: float | None = None

    @property
    def formats(self) -> int:
        """Formats that wait behind the one in print."""
        return len(self._queue)

    @property
    def remaining(self) -> int:
        """Labels of the format in print that have not come out yet."""
        return self._left

    @property
    def error(self) -> bool:
        return self.paper_out or self.head_open or self.ribbon_out

    def add(self, label: Label, now: float) -> None:
        """Queue a complete format; it starts at once when nothing is in its way."""
        self._queue.append(label)
        self.waiting_bytes += len(label.raw)
        self._start(now)

    def next_due(self) -> float | None:
        """When the label in print will be out; None while nothing moves."""
        return self._due

    def run(self, until: float) -> list[Out]:
        """Everything that comes out up to a moment."""
        out: list[Out] = []
        while self._due is not None and self._due <= until:
            out.append(self._finish(self._due))
        return out

    def use_media(self) -> None:
        """One label off the roll; the last one leaves the device without paper."""
        if self.media_left is not None:
            self.media_left -= 1
            self.paper_out = self.media_left <= 0

    def set_error(
        self, now: float, *, paper: bool | None = None, head: bool | None = None, ribbon: bool | None = None
    ) -> None:
        """Raise or clear errors. One spoils the label in print; ``^JZ`` decides whether that is owed again."""
        self.paper_out = self.paper_out if paper is None else paper
        self.head_open = self.head_open if head is None else head
        self.ribbon_out = self.ribbon_out if ribbon is None else ribbon
        if not self.error:
            self._start(now)
        elif self._due is not None or self._rest is not None:
            self._due = self._rest = None
            if self._current is not None and not self._current.reprint:
                self._one_less()

    def pause(self) -> None:
        """Stop after the label in print."""
        self.paused = True

    def resume(self, now: float) -> None:
        self.paused = False
        self._start(now)

    def freeze(self, now: float) -> None:
        """Stand still, in the middle of a label if need be."""
        self._frozen = True
        self._rest = None if self._due is None else self._due - now
        self._due = None

    def thaw(self, now: float) -> None:
        """Go on with the rest of the label."""
        self._frozen = False
        if self._rest is not None:
            self._due, self._rest = now + self._rest, None
        self._start(now)

    def cancel_all(self) -> None:
        """``~JA``: the label in print is finished, all else is forgotten."""
        self._queue.clear()
        self.waiting_bytes = 0
        self._left = 1 if self._due is not None or self._rest is not None else 0
        self._current = self._current if self._left else None

    def cancel_one(self) -> None:
        """``~JP``: forget the format being processed, else the oldest that waits, and pause."""
        self.paused = True
        if self._current is not None:
            self._left = 1 if self._due is not None or self._rest is not None else 0
            self._current = self._current if self._left else None
        elif self._queue:
            self.waiting_bytes -= len(self._queue.popleft().raw)

    def lose_power(self) -> None:
        """Everything in memory is gone; what is physical stays as it is."""
        self._queue.clear()
        self.waiting_bytes = self._left = 0
        self._current = self._due = self._rest = None
        self.paused = self._frozen = False

    def _start(self, now: float) -> None:
        if self._due is not None or self._rest is not None or self._frozen or self.paused or self.error:
            return
        if self._current is None and self._queue:
            self._current = self._queue.popleft()
            self.waiting_bytes -= len(self._current.raw)
            self._left = self._current.quantity
        if self._current is not None:
            self._due = now + self.seconds_per_label

    def _finish(self, at: float) -> Out:
        label = self._current
        if label is None:
            raise RuntimeError("a label is due and none is in print")
        self._due = None
        self.use_media()
        self._one_less()
        done = label.quantity - self._left
        if self._left and label.pause_every and done % label.pause_every == 0:
            self.paused = True
        self._start(at)
        return Out(label, at)

    def _one_less(self) -> None:
        self._left -= 1
        if not self._left:
            self._current = None
