"""The example of `docs/howto/write-an-adapter.md` keeps the contract, and the page shows what the example says."""

from __future__ import annotations

import importlib.util
import json
import re
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, TypeVar

import pytest

from waybilld_sdk.ports import Carrier, Marketplace, Printer
from waybilld_sdk.printing import Document
from waybilld_sdk.testing.carrier import CarrierContract
from waybilld_sdk.testing.context import FakeContext, FakeFolder
from waybilld_sdk.testing.marketplace import MarketplaceContract
from waybilld_sdk.testing.printer import PrinterContract
from waybilld_sdk.testing.run import run_now

T = TypeVar("T")
HOWTO = Path(__file__).parents[2] / "docs" / "howto"
_spec = importlib.util.spec_from_file_location("acme_waybilld", HOWTO / "example" / "acme_waybilld.py")
assert _spec is not None and _spec.loader is not None
acme = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(acme)

GOOD = {
    "status": "paid",
    "to": {"name": "测试收件人", "phone": "13800000001", "country": "CN", "city": "示例市", "street": "示例路1号"},
    "lines": [{"sku": "CUP", "title": "陶瓷杯", "quantity": 1}],
}


class TestDesk(MarketplaceContract):
    """JSON files as a shop."""

    def make(self, ctx: FakeContext, tmp_path: Path) -> Marketplace:
        return acme.DeskMarketplace(ctx, acme.DeskSettings(folder=str(tmp_path / "in")))

    def fill(self, ctx: FakeContext, tmp_path: Path, good: int, bad: int) -> None:
        records = [{"id": f"A-{number}", **GOOD} for number in range(good)]
        for number in range(bad):
            records.insert(2 * number + 1, {"id": f"B-{number}"})
        (tmp_path / "in").mkdir(exist_ok=True)
        (tmp_path / "in" / "orders.json").write_text(json.dumps(records))

    def broken(self, ctx: FakeContext, tmp_path: Path) -> Marketplace:
        (tmp_path / "file").write_text("")
        return acme.DeskMarketplace(ctx, acme.DeskSettings(folder=str(tmp_path / "file")))

    def confirmed(self, ctx: FakeContext, tmp_path: Path) -> object:
        return {path.name: path.read_text() for path in (tmp_path / "in" / "confirmed").iterdir()}


class TestCounter(CarrierContract):
    """A counter as a carrier."""

    def make(self, ctx: FakeContext, tmp_path: Path) -> Carrier:
        return acme.CounterCarrier(ctx, acme.CounterSettings())

    def broken(self, ctx: FakeContext, tmp_path: Path) -> Carrier:
        return acme.CounterCarrier(ctx, acme.CounterSettings(last=0))


class _FullFolder(FakeFolder):
    """Its next write fails, as on a full disk; then somebody made room."""

    full = True

    async def write(self, name: str, data: bytes) -> None:
        if self.full:
            self.full = False
            raise OSError(28, "No space left on device")
        await super().write(name, data)


class TrayRig:
    """The folder, looked into."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.ctx = FakeContext()
        self.printer: Printer
        self.restart()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return run_now(work)

    async def pause(self, seconds: float) -> None:
        await self.ctx.sleep(seconds)

    def document(self) -> Document:
        return Document("zpl", b"^XA^FO1,1^GB9,9^FS", b"^XZ")

    def labels_out(self) -> int:
        return len(list(self._folder.glob("*.zpl")))

    def cut_next_body(self) -> None:
        self.ctx.folders[str(self._folder)] = _FullFolder(self._folder)
        self.restart()

    def stop(self) -> None:
        raise NotImplementedError("only for printers that prove")

    def mend(self) -> None:
        raise NotImplementedError("only for printers that prove")

    def restart(self) -> None:
        self.printer = acme.TrayPrinter(self.ctx, acme.TraySettings(folder=str(self._folder)))


class TestTray(PrinterContract):
    """A folder as a printer that proves nothing."""

    @pytest.fixture
    def rig(self, tmp_path: Path) -> TrayRig:
        return TrayRig(tmp_path / "tray")


def test_the_plugin_brings_what_the_page_says() -> None:
    """An adapter that is tested and not registered is one that nobody can configure."""
    specs = {spec.name: spec for spec in acme.plugin.waybilld_register_printers()}
    assert set(specs) == {"acme", "label"}
    label = specs["label"]
    made = label.factory(FakeContext(), label.settings.model_validate({"host": "printer"}))
    (language,) = acme.plugin.waybilld_register_languages()
    assert made.capabilities().language == language.name


def test_the_page_shows_the_example() -> None:
    """Code in a guide that nobody runs is wrong within a year."""
    page = (HOWTO / "write-an-adapter.md").read_text("utf-8")
    files = [*(HOWTO / "example").glob("*.py"), HOWTO / "example" / "pyproject.toml", Path(__file__)]
    sources = "\n".join(path.read_text("utf-8") for path in files)
    blocks = re.findall(r"```(?:python|toml)\n(.*?)```", page, re.DOTALL)
    assert len(blocks) >= 5
    for block in blocks:
        assert block in sources, f"not in the example:\n{block}"
