"""A CUPS server on the simulated network: queues of one job at a time, each feeding a virtual printer through a link.

It answers the three questions that `waybilld_printers.transports.cups.work` asks of a real server, and is held to the same
contract (`tests/contract/test_cups_server_contract.py`). What it does was seen of CUPS 2.4.2: the socket backend connects,
writes, closes its half and waits for the printer's end; a job that fails goes as the queue's error policy says; a crash
loses what was not on the disk, or sends all of it again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from twisted.internet.defer import Deferred

from support.sim.base import Ether
from support.sim.printer import PRINT_PORT, SimPrinter
from support.sim.wire import Link
from waybilld_printers.probes.ipp.looks import JobLook, JobState, Look, NoQueue, NoServer, QueueLook, QueueState
from waybilld_printers.transports.cups import work

FOREIGN_FORMAT = b"^XA^FXnot ours^FS^FO10,10^GFA,1,1,1,80^FS^XZ"
"""What somebody else prints through a queue of ours."""

_FOREIGN = "Untitled"
_SEND_BUFFER = 65_536
_CONNECT_AGAIN_S = 5.0
_END_WAIT_S = 90.0
"""How long the socket backend waits for the printer's end of the connection."""
_NEVER_S = 1e9


@dataclass(slots=True, eq=False)
class Job:
    """One job of a queue. `document` None: it was made, and its document never came."""

    id: int
    name: str
    document: bytes | None
    state: JobState = JobState.PENDING
    begun: bool = False
    message: str = ""
    begun_at: int = 0
    """When it was begun last, in the server's whole seconds."""

    def look(self) -> JobLook:
        """As a client sees it."""
        return JobLook(self.id, self.name, self.state, self.begun, self.message, self.document is None, self.begun_at)


@dataclass(slots=True, eq=False)
class Queue:
    """One queue and the printer behind it."""

    name: str
    printer: SimPrinter
    error_policy: str = "abort-job"
    roomy: bool = True
    """The system's buffers take a whole document; else the printer must have taken it before its backend is done."""
    paused: bool = False
    message: str = ""
    jobs: list[Job] = field(default_factory=list)
    backend: Backend | None = None

    @property
    def state(self) -> QueueState:
        """As `printer-state` says it."""
        if self.paused:
            return QueueState.STOPPED
        return QueueState.IDLE if self.backend is None else QueueState.PROCESSING


class Backend:
    """One run of the socket backend for one job. `ended` is told once: None when all was handed over, else why not."""

    def __init__(self, ether: Ether, queue: Queue, job: Job, ended: Callable[[Backend, str | None], None]) -> None:
        self.job = job
        self._ether, self._printer, self._roomy, self._ended = ether, queue.printer, queue.roomy, ended
        self._link: Link | None = None
        self._over = False
        Deferred.fromCoroutine(self._run())

    async def _run(self) -> None:
        why: str | None = None
        try:
            link = await self._connected()
            await link.write(self.job.document or b"")
            while not self._roomy and not await link.acked(_END_WAIT_S):
                pass
            # From here on every byte is the system's business: how the connection ends says nothing to a backend.
            await link.finish(_END_WAIT_S)
        except ConnectionError as broken:
            why = f"Unable to write print data: {broken}"
        self._end(why)

    async def _connected(self) -> Link:
        while not self._over:
            await self._pause(self._printer.network.towards() + self._printer.network.back())
            link = None if self._over else self._printer.accept(PRINT_PORT, _SEND_BUFFER, _NEVER_S)
            if link is not None:
                self._link = link
                return link
            await self._pause(_CONNECT_AGAIN_S)
        raise ConnectionError("ended before it was connected")

    def _pause(self, seconds: float) -> Deferred[None]:
        done: Deferred[None] = Deferred()
        self._ether.reactor.callLater(seconds, done.callback, None)
        return done

    def _end(self, why: str | None) -> None:
        if not self._over:
            self._over = True
            self._ended(self, why)

    def kill(self) -> None:
        """SIGTERM: its kernel closes or resets the connection, and nobody is told."""
        self._over = True
        if self._link is not None:
            self._link.die()


