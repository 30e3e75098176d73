"""`docs/howto/own-delivery.md` followed to the letter, with a real daemon."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from integration.test_own_delivery import GROUP, OwnDelivery

HOW_TO = (Path(__file__).parents[2] / "docs" / "howto" / "own-delivery.md").read_text("utf-8")
COMMANDS = re.findall(r"^    waybilld (runs.*)$", HOW_TO, re.MULTILINE)
ANSWERS = re.findall(r"^    (run \d+ is open.*|no run was opened.*)$", HOW_TO, re.MULTILINE)


class ByTheBook(OwnDelivery):
    """The sample station with the page's own lines; for its group `dispatch` stands one that every Linux has."""

    def own(self, text: str) -> str:
        """The station's configuration with the page's carrier in place of its own."""
        (block,) = re.findall(r"```yaml\n(.*?)```", HOW_TO, re.DOTALL)
        before, carriers, rest = re.split(r"(?ms)(^carriers:\n.*?)(?=^printers:)", text)
        assert "numbered" in carriers
        return (
            before.replace("carriers: [numbers]", "carriers: [our-van]") + block.replace("[dispatch]", f"[{GROUP}]") + rest
        )

    def type(self, line: str) -> tuple[int, str, str]:
        """What a person types, and answers with yes."""
        program = [sys.executable, "-m", "waybilld.cli.main", *line.split()]
        environment = {**os.environ, "PYTHONUTF8": "1", "WAYBILLD_CONFIG": str(self.config)}
        done = subprocess.run(program, input=b"y\n", capture_output=True, timeout=60, cwd=self.folder, env=environment)
        return done.returncode, done.stdout.decode(), done.stderr.decode()


@pytest.fixture
def running(tmp_path: Path) -> Iterator[ByTheBook]:
    """A daemon that has printed two parcels of own delivery."""
    found = ByTheBook(tmp_path)
    try:
        found.put()
        yield found
    finally:
        found.stop()


def test_every_command_does_what_the_page_says(running: ByTheBook) -> None:
    """A page that does not work costs a newcomer the evening and us the trust."""
    assert len(COMMANDS) == 6
    codes, said = [], []
    for line in COMMANDS:
        code, out, err = running.type(line)
        codes.append(code)
        said += [*out.splitlines(), *err.splitlines()]
    assert codes == [0, 1, 0, 0, 0, 0], said
    assert len(ANSWERS) == 2
    assert set(ANSWERS) <= set(said)
    assert (running.folder / "run.pdf").read_bytes().startswith(b"%PDF")
    assert running.api.get("/api/v1/runs/1")["state"] == "closed"
