"""A real cupsd and the simulated one behind one face, each with a queue `label` that feeds a virtual printer."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any, Protocol

from support.cupsd import PrivateCups, Queue
from support.reactor_thread import session_reactor
from support.sim.base import Ether, SimReactor, Trace
from support.sim.cups import SimCups
from support.sim.printer import SimPrinter
from support.virtual_printer import VirtualPrinter
from waybilld.host.processes import WorkerProcesses
from waybilld_printers.probes.ipp.looks import JobLook, Look, QueueLook
from waybilld_printers.transports.cups import work
from waybilld_printers.transports.cups.settings import RAW
from waybilld_printers.virtual.device import DeviceConfig
from waybilld_sdk.context import Limits

QUEUE = "label"
_PATIENCE_S = 30.0
_STEP_S = 0.05


class Server(Protocol):
    """What the contract drives: the three questions, the people and the faults around them."""

    def ask(self, question: Callable[..., Any], *args: object) -> Any:
        """Ask one of the functions of `work` of this server; server and user are put in front."""

    def pass_time(self) -> None:
        """A moment goes by."""

    def patience(self) -> Callable[[], bool]:
        """Says whether something may still happen, from now on for a while."""

    def foreign(self, document: bytes) -> None:
        """Somebody else puts a job in the queue."""

    def disable(self) -> None:
        """cupsdisable."""

    def enable(self) -> None:
        """cupsenable."""

    def crash(self) -> None:
        """SIGKILL, its backends too: what an orphan may still do is another matter."""

    def start(self) -> None:
        """Begin again."""

    def printer(self, what: str) -> None:
        """One of `stall`, `unstall`, `refuse`, `accept`, `reset` (cuts its next job near its begin), `power-cycle`."""

    def labels_out(self) -> int:
        """Pieces in the printer's tray."""

    def close(self) -> None:
        """Give everything back."""


class RealServer:
    """A private cupsd, asked in worker processes as the daemon does, and a virtual printer as a child process."""

    def __init__(self, folder: Path, processes: WorkerProcesses, error_policy: str, *, careful: bool) -> None:
        self._device = VirtualPrinter(folder / "printer", "--speed", "50")
        uri = f"socket://127.0.0.1:{self._device.print_port}/?contimeout=2"
        self._cups = PrivateCups(folder / "cups", {QUEUE: Queue(uri, error_policy)}, careful=careful)
        self._thread, self._processes = session_reactor(), processes

    def ask(self, question: Callable[..., Any], *args: object) -> Any:
        return self._ask("", question, *args)

    def _ask(self, user: str, question: Callable[..., Any], *args: object) -> Any:
        async def asked() -> Any:
            return await self._processes.run(question, self._cups.server, user, *args, limits=Limits(10.0))

        return self._thread.call(asked)

    def foreign(self, document: bytes) -> None:
        self._ask("stranger", work.submit, QUEUE, "Untitled", RAW, document)

    def pass_time(self) -> None:
        time.sleep(_STEP_S)

    def patience(self) -> Callable[[], bool]:
        until = time.monotonic() + _PATIENCE_S
        return lambda: time.monotonic() < until

    def disable(self) -> None:
        self._cups.admin("cupsdisable", QUEUE)

    def enable(self) -> None:
        self._cups.admin("cupsenable", QUEUE)

    def crash(self) -> None:
        self._cups.kill()
        self._cups.reap()

    def start(self) -> None:
        self._cups.start()

    def printer(self, what: str) -> None:
        self._device.tell({"reset": "reset-at 2000", "power-cycle": "power-cycle 0"}.get(what, what))

    def labels_out(self) -> int:
        return self._device.labels_out()

    def close(self) -> None:
        self._cups.stop()
        self._device.stop()


class SimulatedServer:
    """The simulation's server and printer, with a clock that jumps."""

    def __init__(self, error_policy: str, *, careful: bool) -> None:
        reactor = SimReactor()
        ether = Ether(reactor, Random(1), Trace(reactor.seconds))
        self._reactor = reactor
        self._printer = SimPrinter(ether, QUEUE, DeviceConfig(name=QUEUE, serial="SIM", labels_per_second=50.0), 0.0005)
        self._cups = SimCups(ether, {QUEUE: self._printer}, careful=careful)
        self._cups.queues[QUEUE].error_policy = error_policy

    def ask(self, question: Callable[..., Any], *args: object) -> Any:
        return self._cups.answers[question]("/simulated", "", *args)

    def foreign(self, document: bytes) -> None:
        self._cups.foreign(QUEUE, document)

    def pass_time(self) -> None:
        self._reactor.run_until(self._reactor.seconds() + _STEP_S)

    def patience(self) -> Callable[[], bool]:
        until = self._reactor.seconds() + _PATIENCE_S
        return lambda: self._reactor.seconds() < until

    def disable(self) -> None:
        self._cups.disable(QUEUE)

    def enable(self) -> None:
        self._cups.enable(QUEUE)

    def crash(self) -> None:
        self._cups.crash(orphans=False)

    def start(self) -> None:
        self._cups.start()

    def printer(self, what: str) -> None:
        now, device = self._reactor.seconds(), self._printer.device
        match what:
            case "stall":
                device.stall(now)
            case "unstall":
                device.unstall(now)
            case "refuse" | "accept":
                device.refusing = what == "refuse"
            case "reset":
                self._printer.cut_in = 2000
            case "power-cycle":
                device.power_cycle(now, 0.0)
        self._printer.pump()

    def labels_out(self) -> int:
        return len(self._printer.tray)

    def close(self) -> None:
        """Nothing is held."""


def queue_of(look: Look) -> QueueLook:
    """The queue that was seen. Raises `AssertionError` where none was."""
    assert isinstance(look, QueueLook), look
    return look


def named(server: Server, name: str) -> tuple[JobLook, ...]:
    """All jobs of this name."""
    return queue_of(server.ask(work.look, QUEUE, name)).named
