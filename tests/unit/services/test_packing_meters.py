"""Waiting labels, reprints and bad labels as Prometheus sees them: from the database, with few and bounded labels."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from unit.store.store_house import House, order
from waybilld.core.runs import Person
from waybilld.core.troubles import Cause
from waybilld.services.meters import Meters
from waybilld.services.packingmeters import PackingMeters, show_packing
from waybilld.store import copies, journal, troubles
from waybilld.store.migrate import upgrade

MEI = Person(7001, "mei")


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """A database."""
    upgrade(tmp_path / "empty.db")
    (tmp_path / "house").mkdir()
    found = House(tmp_path / "house", tmp_path / "empty.db")
    yield found
    found.close()


@pytest.fixture
def meters() -> Meters:
    """Metrics of one daemon."""
    return Meters()


def value(meters: Meters, name: str, **labels: str) -> float | None:
    """A metric's value."""
    return meters.registry.get_sample_value(name, labels)


def test_labels_that_wait(house: House, meters: Meters) -> None:
    """An alert on it rings while the line stands; a pool without any shows nought, and one that is gone nothing."""
    house.until_rendered(order("A-1"), order("A-2"))
    show_packing(meters, house.run, ["idle", ""])
    assert value(meters, "waybilld_labels_waiting", pool="idle") == 0
    assert value(meters, "waybilld_labels_waiting", pool="pool") == 2
    house.print()
    house.print()
    show_packing(meters, house.run, ["other"])
    assert value(meters, "waybilld_labels_waiting", pool="pool") is None


def test_reprints_and_bad_labels(house: House, meters: Meters) -> None:
    """What people type is no label of a metric: only the cause that it begins with."""
    house.until_printed(order("A-1"), order("A-2"))
    house.do(lambda tx: troubles.report(tx, "S1", Cause.FAINT_OR_BLANK, "left edge", MEI))
    house.do(lambda tx: copies.reprint(tx, "S1", "faint-or-blank: left edge", MEI))
    house.do(lambda tx: copies.reprint(tx, "S2", "Jo Test wants it again", MEI))
    PackingMeters(meters)(journal.after(house.run, 0, 1000))
    assert value(meters, "waybilld_bad_labels_total", cause="faint-or-blank") == 1
    assert value(meters, "waybilld_reprints_total", reason="faint-or-blank") == 1
    assert value(meters, "waybilld_reprints_total", reason="other") == 1
    assert b"Jo Test" not in meters.exposition()
