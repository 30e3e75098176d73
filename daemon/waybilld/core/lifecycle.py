"""The life of a shipment as data: how far evidence has carried it, and which work each event enqueues.

A shipment has one state. "Held" is no state but a view: at least one open blocking case. The docs' table and graph are
generated from `RULES`.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass


class State(enum.StrEnum):
    """How far evidence has carried a shipment."""

    RECEIVED = "received"
    ACCEPTED = "accepted"
    ALLOCATED = "allocated"
    PLANNED = "planned"
    RELEASED = "released"
    LABELLED = "labelled"
    RENDERED = "rendered"
    PRINTED = "printed"
    VERIFIED = "verified"
    HANDED_OVER = "handed_over"
    IN_TRANSIT = "in_transit"
    DELIVERED = "delivered"
    REFUSED = "refused"
    DAMAGED = "damaged"
    LOST = "lost"
    RETURNED = "returned"
    CANCELLING = "cancelling"
    VOIDING = "voiding"
    INTERCEPTING = "intercepting"
    CANCELLED = "cancelled"
    SUPERSEDED = "superseded"


class Event(enum.StrEnum):
    """What can happen to a shipment."""

    INGESTED = "ingested"
    CHECKED = "checked"
    ALLOCATED = "allocated"
    ROUTED = "routed"
    RELEASED = "released"
    BOUGHT = "bought"
    REFUSED = "refused"
    RENDERED = "rendered"
    PRINTED = "printed"
    SCANNED = "scanned"
    HANDED_OVER = "handed_over"
    MOVED = "moved"
    DELIVERED = "delivered"
    REFUSED_BY_BUYER = "refused_by_buyer"
    DAMAGED = "damaged"
    LOST = "lost"
    RETURNED = "returned"
    CHANGED = "changed"
    REPLAN = "replan"
    CANCEL = "cancel"
    MERGED = "merged"
    SPLIT = "split"
    VOIDED = "voided"
    AMENDED = "amended"
    REPRINT = "reprint"


class Work(enum.StrEnum):
    """Kinds of jobs."""

    CHECK = "check"
    ALLOCATE = "allocate"
    ROUTE = "route"
    RELEASE = "release"
    BUY = "buy"
    RENDER = "render"
    COPY = "copy"
    """Draw a further copy of one label."""
    PRINT = "print"
    CONFIRM = "confirm"
    TRACK = "track"
    FREE_STOCK = "free_stock"
    SETTLE_BUY = "settle_buy"
    VOID = "void"
    INTERCEPT = "intercept"
    NOTICE = "notice"


@dataclass(frozen=True, slots=True)
class Rule:
    """`event` in any of `sources` (None: the row is born) leads to `target` and enqueues `work`.

    `target` None keeps the state. CONFIRM in `work` is enqueued when the shop's confirm policy names the target.
    """

    sources: tuple[State | None, ...]
    event: Event
    target: State | None
    work: tuple[Work, ...] = ()


S, E, W = State, Event, Work
_BEFORE_RELEASE = (S.RECEIVED, S.ACCEPTED, S.ALLOCATED, S.PLANNED)
_WITH_LABEL = (S.LABELLED, S.RENDERED, S.PRINTED, S.VERIFIED)
_ON_THE_ROAD = (S.HANDED_OVER, S.IN_TRANSIT)

RULES: tuple[Rule, ...] = (
    Rule((None,), E.INGESTED, S.RECEIVED, (W.CHECK,)),
    Rule((S.RECEIVED,), E.CHECKED, S.ACCEPTED, (W.ALLOCATE,)),
    Rule((S.ACCEPTED,), E.ALLOCATED, S.ALLOCATED, (W.ROUTE,)),
    Rule((S.ALLOCATED,), E.ROUTED, S.PLANNED, (W.RELEASE,)),
    Rule((S.PLANNED,), E.RELEASED, S.RELEASED, (W.BUY,)),
    Rule((S.RELEASED,), E.BOUGHT, S.LABELLED, (W.RENDER,)),
    Rule((S.RELEASED,), E.REFUSED, S.ALLOCATED, (W.ROUTE,)),
    Rule((S.LABELLED,), E.RENDERED, S.RENDERED, (W.PRINT,)),
    Rule((S.RENDERED,), E.PRINTED, S.PRINTED, (W.CONFIRM,)),
    Rule((S.RENDERED, S.PRINTED), E.SCANNED, S.VERIFIED, (W.CONFIRM,)),
    Rule((S.PRINTED, S.VERIFIED), E.HANDED_OVER, S.HANDED_OVER, (W.TRACK, W.CONFIRM)),
    Rule((*_ON_THE_ROAD, S.LOST), E.MOVED, S.IN_TRANSIT, (W.NOTICE,)),
    Rule((*_ON_THE_ROAD, S.LOST, S.INTERCEPTING), E.DELIVERED, S.DELIVERED, (W.NOTICE,)),
    Rule(_ON_THE_ROAD, E.REFUSED_BY_BUYER, S.REFUSED, (W.NOTICE,)),
    Rule(_ON_THE_ROAD, E.DAMAGED, S.DAMAGED, (W.NOTICE,)),
    Rule((*_ON_THE_ROAD, S.INTERCEPTING), E.LOST, S.LOST, (W.NOTICE,)),
    Rule((*_ON_THE_ROAD, S.REFUSED, S.DAMAGED, S.LOST, S.INTERCEPTING), E.RETURNED, S.RETURNED, (W.NOTICE,)),
    Rule(_BEFORE_RELEASE, E.CHANGED, S.RECEIVED, (W.CHECK, W.FREE_STOCK)),
    Rule(_BEFORE_RELEASE, E.REPLAN, S.RECEIVED, (W.CHECK, W.FREE_STOCK)),
    Rule(_BEFORE_RELEASE, E.CANCEL, S.CANCELLED, (W.FREE_STOCK,)),
    Rule(_BEFORE_RELEASE, E.MERGED, S.SUPERSEDED),
    Rule(_BEFORE_RELEASE, E.SPLIT, S.SUPERSEDED),
    Rule((S.RELEASED,), E.CANCEL, S.CANCELLING, (W.SETTLE_BUY,)),
    Rule((S.CANCELLING,), E.BOUGHT, S.VOIDING, (W.VOID,)),
    Rule((S.CANCELLING,), E.REFUSED, S.CANCELLED, (W.FREE_STOCK,)),
    Rule(_WITH_LABEL, E.CANCEL, S.VOIDING, (W.VOID, W.INTERCEPT)),
    Rule((S.VOIDING,), E.VOIDED, S.CANCELLED, (W.FREE_STOCK,)),
    Rule(_ON_THE_ROAD, E.CANCEL, S.INTERCEPTING, (W.INTERCEPT,)),
    Rule(_WITH_LABEL, E.AMENDED, S.LABELLED, (W.RENDER, W.INTERCEPT)),
    Rule((S.PRINTED, S.VERIFIED, S.HANDED_OVER), E.REPRINT, None, (W.PRINT,)),
)

TERMINAL = frozenset({S.DELIVERED, S.RETURNED, S.CANCELLED, S.SUPERSEDED})
"""States without an exit."""

PRINT_REACHED = frozenset({S.PRINTED, S.VERIFIED, S.HANDED_OVER, S.IN_TRANSIT, S.DELIVERED})
"""States that say: the waybill label is on paper."""

_INDEX: dict[tuple[State | None, Event], Rule] = {(source, r.event): r for r in RULES for source in r.sources}


class Refused(Exception):
    """An event that no rule allows in this state: a bug of the caller, never a user's mistake."""

    def __init__(self, state: State | None, event: Event) -> None:
        super().__init__(f"no rule for event {event} in state {state or 'none'}")
        self.state = state
        self.event = event


