"""The papers around the labels of a pack: the check-off sheet, and the strip below each label."""

from __future__ import annotations

import pytest

from unit.labels.label_samples import picture
from waybilld.core.packs import MOST_ITEMS, Item, check_off, strip
from waybilld_labels.renderer import draw_shipped

LONG = Item(MOST_ITEMS, "W1234567.12-3", "00340434161094042557", 12_345_678)


@pytest.mark.parametrize("dots_per_mm", [8.0, 300 / 25.4])
def test_the_largest_pack_is_named_to_its_last_label(dots_per_mm: float) -> None:
    """A line that is cut or left out is a label of which nobody tells."""
    items = [Item(at, f"W{at:07d}.1", f"SF{at:013d}", at) for at in range(1, MOST_ITEMS)]
    pages = draw_shipped(check_off(12, "packing-bench-north", [*items, LONG], dots_per_mm))
    assert len(pages) > 1
    assert [finding for page in pages for finding in page.findings] == []
    without = draw_shipped(check_off(12, "packing-bench-north", items, dots_per_mm))
    assert pages[-1].png != without[-1].png


@pytest.mark.parametrize("width_mm", [40, 58, 76, 100, 210])
def test_a_strip_fits_below_every_label(width_mm: int) -> None:
    """From a jewel label to a slip on A4: as wide as its label, so that one cut takes it off."""
    (page,) = draw_shipped(strip(12, LONG, width_mm * 8, 8.0))
    assert (page.width, page.height, page.findings) == (width_mm * 8, 96, ())
    assert picture(page).convert("L").getextrema() == (0, 255)
