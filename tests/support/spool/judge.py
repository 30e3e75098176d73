"""What must hold of labels when a run with faults is over: the daemon's ledger against the printers' own trays. Pure.

The trays are never seen by the daemon, and nothing here uses its verbs. A `name` is what stands on paper: the serial with
its copy number, so that a marked copy counts apart.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

_LIVE = {"prepared", "sending", "sent"}


@dataclass(frozen=True, slots=True)
class Tried:
    """One attempt of the ledger: which label, where, and its last state."""

    name: str
    printer: str
    state: str


@dataclass(frozen=True, slots=True)
class Came:
    """One piece of media of a tray. `name` is empty for what is no whole label of ours."""

    name: str
    printer: str


@dataclass(frozen=True, slots=True)
class Known:
    """One label of the ledger. `listed`: it stands on a list for a person to look at. `needed`: a parcel waits for it;
    a separator, or a label that another copy has superseded, may also end as surely not printed."""

    name: str
    listed: bool = False
    needed: bool = True


def judge(labels: Iterable[Known], tried: Sequence[Tried], came: Sequence[Came]) -> list[str]:
    """What is wrong, one sentence each.

    proven: in the trays exactly once, and in that printer's; never proven and never unconfirmed: in no tray; unconfirmed:
    at most once, and listed. Every label that is needed ends as one or the other.
    """
    by_name: Mapping[str, list[Tried]] = defaultdict(list)
    for one in tried:
        by_name[one.name].append(one)
    known = {label.name: label for label in labels}
    out: Mapping[str, list[str]] = defaultdict(list)
    for piece in came:
        out[piece.name].append(piece.printer)
    problems = [f"{printer} gave out a piece that is no whole label of ours" for printer in out.get("", ())]
    problems += [f"{name} came out and stands in no ledger" for name in out if name and name not in known]
    for label in known.values():
        problems += _label(label, by_name[label.name], out.get(label.name, []))
    return problems


def _label(label: Known, tried: Sequence[Tried], out: Sequence[str]) -> list[str]:
    name = label.name
    states = Counter(one.state for one in tried)
    said = _said(tried)
    problems = []
    if any(states[state] for state in _LIVE):
        problems.append(f"{name} is still open: {said}")
    if states["proven"] > 1:
        problems.append(f"{name} is proven {states['proven']} times: {said}")
    if states["unconfirmed"] and tried[-1].state != "unconfirmed":
        problems.append(f"{name} was sent again as the same copy although nobody could say what became of it: {said}")
    if states["proven"]:
        where = next(one.printer for one in tried if one.state == "proven")
        if list(out) != [where]:
            problems.append(f"{name} is proven on {where} and lies in the trays of {list(out)}: {said}")
    elif states["unconfirmed"]:
        if len(out) > 1:
            problems.append(f"{name} is unconfirmed and came out {len(out)} times, of {list(out)}: {said}")
        if label.needed and not label.listed:
            problems.append(f"{name} is unconfirmed and stands on no list: {said}")
    else:
        if label.needed:
            problems.append(f"{name} ended neither proven nor unconfirmed: {said}")
        if out:
            problems.append(f"{name} came out of {list(out)}, and its attempts deny it: {said}")
    return problems


def _said(tried: Sequence[Tried]) -> str:
    """The attempts in their order, equal ones in a row counted."""
    runs = [(what, len(list(same))) for what, same in groupby(f"{one.state} on {one.printer}" for one in tried)]
    return ", ".join(f"{count} times {what}" if count > 1 else what for what, count in runs) or "never tried"
