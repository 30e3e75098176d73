"""Retention as a service: nothing grows with history, and neither a full disk nor a long list makes it hurry or stop."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from support.services_house import House
from waybilld.config.model import Retention
from waybilld.core.lifecycle import Event
from waybilld.core.policy import Policies
from waybilld.core.runs import Person
from waybilld.services.keeper import Keeper
from waybilld.store import runs, schema, shipments
from waybilld.store.retention import BATCH
from waybilld.store.tx import Tx
from waybilld_sdk.printing import Evidence, PrinterCapabilities

_DAY_US = 86_400_000_000


@pytest.fixture
def house() -> Iterator[House]:
    house = House()
    yield house
    house.close()


def old_blobs(house: House, number: int) -> None:
    """So many pixels whose time is over, and one whose time is not."""
    house.ingest(1)
    private = house.rows("private")[0]["id"]

    def unit(tx: Tx) -> None:
        for place in range(number + 1):
            expires = tx.now_us + (_DAY_US if place == number else -1)
            tx.run._connection.execute(
                "INSERT INTO blob (private, digest, sealed, expires_at_us) VALUES (?, ?, ?, ?)",
                (private, f"d{place}", b"sealed", expires),
            )

    house.write(unit)


def keep(house: House) -> Keeper:
    """A keeper, begun."""
    keeper = Keeper(Retention(), house.store, house.clock)
    house.wait(keeper.start())
    return keeper


def test_what_is_over_goes_batch_by_batch_and_the_rest_stays(house: House) -> None:
    """One huge deletion would hold up every commit behind it."""
    old_blobs(house, 2 * BATCH + 5)
    keep(house)
    house.turn(0.5)
    assert len(house.rows("blob")) == BATCH + 5 + 1
    house.turn(3)
    assert len(house.rows("blob")) == 1


def test_it_looks_again_while_the_daemon_lives(house: House) -> None:
    """A daemon runs for months: retention at the start alone would keep pixels for as long."""
    keep(house)
    house.turn(5)
    old_blobs(house, 3)
    house.turn(700)
    assert len(house.rows("blob")) == 1


def test_a_full_disk_does_not_end_it(house: House) -> None:
    """Deleting needs a commit too; retention goes on once there is room."""
    old_blobs(house, 3)
    house.disk.full = True
    keep(house)
    house.turn(700)
    assert len(house.rows(schema.blob.name)) == 4
    house.disk.full = False
    house.turn(700)
    assert len(house.rows("blob")) == 1


def test_a_stop_is_prompt(house: House) -> None:
    """It rests for minutes between two rounds; a stop must not wait for that."""
    keeper = keep(house)
    house.turn(5)
    began = house.now()
    house.wait(keeper.stop())
    assert house.now() - began < 0.1


def test_a_run_that_nobody_closed_is_closed_by_itself(house: House) -> None:
    """A driver's addresses must not lie open for ever because somebody forgot."""
    house.rendered(PrinterCapabilities("zpl", 8.0, (100.0, 150.0), splits_token=True, proves=Evidence.PRINTED), "8/x", None)
    house.write(_as_printed)
    house.write(lambda tx: runs.open_run(tx, "north", [1], frozenset({"own"}), Person(7, "mei")))
    keep(house)
    house.turn(2 * 86_400)
    assert [run["state"] for run in house.rows("run")] == ["open"]
    house.turn(86_400 + 700)
    assert [(run["state"], run["closed_uid"]) for run in house.rows("run")] == [("closed", None)]


def _as_printed(tx: Tx) -> None:
    shipments.step(tx, shipments.load(tx.run, 1), Event.PRINTED, Policies({}))
