"""The commands of the control port: what a test, a person or a bench does to the device, each by its name."""

import dataclasses
import difflib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from waybilld_printers.virtual.device import Device
from waybilld_printers.virtual.script import Line, ScriptError, read

Json = dict[str, object]
Deed = Callable[[Device, float], Json | None]
"""Carries a command out, at a moment. Raises ``ValueError`` when the device cannot do it now."""


class Misused(ValueError):
    """The command or its argument makes no sense; the message says what would."""


@dataclass(frozen=True, slots=True)
class Command:
    """A command's usage line, its effect in one sentence, how many arguments it takes, and what it makes of them.

    ``scripted``: it may stand in a fault script.
    """

    usage: str
    effect: str
    arguments: range
    prepare: Callable[[list[str]], Deed]
    scripted: bool = True


def prepare(line: str) -> Deed:
    """Read one line without carrying it out. Raises ``Misused``."""
    name, *arguments = line.split() or [""]
    command = COMMANDS.get(name)
    if command is None:
        near = difflib.get_close_matches(name, COMMANDS, 1)
        hint = f"did you mean {near[0]}?" if near else "help lists them"
        raise Misused(f"unknown command {name!r}; {hint}")
    if len(arguments) not in command.arguments:
        raise Misused(f"usage: {command.usage}")
    return command.prepare(arguments)


def perform(device: Device, line: str, now: float) -> Json:
    """Carry out one line. The reply says ``ok`` true, or false with the reason in ``error``.

    ``misused`` tells a command that makes no sense from one that the device cannot carry out now.
    """
    try:
        extra = prepare(line)(device, now)
    except ValueError as error:
        return {"ok": False, "error": str(error), "misused": isinstance(error, Misused | ScriptError)}
    return {"ok": True, **(extra or {})}


def report(device: Device, now: float) -> Json:
    """The status as JSON."""
    return dataclasses.asdict(device.status(now))


def read_script(device: Device, text: str, name: str) -> tuple[Line, ...]:
    """Read a fault script for a device. Raises ``ScriptError`` with every mistake, each at its ``name:line:column``."""

    def prepared(line: str) -> Callable[[float], object]:
        deed = prepare(line)
        if not COMMANDS[line.split()[0]].scripted:
            raise Misused(f"{line.split()[0]} cannot stand in a script")
        return lambda now: deed(device, now)

    return read(text, name, prepared)


