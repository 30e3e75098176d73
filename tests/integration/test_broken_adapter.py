"""Adapters that fail while they are built: the daemon must start without them and say which."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

PLUGIN = '''
from waybilld_sdk import API_VERSION
from waybilld_sdk.hooks import hookimpl
from waybilld_sdk.orders import MarketplaceCapabilities
from waybilld_sdk.plugin import CarrierSpec, MarketplaceSpec, PluginInfo
from waybilld_sdk.settings import Settings

def explode(ctx, settings):
    raise ValueError("secret name")

class Windowed:
    def __init__(self, ctx, settings):
        pass
    def capabilities(self):
        return MarketplaceCapabilities("window")

class Plugin:
    @hookimpl
    def waybilld_plugin_info(self):
        return PluginInfo("broken", "1.0", API_VERSION, "fails")
    @hookimpl
    def waybilld_register_carriers(self):
        return [CarrierSpec("broken", "fails", Settings, explode)]
    @hookimpl
    def waybilld_register_marketplaces(self):
        return [MarketplaceSpec("broken", "a window feed", Settings, Windowed)]

plugin = Plugin()
'''

CONFIG = """
state: state
runtime: runtime
listen: 127.0.0.1:0
senders: [{name: main, display_name: Example, phone: "1", address: Example Street 1}]
warehouses: [{name: north, country: CN}]
carriers: [{name: loud, adapter: broken}]
printers: [{name: p, adapter: raw, settings: {host: 127.0.0.1, port: 9}}]
pools: [{name: bench, printers: [p]}]
shops:
  - {name: slices, adapter: broken, sender: main, pool: bench, warehouses: [north], carriers: [loud]}
"""


def test_adapters_that_cannot_be_built_hurt_themselves_only(tmp_path: Path) -> None:
    """Promise 5: one plugin's bug must not keep every shop from shipping, and must not tell what it was given."""
    info = tmp_path / "plugins" / "broken-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: broken\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[waybilld.plugins]\nbroken = broken_plugin:plugin\n")
    (tmp_path / "plugins" / "broken_plugin.py").write_text(PLUGIN)
    (tmp_path / "waybilld.yaml").write_text(CONFIG)
    log = tmp_path / "daemon.log"
    env = {**os.environ, "PYTHONPATH": str(tmp_path / "plugins")}
    with log.open("wb") as out:
        command = [sys.executable, "-m", "waybilld", "--config", str(tmp_path / "waybilld.yaml")]
        daemon = subprocess.Popen(command, env=env, stdout=out, stderr=out)
    try:
        until = time.monotonic() + 40
        while "ready: epoch 1" not in log.read_text() and daemon.poll() is None and time.monotonic() < until:
            time.sleep(0.05)
        told = log.read_text()
        assert "ready: epoch 1" in told, told
        assert "carrier.loud cannot work yet: its adapter could not be built: ValueError at broken_plugin.py" in told
        assert "shop.slices cannot work yet: its adapter gives orders by windows of time" in told
        assert "secret name" not in told
    finally:
        daemon.send_signal(signal.SIGTERM)
        assert daemon.wait(timeout=40) == 0
