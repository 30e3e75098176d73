"""A disk that can be filled: a small tmpfs of its own, and a way for ordinary users to be allowed to mount one."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_PIECE_BYTES = 4096


class SmallDisk:
    """A mounted tmpfs. `fill` takes every free byte with a file of its own, `free` gives them back."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._filler = path / ".filler"

    def fill(self) -> None:
        """Leave no byte for anybody else."""
        with self._filler.open("ab", buffering=0) as stream:
            try:
                while True:
                    stream.write(bytes(_PIECE_BYTES))
            except OSError as full:
                if full.errno != errno.ENOSPC:
                    raise

    def free(self) -> None:
        """Give the space back."""
        self._filler.unlink()


@contextmanager
def small_disk(path: Path, mebibytes: int) -> Iterator[SmallDisk]:
    """Mount one at `path`. Needs the right to mount: see `may_mount`."""
    path.mkdir(parents=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={mebibytes}m", "waybilld-test", str(path)], check=True)
    try:
        yield SmallDisk(path)
    finally:
        # Lazily: what a failed test may have left open must not keep the mount.
        subprocess.run(["umount", "--lazy", str(path)], check=True)


def may_mount() -> bool:
    """Whether this process may mount."""
    return os.geteuid() == 0


def run_where_mounting_is_allowed(test: str) -> None:
    """Run one test again as root of a user and mount namespace of its own (unshare(1)). Raises `AssertionError`."""
    ran = subprocess.run(
        ["unshare", "--user", "--map-root-user", "--mount", sys.executable, "-m", "pytest", "-p", "no:cacheprovider", test],
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).parents[2],
    )
    said = f"{ran.stdout}{ran.stderr}"
    assert ran.returncode == 0, f"a full disk could not be tested: run as root, or allow user namespaces\n{said}"
