"""Fixtures of the store's tests. Databases are made once and copied: a migration costs more than most tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from unit.store.store_house import House, live_in
from waybilld.store.engine import FILE
from waybilld.store.migrate import upgrade


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database file with the schema and nothing else."""
    path = tmp_path_factory.mktemp("empty") / FILE
    upgrade(path)
    return path


@pytest.fixture(scope="session")
def lived_in_database(tmp_path_factory: pytest.TempPathFactory, empty_database: Path) -> Path:
    """A database file that has seen most of what happens."""
    house = House(tmp_path_factory.mktemp("lived_in"), empty_database)
    live_in(house)
    house.close()
    return house.path


@pytest.fixture
def house(tmp_path: Path, empty_database: Path) -> Iterator[House]:
    """An empty database with its writer."""
    found = House(tmp_path, empty_database)
    yield found
    found.close()


@pytest.fixture
def lived(tmp_path: Path, lived_in_database: Path) -> Iterator[House]:
    """A database that has seen most of what happens, with its writer."""
    found = House(tmp_path, lived_in_database, seed=2)
    yield found
    found.close()
