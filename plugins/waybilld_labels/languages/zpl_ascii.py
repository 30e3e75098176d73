"""ZPL II's ASCII compression of `^GFA`, for printers that cannot read Z64.

Source: Zebra ZPL II Programming Guide, "Alternative Data Compression Scheme for ~DG and ~DB Commands": G to Y repeat the
next digit 1 to 19 times, g to z 20 to 400 times; `,` fills the row with zeros, `!` with ones, `:` repeats the row above.
"""

from __future__ import annotations

import re
from functools import cache

# White and black runs stand first: they are most of a label, and found without looking back.
_RUN = re.compile(r"0{3,}|F{3,}|([1-9A-E])\1{2,}")
_MOST = 400


def compressed(band: bytes, stride: int) -> bytes:
    """The rows of a band, each compressed by itself or said to be the one above."""
    lines: list[str] = []
    above = None
    for row in band.hex("\n", stride).upper().split("\n"):
        lines.append(":" if row == above else _row(row))
        above = row
    return "".join(lines).encode("ascii")


def _row(digits: str) -> str:
    end = ""
    for digit, filler in (("0", ","), ("F", "!")):
        if digits.endswith(digit):
            digits, end = digits.rstrip(digit), filler
            break
    return _RUN.sub(_shortened, digits) + end


def _shortened(run: re.Match[str]) -> str:
    digits = run[0]
    return _repeat(len(digits)) + digits[0]


@cache
def _repeat(count: int) -> str:
    letters = "z" * (count // _MOST)
    count %= _MOST
    if count >= 20:
        letters += chr(ord("g") + count // 20 - 1)
    if count % 20:
        letters += chr(ord("G") + count % 20 - 1)
    return letters
