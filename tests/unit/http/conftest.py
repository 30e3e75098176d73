"""Fixtures of the API's tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from unit.http.http_house import OWN_ACCOUNTS, Daemon, daemon_over
from unit.store.store_house import House, closed_pack, live_in
from waybilld.core.runs import Person
from waybilld.store import runs
from waybilld.store.engine import FILE
from waybilld.store.migrate import upgrade


@pytest.fixture(scope="session")
def api_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database that has seen most of what happens."""
    folder = tmp_path_factory.mktemp("api")
    upgrade(folder / FILE)
    house = House(folder)
    live_in(house)
    house.do(lambda tx: runs.open_run(tx, "north", [1], OWN_ACCOUNTS, Person(7001, "mei")))
    house.do(closed_pack)
    house.close()
    return house.path


@pytest.fixture
def daemon(tmp_path: Path, api_template: Path) -> Iterator[Daemon]:
    """A daemon over it."""
    found = daemon_over(tmp_path, api_template)
    yield found
    found.house.close()
