"""The `cups` printer on a real, private cupsd: every row of what CUPS does with a job that meets trouble."""

from __future__ import annotations

import io
import os
import shutil
import socket
import struct
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import cups as pycups
import pytest
from PIL import Image, ImageDraw

from support.cups_rig import CupsContext
from support.cupsd import PrivateCups, Queue, free_port, missing
from support.ipp_printer import IppPrinter
from support.reactor_thread import session_reactor
from support.readers.rasters import pwg as read_pwg
from support.virtual_printer import VirtualPrinter
from waybilld.host.processes import WorkerProcesses
from waybilld_labels.languages import pwg
from waybilld_printers.probes.ipp.looks import JobState
from waybilld_printers.transports.cups import work
from waybilld_printers.transports.cups.adapter import CupsPrinter
from waybilld_printers.transports.cups.settings import CupsSettings
from waybilld_sdk.errors import NotReady
from waybilld_sdk.labels import Page, PrinterSettings
from waybilld_sdk.printing import (
    AttemptRef,
    CancelOutcome,
    Document,
    Evidence,
    Outcome,
    PrinterState,
    Receipt,
    Snapshot,
    SubmitResult,
    Verdict,
)

PATIENCE_S = 30.0
LABEL = Document("zpl", b"^XA^PW80^LL80^FO8,8^GFA,2,2,1,FF81^FS", b"^XZ")
LARGE = Document("zpl", b"^XA^FX" + b"x" * 3_200_000, b"^XZ")


class Sink:
    """A printer's TCP port that reads as it is told: `all`, `hold` (reads all and keeps the connection), `none`, `reset`."""

    def __init__(self, manner: str) -> None:
        self.manner, self.got, self.connections = manner, 0, 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(0.2)
        self.port = int(self._listener.getsockname()[1])
        self.let_go = threading.Event()
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        while not self._closed.is_set():
            try:
                connection, _ = self._listener.accept()
            except TimeoutError:
                continue
            self.connections += 1
            with connection:
                self._take(connection)

    def _take(self, connection: socket.socket) -> None:
        connection.settimeout(0.2)
        while self.manner == "none" and not self._closed.is_set() and not self.let_go.is_set():
            time.sleep(0.05)
        while not self._closed.is_set():
            try:
                data = connection.recv(65536)
            except TimeoutError:
                continue
            self.got += len(data)
            if self.manner == "reset":
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                return
            if not data:
                break
        while self.manner == "hold" and not self._closed.is_set() and not self.let_go.is_set():
            time.sleep(0.05)

    def close(self) -> None:
        """Stop listening."""
        self._closed.set()
        self._thread.join()
        self._listener.close()


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """A short path that other users may enter: cupsd's socket must fit into one, and cupsd is not root."""
    with tempfile.TemporaryDirectory(prefix="wb-") as name:
        Path(name).chmod(0o755)
        yield Path(name)


@pytest.fixture(scope="module")
def processes() -> Iterator[WorkerProcesses]:
    made = WorkerProcesses(session_reactor().reactor, 1)
    yield made
    made.close()


@pytest.fixture(scope="module")
def device(folder: Path) -> Iterator[VirtualPrinter]:
    printer = VirtualPrinter(folder / "virtual", "--speed", "50")
    yield printer
    printer.stop()


@pytest.fixture(scope="module")
def sinks() -> Iterator[dict[str, Sink]]:
    made = {manner: Sink(manner) for manner in ("all", "hold", "none", "reset")}
    yield made
    for sink in made.values():
        sink.close()


