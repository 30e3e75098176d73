"""The pure decisions: given what was seen and what plugins said, which event follows, and why.

Each decision carries its inputs by value or digest, so that history can be replayed through other rules.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from waybilld.core.lifecycle import Event
from waybilld.core.policy import ShopPolicy
from waybilld_sdk.decide import Candidate, Choice, Problem


@dataclass(frozen=True, slots=True)
class Decision:
    """`event` None: the shipment stays where it is, and `problems` say why. `columns` are set with the step."""

    event: Event | None
    problems: tuple[Problem, ...] = ()
    columns: dict[str, Any] = field(default_factory=dict)
    facts: dict[str, Any] = field(default_factory=dict)


def check(problems: Sequence[Problem]) -> Decision:
    """Accepted unless a problem holds; warnings go along as cases that do not block."""
    holds = [p for p in problems if p.severity == "hold"]
    codes = [p.code for p in problems]
    return Decision(None if holds else Event.CHECKED, tuple(problems), facts={"problems": codes})


def allocate(policy: ShopPolicy, chosen: str | None) -> Decision:
    """The warehouse that a plugin chose, else the shop's first."""
    if chosen is not None and chosen not in policy.warehouses:
        text = f"warehouse {chosen!r} is not one of this shop's: {', '.join(policy.warehouses) or 'none'}"
        return Decision(None, (Problem("warehouse-unknown", text),))
    if chosen is None and not policy.warehouses:
        text = "the shop has no warehouse: name one in its `warehouses`"
        return Decision(None, (Problem("no-warehouse", text),))
    warehouse = chosen or policy.warehouses[0]
    return Decision(Event.ALLOCATED, columns={"warehouse": warehouse}, facts={"warehouse": warehouse})


def route(candidates: Sequence[Candidate], chosen: Choice | None) -> Decision:
    """The chosen service, else the first candidate in the shop's own order of carriers."""
    if not candidates:
        text = "no carrier of this shop can take the parcel: see `carriers` of the shop, and what they refused"
        return Decision(None, (Problem("no-carrier", text),))
    if chosen is not None and (chosen.account, chosen.service) not in {(c.account, c.quote.service) for c in candidates}:
        text = f"routing chose {chosen.account}/{chosen.service}, which is not a candidate"
        return Decision(None, (Problem("route-impossible", text),))
    account, service, reason = (
        (chosen.account, chosen.service, chosen.reason)
        if chosen
        else (candidates[0].account, candidates[0].quote.service, "first of the shop's carriers")
    )
    facts = {
        "candidates": [[c.account, c.quote.service] for c in candidates],
        "chosen": [account, service],
        "reason": reason,
    }
    return Decision(Event.ROUTED, columns={"carrier_account": account, "service": service}, facts=facts)


def release(policy: ShopPolicy) -> Decision:
    """Released at once where the shop's policy says so; else a person releases."""
    if policy.release_automatically:
        return Decision(Event.RELEASED)
    text = "the shop releases by hand: look at the plan, then release"
    return Decision(None, (Problem("release-by-hand", text),))
