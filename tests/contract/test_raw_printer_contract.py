"""The printer contract on raw x zebra x virtual printer, over real sockets and through the fault proxy."""

from __future__ import annotations

from collections.abc import Coroutine, Iterator
from typing import Any, TypeVar

import pytest

from support.fault_proxy import Fault, FaultProxy
from support.reactor_thread import ReactorThread, session_reactor
from support.real_context import RealContext
from support.virtual_printer import VirtualPrinter
from waybilld_printers.transports.raw.adapter import RawPrinter
from waybilld_printers.transports.raw.settings import RawSettings
from waybilld_sdk.printing import AttemptRef, CancelOutcome, Document, Evidence, Outcome, SubmitResult
from waybilld_sdk.testing.asking import open_gate, submit, verdict
from waybilld_sdk.testing.printer import PrinterContract, ProvingPrinterContract

T = TypeVar("T")

BODY = b"^XA^PW200^LL100^FX" + b"x" * 60000 + b"^FO10,10^GFA,8,8,1,FF818181818181FF^FS"
# Larger than what sockets hide on the way: a connection that is cut early in it is still being written to.
CUT_AT = 1000
SMALL = b"^XA^PW80^LL80^FO8,8^GFA,2,2,1,FF81^FS"
TOKEN = b"^XZ"
SETTLE_S = 0.2
"""The device prints 50 labels a second."""


class RawRig:
    """A raw printer whose print connection goes through the fault proxy."""

    def __init__(self, thread: ReactorThread, device: VirtualPrinter, **changes: object) -> None:
        self.thread, self.device = thread, device
        self.proxy = FaultProxy("127.0.0.1", device.print_port)
        values = {
            "host": "127.0.0.1",
            "port": self.proxy.port,
            "status_port": device.status_port,
            "media_mm": (50.0, 25.0),
            "speed_ips": 14,
            "status_timeout_s": 0.5,
            "gate_s": 1.0,
            "stall_s": 2.0,
            "user_timeout_s": 2.0,
        }
        self.settings = RawSettings.model_validate(values | changes)
        self.context = RealContext(thread)
        self.printer = RawPrinter(self.context, self.settings)

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self.thread.call(lambda: work)

    async def pause(self, seconds: float) -> None:
        await self.thread.sleep(seconds)

    def document(self) -> Document:
        return Document("zpl", BODY, TOKEN)

    def labels_out(self) -> int:
        return self.device.labels_out()

    def cut_next_body(self) -> None:
        self.proxy.arm(Fault("reset", CUT_AT))

    def stop(self) -> None:
        self.device.tell("head-open")

    def mend(self) -> None:
        self.device.tell("head-close")

    def restart(self) -> None:
        self.run(self.printer.close())
        self.printer = RawPrinter(self.context, self.settings)

    def close(self) -> None:
        self.run(self.printer.close())
        self.proxy.close()


@pytest.fixture(scope="module")
def device(tmp_path_factory: pytest.TempPathFactory) -> Iterator[VirtualPrinter]:
    printer = VirtualPrinter(tmp_path_factory.mktemp("virtual"), "--speed", "50")
    yield printer
    printer.stop()


def _rig(device: VirtualPrinter, **changes: object) -> Iterator[RawRig]:
    rig = RawRig(session_reactor(), device, **changes)
    yield rig
    rig.close()
    # The device is shared: every test gets it whole and empty.
    for command in ("head-close", "load", "resume", "unmute", "power-cycle 0"):
        device.tell(command)
    assert rig.thread.leftovers() == []


class TestRawZebra(ProvingPrinterContract):
    """Status on its own port, the print connection kept open."""

    settle_s = SETTLE_S

    @pytest.fixture
    def rig(self, device: VirtualPrinter) -> Iterator[RawRig]:
        yield from _rig(device)


class TestRawZebraOnePort(ProvingPrinterContract):
    """A device without a status port: everything is asked on the print port."""

    settle_s = SETTLE_S

    @pytest.fixture
    def rig(self, device: VirtualPrinter) -> Iterator[RawRig]:
        yield from _rig(device, status_port=None)