@pytest.fixture(scope="module")
def cups(folder: Path, device: VirtualPrinter, sinks: dict[str, Sink]) -> Iterator[PrivateCups]:
    assert not missing(), missing()
    faults = {
        "exit0": "abort-job", "exit1": "abort-job", "exit2": "abort-job", "exit3": "abort-job", "exit4": "abort-job",
        "exit5": "abort-job", "exit6": "abort-job", "exit7": "abort-job",
        "state-media-empty-error": "abort-job", "slow": "abort-job",
    }  # fmt: skip
    queues = {name: Queue(f"fault:/{name}", policy) for name, policy in faults.items()}
    queues["stops"] = Queue("fault:/exit1", "stop-printer")
    queues["cut-stops"] = Queue(_to(sinks["reset"].port), "stop-printer")
    queues["retries"] = Queue(_to(sinks["reset"].port), "retry-job")
    queues |= {name: Queue(_to(sink.port)) for name, sink in sinks.items()}
    queues["nobody"] = Queue(_to(free_port()))
    queues["zebra"] = Queue(_to(device.print_port))
    made = PrivateCups(folder / "cups", queues)
    yield made
    made.stop()
    assert made.orphans() == []


def _to(port: int) -> str:
    return f"socket://127.0.0.1:{port}/?contimeout=5"


class Rig:
    """The adapter on one queue."""

    def __init__(self, cups: PrivateCups, processes: WorkerProcesses, queue: str, **settings: object) -> None:
        self.thread = session_reactor()
        values = {"queue": queue, "server": cups.server, "media_mm": (50.0, 25.0), **settings}
        self.settings = CupsSettings.model_validate(values)
        self.printer = CupsPrinter(CupsContext(self.thread, processes), self.settings)
        self.gates: list[Snapshot] = []

    def send(self, name: str, document: Document = LABEL) -> SubmitResult:
        async def gate(before: Snapshot) -> bool:
            self.gates.append(before)
            return True

        return self.thread.call(lambda: self.printer.submit(document, AttemptRef(name, name), gate))

    def look(self, receipt: Receipt) -> Verdict:
        return self.thread.call(lambda: self.printer.evidence(receipt))

    def until(self, receipt: Receipt, holds: Callable[[Verdict], bool]) -> Verdict:
        end = time.monotonic() + PATIENCE_S
        while not holds(found := self.look(receipt)):
            assert time.monotonic() < end, found
            time.sleep(0.05)
        return found

    def settled(self, receipt: Receipt) -> Verdict:
        return self.until(receipt, lambda verdict: verdict.outcome is not Outcome.PENDING)

    def cancel(self, receipt: Receipt) -> CancelOutcome:
        return self.thread.call(lambda: self.printer.cancel(receipt))


@pytest.fixture
def rig(cups: PrivateCups, processes: WorkerProcesses) -> Callable[..., Rig]:
    def made(queue: str, **settings: object) -> Rig:
        return Rig(cups, processes, queue, **settings)

    return made


def attempt(where: str) -> str:
    """A name that no other test uses."""
    return f"attempt-{where}-{os.getpid()}"


def test_completed_is_sent_and_never_proven(rig: Callable[..., Rig]) -> None:
    """The peer read every byte and closed: nothing is known of paper."""
    on = rig("all")
    sent = on.send(attempt("all"))
    assert sent.receipt.reached is Evidence.TOKEN
    verdict = on.settled(sent.receipt)
    assert (verdict.outcome, verdict.evidence) == (Outcome.UNCONFIRMED, Evidence.ACKNOWLEDGED)
    assert on.printer.capabilities().proves is Evidence.ACKNOWLEDGED
    assert on.gates[0]["job"] == sent.receipt.before["job"]


def test_a_server_on_another_machine_is_spoken_to_over_tcp(rig: Callable[..., Rig], cups: PrivateCups) -> None:
    """No machine of that kind has a cupsd on its own socket: what libcups asks its default server for would be lost."""
    on = rig("all", server=f"127.0.0.1:{cups.port}")
    verdict = on.settled(on.send(attempt("tcp")).receipt)
    assert (verdict.outcome, verdict.evidence) == (Outcome.UNCONFIRMED, Evidence.ACKNOWLEDGED)


def test_evidence_beside_proves_what_the_queue_cannot(rig: Callable[..., Rig], device: VirtualPrinter) -> None:
    """Port 9200 of the same printer: its counter rose by one."""
    on = rig("zebra", beside={"host": "127.0.0.1", "port": device.status_port}, speed_ips=14)
    before = device.labels_out()
    verdict = on.settled(on.send(attempt("beside")).receipt)
    assert (verdict.outcome, verdict.evidence) == (Outcome.PROVEN, Evidence.PRINTED), verdict
    assert device.labels_out() == before + 1
    device.tell("head-open")
    with pytest.raises(NotReady, match=r"Close the print head\."):
        on.send(attempt("beside-open"))
    device.tell("head-close")