def _whole(text: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 12:
        raise Misused(f"{text!r} is not a whole number")
    return int(text)


def _count(text: str) -> int:
    if _whole(text) < 1:
        raise Misused(f"{text!r} is less than 1")
    return int(text)


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds <= 86400:
        raise Misused(f"{text!r} is not a number of seconds up to one day")
    return seconds


def _plain(deed: Deed) -> Callable[[list[str]], Deed]:
    """A command without arguments."""
    return lambda _arguments: deed


def _word(usage: str, word: str, deed: Callable[[Device, float, bool], None]) -> Callable[[list[str]], Deed]:
    """A command with one word that it may have."""

    def prepared(arguments: list[str]) -> Deed:
        if arguments not in ([], [word]):
            raise Misused(f"usage: {usage}")
        return lambda device, now: deed(device, now, bool(arguments))

    return prepared


def _load(arguments: list[str]) -> Deed:
    labels = _whole(arguments[0]) if arguments else None
    return lambda device, now: device.load(now, labels)


def _stall(arguments: list[str]) -> Deed:
    seconds = _seconds(arguments[0]) if arguments else None
    return lambda device, now: device.stall(now, seconds)


def _power_cycle(arguments: list[str]) -> Deed:
    seconds = _seconds(arguments[0]) if arguments else 1.0
    return lambda device, now: device.power_cycle(now, seconds)


def _reset_at(arguments: list[str]) -> Deed:
    count = _count(arguments[0])
    return lambda device, _now: device.reset_at(count)


def _drain(arguments: list[str]) -> Deed:
    rate = float(_count(arguments[0])) if arguments else None
    return lambda device, now: device.drain(now, rate)


def _trickle(arguments: list[str]) -> Deed:
    pace = (_count(arguments[0]), _seconds(arguments[1]) if arguments[1:] else 0.05) if arguments else None

    def deed(device: Device, _now: float) -> None:
        device.pace = pace

    return deed


def _swap(arguments: list[str]) -> Deed:
    odometer = _whole(arguments[1]) if arguments[1:] else None
    return lambda device, _now: device.swap(arguments[0], odometer)


def _sessions(arguments: list[str]) -> Deed:
    if arguments not in (["one"], ["many"]):
        raise Misused("usage: sessions one|many")

    def deed(device: Device, _now: float) -> None:
        device.exclusive = arguments == ["one"]

    return deed


def _mute(device: Device, _now: float, everything: bool) -> None:
    device.muted, device.silent = True, everything


def _unmute(device: Device, _now: float) -> None:
    device.muted = device.silent = False


def _refusing(value: bool) -> Deed:
    def deed(device: Device, _now: float) -> None:
        device.refusing = value

    return deed


def _script(arguments: list[str]) -> Deed:
    if not arguments:
        return lambda device, _now: {"script": [_told(line) for line in device.script]}
    if arguments == ["clear"]:
        return lambda device, _now: device.end_scripts()
    text = " ".join(arguments)
    return lambda device, now: device.run_script(read_script(device, text, "script"), now)


def _told(line: Line) -> Json:
    return {"line": line.text, "fired": line.fired is not None, "problems": line.problems}


def _help(_device: Device, _now: float) -> Json:
    return {"commands": [{"usage": command.usage, "effect": command.effect} for command in COMMANDS.values()]}


_NONE, _MAYBE, _ONE = range(1), range(2), range(1, 2)
_LIST: Final = (
    Command("paper-out", "the roll ends now; a label in print is spoiled", _NONE, _plain(Device.paper_out)),
    Command("load [N]", "a new roll, endless or with N labels; a spoiled label is printed again", _MAYBE, _load),
    Command(
        "head-open", "open the head; this spoils a label in print", _NONE, _plain(lambda d, now: d.head(now, is_open=True))
    ),
    Command("head-close", "close the head", _NONE, _plain(lambda d, now: d.head(now, is_open=False))),
    Command(
        "ribbon-out",
        "the ribbon ends; a label in print is spoiled",
        _NONE,
        _plain(lambda d, now: d.ribbon(now, is_out=True)),
    ),
    Command("ribbon-load", "a new ribbon", _NONE, _plain(lambda d, now: d.ribbon(now, is_out=False))),
    Command("jam", "media jams; a label in print is spoiled", _NONE, _plain(lambda d, now: d.jam(now, is_jammed=True))),
    Command("unjam", "the jam is cleared", _NONE, _plain(lambda d, now: d.jam(now, is_jammed=False))),
    Command("pause", "the pause key: stop after the label in print", _NONE, _plain(Device.pause)),
    Command("resume", "the pause key again", _NONE, _plain(Device.resume)),
    Command("stall [SECONDS]", "hang: nothing is read, printed or answered, connections stay open", _MAYBE, _stall),
    Command("unstall", "stop hanging", _NONE, _plain(Device.unstall)),
    Command("reset", "reset the print connection now", _NONE, _plain(lambda d, _now: d.reset())),
    Command(
        "reset-at N",
        "reset the print connection when the N-th further byte of print data arrives; the bytes before it count",
        _ONE,
        _reset_at,
    ),
    Command(
        "power-cycle [SECONDS]",
        "off for SECONDS (default 1): connections reset, formats lost, odometer kept, connections refused while off",
        _MAYBE,
        _power_cycle,
    ),
    Command(
        "lose-buffer",
        "forget every label, the one in print included, and tell nobody",
        _NONE,
        _plain(Device.lose_buffer),
    ),
    Command(
        "drain [N]", "take print data at N bytes a second; without N: as fast as it comes, as at the start", _MAYBE, _drain
    ),
    Command(
        "trickle [N [SECONDS]]",
        "answers leave in pieces of N bytes, SECONDS (default 0.05) apart; without N: at once, as at the start",
        range(3),
        _trickle,
    ),
    Command(
        "mute [all]",
        "do not answer questions for the state (in ZPL: ~HS and device.host_status); all: answer nothing at all",
        _MAYBE,
        _word("mute [all]", "all", _mute),
    ),
    Command("unmute", "answer again", _NONE, _plain(_unmute)),
    Command("refuse", "accept no new print connections", _NONE, _plain(_refusing(True))),
    Command("accept", "accept print connections again", _NONE, _plain(_refusing(False))),
    Command(
        "sessions one|many",
        "one: refuse a print connection while one is open; many: accept it and let it wait, as at the start",
        _ONE,
        _sessions,
    ),
    Command(
        "feed [uncounted]",
        "a foreign blank label comes out: odometer + 1; uncounted: the feed key, which the odometer leaves out",
        _MAYBE,
        _word("feed [uncounted]", "uncounted", lambda d, now, uncounted: d.feed(now, counted=not uncounted)),
    ),
    Command(
        "half [counted]",
        "the label in print, or the next, comes out cut off and is owed again where ^JZ and the like say so; counted: "
        "it passes for whole; continuous paper that hangs out is torn off now",
        _MAYBE,
        _word("half [counted]", "counted", lambda d, now, counted: d.half(now, counted=counted)),
    ),
    Command(
        "swap SERIAL [ODOMETER]",
        "another device stands here: another serial and, if given, another odometer",
        range(1, 3),
        _swap,
    ),
    Command(
        "script [LINE|clear]",
        "follow a line of a fault script from now on; clear: forget all lines; without: list them",
        range(1000),
        _script,
        scripted=False,
    ),
    Command(
        "status", "everything about the device", _NONE, _plain(lambda d, now: {"status": report(d, now)}), scripted=False
    ),
    Command("help", "this list", _NONE, _plain(_help), scripted=False),
)
COMMANDS: Final[dict[str, Command]] = {command.usage.split()[0]: command for command in _LIST}