@dataclass(frozen=True, slots=True)
class Step:
    """What one event does to a shipment: the state after it and the work to enqueue."""

    state: State
    work: tuple[Work, ...]


def allowed(state: State | None, event: Event) -> bool:
    """Whether a rule exists."""
    return (state, event) in _INDEX


def step(state: State | None, event: Event) -> Step:
    """The one step that `event` makes from `state`. Raises `Refused` where no rule allows it."""
    rule = _INDEX.get((state, event))
    if rule is None:
        raise Refused(state, event)
    target = rule.target or state
    if target is None:
        raise Refused(state, event)
    return Step(target, rule.work)


STAFFED = frozenset({W.CHECK, W.ALLOCATE, W.ROUTE, W.RELEASE, W.BUY, W.RENDER, W.COPY, W.PRINT, W.CONFIRM})
"""Kinds of work that a service does; the rules' other kinds are enqueued once theirs exists."""

BEGIN_ANEW = frozenset({E.CHANGED, E.REPLAN, E.REFUSED, E.AMENDED})
"""Events after which earlier work is done again: the shipment's round rises, so that job keys differ."""

NEEDS_TEXT = frozenset(_BEFORE_RELEASE) | {S.RELEASED, S.LABELLED, S.RENDERED, S.CANCELLING, S.VOIDING, S.INTERCEPTING}
"""States in which somebody still needs the order's own words: they are not shredded, however old."""