def test_a_printer_that_keeps_the_connection(rig: Callable[..., Rig], sinks: dict[str, Sink]) -> None:
    """All bytes are read and CUPS waits: the job is not over, and neither is the label."""
    on = rig("hold")
    receipt = on.send(attempt("hold")).receipt
    on.until(receipt, lambda _: sinks["hold"].got > 0)
    assert on.look(receipt).outcome is Outcome.PENDING
    sinks["hold"].let_go.set()
    assert on.settled(receipt).evidence is Evidence.ACKNOWLEDGED


def test_a_printer_that_never_reads(rig: Callable[..., Rig], sinks: dict[str, Sink]) -> None:
    """CUPS shows no error for it, for ever: after a while it is called a stopped printer, and its pool goes on."""
    on = rig("none", stall_s=1.0)
    receipt = on.send(attempt("none"), LARGE).receipt
    found = on.until(receipt, lambda v: v.status is not None and v.status.state is PrinterState.STOPPED)
    assert found.outcome is Outcome.PENDING
    assert found.status is not None
    assert "timed-out" in found.status.reasons
    with pytest.raises(NotReady, match="Other jobs stand in the queue"):
        on.send(attempt("none-next"))
    assert on.cancel(receipt) is CancelOutcome.UNKNOWN
    sinks["none"].let_go.set()
    assert on.settled(receipt).outcome is Outcome.UNCONFIRMED


def test_a_port_that_nobody_serves(rig: Callable[..., Rig]) -> None:
    """CUPS tries to connect for as long as one lets it: the printer counts as one that does not answer."""
    on = rig("nobody", stall_s=1.0)
    receipt = on.send(attempt("nobody")).receipt
    found = on.until(receipt, lambda v: v.status is not None and v.status.state is not PrinterState.PROCESSING)
    assert found.outcome is Outcome.PENDING
    assert on.cancel(receipt) is CancelOutcome.UNKNOWN
    assert on.settled(receipt).outcome is Outcome.UNCONFIRMED


def test_a_queue_that_would_send_again_gets_no_label(rig: Callable[..., Rig], sinks: dict[str, Sink]) -> None:
    """retry-job sends from byte 0 after a cut: that is the label twice."""
    on = rig("retries")
    with pytest.raises(NotReady, match="abort-job"):
        on.send(attempt("retries"))
    with pytest.raises(NotReady, match="abort-job"):
        on.thread.call(on.printer.check)
    assert sinks["reset"].got == 0


def test_a_connection_that_is_cut_in_the_middle(rig: Callable[..., Rig]) -> None:
    """Nobody knows how much of the label the printer had."""
    on = rig("reset")
    verdict = on.settled(on.send(attempt("reset"), LARGE).receipt)
    assert verdict.outcome is Outcome.UNCONFIRMED


@pytest.mark.parametrize(
    ("queue", "outcome", "words"),
    [
        ("exit0", Outcome.UNCONFIRMED, "handed every byte on"),
        ("exit1", Outcome.UNCONFIRMED, "gave the job up"),
        ("exit5", Outcome.UNCONFIRMED, "cancelled in the middle"),
    ],
)
def test_how_a_backend_ends(rig: Callable[..., Rig], queue: str, outcome: Outcome, words: str) -> None:
    """backend(7): its exit code decides what becomes of the job."""
    on = rig(queue)
    verdict = on.settled(on.send(attempt(queue)).receipt)
    assert verdict.outcome is outcome
    assert words in verdict.reason


