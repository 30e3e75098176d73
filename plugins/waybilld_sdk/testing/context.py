"""A context for tests: memory, a manual clock, real files in a folder of the test's own, and nothing of the daemon."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar

import pytest

from waybilld_sdk.context import FileInfo, Folder, Http, HttpResponse, Limits, Stream
from waybilld_sdk.errors import AuthNeeded
from waybilld_sdk.settings import SecretRef
from waybilld_sdk.testing.run import Pause, run_now

T = TypeVar("T")


class FakeSignal:
    """The SDK's Signal for `run_now` and `run_together`."""

    def __init__(self) -> None:
        self._fired = False

    def fire(self) -> None:
        self._fired = True

    async def wait(self) -> None:
        await Pause(lambda: self._fired)


class FakeKv:
    """A small map with compare-and-swap. `puts` counts commits; share one between contexts to race two instances."""

    def __init__(self) -> None:
        self.values: dict[str, str] = {}
        self.puts = 0

    async def get(self, key: str) -> str | None:
        await Pause()
        return self.values.get(key)

    async def put(self, values: Mapping[str, str | None], expect: Mapping[str, str | None]) -> bool:
        await Pause()
        if any(self.values.get(key) != value for key, value in expect.items()):
            return False
        for key, value in values.items():
            if value is None:
                self.values.pop(key, None)
            elif len(value.encode()) > 65536:
                raise ValueError(f"the value of {key!r} is larger than 64 KiB")
            else:
                self.values[key] = value
        self.puts += 1
        await Pause()
        return True


