"""The Folder that the daemon lends to adapters: one real directory, nothing outside it, no write that a crash can tear.

Every call opens the directory afresh and works relative to its descriptor with O_NOFOLLOW, so that a symbolic link
dropped by somebody else, even between two calls, leads nowhere. The directory itself may be reached through links: an
administrator chose its path.
"""

from __future__ import annotations

import ctypes
import errno
import itertools
import os
import stat
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TypeVar

from waybilld_sdk.context import FileInfo

T = TypeVar("T")
Defer = Callable[[Callable[[], T]], Awaitable[T]]

_SPARE = itertools.count()
_RENAME_NOREPLACE = 1  # linux/fs.h; see renameat2(2)
_NO_SUCH_CALL = (errno.ENOSYS, errno.EINVAL, errno.EOPNOTSUPP)


class HostFolder:
    """A folder at `path`, made where it does not exist.

    `defer` runs a blocking function elsewhere (a thread pool in the daemon, at once in the simulation). Names are
    `name` or `sub/name`; others raise `ValueError`. What the file system refuses raises `OSError`.
    """

    def __init__(self, path: Path, defer: Callable[[Callable[[], T]], Awaitable[T]]) -> None:
        self.path = path
        self._defer: Callable[..., Awaitable[object]] = defer

    async def list(self, sub: str = "") -> Sequence[FileInfo]:
        """What the folder or its sub-folder holds, oldest first; links, folders and devices with `regular` False."""
        return await self._run(_list, self.path, _names(sub) if sub else [])

    async def read(self, name: str, limit_bytes: int) -> bytes:
        """The whole file; `ValueError` when it is larger than the limit."""
        return await self._run(_read, self.path, _names(name), limit_bytes)

    async def write(self, name: str, data: bytes) -> None:
        """Write atomically and durably. A kill in between may leave a hidden spare file, never a torn one."""
        await self._run(_write, self.path, _names(name), data)

    async def append(self, name: str, data: bytes) -> None:
        """Append and fsync. Where the disk is full the file is cut back to its former length."""
        await self._run(_append, self.path, _names(name), data)

    async def rename(self, name: str, to: str) -> None:
        """Move inside the folder, durably; `FileExistsError` rather than replacing a file."""
        await self._run(_rename, self.path, _names(name), _names(to))

    async def _run(self, fn: Callable[..., T], *args: object) -> T:
        return await self._defer(partial(fn, *args))  # type: ignore[return-value]  # `defer` answers with what fn returns


def _names(name: str) -> list[str]:
    parts = name.split("/")
    if not 1 <= len(parts) <= 2 or any(part in ("", ".", "..") or "\0" in part for part in parts):
        raise ValueError(f"{name!r} is not a name inside the folder: use `name` or `sub/name`")
    return parts


@contextmanager
def _opened(path: Path, subs: Sequence[str], *, make: bool) -> Iterator[int]:
    """A descriptor of the folder or of its sub-folder, which is made if asked for."""
    path.mkdir(parents=True, exist_ok=True)
    place = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        for sub in subs:
            if make:
                try:
                    os.mkdir(sub, dir_fd=place)
                except FileExistsError:
                    pass
                else:
                    os.fsync(place)
            inner = os.open(sub, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=place)
            os.close(place)
            place = inner
        yield place
    finally:
        os.close(place)


def _list(path: Path, subs: Sequence[str]) -> list[FileInfo]:
    found: list[FileInfo] = []
    try:
        with _opened(path, subs, make=False) as place, os.scandir(place) as entries:
            for entry in entries:
                try:
                    facts = entry.stat(follow_symlinks=False)
                except FileNotFoundError:
                    continue  # somebody took it away while we looked
                regular = stat.S_ISREG(facts.st_mode)
                found.append(FileInfo(entry.name, facts.st_size, facts.st_mtime_ns, facts.st_ino, regular))
    except FileNotFoundError:
        return []  # the sub-folder is made by the first file that goes there
    return sorted(found, key=lambda info: (info.mtime_ns, info.name))


