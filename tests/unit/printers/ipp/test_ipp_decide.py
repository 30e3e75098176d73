"""Every row of the table for jobs of print servers, and the words for their queues."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from waybilld_printers.papers import PaperSettings
from waybilld_printers.probes.ipp.decide import RULES, Case, decide, spent
from waybilld_printers.probes.ipp.looks import JobLook, JobState, Marker, NoQueue, NoServer, QueueLook, QueueState
from waybilld_printers.probes.ipp.states import STOPS, base_of, refusal, shown, status_of
from waybilld_printers.transports.cups.settings import Beside, CupsSettings
from waybilld_sdk.printing import Evidence, Outcome, PrinterState, PrinterStatus, Supply

QUEUE = QueueLook(QueueState.IDLE, (), "", True, "abort-job", "socket://10.0.0.9/", "Raw", "", (), (), ())
E = Evidence


def with_jobs(*jobs: tuple[JobState, bool]) -> QueueLook:
    """The queue with jobs of the attempt's name: state, and whether CUPS ever began with it."""
    return replace(QUEUE, named=tuple(JobLook(i, "a-1", state, begun) for i, (state, begun) in enumerate(jobs, 1)))


INCOMING = replace(QUEUE, named=(JobLook(1, "a-1", JobState.HELD, False, incoming=True),))
STOPPING = replace(with_jobs((JobState.CANCELED, True)), state=QueueState.PROCESSING)
"""CUPS calls a job cancelled before its backend has ended."""

ROWS = {
    "never-handed-over": (Case(QUEUE, E.NOTHING), Outcome.REFUTED, E.NOTHING),
    "no-server": (Case(NoServer("refused"), E.TOKEN), Outcome.PENDING, E.TOKEN),
    "no-queue": (Case(NoQueue("q"), E.TOKEN), Outcome.UNCONFIRMED, E.TOKEN),
    "twice": (Case(with_jobs((JobState.COMPLETED, True), (JobState.PENDING, False)), E.TOKEN), Outcome.UNCONFIRMED, E.TOKEN),
    "sent-again": (
        Case(with_jobs((JobState.COMPLETED, True)), E.TOKEN, word=True, resent=True),
        Outcome.UNCONFIRMED,
        E.TOKEN,
    ),
    "lost": (Case(QUEUE, E.TOKEN), Outcome.UNCONFIRMED, E.TOKEN),
    "completed-by-the-printers-word": (
        Case(with_jobs((JobState.COMPLETED, True)), E.TOKEN, word=True),
        Outcome.PROVEN,
        E.PRINTED,
    ),
    "completed": (Case(with_jobs((JobState.COMPLETED, True)), E.TOKEN), Outcome.UNCONFIRMED, E.ACKNOWLEDGED),
    "incoming": (Case(INCOMING, E.TOKEN), Outcome.PENDING, E.TOKEN),
    "again": (Case(with_jobs((JobState.PENDING, True)), E.TOKEN), Outcome.PENDING, E.TOKEN),
    "waits": (Case(with_jobs((JobState.PENDING, False)), E.TOKEN), Outcome.PENDING, E.TOKEN),
    "held": (Case(with_jobs((JobState.HELD, False)), E.TOKEN), Outcome.PENDING, E.TOKEN),
    "processing": (Case(with_jobs((JobState.PROCESSING, True)), E.TOKEN), Outcome.PENDING, E.TOKEN),
    "stopping": (Case(STOPPING, E.TOKEN), Outcome.PENDING, E.TOKEN),
    "ended-unbegun": (Case(with_jobs((JobState.CANCELED, False)), E.TOKEN), Outcome.REFUTED, E.TOKEN),
    "aborted": (Case(with_jobs((JobState.ABORTED, True)), E.TOKEN), Outcome.UNCONFIRMED, E.TOKEN),
    "canceled": (Case(with_jobs((JobState.CANCELED, True)), E.TOKEN), Outcome.UNCONFIRMED, E.TOKEN),
}


@pytest.mark.parametrize("name", ROWS)
def test_every_row(name: str) -> None:
    """A row that answers what another one should is a label printed twice, or never."""
    case, outcome, level = ROWS[name]
    rule, evidence = decide(case)
    assert (rule.name, rule.outcome, evidence) == (name, outcome, level)


