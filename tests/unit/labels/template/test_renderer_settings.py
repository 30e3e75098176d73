"""Settings of the standard renderer that only its templates can judge."""

from __future__ import annotations

from pathlib import Path

import pytest

from waybilld_labels.renderer import configure
from waybilld_labels.template.settings import Choice, RendererSettings
from waybilld_sdk.settings import Misconfigured


def test_each_unknown_template_is_found_at_its_choice(tmp_path: Path) -> None:
    """The host makes line and column of the path; without it a person searches through twenty choices."""
    names = ("waybill-100x150", "waybil-100x150", "\x1b[2J")
    with pytest.raises(Misconfigured) as wrong:
        configure(RendererSettings(choose=tuple(Choice.model_construct(template=name) for name in names)), tmp_path)
    assert [(one.path, one.message) for one in wrong.value.findings] == [
        (("choose", 1, "template"), "there is no template 'waybil-100x150', did you mean 'waybill-100x150'?"),
        (("choose", 2, "template"), "there is no template '\\x1b[2J': `waybilld labels templates` lists them"),
    ]


def test_a_folder_of_templates_that_is_none_is_found_at_its_setting(tmp_path: Path) -> None:
    """A mistyped folder is a mistake of the configuration, not of a template."""
    (tmp_path / "file").write_text("")
    for name in ("absent", "file"):
        with pytest.raises(Misconfigured) as wrong:
            configure(RendererSettings(templates=Path(name)), tmp_path)
        (found,) = wrong.value.findings
        assert found.path == ("templates",)
        assert str(tmp_path / name) in found.message