class TestRawZebraClosing(ProvingPrinterContract):
    """A device that several computers share: the print connection is closed after each label."""

    settle_s = SETTLE_S

    @pytest.fixture
    def rig(self, device: VirtualPrinter) -> Iterator[RawRig]:
        yield from _rig(device, keep_open_s=0)


class TestRawNone(PrinterContract):
    """A device whose answers nobody reads."""

    settle_s = SETTLE_S

    @pytest.fixture
    def rig(self, device: VirtualPrinter) -> Iterator[RawRig]:
        yield from _rig(device, profile="raw-none")


class TestFaultsOnTheWay:
    """What the cable, the switch and the device do to a label between here and there."""

    @pytest.fixture
    def rig(self, device: VirtualPrinter) -> Iterator[RawRig]:
        yield from _rig(device)

    @pytest.mark.parametrize("at", [*range(1, len(SMALL), 6), *range(len(SMALL) - 1, len(SMALL + TOKEN) + 1)])
    def test_a_reset_at_a_byte_of_a_small_label(self, rig: RawRig, at: int) -> None:
        """Real sockets acknowledge bytes that nobody reads: still the label comes out once, and nothing is overstated."""
        small = Document("zpl", SMALL, TOKEN)
        before = rig.labels_out()
        rig.proxy.arm(Fault("reset", at))
        result: SubmitResult = rig.run(rig.printer.submit(small, AttemptRef(f"r{at}", "t"), open_gate))
        # On a busy machine the printer's answers may come after a cancel's time: then it says so, and is asked again.
        told = (rig.run(rig.printer.cancel(result.receipt)) for _ in range(5))
        settled = next((outcome for outcome in told if outcome is not CancelOutcome.UNKNOWN), CancelOutcome.UNKNOWN)
        printed = rig.labels_out() - before
        assert settled is (CancelOutcome.PRINTED if printed else CancelOutcome.CANCELLED)
        assert result.receipt.reached >= Evidence.TOKEN or not printed
        if not printed:
            again = rig.run(rig.printer.submit(small, AttemptRef(f"s{at}", "t"), open_gate))
            assert verdict(rig, again.receipt).outcome is Outcome.PROVEN
        assert rig.labels_out() == before + 1

    @pytest.mark.parametrize(
        "fault",
        [Fault("stall", CUT_AT), Fault("half_close", CUT_AT), Fault("trickle", CUT_AT, 0.002)],
        ids=lambda fault: fault.kind,
    )
    def test_a_body_that_does_not_get_through_is_given_up_and_sent_again(self, rig: RawRig, fault: Fault) -> None:
        """Each of these once kept a spooler busy for hours."""
        before = rig.labels_out()
        rig.proxy.arm(fault)
        result = submit(rig, f"x-{fault.kind}")
        assert result.receipt.reached is Evidence.BODY
        assert result.detail
        rig.proxy.release()
        assert rig.run(rig.printer.cancel(result.receipt)) is CancelOutcome.CANCELLED
        assert verdict(rig, submit(rig, f"y-{fault.kind}").receipt).outcome is Outcome.PROVEN
        assert rig.labels_out() == before + 1

    def test_a_hanging_device_is_left_alone_until_it_wakes(self, rig: RawRig) -> None:
        """It answers nothing and keeps its connections: nothing may be claimed, and the label must not come out later."""
        before = rig.labels_out()
        rig.run(rig.printer.status())
        rig.device.tell("stall")
        result = submit(rig, "hang")
        assert result.receipt.reached is Evidence.BODY
        assert rig.run(rig.printer.cancel(result.receipt)) is CancelOutcome.UNKNOWN
        rig.device.tell("unstall")
        assert rig.run(rig.printer.cancel(result.receipt)) is CancelOutcome.CANCELLED
        assert verdict(rig, submit(rig, "awake").receipt).outcome is Outcome.PROVEN
        assert rig.labels_out() == before + 1
