"""What people say of labels, and how often: who says "it is not there" again and again gets no unmarked copies for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any, cast

import pytest

from support.services_house import House
from unit.services.test_lane_failover import sound
from unit.services.test_late_word import LABEL, MUTE
from unit.services.test_services_lane import REFUTED, Scripted, lane_on, ready, run
from waybilld.core.runs import Dispatchers
from waybilld.core.unconfirmed import Unconfirmed
from waybilld.services.labeldesk import LabelDesk
from waybilld.store import copies
from waybilld.store.copies import OverQuota
from waybilld.store.telling import CannotTell
from waybilld_sdk.context import Limits

PACKER, SUPERVISOR = 1000, 2000


class Inline:
    """Lends work that is done at once."""

    async def work(self, fn: Callable[..., Any], *args: object, limits: Limits) -> Any:
        return fn(*args)


@pytest.fixture
def house() -> Iterator[House]:
    house = House()
    yield house
    house.close()


@pytest.fixture
def port(house: House) -> Scripted:
    """A printer that tells nothing has printed two labels; their scans are to settle them."""
    ready(house, 2)
    port = Scripted()
    port.verdicts = [MUTE] * 100
    lane = lane_on(house, port)
    object.__setattr__(lane.printer, "unconfirmed", Unconfirmed.SETTLE_BY_SCAN)
    run(house, lane)
    return port


def desk(house: House, per_day: int = 1) -> LabelDesk:
    """So many copies a day; user 2000 is a supervisor."""
    supervisors = Dispatchers(frozenset({SUPERVISOR}), frozenset())
    fleet = cast(Any, SimpleNamespace(printers={}))
    return LabelDesk(cast(Any, house.store), cast(Any, Inline()), fleet, house.policies, per_day, supervisors)


def missed(house: House, at: LabelDesk, serial: str = LABEL, uid: int = PACKER) -> str:
    """Somebody looked for a label."""
    told = house.wait(at.settle(uid, serial, printed=False))
    house.turn(3)
    return told


def test_the_second_time_that_a_label_is_missed_makes_a_marked_copy(house: House, port: Scripted) -> None:
    """Nine identical labels of one parcel came out for nine words, and no scan could tell them apart."""
    at = desk(house)
    assert missed(house, at) == LABEL
    assert port.printed == ["attempt-1", "attempt-2", "attempt-3"]
    assert missed(house, at) == "W0000001.2"
    old, _, new = house.rows("label")
    assert (old["superseded_by"], new["copy"]) == (new["id"], 2)
    assert [(j["kind"], j["label"]) for j in house.rows("job") if j["state"] == "ready"] == [("copy", new["id"])]
    with pytest.raises(CannotTell, match=r"superseded by W0000001\.2"):
        missed(house, at)
    assert port.printed == ["attempt-1", "attempt-2", "attempt-3"]
    assert house.write(lambda tx: copies.made_by(tx.run, PACKER, 0)) == 1
    sound(house)


def test_that_copy_counts_as_one_that_was_asked_for(house: House, port: Scripted) -> None:
    """A quota that another word gets around is none; and what is refused is not half done."""
    at = desk(house, per_day=1)
    missed(house, at)
    missed(house, at)
    missed(house, at, "W0000002.1")
    with pytest.raises(OverQuota, match=r"asked for 1 copies in 24 hours, and may for 1: .*labels\.reprint\.supervisors"):
        missed(house, at, "W0000002.1")
    with pytest.raises(OverQuota):
        house.wait(at.reprint(PACKER, (), "W0000002.1", "smeared"))
    newest = [attempt for attempt in house.rows("attempt") if attempt["label"] == 2][-1]
    assert newest["state"] == "unconfirmed"
    assert missed(house, at, "W0000002.1", SUPERVISOR) == "W0000002.2"
    assert port.printed == [f"attempt-{at}" for at in range(1, 5)]
    sound(house)


def test_what_the_printer_itself_refuted_is_nobodys_word(house: House) -> None:
    """The quota is for people: a printer that loses its memory twice costs them nothing."""
    ready(house)
    port = Scripted()
    port.verdicts = [REFUTED, MUTE, MUTE]
    lane = lane_on(house, port)
    object.__setattr__(lane.printer, "unconfirmed", Unconfirmed.SETTLE_BY_SCAN)
    run(house, lane)
    assert missed(house, desk(house, per_day=0)) == LABEL
    assert house.attempt_states() == ["refuted", "refuted", "unconfirmed"]
