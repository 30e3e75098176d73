"""The printer contract on raw x ESC/POS, TSPL and CPCL, in memory and over sockets."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import pytest

from support.fault_proxy import Fault
from support.small_labels import KINDS, PROFILES, encoded
from support.small_printers import SmallEscpos
from support.small_rigs import SmallRig, SocketRig
from waybilld_printers.transports.raw.adapter import RawPrinter
from waybilld_printers.transports.raw.settings import RawSettings
from waybilld_printers.virtual.device import DeviceConfig
from waybilld_printers.virtual.memory import MemoryPrinter
from waybilld_sdk.printing import Document, Evidence, Outcome
from waybilld_sdk.testing.asking import submit, verdict
from waybilld_sdk.testing.context import FakeContext
from waybilld_sdk.testing.printer import PrinterContract, WitnessedPrinterContract
from waybilld_sdk.testing.rig import MemoryRig

SETTLE_S = 0.7
"""A label takes 0.3 s at most there."""


class TestTspl(WitnessedPrinterContract):
    """TSPL whose word was piloted."""

    @pytest.fixture
    def rig(self) -> SmallRig:
        return SmallRig("tspl")


class TestTsplUnpiloted(PrinterContract):
    """TSPL as shipped."""

    @pytest.fixture
    def rig(self) -> SmallRig:
        return SmallRig("tspl", piloted=False)


class TestCpcl(WitnessedPrinterContract):
    """CPCL whose word was piloted."""

    @pytest.fixture
    def rig(self) -> SmallRig:
        return SmallRig("cpcl")


class TestEscpos(WitnessedPrinterContract):
    """ESC/POS with its echo."""

    @pytest.fixture
    def rig(self) -> SmallRig:
        return SmallRig("escpos")


class TestEscposClosing(WitnessedPrinterContract):
    """A receipt printer that several computers share."""

    @pytest.fixture
    def rig(self) -> SmallRig:
        return SmallRig("escpos", keep_open_s=0)


class TestMute(PrinterContract):
    """Printers that never answer."""

    @pytest.fixture(params=KINDS)
    def rig(self, request: pytest.FixtureRequest) -> SmallRig:
        return SmallRig(request.param, answers=False)


class VirtualRig(MemoryRig[MemoryPrinter]):
    """A raw printer on the virtual one, in memory."""

    cut_at = 30

    def __init__(self, kind: str) -> None:
        self._kind, ctx = kind, FakeContext()
        values = {"host": "printer", "profile": PROFILES[kind], "media_mm": (50, 25), "piloted": True}
        self._settings = RawSettings.model_validate(values)
        document = self.document()
        config = DeviceConfig(language=kind, labels_per_second=5.0)
        super().__init__(ctx, MemoryPrinter(config, ctx, meant=document.body + document.token))

    def make(self, ctx: FakeContext) -> RawPrinter:
        return RawPrinter(ctx, self._settings)

    def document(self) -> Document:
        return encoded(self._kind)


class TestOnTheVirtualPrinter(WitnessedPrinterContract):
    """The same on printers that were written by other hands, and know more."""

    @pytest.fixture(params=KINDS)
    def rig(self, request: pytest.FixtureRequest) -> VirtualRig:
        return VirtualRig(request.param)


class TestOverSockets(WitnessedPrinterContract):
    """All three, with labels larger than what sockets hide on the way."""

    settle_s = SETTLE_S

    @pytest.fixture(params=KINDS)
    def rig(self, request: pytest.FixtureRequest) -> Iterator[SocketRig]:
        rig = SocketRig(request.param)
        yield rig
        rig.close()

    @pytest.mark.parametrize("kind", ["stall", "half_close"])
    def test_a_label_that_does_not_get_through_spoils_no_other(
        self, rig: SocketRig, kind: Literal["stall", "half_close"]
    ) -> None:
        """Each of these once kept a spooler busy for hours."""
        rig.proxy.arm(Fault(kind, 1000))
        result = submit(rig, "x1")
        assert result.receipt.reached <= Evidence.TOKEN
        rig.proxy.release()
        assert verdict(rig, result.receipt).outcome is not Outcome.PROVEN
        rig.run(rig.printer.cancel(result.receipt))
        assert verdict(rig, submit(rig, "x2").receipt).outcome is Outcome.PROVEN
        assert rig.labels_out() == 1


def test_a_receipt_printer_without_the_echo_proves_nothing() -> None:
    """Most clones know no `GS ( H`: their labels come out, and nobody may say so."""
    rig = SmallRig("escpos", SmallEscpos(knows_echo=False))
    assert verdict(rig, submit(rig, "a1").receipt).outcome is Outcome.UNCONFIRMED
    assert rig.labels_out() == 1
