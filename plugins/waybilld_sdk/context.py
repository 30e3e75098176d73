"""What the host lends to an adapter: all of its I/O, its clock, its secrets and its small durable store.

In the daemon these are backed by real sockets, files and processes; a simulation supplies the same object with its own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol, TypeVar

from waybilld_sdk.settings import SecretRef

T = TypeVar("T")


class Stream(Protocol):
    """One TCP connection to a device."""

    async def write(self, data: bytes) -> None:
        """Hand bytes to the kernel, waiting while its buffer is full. Raises `ConnectionError` when cut."""

    async def acked(self, timeout: float) -> bool:
        """Wait until the peer's TCP acknowledged every byte written; False after `timeout` seconds."""

    async def read(self, limit: int, timeout: float) -> bytes:
        """Up to `limit` bytes as they come; b"" when nothing came within `timeout` seconds. `EOFError` at the end."""

    async def close(self) -> None:
        """Close in order: half-close, then wait shortly for the peer. Never raises."""


class Folder(Protocol):
    """One folder of the file system. Names are plain file names or `sub/name`; a name that leaves the folder is refused."""

    path: Path

    async def list(self, sub: str = "") -> Sequence[FileInfo]:
        """Regular files, oldest first; a folder or device in a file's place is listed with `regular` False."""

    async def read(self, name: str, limit_bytes: int) -> bytes:
        """The whole file; raises `OSError`, or `ValueError` when it is larger than the limit."""

    async def write(self, name: str, data: bytes) -> None:
        """Write atomically and durably: temporary file, fsync, rename, fsync of the folder."""

    async def append(self, name: str, data: bytes) -> None:
        """Append durably (fsync before returning)."""

    async def rename(self, name: str, to: str) -> None:
        """Rename within the folder, durably, making the target's sub-folder where needed; never over an existing file."""


@dataclass(frozen=True, slots=True)
class FileInfo:
    """A file as listed: size in bytes, modification time in nanoseconds since the epoch, and its inode."""

    name: str
    size: int
    mtime_ns: int
    inode: int
    regular: bool


@dataclass(frozen=True, slots=True)
class Limits:
    """Caps of one call to a worker process: wall seconds, after which the process is killed and replaced."""

    seconds: float = 30.0


class Kv(Protocol):
    """A small durable map of this instance. Values are text of at most 64 KiB."""

    async def get(self, key: str) -> str | None:
        """The value, or None."""

    async def put(self, values: Mapping[str, str | None], expect: Mapping[str, str | None]) -> bool:
        """Set all `values` (None deletes) in one durable commit, if every key in `expect` still has that value
        (None: absent); False and no change otherwise."""


class Signal(Protocol):
    """Lets one call of an instance wait for another, so that calls that run side by side can share one fsync."""

    def fire(self) -> None:
        """Wake everybody who waits, and whoever waits later. Repeatable."""

    async def wait(self) -> None:
        """Return once the signal has been fired; at once where it has been."""


class Log(Protocol):
    """Structured log. `event` is a constant sentence, `facts` its values; never personal data."""

    def info(self, event: str, **facts: object) -> None: ...

    def warn(self, event: str, **facts: object) -> None: ...


@dataclass(frozen=True, slots=True)
class HttpResponse:
    """A whole HTTP answer."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Http(Protocol):
    """HTTPS client with the host's limits: size, time, redaction; no redirects."""

    async def request(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes = b"", timeout: float = 20.0
    ) -> HttpResponse:
        """One call. Raises `Retry` when it surely did not reach the peer, `InDoubt` when it may have."""


class Context(Protocol):
    """`ctx`: everything an adapter may use to reach the world."""

    @property
    def instance(self) -> str:
        """The instance's name, as logs show it."""

    @property
    def log(self) -> Log: ...

    @property
    def kv(self) -> Kv: ...

    @property
    def http(self) -> Http: ...

    async def dial(self, host: str, port: int, *, send_buffer: int, user_timeout: float, connect_timeout: float) -> Stream:
        """Open one TCP connection. `send_buffer` in bytes (SO_SNDBUF), `user_timeout` in seconds (TCP_USER_TIMEOUT).
        Raises `ConnectionError` or `TimeoutError`; then surely no byte was sent."""

    def folder(self, path: str) -> Folder:
        """A folder, made where it does not exist."""

    async def work(self, fn: Callable[..., T], *args: object, limits: Limits = Limits()) -> T:
        """Run a top-level function of the adapter's `work` module in a killable worker process."""

    async def sleep(self, seconds: float) -> None: ...

    def signal(self) -> Signal:
        """A new signal, not fired yet. It lives in memory only."""

    def now(self) -> datetime:
        """The wall clock, UTC."""

    def monotonic(self) -> float:
        """Seconds that never step."""

    def secret(self, reference: SecretRef) -> str:
        """The value behind a settings field, read anew each time. Raises `AuthNeeded` when it cannot be read."""
