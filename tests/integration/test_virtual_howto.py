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
HOW_TO = (DOCS / "howto" / "test-a-printer-driver.md").read_text("utf-8")


def blocks(kind: str) -> list[str]:
    return re.findall(rf"```{kind}\n(.*?)```", HOW_TO, re.DOTALL)


def test_the_commands_of_the_page(tmp_path: Path) -> None:
    """A plugin author who types along must see a label, a fault and its cure."""
    lines = "shopt -s expand_aliases\nset -e\ntrap 'kill %1; wait' EXIT\n" + "\n".join(blocks("sh"))
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    done = subprocess.run(["bash", "-c", lines], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=60)
    assert "odometer 1" in done.stdout, done
    assert "paper out          yes" in done.stdout
    assert "load 500: ok" in done.stdout
    assert done.stderr == ""
    (line,) = ledger(tmp_path / "tray")
    assert (line["kind"], line["complaints"]) == ("format", [])


def test_the_script_of_the_page() -> None:
    """An example with a mistake would be the first thing that somebody copies."""
    (text,) = blocks("faults")
    device = Device(DeviceConfig())
    assert len(faults.read_script(device, text, "page")) == 6


def test_the_unit_test_of_the_page() -> None:
    """Likewise, for those who test in memory."""
    (text,) = blocks("python")
    names: dict[str, object] = {}
    exec(compile(text, "page", "exec"), names)
    test = names["test_a_label_is_owed_while_the_paper_is_out"]
    assert callable(test)
    test()


def test_every_command_that_the_page_names_exists() -> None:
    """A renamed command must be renamed here too."""
    named = set(re.findall(r"`([a-z]+(?:-[a-z]+)*)(?: [A-ZA-Za-z0-9]+)*`", HOW_TO)) - {"tray", "tell"}
    assert named <= set(COMMANDS), named - set(COMMANDS)


def test_the_reference_is_fresh() -> None:
    """It lists every command; python -m waybilld_printers.virtual.reference writes it."""
    assert (DOCS / "reference" / "virtual-printer.md").read_text("utf-8") == reference()
