"""Half a label in a Zebra printer, as a CUPS job that was cut or cancelled leaves it: the next label must be whole."""

from __future__ import annotations

import hashlib
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.cups_rig import VirtualRig
from support.cupsd import PrivateCups, Queue
from support.fault_proxy import Fault, FaultProxy
from support.reactor_thread import session_reactor
from support.virtual_printer import VirtualPrinter
from waybilld.host.processes import WorkerProcesses
from waybilld_printers.virtual.tray import ledger
from waybilld_sdk.printing import AttemptRef, CancelOutcome, Document, Outcome, Receipt
from waybilld_sdk.testing.asking import open_gate, verdict

BODY = b"^XA^PW200^LL100^FO10,10^GFA,400,400,20," + b"F0" * 400 + b"^FS"
LABEL = Document("zpl", BODY, b"^XZ")
HUGE = Document("zpl", b"^XA^FX" + b"x" * 6_000_000 + b"^FS", b"^XZ")
"""More than what sockets hold on the way."""


class Bench:
    """A virtual printer that stays on, a queue that reaches it through a proxy, and cupsd."""

    def __init__(self, folder: Path) -> None:
        self.device = VirtualPrinter(folder / "virtual", "--speed", "50")
        self.proxy = FaultProxy("127.0.0.1", self.device.print_port)
        self.folder = folder
        uri = f"socket://127.0.0.1:{self.proxy.port}/?contimeout=5"
        self.queues = {"label": Queue(uri), "stops": Queue(uri, "stop-printer")}
        self.cups = PrivateCups(folder / "cups", self.queues)
        self.status_port = {"host": "127.0.0.1", "port": self.device.status_port}
        self.processes = WorkerProcesses(session_reactor().reactor, 1)
        self._tray = folder / "virtual" / "tray"

    def rig(self, *, beside: bool) -> VirtualRig:
        return VirtualRig(self.cups, self.processes, self.device, "label", beside=self.status_port if beside else None)

    def partial(self) -> bool:
        """Whether half a label is in the printer."""
        return bool(self.device.status()["partial"])

    def came_out(self) -> list[str]:
        """Digests of all labels in the tray."""
        return [str(line["sha256"]) for line in ledger(self._tray)]

    def close(self) -> None:
        self.cups.stop()
        self.proxy.close()
        self.device.stop()
        self.processes.close()


@pytest.fixture(scope="module")
def bench() -> Iterator[Bench]:
    with tempfile.TemporaryDirectory(prefix="wb-") as name:
        # cupsd is not root, and its socket must fit into a short path.
        Path(name).chmod(0o755)
        made = Bench(Path(name))
        yield made
        made.close()
        assert made.cups.orphans() == []
        assert session_reactor().leftovers() == []


@pytest.fixture
def alone(bench: Bench) -> Iterator[VirtualRig]:
    """The queue and nothing else."""
    rig = bench.rig(beside=False)
    yield rig
    rig.close()


@pytest.fixture
def beside(bench: Bench) -> Iterator[VirtualRig]:
    """With the printer's own counter."""
    rig = bench.rig(beside=True)
    yield rig
    rig.close()


def send(rig: VirtualRig, name: str, document: Document = LABEL) -> Receipt:
    """Hand one label to CUPS."""
    sent = rig.run(rig.printer.submit(document, AttemptRef(name, name), open_gate))
    assert sent.detail == ""
    return sent.receipt


def whole(document: Document) -> str:
    """What the tray says of a label that came out whole."""
    return hashlib.sha256(document.body + document.token).hexdigest()


