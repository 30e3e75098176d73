"""kill -9 again and again while orders are printed: nothing is lost, nothing comes out twice, everybody agrees."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path

import pytest

from scenario import campaign
from scenario.kill import Run, plan
from scenario.kill_audit import Evidence, Paper, judge

SEED, ORDERS, KILLS = 7, 120, 12


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """One whole run; its evidence serves all tests of this module."""
    finished = Run(tmp_path_factory.mktemp("kill"), SEED, ORDERS, KILLS, print)
    finished.go()
    return finished


def _evidence(run: Run) -> Evidence:
    assert run.evidence is not None
    return run.evidence


def test_every_label_is_proven_or_listed_and_none_came_out_twice(run: Run) -> None:
    """The first two promises: a lost order is a parcel that never leaves, a second label is one that leaves twice."""
    found = run.outcome.findings
    assert found.failures == []
    assert found.proven + found.unconfirmed == ORDERS
    assert sum(run.outcome.moments.values()) == KILLS


def test_a_daemon_that_was_killed_is_ready_again_soon(run: Run) -> None:
    """A restart that takes minutes is an outage, however little it loses."""
    assert max(run.outcome.recoveries_s) < 30.0


Lie = Callable[[Evidence], Evidence]


def _label_twice(true: Evidence) -> Evidence:
    again = dataclasses.replace(true.papers[0], picture="again.png")
    return dataclasses.replace(true, papers=(*true.papers, again))


def _label_gone(true: Evidence) -> Evidence:
    return dataclasses.replace(true, papers=true.papers[1:])


def _foreign_label(true: Evidence) -> Evidence:
    foreign = Paper(true.papers[0].printer, "foreign.png", "W9999999.1", "RR000000000CN")
    return dataclasses.replace(true, papers=(*true.papers, foreign))


def _labels_swapped(true: Evidence) -> Evidence:
    first, second, *rest = true.papers
    swapped = (
        dataclasses.replace(first, number=second.number),
        dataclasses.replace(second, number=first.number),
    )
    return dataclasses.replace(true, papers=(*swapped, *rest))


def _counted_more(true: Evidence) -> Evidence:
    return dataclasses.replace(true, odometers={name: count + 1 for name, count in true.odometers.items()})


def _order_lost(true: Evidence) -> Evidence:
    return dataclasses.replace(true, book=dataclasses.replace(true.book, orders=true.book.orders[1:]))


def _number_twice(true: Evidence) -> Evidence:
    parcel, _, state, key = true.book.waybills[0]
    waybills = [(parcel, true.book.waybills[1][1], state, key), *true.book.waybills[1:]]
    return dataclasses.replace(true, book=dataclasses.replace(true.book, waybills=waybills))


def _number_unknown_here(true: Evidence) -> Evidence:
    kv = {**true.book.kv, "key:wb-nobody-g1": "RR999999999CN"}
    return dataclasses.replace(true, book=dataclasses.replace(true.book, kv=kv))


def _never_settled(true: Evidence) -> Evidence:
    label, printer, _ = true.book.attempts[0]
    attempts = [(label, printer, "sent"), *true.book.attempts[1:]]
    return dataclasses.replace(true, book=dataclasses.replace(true.book, attempts=attempts))


def _confirmed_twice(true: Evidence) -> Evidence:
    return dataclasses.replace(true, told=(*true.told, true.told[0]))


def _not_confirmed(true: Evidence) -> Evidence:
    return dataclasses.replace(true, told=true.told[1:])


def _file_left(true: Evidence) -> Evidence:
    return dataclasses.replace(true, lying={**true.lying, "": frozenset({"export.csv"})})


_LIES = (
    _label_twice,
    _label_gone,
    _foreign_label,
    _labels_swapped,
    _counted_more,
    _order_lost,
    _number_twice,
    _number_unknown_here,
    _never_settled,
    _confirmed_twice,
    _not_confirmed,
    _file_left,
)


@pytest.mark.parametrize("lie", _LIES, ids=lambda lie: str(lie.__name__).strip("_"))
def test_the_audit_notices(run: Run, lie: Lie) -> None:
    """An audit that cannot fail proves nothing."""
    assert judge(lie(_evidence(run))).failures


def test_a_plan_is_a_pure_function_of_its_seed() -> None:
    """A finding that cannot be planned again cannot be looked into."""
    assert plan(3, 60, 6) == plan(3, 60, 6)
    assert plan(3, 60, 6) != plan(4, 60, 6)
    files = [file for kill in plan(3, 60, 6) for file in (*kill.before, *kill.during)]
    assert len({order for file in files for order in file.ids}) == 60
    assert len({file.name for file in files}) == len(files)


@pytest.mark.campaign
def test_the_kill_campaign() -> None:
    """50 kills over 500 orders find nothing."""
    assert campaign.main(["kill"]) == 0


def test_a_campaign_resumes_and_writes_its_row(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A campaign of hours that is stopped near its end must not begin anew, and its result must be findable."""
    ran: list[int] = []

    def unit(seed: int, folder: Path, say: campaign.Say) -> campaign.Result:
        ran.append(seed)
        return campaign.Result({"orders": 10}, ["a label | came out twice"] if seed == 2 else [], 1.5)

    page = tmp_path / "campaigns.md"
    one = campaign.Campaign("sample", "10 orders", (1, 2), unit)
    assert campaign.run(one, (1, 2), tmp_path, page) == ["seed 2: a label | came out twice"]
    assert campaign.run(one, (1, 2), tmp_path, page) == ["seed 2: a label | came out twice"]
    assert ran == [1, 2, 2]
    rows = [line for line in page.read_text("utf-8").splitlines() if line.startswith("| 2")]
    assert len(rows) == 1
    assert "orders 20" in rows[0]
    assert r"a label \| came out twice" in rows[0]
    assert "sample, seed 2" in capsys.readouterr().out
