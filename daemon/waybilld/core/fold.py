"""Folding: the tables that the journal's entries add up to, and where the stored tables differ from them.

An entry holds the rows that it changed, each as (table, id, columns); so folding needs to know no event. A column that no
entry ever set is None, as in SQL.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from waybilld.core.jobs import JobState

Row = dict[str, Any]
Change = tuple[str, int, Mapping[str, Any]]
Tables = dict[str, dict[int, Row]]

CLAIMED = frozenset({JobState.READY.value, JobState.WAITING.value, JobState.IN_DOUBT.value})
"""What the journal says of a job that its table calls busy: a claim marks an owner and is not journaled."""


_FORM = [str, int, dict]


class Unfoldable(ValueError):
    """An entry names a table or column that does not exist, or has another form than entries have."""


def changes(body: Any) -> list[Change]:
    """The changed rows of an entry's body, `{"facts": {…}, "rows": [[table, id, {column: value}], …]}`."""
    if not (isinstance(body, dict) and isinstance(body.get("facts"), dict) and isinstance(body.get("rows"), list)):
        raise Unfoldable("the body is not an object with facts and rows")
    found: list[Change] = []
    for item in body["rows"]:
        if not (isinstance(item, list) and list(map(type, item)) == _FORM):
            raise Unfoldable("a changed row is not [table, id, columns]")
        found.append((item[0], item[1], item[2]))
    return found


def merged(old: Row | None, columns: Sequence[str], row_id: int, given: Mapping[str, Any]) -> Row:
    """A new row: `old` (None: not there yet) with the given columns set. Raises `Unfoldable` for an unknown column."""
    row = dict(old) if old is not None else dict.fromkeys(columns)
    for name, value in given.items():
        if name not in row:
            raise Unfoldable(f"there is no column {name}")
        row[name] = value
    row["id"] = row_id
    return row


def fold(entries: Iterable[Iterable[Change]], columns: Mapping[str, Sequence[str]]) -> Tables:
    """The tables after all entries, in memory. `columns` names the folded tables and the columns of each.

    Raises `Unfoldable` for a table or column that is not among them.
    """
    tables: Tables = {name: {} for name in columns}
    for entry in entries:
        for table, row_id, given in entry:
            if table not in tables:
                raise Unfoldable(f"there is no folded table {table}")
            tables[table][row_id] = merged(tables[table].get(row_id), columns[table], row_id, given)
    return tables


def differences(table: str, folded: Row, stored: Row, ignored: frozenset[str] = frozenset()) -> tuple[str, ...]:
    """The columns in which a stored row differs from its folded one; `ignored` ones are no state and not compared."""
    return tuple(
        name
        for name, value in folded.items()
        if name not in ignored and stored[name] != value and not _claimed(table, name, value, stored[name])
    )


def _claimed(table: str, name: str, folded: Any, stored: Any) -> bool:
    return table == "job" and name == "state" and stored == JobState.BUSY and folded in CLAIMED
