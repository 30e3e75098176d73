"""The intercept list: labels on paper, or perhaps on paper, that must not go on a parcel."""

from __future__ import annotations

import enum


class InterceptState(enum.StrEnum):
    """`open → found | gone`."""

    OPEN = "open"
    FOUND = "found"
    """Somebody has it in hand, and throws it away."""
    GONE = "gone"
    """It turned out that it never came out."""