class FakeFolder:
    """The SDK's Folder over pathlib, with its semantics but without the race-free system calls of the daemon's own."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.writes = 0

    def _at(self, name: str) -> Path:
        parts = name.split("/")
        if not 1 <= len(parts) <= 2 or any(part in ("", ".", "..") or "\0" in part for part in parts):
            raise ValueError(f"{name!r} is not a name inside the folder: use `name` or `sub/name`")
        self.path.mkdir(parents=True, exist_ok=True)
        target = self.path.joinpath(*parts)
        if target.parent.resolve() != self.path.resolve().joinpath(*parts[:-1]) or target.is_symlink():
            raise OSError(f"{name!r} goes through a symbolic link")
        return target

    async def list(self, sub: str = "") -> Sequence[FileInfo]:
        await Pause()
        self.path.mkdir(parents=True, exist_ok=True)
        where = self._at(sub) if sub else self.path
        found = []
        for entry in os.scandir(where) if where.is_dir() else ():
            facts = entry.stat(follow_symlinks=False)
            regular = stat.S_ISREG(facts.st_mode)
            found.append(FileInfo(entry.name, facts.st_size, facts.st_mtime_ns, facts.st_ino, regular))
        return sorted(found, key=lambda info: (info.mtime_ns, info.name))

    async def read(self, name: str, limit_bytes: int) -> bytes:
        await Pause()
        data = self._at(name).read_bytes()
        if len(data) > limit_bytes:
            raise ValueError(f"{name} is larger than {limit_bytes} bytes")
        return data

    async def write(self, name: str, data: bytes) -> None:
        await Pause()
        target = self._at(name)
        target.parent.mkdir(exist_ok=True)
        spare = target.with_name(f".{target.name}.tmp")
        spare.write_bytes(data)
        spare.replace(target)
        self.writes += 1

    async def append(self, name: str, data: bytes) -> None:
        await Pause()
        target = self._at(name)
        target.parent.mkdir(exist_ok=True)
        with target.open("ab") as stream:
            stream.write(data)
        self.writes += 1
        await Pause()

    async def rename(self, name: str, to: str) -> None:
        await Pause()
        source, target = self._at(name), self._at(to)
        target.parent.mkdir(exist_ok=True)
        os.link(source, target, follow_symlinks=False)
        source.unlink()


class FakeLog:
    """Keeps what was logged as (level, event, facts)."""

    def __init__(self) -> None:
        self.lines: list[tuple[str, str, dict[str, object]]] = []

    def info(self, event: str, **facts: object) -> None:
        self.lines.append(("info", event, facts))

    def warn(self, event: str, **facts: object) -> None:
        self.lines.append(("warn", event, facts))


class _NoHttp:
    async def request(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes = b"", timeout: float = 20.0
    ) -> HttpResponse:
        asked = f"{len(headers)} headers, {len(body)} bytes, {timeout} s"
        raise AssertionError(f"{method} {url}: this test lends no HTTP ({asked})")


class FakeContext:
    """The SDK's Context. `advance` moves both clocks; `work` runs the function at once, in this process.

    `kv` may be shared between two contexts. HTTP and `dial` raise unless given. `secrets` maps the one name inside a
    reference to its value.
    """

    def __init__(
        self,
        instance: str = "under-test",
        *,
        kv: FakeKv | None = None,
        http: Http | None = None,
        dial: Callable[[str, int], Stream] | None = None,
        secrets: Mapping[str, str] | None = None,
        start: datetime = datetime(2026, 3, 2, 8, 0, tzinfo=UTC),
    ) -> None:
        self.instance = instance
        self.kv = kv or FakeKv()
        self.log = FakeLog()
        self.http: Http = http or _NoHttp()
        self._dial = dial
        self._secrets = dict(secrets or {})
        self._now = start
        self._seconds = 1000.0
        self.folders: dict[str, FakeFolder] = {}

    async def dial(self, host: str, port: int, *, send_buffer: int, user_timeout: float, connect_timeout: float) -> Stream:
        await Pause()
        if self._dial is None:
            asked = f"send_buffer={send_buffer}, user_timeout={user_timeout}, connect_timeout={connect_timeout}"
            raise AssertionError(f"{host}:{port}: this test lends no sockets ({asked})")
        return self._dial(host, port)

    def connect(self, dial: Callable[[str, int], Stream]) -> None:
        """`dial` from now on: for a device that needs this context's clock before it can be dialled."""
        self._dial = dial

    def folder(self, path: str) -> Folder:
        return self.folders.setdefault(path, FakeFolder(Path(path)))

    async def work(self, fn: Callable[..., T], *args: object, limits: Limits = Limits()) -> T:  # noqa: B008 - a value
        await Pause()
        if fn.__qualname__ != fn.__name__ or limits.seconds <= 0:
            raise AssertionError(f"{fn.__qualname__}: a worker runs only top-level functions, for more than 0 s")
        return fn(*args)

    async def sleep(self, seconds: float) -> None:
        self.advance(seconds)
        await Pause()

    def signal(self) -> FakeSignal:
        return FakeSignal()

    def now(self) -> datetime:
        return self._now

    def monotonic(self) -> float:
        return self._seconds

    def secret(self, reference: SecretRef) -> str:
        name = reference.file or reference.env or reference.credential or ""
        if name not in self._secrets:
            raise AuthNeeded(f"this test lends no secret {name!r}", kind=name)
        return self._secrets[name]

    def advance(self, seconds: float) -> None:
        """Let time pass: wall clock and monotonic clock alike."""
        self._now += timedelta(seconds=seconds)
        self._seconds += seconds


