"""The closed taxonomy of what can go wrong in an adapter, by what the host shall do about it.

Anything else that an adapter raises is a bug of the plugin: it is counted, and N bugs in a window quarantine the instance.
The message of each error is for a person: what happened, where, and what to do.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Literal


class AdapterError(Exception):
    """Base of the taxonomy; never raised itself. All of them survive the way back from a worker process."""

    def __reduce__(self) -> tuple[Callable[..., AdapterError], tuple[object, ...]]:
        return _rebuilt, (type(self), self.args, dict(self.__dict__))


def _rebuilt(cls: type[AdapterError], args: tuple[object, ...], facts: dict[str, object]) -> AdapterError:
    error = cls.__new__(cls)
    error.args = args
    error.__dict__.update(facts)
    return error


class Retry(AdapterError):
    """A passing failure: try again, not before `after` seconds if given. The foreign side surely did nothing."""

    def __init__(self, message: str, after: float | None = None) -> None:
        super().__init__(message)
        self.after = after


class Throttled(AdapterError):
    """The foreign side asks for fewer calls until an instant (UTC); `scope` says for what: this call or the account."""

    def __init__(self, message: str, until: datetime, scope: Literal["call", "account"] = "account") -> None:
        super().__init__(message)
        self.until = until
        self.scope = scope


class AuthNeeded(AdapterError):
    """Credentials are missing, expired or refused; a person must act. `kind` names the credential."""

    def __init__(self, message: str, kind: str) -> None:
        super().__init__(message)
        self.kind = kind


class Hold(AdapterError):
    """This shipment alone needs a person; others go on. `code` is a kebab-case case code."""

    def __init__(self, message: str, code: str = "adapter-hold") -> None:
        super().__init__(message)
        self.code = code


class Reject(AdapterError):
    """The foreign side refused the request for good, with its problems in a person's words."""

    def __init__(self, *problems: str) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


class Conflict(AdapterError):
    """The thing exists already; `existing` is its foreign reference."""

    def __init__(self, message: str, existing: str) -> None:
        super().__init__(message)
        self.existing = existing


class InDoubt(AdapterError):
    """The foreign side may have acted: settled by asking, never by trying again."""


class StopQueue(AdapterError):
    """Nothing on this account or device can go on until a person acts (empty number range, suspended account)."""


class NotReady(AdapterError):
    """The device or service is not ready now; the host asks again later and says so once."""
