"""What the how-tos tell people to write works as it stands: configurations load, commands exist."""

from __future__ import annotations

import re
from pathlib import Path

import click
import pytest
import yaml

from unit.config.test_config_published import EXAMPLE, ROOT, built_in_adapters
from waybilld.cli.main import cli
from waybilld.config.load import Loaded, load

HOWTOS = [ROOT / "docs" / "howto" / name for name in ("failover.md", "cups.md", "usb-printers.md", "labels-in-doubt.md")]
_BLOCK = re.compile(r"```yaml\n(.*?)```", re.DOTALL)
_COMMAND = re.compile(r"(?:^\$ |`)waybilld ([a-z]+)(?: ([a-z]+))?", re.MULTILINE)


def blocks() -> list[tuple[str, str]]:
    """Each configuration in the how-tos: where it stands, and its text."""
    return [(f"{path.name}-{at}", text) for path in HOWTOS for at, text in enumerate(_BLOCK.findall(path.read_text()), 1)]


@pytest.mark.parametrize("text", [text for _, text in blocks()], ids=[name for name, _ in blocks()])
def test_configurations_load(text: str, tmp_path: Path) -> None:
    """Copied from the page at two in the morning, a line that the check refuses is the page's fault."""
    whole = yaml.safe_load(EXAMPLE.read_text())
    part = yaml.safe_load(text)
    names = [printer["name"] for printer in part["printers"]]
    whole["printers"] = part["printers"]
    whole["pools"] = part.get("pools") or [{"name": "packing", "printers": names}]
    file = tmp_path / "w.yaml"
    file.write_text(yaml.safe_dump(whole, allow_unicode=True))
    outcome = load(file, built_in_adapters())
    assert isinstance(outcome, Loaded), str(outcome)


@pytest.mark.parametrize("path", HOWTOS, ids=lambda path: path.name)
def test_commands_exist(path: Path) -> None:
    """A command that is not there is worse than none."""
    found = set(_COMMAND.findall(path.read_text()))
    context = click.Context(cli)
    for name, sub in found:
        command = cli.get_command(context, name)
        assert command is not None, name
        if isinstance(command, click.Group) and sub:
            assert command.get_command(context, sub) is not None, f"{name} {sub}"
