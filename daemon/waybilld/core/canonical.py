"""One byte form per value, and the digests that rest on it: journal chain, content hashes, keys."""

from __future__ import annotations

import dataclasses
import enum
import hashlib
import json
from datetime import datetime
from typing import Any

GENESIS = "0" * 64
"""The hash before a node's first journal entry."""


def plain(value: object) -> Any:
    """A value of dataclasses, enums, instants and tuples as plain JSON values."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, enum.Enum):
        return value.value
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, dict):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, tuple | list):
        return [plain(v) for v in value]
    if isinstance(value, str) or value is None or isinstance(value, bool | int | float):
        return value
    raise TypeError(f"{type(value).__name__} has no canonical form")


_encode = json.JSONEncoder(ensure_ascii=True, sort_keys=True, separators=(",", ":"), allow_nan=False).encode


def canonical(value: Any) -> str:
    """Canonical JSON of plain values: ASCII, sorted keys, no spaces, no NaN. Equal values, equal text."""
    return _encode(value)


def digest(text: str | bytes) -> str:
    """SHA-256 as 64 hex digits. Lone surrogates in text are digested as they are."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text).hexdigest()


def chain(previous: str, entry: str) -> str:
    """The hash of a journal entry: over the hash before it and the entry's canonical text."""
    return hashlib.sha256(f"{previous}\n{entry}".encode("ascii")).hexdigest()
