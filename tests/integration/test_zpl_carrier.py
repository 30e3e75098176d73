"""A carrier that sends its labels as ZPL, through the real daemon to a virtual Zebra."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from integration.test_api_cli import Running
from waybilld_printers.virtual.tray import ledger

PLUGIN = '''
from waybilld_sdk import API_VERSION
from waybilld_sdk.hooks import hookimpl
from waybilld_sdk.plugin import CarrierSpec, PluginInfo
from waybilld_sdk.settings import Settings
from waybilld_sdk.shipping import CarrierCapabilities, CommandArtwork, Idempotency, Quote, Waybill

LABEL = (
    "^XA^POI^PW800^LL1200^CI28^FO30,30^A0N,40,40^FD{name}^FS"
    "^BY3^FO60,500^BCN,200,N,N,,A^FD{number}^FS^PQ1,0,1,Y^XZ"
)

class Careless:
    """Puts whatever the buyer typed into its label, as some carriers do."""
    def __init__(self, ctx, settings):
        self._sold = {}
    def capabilities(self):
        return CarrierCapabilities(Idempotency.KEY, ("std",), can_cancel=True)
    async def check(self): pass
    async def close(self): pass
    async def quote(self, parcel, country):
        return (Quote("std"),)
    async def buy(self, request):
        number = self._sold.setdefault(request.key, f"ZC{len(self._sold):08d}")
        text = LABEL.format(name=request.consignee.name, number=number)
        return Waybill(number, CommandArtwork("zpl", text.encode()))
    async def find_by_reference(self, key):
        return None
    async def cancel(self, number, key): pass
    async def balance(self):
        return None

class Plugin:
    @hookimpl
    def waybilld_plugin_info(self):
        return PluginInfo("careless", "1.0", API_VERSION, "labels in ZPL")
    @hookimpl
    def waybilld_register_carriers(self):
        return [CarrierSpec("careless", "labels in ZPL", Settings, Careless)]

plugin = Plugin()
'''

ORDERS = """\
order_id,status,name,phone,country,city,street,postcode,sku,title,quantity
Z-1,paid,Jo Test,+44 20 7946 0958,GB,London,1 Wharf,E14,MUG,Mug,1
Z-2,paid,Jo^XZ~JA,+44 20 7946 0958,GB,London,1 Wharf,E14,MUG,Mug,1
Z-3,paid,测试收件人,+44 20 7946 0958,GB,London,1 Wharf,E14,MUG,Mug,1
"""


class Careless(Running):
    """The daemon with that carrier, and stock that leaves room for a strip."""

    def start(self) -> subprocess.Popen[bytes]:
        """As inherited, with another carrier and longer media."""
        text = self.config.read_text("utf-8")
        before, _, after = text.partition("carriers:\n  - name: numbers\n")
        after = after[after.index("printers:\n") :].replace("settings: {host", "settings: {media_mm: [100, 180], host")
        self.config.write_text(f"{before}carriers:\n  - {{name: numbers, adapter: careless}}\n{after}", "utf-8")
        return super().start()


@pytest.fixture
def running(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Careless]:
    """A daemon that finds the plugin beside the installed ones."""
    folder = tmp_path / "plugins"
    info = folder / "careless-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: careless\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[waybilld.plugins]\ncareless = careless_plugin:plugin\n")
    (folder / "careless_plugin.py").write_text(PLUGIN, "utf-8")
    monkeypatch.setenv("PYTHONPATH", str(folder))
    found = Careless(tmp_path)
    yield found
    found.stop()


def test_good_labels_are_proven_and_an_injected_one_is_held(running: Careless) -> None:
    """A buyer who calls himself `^XZ~JA` would print blank labels and drop everybody else's from the printer."""
    (running.folder / "orders" / "z.csv").write_text(ORDERS, "utf-8")
    running.until(lambda: running.api.get("/api/v1/status")["shipments"] == {"labelled": 1, "printed": 2})
    lines = [line for name in ("left", "right") for line in ledger(running.folder / name / "tray")]
    assert len(lines) == 2
    for line in lines:
        complaints = line["complaints"]
        assert isinstance(complaints, list)
        assert complaints
        assert all(str(told).startswith("not drawn: ^") for told in complaints), complaints
    orders = {order["external_id"]: order for order in running.api.get("/api/v1/orders")["orders"]}
    numbers = {name: orders[name]["shipments"][0]["id"] for name in ("Z-1", "Z-2", "Z-3")}
    (case,) = running.api.get(f"/api/v1/shipments/{numbers['Z-2']}")["cases"]
    assert case["code"] == "artwork-commands"
    assert "^XZ" not in case["message"]
    assert "~JA at byte" in case["message"]
    code, _, err = running.cli("labels", "preview", str(numbers["Z-1"]), "-o", str(running.folder / "l.png"))
    assert code == 0
    assert "is drawn by the printer from the carrier's ZPL" in err
    code, out, err = running.cli("db", "verify", "--full", "--json")
    assert code == 0, err
    assert json.loads(out)["findings"] == []
