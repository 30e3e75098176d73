"""`docs/howto/test-a-printer-driver.md` followed to the letter, and the reference of the virtual printer."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from waybilld_printers.virtual import faults
from waybilld_printers.virtual.device import Device, DeviceConfig
from waybilld_printers.virtual.faults import COMMANDS
from waybilld_printers.virtual.reference import reference
from waybilld_printers.virtual.tray import ledger

DOCS = Path(__file__).parents[2] / "docs"
EXAMPLE = DOCS / "howto" / "example"
HOW_TO = (DOCS / "howto" / "test-a-printer-driver.md").read_text("utf-8")


def blocks(kind: str) -> list[str]:
    return re.findall(rf"```{kind}\n(.*?)```", HOW_TO, re.DOTALL)


def test_the_commands_of_the_page(tmp_path: Path) -> None:
    """A plugin author who types along must see a label, a fault and its cure."""
    lines = "shopt -s expand_aliases\nset -e\ntrap 'kill $(jobs -p); wait' EXIT\n" + "\n".join(blocks("sh"))
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "PYTHONPATH": str(EXAMPLE)}
    done = subprocess.run(["bash", "-c", lines], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=60)
    assert "odometer 1" in done.stdout, done
    assert "paper out          yes" in done.stdout
    assert "load 500: ok" in done.stdout
    assert done.stderr == ""
    (line,) = ledger(tmp_path / "tray")
    assert (line["kind"], line["complaints"]) == ("format", [])
    (line,) = ledger(tmp_path / "acme-tray")
    assert line["kind"] == "format"
    assert "refused: no picture" in str(line["complaints"])


def test_the_script_of_the_page() -> None:
    """An example with a mistake would be the first thing that somebody copies."""
    (text,) = blocks("faults")
    device = Device(DeviceConfig())
    assert len(faults.read_script(device, text, "page")) == 6


def test_the_unit_tests_of_the_page() -> None:
    """Likewise, for those who test in memory."""
    names: dict[str, object] = {}
    for text in blocks("python"):
        exec(compile(text, "page", "exec"), names)
    tests = [test for name, test in names.items() if name.startswith("test_") and callable(test)]
    assert len(tests) == 3
    for test in tests:
        test()


def test_the_language_of_the_page_is_that_of_the_example() -> None:
    """It is run there, against the printer contract."""
    (text,) = blocks("language")
    assert text in (EXAMPLE / "acme_virtual.py").read_text("utf-8")


def test_every_command_that_the_page_names_exists() -> None:
    """A renamed command must be renamed here too."""
    commands = HOW_TO[: HOW_TO.index("## In memory")] + HOW_TO[HOW_TO.index("## What to try") :]
    named = set(re.findall(r"`([a-z]+(?:-[a-z]+)*)(?: [A-ZA-Za-z0-9]+)*`", commands)) - {"tray", "tell"}
    assert named <= set(COMMANDS), named - set(COMMANDS)


def test_the_reference_is_fresh() -> None:
    """It lists every command; python -m waybilld_printers.virtual.reference writes it."""
    assert (DOCS / "reference" / "virtual-printer.md").read_text("utf-8") == reference()
