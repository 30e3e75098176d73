"""Starts the printers and the daemon, follows their work, and stops them: the demo from begin to end."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from waybilld.cli.client import Api, NotRunning, Refused
from waybilld.cli.demo.children import FINAL, Child, Keeper
from waybilld.cli.demo.place import Place, shown
from waybilld.cli.demo.plan import DemoPrinter, Plan
from waybilld.cli.demo.progress import Progress, look
from waybilld.cli.demo.report import invitation, outcome, summary
from waybilld.cli.demo.screen import Screen
from waybilld.cli.exits import Exit, Failure

T = TypeVar("T")
_START_LIMIT_S = 60.0
_STOP_LIMIT_S = 40.0
"""Longer than the daemon's own drain."""
_PRINTER_STOP_LIMIT_S = 5.0
_TICK_S = 0.25


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the command line asks for. `time_limit_s` counts with `once` only."""

    once: bool
    time_limit_s: float
    labels_per_second: float


class Supervisor:
    """One run of the demo. `clock` gives seconds that never step; `pause(s)` waits and says whether to stop."""

    def __init__(
        self,
        place: Place,
        plan: Plan,
        wishes: Wishes,
        api: Api,
        screen: Screen,
        clock: Callable[[], float],
        pause: Callable[[float], bool],
    ) -> None:
        self._place = place
        self._plan = plan
        self._wishes = wishes
        self._api = api
        self._screen = screen
        self._clock = clock
        self._pause = pause
        self._daemon = Child("the daemon", _daemon_command(place), place.log)
        self._devices = [
            Child(
                p.name,
                _printer_command(place, p, wishes.labels_per_second),
                place.printer_log(p.name),
                "if another program took its ports meanwhile, `waybilld demo --fresh` chooses others",
            )
            for p in plan.printers
        ]
        self._keepers = [Keeper(child, clock) for child in (*self._devices, self._daemon)]

    def run(self, samples: int) -> Exit:
        """Everything. `samples` says how many files were dropped. Raises `Failure`."""
        try:
            return self._run(samples)
        finally:
            self._stop()

    def _run(self, samples: int) -> Exit:
        for printer, device in zip(self._plan.printers, self._devices, strict=True):
            # A printer that was killed could not take its file away.
            self._place.ready(printer.name).unlink(missing_ok=True)
            device.start()
        for printer, device in zip(self._plan.printers, self._devices, strict=True):
            if not self._await(device, self._place.ready(printer.name).exists):
                return Exit.DONE
        self._daemon.start()
        if not self._await(self._daemon, self._is_ready):
            return Exit.DONE
        self._screen.say(invitation(self._place, self._plan, self._daemon.pid, samples=samples))
        return self._follow()

    def _await(self, child: Child, ready: Callable[[], bool]) -> bool:
        """Wait until a child works; False when the person stopped the demo before. Raises `Failure`."""
        until = self._clock() + _START_LIMIT_S
        while not ready():
            code = child.ended()
            if code is not None:
                exit_code = Exit(code) if code in FINAL else Exit.NOT_RUNNING
                text = f"{child.name} could not start ({child.why()}):\n{child.last_words()}"
                raise Failure(exit_code, f"{text}\n{child.advice}".rstrip())
            if self._clock() > until:
                text = f"{child.name} did not get ready within {_START_LIMIT_S:g} s; see {shown(child.log)}"
                raise Failure(Exit.TRY_LATER, text)
            if self._pause(_TICK_S):
                return False
        return True

    def _is_ready(self) -> bool:
        seen = self._look()
        return seen is not None and seen.ready

    def _look(self) -> Progress | None:
        """How far it is; None while the daemon does not answer. Raises `Failure`."""
        return self._asked(lambda: look(self._api, self._place))

    def _asked(self, ask: Callable[[], T]) -> T | None:
        try:
            return ask()
        except (NotRunning, OSError):  # a time-out is one, too
            return None
        except Refused as e:
            text = f"the daemon refused to be asked ({e}); see {shown(self._place.log)}"
            raise Failure(Exit.TRY_LATER, text) from e

    def _follow(self) -> Exit:
        """Watch until all is done, the time is over, or the person stops."""
        until = self._clock() + self._wishes.time_limit_s
        told: Progress | None = None
        while True:
            for keeper in self._keepers:
                news = keeper.revive()
                if news is not None:
                    self._screen.say(news)
            seen = self._look()
            if seen is not None:
                self._screen.progress(seen.line(), self._clock())
                if seen.finished and seen != told and self._tell():
                    told = seen
                    if self._wishes.once:
                        return Exit.DONE
            if self._wishes.once and self._clock() > until:
                return self._too_late(seen)
            if self._pause(_TICK_S):
                return Exit.DONE

    def _tell(self) -> bool:
        """Say what came of it all; False when the daemon went away in the middle."""
        names = [printer.name for printer in self._plan.printers]
        result = self._asked(lambda: outcome(self._api, self._place, names))
        if result is None:
            return False
        self._screen.say(summary(self._place, result))
        if not self._wishes.once:
            self._screen.say("\nWaiting for more order files; stop with ^C.")
        return True

    def _too_late(self, seen: Progress | None) -> Exit:
        self._tell()
        rest = "the daemon does not answer" if seen is None else seen.still_open()
        log = shown(self._place.log)
        text = f"\nThe time limit of {self._wishes.time_limit_s:g} s is over. Still open: {rest}. See {log}."
        self._screen.say(text)
        return Exit.TRY_LATER

    def _stop(self) -> None:
        """The daemon first: it settles what is in its printers while they still answer."""
        self._daemon.ask_to_stop()
        if not self._daemon.wait(_STOP_LIMIT_S):
            self._screen.say(f"the daemon did not stop within {_STOP_LIMIT_S:g} s and was killed")
        for device in self._devices:
            device.ask_to_stop()
        for device in self._devices:
            device.wait(_PRINTER_STOP_LIMIT_S)


# -P below: the folder that somebody happens to stand in is no place to import from.
def _daemon_command(place: Place) -> list[str]:
    return [sys.executable, "-P", "-m", "waybilld.cli.main", "run", "--config", str(place.config)]


def _printer_command(place: Place, printer: DemoPrinter, labels_per_second: float) -> list[str]:
    given = {
        "--name": printer.name,
        "--print-port": printer.port,
        "--status-port": printer.status_port,
        "--ready-file": place.ready(printer.name),
        "--tray": place.tray(printer.name),
        "--speed": f"{labels_per_second:g}",
    }
    options = [str(word) for pair in given.items() for word in pair]
    return [sys.executable, "-P", "-m", "waybilld_printers.virtual", *options]
