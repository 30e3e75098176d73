"""The print engine: takes steps in order, needs time for each, stops for errors. No clock: every call says ``now``.

Sources: Zebra ZPL II Programming Guide, ``~PP`` ("stops printing after the current label is complete"), ``~JA``
(likewise), ``^JZ`` ("reprints a partially printed label ... as soon as the error condition is corrected"), ``^PQ``.
Continuous paper goes on where it stopped: Epson, ESC/POS Application Programming Guide, ``DLE ENQ 1`` ("restarts
printing from the line where the error occurred").
"""

from collections import deque
from dataclasses import dataclass

from waybilld_printers.virtual.label import Cut, Label, Step, Strip

_LABEL_MM = 152
"""The label that a speed in labels a second is meant for; a strip of continuous paper takes its share of that time."""


@dataclass(frozen=True, slots=True)
class Out:
    """A step that is done, at a moment in seconds. ``last``: nothing of it is left to come out."""

    step: Step
    at: float
    last: bool


class Engine:
    """Does one step after the other. Callers bring it up to ``now`` with ``finish`` before they change anything."""

    def __init__(self, seconds_per_label: float, media_left: int | None, dots_per_mm: int) -> None:
        self.seconds_per_label = seconds_per_label
        self.media_left = media_left
        self.paper_out = media_left == 0
        self.head_open = self.ribbon_out = self.jammed = self.paused = False
        self.waiting_bytes = 0
        self._seconds_per_row = seconds_per_label / (_LABEL_MM * dots_per_mm)
        self._queue: deque[Step] = deque()
        self._current: Step | None = None
        self._left = 0
        self._due: float | None = None
        self._frozen = False
        self._rest: float | None = None

    @property
    def formats(self) -> int:
        """Formats that wait behind the one in print; pieces of continuous paper count by their cuts."""
        return sum(isinstance(step, Label | Cut) for step in self._queue)

    @property
    def remaining(self) -> int:
        """Labels of the format in print that have not come out yet."""
        return self._left

    @property
    def current(self) -> Step | None:
        """What is in print, or owed after an error."""
        return self._current

    @property
    def moving(self) -> bool:
        """Media is moving, or would be if the device did not hang."""
        return self._due is not None or self._rest is not None

    @property
    def error(self) -> bool:
        return self.paper_out or self.head_open or self.ribbon_out or self.jammed

    def add(self, step: Step, now: float) -> None:
        """Queue a step; it starts at once when nothing is in its way."""
        self._queue.append(step)
        self.waiting_bytes += len(step.raw)
        self._start(now)

    def next_due(self) -> float | None:
        """When the step in print will be done; None while nothing moves."""
        return self._due

    def finish(self) -> Out:
        """The step that was due is done."""
        step, at = self._current, self._due
        if step is None or at is None:
            raise RuntimeError("nothing is due")
        self._due = None
        if isinstance(step, Label | Cut):
            self.use_media()
        self._one_less()
        if isinstance(step, Label):
            done = step.quantity - self._left
            if self._left and step.pause_every and done % step.pause_every == 0:
                self.paused = True
        last = self._left == 0
        self._start(at)
        return Out(step, at, last)

    def tear(self, *, again: bool) -> Label:
        """The label that was due comes out torn; ``again``: it is owed, so that it starts anew."""
        label, at = self._current, self._due
        if not isinstance(label, Label) or at is None:
            raise RuntimeError("no label is due")
        self._due = None
        self.use_media()
        if not again:
            self._one_less()
        self._start(at)
        return label

    def use_media(self) -> None:
        """One label off the roll; the last one leaves the device without paper."""
        if self.media_left is not None:
            self.media_left -= 1
            self.paper_out = self.media_left <= 0

    def set_error(
        self,
        now: float,
        *,
        paper: bool | None = None,
        head: bool | None = None,
        ribbon: bool | None = None,
        jam: bool | None = None,
    ) -> None:
        """Raise or clear errors. One spoils the step in print; a label says itself whether that is owed again."""
        self.paper_out = self.paper_out if paper is None else paper
        self.head_open = self.head_open if head is None else head
        self.ribbon_out = self.ribbon_out if ribbon is None else ribbon
        self.jammed = self.jammed if jam is None else jam
        if not self.error:
            self._start(now)
        elif self.moving:
            self._due = self._rest = None
            if isinstance(self._current, Label) and not self._current.reprint:
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
        """The label in print is finished, all else is forgotten."""
        self._queue.clear()
        self.waiting_bytes = 0
        self._cancel_current()

    def cancel_one(self) -> None:
        """Forget the format in print, else the oldest that waits, and pause."""
        self.paused = True
        if self._current is not None:
            self._cancel_current()
        elif self._queue:
            self.waiting_bytes -= len(self._queue.popleft().raw)

    def drop(self) -> None:
        """Everything is forgotten, the label in print as well; what is physical stays as it is."""
        self._queue.clear()
        self.waiting_bytes = self._left = 0
        self._current = self._due = self._rest = None

    def lose_power(self) -> None:
        """As ``drop``; it neither pauses nor hangs afterwards."""
        self.drop()
        self.paused = self._frozen = False

    def _cancel_current(self) -> None:
        self._left = 1 if self.moving else 0
        self._current = self._current if self._left else None

    def _start(self, now: float) -> None:
        if self.moving or self._frozen or self.paused or self.error:
            return
        if self._current is None and self._queue:
            self._current = self._queue.popleft()
            self.waiting_bytes -= len(self._current.raw)
            self._left = self._current.quantity if isinstance(self._current, Label) else 1
        if self._current is not None:
            self._due = now + self._seconds(self._current)

    def _seconds(self, step: Step) -> float:
        if isinstance(step, Label):
            return self.seconds_per_label
        return step.rows * self._seconds_per_row if isinstance(step, Strip) else 0.0

    def _one_less(self) -> None:
        self._left -= 1
        if not self._left:
            self._current = None