@pytest.mark.parametrize("at", [1, 2, 3, 4, 6, 20, 60, len(BODY) // 2, len(BODY), len(BODY) + 3, len(BODY) + 5])
def test_a_job_cut_at_a_byte_does_not_spoil_the_next_label(bench: Bench, alone: VirtualRig, at: int) -> None:
    """Half a label glued to the next one is a parcel with two half addresses."""
    before = bench.came_out()
    bench.proxy.arm(Fault("reset", at))
    cut = verdict(alone, send(alone, f"cut{at}"))
    assert cut.outcome is Outcome.UNCONFIRMED, cut
    verdict(alone, send(alone, f"next{at}"))
    alone.run(_until(bench, len(before) + 1))
    assert bench.came_out() == [*before, whole(LABEL)]


def test_the_printer_beside_refutes_half_a_label_and_takes_the_next(bench: Bench, beside: VirtualRig) -> None:
    """It cannot be told to drop it, so that nobody may wait until it has."""
    before = bench.came_out()
    bench.proxy.arm(Fault("reset", len(BODY) // 2))
    receipt = send(beside, "half")
    cut = verdict(beside, receipt)
    assert bench.partial()
    assert cut.outcome is Outcome.REFUTED, cut
    assert "the next label drops it" in cut.reason
    assert beside.run(beside.printer.cancel(receipt)) is CancelOutcome.CANCELLED
    assert verdict(beside, send(beside, "half-again")).outcome is Outcome.PROVEN
    assert bench.came_out() == [*before, whole(LABEL)]
    assert not bench.partial()


def test_a_label_that_is_cancelled_in_the_middle_is_refuted_once_the_printer_can_be_asked(
    bench: Bench, beside: VirtualRig, alone: VirtualRig
) -> None:
    """A hanging printer may have all of it in its buffers: till it answers, nothing is known."""
    before = bench.came_out()

    async def gate(_before: object) -> bool:
        bench.device.tell("stall")
        return True

    receipt = beside.run(beside.printer.submit(HUGE, AttemptRef("middle", "middle"), gate)).receipt
    beside.run(_begun(alone, receipt))
    assert beside.run(beside.printer.cancel(receipt)) is CancelOutcome.UNKNOWN
    assert beside.run(beside.printer.evidence(receipt)).outcome is Outcome.PENDING
    bench.device.tell("unstall")
    assert verdict(beside, receipt).outcome is Outcome.REFUTED
    assert bench.partial()
    assert verdict(beside, send(beside, "middle-next")).outcome is Outcome.PROVEN
    assert bench.came_out() == [*before, whole(LABEL)]


def test_a_label_that_is_sent_again_is_the_same_job_to_the_byte(bench: Bench, alone: VirtualRig) -> None:
    """The digest in its name tells whether a job is this label; what goes before the label may not change it."""
    before = len(bench.came_out())
    first = send(alone, "same-1")
    verdict(alone, first)
    second = send(alone, "same-2")
    verdict(alone, second)
    names = [str(receipt.before["job"]) for receipt in (first, second)]
    assert names == [f"{name}-{names[0].rsplit('-', 1)[1]}" for name in ("same-1", "same-2")]
    alone.run(_until(bench, before + 2))
    assert bench.came_out()[before:] == [whole(LABEL)] * 2


def test_a_backend_that_outlived_cupsd_may_still_be_sending(bench: Bench) -> None:
    """CUPS forgot the job, the printer counted nothing: whoever prints the label elsewhere now has it twice in a minute."""
    own = PrivateCups(bench.folder / "careless", bench.queues, careful=False)
    rig = VirtualRig(own, bench.processes, bench.device, "label", beside=bench.status_port)
    try:
        bench.proxy.arm(Fault("stall", 1))
        receipt = send(rig, "orphan")
        rig.run(_begun(rig, receipt))
        own.kill()
        own.start()
        assert own.orphans()
        found = verdict(rig, receipt)
        assert found.outcome is Outcome.UNCONFIRMED
        assert "may still be sending" in found.reason
        assert rig.run(rig.printer.cancel(receipt)) is CancelOutcome.UNKNOWN
    finally:
        rig.close()
        own.stop()
        bench.proxy.release()


def test_a_connection_that_breaks_after_the_label_does_not_print_it_again(bench: Bench) -> None:
    """The counter proves the label while CUPS still waits for the printer to close. Who stops looking there leaves the job
    that CUPS then puts back into its queue to the next cupsenable."""
    rig = VirtualRig(bench.cups, bench.processes, bench.device, "stops", beside=bench.status_port)
    before = bench.came_out()
    told, go = threading.Event(), threading.Event()

    def wait() -> None:
        told.set()
        assert go.wait(20)

    bench.proxy.arm(Fault("reset", len(b"~JX" + LABEL.body + LABEL.token), told=wait))
    receipt = send(rig, "late")
    assert told.wait(20)
    rig.run(_until(bench, len(before) + 1))
    assert rig.run(rig.printer.evidence(receipt)).outcome is Outcome.PENDING
    go.set()
    assert verdict(rig, receipt).outcome is Outcome.PROVEN
    bench.cups.admin("cupsenable", "stops")
    assert verdict(rig, send(rig, "late-next")).outcome is Outcome.PROVEN
    assert bench.came_out() == [*before, whole(LABEL), whole(LABEL)]
    rig.close()


async def _begun(rig: VirtualRig, receipt: Receipt) -> None:
    while "CUPS is at work" not in (await rig.printer.evidence(receipt)).reason:
        await rig.pause(0.02)


async def _until(bench: Bench, labels: int) -> None:
    for _ in range(500):
        if len(bench.came_out()) >= labels:
            return
        await session_reactor().sleep(0.02)
