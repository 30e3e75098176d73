"""When a pool goes on without a printer that is in the middle of a label, and who may take its labels then. Pure.

Time says here only when to ask the printer to give its label back. What became of the label, evidence decides.
"""

from __future__ import annotations

import enum
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from waybilld_sdk.printing import PrinterState, PrinterStatus


class Trouble(enum.StrEnum):
    """What keeps a printer from finishing its label."""

    NONE = "none"
    STOPPED = "stopped"
    """It says that it cannot print now."""
    SILENT = "silent"
    """It says nothing."""


class Move(enum.StrEnum):
    """What a lane does about the label that its printer holds."""

    WAIT = "wait"
    CANCEL = "cancel"
    """Have the printer give the label back, with proof."""
    LEAVE = "leave"
    """Nobody can ask the printer: the pool goes on without knowing."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a pool waits, in seconds: `cancel_s` for a fault to be cleared, `leave_s` for an answer."""

    cancel_s: float
    leave_s: float


DEFAULT_PATIENCE = Patience(10.0, 30.0)


def trouble_of(status: PrinterStatus | None) -> Trouble:
    """What a look at the printer says; None where the adapter could not even look.

    A printer that cannot tell its state is in no trouble for that alone: it gives no reason with `unknown`.
    """
    if status is None or (status.state is PrinterState.UNKNOWN and status.reasons):
        return Trouble.SILENT
    return Trouble.STOPPED if status.state is PrinterState.STOPPED else Trouble.NONE


def next_move(trouble: Trouble, stands_s: float, *, relief: bool, patience: Patience) -> Move:
    """`stands_s`: for how long the trouble has stood. `relief`: another printer could take the label now. Without one
    nothing is gained by giving the label up: it comes out here when the printer is well again.

    A printer that stopped and does not show whether it gave the label back is left as one that says nothing is.
    """
    if not relief or trouble is Trouble.NONE:
        return Move.WAIT
    if trouble is Trouble.SILENT:
        return Move.LEAVE if stands_s >= patience.leave_s else Move.WAIT
    if stands_s >= patience.cancel_s + patience.leave_s:
        return Move.LEAVE
    return Move.CANCEL if stands_s >= patience.cancel_s else Move.WAIT


@dataclass(frozen=True, slots=True)
class Post:
    """Where a printer stands: its own pool (empty: none) and those that it is a backup of."""

    pool: str
    backs: tuple[str, ...] = ()


def serves(name: str, posts: Mapping[str, Post], usable: Collection[str]) -> tuple[str, ...]:
    """The pools whose labels a printer takes now: its own, and each that it backs while none of that pool's own is
    usable."""
    post = posts[name]
    own = (post.pool,) if post.pool else ()
    left = tuple(pool for pool in post.backs if not any(posts[other].pool == pool for other in usable))
    return own + left


def relief_for(name: str, posts: Mapping[str, Post], usable: Collection[str]) -> bool:
    """Whether another printer could take this one's labels now."""
    pool = posts[name].pool
    pools = {pool} if pool else set(posts[name].backs)
    others = (other for other in usable if other != name)
    return any(posts[other].pool in pools or pools.intersection(posts[other].backs) for other in others)