@pytest.mark.parametrize("queue", ["exit2", "exit3", "exit4", "exit6", "stops"])
def test_what_was_begun_is_never_begun_again(rig: Callable[..., Rig], cups: PrivateCups, queue: str) -> None:
    """CUPS puts the job back into its queue: with the next cupsenable, tomorrow or next week, the label comes out again."""
    on = rig(queue)
    first, second = attempt(queue), attempt(f"{queue}-next")
    verdict = on.settled(on.send(first).receipt)
    assert verdict.outcome is Outcome.UNCONFIRMED
    assert "cancelled in the middle" in verdict.reason
    cups.admin("cupsenable", queue)
    # CUPS goes by the order in which jobs came: had the first one been there still, it would have begun with that.
    on.settled(on.send(second).receipt)
    ours = [line.split()[1].rsplit("-", 1)[0] for line in cups.backend_log() if first in line or second in line]
    assert ours == [first, second]
    cups.admin("cupsenable", queue)


def test_a_job_that_is_begun_again_and_again_is_stopped(rig: Callable[..., Rig], cups: PrivateCups) -> None:
    """Exit 7 asks for another try at once, whatever the error policy: a label each time, until the roll is empty."""
    on = rig("exit7")
    verdict = on.settled(on.send(attempt("exit7")).receipt)
    assert verdict.outcome is Outcome.UNCONFIRMED
    assert "more than once" in verdict.reason
    ran = len(cups.backend_log())
    other = rig("exit0")
    other.settled(other.send(attempt("after-exit7")).receipt)
    assert [line.split()[-1] for line in cups.backend_log()[ran:]] == ["fault:/exit0"]


def test_a_cut_under_stop_printer_is_not_sent_again(
    rig: Callable[..., Rig], cups: PrivateCups, sinks: dict[str, Sink]
) -> None:
    """The queue stops and keeps the job; the printer may have half of it, or all."""
    on = rig("cut-stops")
    before = sinks["reset"].connections
    verdict = on.settled(on.send(attempt("cut-stops"), LARGE).receipt)
    assert verdict.outcome is Outcome.UNCONFIRMED
    assert verdict.status is not None
    assert verdict.status.state is PrinterState.STOPPED
    assert "cupsenable" in verdict.status.advice
    cups.admin("cupsenable", "cut-stops")
    on.settled(on.send(attempt("cut-stops-next"), LARGE).receipt)
    assert sinks["reset"].connections == before + 2


def test_a_queue_that_is_paused_in_the_middle_does_not_print_the_label_again(
    rig: Callable[..., Rig], cups: PrivateCups
) -> None:
    """Somebody changes the roll and enables the queue again: one label, not two."""
    on = rig("slow")
    first = attempt("paused")
    receipt = on.send(first).receipt
    on.until(receipt, lambda _: any(first in line for line in cups.backend_log()))
    cups.admin("cupsdisable", "slow")
    assert on.settled(receipt).outcome is Outcome.UNCONFIRMED
    cups.admin("cupsenable", "slow")
    on.settled(on.send(attempt("paused-next")).receipt)
    assert len([line for line in cups.backend_log() if first in line and "next" not in line]) == 1


def test_a_job_whose_document_never_came_is_refuted_and_out_of_the_way(
    folder: Path, processes: WorkerProcesses
) -> None:
    """The client died after Create-Job: CUPS holds an empty job, and everybody behind it would wait a quarter of an hour."""
    own = PrivateCups(folder / "empty", {"q": Queue("fault:/exit0")})
    try:
        on = Rig(own, processes, "q")
        receipt = _died_after_create_job(own, "died")
        assert work.look(own.server, "", "q", "died").named[0].state is JobState.HELD
        verdict = on.look(receipt)
        assert (verdict.outcome, "before CUPS began" in verdict.reason) == (Outcome.REFUTED, True)
        on.settled(on.send(attempt("after-died")).receipt)
        assert len(own.backend_log()) == 1
    finally:
        own.stop()


