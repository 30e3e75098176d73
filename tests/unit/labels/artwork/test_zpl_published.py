"""What is published of carriers' ZPL is what the code does."""

from __future__ import annotations

from pathlib import Path

from waybilld_labels.artwork.zpl.allowed import REFUSED, RULES
from waybilld_labels.artwork.zpl.reference import reference

PAGE = Path(__file__).parents[4] / "docs" / "reference" / "carrier-zpl.md"


def test_the_reference_is_up_to_date() -> None:
    """python -m waybilld_labels.artwork.zpl.reference > docs/reference/carrier-zpl.md"""
    assert PAGE.read_text() == reference()


def test_every_command_stands_on_the_page_once() -> None:
    """A sysadmin whose label is held looks its command up here."""
    rows = [line for line in reference().splitlines() if line.startswith("| `^")]
    for name in (*RULES, *REFUSED):
        assert sum(f"`^{name}`" in row.split(" | ")[0] for row in rows) == 1, name