def _read(path: Path, names: Sequence[str], limit_bytes: int) -> bytes:
    with _opened(path, names[:-1], make=False) as place:
        # O_NONBLOCK: opening a named pipe would otherwise wait for a writer for ever.
        handle = os.open(names[-1], os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=place)
    with os.fdopen(handle, "rb") as stream:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise OSError(errno.EINVAL, "not a regular file", "/".join(names))
        data = stream.read(limit_bytes + 1)
    if len(data) > limit_bytes:
        raise ValueError(f"{'/'.join(names)} is larger than {limit_bytes} bytes")
    return data


def _write(path: Path, names: Sequence[str], data: bytes) -> None:
    with _opened(path, names[:-1], make=True) as place:
        handle, spare = _spare_file(place, names[-1])
        try:
            with os.fdopen(handle, "wb") as stream:
                stream.write(data)
                stream.flush()
                os.fsync(handle)
            os.rename(spare, names[-1], src_dir_fd=place, dst_dir_fd=place)
        except BaseException:
            os.unlink(spare, dir_fd=place)
            raise
        os.fsync(place)


def _spare_file(place: int, name: str) -> tuple[int, str]:
    """A new hidden file beside the target. Process id and counter tell apart everybody who writes at the same time."""
    for number in _SPARE:
        spare = f".{name[:200]}.{os.getpid()}-{number}.tmp"
        try:
            handle = os.open(spare, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o666, dir_fd=place)
        except FileExistsError:
            continue  # left behind by a killed process that had our number
        return handle, spare
    raise AssertionError("a counter has no end")


def _append(path: Path, names: Sequence[str], data: bytes) -> None:
    with _opened(path, names[:-1], make=True) as place:
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK
        handle = os.open(names[-1], flags, 0o666, dir_fd=place)
        try:
            before = os.fstat(handle)
            if not stat.S_ISREG(before.st_mode):
                raise OSError(errno.EINVAL, "not a regular file", "/".join(names))
            try:
                rest = memoryview(data)
                while rest:
                    rest = rest[os.write(handle, rest) :]
                os.fsync(handle)
            except OSError:
                os.ftruncate(handle, before.st_size)
                raise
        finally:
            os.close(handle)
        if before.st_size == 0:
            os.fsync(place)


def _rename(path: Path, names: Sequence[str], to: Sequence[str]) -> None:
    with _opened(path, names[:-1], make=False) as source, _opened(path, to[:-1], make=True) as target:
        facts = os.stat(names[-1], dir_fd=source, follow_symlinks=False)
        if not stat.S_ISREG(facts.st_mode):
            raise OSError(errno.EINVAL, "not a regular file", "/".join(names))
        if not _renameat2(source, names[-1], target, to[-1]):
            _link_and_unlink(source, names[-1], target, to[-1], facts)
        os.fsync(target)
        os.fsync(source)


def _renameat2(source: int, name: str, target: int, to: str) -> bool:
    """renameat2(2) with RENAME_NOREPLACE; False where the C library or the file system does not have it.

    Preferred to a hard link, which `fs.protected_hardlinks` forbids for files that another user dropped.
    """
    call = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if call is None:
        return False
    if call(source, os.fsencode(name), target, os.fsencode(to), _RENAME_NOREPLACE) == 0:
        return True
    code = ctypes.get_errno()
    if code in _NO_SUCH_CALL:
        return False
    raise OSError(code, os.strerror(code), name, None, to)


def _link_and_unlink(source: int, name: str, target: int, to: str, facts: os.stat_result) -> None:
    """The same by hard link: the link fails where the target exists, so that nothing is ever replaced."""
    try:
        os.link(name, to, src_dir_fd=source, dst_dir_fd=target, follow_symlinks=False)
    except FileExistsError:
        there = os.stat(to, dir_fd=target, follow_symlinks=False)
        # A crash between link and unlink leaves one file under both names: finish what was begun.
        if (there.st_dev, there.st_ino) != (facts.st_dev, facts.st_ino):
            raise
    os.unlink(name, dir_fd=source)
