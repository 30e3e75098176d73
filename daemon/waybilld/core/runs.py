"""Runs of own delivery: which shipments may go on one, who may see its sheet, and what the sheet shows. Values alone."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass

from waybilld.core.lifecycle import State
from waybilld.core.policy import OWN_DELIVERY
from waybilld_sdk.labels import LabelLine, LabelRequest
from waybilld_sdk.orders import Consignee

MOST_STOPS = 500
"""Stops of one run: more than any driver's day, and a sheet that is still drawn within seconds."""

SHEET_MM = (210.0, 297.0)
"""A4 (ISO 216); the offices that print sheets on US Letter let the printer fit it."""

SHEET_DOTS_PER_MM = 300 / 25.4
"""300 dpi, which every office printer has; 500 stops take 1.3 seconds and 2.7 MB."""


class RunState(enum.StrEnum):
    """How far a run is. Closing shreds its sheet."""

    OPEN = "open"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Person:
    """A user of the system, as the kernel vouches for it; `name` is empty where the system knows none."""

    uid: int
    name: str

    def __str__(self) -> str:
        return f"user {self.name} (id {self.uid})" if self.name else f"user id {self.uid}"


@dataclass(frozen=True, slots=True)
class Dispatchers:
    """Who may open and close runs and see their sheets: users and groups of the system by their numbers."""

    users: frozenset[int]
    groups: frozenset[int]

    def include(self, uid: int, gids: Sequence[int]) -> bool:
        """Whether a process of this user and these groups is a dispatcher's."""
        return uid in self.users or not self.groups.isdisjoint(gids)


@dataclass(frozen=True, slots=True)
class Candidate:
    """What decides whether a shipment may go on a run. `block` is the code of an open blocking case, `open_run` the open run
    that it stands on. `form` is the consignee's, empty where the order's text was shredded."""

    state: State
    account: str | None
    own_delivery: bool
    block: str | None
    open_run: int | None
    form: str


def why_not(found: Candidate | None) -> str:
    """Why a shipment may not go on a run, in a sentence; empty when it may. None: there is no such shipment."""
    if found is None:
        return "there is no such shipment"
    if found.account is None:
        return f"it is {found.state}, and no carrier is chosen yet"
    if not found.own_delivery:
        return f"its carrier {found.account} does not have the mode {OWN_DELIVERY}"
    if found.state not in (State.PRINTED, State.VERIFIED):
        return f"it is {found.state}: only printed and verified parcels can go out"
    if found.block is not None:
        return f"it waits for a person ({found.block})"
    if found.open_run is not None:
        return f"it stands on run {found.open_run}, which is open"
    if not found.form:
        return "its address was deleted as the retention rules ask"
    if found.form == "cipher":
        return "the platform gave its address in cipher only, which no driver can read"
    return ""


def refusal(reasons: Sequence[tuple[int, str]]) -> str:
    """Every refused shipment with its reason, those of one reason together, in one sentence."""
    alike: dict[str, list[str]] = {}
    for shipment, reason in reasons:
        alike.setdefault(reason, []).append(str(shipment))
    told = [f"shipment{'s' if len(which) > 1 else ''} {', '.join(which)}: {why}" for why, which in alike.items()]
    return "no run was opened; " + "; ".join(told)


@dataclass(frozen=True, slots=True)
class Stop:
    """One stop as the driver reads it: waybill number, how many parcels, and to whom, in full."""

    waybill: str
    pieces: int
    consignee: Consignee


def sheet_request(name: str, stops: Sequence[Stop]) -> LabelRequest:
    """The run sheet as a renderer is asked for it: unmasked, one line a stop, in stop order."""
    lines = tuple(LabelLine(stop.waybill, "", stop.pieces, consignee=stop.consignee) for stop in stops)
    return LabelRequest(
        kind="run",
        dots_per_mm=SHEET_DOTS_PER_MM,
        media_mm=SHEET_MM,
        mode=OWN_DELIVERY,
        batch=name,
        lines=lines,
        mask=False,
    )
