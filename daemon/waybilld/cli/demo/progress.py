"""How far the orders have come: a value made from what the daemon says of itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from waybilld.cli.client import Api
from waybilld.cli.demo.place import Place
from waybilld.http.shapes import PrinterRow, StatusReply
from waybilld.http.table import PRINTERS, STATUS
from waybilld_sdk.files.words import printable

_SHOWN_STATES = ("printed", "rendered", "labelled", "released", "planned", "allocated", "accepted", "received")


@dataclass(frozen=True, slots=True)
class Progress:
    """One look at everything.

    `waiting` are dropped files that were not put away yet; `states` counts shipments; `working` counts those that are
    neither blocked nor done with: a job of theirs is open. `blocked` ones wait for a person.
    """

    ready: bool
    orders: int
    waiting: tuple[str, ...]
    states: Mapping[str, int]
    blocked: int
    working: int
    unconfirmed: int
    advice: tuple[str, ...]
    """What printers that stand still want, one sentence each."""

    @property
    def total(self) -> int:
        """All shipments."""
        return sum(self.states.values())

    @property
    def finished(self) -> bool:
        """Nothing goes on by itself any more: every order is finished or waits for a person."""
        return not self.waiting and self.working == 0

    def line(self) -> str:
        """The whole look on one line."""
        parts = [f"{self.total} parcels"]
        parts += [f"{self.states[name]} {name}" for name in _SHOWN_STATES if self.states.get(name)]
        others = sum(count for name, count in self.states.items() if name not in _SHOWN_STATES)
        parts += [f"{others} elsewhere"] if others else []
        parts += [f"{self.blocked} blocked"] if self.blocked else []
        parts += [f"{self.unconfirmed} unconfirmed"] if self.unconfirmed else []
        parts += [f"{self.working} in work"] if self.working else []
        parts += [f"files to read: {len(self.waiting)}"] if self.waiting else []
        return " · ".join([*parts, *self.advice])

    def still_open(self) -> str:
        """What was not finished, for a person whose time limit is over."""
        parts = [f"{self.working} parcels in work"] if self.working else []
        parts += [f"dropped files that were not read: {', '.join(map(printable, self.waiting))}"] if self.waiting else []
        parts += list(self.advice)
        return "; ".join(parts)


def progress(status: StatusReply, printers: Sequence[PrinterRow], waiting: tuple[str, ...]) -> Progress:
    """One look from the API's answers."""
    return Progress(
        ready=status["ready"],
        orders=status["orders"],
        waiting=waiting,
        states=status["shipments"],
        blocked=status["blocked"],
        working=status["working"],
        unconfirmed=status["unconfirmed"],
        advice=tuple(printable(f"{p['name']}: {p['advice']}") for p in printers if p["state"] == "stopped" and p["advice"]),
    )


def look(api: Api, place: Place) -> Progress:
    """Ask the daemon, and look into the drop folder. Raises what `Api` raises."""
    # In this order: a file is put away after its orders stand in the database, so that none is seen in neither place.
    waiting = place.waiting_files()
    status: StatusReply = api.get(STATUS.path)
    stopped = any(printer["state"] == "stopped" for printer in status["printers"])
    printers: Sequence[PrinterRow] = api.get(PRINTERS.path)["printers"] if stopped else ()
    return progress(status, printers, waiting)
