"""The decision tables of the printers that answer with status bytes, row by row, and what no row may ever claim."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from waybilld_printers.probes.course import Case, Course
from waybilld_printers.probes.cpcl import decide as cpcl
from waybilld_printers.probes.escpos import decide as escpos
from waybilld_printers.probes.rules import Rule, conclude
from waybilld_printers.probes.signs import SILENT, UNREACHABLE, Look, Sign
from waybilld_printers.probes.tspl import decide as tspl
from waybilld_sdk.printing import Evidence, Outcome

TABLES: dict[str, tuple[Rule[Case], ...]] = {"escpos": escpos.RULES, "tspl": tspl.RULES, "cpcl": cpcl.RULES}
IDLE, BUSY = Look(), Look(busy=True)
OPEN = Look(signs=(Sign("open", "cover-open-error", "Close it."),))
LOW = Look(signs=(Sign("low", "media-low-warning", "Soon.", stops=False),))
RESTARTED = Look(restarted=True)

SENT = Case(Course("a1", whole=True, look=IDLE), Evidence.ACKNOWLEDGED, steady_s=0.0, label_s=1.0, piloted=True)


def case(look: Look = IDLE, **changes: object) -> Case:
    """A label that was sent whole, and this newest look; changes of the course or of the case."""
    course = {name: value for name, value in changes.items() if name in Course.__dataclass_fields__}
    rest = {name: value for name, value in changes.items() if name not in course}
    return replace(SENT, course=replace(SENT.course, look=look, **course), **rest)  # type: ignore[arg-type]


ROWS: list[tuple[str, str, Case, Outcome]] = [
    ("escpos", "echoed", case(echoed=True), Outcome.PROVEN),
    ("escpos", "echoed", case(OPEN, echoed=True, whole=False), Outcome.PROVEN),
    ("escpos", "withheld", case(reached=Evidence.NOTHING), Outcome.REFUTED),
    ("escpos", "withheld", case(SILENT, whole=False, reached=Evidence.BODY), Outcome.REFUTED),
    ("escpos", "left-open", case(SILENT, whole=False, steady_s=2.0), Outcome.UNCONFIRMED),
    ("escpos", "no-answer", case(SILENT), Outcome.PENDING),
    ("escpos", "no-answer", case(UNREACHABLE, whole=False), Outcome.PENDING),
    ("escpos", "stopped", case(OPEN, steady_s=99.0), Outcome.PENDING),
    ("escpos", "line-lost", case(whole=False), Outcome.UNCONFIRMED),
    ("escpos", "settling", case(steady_s=1.9), Outcome.PENDING),
    ("escpos", "no-echo", case(steady_s=2.0), Outcome.UNCONFIRMED),
    ("tspl", "withheld", case(reached=Evidence.BODY, worked=True), Outcome.REFUTED),
    ("tspl", "left-open", case(SILENT, whole=False, steady_s=2.0), Outcome.UNCONFIRMED),
    ("tspl", "no-answer", case(SILENT, worked=True), Outcome.PENDING),
    ("tspl", "stopped", case(OPEN, worked=True, steady_s=99.0), Outcome.PENDING),
    ("tspl", "printing", case(BUSY, worked=True, whole=False), Outcome.PENDING),
    ("tspl", "line-lost", case(worked=True, whole=False), Outcome.UNCONFIRMED),
    ("tspl", "interrupted", case(worked=True, halted=True, interrupted=True), Outcome.UNCONFIRMED),
    ("tspl", "came-out-unpiloted", case(worked=True, piloted=False), Outcome.UNCONFIRMED),
    ("tspl", "came-out", case(worked=True), Outcome.PROVEN),
    ("tspl", "came-out", case(worked=True, halted=True), Outcome.PROVEN),
    ("tspl", "settling", case(steady_s=1.9), Outcome.PENDING),
    ("tspl", "never-seen-printing", case(steady_s=2.0), Outcome.UNCONFIRMED),
    ("cpcl", "withheld", case(reached=Evidence.BODY), Outcome.REFUTED),
    ("cpcl", "unreachable", case(UNREACHABLE, whole=False, steady_s=99.0), Outcome.PENDING),
    ("cpcl", "left-open", case(SILENT, whole=False, steady_s=2.0), Outcome.UNCONFIRMED),
    ("cpcl", "no-answer", case(SILENT, whole=False, steady_s=1.9), Outcome.PENDING),
    ("cpcl", "no-answer", case(SILENT, steady_s=99.0), Outcome.PENDING),
    ("cpcl", "restarted", case(RESTARTED), Outcome.UNCONFIRMED),
    ("cpcl", "stopped", case(OPEN, steady_s=99.0), Outcome.PENDING),
    ("cpcl", "printing", case(BUSY), Outcome.PENDING),
    ("cpcl", "line-lost", case(whole=False), Outcome.UNCONFIRMED),
    ("cpcl", "interrupted", case(worked=True, halted=True, interrupted=True, steady_s=9.0), Outcome.UNCONFIRMED),
    ("cpcl", "settling", case(halted=True, steady_s=1.9), Outcome.PENDING),
    ("cpcl", "done-unpiloted", case(piloted=False), Outcome.UNCONFIRMED),
    ("cpcl", "done", case(), Outcome.PROVEN),
    ("cpcl", "done", case(LOW), Outcome.PROVEN),
    ("cpcl", "done", case(halted=True, steady_s=2.0), Outcome.PROVEN),
]


@pytest.mark.parametrize(("table", "name", "seen", "outcome"), ROWS, ids=lambda value: value if type(value) is str else "")
def test_each_row_of_each_table(table: str, name: str, seen: Case, outcome: Outcome) -> None:
    """A wrong row loses a label or prints it twice."""
    rule, evidence = conclude(TABLES[table], seen, seen.reached)
    assert (rule.name, rule.outcome) == (name, outcome)
    assert evidence is (Evidence.PRINTED if outcome is Outcome.PROVEN else min(seen.reached, Evidence.ACKNOWLEDGED))


@pytest.mark.parametrize("table", TABLES)
def test_every_rule_has_a_row(table: str) -> None:
    """A rule without a test is a rule that nobody dares to change."""
    names = [rule.name for rule in TABLES[table]]
    assert set(names) == {name for of, name, _, _ in ROWS if of == table}
    assert len(set(names)) == len(names)


LOOKS = st.sampled_from([IDLE, BUSY, OPEN, LOW, RESTARTED, SILENT, UNREACHABLE, replace(OPEN, busy=True)])
CASES = st.builds(
    Case,
    st.builds(
        Course,
        st.just("a1"),
        whole=st.booleans(),
        worked=st.booleans(),
        halted=st.booleans(),
        interrupted=st.booleans(),
        echoed=st.booleans(),
        look=LOOKS,
    ),
    reached=st.sampled_from([Evidence.NOTHING, Evidence.BODY, Evidence.TOKEN, Evidence.ACKNOWLEDGED]),
    steady_s=st.floats(0, 5),
    label_s=st.floats(0.1, 2),
    piloted=st.booleans(),
)


@given(st.sampled_from(sorted(TABLES)), CASES)
def test_every_case_has_one_answer_that_claims_no_more_than_was_seen(table: str, seen: Case) -> None:
    """PROVEN needs the printer's word after our label, and a pilot where it is weak; REFUTED a label without its end."""
    rule, evidence = conclude(TABLES[table], seen, seen.reached)
    assert rule is next(one for one in TABLES[table] if one.holds(seen))
    if rule.outcome is Outcome.REFUTED:
        assert seen.reached < Evidence.TOKEN
    if rule.outcome is not Outcome.PROVEN:
        assert evidence is min(seen.reached, Evidence.ACKNOWLEDGED)
    elif table == "escpos":
        assert seen.course.echoed
    else:
        assert seen.piloted
        assert seen.course.whole
        assert seen.look.well
        assert not seen.course.interrupted
        assert seen.reached >= Evidence.TOKEN
        assert not seen.look.restarted or table == "tspl"
        assert seen.course.worked or table == "cpcl"


def course_of(*looks: Look) -> Course:
    """The course of a label after these looks, one a second."""
    course = Course("a1", whole=True)
    for second, look in enumerate(looks, 1):
        course = course.after(look, float(second))
    return course


@pytest.mark.parametrize(
    ("looks", "worked", "halted", "interrupted", "since"),
    [
        ([IDLE, IDLE, IDLE], False, False, False, 1.0),
        ([IDLE, BUSY, IDLE], True, False, False, 3.0),
        ([OPEN, OPEN, BUSY, IDLE], True, True, False, 4.0),
        ([BUSY, OPEN, IDLE, IDLE], True, True, True, 3.0),
        ([BUSY, replace(OPEN, busy=True)], True, True, True, 2.0),
        ([SILENT, UNREACHABLE], False, False, False, 2.0),
    ],
)
def test_a_course_remembers_in_which_order_things_were_seen(
    looks: list[Look], worked: bool, halted: bool, interrupted: bool, since: float
) -> None:
    """What stopped before it began prints the whole label later; what stopped in the middle may have half of it out."""
    course = course_of(*looks)
    assert (course.worked, course.halted, course.interrupted, course.since) == (worked, halted, interrupted, since)
