"""The printer kit against adapters that are wrong on purpose: what it lets pass, plugin authors ship."""

from __future__ import annotations

import dataclasses
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from acme_printer import LANGUAGE, LabelPrinter, LabelSettings, encode
from acme_virtual import AcmeLanguage

from waybilld_printers.virtual.device import DeviceConfig
from waybilld_printers.virtual.memory import MemoryPrinter
from waybilld_sdk.errors import NotReady, Reject
from waybilld_sdk.labels import Page, PrinterSettings
from waybilld_sdk.printing import (
    AttemptRef,
    CancelOutcome,
    Document,
    Evidence,
    Gate,
    Outcome,
    PrinterCapabilities,
    PrinterState,
    PrinterStatus,
    Receipt,
    SubmitResult,
    Verdict,
)
from waybilld_sdk.testing.context import FakeContext
from waybilld_sdk.testing.printer import PrinterContract, WitnessedPrinterContract
from waybilld_sdk.testing.rig import MemoryRig

DOCUMENT = encode(Page(8, 8, b"not looked at", "key"), PrinterSettings(8.0, (1.0, 1.0)))


class Rig(MemoryRig[MemoryPrinter]):
    """An adapter, wrong or not, on a virtual ACME 1."""

    def __init__(self, kind: type[LabelPrinter]) -> None:
        self._kind, ctx = kind, FakeContext()
        config = DeviceConfig(language=LANGUAGE, speaks=AcmeLanguage, labels_per_second=5.0)
        super().__init__(ctx, MemoryPrinter(config, ctx))

    def make(self, ctx: FakeContext) -> LabelPrinter:
        return self._kind(ctx, LabelSettings(host="printer"))

    def document(self) -> Document:
        return DOCUMENT


def broken(kind: type[LabelPrinter], contract: type[PrinterContract]) -> dict[str, str]:
    """What the contract says of an adapter: each test that fails, with its message."""
    found: dict[str, str] = {}
    for name in (name for name in dir(contract) if name.startswith("test_")):
        test: Callable[[Rig], None] = getattr(contract(), name)
        try:
            test(Rig(kind))
        except AssertionError as failure:
            found[name] = str(failure)
    return found


class Unproving(LabelPrinter):
    """It promises no proof, and gives none."""

    def capabilities(self) -> PrinterCapabilities:
        return dataclasses.replace(super().capabilities(), proves=Evidence.ACKNOWLEDGED)

    async def evidence(self, receipt: Receipt) -> Verdict:
        if receipt.reached < Evidence.TOKEN:
            return await super().evidence(receipt)
        return Verdict(Outcome.UNCONFIRMED, receipt.reached, "nobody asks this printer")


class Lazy(LabelPrinter):
    """Its PENDING carries E0: no evidence so far."""

    async def evidence(self, receipt: Receipt) -> Verdict:
        found = await super().evidence(receipt)
        return dataclasses.replace(found, evidence=Evidence.NOTHING) if found.outcome is Outcome.PENDING else found


class Hasty(LabelPrinter):
    """It calls a token lost that has only not been heard of."""

    async def evidence(self, receipt: Receipt) -> Verdict:
        found = await super().evidence(receipt)
        return dataclasses.replace(found, token_lost=found.outcome is Outcome.PENDING)


class Doubler(Unproving):
    """It sends each label twice."""

    async def submit(self, document: Document, attempt: AttemptRef, gate: Gate) -> SubmitResult:
        twice = dataclasses.replace(document, body=document.body + document.token + document.body)
        return await super().submit(twice, attempt, gate)


class LateDoubler(Unproving):
    """It sends each label again once it has been acknowledged."""

    async def submit(self, document: Document, attempt: AttemptRef, gate: Gate) -> SubmitResult:
        twice = dataclasses.replace(document, token=document.token + document.body + document.token)
        return await super().submit(twice, attempt, gate)


class Canceller(Unproving):
    """Its cancel says of every label that was acknowledged that it was taken back."""

    async def cancel(self, receipt: Receipt) -> CancelOutcome:
        settled = await super().cancel(receipt)
        return CancelOutcome.CANCELLED if receipt.reached is Evidence.ACKNOWLEDGED else settled


class Glutton(LabelPrinter):
    """It sends whatever it is given."""

    async def submit(self, document: Document, attempt: AttemptRef, gate: Gate) -> SubmitResult:
        return await super().submit(dataclasses.replace(document, language=LANGUAGE), attempt, gate)


class LateRefuser(LabelPrinter):
    """It notices the wrong language once the gate has committed that the label was sent."""

    async def submit(self, document: Document, attempt: AttemptRef, gate: Gate) -> SubmitResult:
        if document.language != LANGUAGE:
            await gate({})
            raise Reject("the wrong language")
        return await super().submit(document, attempt, gate)


