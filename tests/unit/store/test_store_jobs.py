"""Jobs in the database: who may take which, and what becomes of those whose owner died."""

from __future__ import annotations

import pytest

from unit.store.store_house import SECOND_US, House, order
from waybilld.core import backoff
from waybilld.core.backoff import Backoff
from waybilld.core.jobs import APART, JobState
from waybilld.core.lifecycle import Event, State, Work
from waybilld.store import jobs
from waybilld.store.jobs import Job, Owner
from waybilld.store.verify import verify

SHORT = Backoff(first=10.0, factor=2.0, longest=60.0, tries=3)


def states(house: House, kind: Work) -> list[str]:
    """The states of all jobs of a kind, oldest first."""
    return [row[0] for row in house.rows("SELECT state FROM job WHERE kind = ? ORDER BY id", kind.value)]


def sound(house: House) -> None:
    """Nothing that verify would name."""
    assert [str(f) for f in verify(house.run, house.seal)] == []


def test_oldest_jobs_come_first_and_only_once(house: House) -> None:
    """First come, first shipped; and two workers must never hold one job."""
    house.ingest(*(order(f"A-{n}") for n in range(5)))
    first, second = house.claim(Work.CHECK, 3), house.claim(Work.CHECK, 3)
    assert [job.shipment for job in first + second] == [1, 2, 3, 4, 5]
    assert house.claim(Work.CHECK) == []
    assert house.rows("SELECT DISTINCT state, owner, epoch FROM job") == [("busy", "worker", house.epoch)]
    sound(house)


def test_claim_takes_its_own_kind_only(house: House) -> None:
    """A worker that took another kind's job would do nothing with it."""
    house.ingest(order())
    assert house.claim(Work.ALLOCATE) == []
    assert len(house.claim(Work.CHECK)) == 1


def test_jobs_of_blocked_shipments_stay_where_they_are(house: House) -> None:
    """A person stopped this parcel: nothing may go on with it, and everything must once it is let go."""
    house.ingest(order("A-1"), order("A-2"))
    house.block(1)
    assert [job.shipment for job in house.claim(Work.CHECK)] == [2]
    house.unblock(1)
    assert [job.shipment for job in house.claim(Work.CHECK)] == [1]


def test_waiting_job_comes_back_when_it_is_due_and_before_ready_ones(house: House) -> None:
    """A retry that comes early hammers a service; one that comes last starves behind a day of new orders."""
    house.ingest(order("A-1"))
    (job,) = house.claim(Work.CHECK)
    house.do(lambda tx: jobs.again(tx, job, "not now", SHORT, 0.5))
    house.ingest(order("A-2"))
    house.block(2)
    assert house.claim(Work.CHECK) == []
    assert jobs.next_due_us(house.run, Work.CHECK) == house.one("SELECT run_at_us FROM job WHERE id = 1")
    house.now_us += 10 * SECOND_US
    house.unblock(2)
    found = house.claim(Work.CHECK)
    assert [(j.shipment, j.tries) for j in found] == [(1, 1), (2, 0)]
    sound(house)


def test_waits_at_least_as_long_as_asked(house: House) -> None:
    """A platform that says "in an hour" bans whoever asks in two seconds."""
    house.ingest(order())
    (job,) = house.claim(Work.CHECK)
    house.do(lambda tx: jobs.again(tx, job, "throttled", SHORT, 0.5, after_s=3600.0))
    assert house.one("SELECT run_at_us FROM job") == house.now_us + 3600 * SECOND_US


def test_last_try_dies_with_a_case(house: House) -> None:
    """Work that was given up must be somebody's task, not a row that nobody reads."""
    house.ingest(order())
    for _ in range(SHORT.tries):
        (job,) = house.claim(Work.CHECK)
        house.do(lambda tx, job=job: jobs.again(tx, job, "still broken", SHORT, 0.5))  # type: ignore[misc]
        house.now_us += 3600 * SECOND_US
    assert states(house, Work.CHECK) == ["dead"]
    assert house.rows("SELECT code, blocking, state FROM 'case'") == [("check-failed", 1, "open")]
    assert "after 3 tries: still broken" in house.one("SELECT message FROM 'case'")
    sound(house)


def test_doubt_is_asked_about_also_when_blocked_and_stays_a_doubt(house: House) -> None:
    """Whether a number was bought must be found out whatever a person decided; and a failed asking is no answer."""
    house.ingest(order())
    house.plan()
    (job,) = house.claim(Work.BUY)
    house.do(lambda tx: jobs.doubt(tx, job, "the line was cut", backoff.DOUBT, 0.5))
    house.block(1)
    for ask in (jobs.stall, jobs.again, jobs.give_back):
        house.now_us += 7200 * SECOND_US
        (asked,) = house.claim(Work.BUY)
        assert asked.doubted
        if ask is jobs.stall:
            house.do(lambda tx, j=asked: jobs.stall(tx, j, "not ready", 10.0))  # type: ignore[misc]
        elif ask is jobs.again:
            house.do(lambda tx, j=asked: jobs.again(tx, j, "no answer", backoff.DEFAULT, 0.5))  # type: ignore[misc]
        else:
            house.do(lambda tx, j=asked: jobs.give_back(tx, j, "it went on"))  # type: ignore[misc]
        assert states(house, Work.BUY) == ["in_doubt"]
        sound(house)


def test_stalling_uses_up_no_try(house: House) -> None:
    """A printer that is off over the weekend must not use up the patience meant for errors."""
    house.ingest(order())
    for _ in range(50):
        (job,) = house.claim(Work.CHECK)
        house.do(lambda tx, j=job: jobs.stall(tx, j, "not ready", 10.0))  # type: ignore[misc]
        house.now_us += 11 * SECOND_US
    assert house.rows("SELECT state, tries FROM job") == [("waiting", 0)]
    sound(house)


