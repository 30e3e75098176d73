"""What the adapter relies on in a CUPS server, held against a real cupsd and against the simulation's stand-in for it."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from support.cups_servers import QUEUE, RealServer, Server, SimulatedServer, named, queue_of
from support.cupsd import missing
from support.reactor_thread import session_reactor
from waybilld.host.processes import WorkerProcesses
from waybilld_printers.probes.ipp.looks import JobLook, JobState, NoQueue, NoServer, QueueState
from waybilld_printers.transports.cups import work
from waybilld_printers.transports.cups.settings import RAW

SMALL = b"^XA^PW80^LL80^FO8,8^GFA,2,2,1,FF81^FS^XZ"
LARGE = b"^XA^FX" + b"x" * 6_000_000 + b"^FS^XZ"
"""More than all buffers on the way to a printer take."""

Make = Callable[..., Server]


@pytest.fixture(scope="module")
def processes() -> Iterator[WorkerProcesses]:
    made = WorkerProcesses(session_reactor().reactor, 1)
    yield made
    made.close()


@pytest.fixture(params=["real", "simulated"])
def make(request: pytest.FixtureRequest, processes: WorkerProcesses) -> Iterator[Make]:
    """Makes a server; `error_policy` and `careful` as the test wants them."""
    assert not missing(), missing()
    servers: list[Server] = []
    # A short path that other users may enter: cupsd's socket must fit into one, and cupsd is not root.
    with tempfile.TemporaryDirectory(prefix="wb-") as folder:
        Path(folder).chmod(0o755)

        def made(error_policy: str = "abort-job", *, careful: bool = False) -> Server:
            if request.param == "real":
                servers.append(RealServer(Path(folder), processes, error_policy, careful=careful))
            else:
                servers.append(SimulatedServer(error_policy, careful=careful))
            return servers[-1]

        yield made
        for server in servers:
            server.close()


def submit(server: Server, name: str, document: bytes = SMALL) -> int:
    """The job's number."""
    sent = server.ask(work.submit, QUEUE, name, RAW, document)
    assert isinstance(sent, work.Submitted), sent
    return sent.job


def until(server: Server, name: str, holds: Callable[[JobLook], bool]) -> JobLook:
    """Wait for the only job of this name."""
    may_still = server.patience()
    while True:
        (job,) = named(server, name)
        if holds(job):
            return job
        assert may_still(), job
        server.pass_time()


def in_state(*states: JobState) -> Callable[[JobLook], bool]:
    return lambda job: job.state in states


def test_a_job_is_completed_once_it_is_handed_over_and_stays_in_the_history(make: Make) -> None:
    server = make()
    number = submit(server, "one")
    job = until(server, "one", in_state(JobState.COMPLETED))
    assert (job.id, job.begun) == (number, True)
    look = queue_of(server.ask(work.look, QUEUE, "two"))
    assert (look.state, look.open_jobs, look.named) == (QueueState.IDLE, (), ())
    assert look.error_policy == "abort-job"
    may_still = server.patience()
    while server.labels_out() < 1 and may_still():
        server.pass_time()
    assert server.labels_out() == 1


def test_one_job_after_the_other_and_a_waiting_one_is_cancelled_unbegun(make: Make) -> None:
    server = make()
    server.printer("stall")
    first = submit(server, "first", LARGE)
    until(server, "first", in_state(JobState.PROCESSING))
    second = submit(server, "second")
    job = until(server, "second", in_state(JobState.PENDING))
    assert not job.begun
    look = queue_of(server.ask(work.look, QUEUE, "second"))
    assert look.state is QueueState.PROCESSING
    assert [(job.id, job.name) for job in look.open_jobs] == [(first, "")], "names are their owner's"
    server.ask(work.cancel, (second,))
    assert not until(server, "second", in_state(JobState.CANCELED)).begun


