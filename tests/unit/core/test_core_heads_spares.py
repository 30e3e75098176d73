"""Print heads that wear and shelves that empty: when somebody should order."""

from __future__ import annotations

import pytest

from waybilld.core.heads import DAY_US, Head, Reading, head, latest
from waybilld.core.rolls import Counters
from waybilld.core.spares import Doing, Movement, TooFew, after, days_left, to_order, used_a_day

KM = 1_000_000


def daily(*kilometres: float) -> list[Reading]:
    """A reading a day."""
    return [Reading(day * DAY_US, Counters("S", None, round(km * KM))) for day, km in enumerate(kilometres)]


def test_a_head_is_due_by_how_fast_it_runs() -> None:
    """A head that dies on the busiest Friday could have been ordered two weeks before."""
    found = head(Counters("S", None, 40 * KM), Counters("S", None, 10 * KM), daily(38, 39, 40), 153, 50)
    assert found == Head(30, 1000.0, 20, since_new=True)


@pytest.mark.parametrize(
    ("now", "replaced", "expected"),
    [
        (Counters("S", None, 40 * KM), None, (40, False)),
        (Counters("S2", None, 2 * KM), Counters("S", None, 10 * KM), (2, False)),
        (Counters("S", None, 2 * KM), Counters("S", None, 10 * KM), (2, False)),
        (Counters("S", 10_000, None), Counters("S", 4000, None), (0.918, True)),
        # Between two labels the count alone is read: the head must not look as old as the printer for that moment.
        (Counters("S", 10_000, None), Counters("S", 4000, 10 * KM), (0.918, True)),
    ],
    ids=["never-replaced", "another-device", "counter-back", "labels-alone", "no-length-now"],
)
def test_what_the_head_has_run(now: Counters, replaced: Counters | None, expected: tuple[float, bool]) -> None:
    """Where nobody wrote the change down, it is the device's whole life, and said so; another device begins anew."""
    found = head(now, replaced, [], 153, 50)
    assert found is not None
    assert (round(found.km, 3), found.since_new) == expected
    assert (found.metres_a_day, found.days_left) == (None, None)


def test_a_head_that_was_changed_since_the_last_reading() -> None:
    """Readings are taken once a day: with the daemon down, a new head must not be told as the old one."""
    replaced = Counters("S", None, 41 * KM)
    now = latest(daily(38, 39, 40), replaced)
    found = head(now, replaced, daily(38, 39, 40), 153, 50)
    assert found is not None
    assert (found.km, found.since_new) == (0.0, True)
    assert latest(daily(42), replaced) == Counters("S", None, 42 * KM)
    assert latest(daily(5), Counters("S0", None, 41 * KM)) == Counters("S", None, 5 * KM), "another device"
    assert (latest([], replaced), latest([], None)) == (replaced, Counters())


def test_whole_kilometres_are_no_metres() -> None:
    """A device that tells whole kilometres has not run 0.000 km, and one more of them in two weeks is no trend."""
    coarse = [Reading(day * DAY_US, Counters("S", None, km * KM, KM)) for day, km in enumerate((4, 4, 5))]
    found = head(coarse[-1].at, None, coarse, 153, 50)
    assert found == Head(5, None, None, since_new=False, step_km=1.0)
    assert found.told
    young = head(Counters("S", None, 0, KM), None, [], 153, 50)
    assert young is not None
    assert not young.told
    busy = [Reading(day * DAY_US, Counters("S", None, km * KM, KM)) for day, km in enumerate((4, 6, 8))]
    worn = head(busy[-1].at, None, busy, 153, 50)
    assert worn is not None
    assert (worn.metres_a_day, worn.days_left) == (2000.0, 21)


def test_no_counter_no_head() -> None:
    """A printer that counts nothing has no life that anybody could tell."""
    assert head(Counters(), None, [], 153, 50) is None


@pytest.mark.parametrize(
    ("moves", "a_day"),
    [
        ([], None),
        ([Movement(0, Doing.ADD, 20)], None),
        ([Movement(0, Doing.ADD, 20), Movement(DAY_US, Doing.TAKE, -6), Movement(2 * DAY_US, Doing.TAKE, -4)], 1.0),
        # What a count finds missing was used, too; what it finds more was not bought again.
        ([Movement(0, Doing.ADD, 20), Movement(DAY_US, Doing.COUNT, -10), Movement(DAY_US, Doing.COUNT, 3)], 1.0),
        # Taken before the window: spring says nothing about autumn.
        ([Movement(-10 * DAY_US, Doing.TAKE, -100), Movement(9 * DAY_US, Doing.TAKE, -7)], 0.5),
        ([Movement(10 * DAY_US - 60_000_000, Doing.TAKE, -1)], 1.0),
    ],
)
def test_consumption_of_two_weeks(moves: list[Movement], a_day: float | None) -> None:
    """Days left are only as good as the consumption that they rest on."""
    assert used_a_day(moves, 10 * DAY_US) == a_day


def test_days_and_order() -> None:
    """Nothing used means nothing to reckon by, not an infinity."""
    assert (days_left(7, 2.0), days_left(7, None), days_left(0, 1.0)) == (3, None, 0)
    assert to_order(5, 5)
    assert not to_order(6, 5)


def test_a_shelf_never_holds_less_than_nothing() -> None:
    """More taken than there is means that somebody did not write something down: a count, not a negative number."""
    assert (after(5, Doing.TAKE, 5), after(5, Doing.ADD, 2), after(5, Doing.COUNT, 9)) == (0, 7, 9)
    with pytest.raises(TooFew, match="there are 5"):
        after(5, Doing.TAKE, 6)
    with pytest.raises(ValueError, match="at most"):
        after(99_999, Doing.ADD, 2)
