"""Reads which characters a font can draw, straight from its file.

Source: OpenType specification 1.9, chapters "The OpenType Font File" (TTC header and table directory, big-endian) and
"cmap" (encoding records; subtable format 12, "Segmented coverage").
"""

from __future__ import annotations

import struct
from bisect import bisect_right
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

_FULL_UNICODE = {(3, 10), (0, 4), (0, 6)}
"""(platform, encoding) of the subtables that reach beyond the Basic Multilingual Plane."""


class FontFileError(Exception):
    """A font file that is not what this module can read; the message names the file and what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Coverage:
    """The code points that a font maps to a glyph, as ascending ranges with both ends included."""

    starts: tuple[int, ...]
    ends: tuple[int, ...]

    def __contains__(self, code: int) -> bool:
        at = bisect_right(self.starts, code) - 1
        return at >= 0 and code <= self.ends[at]


def read_coverage(path: Path, index: int) -> Coverage:
    """The coverage of face `index` of a font collection (0 of a single font). Raises `FontFileError`, `OSError`."""
    with path.open("rb") as file:
        try:
            return _read(file, index)
        except (struct.error, LookupError) as error:
            raise FontFileError(
                f"{path}: face {index} has no readable Unicode character map ({error}): install the font again"
            ) from error


def _read(file: BinaryIO, index: int) -> Coverage:
    start = _face_offset(file, index)
    cmap = _table(file, start, b"cmap")
    (count,) = struct.unpack_from(">H", cmap, 2)
    for platform, encoding, offset in struct.iter_unpack(">HHL", cmap[4 : 4 + 8 * count]):
        if (platform, encoding) in _FULL_UNICODE and struct.unpack_from(">H", cmap, offset)[0] == 12:
            return _format_12(cmap, offset)
    raise LookupError("no format 12 subtable")


def _face_offset(file: BinaryIO, index: int) -> int:
    tag, _version, count = struct.unpack(">4sLL", file.read(12))
    if tag != b"ttcf":
        count, offsets = 1, (0,)
    else:
        offsets = struct.unpack(f">{count}L", file.read(4 * count))
    if index >= count:
        raise LookupError(f"only {count} faces")
    return int(offsets[index])


def _table(file: BinaryIO, start: int, wanted: bytes) -> bytes:
    file.seek(start)
    (count,) = struct.unpack_from(">H", file.read(12), 4)
    for tag, _checksum, offset, length in struct.iter_unpack(">4sLLL", file.read(16 * count)):
        if tag == wanted:
            file.seek(offset)
            return file.read(length)
    raise LookupError(f"no {wanted.decode('latin-1')} table")


def _format_12(cmap: bytes, offset: int) -> Coverage:
    (groups,) = struct.unpack_from(">L", cmap, offset + 12)
    body = cmap[offset + 16 : offset + 16 + 12 * groups]
    starts: list[int] = []
    ends: list[int] = []
    for first, last, glyph in struct.iter_unpack(">LLL", body):
        # Glyph 0 is .notdef; a group that begins there maps its first character to nothing.
        begin = first if glyph else first + 1
        if begin > last:
            continue
        if ends and ends[-1] + 1 == begin:
            ends[-1] = last
        else:
            starts.append(begin)
            ends.append(last)
    return Coverage(tuple(starts), tuple(ends))