def test_a_job_that_cups_tires_of_waiting_for_is_refuted(folder: Path, processes: WorkerProcesses) -> None:
    """Nobody looked until MultipleOperationTimeout: CUPS aborts the empty job, which never began."""
    queues = {"q": Queue("fault:/exit0"), "other": Queue("fault:/exit5")}
    own = PrivateCups(folder / "tired", queues, config="MultipleOperationTimeout 1")
    try:
        on = Rig(own, processes, "q")
        receipt = _died_after_create_job(own, "died")
        end = time.monotonic() + PATIENCE_S
        while (job := work.look(own.server, "", "q", "died").named[0]).state is JobState.HELD:
            assert time.monotonic() < end
            # CUPS looks after its jobs when there is something to do.
            work.submit(own.server, "", "other", "other", "application/vnd.cups-raw", b"")
            time.sleep(0.2)
        assert (job.state, job.begun) == (JobState.ABORTED, False)
        assert on.look(receipt).outcome is Outcome.REFUTED
        on.settled(on.send(attempt("after-tired")).receipt)
        assert len([line for line in own.backend_log() if "exit0" in line]) == 1
    finally:
        own.stop()


def _died_after_create_job(cups: PrivateCups, name: str) -> Receipt:
    """What a client leaves that made a job and never sent its document."""
    pycups.setServer(cups.server)
    pycups.Connection(host=cups.server).createJob("q", name, {})
    return Receipt(AttemptRef(name, name), {"probe": "cups", "job": name}, Evidence.TOKEN)


def test_reasons_come_and_go(rig: Callable[..., Rig]) -> None:
    """media-empty-error while it lasts, and not a moment longer."""
    on = rig("state-media-empty-error")
    receipt = on.send(attempt("media")).receipt
    found = on.until(receipt, lambda v: v.status is not None and "media-empty-error" in v.status.reasons)
    assert found.status is not None
    assert (found.status.state, found.status.advice) == (PrinterState.STOPPED, "Load paper or labels.")
    on.settled(receipt)
    assert on.thread.call(on.printer.status).reasons == ()


def test_a_cancelled_job_that_was_never_begun_is_proven_unprinted(rig: Callable[..., Rig], cups: PrivateCups) -> None:
    """A queue that a person stopped: CUPS keeps the job and touches nothing."""
    on = rig("slow")
    cups.admin("cupsdisable", "slow")
    with pytest.raises(NotReady, match="cupsenable"):
        on.send(attempt("disabled"))
    cups.admin("cupsenable", "slow")
    first = on.send(attempt("slow")).receipt
    assert on.look(first).outcome is Outcome.PENDING
    on.settled(first)


def test_a_queue_that_is_not_there(rig: Callable[..., Rig]) -> None:
    """A typing mistake, or a queue that somebody deleted."""
    on = rig("no-such-queue")
    with pytest.raises(NotReady, match="no queue no-such-queue"):
        on.send(attempt("gone"))
    status = on.thread.call(on.printer.status)
    assert (status.state, status.reasons) == (PrinterState.STOPPED, ("other-error",))


@pytest.mark.parametrize("careful", [True, False])
def test_cupsd_is_killed_in_the_middle(
    folder: Path, processes: WorkerProcesses, device: VirtualPrinter, careful: bool
) -> None:
    """With the defaults it forgets what it accepted, gives the number again, and leaves its backend feeding; with care it
    sends all of it once more. Neither may look like a proof, nor another job like ours."""
    name = f"k{careful:d}"
    own = PrivateCups(folder / name, {"slow": Queue("fault:/slow"), "next": Queue("fault:/exit0")}, careful=careful)
    try:
        on = Rig(own, processes, "slow")
        receipt = on.send(attempt(name)).receipt
        on.until(receipt, lambda _: len(own.backend_log()) == 1)
        own.kill()
        assert on.look(receipt).outcome is Outcome.PENDING
        assert on.thread.call(on.printer.status).state is PrinterState.UNKNOWN
        own.reap()
        own.start()
        other = Rig(own, processes, "next")
        other.settled(other.send(attempt(f"{name}-other")).receipt)
        verdict = on.settled(receipt)
        assert verdict.outcome is Outcome.UNCONFIRMED
        if careful:
            assert len([line for line in own.backend_log() if "slow" in line]) == 2
        else:
            assert "does not know the job any more" in verdict.reason
    finally:
        own.stop()
    assert own.orphans() == []


