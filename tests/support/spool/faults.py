"""The catalogue of what happens to a printer and to the way there, on the simulated network: how it begins and ends.

Each acts on one printer at the moment at which the device has read a certain byte of a certain label.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from support.sim.printer import SimPrinter
from support.sim.wire import Link


@dataclass(frozen=True, slots=True)
class Struck:
    """Where a fault strikes: the printer, the connection that carried the byte, the dice, and the time in seconds."""

    printer: SimPrinter
    link: Link
    dice: Random
    now: Callable[[], float]


def _nothing(_: Struck) -> None:
    """It ends by itself."""


@dataclass(frozen=True, slots=True)
class Fault:
    """`act` begins it, `clear` ends it some time later."""

    name: str
    act: Callable[[Struck], None]
    clear: Callable[[Struck], None] = _nothing


def _cut(at: Struck) -> None:
    """The connection breaks on the way: the device sees an end, or nothing at all of it."""
    at.link.reset("cut at a byte")


def _reset(at: Struck) -> None:
    at.printer.reset_all("the device reset its connections")


def _half_close(at: Struck) -> None:
    at.link.half_close()


def _stall(at: Struck) -> None:
    at.printer.device.stall(at.now())


def _unstall(at: Struck) -> None:
    at.printer.device.unstall(at.now())


def _trickle(at: Struck) -> None:
    at.printer.network.trickle = at.dice.randint(1, 40), at.dice.uniform(0.005, 0.2)


def _flow(at: Struck) -> None:
    at.printer.network.trickle = None


def _slow(at: Struck) -> None:
    at.printer.drain = at.dice.randint(20, 2000), at.dice.uniform(0.02, 0.3)


def _quick(at: Struck) -> None:
    at.printer.drain = None


def _power(at: Struck) -> None:
    at.printer.device.power_cycle(at.now(), at.dice.choice((0.05, 1.0, 8.0)))


def _forget(at: Struck) -> None:
    """All formats in memory are dropped, whole and unfinished, by nobody whom we know; connections stay."""
    at.printer.device.receive(b"~JA", at.now())


def _foreign(at: Struck) -> None:
    at.printer.device.feed(at.now(), counted=at.dice.random() < 0.7)


def _mute(at: Struck) -> None:
    at.printer.device.muted = True


def _unmute(at: Struck) -> None:
    at.printer.device.muted = False


def _refuse(at: Struck) -> None:
    at.printer.device.refusing = True
    if at.dice.random() < 0.7:
        at.link.reset("and will not have another")


def _accept(at: Struck) -> None:
    at.printer.device.refusing = False


def _swap(at: Struck) -> None:
    """Somebody puts another printer in its place."""
    at.printer.device.swap(f"SWAPPED{at.dice.randint(100, 999)}", at.dice.choice((None, at.dice.randint(0, 9999))))
    at.printer.device.power_cycle(at.now(), 1.0)


FAULTS: tuple[Fault, ...] = (
    Fault("cut", _cut),
    Fault("reset", _reset),
    Fault("half-close", _half_close),
    Fault("stall", _stall, _unstall),
    Fault("trickle", _trickle, _flow),
    Fault("paper out", lambda at: at.printer.device.paper_out(at.now()), lambda at: at.printer.device.load(at.now())),
    Fault(
        "ribbon out",
        lambda at: at.printer.device.ribbon(at.now(), is_out=True),
        lambda at: at.printer.device.ribbon(at.now(), is_out=False),
    ),
    Fault(
        "head open",
        lambda at: at.printer.device.head(at.now(), is_open=True),
        lambda at: at.printer.device.head(at.now(), is_open=False),
    ),
    Fault("pause", lambda at: at.printer.device.pause(at.now()), lambda at: at.printer.device.resume(at.now())),
    Fault("power cycle", _power),
    Fault("buffer lost", _forget),
    Fault("foreign print", _foreign),
    Fault("mute", _mute, _unmute),
    Fault("slow drain", _slow, _quick),
    Fault("refused", _refuse, _accept),
    Fault("serial swapped", _swap),
)


def strike(fault: Fault, at: Struck) -> bool:
    """Let it happen; False where it cannot, as a device that is off cannot run out of paper."""
    try:
        fault.act(at)
    except ValueError:
        return False
    finally:
        at.printer.pump()
    return True


def clear(fault: Fault, at: Struck) -> None:
    """Put it right again."""
    with contextlib.suppress(ValueError):
        fault.clear(at)
    at.printer.pump()