class Rich(LabelPrinter):
    """Its snapshot is no JSON."""

    async def submit(self, document: Document, attempt: AttemptRef, gate: Gate) -> SubmitResult:
        async def richly(_snapshot: object) -> bool:
            return await gate({"seen": Evidence.BODY, "when": b"now"})  # type: ignore[dict-item]

        return await super().submit(document, attempt, richly)


class Nested(LabelPrinter):
    """The snapshot of its verdict comes back from JSON as something else."""

    async def evidence(self, receipt: Receipt) -> Verdict:
        found = await super().evidence(receipt)
        return dataclasses.replace(found, after={"labels": (1, 2)})  # type: ignore[dict-item]


class Keyword(LabelPrinter):
    """Its refusal is a keyword, which no packer can act on."""

    async def check(self) -> None:
        status = await self.status()
        if status.state is not PrinterState.IDLE:
            raise NotReady(*status.reasons[:1])


class Silent(LabelPrinter):
    """A verdict on a label that a fault keeps says nothing of the fault."""

    async def evidence(self, receipt: Receipt) -> Verdict:
        return dataclasses.replace(await super().evidence(receipt), status=None)


class Cheerful(LabelPrinter):
    """Likewise, it says that all is well."""

    async def evidence(self, receipt: Receipt) -> Verdict:
        idle = PrinterStatus(PrinterState.IDLE, advice="Wait.")
        return dataclasses.replace(await super().evidence(receipt), status=idle)


class Boaster(LabelPrinter):
    """It calls E3 a proof."""

    async def evidence(self, receipt: Receipt) -> Verdict:
        found = await super().evidence(receipt)
        return dataclasses.replace(found, evidence=min(found.evidence, Evidence.ACKNOWLEDGED))


WRONG = [
    (Lazy, WitnessedPrinterContract, "must not fall below what the sending reached"),
    (Hasty, WitnessedPrinterContract, "token_lost needs proof that the closing token never arrived"),
    (Doubler, PrinterContract, "not none, not two"),
    (LateDoubler, PrinterContract, "not none, not two"),
    (Canceller, PrinterContract, "a label in the tray is never CANCELLED"),
    (Glutton, PrinterContract, "raises Reject before the gate and the first byte"),
    (LateRefuser, PrinterContract, "raises Reject before the gate and the first byte"),
    (Rich, PrinterContract, "snapshots must be plain JSON"),
    (Nested, WitnessedPrinterContract, "snapshots must come back from JSON as they were"),
    (Keyword, WitnessedPrinterContract, "in words and not by a keyword, what is wrong and what to do"),
    (Silent, WitnessedPrinterContract, "PENDING comes with the status"),
    (Cheerful, WitnessedPrinterContract, "or nobody fails over"),
    (Boaster, WitnessedPrinterContract, "PROVEN needs Evidence.PRINTED or better"),
]


@pytest.mark.parametrize(("kind", "contract", "promise"), WRONG, ids=lambda value: getattr(value, "__name__", ""))
def test_a_wrong_adapter_is_found_and_told_its_promise(
    kind: type[LabelPrinter], contract: type[PrinterContract], promise: str
) -> None:
    """Each of these would lose or double labels in production; without a message its author looks for hours."""
    said = broken(kind, contract)
    assert any(promise in message for message in said.values()), said


@pytest.mark.parametrize(("kind", "contract"), [(LabelPrinter, WitnessedPrinterContract), (Unproving, PrinterContract)])
def test_a_right_adapter_passes(kind: type[LabelPrinter], contract: type[PrinterContract]) -> None:
    """A kit that cries wolf is switched off."""
    assert broken(kind, contract) == {}


def test_a_failure_of_the_kit_shows_its_values(tmp_path: Path) -> None:
    """A bare `AssertionError` tells a plugin author nothing, and the kit's own files are not rewritten by themselves."""
    (tmp_path / "test_mine.py").write_text(
        "from unit.sdk.test_printer_kit import Doubler, Rig\n"
        "from waybilld_sdk.testing.printer import PrinterContract\n"
        "def test_it(): PrinterContract().test_a_good_label_comes_out_once(Rig(Doubler))\n"
    )
    root = Path(__file__).parents[3]
    paths = [f"pythonpath={root / 'tests'} {root / 'docs/howto/example'}"]
    command = [sys.executable, "-m", "pytest", "-q", "-c", "/dev/null", "--rootdir", str(tmp_path), "-p", "no:cacheprovider"]
    options = [word for path in paths for word in ("-o", path)]
    done = subprocess.run([*command, *options, str(tmp_path)], cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert "not none, not two" in done.stdout, done.stdout + done.stderr
    assert "assert 2 == (0 + 1)" in done.stdout or "assert 2 == 1" in done.stdout, done.stdout