class FolderContract:
    """What every Folder must keep. Subclass it and give `make`."""

    def make(self, path: Path) -> Folder:
        """The folder under test at `path`, which may not exist yet."""
        raise NotImplementedError

    def test_missing_folder_is_made_and_empty(self, tmp_path: Path) -> None:
        """A fresh shop has no drop folder; asking for its files must not fail."""
        assert list(run_now(self.make(tmp_path / "a" / "b").list())) == []

    def test_write_then_read_and_write_again(self, tmp_path: Path) -> None:
        """A second write must replace the first wholly, and leave no spare files that a reader could take for orders."""
        folder = self.make(tmp_path)
        run_now(folder.write("x.csv", b"one, longer"))
        run_now(folder.write("x.csv", b"two"))
        assert run_now(folder.read("x.csv", 10)) == b"two"
        assert [entry.name for entry in run_now(folder.list())] == ["x.csv"]

    def test_read_refuses_what_is_larger_than_the_limit(self, tmp_path: Path) -> None:
        """A huge file must not be taken into memory."""
        folder = self.make(tmp_path)
        run_now(folder.write("x", b"12345"))
        assert run_now(folder.read("x", 5)) == b"12345"
        with pytest.raises(ValueError, match="x"):
            run_now(folder.read("x", 4))

    def test_missing_file_raises_oserror(self, tmp_path: Path) -> None:
        """A vanished file is told from an empty one."""
        with pytest.raises(FileNotFoundError):
            run_now(self.make(tmp_path).read("nothing", 10))

    def test_append_makes_and_extends(self, tmp_path: Path) -> None:
        """Confirmations gather in one file, in order."""
        folder = self.make(tmp_path)
        run_now(folder.append("shipped/day.csv", b"a\n"))
        run_now(folder.append("shipped/day.csv", b"b\n"))
        assert run_now(folder.read("shipped/day.csv", 10)) == b"a\nb\n"

    def test_rename_moves_and_makes_the_sub_folder(self, tmp_path: Path) -> None:
        """A finished file leaves the drop folder exactly once."""
        folder = self.make(tmp_path)
        run_now(folder.write("x", b"1"))
        run_now(folder.rename("x", "done/x"))
        assert run_now(folder.list())[0].regular is False
        assert [entry.name for entry in run_now(folder.list("done"))] == ["x"]

    def test_rename_never_replaces(self, tmp_path: Path) -> None:
        """Yesterday's finished file of the same name must survive."""
        folder = self.make(tmp_path)
        run_now(folder.write("x", b"new"))
        run_now(folder.write("done/x", b"old"))
        with pytest.raises(FileExistsError):
            run_now(folder.rename("x", "done/x"))
        assert run_now(folder.read("done/x", 10)) == b"old"
        assert run_now(folder.read("x", 10)) == b"new"

    @pytest.mark.parametrize("name", ["../x", "/etc", "a/../x", "a/b/c", "", ".", "..", "a/", "/", "a\0b", "a//b"])
    def test_names_stay_inside(self, tmp_path: Path, name: str) -> None:
        """A file name from outside must never reach another folder."""
        folder = self.make(tmp_path / "inside")
        works = (folder.read(name, 10), folder.write(name, b""), folder.append(name, b""), folder.rename(name, "y"))
        for work in works:
            with pytest.raises(ValueError, match="inside"):
                run_now(work)

    def test_symbolic_links_are_not_followed(self, tmp_path: Path) -> None:
        """A link dropped into the folder must not make the daemon read or write somewhere else."""
        outside = tmp_path / "outside"
        outside.mkdir()
        (outside / "secret").write_bytes(b"secret")
        folder = self.make(tmp_path / "inside")
        run_now(folder.list())
        (tmp_path / "inside" / "file").symlink_to(outside / "secret")
        (tmp_path / "inside" / "sub").symlink_to(outside)
        assert all(not entry.regular for entry in run_now(folder.list()))
        for work in (folder.read("file", 10), folder.read("sub/secret", 10), folder.append("file", b"x")):
            with pytest.raises(OSError):  # the errno differs by system call
                run_now(work)
        for work in (folder.write("sub/new", b"x"), folder.rename("file", "y"), folder.append("sub/secret", b"x")):
            with pytest.raises(OSError):  # the errno differs by system call
                run_now(work)
        assert (outside / "secret").read_bytes() == b"secret"
        assert [entry.name for entry in outside.iterdir()] == ["secret"]

    def test_listing_is_oldest_first_with_facts(self, tmp_path: Path) -> None:
        """Files are worked through in the order in which they were dropped."""
        folder = self.make(tmp_path)
        for name, second in (("b", 20), ("a", 30), ("c", 10)):
            run_now(folder.write(name, b"123"))
            os.utime(tmp_path / name, ns=(second * 10**9, second * 10**9))
        found = run_now(folder.list())
        assert [(entry.name, entry.mtime_ns // 10**9, entry.size) for entry in found] == [
            ("c", 10, 3),
            ("b", 20, 3),
            ("a", 30, 3),
        ]
        assert all(entry.regular for entry in found)
        assert len({entry.inode for entry in found}) == 3