def test_no_row_is_left_out() -> None:
    """A rule that nobody walks through is a guess."""
    assert list(ROWS) == [rule.name for rule in RULES]


@pytest.mark.parametrize(
    ("jobs", "chosen"),
    [
        (((JobState.PENDING, False),), ()),
        (((JobState.HELD, False),), ()),
        (((JobState.PROCESSING, True),), ()),
        (((JobState.PENDING, True),), (1,)),
        (((JobState.HELD, True),), (1,)),
        (((JobState.STOPPED, True),), (1,)),
        (((JobState.COMPLETED, True),), ()),
        (((JobState.CANCELED, False), (JobState.PENDING, False)), ()),
        (((JobState.COMPLETED, True), (JobState.PENDING, False)), (2,)),
        (((JobState.PROCESSING, True), (JobState.HELD, False)), (2,)),
    ],
)
def test_which_jobs_leave_the_queue_at_once(jobs: tuple[tuple[JobState, bool], ...], chosen: tuple[int, ...]) -> None:
    """A copy that stays comes out when somebody enables the queue; one taken off too early is a label that never came."""
    assert spent(with_jobs(*jobs)) == chosen


def test_a_job_without_its_document_leaves_the_queue_at_once() -> None:
    """It would stand in everybody's way until CUPS tires of waiting, a quarter of an hour later."""
    assert spent(INCOMING) == (1,)
    assert spent(NoServer("refused")) == spent(NoQueue("q")) == ()


def test_a_job_that_was_begun_again_is_stopped_in_the_middle() -> None:
    """A backend that asks for it (exit 7, as `ipp` does) is run again at once, and again: a label each time."""
    look = with_jobs((JobState.PROCESSING, True))
    assert spent(look, resent=True) == (1,)
    assert decide(Case(look, E.TOKEN, resent=True))[0].name == "again"
    assert spent(with_jobs((JobState.COMPLETED, True)), resent=True) == ()


def test_what_libcups_left_of_its_first_try_is_no_second_copy() -> None:
    """An empty job that was cancelled unbegun sent nothing: what counts is the other one."""
    empty = (JobState.CANCELED, False)
    assert decide(Case(with_jobs(empty, (JobState.COMPLETED, True)), E.TOKEN))[0].name == "completed"
    assert decide(Case(with_jobs((JobState.COMPLETED, True), empty), E.TOKEN))[0].name == "completed"
    assert decide(Case(with_jobs(empty, empty), E.TOKEN))[0].name == "ended-unbegun"


def test_a_cancelled_job_is_over_when_its_backend_is() -> None:
    """Till then it goes on sending, and whoever says that nothing of it came out may be wrong a second later."""
    assert [job.id for job in STOPPING.unended] == [1]
    assert replace(STOPPING, state=QueueState.IDLE).unended == ()
    stranger = JobLook(7, "", JobState.PROCESSING, True)
    assert replace(STOPPING, open_jobs=(stranger,)).unended == ()
    assert replace(with_jobs((JobState.CANCELED, False)), state=QueueState.PROCESSING).unended == ()
    assert len(with_jobs((JobState.PENDING, False)).unended) == 1


def test_completed_never_proves_by_itself() -> None:
    """The trap that all others fell into: CUPS says completed, and no label came out."""
    for state in JobState:
        for begun in (False, True):
            for reached in Evidence:
                rule, _ = decide(Case(with_jobs((state, begun)), reached))
                assert rule.outcome is not Outcome.PROVEN


@pytest.mark.parametrize("suffix", ["", "-report", "-warning", "-error"])
def test_a_reason_means_the_same_with_any_suffix(suffix: str) -> None:
    """Print servers derive the suffix from the queue's state: an empty tray is an empty tray."""
    for reason, advice in STOPS.items():
        status = status_of(replace(QUEUE, reasons=(reason + suffix,)))
        assert (status.state, status.reasons, status.advice) == (PrinterState.STOPPED, (reason + suffix,), advice)
        assert base_of(reason + suffix) == reason


