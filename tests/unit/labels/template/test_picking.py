"""The order of a pick list."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from unit.labels.label_samples import CHINESE
from waybilld_labels.template.fields import fields_of
from waybilld_labels.template.picking import picked
from waybilld_sdk.labels import LabelLine

TEXT = st.text(max_size=6) | st.sampled_from(["A-2", "A-10", "a-2", "9" * 40, "", "B²"])
LINES = st.lists(st.builds(LabelLine, TEXT, TEXT, st.integers(1, 9), bin=TEXT), max_size=12)


def stops(lines: Iterable[LabelLine]) -> list[tuple[str, str, int]]:
    """Bin, SKU and quantity of each line."""
    return [(line.bin, line.sku, line.quantity) for line in lines]


def test_bins_stand_as_people_walk() -> None:
    """A-10 between A-1 and A-2 sends the picker twice along the same shelf."""
    bins = ["B-1", "", "A-10", "A-2", "a-1", "A-2-3"]
    lines = [LabelLine(f"S{at}", "", 1, bin=name) for at, name in enumerate(bins)]
    assert [line.bin for line in picked(lines)] == ["a-1", "A-2", "A-2-3", "A-10", "B-1", ""]


def test_the_same_goods_of_a_bin_are_one_stop() -> None:
    """Forty orders of one mug are one line with 40, and not forty lines."""
    given = [("MUG", 2, "A-1"), ("CUP", 1, "A-1"), ("MUG", 3, "A-1"), ("MUG", 7, "B-1")]
    lines = [LabelLine(sku, sku.title(), quantity, bin=where) for sku, quantity, where in given]
    assert stops(picked(lines)) == [("A-1", "CUP", 1), ("A-1", "MUG", 5), ("B-1", "MUG", 7)]


@given(LINES)
def test_nothing_is_lost_on_the_way(lines: list[LabelLine]) -> None:
    """Whatever a bin is called, every piece is on the list, and the order of the orders does not matter."""
    found = picked(lines)
    assert sum(line.quantity for line in found) == sum(line.quantity for line in lines)
    assert stops(picked(found[::-1])) == stops(found)


def test_pick_lists_alone_are_sorted() -> None:
    """A packing slip keeps the order of the order."""
    lines = (LabelLine("B", "", 1, bin="B-1"), LabelLine("A", "", 1, bin="A-1"))
    names = frozenset({"lines", "line_count"})
    slip, pick = (fields_of(replace(CHINESE, kind=kind, lines=lines), names) for kind in ("slip", "pick"))
    assert [line["sku"] for line in slip["lines"]] == ["B", "A"]
    assert [line["sku"] for line in pick["lines"]] == ["A", "B"]
