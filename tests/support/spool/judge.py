"""What must hold of labels when a run with faults is over: the daemon's ledger against the printers' own trays. Pure.

The trays are never seen by the daemon, and nothing here uses its verbs. A `name` is what stands on paper: the serial with
its copy number, so that a marked copy counts apart.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

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


def judge(names: Iterable[str], tried: Sequence[Tried], came: Sequence[Came], listed: Iterable[str]) -> list[str]:
    """What is wrong, one sentence each. `listed` are the labels that stand on a list for a person to look at.

    proven: in the trays exactly once, and in that printer's; never proven and never unconfirmed: in no tray; unconfirmed:
    at most once, and listed. Every label ends as one or the other.
    """
    by_name: Mapping[str, list[Tried]] = defaultdict(list)
    for one in tried:
        by_name[one.name].append(one)
    known, told = list(names), set(listed)
    out: Mapping[str, list[str]] = defaultdict(list)
    for piece in came:
        out[piece.name].append(piece.printer)
    problems = [f"{printer} gave out a piece that is no whole label of ours" for printer in out.get("", ())]
    problems += [f"{name} came out and stands in no ledger" for name in out if name and name not in known]
    for name in known:
        problems += _label(name, by_name[name], out.get(name, []), name in told)
    return problems


def _label(name: str, tried: Sequence[Tried], out: Sequence[str], listed: bool) -> list[str]:
    states = Counter(one.state for one in tried)
    said = ", ".join(f"{one.state} on {one.printer}" for one in tried) or "never tried"
    problems = []
    if any(states[state] for state in _LIVE):
        problems.append(f"{name} is still open: {said}")
    if states["proven"] > 1:
        problems.append(f"{name} is proven {states['proven']} times: {said}")
    if states["proven"]:
        where = next(one.printer for one in tried if one.state == "proven")
        if list(out) != [where]:
            problems.append(f"{name} is proven on {where} and lies in the trays of {list(out)}: {said}")
    elif states["unconfirmed"]:
        if len(out) > 1:
            problems.append(f"{name} is unconfirmed and came out {len(out)} times, of {list(out)}: {said}")
        if not listed:
            problems.append(f"{name} is unconfirmed and stands on no list: {said}")
    else:
        problems.append(f"{name} ended neither proven nor unconfirmed: {said}")
        if out:
            problems.append(f"{name} came out of {list(out)}, and its attempts deny it: {said}")
    return problems
