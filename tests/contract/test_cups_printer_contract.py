"""The printer contract on cups x a real cupsd x a virtual printer, with and without the printer's own counter beside it."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.cups_rig import VirtualRig
from support.cupsd import PrivateCups, Queue
from support.reactor_thread import session_reactor
from support.virtual_printer import VirtualPrinter
from waybilld.host.processes import WorkerProcesses
from waybilld_sdk.printing import AttemptRef, CancelOutcome, Document, Evidence, Outcome
from waybilld_sdk.testing.asking import open_gate, verdict
from waybilld_sdk.testing.printer import PrinterContract, ProvingPrinterContract


@pytest.fixture(scope="module")
def processes() -> Iterator[WorkerProcesses]:
    made = WorkerProcesses(session_reactor().reactor, 1)
    yield made
    made.close()


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """A short path that other users may enter: cupsd's socket must fit into one, and cupsd is not root."""
    with tempfile.TemporaryDirectory(prefix="wb-") as name:
        Path(name).chmod(0o755)
        yield Path(name)


@pytest.fixture(scope="module")
def device(folder: Path) -> Iterator[VirtualPrinter]:
    printer = VirtualPrinter(folder / "virtual", "--speed", "50")
    yield printer
    printer.stop()


@pytest.fixture(scope="module")
def cups(folder: Path, device: VirtualPrinter) -> Iterator[PrivateCups]:
    made = PrivateCups(folder / "cups", {"label": Queue(f"socket://127.0.0.1:{device.print_port}/?contimeout=5")})
    yield made
    made.stop()
    assert made.orphans() == []


def _rig(cups: PrivateCups, processes: WorkerProcesses, device: VirtualPrinter, **changes: object) -> Iterator[VirtualRig]:
    rig = VirtualRig(cups, processes, device, "label", **changes)
    yield rig
    # Device and queue are shared: every test gets them whole, empty, and without a past. The kit gives the attempts of
    # every test the same names, which are unique in a daemon's life.
    for command in ("head-close", "load", "resume", "unmute", "power-cycle 0"):
        device.tell(command)
    cups.admin("cancel", "-a", "-x", "label")
    rig.close()
    assert rig.thread.leftovers() == []


class TestCupsAlone(PrinterContract):
    """All that CUPS itself can say."""

    @pytest.fixture
    def rig(self, cups: PrivateCups, processes: WorkerProcesses, device: VirtualPrinter) -> Iterator[VirtualRig]:
        yield from _rig(cups, processes, device)


class TestCupsBesideZebra(ProvingPrinterContract):
    """The printer's counter is asked on its status port, beside the queue."""

    @pytest.fixture
    def rig(self, cups: PrivateCups, processes: WorkerProcesses, device: VirtualPrinter) -> Iterator[VirtualRig]:
        yield from _rig(cups, processes, device, beside={"host": "127.0.0.1", "port": device.status_port})


class TestCutOnTheWayToCups:
    """The connection between daemon and cupsd breaks at a byte; libcups then repeats some calls, and believes in others."""

    SMALL = Document("zpl", b"^XA^PW80^LL80^FO8,8^GFA,2,2,1,FF81^FS", b"^XZ")

    @pytest.fixture
    def rig(self, cups: PrivateCups, processes: WorkerProcesses, device: VirtualPrinter) -> Iterator[VirtualRig]:
        yield from _rig(cups, processes, device, beside={"host": "127.0.0.1", "port": device.status_port})

    @pytest.mark.parametrize("at", [1, 800, 1200, 1600, 1800, 2000, 2200])
    def test_a_reset_at_a_byte(self, rig: VirtualRig, at: int) -> None:
        """What came out is known, nothing came out twice, and no empty job stands in the way of the next label."""
        before = rig.labels_out()
        rig.cut_at(at)
        result = rig.run(rig.printer.submit(self.SMALL, AttemptRef(f"x{at}", "t"), open_gate))
        if result.receipt.reached is Evidence.NOTHING:
            assert result.detail
            assert rig.run(rig.printer.cancel(result.receipt)) is CancelOutcome.CANCELLED
        else:
            assert verdict(rig, result.receipt).outcome is Outcome.PROVEN
        printed = rig.labels_out() - before
        assert printed == (0 if result.receipt.reached is Evidence.NOTHING else 1)
        again = rig.run(rig.printer.submit(self.SMALL, AttemptRef(f"y{at}", "t"), open_gate))
        assert verdict(rig, again.receipt).outcome is Outcome.PROVEN
        assert rig.labels_out() - before == printed + 1

    @pytest.mark.parametrize(("at", "outcome"), [(1, Outcome.UNCONFIRMED), (2100, Outcome.REFUTED)])
    def test_a_client_that_dies_on_the_way(
        self, cups: PrivateCups, processes: WorkerProcesses, device: VirtualPrinter, at: int, outcome: Outcome
    ) -> None:
        """CUPS hangs and the worker is killed. A job without its document is taken off the queue and refuted; of one that
        CUPS does not know nobody can tell whether it had it. Nobody's line stands still for either."""
        beside = {"host": "127.0.0.1", "port": device.status_port}
        for rig in _rig(cups, processes, device, beside=beside, timeout_s=1.0):
            before = rig.labels_out()
            rig.hang_at(at)
            result = rig.run(rig.printer.submit(self.SMALL, AttemptRef(f"x{at}", "t"), open_gate))
            # The dead client's kernel closes its connection.
            rig.proxy.release()
            found = verdict(rig, result.receipt)
            assert found.outcome is outcome, found
            again = rig.run(rig.printer.submit(self.SMALL, AttemptRef(f"y{at}", "t"), open_gate))
            assert verdict(rig, again.receipt).outcome is Outcome.PROVEN
            assert rig.labels_out() == before + 1
