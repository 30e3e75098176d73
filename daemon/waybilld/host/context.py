"""`ctx` in the daemon: real sockets, files, processes and clock behind the SDK's `Context`."""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol, TypeVar

from twisted.logger import Logger

from waybilld.host.wakeups import Signal
from waybilld_sdk.context import Folder, Http, Kv, Limits, Stream
from waybilld_sdk.errors import AuthNeeded
from waybilld_sdk.settings import SecretRef

T = TypeVar("T")
log = Logger()


class Lender(Protocol):
    """What the daemon, or a simulation, can lend to all instances."""

    http: Http

    async def dial(self, host: str, port: int, send_buffer: int, user_timeout: float, connect_timeout: float) -> Stream: ...

    def folder(self, path: Path) -> Folder: ...

    def work(self, fn: Callable[..., T], *args: object, limits: Limits) -> Awaitable[T]: ...

    def sleep(self, seconds: float) -> Awaitable[None]: ...

    def now(self) -> datetime: ...

    def monotonic(self) -> float: ...


class InstanceLog:
    """An instance's log: its name stands on every line."""

    def __init__(self, instance: str) -> None:
        self._instance = instance

    def info(self, event: str, **facts: object) -> None:
        """Something happened that a sysadmin may want to know."""
        log.info("{instance}: {event} {facts}", instance=self._instance, event=event, facts=_told(facts))

    def warn(self, event: str, **facts: object) -> None:
        """Something that a person should look at."""
        log.warn("{instance}: {event} {facts}", instance=self._instance, event=event, facts=_told(facts))


def _told(facts: Mapping[str, object]) -> str:
    return " ".join(f"{k}={v!r}" for k, v in facts.items())


@dataclass(frozen=True, slots=True)
class InstanceContext:
    """One instance's `ctx`. `base` is the folder that relative paths in its settings start from."""

    instance: str
    kv: Kv
    log: InstanceLog
    lender: Lender
    base: Path

    @property
    def http(self) -> Http:
        """The shared HTTPS client."""
        return self.lender.http

    async def dial(self, host: str, port: int, *, send_buffer: int, user_timeout: float, connect_timeout: float) -> Stream:
        """Open one TCP connection."""
        return await self.lender.dial(host, port, send_buffer, user_timeout, connect_timeout)

    def folder(self, path: str) -> Folder:
        """A folder."""
        return self.lender.folder(self.base / path)

    async def work(self, fn: Callable[..., T], *args: object, limits: Limits = Limits()) -> T:  # noqa: B008 - frozen value
        """Run a function in a worker process."""
        return await self.lender.work(fn, *args, limits=limits)

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await self.lender.sleep(seconds)

    def signal(self) -> Signal:
        """A new signal."""
        return Signal()

    def now(self) -> datetime:
        """The wall clock, UTC."""
        return self.lender.now()

    def monotonic(self) -> float:
        """Seconds that never step."""
        return self.lender.monotonic()

    def secret(self, reference: SecretRef) -> str:
        """The value behind a reference; read anew each time, so that a rotated secret is seen."""
        return read_secret(reference, self.base)


def read_secret(reference: SecretRef, base: Path) -> str:
    """The secret that a reference names, without a trailing newline. Raises `AuthNeeded`: a person must put it there.

    Credentials stand in the folder that systemd names in CREDENTIALS_DIRECTORY (systemd.exec(5), LoadCredential=).
    """
    if reference.env is not None:
        value = os.environ.get(reference.env)
        if value is None:
            raise AuthNeeded(f"the environment variable {reference.env} is not set", kind=reference.env)
        return value
    if reference.credential is not None:
        folder = os.environ.get("CREDENTIALS_DIRECTORY")
        if folder is None:
            text = f"credential {reference.credential}: systemd passed none (LoadCredential= in the unit)"
            raise AuthNeeded(text, kind=reference.credential)
        path = Path(folder) / reference.credential
    else:
        path = base / (reference.file or "")
    try:
        return path.read_text("utf-8").rstrip("\n")
    except (OSError, UnicodeDecodeError) as e:
        why = e.strerror if isinstance(e, OSError) else "it is no UTF-8 text"
        raise AuthNeeded(f"the secret in {path} cannot be read: {why}", kind=path.name) from e
