"""A plugin that blocks the reactor's thread: the watchdog must end the process and name it, and the next start go on."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

PLUGIN = '''
import time
from waybilld_sdk import API_VERSION
from waybilld_sdk.hooks import hookimpl
from waybilld_sdk.plugin import CarrierSpec, PluginInfo
from waybilld_sdk.settings import Settings

class Blocking:
    def __init__(self, ctx, settings):
        pass
    def capabilities(self):
        raise NotImplementedError
    async def check(self):
        time.sleep(60)
    async def balance(self):
        return None
    async def close(self):
        pass

class Plugin:
    @hookimpl
    def waybilld_plugin_info(self):
        return PluginInfo("blocking", "1.0", API_VERSION, "blocks the loop")
    @hookimpl
    def waybilld_register_carriers(self):
        return [CarrierSpec("blocking", "blocks the loop", Settings, Blocking)]

plugin = Plugin()
'''

CONFIG = """
state: state
runtime: runtime
listen: 127.0.0.1:0
carriers:
  - {name: stuck, adapter: blocking}
"""


def wait_for(done: Callable[[], bool], seconds: float) -> bool:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if done():
            return True
        time.sleep(0.05)
    return False


def start(folder: Path, log: str) -> subprocess.Popen[bytes]:
    env = {**os.environ, "PYTHONPATH": str(folder / "plugins")}
    with (folder / log).open("wb") as out:
        command = [sys.executable, "-m", "waybilld", "--config", str(folder / "waybilld.yaml")]
        return subprocess.Popen(command, env=env, stdout=out, stderr=out)


def test_a_blocked_loop_ends_the_process_and_the_next_start_leaves_its_plugin_out(tmp_path: Path) -> None:
    """Without this a single plugin freezes every printer for ever, and a restart would freeze again at once."""
    info = tmp_path / "plugins" / "blocking-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: blocking\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[waybilld.plugins]\nblocking = blocking_plugin:plugin\n")
    (tmp_path / "plugins" / "blocking_plugin.py").write_text(PLUGIN)
    (tmp_path / "waybilld.yaml").write_text(CONFIG)

    first = start(tmp_path, "first.log")
    assert first.wait(timeout=40) == 70, (tmp_path / "first.log").read_text()
    marker = json.loads((tmp_path / "state" / "blocked.json").read_text())
    assert (marker["instance"], marker["op"]) == ("carrier.stuck", "check")
    assert any("time.sleep(60)" in line for line in marker["stack"])

    second = start(tmp_path, "second.log")
    try:
        assert wait_for(lambda: b"ready: epoch 2" in (tmp_path / "second.log").read_bytes(), 30)
        assert "carrier.stuck is in quarantine: it blocked the loop" in (tmp_path / "second.log").read_text()
    finally:
        second.send_signal(signal.SIGTERM)
        assert second.wait(timeout=30) == 0
