"""Fault scripts: what is to happen to the device, and when, as lines of text. Deterministic: no clock, no chance.

A line is ``TRIGGER: COMMAND``, or several commands with ``;`` between them. Reading is pure, and tells every mistake at
once with its line and column; running is a matter of the device, which asks ``Runner`` at each byte, label, moment and
connection. Commands are those of the control port.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

Deed = Callable[[float], object]
"""Does it, at a moment; raises ``ValueError`` when it cannot be done then."""

Prepare = Callable[[str], Deed]
"""Makes a command ready; raises ``ValueError`` with what is wrong about it."""

Kind = Literal["byte", "label-byte", "label", "time", "connect"]

_TRIGGERS: Final[tuple[tuple[Kind, re.Pattern[str]], ...]] = (
    ("byte", re.compile(r"at\s+byte\s+(?P<byte>\d{1,12})")),
    ("label-byte", re.compile(r"at\s+label\s+(?P<label>\d{1,9})\s+byte\s+(?P<byte>\d{1,12})")),
    ("label", re.compile(r"after\s+label\s+(?P<label>\d{1,9})")),
    ("time", re.compile(r"after\s+(?P<seconds>\d{1,9}(?:\.\d{1,6})?)\s*s")),
    ("connect", re.compile(r"on\s+connect\s+(?P<count>\d{1,9})")),
)
FORMS: Final = ("at byte N", "at label N byte M", "after label N", "after SECONDS s", "on connect N")
"""Every form of a trigger, for messages and for the reference."""


@dataclass(frozen=True, slots=True)
class Trigger:
    """When. Labels, bytes and connections are counted from 1, from the moment at which the script was given."""

    kind: Kind
    label: int = 0
    byte: int = 0
    seconds: float = 0.0
    count: int = 0


@dataclass(slots=True)
class Line:
    """A line of a script, and what has become of it."""

    text: str
    trigger: Trigger
    deeds: tuple[Deed, ...]
    fired: float | None = None
    problems: list[str] = field(default_factory=list)


class ScriptError(ValueError):
    """The script has mistakes; ``problems`` has a sentence for each, with its file, line and column."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)


def read(text: str, name: str, prepare: Prepare) -> tuple[Line, ...]:
    """Read a script; ``name`` stands for the file in messages. Raises ``ScriptError`` with all mistakes."""
    lines: list[Line] = []
    problems: list[str] = []
    for number, raw in enumerate(text.splitlines(), 1):
        content = raw.split("#", 1)[0]
        if not content.strip():
            continue
        try:
            lines.append(_line(content, prepare))
        except _Misplaced as mistake:
            problems.append(f"{name}:{number}:{mistake.column}: {mistake}")
    if problems:
        raise ScriptError(problems)
    return tuple(lines)


class _Misplaced(ValueError):
    def __init__(self, column: int, message: str) -> None:
        super().__init__(message)
        self.column = column


def _line(content: str, prepare: Prepare) -> Line:
    when, colon, what = content.partition(":")
    start = len(when) - len(when.lstrip()) + 1
    trigger = _trigger(when.strip(), start)
    if not colon:
        raise _Misplaced(len(content.rstrip()) + 1, "a colon and a command are missing after the trigger")
    deeds = []
    column = len(when) + 2
    for part in what.split(";"):
        at = column + len(part) - len(part.lstrip())
        column += len(part) + 1
        if not part.strip():
            raise _Misplaced(at, "a command is missing here")
        try:
            deeds.append(prepare(part.strip()))
        except ValueError as error:
            raise _Misplaced(at, str(error)) from error
    return Line(content.strip(), trigger, tuple(deeds))


def _trigger(text: str, column: int) -> Trigger:
    for kind, pattern in _TRIGGERS:
        found = pattern.fullmatch(text)
        if found is None:
            continue
        groups = found.groupdict()
        numbers = {name: int(value) for name, value in groups.items() if name != "seconds"}
        for name, value in numbers.items():
            if value < 1:
                raise _Misplaced(column + found.start(name), "counts start at 1")
        return Trigger(kind, seconds=float(groups.get("seconds") or 0), **numbers)
    raise _Misplaced(column, f"{text!r} is no trigger; it must be one of: {', '.join(FORMS)}")


@dataclass(frozen=True, slots=True)
class Counts:
    """What the device has counted so far: what triggers count from, and what they are compared with."""

    bytes_in: int = 0
    labels_in: int = 0
    labels_out: int = 0
    connects: int = 0

    def plus(self, *, bytes_in: int = 0, labels_in: int = 0, labels_out: int = 0, connects: int = 0) -> "Counts":
        """These and more."""
        return Counts(
            self.bytes_in + bytes_in,
            self.labels_in + labels_in,
            self.labels_out + labels_out,
            self.connects + connects,
        )


class Runner:
    """The scripts of one device. ``after SECONDS s`` counts from the line above it, or from when its script was given."""

    def __init__(self) -> None:
        self._entries: list[tuple[Line, Counts]] = []
        self._armed: dict[int, float] = {}

    @property
    def lines(self) -> list[Line]:
        """Every line that was given, in order."""
        return [line for line, _ in self._entries]

    def give(self, lines: Sequence[Line], counts: Counts, now: float) -> None:
        """More lines, which count from here."""
        if lines and lines[0].trigger.kind == "time":
            self._armed[len(self._entries)] = now + lines[0].trigger.seconds
        self._entries += [(line, counts) for line in lines]

    def clear(self) -> None:
        """Forget every line."""
        self._entries.clear()
        self._armed.clear()

    @property
    def watches_bytes(self) -> bool:
        """Some line waits for a byte: print data must be shown byte by byte."""
        return any(line.fired is None and line.trigger.kind in ("byte", "label-byte") for line, _ in self._entries)

    def next_due(self) -> float | None:
        """The moment at which a line fires by itself."""
        return min(self._armed.values()) if self._armed else None

    def at_time(self, now: float) -> None:
        """Fire the lines whose moment has come."""
        for place in [place for place, moment in self._armed.items() if moment <= now]:
            self._fire(place, now)

    def at(self, kind: Kind, counts: Counts, now: float, offset: int = 0) -> None:
        """Fire the lines for what has just been counted; ``offset``: which byte of its label the byte is."""
        for place, (line, since) in enumerate(self._entries):
            if line.fired is None and line.trigger.kind == kind and _meets(line.trigger, counts, since, offset):
                self._fire(place, now)

    def _fire(self, place: int, now: float) -> None:
        """Do what the line says; what cannot be done then is kept with it as a problem."""
        line, _ = self._entries[place]
        line.fired = now
        self._armed.pop(place, None)
        for deed in line.deeds:
            try:
                deed(now)
            except ValueError as error:
                line.problems.append(str(error))
        if place + 1 < len(self._entries):
            following = self._entries[place + 1][0].trigger
            if following.kind == "time":
                self._armed[place + 1] = now + following.seconds


def _meets(trigger: Trigger, counts: Counts, since: Counts, offset: int) -> bool:
    match trigger.kind:
        case "byte":
            return counts.bytes_in - since.bytes_in == trigger.byte
        case "label-byte":
            return (counts.labels_in - since.labels_in + 1, offset) == (trigger.label, trigger.byte)
        case "label":
            return counts.labels_out - since.labels_out == trigger.label
        case "connect":
            return counts.connects - since.connects == trigger.count
        case _:
            return False
