"""Numbers as people write them in templates, with units and decimal commas, and how a template wants them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from waybilld_sdk.files.marks import Value

_LENGTH = re.compile(r"([0-9]{0,4})(?:[.,]([0-9]{1,4}))? *(mm|cm|in|inch|\"|pt)?", re.IGNORECASE)
_MM = {"mm": 1.0, "cm": 10.0, "in": 25.4, "inch": 25.4, '"': 25.4, "pt": 25.4 / 72}
"""Millimetres of a unit; a point is that of desktop publishing, 1/72 in."""


def advise(wanted: Sequence[str], given: Value) -> str:
    """What to write in place of a text where a number is wanted; empty where nobody knows."""
    found = _LENGTH.fullmatch(given.strip()) if "a number" in wanted and isinstance(given, str) else None
    if found is None:
        return ""
    number = float(f"{found[1] or 0}.{found[2] or 0}")
    unit = (found[3] or "").lower()
    if not unit:
        return f": write {number:g} without quotes"
    return f": lengths are in mm, so write {round(number * _MM[unit], 2):g}"
