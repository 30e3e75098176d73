"""The ACME 1 keeps the printer contract, and loses no label over the faults of `docs/howto/test-a-printer-driver.md`."""

from __future__ import annotations

import io

import pytest
from acme_printer import LANGUAGE, LabelPrinter, LabelSettings, encode
from acme_virtual import AcmeLanguage
from PIL import Image, ImageDraw

from waybilld_printers.virtual.device import DeviceConfig
from waybilld_printers.virtual.drawing import draw
from waybilld_printers.virtual.memory import MemoryPrinter
from waybilld_sdk.errors import NotReady
from waybilld_sdk.labels import Page, PrinterSettings
from waybilld_sdk.printing import CancelOutcome, Document, Evidence, Outcome
from waybilld_sdk.testing.asking import evidence, submit, verdict
from waybilld_sdk.testing.context import FakeContext
from waybilld_sdk.testing.printer import WitnessedPrinterContract
from waybilld_sdk.testing.rig import MemoryRig


def page() -> Page:
    """A small page: a frame."""
    picture, output = Image.new("1", (16, 16), 1), io.BytesIO()
    ImageDraw.Draw(picture).rectangle((2, 2, 13, 13), outline=0)
    picture.save(output, "PNG")
    return Page(16, 16, output.getvalue(), "frame")


DOCUMENT = encode(page(), PrinterSettings(8.0, (2.0, 2.0)))


class AcmeRig(MemoryRig[MemoryPrinter]):
    """The adapter on a virtual ACME 1 in memory."""

    def __init__(self) -> None:
        ctx = FakeContext()
        config = DeviceConfig(language=LANGUAGE, speaks=AcmeLanguage, labels_per_second=5.0)
        super().__init__(ctx, MemoryPrinter(config, ctx))

    def make(self, ctx: FakeContext) -> LabelPrinter:
        return LabelPrinter(ctx, LabelSettings(host="printer"))

    def document(self) -> Document:
        return DOCUMENT


@pytest.fixture
def rig() -> AcmeRig:
    return AcmeRig()


class TestAcme(WitnessedPrinterContract):
    """Its proof is heard on the connection that carried the label, and gone with it."""


@pytest.mark.parametrize("at", range(1, len(b"STATE\n" + DOCUMENT.body + DOCUMENT.token + b"SAY a1\n") + 2))
def test_a_reset_at_a_byte_loses_and_doubles_nothing(rig: AcmeRig, at: int) -> None:
    """Whatever the byte: the label is out or not, the adapter claims no more than that, and the next one is whole."""
    rig.device.tell(f"reset-at {at}")
    try:
        result = submit(rig, "a1")
    except NotReady:
        assert rig.labels_out() == 0
        return
    found = verdict(rig, result.receipt)
    settled = rig.run(rig.printer.cancel(result.receipt))
    rig.run(rig.pause(2.0))
    out = rig.labels_out()
    assert found.outcome is not Outcome.PROVEN or out == 1
    assert settled is not CancelOutcome.CANCELLED or out == 0
    assert verdict(rig, submit(rig, "a2").receipt).outcome is Outcome.PROVEN
    assert rig.labels_out() == out + 1


def test_what_is_encoded_is_what_is_printed(rig: AcmeRig) -> None:
    """Dot for dot, else the preview is not the label."""
    verdict(rig, submit(rig, "d1").receipt)
    assert rig.labels_out() == 1
    label = rig.device.printed[0].label
    assert label is not None
    picture, complaints = draw(label)
    assert complaints == ()
    with Image.open(io.BytesIO(picture)) as got, Image.open(io.BytesIO(page().png)) as meant:
        assert got.crop((0, 0, 16, 16)).tobytes() == meant.tobytes()


def test_paper_that_ends_in_a_label_leaves_it_owed(rig: AcmeRig) -> None:
    """The roll ends in the middle of the label; a new one is loaded, and the printer prints it again by itself."""
    rig.device.follow("after 0.1 s: paper-out\nafter 30 s: load 500")
    receipt = submit(rig, "p1").receipt
    rig.run(rig.pause(1.0))
    waiting = evidence(rig, receipt)
    assert (waiting.outcome, waiting.evidence) == (Outcome.PENDING, Evidence.ACKNOWLEDGED)
    assert waiting.status is not None
    assert waiting.status.reasons == ("media-empty-error",)
    rig.run(rig.pause(40.0))
    assert verdict(rig, receipt).outcome is Outcome.PROVEN
    assert rig.labels_out() == 1


def test_a_printer_that_hangs_is_unconfirmed_and_prints_on_later(rig: AcmeRig) -> None:
    """Silence is neither health nor absence: the label comes out minutes later, and nobody may have called it cancelled."""
    receipt = submit(rig, "s1").receipt
    rig.device.tell("stall 60")
    assert verdict(rig, receipt).outcome is Outcome.UNCONFIRMED
    assert rig.run(rig.printer.cancel(receipt)) is CancelOutcome.UNKNOWN
    rig.run(rig.pause(90.0))
    assert rig.labels_out() == 1
    assert verdict(rig, submit(rig, "s2").receipt).outcome is Outcome.PROVEN
