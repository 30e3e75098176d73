"""Hot statements must find their rows by an index: a scan that is quick today is a queue that stands next winter."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from unit.store.store_house import House, order
from waybilld.store import (
    artworks,
    attempts,
    care,
    commit,
    copies,
    doubts,
    ingest,
    inputs,
    jobs,
    kv,
    outcomes,
    packmaking,
    packs,
    pages,
    retention,
    scans,
    shipments,
    spares,
    telling,
    troubles,
)
from waybilld.store.sql import Prepared

MODULES = (
    artworks, attempts, care, commit, copies, doubts, ingest, inputs, jobs, kv, outcomes, packmaking, packs, pages,
    retention, scans, shipments, spares, telling, troubles,
)  # fmt: skip
OPEN_ALONE = (" USING INDEX ix_job_open", " USING INDEX uq_trouble_open")
"""Scans of partial indexes that hold open work only."""
SMALL = {"document"}
"""Tables that hold open work only: what retention deletes from them by scanning is little."""


def statements(module: ModuleType) -> dict[str, Prepared]:
    """A module's prepared statements that read rows; an INSERT has no plan."""
    found = {name: value for name, value in vars(module).items() if isinstance(value, Prepared)}
    return {name: value for name, value in found.items() if not value.text.startswith("INSERT")}


@pytest.fixture(scope="module")
def populated(tmp_path_factory: pytest.TempPathFactory, empty_database: Path) -> Iterator[House]:
    """A database with a history, and with statistics of it."""
    house = House(tmp_path_factory.mktemp("plans"), empty_database)
    house.until_printed(*(order(f"A-{n}") for n in range(60)))
    house.until_rendered(*(order(f"B-{n}") for n in range(5)))
    house.ingest(*(order(f"C-{n}") for n in range(5)))
    yield house
    house.close()


CASES = [(module, name) for module in MODULES for name in statements(module)]


@pytest.mark.parametrize("analyzed", [False, True], ids=["fresh", "analyzed"])
@pytest.mark.parametrize(("module", "name"), CASES, ids=[f"{m.__name__.split('.')[-1]}.{n}" for m, n in CASES])
def test_hot_statement_scans_no_table(populated: House, module: ModuleType, name: str, analyzed: bool) -> None:
    """Each statement of the hot verbs, with and without the statistics that ANALYZE leaves."""
    connection = populated.connection
    connection.execute("BEGIN")
    if analyzed:
        connection.execute("ANALYZE")
    prepared = statements(module)[name]
    given = dict.fromkeys(re.findall(r":(\w+)", prepared.text), 1)
    given |= {key: value for key, value in {"kind": "check", "pool": "pool", "printer": "zebra-1"}.items() if key in given}
    plan = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {prepared.text}", given)]
    connection.execute("ROLLBACK")
    scans = [step for step in plan if step.startswith("SCAN") and not step.endswith(OPEN_ALONE)]
    if module is commit:
        # The newest entry is the last one of the table: a scan that ends at its first row.
        assert "LIMIT" in prepared.text
        return
    assert [step for step in scans if step.split()[1] not in SMALL] == [], plan


@pytest.mark.parametrize("name", ["_READY", "_READY_IN_POOL", "_DUE", "_DOUBTED"])
def test_claims_read_in_order_without_sorting(populated: House, name: str) -> None:
    """With a backlog of 100 000, a claim of one job that sorts them all would take longer than the print."""
    prepared = statements(jobs)[name]
    given = dict.fromkeys(re.findall(r":(\w+)", prepared.text), 1)
    plan = [row[3] for row in populated.connection.execute(f"EXPLAIN QUERY PLAN {prepared.text}", given)]
    assert not [step for step in plan if "TEMP B-TREE" in step], plan
    assert "SEARCH job USING INDEX ix_job_open (kind=? AND state=? AND pool=?)" in plan[0]
