"""The body of the device: power, time, counters, and what people and accidents do to it. It knows no printer language.

No sockets, no files, no clock: ``now`` is a parameter, in monotonic seconds; every call first lets time pass up to it.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Literal

from waybilld_printers.virtual.engine import Engine, Out
from waybilld_printers.virtual.interpreter import Interpreter
from waybilld_printers.virtual.label import Cut, Label, Mark, Strip
from waybilld_printers.virtual.paper import Paper
from waybilld_printers.virtual.script import Counts, Line, Runner

Kind = Literal["format", "foreign", "half"]
"""A label as it was sent; a piece of media that nobody sent; a piece with a part of a label only."""

USER_COUNT_LIMIT = 65000
"""``odometer.user_label_count`` holds 0 to 65000 (ZPL II Programming Guide); it starts again at 0."""


@dataclass(frozen=True, slots=True)
class DeviceConfig:
    """What a device is. ``labels_per_second`` None: labels take no time; ``media_left`` None: the roll never ends."""

    name: str = "virtual"
    serial: str = "VZ0000000001"
    model: str = ""
    """Empty: a usual model of its language; likewise ``firmware``."""
    firmware: str = ""
    language: str = "zpl"
    speaks: Callable[[int], Interpreter] | None = None
    """Makes the interpreter, for so many dots a millimetre, of a language that this package does not bring; `language` is
    then only its name."""
    dots_per_mm: int = 8
    memory_kb: int = 8192
    buffer_bytes: int = 65536
    labels_per_second: float | None = 20.0
    media_left: int | None = None
    mute_on_error: bool = False
    """True: no ``~HS`` answer while paper or ribbon is out or the head is open, as the manual notes at ``~HS``."""
    json: bool = True
    """False: a device older than Link-OS, which leaves questions in JSON unanswered."""
    one_session: bool = False
    """True: a print connection is refused while one is open; else it is accepted and waits for its turn."""


@dataclass(frozen=True, slots=True)
class Counters:
    """What survives a loss of power: labels ever printed, labels since ``~RO1``, length of all media in dots."""

    total: int = 0
    user: int = 0
    length_dots: int = 0


@dataclass(frozen=True, slots=True)
class Printed:
    """A piece of media that came out. ``label`` is None when it is foreign: not from this device's print channel."""

    kind: Kind
    at: float
    odometer: int
    label: Label | None


