"""The printer contract on raw x ESC/POS, TSPL and CPCL in memory, and a label cut at every single byte of it.

The judge is the printer's own tray, which the adapter never sees.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

import pytest

from support.small_printers import SmallCpcl, SmallEscpos, SmallPrinter, SmallTspl
from waybilld_printers.transports.raw.adapter import RawPrinter
from waybilld_printers.transports.raw.settings import RawSettings
from waybilld_sdk.printing import AttemptRef, CancelOutcome, Document, Evidence, Outcome
from waybilld_sdk.testing.printer import PrinterContract, WitnessedPrinterContract, open_gate, submit, verdict
from waybilld_sdk.testing.run import run_now

T = TypeVar("T")

PIXELS = bytes(range(0x80, 0x98))
OTHER = bytes(range(0xA0, 0xB8))


def tspl(pixels: bytes) -> Document:
    head = f"SIZE 50.00 mm,25.00 mm\r\nCLS\r\nBITMAP 0,0,1,{len(pixels)},0,".encode()
    return Document("tspl", head + pixels + b"\r\n", b"PRINT 1,1\r\n")


def cpcl(pixels: bytes) -> Document:
    head = f"! 0 200 200 200 1\r\nPAGE-WIDTH 400\r\nCG 1 {len(pixels)} 0 0 ".encode()
    return Document("cpcl", head + pixels + b"\r\nFORM\r\n", b"PRINT\r\n")


def escpos(pixels: bytes) -> Document:
    head = b"\x1b@\x1d(D\x05\x00\x14\x01\x00\x02\x00\x1dv0\x00\x01\x00" + len(pixels).to_bytes(2, "little")
    return Document("escpos", head + pixels, b"\x1dVB\x00\x1b@")


KINDS: dict[str, tuple[str, Callable[[], SmallPrinter], Callable[[bytes], Document]]] = {
    "tspl": ("tspl-203", SmallTspl, tspl),
    "cpcl": ("cpcl-203", SmallCpcl, cpcl),
    "escpos": ("escpos-80", SmallEscpos, escpos),
}


class SmallRig:
    """A raw printer on a small printer."""

    def __init__(self, kind: str, device: SmallPrinter | None = None, **changes: object) -> None:
        profile, make, self.encode = KINDS[kind]
        self.device = device or make()
        values = {"host": "printer", "profile": profile, "media_mm": (50, 25), "piloted": True, "status_timeout_s": 0.5}
        self.settings = RawSettings.model_validate(values | changes)
        self.printer = RawPrinter(self.device.context, self.settings)

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return run_now(work)

    async def pause(self, seconds: float) -> None:
        self.device.context.advance(seconds)

    def document(self) -> Document:
        return self.encode(PIXELS)

    def labels_out(self) -> int:
        self.device.pass_time()
        return self.device.tray.count(PIXELS)

    def cut_next_body(self) -> None:
        self.run(self.printer.close())
        self.device.cut_at = 30

    def stop(self) -> None:
        self.device.pass_time()
        self.device.fault = True

    def mend(self) -> None:
        self.device.pass_time()
        self.device.fault = False

    def restart(self) -> None:
        self.run(self.printer.close())
        self.printer = RawPrinter(self.device.context, self.settings)


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


def test_a_receipt_printer_without_the_echo_proves_nothing() -> None:
    """Most clones know no `GS ( H`: their labels come out, and nobody may say so."""
    rig = SmallRig("escpos", SmallEscpos(knows_echo=False))
    assert verdict(rig, submit(rig, "a1").receipt).outcome is Outcome.UNCONFIRMED
    assert rig.labels_out() == 1


def _bytes_of(kind: str) -> int:
    document = KINDS[kind][2](PIXELS)
    return len(document.body + document.token) + (11 if kind == "escpos" else 0)


OFFSETS = [(kind, at) for kind in KINDS for at in range(1, _bytes_of(kind) + 1)]


@pytest.mark.parametrize("power", [False, True], ids=["", "and-power"])
@pytest.mark.parametrize("how", ["cut_at", "lose_at"])
@pytest.mark.parametrize(("kind", "at"), OFFSETS)
def test_a_label_broken_off_at_any_byte_is_judged_as_its_tray_is(kind: str, at: int, how: str, power: bool) -> None:
    """PROVEN is in the tray exactly once, REFUTED and CANCELLED never; and nothing of it is in the next label."""
    rig = SmallRig(kind)
    if isinstance(rig.device, SmallCpcl):
        # The word for noting a restart would count among the label's bytes.
        rig.device.restarted = False
    run_now(rig.printer.status())
    first = rig.encode(PIXELS)
    # The body may be asked about in between: three bytes of question, once, with the whole body in the device.
    asked = 3 if kind == "tspl" and at > len(first.body) else 0
    setattr(rig.device, how, at + asked)
    sent = run_now(rig.printer.submit(first, AttemptRef("a1", "t"), open_gate))
    if power:
        rig.device.power_cycle()
    found = verdict(rig, sent.receipt)
    cancelled = run_now(rig.printer.cancel(sent.receipt))
    setattr(rig.device, how, None)

    second = run_now(rig.printer.submit(rig.encode(OTHER), AttemptRef("a2", "t"), open_gate))
    assert second.receipt.reached is Evidence.ACKNOWLEDGED, second.detail
    assert verdict(rig, second.receipt).outcome is Outcome.PROVEN
    tray = rig.device.tray
    assert tray.count(OTHER) == 1
    assert all(label == OTHER or not set(label) & set(OTHER) for label in tray), "two labels in one"
    if found.outcome is Outcome.PROVEN:
        assert tray.count(PIXELS) == 1
        assert cancelled is CancelOutcome.PRINTED
    elif found.outcome is Outcome.REFUTED or cancelled is CancelOutcome.CANCELLED:
        assert tray.count(PIXELS) == 0
        assert sent.receipt.reached <= Evidence.BODY
    else:
        assert found.outcome is Outcome.UNCONFIRMED
        assert cancelled is CancelOutcome.UNKNOWN
    if isinstance(rig.device, SmallCpcl):
        # Only the rest of a first line that did not arrive whole may be taken for text.
        assert rig.device.texts <= (at <= first.body.index(b"\n"))
