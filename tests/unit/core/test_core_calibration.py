"""From readings to an offset."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from waybilld.core.calibration import MOST_MM, NotARead, corrected, snippet
from waybilld_labels.calibration.gauge import ACROSS, DOWN

TENTHS, READINGS = st.integers(-90, 90), st.integers(-20, 20)


@pytest.mark.parametrize(
    ("before", "left", "top", "after"),
    [
        ((0.0, 0.0), 1.3, -0.4, (1.3, -0.4)),
        ((0.3, -0.4), 0.0, 0.0, (0.3, -0.4)),
        ((0.3, -0.4), -0.3, 0.4, (0.0, 0.0)),
        ((0.1, 0.2), 0.2, 0.1, (0.3, 0.3)),
    ],
)
def test_a_reading_is_added_to_what_the_label_was_printed_with(
    before: tuple[float, float], left: float, top: float, after: tuple[float, float]
) -> None:
    """Where the edge cuts the print off (above 0), the print must move away from it; the other way round is twice as bad as
    before."""
    assert corrected(before, left, top) == after


@given(TENTHS, TENTHS, READINGS, READINGS)
def test_offsets_stay_in_tenths(across: int, down: int, left: int, top: int) -> None:
    """0.1 + 0.2 is 0.30000000000000004 to a computer, and the configuration takes steps of 0.1 only."""
    found = corrected((across / 10, down / 10), left / 10, top / 10)
    assert found == ((across + left) / 10, (down + top) / 10)
    assert "-0.0" not in repr(found)


@pytest.mark.parametrize("wrong", [MOST_MM + 0.1, -MOST_MM - 0.1, float("nan"), float("inf")])
def test_a_reading_that_cannot_be_is_refused(wrong: float) -> None:
    """Centimetres typed for millimetres, or 4 x 6 in labels under a configuration of 100 x 180 mm."""
    with pytest.raises(NotARead, match="at the left edge stands on no mark"):
        corrected((0.0, 0.0), wrong, 0.0)
    with pytest.raises(NotARead, match="at the top edge stands on no mark"):
        corrected((0.0, 0.0), 0.0, wrong)


def test_what_is_believed_is_what_the_label_can_show() -> None:
    """A mark that is refused, or a figure that no mark has, would be a label that lies."""
    assert ACROSS.reach == DOWN.reach == round(MOST_MM * 10)


def test_the_snippet_is_what_the_configuration_takes() -> None:
    """It is pasted as it is."""
    made = yaml.safe_load("printers:\n" + snippet("pack-1", (0.3, -0.4)))
    assert made == {"printers": [{"name": "pack-1", "settings": {"offset_mm": [0.3, -0.4]}}]}
