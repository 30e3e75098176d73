"""Numbers in groups for the eye."""

from __future__ import annotations

import re


def grouped(number: str) -> str:
    """A number in groups: letters and digits apart, nine digits or fewer in threes where that comes out even, others in
    fours, a single last digit kept with the group before it."""
    return " ".join(part for run in re.findall(r"[0-9]+|[^0-9 ]+", number) for part in _groups(run))


def _groups(run: str) -> list[str]:
    if not run[0].isdigit() or len(run) <= 5:
        return [run]
    size = 3 if len(run) <= 9 and len(run) % 3 == 0 else 4
    parts = [run[at : at + size] for at in range(0, len(run), size)]
    if len(parts[-1]) == 1:
        parts[-2:] = [parts[-2] + parts[-1]]
    return parts