class Machine:
    """A print engine with power, counters and a roll of media."""

    def __init__(self, config: DeviceConfig, counters: Counters | None = None, *, now: float = 0.0) -> None:
        self.config = config
        self.counters = counters or Counters()
        self.serial = config.serial
        self.muted = False
        """Told not to answer ``~HS``."""
        self.refusing = False
        """Told to accept no new print connections."""
        self.silent = False
        """Told to answer nothing at all."""
        self.exclusive = config.one_session
        """Refuses a print connection while one is open."""
        self.boots = 1
        """How often it was powered on; when this changes, every connection has been reset."""
        self.labels_out = 0
        """Pieces of media that came out of this object, foreign ones included."""
        seconds = 1 / config.labels_per_second if config.labels_per_second else 0.0
        self._engine = Engine(seconds, config.media_left, config.dots_per_mm)
        self._paper = Paper()
        self._tearing: Literal["owed", "counted"] | None = None
        self._said = bytearray()
        self._booted = now
        self._off_until: float | None = None
        self._stalled = False
        self._stalled_until: float | None = None
        self._printed: list[Printed] = []
        self._completed = 0
        self._script = Runner()
        self._scripted = False
        self._counts = Counts()

    @property
    def is_on(self) -> bool:
        """False while the power is off, as of the last call that gave the time."""
        return self._off_until is None

    @property
    def is_stalled(self) -> bool:
        """True while it hangs, as of the last call that gave the time."""
        return self._stalled

    # Time.

    def advance(self, now: float) -> list[Printed]:
        """Let time pass; return what came out since the last call."""
        self._pass_time(now)
        printed, self._printed = self._printed, []
        return printed

    def next_due(self) -> float | None:
        """The moment at which something changes by itself; None when nothing will."""
        return soonest(self._off_until, self._stalled_until, self._engine.next_due(), self._script.next_due())

    def _pass_time(self, now: float) -> None:
        # What a script does, it does between two steps: nothing else happens at that moment before it is done.
        while not self._scripted and (due := Machine.next_due(self)) is not None and due <= now:
            if due == self._script.next_due():
                with self._script_acts():
                    self._script.at_time(due)
            elif due == self._off_until:
                self._off_until, self._booted = None, due
            elif due == self._stalled_until:
                self._wake(due)
            elif self._tearing is not None and isinstance(self._engine.current, Label):
                self._tear_label(due)
            else:
                self._done(self._engine.finish())

    @contextmanager
    def _script_acts(self) -> Iterator[None]:
        self._scripted = True
        try:
            yield
        finally:
            self._scripted = False

    def _done(self, out: Out) -> None:
        if out.last and isinstance(out.step, Label | Cut):
            self._completed += 1
        match out.step:
            case Label():
                self._came_out("format", out.at, out.step, out.step.length)
            case Strip():
                self._paper.add(out.step)
            case Cut(by_hand=True):
                self._tear_paper(out.at)
                self._paper.renew()
            case Cut():
                self._cut(out.at, out.step.raw, whole=True)
            case Mark():
                self._said += out.step.reply

    def _cut(self, now: float, raw: bytes, *, whole: bool) -> None:
        piece, unbroken = self._paper.take(raw)
        whole = whole and unbroken
        self._came_out("format" if whole else "half", now, piece, piece.length, counted=whole)

    def _tear_label(self, now: float) -> None:
        counted, self._tearing = self._tearing == "counted", None
        label = self._engine.current
        again = not counted and isinstance(label, Label) and label.reprint
        whole = self._engine.tear(again=again)
        length = max(1, whole.length // 2)
        note = f"cut off after {length} of {whole.length} dots"
        half = replace(whole, length=length, complaints=(*whole.complaints, note))
        self._came_out("half", now, half, length, counted=counted)

    def _came_out(self, kind: Kind, at: float, label: Label | None, length: int, *, counted: bool = True) -> None:
        old = self.counters
        user = (old.user + counted) % (USER_COUNT_LIMIT + 1)
        self.counters = Counters(old.total + counted, user, old.length_dots + length)
        self.labels_out += 1
        self._printed.append(Printed(kind, at, self.counters.total, label))
        if kind == "format" and not self._scripted:
            self._counts = self._counts.plus(labels_out=1)
            if self._script.lines:
                with self._script_acts():
                    self._script.at("label", self._counts, at)

    def run_script(self, lines: Sequence[Line], now: float) -> None:
        """Follow a script too, which counts from here."""
        self._pass_time(now)
        self._script.give(lines, self._counts, now)

    def end_scripts(self) -> None:
        """Forget every script."""
        self._script.clear()

    @property
    def script(self) -> list[Line]:
        """Every line of the scripts that it follows, and what has become of it."""
        return self._script.lines

    # Media, head, keys.

    def paper_out(self, now: float) -> None:
        """The roll ends here and now; a label in print is spoiled."""
        self._pass_time(now)
        self._engine.media_left = 0
        self._engine.set_error(now, paper=True)

    def load(self, now: float, labels: int | None = None) -> None:
        """A new roll, endless or with so many labels; a spoiled label is printed again."""
        self._pass_time(now)
        if self._engine.paper_out:
            self._tear_paper(now)
        self._engine.media_left = labels
        self._engine.set_error(now, paper=labels == 0)

    def head(self, now: float, *, is_open: bool) -> None:
        """Open or close the head; a label in print is spoiled by opening."""
        self._pass_time(now)
        self._engine.set_error(now, head=is_open)

    def ribbon(self, now: float, *, is_out: bool) -> None:
        """The ribbon ends or is replaced; a label in print is spoiled when it ends."""
        self._pass_time(now)
        self._engine.set_error(now, ribbon=is_out)

    def jam(self, now: float, *, is_jammed: bool) -> None:
        """Media jams, or is freed again; a label in print is spoiled by a jam."""
        self._pass_time(now)
        self._engine.set_error(now, jam=is_jammed)

    def half(self, now: float, *, counted: bool = False) -> None:
        """The label in print, or the next one, comes out cut off in its middle; paper that hangs out is torn off now.

        ``counted``: the device takes it for whole. Else the odometer leaves it out, and the label is printed again
        where the language prints labels again that an error has interrupted.
        """
        self._pass_time(now)
        if self._paper.hangs:
            self._tear_paper(now)
        else:
            self._tearing = "counted" if counted else "owed"

    def _tear_paper(self, now: float) -> None:
        """What hangs out printed comes off; unless it was fed for that, a part of it is missing, and of the next piece."""
        if self._paper.hangs:
            fed = self._paper.fed
            self._cut(now, b"", whole=fed)
            if not fed:
                self._paper.spoil()

    def pause(self, now: float) -> None:
        """The pause key: the label in print is finished first (guide, ``~PP``)."""
        self._pass_time(now)
        self._must_be_awake()
        self._engine.pause()

    def resume(self, now: float) -> None:
        """The pause key again, or ``~PS``."""
        self._pass_time(now)
        self._engine.resume(now)

    def feed(self, now: float, *, counted: bool = True) -> None:
        """A foreign piece of media comes out: someone else's label, or, not counted, a press of the feed key.

        The guide says of ``odometer.total_label_count`` that it "does not include form feeds or calibration labels".
        """
        self._pass_time(now)
        self._must_be_awake()
        if self._engine.error:
            raise ValueError("the device has an error and cannot feed")
        self._tear_paper(now)
        self._engine.use_media()
        if self._engine.paper_out:
            self._engine.set_error(now, paper=True)
        self._came_out("foreign", now, None, self.config.dots_per_mm * 152, counted=counted)

    # Accidents.

    def stall(self, now: float, seconds: float | None = None) -> None:
        """Hang: read nothing, print nothing, answer nothing, keep every connection, for a while or until woken."""
        self._pass_time(now)
        if not self.is_on:
            raise ValueError("the device is switched off")
        if not self._stalled:
            self._engine.freeze(now)
        self._stalled = True
        self._stalled_until = None if seconds is None else now + seconds

    def unstall(self, now: float) -> None:
        """Go on where it hung, in the middle of a label if need be."""
        self._pass_time(now)
        if self._stalled:
            self._wake(now)

    def power_cycle(self, now: float, seconds: float = 0.0) -> None:
        """Switch off, and on again after so many seconds.

        Waiting formats and the label in print are lost and not counted. Counters, media, an open head, and what was
        told about refusing and muteness stay.
        """
        self._pass_time(now)
        self._engine.lose_power()
        self._tear_paper(now)
        self._paper.renew()
        self._said.clear()
        self._stalled, self._stalled_until = False, None
        self.boots += 1
        self._booted = now
        self._off_until = now + seconds if seconds > 0 else None

    def lose_buffer(self, now: float) -> None:
        """Forget every label, the one in print included, and stay switched on: nobody is told."""
        self._pass_time(now)
        self._engine.drop()
        if self._paper.hangs:
            self._paper.spoil()

    def swap(self, serial: str, odometer: int | None = None) -> None:
        """Another device stands here now: another serial and, if given, another odometer."""
        self.serial = serial
        if odometer is not None:
            self.counters = Counters(odometer)

    def _wake(self, now: float) -> None:
        self._stalled, self._stalled_until = False, None
        self._engine.thaw(now)

    def _must_be_awake(self) -> None:
        if not self.is_on or self._stalled:
            raise ValueError("the device is switched off" if not self.is_on else "the device hangs")


def soonest(*moments: float | None) -> float | None:
    """The earliest moment that there is."""
    return min((moment for moment in moments if moment is not None), default=None)