def test_a_server_that_never_answers_holds_nobody_up(folder: Path, processes: WorkerProcesses) -> None:
    """pycups would wait for ever: its process is killed, and the printer does not answer."""
    path = folder / "mute.sock"
    with socket.socket(socket.AF_UNIX) as mute:
        mute.bind(str(path))
        mute.listen(8)
        thread = session_reactor()
        settings = CupsSettings.model_validate({"queue": "q", "server": str(path), "timeout_s": 0.5})
        printer = CupsPrinter(CupsContext(thread, processes), settings)
        began = time.monotonic()
        status = thread.call(printer.status)
        assert status.state is PrinterState.UNKNOWN
        assert time.monotonic() - began < 10


# ---- a driverless printer behind the queue -----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def driverless(folder: Path) -> Iterator[IppPrinter]:
    made = IppPrinter(folder / "ipp", "image/pwg-raster", "application/pdf")
    yield made
    made.close()


@pytest.fixture
def office(processes: WorkerProcesses, driverless: IppPrinter) -> Iterator[Rig]:
    root = Path(tempfile.mkdtemp(prefix="wb-"))
    root.chmod(0o755)
    own = PrivateCups(root, {"office": Queue(driverless.uri)})
    yield Rig(own, processes, "office", language="pwg", media_mm=(100.0, 150.0))
    own.stop()
    shutil.rmtree(root)


SHEET = PrinterSettings(8, (100, 150))


def sheet() -> Document:
    """A page with a black box in it, as PWG raster."""
    image = Image.new("1", (800, 1200), 1)
    ImageDraw.Draw(image).rectangle((10, 20, 399, 299), fill=0)
    file = io.BytesIO()
    image.save(file, "PNG")
    return pwg.encode(Page(800, 1200, file.getvalue(), "key"), SHEET)


def test_a_driverless_printer_gets_exactly_our_pixels(office: Rig, driverless: IppPrinter) -> None:
    """IPP Everywhere: the queue passes PWG raster on as it is; completed is the printer's word, which nobody tried out."""
    verdict = office.settled(office.send(attempt("pwg"), sheet()).receipt)
    assert (verdict.outcome, verdict.evidence) == (Outcome.UNCONFIRMED, Evidence.ACKNOWLEDGED)
    found = read_pwg(driverless.jobs()[-1], SHEET)
    assert [row.count("1") for row in found.rows] == [0] * 20 + [390] * 280 + [0] * 900


def test_a_printers_word_counts_once_it_was_tried_out(
    office: Rig, driverless: IppPrinter, processes: WorkerProcesses
) -> None:
    """Pulled its paper in the middle and seen what it said: then its `completed` is evidence, by its owner's decision."""
    trusted = office.settings.model_copy(update={"completed_proves": True})
    office.printer = CupsPrinter(CupsContext(office.thread, processes), trusted)
    verdict = office.settled(office.send(attempt("word"), sheet()).receipt)
    assert (verdict.outcome, verdict.evidence) == (Outcome.PROVEN, Evidence.PRINTED)


def test_a_driverless_printer_without_paper(office: Rig, driverless: IppPrinter) -> None:
    """It stalls in the middle; the reason comes through the queue with another suffix, and goes when paper is there."""
    driverless.media(0)
    receipt = office.send(attempt("paper"), sheet()).receipt
    found = office.until(receipt, lambda v: v.status is not None and v.status.state is PrinterState.STOPPED)
    assert found.outcome is Outcome.PENDING
    assert found.status is not None
    assert found.status.advice.startswith("Load")
    driverless.media(250)
    assert office.settled(receipt).outcome is Outcome.UNCONFIRMED


def test_a_driverless_printer_with_an_open_cover(office: Rig, driverless: IppPrinter) -> None:
    """The printer's own program meets the cover; the packer is told to close it."""
    driverless.cover(is_open=True)
    receipt = office.send(attempt("cover"), sheet()).receipt
    found = office.until(
        receipt, lambda v: v.status is not None and any("cover-open" in reason for reason in v.status.reasons)
    )
    assert found.status is not None
    assert (found.status.state, found.status.advice) == (PrinterState.STOPPED, "Close the cover.")
    driverless.cover(is_open=False)
    assert office.settled(receipt).outcome is Outcome.UNCONFIRMED