def test_somebody_else_s_job_is_seen_only_since_ours_was_begun(make: Make) -> None:
    """A counter that rose by one may have counted theirs."""
    server = make()
    server.foreign(SMALL)
    may_still = server.patience()
    while server.labels_out() < 1 and may_still():
        server.pass_time()
    for _ in range(30):
        server.pass_time()  # the server's clock has whole seconds
    submit(server, "one")
    until(server, "one", in_state(JobState.COMPLETED))
    assert not queue_of(server.ask(work.look, QUEUE, "one")).shared
    submit(server, "ours as well")
    until(server, "ours as well", in_state(JobState.COMPLETED))
    assert not queue_of(server.ask(work.look, QUEUE, "one")).shared
    server.foreign(SMALL)
    while server.labels_out() < 4 and may_still():
        server.pass_time()
    look = queue_of(server.ask(work.look, QUEUE, "one"))
    assert look.shared
    assert not look.open_jobs or look.open_jobs[0].name == ""


def test_a_job_that_is_cancelled_in_the_middle_was_begun(make: Make) -> None:
    server = make()
    server.printer("stall")
    number = submit(server, "one", LARGE)
    until(server, "one", in_state(JobState.PROCESSING))
    server.ask(work.cancel, (number,))
    assert until(server, "one", in_state(JobState.CANCELED)).begun
    server.printer("power-cycle")
    submit(server, "two")
    until(server, "two", in_state(JobState.COMPLETED))


def test_a_stopped_queue_takes_jobs_and_begins_none(make: Make) -> None:
    server = make()
    server.disable()
    submit(server, "one")
    job = until(server, "one", in_state(JobState.PENDING))
    assert not job.begun
    look = queue_of(server.ask(work.look, QUEUE, "one"))
    assert look.state is QueueState.STOPPED
    assert "paused" in look.reasons
    server.enable()
    until(server, "one", in_state(JobState.COMPLETED))


def test_a_cut_in_the_middle_aborts_the_job(make: Make) -> None:
    server = make()
    server.printer("reset")
    submit(server, "one", LARGE)
    job = until(server, "one", in_state(JobState.ABORTED))
    assert job.begun
    assert queue_of(server.ask(work.look, QUEUE, "one")).state is QueueState.IDLE


def test_where_the_policy_says_stop_the_job_waits_to_be_sent_again(make: Make) -> None:
    server = make("stop-printer")
    server.printer("reset")
    submit(server, "one", LARGE)
    until(server, "one", lambda job: job.begun and job.state is JobState.PENDING)
    assert queue_of(server.ask(work.look, QUEUE, "one")).state is QueueState.STOPPED
    server.enable()
    until(server, "one", in_state(JobState.COMPLETED))


def test_a_cut_after_the_last_byte_is_no_failure(make: Make) -> None:
    """The backend has written everything: how the connection ends says nothing to it."""
    server = make()
    server.printer("reset")
    submit(server, "one", SMALL + b"^FX" + b"x" * 3000)
    until(server, "one", in_state(JobState.COMPLETED))


def test_a_printer_that_takes_no_connection_is_tried_again(make: Make) -> None:
    server = make()
    server.printer("refuse")
    submit(server, "one")
    job = until(server, "one", in_state(JobState.PROCESSING))
    assert job.begun
    server.printer("accept")
    until(server, "one", in_state(JobState.COMPLETED))


def test_a_crash_forgets_the_jobs_and_gives_their_numbers_again(make: Make) -> None:
    server = make()
    server.printer("stall")
    number = submit(server, "one", LARGE)
    until(server, "one", in_state(JobState.PROCESSING))
    server.crash()
    assert isinstance(server.ask(work.look, QUEUE, "one"), NoServer)
    assert isinstance(server.ask(work.submit, QUEUE, "two", RAW, SMALL), work.NotTaken)
    server.printer("power-cycle")
    server.start()
    assert named(server, "one") == ()
    assert submit(server, "other") == number
    until(server, "other", in_state(JobState.COMPLETED))


def test_a_careful_server_sends_again_after_a_crash(make: Make) -> None:
    server = make(careful=True)
    server.printer("stall")
    submit(server, "one", LARGE)
    until(server, "one", in_state(JobState.PROCESSING))
    server.crash()
    server.printer("power-cycle")
    server.start()
    assert until(server, "one", in_state(JobState.COMPLETED)).begun


def test_a_queue_that_is_not_there(make: Make) -> None:
    server = make()
    assert server.ask(work.look, "nowhere", "one") == NoQueue("nowhere")
    assert isinstance(server.ask(work.submit, "nowhere", "one", RAW, SMALL), work.NotTaken)
