"""Folding the journal: the tables come back, or it says why not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from waybilld.core import fold, history
from waybilld.core.fold import Row, Unfoldable
from waybilld.core.jobs import JobState
from waybilld.core.lifecycle import State

COLUMNS = {"a": ("id", "x", "y"), "b": ("id", "z")}
CHANGES = st.one_of(
    st.tuples(
        st.just("a"),
        st.integers(1, 4),
        st.dictionaries(st.sampled_from(["x", "y"]), st.none() | st.integers(), min_size=1),
    ),
    st.tuples(st.just("b"), st.integers(1, 4), st.fixed_dictionaries({"z": st.text(max_size=3)})),
)


@given(st.lists(st.lists(CHANGES, max_size=4), max_size=20))
def test_fold_is_the_last_value_of_each_column(entries: list[list[tuple[str, int, dict[str, object]]]]) -> None:
    """The journal is the truth from which a table must be rebuilt: the newest value wins, and nothing else is made up."""
    expected: dict[tuple[str, int], Row] = {}
    for table, row_id, given_ in (change for entry in entries for change in entry):
        blank = dict.fromkeys(COLUMNS[table])
        expected[table, row_id] = {**blank, **expected.get((table, row_id), {}), **given_, "id": row_id}
    tables = fold.fold(entries, COLUMNS)
    assert {(t, i): row for t, rows in tables.items() for i, row in rows.items()} == expected


@given(st.lists(st.lists(CHANGES, max_size=3), max_size=12), st.integers(0, 12))
def test_fold_goes_on_from_where_it_stood(entries: list[list[tuple[str, int, dict[str, object]]]], cut: int) -> None:
    """Folding in pieces must give what folding at once gives: else nobody could follow a long journal."""
    first = fold.fold(entries[:cut], COLUMNS)
    rows = [[(t, i, row) for t, rows in first.items() for i, row in rows.items()]]
    assert fold.fold(rows + entries[cut:], COLUMNS) == fold.fold(entries, COLUMNS)


@pytest.mark.parametrize("change", [("c", 1, {"x": 1}), ("a", 1, {"unheard": 1})])
def test_unknown_table_or_column_is_said(change: tuple[str, int, dict[str, object]]) -> None:
    """A journal of a newer program must not be folded into half a table in silence."""
    with pytest.raises(Unfoldable, match="no "):
        fold.fold([[change]], COLUMNS)


@pytest.mark.parametrize(
    "body",
    [None, [], {}, {"facts": {}}, {"rows": []}, {"facts": [], "rows": []}]
    + [{"facts": {}, "rows": rows} for rows in ({}, [1], [["a"]], [["a", "1", {}]], [["a", 1, []]], [["a", 1, {}, 2]])],
)
def test_body_of_another_form_is_refused(body: object) -> None:
    """What somebody wrote into the journal by hand is a finding, not a traceback."""
    with pytest.raises(Unfoldable):
        fold.changes(body)


@pytest.mark.parametrize("folded", JobState)
@pytest.mark.parametrize("stored", JobState)
def test_claims_are_no_difference(folded: JobState, stored: JobState) -> None:
    """A claim is not journaled: a busy job was ready, waiting or in doubt, and nothing else."""
    row: Row = {"id": 1, "state": folded.value}
    differs = fold.differences("job", row, {"id": 1, "state": stored.value})
    claimed = stored is JobState.BUSY and folded in {JobState.READY, JobState.WAITING, JobState.IN_DOUBT}
    assert (differs == ()) == (folded is stored or claimed)
    other = fold.differences("attempt", row, {"id": 1, "state": stored.value})
    assert (other == ()) == (folded is stored)


def test_ignored_columns_are_not_compared() -> None:
    """Retention takes pixels away without an entry: that is no damage."""
    one, other = {"id": 1, "blob": 7, "key": "k"}, {"id": 1, "blob": None, "key": "x"}
    assert fold.differences("page", one, other, frozenset({"blob"})) == ("key",)


@pytest.mark.parametrize("state", [*State, None, "nonsense"])
def test_gate_is_right_only_where_a_label_is_wanted(state: str | None) -> None:
    """A label let go for a cancelled parcel goes out of the house."""
    wanted = state in {State.RENDERED, State.PRINTED, State.VERIFIED, State.HANDED_OVER}
    assert (history.gate_fault(state, blocked=False) is None) == wanted
    assert history.gate_fault(state, blocked=True) is not None


def test_change_without_a_rule_is_never_wrong() -> None:
    """Tables that have no life of their own are compared, not judged."""
    entry = history.Entry("order.changed", None, {})
    assert history.fault("parcel", None, {"ref": "1"}, entry) is None
    assert history.fault("case", None, {"state": "open"}, entry) is None
    assert history.fault("job", {"id": 1, "state": "done"}, {"reason": "superseded"}, entry) is None
