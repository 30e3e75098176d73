"""The table that says what a Zebra's counter and flags prove about a label."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from waybilld_printers.probes.zebra.decide import RULES, Case, decide
from waybilld_printers.probes.zebra.observation import HostStatus, Observation
from waybilld_sdk.printing import Evidence, Outcome

QUIET = HostStatus()
BEFORE = Observation("S1", 100, 5000, HostStatus(partial=True))
SAME = Observation("S1", 100, 5010, QUIET)
ONE_MORE = replace(SAME, odometer=101)
SENT = Case(BEFORE, SAME, Evidence.ACKNOWLEDGED, equal_looks=1, steady_s=0.0, label_s=1.0, elapsed_s=0.1)
STEADY = replace(SENT, equal_looks=2, steady_s=1.0)
WITHHELD = replace(STEADY, reached=Evidence.BODY)


def flagged(look: Observation, **flags: object) -> Observation:
    """The same look with other flags."""
    return replace(look, flags=replace(QUIET, **flags))  # type: ignore[arg-type]


ROWS = [
    ("swapped", replace(SENT, after=replace(ONE_MORE, serial="S2")), Outcome.UNCONFIRMED),
    ("no-answer", replace(SENT, after=Observation()), Outcome.PENDING),
    ("count-moved-elsewhere", replace(SENT, after=replace(SAME, odometer=102)), Outcome.UNCONFIRMED),
    ("count-moved-elsewhere", replace(SENT, after=replace(SAME, odometer=99)), Outcome.UNCONFIRMED),
    ("counted-without-token", replace(WITHHELD, after=ONE_MORE), Outcome.UNCONFIRMED),
    ("no-host-status", replace(SENT, after=replace(ONE_MORE, flags=None)), Outcome.PENDING),
    (
        "counted-silent-on-power",
        replace(SENT, after=replace(ONE_MORE, uptime_s=None), equal_looks=1, steady_s=0.0),
        Outcome.PENDING,
    ),
    ("counted-across-restart", replace(SENT, after=replace(ONE_MORE, uptime_s=4)), Outcome.UNCONFIRMED),
    ("owed", replace(STEADY, after=flagged(SAME, formats=1)), Outcome.PENDING),
    ("owed", replace(STEADY, after=flagged(SAME, remaining=1)), Outcome.PENDING),
    ("owed", replace(STEADY, after=flagged(SAME, remaining=1, head_open=True)), Outcome.PENDING),
    ("owed", replace(STEADY, after=flagged(SAME, formats=1, paused=True)), Outcome.PENDING),
    ("owed", replace(STEADY, after=flagged(ONE_MORE, formats=1)), Outcome.PENDING),
    ("token-lost", replace(STEADY, after=flagged(SAME, partial=True)), Outcome.PENDING),
    ("token-lost", replace(WITHHELD, after=flagged(SAME, partial=True)), Outcome.PENDING),
    ("truncated", replace(SENT, after=flagged(SAME, partial=True)), Outcome.PENDING),
    ("token-lost", replace(STEADY, after=flagged(replace(SAME, odometer=None), partial=True)), Outcome.PENDING),
    ("printed-error-stands", replace(SENT, after=flagged(ONE_MORE, paper_out=True)), Outcome.PENDING),
    ("printed", replace(SENT, after=ONE_MORE), Outcome.PROVEN),
    ("printed", replace(SENT, after=flagged(ONE_MORE, paused=True)), Outcome.PROVEN),
    ("lost-in-restart", replace(SENT, after=replace(SAME, uptime_s=3)), Outcome.REFUTED),
    ("lost-in-restart", replace(SENT, after=replace(SAME, uptime_s=5100), elapsed_s=6000.0), Outcome.REFUTED),
    ("fault-first", replace(STEADY, after=flagged(SAME, head_open=True)), Outcome.PENDING),
    ("fault-first", replace(STEADY, after=flagged(SAME, paused=True)), Outcome.PENDING),
    ("settling", SENT, Outcome.PENDING),
    ("settling", replace(STEADY, equal_looks=1), Outcome.PENDING),
    ("settling", replace(STEADY, steady_s=0.99), Outcome.PENDING),
    ("never-arrived", STEADY, Outcome.REFUTED),
    ("never-arrived", WITHHELD, Outcome.REFUTED),
    ("never-arrived", replace(WITHHELD, before=Observation()), Outcome.REFUTED),
    ("nothing-to-compare", replace(STEADY, before=Observation()), Outcome.UNCONFIRMED),
    ("nothing-to-compare", replace(STEADY, after=replace(SAME, odometer=None)), Outcome.UNCONFIRMED),
    ("nothing-to-compare", replace(STEADY, after=replace(ONE_MORE, serial=None)), Outcome.UNCONFIRMED),
]


@pytest.mark.parametrize(("name", "case", "outcome"), ROWS, ids=lambda value: value if isinstance(value, str) else "")
def test_each_row_of_the_table(name: str, case: Case, outcome: Outcome) -> None:
    """A wrong row loses a label or prints it twice."""
    rule, evidence = decide(case)
    assert (rule.name, rule.outcome) == (name, outcome)
    left = min(case.reached, Evidence.BODY) if rule.token_lost else case.reached
    assert evidence is (Evidence.PRINTED if outcome is Outcome.PROVEN else left)
    assert rule.token_lost is (name == "token-lost")


def test_every_rule_has_a_row() -> None:
    """A rule without a test is a rule that nobody dares to change."""
    assert {rule.name for rule in RULES} == {name for name, _, _ in ROWS}
    assert len({rule.name for rule in RULES}) == len(RULES)


counts = st.none() | st.integers(0, 3)
flags = st.none() | st.builds(
    HostStatus,
    **{name: st.booleans() for name, is_flag in HostStatus.__annotations__.items() if is_flag == "bool"},
    formats=st.integers(0, 2),
    remaining=st.integers(0, 2),
)
looks = st.builds(Observation, st.sampled_from([None, "S1", "S2"]), counts, st.none() | st.integers(0, 20), flags)
cases = st.builds(
    Case,
    before=looks,
    after=looks,
    reached=st.sampled_from([Evidence.NOTHING, Evidence.BODY, Evidence.TOKEN, Evidence.ACKNOWLEDGED]),
    equal_looks=st.integers(1, 3),
    steady_s=st.floats(0, 3),
    label_s=st.floats(0.1, 2),
    elapsed_s=st.none() | st.floats(0, 50),
)


@given(cases)
def test_every_case_has_one_answer_that_claims_no_more_than_was_seen(case: Case) -> None:
    """Whatever a device says, PROVEN and REFUTED stand only on the full evidence for them."""
    rule, evidence = decide(case)
    after = case.after.flags
    if rule.outcome is Outcome.PROVEN:
        assert evidence is Evidence.PRINTED
        assert case.reached >= Evidence.TOKEN
        assert after is not None and after.empty and not after.faults
        assert case.before.serial == case.after.serial is not None
        assert case.after.odometer == (case.before.odometer or 0) + 1
    elif rule.name == "token-lost":
        # The one thing that takes a claim back: the daemon then cancels the attempt, which proves what became of it.
        assert evidence <= Evidence.BODY
        assert after is not None and after.partial and case.steady
    else:
        assert evidence is case.reached
    if rule.outcome is Outcome.REFUTED:
        assert after is not None and after.empty
        assert case.before.odometer is None or case.after.odometer in (None, case.before.odometer)
        assert case.steady or case.restarted
        assert case.withheld or case.identified


@given(cases)
def test_the_first_rule_that_holds_answers(case: Case) -> None:
    """The order of the table is its meaning."""
    holding = [rule for rule in RULES if rule.holds(case)]
    assert holding[0] is decide(case)[0]
