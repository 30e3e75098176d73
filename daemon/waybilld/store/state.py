"""The state folder: one daemon at a time, one master key, one database."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable
from pathlib import Path

from waybilld.store.engine import FILE
from waybilld.store.seal import KEY_BYTES


class StateTaken(Exception):
    """Another daemon holds the folder."""


class KeyMissing(Exception):
    """There is a database but not the key that its personal data is sealed with."""


class StateFolder:
    """The folder of one daemon. `claim` takes the lock, which the kernel gives back when the process ends."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.database = path / FILE
        self.key = path / "master.key"
        self._lock_fd = -1

    def make(self) -> None:
        """Make the folder, for nobody else's eyes. Raises `OSError`."""
        self.path.mkdir(parents=True, exist_ok=True, mode=0o700)

    def claim(self) -> None:
        """Take the lock. Raises `StateTaken` naming the process that has it."""
        fd = os.open(self.path / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            pid = os.read(fd, 32).decode("ascii", "replace").strip() or "unknown"
            os.close(fd)
            raise StateTaken(f"another waybilld (process {pid}) works on {self.path}: stop it first") from None
        os.ftruncate(fd, 0)
        os.pwrite(fd, f"{os.getpid()}\n".encode("ascii"), 0)
        self._lock_fd = fd

    def release(self) -> None:
        """Give the lock back."""
        if self._lock_fd >= 0:
            os.close(self._lock_fd)
            self._lock_fd = -1

    def master_key(self, random_bytes: Callable[[int], bytes] | None) -> bytes:
        """The key, made on the first start where `random_bytes` is given. Raises `KeyMissing`, `OSError`."""
        try:
            key = self.key.read_bytes()
        except FileNotFoundError:
            if self.database.exists() or random_bytes is None:
                raise KeyMissing(
                    f"{self.key} is missing: put it back from the backup; without it the personal data in "
                    f"{self.database} cannot be read"
                ) from None
            return self._new_key(random_bytes)
        if len(key) != KEY_BYTES:
            raise KeyMissing(f"{self.key} has {len(key)} bytes, not {KEY_BYTES}: put it back from the backup")
        return key

    def _new_key(self, random_bytes: Callable[[int], bytes]) -> bytes:
        key = random_bytes(KEY_BYTES)
        fresh = self.key.with_suffix(".new")
        fd = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        try:
            os.write(fd, key)
            os.fsync(fd)
        finally:
            os.close(fd)
        fresh.rename(self.key)
        folder = os.open(self.path, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
        return key
