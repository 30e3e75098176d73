"""The road of a shipment as data: no dead end, no way out of an end, and nothing that no rule names."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from waybilld.core import lifecycle
from waybilld.core.lifecycle import (
    BEGIN_ANEW,
    PRINT_REACHED,
    RULES,
    STAFFED,
    TERMINAL,
    Event,
    Refused,
    State,
    Work,
)
from waybilld.core.lifecycle_doc import reference

ROOT = Path(__file__).parents[3]
EDGES = {(source, rule.event): rule.target or source for rule in RULES for source in rule.sources}
BEFORE_RELEASE = {State.RECEIVED, State.ACCEPTED, State.ALLOCATED, State.PLANNED}
PAPER = {State.PRINTED, State.VERIFIED}


def reachable(start: State | None) -> set[State]:
    """Every state that some run of events leads to."""
    found: set[State] = set()
    todo: list[State | None] = [start]
    while todo:
        here = todo.pop()
        for (source, _), target in EDGES.items():
            if source is here and target is not None and target not in found:
                found.add(target)
                todo.append(target)
    return found


def test_every_state_is_reached_from_birth() -> None:
    """A state that nothing leads to is a promise that nobody keeps."""
    assert reachable(None) == set(State)


def test_terminal_states_have_no_exit_and_no_other_state_is_an_end() -> None:
    """An exit from an end would ship a cancelled parcel; another end would leave one lying for good."""
    assert {state for state in State if not reachable(state)} == TERMINAL


def test_every_state_leads_to_an_end() -> None:
    """A shipment that can never end is counted as open work for ever."""
    assert all(reachable(state) & TERMINAL for state in set(State) - TERMINAL)


def test_no_two_rules_for_one_state_and_event() -> None:
    """Which of two rules holds would depend on their order in the table."""
    pairs = [(source, rule.event) for rule in RULES for source in rule.sources]
    assert len(pairs) == len(set(pairs))


@pytest.mark.parametrize("event", Event)
@pytest.mark.parametrize("state", [None, *State])
def test_every_state_and_event_is_ruled_or_refused(state: State | None, event: Event) -> None:
    """An event that the table forgot must be refused by name, never swallowed and never a crash of another kind."""
    if (state, event) in EDGES:
        assert lifecycle.allowed(state, event)
        assert lifecycle.step(state, event).state == EDGES[state, event]
        return
    assert not lifecycle.allowed(state, event)
    with pytest.raises(Refused, match=str(event)) as refused:
        lifecycle.step(state, event)
    assert (refused.value.state, refused.value.event) == (state, event)


@given(st.lists(st.sampled_from(Event), max_size=40))
def test_any_run_of_events_keeps_the_promises(events: list[Event]) -> None:
    """Events come late, twice and out of order: a label needs a purchase, a purchase a release, and an end stays an end."""
    state: State | None = None
    history: list[Event] = []
    for event in [Event.INGESTED, *events]:
        if not lifecycle.allowed(state, event):
            continue
        assert state not in TERMINAL
        state = lifecycle.step(state, event).state
        history.append(event)
    assert state is not None
    if state in PAPER | {State.HANDED_OVER, State.RENDERED}:
        assert history.index(Event.RELEASED) < history.index(Event.BOUGHT) < history.index(Event.RENDERED)
    if Event.RELEASED in history:
        assert Event.MERGED not in history[history.index(Event.RELEASED) :] or Event.REFUSED in history
    assert history.count(Event.INGESTED) == 1


def test_nothing_is_bought_or_printed_but_by_its_own_event() -> None:
    """Work that costs money or paper must hang on one event each: `reprint` never buys, `bought` never prints."""
    by_work = {work: {rule.event for rule in RULES if work in rule.work} for work in Work}
    assert by_work[Work.BUY] == {Event.RELEASED}
    assert by_work[Work.PRINT] == {Event.RENDERED, Event.REPRINT}


def test_events_that_enqueue_staffed_work_again_begin_a_new_round() -> None:
    """Job keys hold the round: work that is done a second time in the same round would be taken for done already."""
    backwards = {
        rule.event
        for rule in RULES
        for source in rule.sources
        if source and rule.target and list(State).index(rule.target) < list(State).index(source)
        if STAFFED & set(rule.work)
        if rule.target not in {State.IN_TRANSIT}
    }
    assert backwards <= BEGIN_ANEW
    for event in BEGIN_ANEW:
        assert lifecycle.allowed(State.PLANNED, event) or lifecycle.allowed(State.RELEASED, event) or event is Event.AMENDED


def test_only_what_is_not_released_begins_anew_by_itself() -> None:
    """After release a number may be bought and a label on paper: a changed order is then a person's case."""
    for event in (Event.CHANGED, Event.REPLAN, Event.MERGED, Event.SPLIT):
        assert {state for state in State if lifecycle.allowed(state, event)} == BEFORE_RELEASE


def test_states_that_say_on_paper_come_after_print() -> None:
    """Screens and reports trust this set."""
    rules = [rule for rule in RULES if rule.target in PRINT_REACHED]
    assert {rule.event for rule in rules if None in rule.sources or set(rule.sources) - PRINT_REACHED} == {
        Event.PRINTED,
        Event.SCANNED,
        Event.MOVED,
        Event.DELIVERED,
    }


def test_reference_is_up_to_date() -> None:
    """Docs that lag behind the rules are worse than none: python -m waybilld.core.lifecycle_doc writes them."""
    assert (ROOT / "docs" / "reference" / "lifecycle.md").read_text() == reference()
    assert all(f"`{state}`" in reference() for state in State)
