"""Spans of time as people type them: `30m`, `24h`, `7d`, `4w`."""

from __future__ import annotations

import re

_SECONDS = {"m": 60, "h": 3600, "d": 86_400, "w": 604_800}


def age_s(given: str) -> int | None:
    """The seconds of a span; None where it is none, or no time at all."""
    match = re.fullmatch(r"([0-9]{1,4})([mhdw])", given, re.ASCII)
    return (int(match[1]) * _SECONDS[match[2]] or None) if match else None
