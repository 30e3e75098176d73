"""`docs/reference/lifecycle.md`, written from the rules; `python -m waybilld.core.lifecycle_doc` prints it."""

from __future__ import annotations

import sys
from collections.abc import Iterable

from waybilld.core.attempts import ATTEMPT_RULES, LIVE, AttemptState
from waybilld.core.jobs import FOREIGN, JOB_RULES, JobState
from waybilld.core.lifecycle import BEGIN_ANEW, RULES, STAFFED, TERMINAL, Rule, State, Work

_INTRODUCTION = """# The life of a shipment, a job and a print attempt

Written from the rules that the program runs on: `python -m waybilld.core.lifecycle_doc > docs/reference/lifecycle.md`.

A **shipment** has one state: how far evidence has carried it. *Held* is no state but a view: a shipment with an open
blocking case keeps its state, and none of its jobs is begun. A **job** is one piece of work for one shipment; retry and
doubt belong to jobs. An **attempt** is one sending of one label to one printer; its row says the most that may have
happened.
"""


def reference() -> str:
    """The whole page, Markdown with Mermaid graphs (mermaid.js.org/syntax/stateDiagram.html)."""
    parts = [_INTRODUCTION, *_shipments(), *_jobs(), *_attempts()]
    return "\n".join(parts)


def _shipments() -> list[str]:
    rows = [
        [_states(r.sources), f"`{r.event}`", f"`{r.target}`" if r.target else "stays", _work(r.work), _anew(r)]
        for r in RULES
    ]
    edges = [(source, r.target or source, str(r.event)) for r in RULES for source in r.sources]
    return [
        "## Shipments\n",
        "`confirm` is enqueued when the shop's policy names the state that was reached. Work in brackets is done by people",
        "until a service for it exists.\n",
        _table(("from", "event", "to", "enqueues", ""), rows),
        f"Terminal states, without an exit: {_states(sorted(TERMINAL))}. An event that no row names is refused.\n",
        _graph(State, edges, TERMINAL),
    ]


def _jobs() -> list[str]:
    foreign = ", ".join(f"`{work}`" for work in Work if work in FOREIGN)
    edges = [(old, new, "") for old, new in JOB_RULES]
    return [
        "## Jobs\n",
        _table(("from", "to"), [[f"`{old}`", _states(_after(JobState, JOB_RULES, old))] for old in JobState]),
        "A claim makes a job `busy` that is `ready`, or `waiting` or `in_doubt` and due. It is a mark of ownership and not",
        "in the journal, where the job keeps the state that it was claimed from. A doubted job stays in doubt until its",
        "outside effect is known: it is asked about, never done again.\n",
        "When the daemon dies, its busy jobs become `ready`; those of a kind that reaches outside become `in_doubt`,",
        f"because their effect may have happened: {foreign}.\n",
        _graph(JobState, edges, _ends(JobState, JOB_RULES)),
    ]


def _attempts() -> list[str]:
    edges = [(old, new, "") for old, new in ATTEMPT_RULES]
    live = _states(state for state in AttemptState if state in LIVE)
    return [
        "## Print attempts\n",
        _table(("from", "to"), [[f"`{old}`", _states(_after(AttemptState, ATTEMPT_RULES, old))] for old in AttemptState]),
        f"Live states: {live}. The database allows one live attempt per label and one per printer. `sending` is",
        "committed before the first byte, `sent` before the first byte of the closing token. Late evidence may still settle",
        "`unconfirmed`.\n",
        _graph(AttemptState, edges, _ends(AttemptState, ATTEMPT_RULES)),
    ]


def _after(states: Iterable[str], rules: Iterable[tuple[str, str]], old: str) -> list[str]:
    allowed = set(rules)
    return [new for new in states if (old, new) in allowed]


def _ends(states: Iterable[str], rules: Iterable[tuple[str, str]]) -> frozenset[str]:
    return frozenset(states) - {old for old, _ in rules}


def _states(states: Iterable[str | None]) -> str:
    return ", ".join(f"`{state}`" if state else "(new)" for state in states) or "–"


def _work(work: Iterable[Work]) -> str:
    return ", ".join(f"`{w}`" if w in STAFFED else f"({w})" for w in work) or "–"


def _anew(rule: Rule) -> str:
    return "begins a new round: earlier work is superseded" if rule.event in BEGIN_ANEW else ""


def _table(headings: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    head = list(headings)
    lines = [head, ["---"] * len(head), *(list(row) for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def _graph(states: Iterable[str], edges: Iterable[tuple[str | None, str | None, str]], ends: Iterable[str]) -> str:
    order = {state: place for place, state in enumerate(states)}
    named: dict[tuple[str | None, str | None], list[str]] = {}
    for source, target, event in edges:
        if source != target:
            named.setdefault((source, target), []).append(event)
    lines = ["```mermaid", "stateDiagram-v2"]
    for (source, target), events in sorted(named.items(), key=lambda e: [order.get(s or "", -1) for s in e[0]]):
        label = f": {', '.join(events)}" if any(events) else ""
        lines.append(f"    {source or '[*]'} --> {target}{label}")
    lines += [f"    {end} --> [*]" for end in sorted(ends, key=lambda state: order[state])]
    return "\n".join([*lines, "```\n"])


if __name__ == "__main__":
    sys.stdout.write(reference())
