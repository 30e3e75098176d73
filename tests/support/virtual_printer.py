"""A virtual printer as a child process, driven through its ready file and its control port."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

from waybilld_printers.virtual import client
from waybilld_printers.virtual.tray import ledger

START_LIMIT_S = 20.0


class VirtualPrinter:
    """One running device. `tell` raises when the device refuses the command."""

    def __init__(self, folder: Path, *options: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        ready = folder / "ready.json"
        arguments = ["--ready-file", str(ready), "--tray", str(folder / "tray"), "--no-draw", *options]
        self._errors = (folder / "stderr.txt").open("w+b")
        self._process = subprocess.Popen(
            [sys.executable, "-m", "waybilld_printers.virtual", *arguments], stderr=self._errors, stdout=self._errors
        )
        self._entry = self._await_ready(ready)
        self.print_port, self.status_port = int(str(self._entry["print_port"])), int(str(self._entry["status_port"]))
        self._tray = folder / "tray"

    def _await_ready(self, ready: Path) -> client.Json:
        until = time.monotonic() + START_LIMIT_S
        while time.monotonic() < until and self._process.poll() is None:
            if ready.exists():
                return client.find(ready, None)
            time.sleep(0.01)
        self._errors.seek(0)
        raise RuntimeError(f"the virtual printer did not start: {self._errors.read().decode(errors='replace')}")

    def tell(self, line: str) -> dict[str, object]:
        """One command of the control port; the reply once ports and tray are as the command wants them."""
        reply = client.tell(self._entry, line)
        if not reply.get("ok"):
            raise RuntimeError(f"{line}: {json.dumps(reply)}")
        return reply

    def status(self) -> dict[str, object]:
        """Everything about the device, as it says itself."""
        status = self.tell("status")["status"]
        assert isinstance(status, dict)
        return status

    def labels_out(self) -> int:
        """Labels in the tray's ledger, which must agree with the device's own count."""
        while True:
            before = self.status()["labels_out"]
            lines = ledger(self._tray)
            # A label that came out between the two looks is no disagreement: look again.
            if before == self.status()["labels_out"]:
                assert len(lines) == before, "tray and device disagree"
                return len(lines)

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(10)
        self._errors.close()
