"""Processes that live no longer than the demo: started, watched, started again, stopped."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from waybilld.cli.exits import Exit, Failure
from waybilld_sdk.files.words import printable

_PR_SET_PDEATHSIG = 1
"""From linux/prctl.h: the signal that this process gets when its parent dies (prctl(2))."""

_C_LIBRARY = ctypes.CDLL(None, use_errno=True)
_LOG_LINES = 6
FINAL = frozenset({Exit.USAGE, Exit.BAD_DATA, Exit.CONFIG, Exit.TRY_LATER})
"""Exit codes of the daemon that starting it again cannot change."""


def _bound_to(parent: int) -> Callable[[], None]:
    """What the child does before it becomes its program: ask the kernel to be ended when we end, however we end."""

    def bind() -> None:
        _C_LIBRARY.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:
            os.kill(os.getpid(), signal.SIGKILL)  # we died before the kernel knew what to do then

    return bind


@dataclass(slots=True)
class Child:
    """One process with a name, its command, and a log file that all its runs append to."""

    name: str
    command: Sequence[str]
    log: Path
    advice: str = ""
    """What to do when it cannot start, beside what it says itself."""
    _process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, in a session of its own: a ^C in the terminal reaches only the demo, which stops in order."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                self.command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=_bound_to(os.getpid()),
            )

    @property
    def pid(self) -> int:
        """Its process id; 0 before the first start."""
        return self._process.pid if self._process else 0

    def ended(self) -> int | None:
        """Its exit code, or minus the signal that killed it; None while it runs."""
        return self._process.poll() if self._process else None

    def ask_to_stop(self) -> None:
        """Send SIGTERM, if it runs."""
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()

    def wait(self, seconds: float) -> bool:
        """Wait until it has ended; after `seconds` it is killed, and the answer is False."""
        if self._process is None:
            return True
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
            return False
        return True

    def last_words(self) -> str:
        """The end of its log, for a message that says why it ended."""
        try:
            lines = self.log.read_text("utf-8", "replace").splitlines()
        except FileNotFoundError:
            return "it said nothing"
        return "\n".join(printable(line) for line in lines[-_LOG_LINES:] if line.strip()) or "it said nothing"

    def why(self) -> str:
        """How it ended, in words."""
        code = self.ended()
        if code is None:
            return "it runs"
        return f"killed by {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"


class Keeper:
    """Starts a child again when it dies, unless that cannot help.

    `clock` gives seconds that never step. A child that dies `most` times within `window_s` does not stay up.
    """

    def __init__(self, child: Child, clock: Callable[[], float], most: int = 5, window_s: float = 30.0) -> None:
        self.child = child
        self._clock = clock
        self._most = most
        self._window_s = window_s
        self._deaths: list[float] = []

    def revive(self) -> str | None:
        """Start it again if it has died; what is to be said about that. Raises `Failure` when it is given up."""
        code = self.child.ended()
        if code is None:
            return None
        why, words = self.child.why(), self.child.last_words()
        if code in FINAL:
            raise Failure(Exit(code), f"{self.child.name} cannot run ({why}):\n{words}")
        now = self._clock()
        self._deaths = [at for at in self._deaths if now - at < self._window_s] + [now]
        if len(self._deaths) > self._most:
            times = f"{len(self._deaths)} times in {self._window_s:g} s"
            text = f"{self.child.name} does not stay up: it ended {times}, at last with {why}:\n{words}"
            raise Failure(Exit.NOT_RUNNING, text)
        self.child.start()
        return f"{self.child.name} ended ({why}); started again, pid {self.child.pid}"
