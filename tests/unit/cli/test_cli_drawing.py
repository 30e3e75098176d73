"""Commands that draw by themselves, before anything is configured."""

from __future__ import annotations

from pathlib import Path

import pytest

from waybilld.cli import drawing as cli
from waybilld.cli.exits import Exit, Failure


def test_templates_are_shown_before_there_is_a_configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first thing that a newcomer types is `waybilld labels preview`, and nothing is configured yet."""
    default = tmp_path / "waybilld.yaml"
    monkeypatch.setattr(cli, "DEFAULT_CONFIG", default)
    names = {info.name for info in cli.drawing(default).templates().templates()}
    assert {"waybill-100x150", "slip-a4", "test"} <= names


def test_a_file_that_somebody_named_must_be_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A mistyped path must not draw with the defaults without a word."""
    monkeypatch.setattr(cli, "DEFAULT_CONFIG", tmp_path / "waybilld.yaml")
    with pytest.raises(Failure, match="no such file") as failed:
        cli.drawing(tmp_path / "waybild.yaml")
    assert failed.value.code is Exit.CONFIG