def test_held_job_is_done_and_its_shipment_blocked(house: House) -> None:
    """A person decides: nothing may retry behind their back."""
    house.ingest(order())
    (job,) = house.claim(Work.CHECK)
    house.do(lambda tx: jobs.hold(tx, job, "address-odd", "the street is missing"))
    assert states(house, Work.CHECK) == ["done"]
    assert house.rows("SELECT code, message FROM 'case'") == [("address-odd", "the street is missing")]
    sound(house)


@pytest.mark.parametrize("late", ["again", "stall", "doubt", "give_back", "hold", "dead"])
def test_superseded_job_does_not_come_back_to_life(house: House, late: str) -> None:
    """The order changed while its old version was worked on: that work's outcome must not haunt the new one."""
    house.ingest(order())
    (job,) = house.claim(Work.CHECK)
    house.ingest(order(seller_memo="changed meanwhile"))
    unit = {
        "again": lambda tx: jobs.again(tx, job, "no answer", SHORT, 0.5),
        "stall": lambda tx: jobs.stall(tx, job, "not ready", 1.0),
        "doubt": lambda tx: jobs.doubt(tx, job, "cut", SHORT, 0.5),
        "give_back": lambda tx: jobs.give_back(tx, job, "moved"),
        "hold": lambda tx: jobs.hold(tx, job, "odd", "look"),
        "dead": lambda tx: jobs.move(tx, job, JobState.DEAD, "gone"),
    }[late]
    house.do(unit)
    assert states(house, Work.CHECK) == ["done", "ready"]
    assert house.one("SELECT count(*) FROM 'case'") == 0
    sound(house)


def test_change_that_no_rule_allows_is_refused(house: House) -> None:
    """A bug of ours must fail loudly in its own unit."""
    job = Job(1, Work.CHECK, 1, None, 0)
    with pytest.raises(ValueError, match="cannot become busy"):
        house.do(lambda tx: jobs.move(tx, job, JobState.BUSY, "again"))


def test_recovery_doubts_what_reached_outside(house: House) -> None:
    """After a crash a purchase may have happened: it is asked about; what only decided is decided again."""
    house.until_rendered(order("A-1"))
    house.begin()
    house.ingest(order("A-2"))
    house.plan()
    house.claim(Work.BUY)
    house.ingest(order("A-3"))
    house.claim(Work.CHECK)
    assert house.do(jobs.recover) == {"in_doubt": 2, "ready": 1}
    assert states(house, Work.PRINT) == ["in_doubt"]
    assert states(house, Work.BUY) == ["done", "in_doubt"]
    assert states(house, Work.CHECK) == ["done", "done", "ready"]
    assert house.do(jobs.recover) == {}
    (asked,) = house.claim(Work.BUY)
    assert asked.doubted
    assert house.claim(Work.CHECK)[0].shipment == 3
    sound(house)


def test_print_jobs_belong_to_their_pool(house: House) -> None:
    """A label for the cold store must not come out in the shipping hall."""
    house.until_rendered(order())
    owner = Owner("lane", house.epoch)
    assert house.do(lambda tx: jobs.claim_print(tx, owner, "zebra-1", "elsewhere", 1)) is None
    found = house.do(lambda tx: jobs.claim_print(tx, owner, "zebra-1", "pool", None))
    assert found is not None
    assert found.shipment == 1


def test_refused_service_is_looked_for_again_in_a_new_round(house: House) -> None:
    """The second routing is new work: under the first one's key it would be taken for done."""
    house.ingest(order())
    house.plan()
    house.step(Work.BUY, Event.REFUSED)
    assert house.state() == State.ALLOCATED
    assert house.rows("SELECT key FROM job WHERE kind = 'route'") == [("1/route/1",), ("1/route/2",)]
    house.step(Work.ROUTE, Event.ROUTED)
    house.step(Work.RELEASE, Event.RELEASED)
    house.buy()
    assert house.state() == State.LABELLED
    sound(house)


def test_a_strangers_file_has_a_worker_of_its_own(house: House) -> None:
    """What it does with time and memory must hold up nobody else's label; what ended the daemon twice is looked at first."""
    house.ingest(order("A-1"), order("A-2"))
    house.plan()
    house.buy()
    owner = Owner("worker-render", house.epoch)
    first, second = house.do(lambda tx: jobs.claim(tx, Work.RENDER, 2, owner))
    house.do(lambda tx: jobs.hand_over(tx, first, APART))
    assert house.do(lambda tx: jobs.claim(tx, Work.RENDER, 2, owner)) == []
    assert [job.id for job in house.do(lambda tx: jobs.claim(tx, Work.RENDER, 2, owner, APART))] == [first.id]
    house.do(jobs.recover)
    again = house.do(lambda tx: jobs.claim(tx, Work.RENDER, 2, owner, APART))
    assert [job.id for job in again] == [first.id]
    assert [job.id for job in house.do(lambda tx: jobs.claim(tx, Work.RENDER, 2, owner))] == [second.id]
    house.do(jobs.recover)
    assert house.do(lambda tx: jobs.claim(tx, Work.RENDER, 2, owner, APART)) == []
    assert house.rows('SELECT shipment, code FROM "case"') == [(first.shipment, "artwork-unusable")]
    assert [job.id for job in house.do(lambda tx: jobs.claim(tx, Work.RENDER, 2, owner))] == [second.id]
    sound(house)
