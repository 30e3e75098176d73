"""A driverless printer as a child process: `ippeveprinter` of CUPS, with a message bus of its own.

It registers by DNS-SD and ends when it finds no system bus: a private session bus stands in (dbus-daemon(1)); nobody needs
to answer on it. Its web forms change media and supplies while it runs.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import time
import urllib.request
from pathlib import Path

from support.cupsd import free_port

BINARY = "ippeveprinter"
START_LIMIT_S = 20.0
_COMMAND = """\
#!/bin/sh
# What the printer runs for each job: reasons go to stderr as `STATE:` lines (ippeveprinter(1)).
if [ -e {cover} ]; then
    echo "STATE: +cover-open" >&2
    while [ -e {cover} ]; do sleep 0.1; done
    echo "STATE: -cover-open" >&2
fi
exit 0
"""


class IppPrinter:
    """One running printer; what it prints lies in `spool`, a file for each job."""

    def __init__(self, folder: Path, *formats: str) -> None:
        for program in (BINARY, "dbus-daemon"):
            if shutil.which(program) is None:
                raise RuntimeError(f"{program} is missing: apt install cups-ipp-utils dbus")
        self.spool = folder / "spool"
        self.spool.mkdir(parents=True)
        self._bus = subprocess.Popen(
            ["dbus-daemon", "--session", "--nofork", "--print-address=1", f"--address=unix:path={folder}/bus"],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        assert self._bus.stdout is not None
        self._cover = folder / "cover-is-open"
        command = folder / "print"
        command.write_text(_COMMAND.format(cover=self._cover))
        command.chmod(0o755)
        address = self._bus.stdout.readline().decode().strip()
        self.port = free_port()
        environment = {**os.environ, "DBUS_SYSTEM_BUS_ADDRESS": address, "DBUS_SESSION_BUS_ADDRESS": address}
        with (folder / "log").open("wb") as log:
            self._process = subprocess.Popen(
                [
                    BINARY, "-p", str(self.port), "-d", str(self.spool), "-k", "-r", "off", "-f", ",".join(formats),
                    "-c", str(command), "Bench",
                ],
                env=environment,
                stdout=log,
                stderr=log,
            )  # fmt: skip
        until = time.monotonic() + START_LIMIT_S
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > until:
                self.close()
                raise RuntimeError(f"{BINARY} did not start: {(folder / 'log').read_text(errors='replace')[-2000:]}")
            time.sleep(0.05)

    @property
    def uri(self) -> str:
        """Where print servers find it."""
        return f"ipp://127.0.0.1:{self.port}/ipp/print"

    def jobs(self) -> list[bytes]:
        """What it printed, the oldest first."""
        return [path.read_bytes() for path in sorted(self.spool.iterdir()) if path.is_file()]

    def media(self, sheets: int) -> None:
        """So many sheets are in the tray; none is media-empty."""
        # The page's own form: size, type and level of both trays; without the second one nothing changes back.
        main = f"size1=na_letter_8.5x11in&type1=stationery&level1={sheets}"
        self._get(f"/media?{main}&size3=&type3=&level3=25")

    def cover(self, *, is_open: bool) -> None:
        """The next sheet meets an open cover, until it is closed."""
        if is_open:
            self._cover.touch()
        else:
            self._cover.unlink()

    def _get(self, path: str) -> bytes:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=5) as answer:
            body: bytes = answer.read()
            return body

    def _answers(self) -> bool:
        try:
            self._get("/")
        except OSError:
            return False
        return True

    def close(self) -> None:
        """End it and its bus."""
        for process in (self._process, self._bus):
            process.terminate()
            process.wait(10)
        if self._bus.stdout is not None:
            self._bus.stdout.close()
