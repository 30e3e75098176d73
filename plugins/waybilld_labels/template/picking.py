"""The order of a pick list: the way through the warehouse, one stop for each of the goods."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from waybilld_sdk.labels import LabelLine

_FIGURES = re.compile(r"([0-9]{1,18})")


def picked(lines: Iterable[LabelLine]) -> tuple[LabelLine, ...]:
    """The lines by bin, in the order in which people count (A-2 before A-10), then by SKU; what has no bin comes last. The
    same SKU of the same bin, in however many orders, is one line with the quantities added up."""
    found: dict[tuple[str, str], LabelLine] = {}
    for line in lines:
        key = (line.bin, line.sku)
        before = found.get(key)
        found[key] = line if before is None else replace(before, quantity=before.quantity + line.quantity)
    return tuple(sorted(found.values(), key=_way))


def _way(line: LabelLine) -> tuple[object, ...]:
    return not line.bin, _counted(line.bin), _counted(line.sku), line.bin, line.sku


def _counted(text: str) -> tuple[tuple[int, str], ...]:
    """A key by which figures compare as numbers. Splitting by figures puts them at every second place."""
    parts = _FIGURES.split(text.casefold())
    return tuple((int(part) if at % 2 else 0, "" if at % 2 else part) for at, part in enumerate(parts))
