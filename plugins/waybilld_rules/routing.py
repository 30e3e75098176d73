"""Choosing carrier and service: the buyer's wish where a carrier offers it, else the shop's own order of carriers."""

from __future__ import annotations

from waybilld_sdk.decide import Choice, RouteView


def choose(view: RouteView) -> Choice | None:
    """The first candidate that carries the service the buyer asked for; None leaves it to the shop's order."""
    wanted = view.service_wanted.strip().casefold()
    if not wanted:
        return None
    for candidate in view.candidates:
        if candidate.quote.service.casefold() == wanted:
            return Choice(candidate.account, candidate.quote.service, "the service that the buyer chose")
    return None
