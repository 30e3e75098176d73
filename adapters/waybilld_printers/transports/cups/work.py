"""Everything that talks to a CUPS server; the only module that imports pycups (GPLv2+, the extra `cups`).

pycups blocks, and may block for as long as a server does not answer; its error paths have aborted interpreters. So these
functions run in worker processes that can be killed. Each opens a connection of its own and names user and server anew,
because both are kept for each thread apart and forgotten elsewhere.
"""

from __future__ import annotations

import os
import pwd
from dataclasses import dataclass
from typing import Any

from waybilld_printers.probes.ipp.looks import JobLook, JobState, Look, Marker, NoQueue, NoServer, QueueLook, QueueState

_NOT_FOUND = 1030
"""IPP status client-error-not-found, as pycups gives it."""
_IPP_PORT = 631
_JUST_BEFORE = 8
_BROKEN = "The connection to CUPS broke."
_JOB_ATTRIBUTES = ["job-id", "job-name", "job-state", "job-state-reasons", "time-at-processing", "job-printer-state-message"]
_QUEUE_ATTRIBUTES = [
    "printer-state", "printer-state-reasons", "printer-state-message", "printer-is-accepting-jobs", "printer-error-policy",
    "device-uri", "printer-make-and-model", "printer-firmware-string-version", "marker-types", "marker-names",
    "marker-levels", "marker-low-levels",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Submitted:
    """The server has the whole job under this number."""

    job: int


@dataclass(frozen=True, slots=True)
class NotTaken:
    """The server has nothing that it could send: it refused the job, or gave it back without its whole document."""

    why: str


@dataclass(frozen=True, slots=True)
class Unsure:
    """The server has some of the job, or all of it."""

    why: str


def look(server: str, user: str, queue: str, name: str) -> Look:
    """The queue, its open jobs, and all jobs that are called `name`."""
    import cups

    try:
        connection = _connect(cups, server, user)
        found = connection.getPrinterAttributes(queue, requested_attributes=_QUEUE_ATTRIBUTES)
        # The parts of a queue are asked one after the other: what is over by then is among the named ones.
        still_open = _jobs(connection, queue, "not-completed", own=False)
        own = _jobs(connection, queue, "all", own=True) if name else []
        named = [job for job in own if job.name == name]
        shared = bool(named) and _shared(connection, queue, named[0], {job.id for job in own})
    except cups.IPPError as e:
        return NoQueue(queue) if e.args[0] == _NOT_FOUND else NoServer(_why(e))
    except (cups.HTTPError, RuntimeError) as e:
        return NoServer(_why(e))
    return QueueLook(
        state=QueueState(found.get("printer-state", QueueState.IDLE)),
        reasons=tuple(reason for reason in _list(found.get("printer-state-reasons")) if reason != "none"),
        message=str(found.get("printer-state-message", "")),
        accepting=bool(found.get("printer-is-accepting-jobs", True)),
        error_policy=str(found.get("printer-error-policy", "")),
        device_uri=str(found.get("device-uri", "")),
        model=str(found.get("printer-make-and-model", "")),
        firmware=", ".join(map(str, _list(found.get("printer-firmware-string-version")))),
        markers=_markers(found),
        open_jobs=tuple(job for job in still_open if job.id not in {ours.id for ours in named}),
        named=tuple(named),
        shared=shared,
    )


def _shared(connection: Any, queue: str, ours: JobLook, own: set[int]) -> bool:
    """Whether somebody else's job was begun on this queue since ours was. Numbers rise, but not quite in the order in which
    jobs are begun, so a few before ours are looked at as well."""
    others = _jobs(connection, queue, "all", own=False, first=max(1, ours.id - _JUST_BEFORE))
    return any(
        job.begun and (job.id > ours.id or job.begun_at >= ours.begun_at > 0) for job in others if job.id not in own
    )


def submit(server: str, user: str, queue: str, name: str, media_type: str, document: bytes) -> Submitted | NotTaken | Unsure:
    """Give the queue one job of one document. Whatever happens, a job of that name tells later how far it got.

    A connection that breaks leaves a job behind that waits for its document, and libcups by itself makes another one; with
    `finishDocument` it calls a success what it never heard an answer to. So the server is asked what it has, and gives back
    what is not whole.
    """
    import cups

    job, why = 0, ""
    try:
        connection = _connect(cups, server, user)
        job = int(connection.createJob(queue, name, {}))
        connection.startDocument(queue, job, name, media_type, 1)
        connection.writeRequestData(document, len(document))
        connection.finishDocument(queue)
    except (cups.IPPError, cups.HTTPError, RuntimeError) as e:
        why = _why(e)
    try:
        given_back = _give_back(cups, _connect(cups, server, user), queue, name)
    except (cups.IPPError, cups.HTTPError, RuntimeError) as e:
        why, given_back = why or _why(e), ()
    if not job or job in given_back:
        return NotTaken(why or _BROKEN)
    return Unsure(why) if why else Submitted(job)


def _give_back(cups: Any, connection: Any, queue: str, name: str) -> tuple[int, ...]:
    """Cancel the jobs of that name that have no whole document. Numbers of those that ended before anything was sent."""
    unfinished = [
        job.id for job in _jobs(connection, queue, "not-completed", own=True) if job.name == name and job.incoming
    ]
    ended = []
    for number in unfinished:
        try:
            connection.cancelJob(number)
        except cups.IPPError:
            # The rest of its document had come meanwhile, and it was printed; or it is over in another way.
            continue
        found = connection.getJobAttributes(number, requested_attributes=_JOB_ATTRIBUTES)
        if _job(number, found).state is JobState.CANCELED and not _job(number, found).begun:
            ended.append(number)
    return tuple(ended)


def cancel(server: str, user: str, jobs: tuple[int, ...]) -> None:
    """Cancel these jobs; one that is over already stays as it is."""
    import cups

    try:
        connection = _connect(cups, server, user)
    except (cups.HTTPError, RuntimeError):
        return
    for job in jobs:
        try:
            connection.cancelJob(job)
        except (cups.IPPError, cups.HTTPError, RuntimeError):
            continue


def _connect(cups: Any, server: str, user: str) -> Any:
    # For each call: another printer's call in this process may have set another one. The server too, because libcups looks
    # the queue of a new job up on the default server of its thread, whatever connection it was given.
    cups.setUser(user or pwd.getpwuid(os.geteuid()).pw_name)
    cups.setServer(server)
    if server.startswith("/"):
        return cups.Connection(host=server)
    host, _, port = server.partition(":")
    cups.setPort(int(port or _IPP_PORT))
    return cups.Connection(host=host, port=int(port or _IPP_PORT))


def _why(error: Exception) -> str:
    said = str(error.args[-1]) if error.args else ""
    # What libcups says last of a connection that broke is how the call before it went.
    return _BROKEN if said in {"", "Success", "successful-ok"} else said


def _jobs(connection: Any, queue: str, which: str, *, own: bool, first: int = -1) -> list[JobLook]:
    """Jobs of one queue, the oldest first. A server's policy hides the names of jobs from all but their owner, who is asked
    for with `own` alone (cupsd.conf(5), JobPrivateValues)."""
    # pycups asks for the jobs of all queues; the one that they are for stands in `job-printer-uri`.
    wanted = [*_JOB_ATTRIBUTES, "job-printer-uri"]
    found: dict[int, dict[str, Any]] = connection.getJobs(
        which_jobs=which, my_jobs=own, limit=-1, first_job_id=first, requested_attributes=wanted
    )
    return [
        _job(number, job)
        for number, job in sorted(found.items())
        if str(job.get("job-printer-uri", "")).endswith(f"/{queue}")
    ]


def _job(number: int, job: dict[str, Any]) -> JobLook:
    state = JobState(job["job-state"])
    return JobLook(
        number,
        str(job.get("job-name", "")),
        state,
        bool(job.get("time-at-processing")) or state in {JobState.PROCESSING, JobState.STOPPED},
        str(job.get("job-printer-state-message", "")),
        not state.over and "job-incoming" in _list(job.get("job-state-reasons")),
        int(job.get("time-at-processing") or 0),
    )


def _list(value: object) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _markers(found: dict[str, Any]) -> tuple[Marker, ...]:
    """PWG 5100.9: parallel lists; a level of -1 is none, -2 unknown, -3 some."""
    kinds, names = _list(found.get("marker-types")), _list(found.get("marker-names"))
    levels, lows = _list(found.get("marker-levels")), _list(found.get("marker-low-levels"))
    markers = []
    for at, level in enumerate(levels):
        known = isinstance(level, int) and 0 <= level <= 100
        limit = lows[at] if at < len(lows) and isinstance(lows[at], int) and lows[at] > 0 else 0
        markers.append(
            Marker(
                str(kinds[at]) if at < len(kinds) else "other",
                str(names[at]) if at < len(names) else "",
                level if known else None,
                known and level <= limit,
            )
        )
    return tuple(markers)