class SimCups:
    """One server. `careful`: what it accepted is on the disk before it says so."""

    def __init__(self, ether: Ether, printers: Mapping[str, SimPrinter], *, careful: bool = False) -> None:
        self.queues = {name: Queue(name, printer) for name, printer in printers.items()}
        self.down = False
        self.sent_again: list[str] = []
        """Names of jobs whose document it began to send once more."""
        self.answers: Mapping[Callable[..., Any], Callable[..., Any]] = {
            work.look: self.look,
            work.submit: self.submit,
            work.cancel: self.cancel,
        }
        """What is done here in place of each function that would ask a real server."""
        self._ether, self._careful = ether, careful
        self._next = 1

    # ---- what clients ask -------------------------------------------------------------------------------------------

    def look(self, server: str, user: str, queue: str, name: str) -> Look:
        """See `work.look`."""
        if self.down:
            return NoServer(f"{server}: connection refused")
        found = self.queues.get(queue)
        if found is None:
            return NoQueue(queue)
        named = [job for job in found.jobs if name and job.name == name]
        return QueueLook(
            state=found.state,
            reasons=("paused",) if found.paused else (),
            message=found.message,
            accepting=True,
            error_policy=found.error_policy,
            device_uri=f"socket://{found.printer.name}:{PRINT_PORT}",
            model="Local Raw Printer",
            firmware="",
            markers=(),
            # Their names are kept from all but their owner, who is not asked for here.
            open_jobs=tuple(replace(job.look(), name="") for job in found.jobs if not job.state.over and job not in named),
            named=tuple(job.look() for job in named),
            shared=any(
                job.begun and (job.id > named[0].id or job.begun_at >= named[0].begun_at > 0)
                for job in found.jobs
                if named and job.name == _FOREIGN
            ),
        )

    def submit(
        self, server: str, user: str, queue: str, name: str, media_type: str, document: bytes
    ) -> work.Submitted | work.NotTaken | work.Unsure:
        """See `work.submit`."""
        found = None if self.down else self.queues.get(queue)
        if found is None:
            return work.NotTaken("connection refused" if self.down else "The printer or class does not exist.")
        job = self._make(found, name, document)
        self._start_next(found)
        return work.Submitted(job.id)

    def broken_submit(self, server: str, user: str, queue: str, name: str, media_type: str, document: bytes) -> None:
        """The client died on the way: nothing was asked, a job without a document stands there, or all of it."""
        found = self.queues.get(queue)
        how = self._ether.dice.randrange(3)
        if self.down or found is None or how == 0:
            return
        job = self._make(found, name, None if how == 1 else document)
        if how == 1:
            job.state = JobState.HELD
        self._start_next(found)

    def cancel(self, server: str, user: str, jobs: tuple[int, ...]) -> None:
        """See `work.cancel`."""
        if self.down:
            return
        for queue in self.queues.values():
            for job in queue.jobs:
                if job.id in jobs and not job.state.over:
                    self._ether.trace("cups", f"{job.name} is cancelled")
                    job.state = JobState.CANCELED
                    if queue.backend is not None and queue.backend.job is job:
                        queue.backend.kill()
                        queue.backend = None
            self._start_next(queue)

    # ---- what happens to it -----------------------------------------------------------------------------------------

    def disable(self, queue: str) -> None:
        """cupsdisable: the job that is being sent goes on."""
        self.queues[queue].paused = True

    def enable(self, queue: str) -> None:
        """cupsenable: what waits goes on."""
        self.queues[queue].paused = False
        self._start_next(self.queues[queue])

    def foreign(self, queue: str, document: bytes) -> None:
        """Somebody else puts a job in the queue."""
        if not self.down:
            self._make(self.queues[queue], _FOREIGN, document)
            self._start_next(self.queues[queue])

    def crash(self, *, orphans: bool = True) -> None:
        """SIGKILL. With `orphans`, a backend that feeds a printer goes on; nobody hears how it ends."""
        self.down = True
        for queue in self.queues.values():
            if queue.backend is not None and not orphans:
                queue.backend.kill()
            queue.backend = None

    def start(self) -> None:
        """It runs again, with what its disk holds. Does nothing while it runs."""
        if not self.down:
            return
        self.down = False
        for queue in self.queues.values():
            if not self._careful:
                queue.jobs.clear()
            for job in queue.jobs:
                if job.state is JobState.PROCESSING:
                    job.state = JobState.PENDING
            self._start_next(queue)
        if not self._careful:
            self._next = 1  # numbers are given again

    # ---- inside -----------------------------------------------------------------------------------------------------

    def _make(self, queue: Queue, name: str, document: bytes | None) -> Job:
        job = Job(self._next, name, document)
        self._next += 1
        queue.jobs.append(job)
        self._ether.trace("cups", f"job {job.id} {name} on {queue.name}")
        return job

    def _start_next(self, queue: Queue) -> None:
        if self.down or queue.paused or queue.backend is not None:
            return
        job = next((job for job in queue.jobs if job.state is JobState.PENDING), None)
        if job is None:
            return
        if job.begun:
            self._ether.trace("cups", f"{job.name} is sent again")
            self.sent_again.append(job.name)
        job.state, job.begun, job.begun_at = JobState.PROCESSING, True, int(self._ether.wall())
        queue.backend = Backend(self._ether, queue, job, lambda ended, why: self._ended(queue, ended, why))

    def _ended(self, queue: Queue, backend: Backend, why: str | None) -> None:
        if queue.backend is not backend:
            return  # an orphan of a server that is gone
        queue.backend, job = None, backend.job
        self._ether.trace("cups", f"{job.name} {'is completed' if why is None else f'failed: {why}'}")
        queue.message = why or ""
        if why is None:
            job.state = JobState.COMPLETED
        elif queue.error_policy == "stop-printer":
            job.state, queue.paused = JobState.PENDING, True
        else:
            job.state, job.message = JobState.ABORTED, why
        self._start_next(queue)
