"""The commands of the control port: what a test, a person or a bench does to the device, each by its name."""

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from waybilld_printers.virtual.device import Device

Json = dict[str, object]


class Misused(ValueError):
    """The command or its argument makes no sense; the message says what would."""


@dataclass(frozen=True, slots=True)
class Command:
    """A command's usage line, its effect in one sentence, how many arguments it takes, and what it does."""

    usage: str
    effect: str
    arguments: range
    act: Callable[[Device, list[str], float], Json | None]


def perform(device: Device, line: str, now: float) -> Json:
    """Carry out one line. The reply says ``ok`` true, or false with the reason in ``error``.

    ``misused`` tells a command that makes no sense from one that the device cannot carry out now.
    """
    name, *arguments = line.split() or [""]
    command = COMMANDS.get(name)
    try:
        if command is None:
            raise Misused(f"unknown command {name!r}; help lists them")
        if len(arguments) not in command.arguments:
            raise Misused(f"usage: {command.usage}")
        extra = command.act(device, arguments, now)
    except ValueError as error:
        return {"ok": False, "error": str(error), "misused": isinstance(error, Misused)}
    return {"ok": True, **(extra or {})}


def report(device: Device, now: float) -> Json:
    """The status as JSON."""
    return dataclasses.asdict(device.status(now))


def _whole(text: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 12:
        raise Misused(f"{text!r} is not a whole number")
    return int(text)


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds <= 86400:
        raise Misused(f"{text!r} is not a number of seconds up to one day")
    return seconds


def _mute(device: Device, *, muted: bool) -> None:
    device.muted = muted


def _refuse(device: Device, *, refusing: bool) -> None:
    device.refusing = refusing


def _feed(device: Device, arguments: list[str], now: float) -> None:
    if arguments not in ([], ["uncounted"]):
        raise Misused("usage: feed [uncounted]")
    device.feed(now, counted=not arguments)


def _half(device: Device, arguments: list[str], now: float) -> None:
    if arguments not in ([], ["counted"]):
        raise Misused("usage: half [counted]")
    device.half(now, counted=bool(arguments))


def _help(_device: Device, _arguments: list[str], _now: float) -> Json:
    return {"commands": [{"usage": command.usage, "effect": command.effect} for command in COMMANDS.values()]}


_NONE, _MAYBE, _ONE = range(1), range(2), range(1, 2)
_LIST: Final = (
    Command("paper-out", "the roll ends now; a label in print is spoiled", _NONE, lambda d, _a, now: d.paper_out(now)),
    Command(
        "load [N]",
        "a new roll, endless or with N labels; a spoiled label is printed again",
        _MAYBE,
        lambda d, a, now: d.load(now, _whole(a[0]) if a else None),
    ),
    Command(
        "head-open", "open the head; this spoils a label in print", _NONE, lambda d, _a, now: d.head(now, is_open=True)
    ),
    Command("head-close", "close the head", _NONE, lambda d, _a, now: d.head(now, is_open=False)),
    Command(
        "ribbon-out",
        "the ribbon ends; a label in print is spoiled",
        _NONE,
        lambda d, _a, now: d.ribbon(now, is_out=True),
    ),
    Command("ribbon-load", "a new ribbon", _NONE, lambda d, _a, now: d.ribbon(now, is_out=False)),
    Command("jam", "media jams; a label in print is spoiled", _NONE, lambda d, _a, now: d.jam(now, is_jammed=True)),
    Command("unjam", "the jam is cleared", _NONE, lambda d, _a, now: d.jam(now, is_jammed=False)),
    Command("pause", "the pause key: stop after the label in print", _NONE, lambda d, _a, now: d.pause(now)),
    Command("resume", "the pause key again", _NONE, lambda d, _a, now: d.resume(now)),
    Command(
        "stall [SECONDS]",
        "hang: nothing is read, printed or answered, connections stay open",
        _MAYBE,
        lambda d, a, now: d.stall(now, _seconds(a[0]) if a else None),
    ),
    Command("unstall", "stop hanging", _NONE, lambda d, _a, now: d.unstall(now)),
    Command(
        "reset-at N",
        "reset the print connection when the N-th further byte of print data arrives; the bytes before it count",
        _ONE,
        lambda d, a, _now: d.reset_at(_whole(a[0])),
    ),
    Command(
        "power-cycle [SECONDS]",
        "off for SECONDS (default 1): connections reset, formats lost, odometer kept, connections refused while off",
        _MAYBE,
        lambda d, a, now: d.power_cycle(now, _seconds(a[0]) if a else 1.0),
    ),
    Command("mute", "do not answer ~HS and device.host_status", _NONE, lambda d, _a, _now: _mute(d, muted=True)),
    Command("unmute", "answer them again", _NONE, lambda d, _a, _now: _mute(d, muted=False)),
    Command("refuse", "accept no new print connections", _NONE, lambda d, _a, _now: _refuse(d, refusing=True)),
    Command("accept", "accept print connections again", _NONE, lambda d, _a, _now: _refuse(d, refusing=False)),
    Command(
        "feed [uncounted]",
        "a foreign blank label comes out: odometer + 1; uncounted: the feed key, which the odometer leaves out",
        _MAYBE,
        _feed,
    ),
    Command(
        "half [counted]",
        "the label in print, or the next, comes out cut off and is owed again; counted: it passes for whole; "
        "continuous paper that hangs out is torn off now",
        _MAYBE,
        _half,
    ),
    Command(
        "swap SERIAL [ODOMETER]",
        "another device stands here: another serial and, if given, another odometer",
        range(1, 3),
        lambda d, a, _now: d.swap(a[0], _whole(a[1]) if a[1:] else None),
    ),
    Command("status", "everything about the device", _NONE, lambda d, _a, now: {"status": report(d, now)}),
    Command("help", "this list", _NONE, _help),
)
COMMANDS: Final[dict[str, Command]] = {command.usage.split()[0]: command for command in _LIST}
