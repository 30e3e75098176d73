"""The picture of a label whose carrier's part the printer draws, as the command line writes it."""

from __future__ import annotations

from pathlib import Path

import pytest

from unit.store.store_house import House
from unit.store.store_zpl import SAID, strip, with_commands
from waybilld.cli.exits import Exit
from waybilld.cli.main import run
from waybilld.host.preview import picture


def test_the_command_line_says_what_the_picture_cannot_show(
    config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Who only looks at the file name must not take the picture for the label."""
    house = House(config.parent / "state")
    shipment = with_commands(house)
    house.close()
    output = tmp_path / "l.png"
    assert run(["labels", "preview", str(shipment), "-o", str(output)]) == Exit.DONE
    assert SAID in capsys.readouterr().err
    assert output.read_bytes() == picture(strip())
    assert run(["labels", "preview", "1", "-o", str(output)]) == Exit.DONE
    assert "hatched" not in capsys.readouterr().err
