"""What may be said of a foreign exception where personal data must not go: logs, metrics, the journal."""

from __future__ import annotations

import traceback
from pathlib import PurePath

_PLACES = 3


def place_of(error: BaseException) -> str:
    """Its type and the last places it came through, never its message: that may hold a buyer's name."""
    frames = traceback.extract_tb(error.__traceback__)[-_PLACES:]
    where = " < ".join(f"{PurePath(frame.filename).name}:{frame.lineno} {frame.name}" for frame in reversed(frames))
    return f"{type(error).__name__} at {where}" if where else type(error).__name__
