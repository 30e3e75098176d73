"""Fixtures of the API's tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from unit.http.http_house import OWN_ACCOUNTS, Daemon, daemon_over
from unit.store.store_house import House, live_in
from waybilld.core.runs import Person
from waybilld.store import runs, schema
from waybilld.store.engine import FILE
from waybilld.store.migrate import upgrade
from waybilld.store.tx import Tx


@pytest.fixture(scope="session")
def api_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database that has seen most of what happens."""
    folder = tmp_path_factory.mktemp("api")
    upgrade(folder / FILE)
    house = House(folder)
    live_in(house)
    house.do(lambda tx: runs.open_run(tx, "north", [1], OWN_ACCOUNTS, Person(7001, "mei")))
    house.do(_closed_pack)
    house.close()
    return house.path


def _closed_pack(tx: Tx) -> None:
    """A pack of one label, as if the first had not come out of a printer but of people's hands."""
    who = {"settled_at_us": tx.now_us, "settled_uid": 7002, "settled_user": "ada"}
    with tx.entry("hand.made") as entry:
        pack = entry.insert(schema.pack, pool="pool", state="open", made_at_us=tx.now_us, made_uid=7002, made_user="ada")
        item = entry.insert(schema.pack_item, pack=pack, number=1, label=1, page=1, attempt=1, state="open")
        entry.insert(schema.pack_showing, pack=pack, at_us=tx.now_us, uid=7002, user="ada")
        entry.update(schema.pack_item, item, state="printed", **who)
        entry.update(schema.pack, pack, state="closed", closed_at_us=tx.now_us)


@pytest.fixture
def daemon(tmp_path: Path, api_template: Path) -> Iterator[Daemon]:
    """A daemon over it."""
    found = daemon_over(tmp_path, api_template)
    yield found
    found.house.close()
