"""Fixtures of the command line's tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from unit.cli.cli_house import put
from unit.store.store_house import House, closed_pack, live_in
from waybilld.core.runs import Person
from waybilld.store import runs
from waybilld.store.engine import FILE
from waybilld.store.migrate import upgrade


@pytest.fixture(scope="session")
def cli_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database that has seen most of what happens."""
    folder = tmp_path_factory.mktemp("cli")
    upgrade(folder / FILE)
    house = House(folder)
    live_in(house)
    house.do(lambda tx: runs.open_run(tx, "north", [1], frozenset({"numbers"}), Person(7001, "mei")))
    house.do(closed_pack)
    house.close()
    return house.path


@pytest.fixture
def config(tmp_path: Path, cli_template: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A configuration over that database, named by the environment; no daemon runs."""
    path = put(tmp_path, cli_template)
    monkeypatch.setenv("WAYBILLD_CONFIG", str(path))
    return path


@pytest.fixture
def unused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A configuration with which no daemon ever ran."""
    path = put(tmp_path, None)
    monkeypatch.setenv("WAYBILLD_CONFIG", str(path))
    return path
