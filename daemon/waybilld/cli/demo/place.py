"""The demo's folder: what stands where, who may use it, and how sample orders come into it."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import waybilld
from waybilld.cli.exits import Exit, Failure

_UNFINISHED = (".part", ".tmp", ".crdownload", "~")
"""Endings of names that the adapter `files` takes for files still being written."""


@dataclass(frozen=True, slots=True)
class Place:
    """The folder, and the paths inside it. Everything but the lock may be wiped."""

    root: Path

    @property
    def config(self) -> Path:
        """The daemon's configuration, written once and then left as it is."""
        return self.root / "waybilld.yaml"

    @property
    def drop(self) -> Path:
        """Where order exports are dropped."""
        return self.root / "drop"

    @property
    def log(self) -> Path:
        """What the daemon says, over all its runs."""
        return self.root / "daemon.log"

    @property
    def lock(self) -> Path:
        """Held while a demo runs here; also what marks the folder as a demo's."""
        return self.root / "demo.lock"

    @property
    def printers(self) -> Path:
        """One folder for each printer."""
        return self.root / "printers"

    def ready(self, printer: str) -> Path:
        """The file that names a running printer's ports."""
        return self.printers / printer / "ready.json"

    def tray(self, printer: str) -> Path:
        """Pictures of what a printer printed, and its ledger."""
        return self.printers / printer / "tray"

    def printer_log(self, printer: str) -> Path:
        """What a printer says."""
        return self.printers / printer / "printer.log"

    @contextmanager
    def claimed(self) -> Iterator[None]:
        """Make the folder and keep a second demo out of it. Raises `Failure`."""
        try:
            self.root.mkdir(parents=True, exist_ok=True)
            handle = os.open(self.lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        except OSError as e:
            raise Failure(Exit.CONFIG, f"the demo's folder {self.root} cannot be used: {e.strerror}") from e
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as e:
            pid = os.pread(handle, 20, 0).decode("ascii", "replace").strip() or "unknown"
            os.close(handle)
            text = f"another demo (pid {pid}) runs in {self.root}: stop it, or choose another folder with --dir"
            raise Failure(Exit.TRY_LATER, text) from e
        try:
            os.truncate(handle, 0)
            os.pwrite(handle, f"{os.getpid()}\n".encode(), 0)
            yield
        finally:
            os.close(handle)

    def wipe(self) -> None:
        """Delete everything but the lock. Call it only inside `claimed`, and see `is_ours` before that."""
        for entry in self.root.iterdir():
            if entry == self.lock:
                continue
            if entry.is_dir() and not entry.is_symlink():
                shutil.rmtree(entry)
            else:
                entry.unlink()

    def is_ours(self) -> bool:
        """Whether the folder is new, empty or a demo's: a folder with anything else in it must never be wiped."""
        return not self.root.exists() or self.lock.is_file() or not any(self.root.iterdir())

    def waiting_files(self) -> tuple[str, ...]:
        """Names of the dropped files that the daemon has not put away yet, in order."""
        entries = [entry for entry in self.drop.iterdir() if entry.is_file()]
        names = [entry.name for entry in entries]
        return tuple(sorted(n for n in names if not n.startswith(".") and not n.endswith(_UNFINISHED)))

    def refused_files(self) -> tuple[Path, ...]:
        """What the daemon put into `rejected`: bad rows, whole files, and the reasons beside them."""
        folder = self.drop / "rejected"
        return tuple(sorted(folder.iterdir())) if folder.is_dir() else ()


def sample_orders() -> tuple[Path, ...]:
    """The shipped sample exports; empty where the program does not run from its source tree.

    They are no package data: an installed daemon has no use for them, and whoever reads them finds them under etc/.
    """
    folder = Path(waybilld.__file__).resolve().parents[2] / "etc" / "demo" / "orders"
    return tuple(sorted(folder.glob("*.csv")))


def drop_samples(place: Place, samples: tuple[Path, ...]) -> bool:
    """Fill a new drop folder with the samples; False when there is a drop folder already, which stays as it is.

    The folder appears with all of them at once, so that a demo that was killed here begins again from nothing.
    """
    if place.drop.exists():
        return False
    draft = place.root / "drop.tmp"
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir()
    for sample in samples:
        shutil.copyfile(sample, draft / sample.name)
    draft.rename(place.drop)
    return True


def shown(path: Path) -> str:
    """A path as a person would type it: relative to the current folder where it stands below it."""
    # Not resolved: `.venv/bin/python` is a link out of the environment that it stands for.
    full, here = Path(os.path.normpath(path.absolute())), Path.cwd()
    return str(full.relative_to(here)) if full.is_relative_to(here) else str(full)
