"""What came out of the device, in a folder: ``ledger.jsonl``, one line per label, and ``NNNNNN.png``, its picture.

A line stands in the file before anybody can learn that the label came out, and a killed program leaves at most one line
unfinished, which the next start removes. The odometer is kept beside it, so that it outlives the process.
"""

import errno
import hashlib
import json
import os
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from waybilld_printers.virtual.label import Label
from waybilld_printers.virtual.machine import Counters, Printed

LEDGER = "ledger.jsonl"
STATE = "odometer.json"
_STATE_SIZE = 160
"""Bytes: the state is always one write of the same length, so that a kill leaves the old one or the new one."""


class TrayBroken(RuntimeError):
    """A label came out and could not be written down: whoever reads the ledger now would be misled."""


Drawer = Callable[[Label], tuple[bytes, tuple[str, ...]]]


def ledger(folder: Path) -> list[dict[str, object]]:
    """Every finished line of a tray's ledger, oldest first."""
    path = folder / LEDGER
    if not path.exists():
        return []
    return [json.loads(line) for line in path.read_bytes().splitlines(keepends=True) if line.endswith(b"\n")]


class Tray:
    """Appends to the ledger, draws the pictures, keeps the counters."""

    def __init__(self, folder: Path, state: Path | None = None, *, draw: bool = True) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self._draw = _drawer() if draw else None
        self._drawn: tuple[Label, bytes, tuple[str, ...]] | None = None
        self._count, last = _repair(folder / LEDGER)
        self._ledger = os.open(folder / LEDGER, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
        self._state = os.open(state or folder / STATE, os.O_RDWR | os.O_CREAT, 0o644)
        self.counters = _recover(os.pread(self._state, _STATE_SIZE, 0), self._count, last)

    def add(self, printed: Printed, counters: Counters) -> None:
        """Put a label into the tray: its picture, its line, the counters after it."""
        try:
            self._add(printed, counters)
        except OSError as error:
            raise TrayBroken(f"cannot write to the tray {self.folder}: {error.strerror}") from error

    def _add(self, printed: Printed, counters: Counters) -> None:
        self._count += 1
        png: str | None = None
        complaints: tuple[str, ...] = ()
        digest: str | None = None
        if printed.label is not None:
            digest = hashlib.sha256(printed.label.raw).hexdigest()
            complaints = printed.label.complaints
            if self._draw is not None:
                png = f"{self._count:06d}.png"
                picture, more = self._picture(self._draw, printed.label)
                (self.folder / png).write_bytes(picture)
                complaints += more
        line = {
            "n": self._count,
            "odometer": printed.odometer,
            "utc": datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "sha256": digest,
            "png": png,
            "complaints": complaints,
            "kind": printed.kind,
        }
        text = json.dumps(line, separators=(",", ":")).encode() + b"\n"
        if os.write(self._ledger, text) < len(text):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        self.keep(counters)

    def keep(self, counters: Counters) -> None:
        """Remember the counters over a restart of the process."""
        text = json.dumps({"n": self._count, **asdict(counters)})
        os.pwrite(self._state, text.ljust(_STATE_SIZE - 1).encode() + b"\n", 0)

    def close(self) -> None:
        """Close the files; every line has been written already."""
        os.close(self._ledger)
        os.close(self._state)

    def _picture(self, draw: Drawer, label: Label) -> tuple[bytes, tuple[str, ...]]:
        """Copies of one format are drawn once."""
        if self._drawn is None or self._drawn[0] is not label:
            self._drawn = (label, *draw(label))
        return self._drawn[1], self._drawn[2]


def _drawer() -> Drawer:
    # Pillow is only needed here: a bench, and a simulation, run without it.
    from waybilld_printers.virtual.drawing import draw

    return draw


def _repair(path: Path) -> tuple[int, int]:
    """Cut off a line that a kill left unfinished; return the last line's number and odometer."""
    if not path.exists():
        return 0, 0
    data = path.read_bytes()
    whole = data.rfind(b"\n") + 1
    if whole < len(data):
        os.truncate(path, whole)
    if not whole:
        return 0, 0
    last = json.loads(data[:whole].splitlines()[-1])
    return int(last["n"]), int(last["odometer"])


def _recover(state: bytes, count: int, odometer: int) -> Counters:
    """The counters of the last run. When it was killed between ledger and state, the ledger is right."""
    if not state.strip():
        return Counters(total=odometer)
    kept = json.loads(state)
    counters = Counters(int(kept["total"]), int(kept["user"]), int(kept["length_dots"]))
    if count > int(kept["n"]):
        return Counters(odometer, counters.user + odometer - counters.total, counters.length_dots)
    return counters