def test_unknown_reasons_are_kept_and_stop_nobody() -> None:
    """A vendor's own word is shown as it came; only what is known to stop a printer stops it."""
    status = status_of(replace(QUEUE, reasons=("x-acme-lamp-dim-warning", "media-low-report")))
    assert status.state is PrinterState.IDLE
    assert status.reasons == ("x-acme-lamp-dim-warning", "media-low-report")
    assert status.advice.startswith("Have a new roll")


@pytest.mark.parametrize(
    ("look", "state", "words"),
    [
        (NoServer("connection refused"), PrinterState.UNKNOWN, "CUPS does not answer"),
        (NoQueue("bench"), PrinterState.STOPPED, "no queue bench"),
        (replace(QUEUE, state=QueueState.STOPPED, message="out of wax"), PrinterState.STOPPED, "out of wax"),
        (replace(QUEUE, accepting=False), PrinterState.STOPPED, "cupsaccept"),
        (replace(QUEUE, reasons=("connecting-to-device-report",)), PrinterState.UNKNOWN, "cannot reach"),
        (replace(QUEUE, state=QueueState.PROCESSING), PrinterState.PROCESSING, ""),
    ],
)
def test_states_say_what_to_do(look: object, state: PrinterState, words: str) -> None:
    """A state without advice is a puzzle for somebody with a queue of parcels."""
    status = status_of(look)  # type: ignore[arg-type]
    assert status.state is state
    assert words in status.advice


def test_no_label_goes_where_it_would_be_sent_twice_or_behind_others() -> None:
    """With retry-job CUPS sends from byte 0 again; behind a stranger's job nobody knows when ours comes."""
    assert refusal(QUEUE) == ""
    assert "abort-job" in refusal(replace(QUEUE, error_policy="retry-job"))
    stranger = JobLook(7, "", JobState.PROCESSING, True)
    assert "7 (without a name)" in refusal(replace(QUEUE, open_jobs=(stranger,)))
    assert "Load paper" in refusal(replace(QUEUE, reasons=("media-empty-warning",)))


def test_a_queue_that_gets_no_label_does_not_look_well() -> None:
    """At two in the morning `idle` with labels waiting is no help."""
    stranger = JobLook(7, "", JobState.PROCESSING, True)
    for kept_back in (replace(QUEUE, error_policy="retry-job"), replace(QUEUE, open_jobs=(stranger,))):
        status = status_of(kept_back)
        assert status.state is PrinterState.STOPPED
        assert status.advice == refusal(kept_back)
    assert status_of(replace(with_jobs((JobState.PROCESSING, True)), open_jobs=(stranger,))).state is PrinterState.IDLE


def test_supplies_are_passed_on() -> None:
    """An office printer's toner is found low before the day, not in it."""
    status = status_of(replace(QUEUE, markers=(Marker("toner", "Black", 7, True), Marker("waste", "Box", None, False))))
    assert status.supplies == (Supply("toner", "Black", 7, True), Supply("waste", "Box", None, False))


def test_a_job_that_hangs_or_is_held_shows_as_a_stopped_printer() -> None:
    """Else its pool would wait for ever: the queue itself says that all is well."""
    idle = PrinterStatus(PrinterState.PROCESSING)
    rules = {rule.name: rule for rule in RULES}
    assert shown(idle, rules["processing"], 5.0, 60.0) == idle
    late = shown(idle, rules["processing"], 61.0, 60.0)
    assert (late.state, late.reasons) == (PrinterState.STOPPED, ("timed-out",))
    for name in ("held", "again", "incoming"):
        assert shown(idle, rules[name], 0.0, 60.0).state is PrinterState.STOPPED
    assert shown(idle, rules["completed"], 99.0, 60.0) == idle


def test_the_reference_has_every_setting_row_and_reason() -> None:
    """What the page lacks, nobody finds."""
    text = (Path(__file__).parents[4] / "docs" / "reference" / "printers-cups.md").read_text("utf-8")
    for name, field in (*CupsSettings.model_fields.items(), *Beside.model_fields.items()):
        assert f"`{name}`" in text
        assert name in PaperSettings.model_fields or str(field.description) in text
    for rule in RULES:
        assert f"| {rule.name} | {rule.outcome} | E{int(rule.most)} | {rule.reason} |" in text
    for reason, advice in STOPS.items():
        assert f"| `{reason}` | {advice} |" in text
