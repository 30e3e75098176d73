"""What a reader gives back, and how it refuses."""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass


class Refused(AssertionError):
    """Something in a document that must not be there: `why`, at byte `at`."""

    def __init__(self, at: int, why: str) -> None:
        super().__init__(f"byte {at}: {why}")
        self.at = at
        self.why = why


@dataclass(frozen=True)
class Pixels:
    """A page as text: one row a string, `1` for ink."""

    width: int
    height: int
    rows: tuple[str, ...]


class Cursor:
    """Walks over a document; whatever is not asked for is refused."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0

    def take(self, pattern: bytes) -> re.Match[bytes]:
        """What matches here, byte for byte. Refuses anything else."""
        found = re.compile(pattern, re.DOTALL).match(self.data, self.at)
        if found is None:
            raise Refused(self.at, f"{self.data[self.at : self.at + 24]!r} is not {pattern!r}")
        self.at = found.end()
        return found

    def numbers(self, pattern: bytes) -> tuple[int, ...]:
        """The same, its groups as whole numbers that are written the one usual way."""
        found = self.take(pattern)
        for number, digits in enumerate(found.groups(), 1):
            if digits != b"%d" % int(digits):
                raise Refused(found.start(number), f"{digits!r} is an odd way to write a number")
        return tuple(map(int, found.groups()))

    def look(self, pattern: bytes) -> bool:
        """Whether such a thing comes next."""
        return re.compile(pattern, re.DOTALL).match(self.data, self.at) is not None

    def bytes(self, count: int) -> bytes:
        """So many bytes, whatever they are."""
        part = self.data[self.at : self.at + count]
        if len(part) != count:
            raise Refused(self.at, f"{count} bytes were promised and {len(part)} are there")
        self.at += count
        return part

    def refuse(self, why: str) -> Refused:
        """The error for what stands here."""
        return Refused(self.at, why)

    def end(self) -> None:
        """Nothing more."""
        if self.at != len(self.data):
            raise Refused(self.at, f"{self.data[self.at : self.at + 24]!r} stands behind the end")


def inflated(data: bytes, size: int, at: int) -> bytes:
    """One whole zlib stream of `size` bytes and nothing behind it; `at` is where it stands in its document."""
    stream = zlib.decompressobj()
    try:
        plain = stream.decompress(data, size + 1)
    except zlib.error as error:
        raise Refused(at, f"no zlib stream: {error}") from error
    if len(plain) != size or not stream.eof or stream.unused_data:
        raise Refused(at, f"a zlib stream of {len(plain)} bytes or more where exactly {size} are due")
    return plain


class Sheet:
    """White paper that bands are put on, from top to bottom."""

    def __init__(self, width: int, height: int) -> None:
        self.width, self.height = width, height
        self._rows = ["0" * width] * height
        self._next = 0

    def band(self, at: int, top: int, data: bytes, stride: int, *, ink: str = "1") -> None:
        """Rows of `stride` bytes from row `top`; `ink` is the bit that prints, `at` where the band stands."""
        if top < self._next:
            raise Refused(at, f"a band at row {top} lies over an earlier one")
        if stride != (self.width + 7) // 8 or len(data) % stride or not data:
            raise Refused(at, f"a band of {len(data)} bytes in rows of {stride} is not {self.width} dots wide")
        for number in range(len(data) // stride):
            bits = f"{int.from_bytes(data[number * stride : (number + 1) * stride], 'big'):0{stride * 8}b}"
            if ink == "0":
                bits = bits.translate({48: 49, 49: 48})
            if "1" in bits[self.width :]:
                raise Refused(at, f"ink in the padding of row {top + number}")
            if top + number >= self.height:
                raise Refused(at, f"row {top + number} lies below the page")
            self._rows[top + number] = bits[: self.width]
        self._next = top + len(data) // stride

    def pixels(self) -> Pixels:
        """The page."""
        return Pixels(self.width, self.height, tuple(self._rows))
