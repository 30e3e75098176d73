"""What can go wrong, each by its name. A seed chooses some of them, how often and when: a swarm, not everything at once."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from support.sim.cups import FOREIGN_FORMAT

if TYPE_CHECKING:
    from support.sim.printer import SimPrinter
    from support.sim.world import World


@dataclass(frozen=True, slots=True)
class Fault:
    """`act` happens between one and `most` times at moments of the storm."""

    name: str
    most: int
    act: Callable[[World], None]


def _printer(world: World) -> SimPrinter:
    return world.ether.dice.choice(list(world.printers.values()))


def _later(world: World, low_s: float, high_s: float, undo: Callable[[], None]) -> None:
    world.ether.reactor.callLater(world.ether.dice.uniform(low_s, high_s), undo)


def _try(printer: SimPrinter, act: Callable[[float], None], now: Callable[[], float]) -> None:
    """Nobody can press the keys of a device that hangs or is off: then nothing happens."""
    with contextlib.suppress(ValueError):
        act(now())
    printer.pump()


def _cut(world: World) -> None:
    _printer(world).cut_in = world.ether.dice.randint(1, 300)


def _reset(world: World) -> None:
    _printer(world).reset_all("somebody pulled the cable")


def _slow(world: World) -> None:
    network, now = _printer(world).network, world.ether.reactor.seconds()
    until = now + world.ether.dice.choice((0.3, 3.0, 30.0)) * world.ether.dice.random()
    which = world.ether.dice.choice(("towards", "back", "both"))
    if which != "back":
        network.slow_towards = until
    if which != "towards":
        network.slow_back = until


def _stall(world: World) -> None:
    printer = _printer(world)
    seconds = world.ether.dice.choice((1.0, 8.0, 40.0)) * world.ether.dice.random()
    _try(printer, lambda now: printer.device.stall(now, seconds), world.ether.reactor.seconds)


def _power(world: World) -> None:
    printer = _printer(world)
    printer.device.power_cycle(world.ether.reactor.seconds(), world.ether.dice.uniform(0.2, 8.0))
    printer.pump()


def _head(world: World) -> None:
    printer, now = _printer(world), world.ether.reactor.seconds
    _try(printer, lambda at: printer.device.head(at, is_open=True), now)
    _later(world, 0.5, 8.0, lambda: _try(printer, lambda at: printer.device.head(at, is_open=False), now))


def _paper(world: World) -> None:
    printer, now = _printer(world), world.ether.reactor.seconds
    _try(printer, printer.device.paper_out, now)
    _later(world, 1.0, 10.0, lambda: _try(printer, printer.device.load, now))


def _short_roll(world: World) -> None:
    printer, now = _printer(world), world.ether.reactor.seconds
    _try(printer, lambda at: printer.device.load(at, world.ether.dice.randint(1, 4)), now)
    _later(world, 4.0, 12.0, lambda: _try(printer, printer.device.load, now))


def _pause(world: World) -> None:
    printer, now = _printer(world), world.ether.reactor.seconds
    _try(printer, printer.device.pause, now)
    _later(world, 0.5, 8.0, lambda: _try(printer, printer.device.resume, now))


def _feed(world: World) -> None:
    printer = _printer(world)
    counted = world.ether.chance(0.7)
    _try(printer, lambda at: printer.device.feed(at, counted=counted), world.ether.reactor.seconds)


def _refuse(world: World) -> None:
    printer = _printer(world)
    printer.device.refusing = True

    def accept() -> None:
        printer.device.refusing = False

    _later(world, 1.0, 8.0, accept)


def _mute(world: World) -> None:
    printer = _printer(world)
    printer.device.muted = True

    def unmute() -> None:
        printer.device.muted = False

    _later(world, 1.0, 8.0, unmute)


def _swap(world: World) -> None:
    printer = _printer(world)
    printer.device.swap(f"SWAPPED{world.ether.dice.randint(100, 999)}", world.ether.dice.randint(0, 5000))
    printer.device.power_cycle(world.ether.reactor.seconds(), 1.0)
    printer.pump()


def _cups_crash(world: World) -> None:
    world.cups.crash()
    _later(world, 0.5, 8.0, world.cups.start)


def _queue_paused(world: World) -> None:
    for queue in _one_queue(world):
        world.cups.disable(queue)
        _later(world, 0.5, 8.0, functools.partial(world.cups.enable, queue))


def _queue_shared(world: World) -> None:
    for queue in _one_queue(world):
        world.cups.foreign(queue, FOREIGN_FORMAT)


def _one_queue(world: World) -> list[str]:
    """A queue that the daemon prints on, if there is one."""
    queues = [printer.name for printer in world.config.printers if printer.adapter == "cups"]
    return [world.ether.dice.choice(queues)] if queues else []


def _kill(world: World) -> None:
    world.kill("at some moment")


def _edit(world: World) -> None:
    world.edit_printer()
    world.kill("to read an edited configuration")


def _mine(world: World) -> None:
    world.crash_in(world.ether.dice.choice(world.POINTS), world.ether.dice.randint(1, 60))


def _full(world: World) -> None:
    world.disk.full = True

    def room() -> None:
        world.disk.full = False

    _later(world, 0.5, 10.0, room)


def _workers_die(world: World) -> None:
    world.worker_deaths = 0.3


def _platform(world: World) -> None:
    platform, dice = world.platform, world.ether.dice
    which = dice.choice(("fails", "forgets", "loses", "hangs", "throttles", "bad_record", "bugs_left"))
    if which == "bad_record":
        platform.bad_record = f"garbage {dice.randint(1, 9)}"
    elif which == "bugs_left":
        platform.bugs_left = 2
    else:
        setattr(platform, which, dice.uniform(0.05, 0.5))


def _depot(world: World) -> None:
    dice = world.ether.dice
    setattr(world.depot, dice.choice(("fails", "loses", "hangs", "refuses")), dice.uniform(0.05, 0.4))


def _change(world: World) -> None:
    names = [n for n, o in world.platform.orders.items() if o.status == "paid"]
    if names:
        world.platform.change(world.ether.dice.choice(names))


def _cancel(world: World) -> None:
    names = [n for n, o in world.platform.orders.items() if o.status == "paid"]
    if names:
        world.platform.cancel(world.ether.dice.choice(names))


def _race(world: World) -> None:
    world.races = 0.3
    for printer in world.printers.values():
        printer.network.latency_s = max(printer.network.latency_s, 0.15)


def _repeat(world: World) -> None:
    world.platform.acknowledged -= {i for i in sorted(world.platform.acknowledged) if world.ether.chance(0.5)}


def _renderer(world: World) -> None:
    name = f"SIM-{world.ether.dice.randint(1, world.planned_orders):04d}"
    if world.ether.chance(0.5):
        world.drawing.holds = name
    else:
        world.drawing.breaks = name


def _break(world: World) -> None:
    world.packer.pause(world.ether.dice.choice(sorted(world.printers)))


def _smear(world: World) -> None:
    world.packer.reprint()


def _scan(world: World) -> None:
    world.packer.scan()


FAULTS: tuple[Fault, ...] = (
    Fault("cut at a byte", 6, _cut),
    Fault("connections reset", 4, _reset),
    Fault("network slow or away", 5, _slow),
    Fault("printer hangs", 3, _stall),
    Fault("printer off and on", 3, _power),
    Fault("head opened", 3, _head),
    Fault("paper out", 3, _paper),
    Fault("roll ends soon", 2, _short_roll),
    Fault("printer paused", 3, _pause),
    Fault("foreign label", 3, _feed),
    Fault("print port refused", 2, _refuse),
    Fault("printer paused by a person", 3, _break),
    Fault("label asked for again", 3, _smear),
    Fault("labels scanned", 4, _scan),
    Fault("status kept back", 2, _mute),
    Fault("printer exchanged", 1, _swap),
    Fault("cupsd killed", 2, _cups_crash),
    Fault("queue paused", 3, _queue_paused),
    Fault("somebody else's job in a queue", 3, _queue_shared),
    Fault("daemon killed", 3, _kill),
    Fault("daemon killed at a point", 6, _mine),
    Fault("configuration edited", 2, _edit),
    Fault("disk full", 2, _full),
    Fault("worker processes die", 1, _workers_die),
    Fault("platform misbehaves", 3, _platform),
    Fault("carrier misbehaves", 3, _depot),
    Fault("order changed", 3, _change),
    Fault("order cancelled", 3, _cancel),
    Fault("orders changed under way", 1, _race),
    Fault("pages repeated", 3, _repeat),
    Fault("label cannot be drawn", 1, _renderer),
)
