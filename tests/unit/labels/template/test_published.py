"""What is published of templates: generated pages that are up to date, and a how-to whose examples work."""

from __future__ import annotations

import json
import re
from pathlib import Path

import jsonschema
import pytest
import yaml

from waybilld.cli.main import run
from waybilld_labels.template.reference import reference
from waybilld_labels.template.schema import template_schema

ROOT = Path(__file__).parents[4]
SHIPPED = sorted((ROOT / "plugins" / "waybilld_labels" / "templates").glob("*.yaml"))
HOW_TO = ROOT / "docs" / "howto" / "templates.md"


def test_the_reference_is_up_to_date() -> None:
    """python -m waybilld_labels.template.reference > docs/reference/templates.md"""
    assert (ROOT / "docs" / "reference" / "templates.md").read_text() == reference()


def test_the_schema_is_up_to_date() -> None:
    """python -m waybilld_labels.template.schema > docs/reference/template.schema.json"""
    assert json.loads((ROOT / "docs" / "reference" / "template.schema.json").read_text()) == template_schema()


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_shipped_templates_are_right_by_the_schema(path: Path) -> None:
    """An editor must not underline what works."""
    jsonschema.validate(yaml.safe_load(path.read_text()), template_schema())


def test_the_schema_refuses_a_slip_of_the_pen() -> None:
    """Nor may it let through what does not."""
    tree = yaml.safe_load(SHIPPED[-1].read_text())
    tree["layout"]["hight"] = 3
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(tree, template_schema())


def test_the_how_tos_templates_work(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Each block is the whole file at that step: it is drawn, and what the page says of the mistake is what is said."""
    blocks = re.findall(r"```yaml\n(template: .*?)```", HOW_TO.read_text(), re.DOTALL)
    assert len(blocks) >= 3
    mistakes = 0
    for block in blocks:
        (tmp_path / "parcel.yaml").write_text(block)
        folder = ["--templates", str(tmp_path)]
        code = run(["labels", "preview", "--template", "parcel", *folder, "-o", str(tmp_path / "p.png")])
        err = capsys.readouterr().err
        if code:
            mistakes += 1
            (line,) = [line for line in err.splitlines() if "parcel.yaml" in line]
            assert line.replace(str(tmp_path), "templates") in HOW_TO.read_text()
    assert mistakes == 1
    assert run(["labels", "lint", "parcel", "--templates", str(tmp_path)]) == 0
