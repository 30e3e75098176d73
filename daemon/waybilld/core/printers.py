"""What people can tell a printer."""

from __future__ import annotations

import enum


class Mode(enum.StrEnum):
    """`open`: it prints. `draining`: it finishes what it has begun of an order and then pauses. `paused`: it takes
    nothing."""

    OPEN = "open"
    DRAINING = "draining"
    PAUSED = "paused"
