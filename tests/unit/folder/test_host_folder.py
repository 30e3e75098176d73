"""The daemon's folder against the shared contract, and what only real system calls can show."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import pytest

from waybilld.host import folder as module
from waybilld.host.folder import HostFolder
from waybilld_sdk.context import Folder
from waybilld_sdk.testing.context import FakeFolder, FolderContract
from waybilld_sdk.testing.run import run_now

T = TypeVar("T")


async def at_once(fn: Callable[[], T]) -> T:
    """Run a blocking function here."""
    return fn()


class TestHostFolder(FolderContract):
    """The daemon's own."""

    def make(self, path: Path) -> Folder:
        return HostFolder(path, at_once)


class TestFakeFolder(FolderContract):
    """The kit's fake: an adapter proven on it must find the same behaviour in the daemon."""

    def make(self, path: Path) -> Folder:
        return FakeFolder(path)


class TestByLink(FolderContract):
    """File systems without renameat2 move by hard link; nothing may be replaced there either."""

    @pytest.fixture(autouse=True)
    def _without_renameat2(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(module, "_renameat2", lambda *_args: False)

    def make(self, path: Path) -> Folder:
        return HostFolder(path, at_once)

    def test_finishes_a_move_that_a_crash_cut_in_half(self, tmp_path: Path) -> None:
        """After a kill between link and unlink the file must not be taken for a new one."""
        folder = self.make(tmp_path)
        run_now(folder.write("x", b"1"))
        run_now(folder.write("done/other", b""))
        os.link(tmp_path / "x", tmp_path / "done" / "x")
        run_now(folder.rename("x", "done/x"))
        assert not (tmp_path / "x").exists()


def test_full_disk_leaves_the_file_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Half a confirmation line would be read as a confirmation of something else."""
    folder = HostFolder(tmp_path, at_once)
    run_now(folder.append("x", b"whole\n"))
    real = os.write
    parts = iter([3])

    def short_then_full(handle: int, data: memoryview) -> int:
        size = next(parts, None)
        if size is None:
            raise OSError(errno.ENOSPC, "No space left on device")
        return real(handle, data[:size])

    monkeypatch.setattr(os, "write", short_then_full)
    with pytest.raises(OSError, match="No space"):
        run_now(folder.append("x", b"torn line\n"))
    monkeypatch.undo()
    assert run_now(folder.read("x", 100)) == b"whole\n"


def test_failed_write_leaves_old_file_and_no_spare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A failed replacement must keep what was there."""
    folder = HostFolder(tmp_path, at_once)
    run_now(folder.write("x", b"old"))

    def broken(_handle: int) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(os, "fsync", broken)
    with pytest.raises(OSError, match="Input/output"):
        run_now(folder.write("x", b"new"))
    monkeypatch.undo()
    assert run_now(folder.read("x", 100)) == b"old"
    assert [entry.name for entry in run_now(folder.list())] == ["x"]


def test_spare_file_of_a_killed_process_is_stepped_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Process ids come back; a spare file of a former life must not stop every write."""
    monkeypatch.setattr(module, "_SPARE", iter([0, 1]))
    (tmp_path / f".x.{os.getpid()}-0.tmp").write_bytes(b"left behind")
    folder = HostFolder(tmp_path, at_once)
    run_now(folder.write("x", b"new"))
    assert run_now(folder.read("x", 100)) == b"new"


def test_pipe_in_a_files_place_does_not_hang(tmp_path: Path) -> None:
    """Somebody's named pipe must not block a thread for ever."""
    os.mkfifo(tmp_path / "x")
    folder = HostFolder(tmp_path, at_once)
    assert run_now(folder.list())[0].regular is False
    for work in (folder.read("x", 10), folder.append("x", b""), folder.rename("x", "y")):
        with pytest.raises(OSError, match=r"not a regular file|No such device"):
            run_now(work)


def test_foreign_error_of_the_move_is_told(tmp_path: Path) -> None:
    """A refusal of the file system must reach the caller with its reason."""
    with pytest.raises(FileNotFoundError):
        run_now(HostFolder(tmp_path, at_once).rename("nothing", "done/x"))
