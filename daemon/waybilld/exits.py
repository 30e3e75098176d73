"""Exit codes: 64 to 78 are those of BSD's sysexits(3), so that cron jobs and service managers can tell the cases apart."""

from __future__ import annotations

import enum


class Exit(enum.IntEnum):
    """What the exit code of a process says."""

    DONE = 0
    FINDINGS = 1
    USAGE = 64
    BAD_DATA = 65
    NOT_RUNNING = 69
    BUG = 70
    TRY_LATER = 75
    CONFIG = 78
