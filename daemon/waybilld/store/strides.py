"""Several steps of one shipment in one unit: what the pure stages decide in one pass."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from waybilld.core import lifecycle
from waybilld.core.jobs import JobState
from waybilld.core.lifecycle import Event
from waybilld.core.policy import Policies
from waybilld.store import schema
from waybilld.store.shipments import Shipment, enqueue_all
from waybilld.store.sql import update_by_id
from waybilld.store.tx import Entry, Tx

_s, _j = schema.shipment, schema.job


@dataclass(frozen=True, slots=True)
class Stride:
    """One step of several that are taken in one unit. `rows(entry)` adds rows that belong to its journal entry."""

    event: Event
    facts: dict[str, Any]
    columns: dict[str, Any]
    rows: Callable[[Entry], None]


def stepped(seen: Shipment, event: Event, columns: dict[str, Any]) -> Shipment:
    """The shipment as one step leaves it. Raises `Refused` when no rule allows the event."""
    return replace(seen, state=lifecycle.step(seen.state, event).state, version=seen.version + 1, **columns)


def run_through(
    tx: Tx, seen: Shipment, strides: Sequence[Stride], policies: Policies, job: int, *, onward: bool
) -> Shipment:
    """Take several steps at once; the shipment as they leave it. Raises `Refused` when no rule allows one of them.

    Each step has its own journal entry and version; the row is written once. What a step would have enqueued is what comes
    after it here, so that work is enqueued for the last step only, and for that one only where the shipment goes `onward`.
    """
    written: dict[str, Any] = {}
    for number, stride in enumerate(strides, 1):
        before, seen = seen, stepped(seen, stride.event, stride.columns)
        given = {"event": stride.event.value, "from": before.state.value, "to": seen.state.value, **stride.facts}
        changed = {"state": seen.state.value, "version": seen.version, **stride.columns}
        with tx.entry(f"shipment.{stride.event}", shipment=seen.id, job=job, version=seen.version, **given) as entry:
            stride.rows(entry)
            entry.tell(_s, seen.id, **changed)
            if number == 1:
                entry.update(_j, job, state=JobState.DONE.value)
            if onward and number == len(strides):
                enqueue_all(entry, tx, seen, lifecycle.step(before.state, stride.event), policies)
        written |= changed
    tx.run.run(update_by_id(_s, tuple(written)), id_=seen.id, **written)
    return seen
